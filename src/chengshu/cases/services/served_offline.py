"""A decision of the simple procedure that was served without a network, taken in as it was served.

It has legal effect since it was handed over (行政处罚法 2021 art. 52): refusing it here would only hide it.
So every rule is asked as always, and what would have refused a step is kept with the step (``objections``);
the case is then to be put right by annulment, change or a correction. Decisions entered on a page of this
system are not served yet and stay guarded (`services.simple`).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import District, Town, Unit, User
from chengshu.bureau.services.areas import area_index
from chengshu.cases.authorities import Authority, authority_for
from chengshu.cases.models import Case, CaseStep, EvidenceItem
from chengshu.cases.procedure import law
from chengshu.cases.procedure.steps import StepKind as K
from chengshu.cases.services import correcting, naming
from chengshu.cases.services.blocks import ON_THE_SPOT
from chengshu.cases.services.evidence import Circumstances, keep_item
from chengshu.cases.services.leading import circumstances_of, photos_of, source_of, title_of
from chengshu.cases.services.opening import case_of, in_area, new_row, once
from chengshu.cases.services.simple import SimpleCase, steps_of
from chengshu.cases.services.steps import AHEAD, append_step
from chengshu.kernel.models import StoredFile
from chengshu.kernel.numbers import running_number
from chengshu.leads import services as leads
from chengshu.leads.models import Lead
from chengshu.registry.models import RegulatedObject

OFFICERS = ("officer1", "officer2")
PARTY = "party"


class NotACase(ValueError):
    """What was sent cannot be made a case at all; one sentence. It is then entered by hand."""


@dataclass(frozen=True)
class Shown:
    """A picture that came along: the kept file, what it is called, how it was taken."""

    stored: StoredFile
    title: str
    circumstances: Circumstances


@dataclass(frozen=True)
class Served:
    """A decision as it was served.

    ``signatures`` by ``officer1``, ``officer2`` and ``party``; ``noted``: what the sender's side already
    knows to be irregular (codes of `procedure.rules.served`); ``law_version`` names the law that was on the
    device; ``recorded_by`` is the officer who served it, where somebody else enters it; ``authority`` that of
    the paper, as it was printed.
    """

    entered: SimpleCase
    officers: Sequence[User]
    at: datetime
    photos: Sequence[Shown] = ()
    signatures: Mapping[str, Shown] = field(default_factory=dict)
    lead: Lead | None = None
    noted: Sequence[str] = ()
    law_version: str = ""
    recorded_by: User | None = None
    authority: str = ""


@dataclass(frozen=True)
class TakenIn:
    """The case, and why its lead did not end in it, if that is so."""

    case: Case
    lead_problem: str = ""


def take_in_served(
    district: District, served: Served, *, by: User, client_id: uuid.UUID, now: datetime | None = None
) -> TakenIn:
    """Make the case of a served decision in one transaction; the same ``client_id`` again returns it.

    Whoever may put it right is told where rules object. Raises `NotACase` for what is no case: an unknown
    cause, a party without a name, a day that the law's data does not reach.
    """
    if done := case_of(client_id):
        return TakenIn(done)
    received = now or timezone.now()
    _refuse_what_is_no_case(served)
    problems: list[str] = []

    def make() -> Case:
        moment, noted = _moment(served.at, received), list(served.noted)
        if moment is not served.at:
            noted.append("clock-ahead")
        case = _row(district, served, by, moment)
        if not in_area(by, district, case.squad):
            noted.append("outside-area")
        noted += _of_another(case, served, moment)
        _take_steps(case, served, noted, by=by, at=moment, client_id=client_id)
        if served.lead is not None:
            problems.extend(_end_lead(served.lead, case, by))
        if case.to_correct:
            correcting.ask(case, by=by)
        naming.tell_named(case, served.officers, by=by)
        return case

    try:
        return TakenIn(once(client_id, make), "".join(problems))
    except law.LawProblem as problem:
        raise NotACase(str(problem)) from problem


def _refuse_what_is_no_case(served: Served) -> None:
    entered = served.entered
    if not law.known(entered.cause):
        raise NotACase(_("The law's data has no cause of action “%(code)s”.") % {"code": entered.cause[:60]})
    if not str(entered.party.get("name") or "").strip():
        raise NotACase(_("The decision names no party."))


def _moment(at: datetime, received: datetime) -> datetime:
    """The time of the decision; none is later than when it came in."""
    return at if at <= received + AHEAD else received


def _row(district: District, served: Served, by: User, moment: datetime) -> Case:
    entered, lead = served.entered, served.lead
    position = entered.position or (lead.position if lead else None)
    obj = entered.obj or (lead.object if lead else None)
    placed = position is not None or (obj is not None and obj.town_id is not None)
    town = _town_of(entered.number, district, by, moment, _town_there(district, position, obj))
    return new_row(
        district,
        by=by,
        source=source_of(lead) if lead else entered.source,
        summary=entered.facts,
        address=entered.address,
        position=position,
        obj=obj,
        town=town if town or placed else _only_town(by),
        squad=lead.squad if lead else entered.squad,
        anywhere=True,
    )


def _town_of(number: str, district: District, by: User, moment: datetime, there: int | None) -> Town | None:
    """The town in whose authority's name the number speaks; None where it says nothing.

    What the party holds names that authority, wherever the phone was when the paper was handed over. Where
    one authority has several towns, the place decides between them (``there``), then the sender's squad.
    """
    on = timezone.localdate(moment)
    towns = list(district.towns.order_by("id")) if number else []
    named = [town for town in towns if _numbered_by(authority_for(district, town, on), number, on)]
    own = set(by.unit.towns.values_list("pk", flat=True)) if named else set()
    return min(named, key=lambda town: (town.pk != there, town.pk not in own), default=None)


def _numbered_by(held: Authority, number: str, on: date) -> bool:
    """Whether the number is one of the authority, of the year or of the one before."""
    return any(
        running_number(held.number, number, word=held.word, kind=ON_THE_SPOT, year=year) is not None
        for year in (on.year, on.year - 1)
    )


def _town_there(
    district: District, position: tuple[float, float] | None, obj: RegulatedObject | None
) -> int | None:
    if obj is not None and obj.town_id is not None:
        return int(obj.town_id)
    position = position or (obj.position if obj else None)
    return area_index(district).place(*position).town if position else None


def _only_town(by: User) -> Town | None:
    """Where neither number nor place say it, the town of the squad, if it has just one."""
    towns = list(by.unit.towns.all()) if by.unit.kind == Unit.Kind.SQUAD else []
    return towns[0] if len(towns) == 1 else None


def _of_another(case: Case, served: Served, moment: datetime) -> list[str]:
    """What to note where place, number and paper do not speak of one authority."""
    on, district = timezone.localdate(moment), case.district
    held = authority_for(district, case.town, on)
    there = _town_there(district, case.position, case.object)
    found = []
    if there is not None and there != case.town_id:
        town = Town.objects.get(pk=there)
        if authority_for(district, town, on).name != held.name:
            found.append("other-town")
    if served.authority and served.authority != held.name:
        found.append("authority-other")
    return found


def _take_steps(
    case: Case, served: Served, noted: Sequence[str], *, by: User, at: datetime, client_id: uuid.UUID
) -> None:
    """The steps in order, each with what the rules object to, and the rows of the evidence."""
    shown = _each_once([*_of_lead(served.lead), *served.photos])
    signed = [served.signatures[who] for who in (*OFFICERS, PARTY) if who in served.signatures]
    items = [(one, _item(one, place)) for place, one in enumerate([*shown, *signed], start=1)]
    entered = replace(
        served.entered,
        evidence=[data for _one, data in items],
        signatures={who: one.stored.sha256 for who, one in served.signatures.items()},
    )
    for number, (kind, data) in enumerate(steps_of(entered)):
        if kind is K.SIMPLE_DECISION:
            codes = [*noted, *_missing(served, shown)]
            data |= {"noted": list(dict.fromkeys(codes)), "law_version": served.law_version}
            if served.recorded_by is not None:
                data["recorded_by"] = served.recorded_by.username
            data |= {"authority": served.authority} if served.authority else {}
        key = None if number else client_id
        append_step(case, kind, by=by, data=data, officers=served.officers, at=at, client_id=key, served=True)
    for place, (one, data) in enumerate(items, start=1):
        keep_item(case, place, one.stored, data, by, one.circumstances)


def _each_once(shown: Sequence[Shown]) -> list[Shown]:
    """Each file once, as it came first."""
    kept: dict[str, Shown] = {}
    for one in shown:
        kept.setdefault(one.stored.sha256, one)
    return list(kept.values())


def _item(one: Shown, place: int) -> dict[str, Any]:
    kind = EvidenceItem.Type.RECORD.value
    return {
        "type": kind, "title": one.title[:120], "sha256": one.stored.sha256, "item": place,
        **one.circumstances.as_data(),
    }  # fmt: skip


def _of_lead(lead: Lead | None) -> list[Shown]:
    """The photos that the lead has."""
    kept = photos_of(lead) if lead is not None else []
    return [Shown(one.file, title_of(one), circumstances_of(one)) for one in kept]


def _missing(served: Served, shown: Sequence[Shown]) -> list[str]:
    """What should have come along and did not."""
    found = [] if shown else ["no-photo"]
    if not all(who in served.signatures for who in OFFICERS):
        found.append("officer-unsigned")
    if PARTY not in served.signatures and not served.entered.refused_to_sign:
        found.append("party-unsigned")
    return found


def _end_lead(lead: Lead, case: Case, by: User) -> list[str]:
    """End the lead in the case; where it cannot end there any more, the case names it all the same."""
    case.lead = lead
    case.save(update_fields=["lead", "updated_at"])
    try:
        with transaction.atomic():
            current = leads.lock(lead.pk)
            leads.link_case(current, case_id=case.pk, case_number=str(case.number), by=by)
    except leads.LeadProblem as problem:
        return [str(problem)]
    except PermissionDenied:
        return [_("The lead %(number)s is not yours; its handling is not ended.") % {"number": lead.number}]
    return []


def objections_of(case: Case) -> list[str]:
    """What rules objected to when it was taken in, as sentences in the order of the steps."""
    found: list[str] = []
    for step in CaseStep.objects.filter(case=case).order_by("seq"):
        codes = set(step.data.get("objections") or ())
        found += [str(one["text"]) for one in step.findings if one["rule"] in codes]
    return list(dict.fromkeys(found))
