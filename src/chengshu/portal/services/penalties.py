"""From the disclosure steps of cases to what the public reads.

A case tells that it was written (`chengshu.cases.signals`); after the commit its rows are made anew. What a
killed process left out is found by `synchronise`, which compares times of change, never by chance.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from chengshu.bureau.models import District
from chengshu.cases.authorities import authority_for
from chengshu.cases.models import Case, CaseStep, Party
from chengshu.cases.procedure import law
from chengshu.cases.procedure.party_view import UNDONE
from chengshu.cases.procedure.steps import StepKind
from chengshu.inspections.credit.services.repairs import repaired_penalties
from chengshu.kernel.copying import copy_models
from chengshu.kernel.identifiers import InvalidIdentifier, check_uscc
from chengshu.kernel.privacy_masks import public_name
from chengshu.law.catalogue import catalogue
from chengshu.law.model import PartyKind
from chengshu.portal.models import PublicPenalty
from chengshu.portal.services.state import touch
from chengshu.registry.derive import search_tokens

PROGRAM = "1"  # raise it when rows must be made anew although law and cases are the same
DISPLAY, DISPLAY_SERIOUS, SIMPLE_BACK = "credit_display", "credit_display_serious", "simple_not_displayed"
BATCH = 500
FEW = 20  # so many new rows are written by one INSERT, more by COPY
ANNULLED = "annulled"
Status, Ground = PublicPenalty.Status, PublicPenalty.Ground
EMPTY: dict[str, Any] = {
    "name": "", "credit_code": "", "decision_number": "", "authority": "", "procedure": "", "cause": "",
    "cause_name": "", "breach": "", "basis": "", "town_id": None, "fine": Decimal(0),
    "confiscated": Decimal(0), "others": [], "decided_on": None, "disclosed_on": None, "shown_until": None,
    "search_tokens": [], "withdrawn_on": None, "ground": "", "is_person": True,
}  # fmt: skip
COLUMNS = ("status", "rules", "made_at", *EMPTY)


@lru_cache(maxsize=1)
def rules_version() -> str:
    """Which law on display and which program rows are made by: rows of another are made anew."""
    known = catalogue()
    said = [*known.periods.get(DISPLAY, ()), *known.periods.get(DISPLAY_SERIOUS, ())]
    said += [*known.requirements.get(SIMPLE_BACK, ())]  # type: ignore[list-item]
    return hashlib.sha256(f"{PROGRAM}|{said!r}".encode()).hexdigest()[:16]


def display_end(decided_on: date, *, serious: bool) -> date:
    """The last day on display. Raises `LawProblem` where the law of the day has no period."""
    return law.due(DISPLAY_SERIOUS if serious else DISPLAY, decided_on)


def refresh(ids: Iterable[int]) -> int:
    """Make the public rows of these cases anew; how many rows changed. The same again changes nothing."""
    changed = 0
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), BATCH):
        changed += _refresh(wanted[start : start + BATCH])
    return changed


def _refresh(ids: Sequence[int]) -> int:
    with transaction.atomic():
        # The lock keeps two refreshes of one case in the order of what they read.
        locked = Case.objects.filter(_public(), pk__in=ids).select_for_update(of=("self",), no_key=True)
        with_names = locked.select_related("district", "town").order_by("pk")
        # polygons are long, and to decode one for each case is most of the work
        unread = "search_tokens", "district__boundary", "town__boundary"
        cases = {case.pk: case for case in with_names.defer(*unread)}
        if not cases:
            return 0
        held = {
            (row.case_id, row.party_key): row for row in PublicPenalty.objects.filter(case__in=list(cases))
        }
        parties: dict[int, list[Party]] = {}
        for party in Party.objects.filter(case__in=list(cases)).defer("details"):
            parties.setdefault(party.case_id, []).append(party)
        undone = _undone([pk for pk, held_by in parties.items() if any(map(_was_changed, held_by))])
        gone = _withdrawals([pk for pk, case in cases.items() if case.disclosed_on is None])
        repaired = _repaired({case.district_id for case in cases.values()})
        rows: list[PublicPenalty] = []
        for pk, case in cases.items():
            keys = {key for case_id, key in held if case_id == pk}
            made = _rows(case, parties.get(pk, []), keys, gone.get(pk) or undone.get(pk), pk in undone)
            rows += [_without_repaired(row, repaired) for row in made]
        changed = _write(rows, held)
        for district_id in sorted({cases[row.case_id].district_id for row in changed}):
            touch(district_id)
    return len(changed)


def _public() -> Q:
    """Cases of which the public reads something, or once did."""
    return Q(disclosed_on__isnull=False) | Q(Exists(PublicPenalty.objects.filter(case=OuterRef("pk"))))


def _repaired(districts: Iterable[int]) -> dict[tuple[int, str], date]:
    """Case and party of each penalty whose display has ended by credit repair, with the day."""
    days: dict[tuple[int, str], date] = {}
    for district_id in districts:
        days |= repaired_penalties(district_id)
    return days


def _without_repaired(row: PublicPenalty, repaired: Mapping[tuple[int, str], date]) -> PublicPenalty:
    """The row, emptied where its display has ended by repair."""
    day = repaired.get((row.case_id, row.party_key))
    if day is None or row.status != Status.SHOWN:
        return row
    return PublicPenalty(
        district_id=row.district_id, case_id=row.case_id, party_key=row.party_key, status=Status.WITHDRAWN,
        rules=row.rules, made_at=row.made_at, **{**EMPTY, "withdrawn_on": day, "ground": Ground.REPAIRED},
    )  # fmt: skip


def _write(rows: list[PublicPenalty], held: dict[tuple[int, str], PublicPenalty]) -> list[PublicPenalty]:
    """Write new and changed rows; those whose public content changed."""
    new, other, changed = [], [], []
    for row in rows:
        before = held.get((row.case_id, row.party_key))
        if before is None:
            new.append(row)
        elif _differ(before, row, COLUMNS):
            other.append(row)
            if _differ(before, row, ("status", *EMPTY)):
                changed.append(row)
    if len(new) > FEW:  # nobody else writes rows of these cases: they are locked
        copy_models(new)
    else:
        other += new
    if other:
        PublicPenalty.objects.bulk_create(
            other,
            update_conflicts=True,
            unique_fields=["case", "party_key"],
            update_fields=[name.removesuffix("_id") if name == "town_id" else name for name in COLUMNS],
        )
    return new + changed


def _differ(one: PublicPenalty, other: PublicPenalty, names: Iterable[str]) -> bool:
    return any(getattr(one, name) != getattr(other, name) for name in names)


def _withdrawals(ids: list[int]) -> dict[int, date]:
    """The day on which each case's disclosure was last withdrawn."""
    steps = CaseStep.objects.filter(case__in=ids, kind=StepKind.WITHDRAW_DISCLOSURE).order_by("seq")
    return {pk: timezone.localtime(at).date() for pk, at in steps.values_list("case", "at")}


