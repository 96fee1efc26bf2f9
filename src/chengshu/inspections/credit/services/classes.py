"""Classes A–D: proposed by the rules for a district or by a person for one object, decided by another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import District, User
from chengshu.inspections.credit import facts as on_record
from chengshu.inspections.credit.lifecycle import ProposalState
from chengshu.inspections.credit.rules import CLASSES, Assessment, ClassRules, assess
from chengshu.inspections.credit.settings import class_rules_on
from chengshu.inspections.models import CreditProposal
from chengshu.kernel import ledger
from chengshu.kernel.workdays import add_period
from chengshu.registry.models import FactRecord, RegulatedObject
from chengshu.registry.services.objects import Provenance, change_object

from .base import (
    DECIDE,
    PROPOSE,
    InspectionProblem,
    another_person,
    lock,
    not_in_the_future,
    record,
    record_many,
    require,
    words,
)

BATCH = 2000
S = ProposalState


@dataclass(frozen=True)
class Run:
    """What an assessment of a district came to."""

    objects: int
    with_facts: int
    proposed: int
    unchanged: int
    superseded: int


@dataclass(frozen=True)
class _Known:
    """What is already there of an object: its open proposal and its last decision."""

    open: CreditProposal | None = None
    last: CreditProposal | None = None


def grounds_of(assessment: Assessment) -> list[dict[str, Any]]:
    """The grounds as a proposal keeps them."""
    return [
        {
            "kind": ground.fact.kind,
            "on": ground.fact.on.isoformat(),
            "points": str(ground.points),
            "model": ground.fact.ref[0],
            "id": ground.fact.ref[1],
            "number": ground.fact.number,
        }
        for ground in assessment.grounds
    ]


def assess_object(obj: RegulatedObject, today: date) -> tuple[ClassRules, Assessment]:
    """What the rules of the day make of one object. Raises `LawProblem` where there are none."""
    rules = class_rules_on(today)
    since = add_period(today, -rules.look_back_months, "month")
    facts = on_record.facts_since(obj.district_id, since, today, [obj.pk])
    return rules, assess(rules, facts.get(obj.pk, []), today)


def assess_district(
    district: District,
    *,
    by: User | None = None,
    today: date | None = None,
    listener: Callable[[int, int], None] | None = None,
) -> Run:
    """Propose a class wherever the rules lead to another one, or the time of a decided one has run out.

    The same again proposes nothing twice; a proposal that was refused comes back only with other facts.
    Raises `LawProblem`; PermissionDenied outside the person's area.
    """
    require(by, PROPOSE, district_id=district.pk)
    today = today or timezone.localdate()
    rules = class_rules_on(today)
    since = add_period(today, -rules.look_back_months, "month")
    facts = on_record.facts_since(district.pk, since, today)
    objects = list(
        RegulatedObject.objects.live()
        .filter(district=district, status=RegulatedObject.Status.OPERATING)
        .order_by("pk")
        .values_list("pk", "credit", "squad_id")
    )
    total = proposed = unchanged = superseded = 0
    for start in range(0, len(objects), BATCH):
        part = objects[start : start + BATCH]
        with transaction.atomic():
            made, kept, replaced = _propose_part(district, part, facts, rules, today, by)
        total, proposed, unchanged, superseded = (
            total + len(part), proposed + made, unchanged + kept, superseded + replaced
        )  # fmt: skip
        if listener is not None:
            listener(total, len(objects))
    ledger.append(
        f"credit.classes:{district.pk}",
        "credit.assessed",
        {"day": today, "rules": rules.digest, "objects": total, "proposed": proposed},
        actor=by.username if by else "system",
    )
    there = {pk for pk, _credit, _squad in objects}
    return Run(total, len(there & facts.keys()), proposed, unchanged, superseded)


def _propose_part(
    district: District,
    part: Sequence[tuple[int, str, int | None]],
    facts: Mapping[int, list[Any]],
    rules: ClassRules,
    today: date,
    by: User | None,
) -> tuple[int, int, int]:
    """New, unchanged and replaced proposals of some objects."""
    known = _known([pk for pk, _credit, _squad in part])
    now, fresh, replaced, unchanged = timezone.now(), [], [], 0
    for pk, credit, squad in part:
        held = known.get(pk, _Known())
        found = assess(rules, facts.get(pk, ()), today)
        wanted = found.credit or (rules.default if credit else "")
        if not wanted or not _is_due(wanted, credit, held.last, today):
            if held.open is not None and held.open.rules_digest:
                replaced.append(held.open)  # what it stood on is gone
            continue
        grounds = grounds_of(found)
        if held.open is not None and (not held.open.rules_digest or _same(held.open, wanted, grounds)):
            unchanged += 1
            continue
        if held.open is None and held.last is not None and _answered(held.last, wanted, grounds, today):
            continue
        if held.open is not None:
            replaced.append(held.open)
        fresh.append(
            CreditProposal(
                district=district,
                squad_id=squad,
                object_id=pk,
                assessed_on=today,
                rules_digest=rules.digest,
                before=credit,
                proposed=wanted,
                points=found.points,
                checks=found.checks,
                grounds=grounds,
                proposed_by=by,
                proposed_at=now,
            )
        )
    _supersede(replaced, by, now)
    made = _insert(fresh, by)
    record_many([(row.chain, 1, "propose", _told(row)) for row in made], by=by, at=now)
    return len(made), unchanged + len(fresh) - len(made), len(replaced)


def _insert(fresh: Sequence[CreditProposal], by: User | None) -> list[CreditProposal]:
    """Write the proposals; one that a person made for the object meanwhile stays in the place of ours."""
    if not fresh:
        return []
    CreditProposal.objects.bulk_create(fresh, batch_size=BATCH, ignore_conflicts=True)
    at, digest = fresh[0].proposed_at, fresh[0].rules_digest
    return list(
        CreditProposal.objects.filter(
            object__in=[row.object_id for row in fresh],
            state=S.OPEN,
            proposed_at=at,
            proposed_by=by,
            rules_digest=digest,
        ).order_by("pk")
    )


def _known(ids: Sequence[int]) -> dict[int, _Known]:
    """Open proposals, locked, and the last decided one of each object."""
    found: dict[int, _Known] = {}
    last = (
        CreditProposal.objects.filter(object__in=ids, state__in=(S.ACCEPTED, S.CHANGED, S.REFUSED))
        .order_by("object_id", "-decided_at", "-id")
        .distinct("object_id")
    )
    for row in last:
        found[row.object_id] = _Known(last=row)
    for row in CreditProposal.objects.select_for_update().filter(object__in=ids, state=S.OPEN):
        found[row.object_id] = _Known(row, found.get(row.object_id, _Known()).last)
    return found


def _is_due(wanted: str, credit: str, last: CreditProposal | None, today: date) -> bool:
    if wanted != credit:
        return True
    return last is not None and last.valid_until is not None and last.valid_until < today


def _refs(grounds: Iterable[Mapping[str, Any]]) -> set[tuple[str, int, str]]:
    return {(ground["model"], ground["id"], ground["kind"]) for ground in grounds}


def _same(row: CreditProposal, wanted: str, grounds: list[dict[str, Any]]) -> bool:
    return row.proposed == wanted and _refs(row.grounds) == _refs(grounds)


def _answered(last: CreditProposal, wanted: str, grounds: list[dict[str, Any]], today: date) -> bool:
    """Whether a person has already said otherwise to just this, and that still holds."""
    if last.state == S.ACCEPTED or not _same(last, wanted, grounds):
        return False
    return last.valid_until is None or last.valid_until >= today


def _supersede(rows: Sequence[CreditProposal], by: User | None, at: datetime) -> None:
    if not rows:
        return
    CreditProposal.objects.filter(pk__in=[row.pk for row in rows]).update(state=S.SUPERSEDED)
    record_many([(row.chain, 2, "supersede", {}) for row in rows], by=by, at=at)


def _told(row: CreditProposal) -> dict[str, Any]:
    return {
        "object": row.object_id,
        "before": row.before,
        "proposed": row.proposed,
        "points": str(row.points),
        "rules": row.rules_digest,
        "grounds": [f"{ground['model']}:{ground['id']}:{ground['kind']}" for ground in row.grounds],
    }


@transaction.atomic
def propose(obj: RegulatedObject, credit: str, note: str, *, by: User) -> CreditProposal:
    """A person proposes a class for one object, with the reason; the facts on record stand beside it."""
    require(by, PROPOSE, district_id=obj.district_id, squad_id=obj.squad_id)
    if credit not in CLASSES:
        raise InspectionProblem(_("Choose one of the classes A, B, C and D."), "credit")
    note = words(note, "note", _("Say why this class is right."), most=500)
    today, now = timezone.localdate(), timezone.now()
    # Without "no key" an assessment that has inserted for this object and commits would wait for us here
    # while we wait for its row.
    current = RegulatedObject.objects.select_for_update(of=("self",), no_key=True).get(pk=obj.pk)
    waits = InspectionProblem(_("A proposal for this object waits to be decided already."), "credit")
    if CreditProposal.objects.filter(object=current, state=S.OPEN).exists():
        raise waits
    _rules, found = assess_object(current, today)
    try:
        with transaction.atomic():
            made = CreditProposal.objects.create(
                district_id=current.district_id, squad_id=current.squad_id, object=current,
                assessed_on=today, before=current.credit, proposed=credit, points=found.points,
                checks=found.checks, grounds=grounds_of(found), note=note, proposed_by=by, proposed_at=now,
            )  # fmt: skip
    except IntegrityError as meanwhile:  # the assessment of the district came first
        raise waits from meanwhile
    record(made, "propose", by=by, at=now, note=note, **_told(made))
    return made


@transaction.atomic
def decide(
    proposal: CreditProposal, answer: str, *, by: User, credit: str = "", reason: str = ""
) -> CreditProposal:
    """``accept`` the class, ``change`` it to another with a reason, or ``refuse`` with a reason.

    Accepted and changed ones are written into the registry. Raises `InspectionProblem`; PermissionDenied.
    """
    current = lock(proposal)
    require(by, DECIDE, district_id=current.district_id, squad_id=current.squad_id)
    if current.state != S.OPEN:
        raise InspectionProblem(_("This proposal is decided already."), "state")
    another_person(by, current.proposed_by_id)
    at = not_in_the_future(None)
    if answer == "accept":
        reason = words(reason, "reason", "") if reason.strip() else ""
        _settle(current, S.ACCEPTED, current.proposed, reason, by, at)
    elif answer == "change":
        if credit not in CLASSES or credit == current.proposed:
            raise InspectionProblem(_("Choose a class other than the proposed one."), "credit")
        _settle(current, S.CHANGED, credit, words(reason, "reason", _("Give the reason.")), by, at)
    elif answer == "refuse":
        _settle(current, S.REFUSED, "", words(reason, "reason", _("Give the reason.")), by, at)
    else:
        raise InspectionProblem(_("Choose what is decided."), "answer")
    return current


def accept_many(proposals: Iterable[CreditProposal], *, by: User) -> tuple[int, list[str]]:
    """Accept several; how many were, and a sentence for each that could not be."""
    done, problems = 0, []
    for proposal in proposals:
        try:
            decide(proposal, "accept", by=by)
        except InspectionProblem as problem:
            problems.append(f"{proposal.object.name}: {problem}")
        else:
            done += 1
    return done, problems


def _settle(
    row: CreditProposal, state: ProposalState, credit: str, reason: str, by: User, at: datetime
) -> None:
    day = timezone.localtime(at).date()
    row.state, row.decided, row.reason = state, credit, reason
    row.decided_by, row.decided_at = by, at
    if credit:
        row.valid_until = add_period(day, class_rules_on(day).valid_months, "month")
        write_class(row, credit, by=by, day=day)
    row.save()
    record(
        row,
        str(state.value),
        by=by,
        at=at,
        note=reason,
        decided=credit,
        valid_until=str(row.valid_until or ""),
    )


def write_class(row: CreditProposal, credit: str, *, by: User, day: date) -> None:
    """Write the decided class into the registry, where its history and source are kept."""
    source = Provenance(
        FactRecord.Source.CLERK, day, label=_("Decision on the credit class"), ref=f"credit:{row.pk}"
    )
    change_object(row.object, {"credit": credit}, source, by, permission=DECIDE)
