"""Credit repair (信用修复): applied for, its conditions checked, decided, told to the exchange."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import User
from chengshu.cases.models import Case, Party
from chengshu.inspections.credit.lifecycle import EntryState, ObjectionState, RepairState
from chengshu.inspections.credit.settings import ORDINARY, SERIOUS, due
from chengshu.inspections.models import CreditObjection, CreditRepair, DishonestyEntry
from chengshu.inspections.signals import penalty_repaired
from chengshu.kernel import files
from chengshu.law.catalogue import LawProblem

from . import entries
from .base import (
    DECIDE,
    PROPOSE,
    InspectionProblem,
    another_person,
    day_not_ahead,
    lock,
    record,
    require,
    words,
)

S = RepairState


@dataclass(frozen=True)
class Condition:
    """修复条件: one condition, whether it is met, and what it says in words."""

    code: str
    met: bool
    says: str


@dataclass(frozen=True)
class Application:
    """What the party brings. ``commitment`` is the signed commitment (信用承诺书) as a file."""

    statement: str
    applied_on: date
    performed_on: date | None = None
    commitment: Any = None
    commitment_name: str = ""


@transaction.atomic
def apply_for_entry(entry: DishonestyEntry, stated: Application, *, by: User) -> CreditRepair:
    """Record an application to end a published entry early."""
    current = lock(entry)
    require(by, PROPOSE, district_id=current.district_id, squad_id=current.squad_id)
    if current.state != EntryState.PUBLISHED:
        raise InspectionProblem(_("Only a published entry can be repaired."), "state")
    place = {"district_id": current.district_id, "squad_id": current.squad_id, "entry": current}
    return _apply(stated, place, current.shown_from, by)


@transaction.atomic
def apply_for_penalty(case: Case, party_key: str, stated: Application, *, by: User) -> CreditRepair:
    """Record an application to end the display of a penalty early."""
    require(by, PROPOSE, district_id=case.district_id, squad_id=case.squad_id)
    party = Party.objects.filter(case=case, key=party_key).first()
    if case.disclosed_on is None or party is None or party.outcome.get("type") != "penalty":
        raise InspectionProblem(_("Only the display of a disclosed penalty can be repaired."), "case")
    if CreditRepair.objects.filter(case=case, party_key=party_key, state=S.GRANTED).exists():
        raise InspectionProblem(_("The display of this penalty has ended by repair already."), "case")
    place = {
        "district_id": case.district_id, "squad_id": case.squad_id, "case": case, "party_key": party_key,
    }  # fmt: skip
    return _apply(stated, place, case.disclosed_on, by)


def _apply(stated: Application, place: dict[str, Any], shown_from: date | None, by: User) -> CreditRepair:
    day_not_ahead(stated.applied_on, "applied_on", not_before=shown_from)
    if stated.performed_on is not None:
        day_not_ahead(stated.performed_on, "performed_on")
    kept = None
    if stated.commitment is not None:
        kept = files.store(stated.commitment, name=stated.commitment_name or "commitment", kind="document")
    try:
        answer_by = due("repair_answer", stated.applied_on)
        with transaction.atomic():
            made = CreditRepair.objects.create(
                applied_on=stated.applied_on,
                answer_by=answer_by,
                statement=words(stated.statement, "statement", _("Say what was put right."), most=2000),
                performed_on=stated.performed_on,
                commitment=kept,
                recorded_by=by,
                **place,
            )
    except LawProblem as problem:
        raise InspectionProblem(str(problem), "applied_on") from problem
    except IntegrityError as twice:
        raise InspectionProblem(_("An application waits to be decided already."), "statement") from twice
    record(
        made, "apply", by=by, at=timezone.now(), entry=made.entry_id, case=made.case_id,
        applied_on=made.applied_on, commitment=kept.sha256 if kept else "",
    )  # fmt: skip
    return made


def party_of(repair: CreditRepair) -> Party | None:
    """The party of the case that the repair is about, if any."""
    case_id = repair.case_id or (repair.entry.case_id if repair.entry else None)
    if case_id is None:
        return None
    found = Party.objects.filter(case=case_id)
    if repair.party_key:
        return found.filter(key=repair.party_key).first()
    return found.filter(name=repair.entry.party_name).first() if repair.entry else None


def conditions(repair: CreditRepair, today: date) -> list[Condition]:
    """What a repair needs, by the data of the day: time of display, performance, commitment, no dispute."""
    party = party_of(repair)
    if repair.entry is not None:
        start, serious = repair.entry.shown_from, repair.entry.level == SERIOUS
    else:
        start = repair.case.disclosed_on if repair.case else None
        serious = bool(party and party.outcome.get("grave"))
    found = [_displayed(start, SERIOUS if serious else ORDINARY, today)]
    found.append(_performed(party, repair))
    found.append(
        Condition("commitment", repair.commitment_id is not None, _("Signed commitment to stay honest"))
    )
    if repair.entry_id:
        open_ones = CreditObjection.objects.filter(entry=repair.entry_id, state=ObjectionState.OPEN)
        found.append(
            Condition("no_objection", not open_ones.exists(), _("No objection waits for its answer"))
        )
    return found


def _displayed(start: date | None, level: str, today: date) -> Condition:
    if start is None:
        return Condition("displayed", False, _("Not on display"))
    try:
        earliest = due(f"repair_earliest_{level}", start)
    except LawProblem as problem:
        return Condition("displayed", False, str(problem))
    return Condition(
        "displayed", today >= earliest, _("On display until %(day)s at least") % {"day": earliest}
    )


def _performed(party: Party | None, repair: CreditRepair) -> Condition:
    if party is not None and party.fine:
        left = max(party.fine - party.paid, Decimal(0))
        if left:
            return Condition("performed", False, _("Fine not paid: %(left)s yuan are left") % {"left": left})
        if not set(party.outcome.get("others") or []) - {"warning"}:
            return Condition("performed", True, _("Fine paid"))
    return Condition(
        "performed", repair.performed_on is not None, _("Obligations performed, breach put right")
    )


def _open(repair: CreditRepair, permission: str, by: User) -> CreditRepair:
    current = lock(repair)
    require(by, permission, district_id=current.district_id, squad_id=current.squad_id)
    if current.state != S.APPLIED:
        raise InspectionProblem(_("This application is decided already."), "state")
    return current


@transaction.atomic
def decide(repair: CreditRepair, *, grant: bool, reason: str, by: User) -> CreditRepair:
    """Grant, where every condition is met, or refuse with a reason; not by whoever recorded it."""
    current = _open(repair, DECIDE, by)
    another_person(by, current.recorded_by_id)
    today = timezone.localdate()
    checked = conditions(current, today)
    missing = [one for one in checked if not one.met]
    if grant and missing:
        raise InspectionProblem(
            _("Not granted yet, a condition is not met: %(what)s") % {"what": missing[0].says}, "grant"
        )
    reason = words(reason, "reason", _("Give the reason."))
    current.state = S.GRANTED if grant else S.REFUSED
    current.conditions = [{"code": one.code, "met": one.met} for one in checked]
    current.decided_by, current.decided_on, current.reason = by, today, reason
    if grant:
        try:
            current.tell_by = due("repair_tell", today)
        except LawProblem as problem:
            raise InspectionProblem(str(problem)) from problem
    current.save()
    record(
        current, "grant" if grant else "refuse", by=by, at=timezone.now(), note=reason,
        conditions=current.conditions,
    )  # fmt: skip
    if grant and current.entry is not None:
        entries.repaired(current.entry, by=by, repair=current.pk)
    if grant and current.case_id is not None:
        penalty_repaired.send(CreditRepair, ids=[current.case_id])
    return current


@transaction.atomic
def add_commitment(repair: CreditRepair, content: Any, name: str, *, by: User) -> CreditRepair:
    """Keep the signed commitment that was missing."""
    current = _open(repair, PROPOSE, by)
    current.commitment = files.store(content, name=name, kind="document")
    current.save()
    record(current, "commit", by=by, at=timezone.now(), commitment=current.commitment.sha256)
    return current


@transaction.atomic
def withdraw(repair: CreditRepair, *, by: User) -> CreditRepair:
    """The party takes its application back."""
    current = _open(repair, PROPOSE, by)
    current.state = S.WITHDRAWN
    current.save()
    record(current, "withdraw", by=by, at=timezone.now())
    return current


@transaction.atomic
def tell_exchange(repair: CreditRepair, on: date, *, by: User | None) -> CreditRepair:
    """The exchange was told of a granted repair; an entry's own duty to tell ends with it."""
    current = lock(repair)
    require(by, PROPOSE, district_id=current.district_id, squad_id=current.squad_id)
    if current.state != S.GRANTED or current.told_on is not None:
        raise InspectionProblem(_("The exchange is told once, of a granted repair."), "state")
    current.told_on = day_not_ahead(on, "on", not_before=current.decided_on)
    current.save()
    record(current, "tell", by=by, at=timezone.now(), on=on)
    if current.entry is not None and current.entry.told_on is None and by is not None:
        entries.tell_exchange(current.entry, on, by=by)
    return current


def repaired_penalties(district_id: int) -> dict[tuple[int, str], date]:
    """Case and party of each penalty whose display has ended by repair, with the day; for the portal."""
    rows = CreditRepair.objects.filter(district=district_id, state=S.GRANTED, case__isnull=False)
    found = rows.values_list("case", "party_key", "decided_on")
    return {(case, key): day for case, key, day in found if day is not None}