def _was_changed(party: Party) -> bool:
    """Whether review or suit changed or annulled what was decided on the party."""
    return party.outcome.get("type") == ANNULLED or bool(party.outcome.get("changed_by"))


def _undone(ids: list[int]) -> dict[int, date]:
    """Cases whose disclosure stands although its decision was changed since, with the day of the change."""
    kinds = [StepKind.DISCLOSE, StepKind.WITHDRAW_DISCLOSURE, StepKind.CONTEST_RESULT]
    open_since: dict[int, date] = {}
    disclosed: set[int] = set()
    steps = CaseStep.objects.filter(case__in=ids, kind__in=kinds).order_by("seq")
    for pk, kind, at, data in steps.values_list("case", "kind", "at", "data"):
        if kind == StepKind.DISCLOSE:
            disclosed.add(pk)
        elif kind == StepKind.WITHDRAW_DISCLOSURE:
            disclosed.discard(pk)
            open_since.pop(pk, None)
        elif pk in disclosed and data.get("result") in UNDONE:
            open_since.setdefault(pk, timezone.localtime(at).date())
    return open_since


def _rows(
    case: Case, parties: list[Party], keys: set[str], gone: date | None, undone: bool
) -> Iterator[PublicPenalty]:
    """A row for each party if the case is disclosed, and for each that once was."""
    now = {party.key: party for party in parties}
    if case.disclosed_on is None:
        for key in sorted(keys):
            yield _withdrawn(case, key, now.get(key), gone)
        return
    for key, party in now.items():
        if undone and _was_changed(party):  # what is disclosed is not what was decided any more
            yield _withdrawn(case, key, party, gone)
        else:
            yield _disclosed(case, party)
    for key in sorted(keys - set(now)):
        yield _withdrawn(case, key, None, case.disclosed_on)


def _row(case: Case, key: str, status: str, **values: Any) -> PublicPenalty:
    return PublicPenalty(
        district_id=case.district_id, case_id=case.pk, party_key=key, status=status,
        rules=rules_version(), made_at=case.updated_at, **{**EMPTY, **values},
    )  # fmt: skip


def _withdrawn(case: Case, key: str, party: Party | None, gone: date | None) -> PublicPenalty:
    outcome = party.outcome if party else {"type": "of another"}
    ground = Ground.CORRECTED
    if not outcome or outcome.get("type") == ANNULLED:  # none: the case is taken up again
        ground = Ground.ANNULLED
    elif outcome.get("changed_by"):
        ground = Ground.CHANGED
    day = gone or timezone.localtime(case.updated_at).date()
    return _row(case, key, Status.WITHDRAWN, withdrawn_on=day, ground=ground)


def _disclosed(case: Case, party: Party) -> PublicPenalty:
    """The public entry, or an empty one where the law or the outcome keeps it back."""
    outcome, decided = party.outcome, case.decided_on
    if decided is None or outcome.get("type") != "penalty":
        return _row(case, party.key, Status.HELD_BACK)
    if case.procedure == Case.Procedure.SIMPLE and law.requirement(SIMPLE_BACK, decided) is not None:
        return _row(case, party.key, Status.HELD_BACK)
    try:
        until = display_end(decided, serious=bool(outcome.get("grave")))
    except law.LawProblem:  # no rule on display: nothing may stand there for an unknown time
        return _row(case, party.key, Status.HELD_BACK)
    return _row(case, party.key, Status.SHOWN, **_content(case, party, decided), shown_until=until)


def _content(case: Case, party: Party, decided: date) -> dict[str, Any]:
    person = party.kind == Party.Kind.PERSON
    kind: PartyKind = "person" if person else "organisation"
    name = public_name(party.name) if person else party.name
    code = "" if person else _credit_code(party.id_number)
    number = str(party.outcome.get("number") or party.decision_number)[:80]
    named = law.cause(case.cause).name if law.known(case.cause) else ""
    rule = law.rule_or_none(case.cause, case.act_until or case.act_on, decided, kind) if named else None
    return {
        "is_person": person,
        "name": name[:200],
        "credit_code": code,
        "decision_number": number,
        "authority": authority_for(case.district, case.town, decided).name[:120],
        "procedure": case.procedure,
        "cause": case.cause,
        "cause_name": named[:200],
        "breach": law.cite(rule.breach)[:200] if rule else "",
        "basis": law.cite(rule.penalty)[:200] if rule else "",
        "town_id": case.town_id,
        "fine": Decimal(str(party.outcome.get("fine") or 0)),
        "confiscated": Decimal(str(party.outcome.get("confiscated") or 0)),
        "others": [str(code) for code in party.outcome.get("others") or []],
        "decided_on": decided,
        "disclosed_on": case.disclosed_on,
        "search_tokens": search_tokens(f"{name}{named}"[:200], number, [number, *([code] if code else [])]),
    }


def _credit_code(text: str) -> str:
    """The code if it is one: whatever else was typed there might be of a person."""
    try:
        return str(check_uscc(text)) if text else ""
    except InvalidIdentifier:
        return ""


# --- keeping up ---------------------------------------------------------------------------------------


def behind(district: District) -> list[int]:
    """Cases whose public rows are missing, older than the case, or made by other rules."""
    mine = PublicPenalty.objects.filter(case=OuterRef("pk"))
    current = mine.filter(made_at=OuterRef("updated_at"), rules=rules_version())
    repaired = [case for case, _key in repaired_penalties(district.pk)]
    late = Q(pk__in=repaired) & Exists(mine.filter(status=Status.SHOWN))
    cases = Case.objects.filter(_public(), ~Exists(current) | late, district=district)
    return list(cases.order_by("pk").values_list("pk", flat=True))


def synchronise(district: District) -> int:
    """Bring the public rows up to the cases; how many rows changed."""
    return refresh(behind(district))
