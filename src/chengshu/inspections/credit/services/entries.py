"""Dishonesty entries (失信): proposed, the party heard, decided by another person, published, ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import District, User
from chengshu.cases.models import Case, Party
from chengshu.inspections.credit.lifecycle import ENTRY_GONE, ENTRY_TABLE, EntryAction, EntryState
from chengshu.inspections.credit.settings import Named, credit_data, due
from chengshu.inspections.models import DishonestyEntry
from chengshu.inspections.signals import published
from chengshu.kernel.identifiers import InvalidIdentifier, check_resident_id, check_uscc
from chengshu.kernel.numbers import document_number
from chengshu.law.catalogue import LawProblem
from chengshu.registry.models import RegulatedObject

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

RESIDENT_ID = 18
NUMBER = "SX{year}-{seq:05d}"
LONGEST_STATEMENT = 2000  # characters of one; an entry keeps several
A = EntryAction


@dataclass(frozen=True)
class EntryDraft:
    """What somebody proposes. With a case the party is one of its parties and needs no typing."""

    ground: str
    facts: str
    measures: Sequence[str]
    case: Case | None = None
    party_key: str = "1"
    object: RegulatedObject | None = None
    party_kind: str = Party.Kind.ORGANISATION.value
    party_name: str = ""
    id_number: str = ""


def ground_on(code: str, day: date) -> Named:
    """The ground. Raises `InspectionProblem` for an unknown one or one not yet in force."""
    ground = credit_data().grounds.get(code)
    if ground is None or day < ground.valid_from:
        raise InspectionProblem(_("Choose one of the grounds."), "ground")
    return ground


@transaction.atomic
def propose(district: District, draft: EntryDraft, *, by: User) -> DishonestyEntry:
    """Propose an entry. Raises `InspectionProblem`, naming the field; PermissionDenied outside the area."""
    at = timezone.now()
    day = timezone.localdate(at)
    ground = ground_on(draft.ground, day)
    level = ground.levels[0]
    squad = draft.case.squad_id if draft.case else draft.object.squad_id if draft.object else None
    require(by, PROPOSE, district_id=district.pk, squad_id=squad)
    party = _party(draft, ground)
    measures = list(dict.fromkeys(draft.measures))
    known = credit_data().measures
    if not measures or any(code not in known or level not in known[code].levels for code in measures):
        raise InspectionProblem(_("Choose measures that the law permits for this level."), "measures")
    if draft.object and draft.case and draft.case.object_id not in (None, draft.object.pk):
        raise InspectionProblem(_("The case is about another object. Choose one of the two."), "case")
    obj = draft.object or (draft.case.object if draft.case else None)
    try:
        with transaction.atomic():
            made = DishonestyEntry.objects.create(
                district=district,
                squad_id=squad,
                number=document_number(NUMBER, district_id=district.pk, year=day.year),
                level=level,
                ground=ground.code,
                object=obj,
                case=draft.case,
                facts=words(draft.facts, "facts", _("Say what happened.")),
                measures=measures,
                proposed_by=by,
                proposed_at=at,
                **party,
            )
    except IntegrityError as twice:
        raise InspectionProblem(
            _("An entry of this party for this ground and case is under way or published already."), "ground"
        ) from twice
    record(
        made, A.PROPOSE, by=by, at=at, number=made.number, ground=ground.code, level=level, measures=measures,
        case=made.case_id, object=made.object_id,
    )  # fmt: skip
    return made


def _party(draft: EntryDraft, ground: Named) -> dict[str, str]:
    """Kind, name and number of the party: from the case, else as typed, else of the object."""
    if draft.case is not None:
        party = Party.objects.filter(case=draft.case, key=draft.party_key).first()
        if party is None:
            raise InspectionProblem(_("The case has no such party."), "party_key")
        if ground.needs_case:
            _require_general_penalty(draft.case, party)
        return _of_party(party.kind, party.name, party.id_number)
    if ground.needs_case:
        raise InspectionProblem(_("This ground needs the case in which the penalty was imposed."), "case")
    if draft.object is not None and not draft.party_name.strip():
        return _of_party(Party.Kind.ORGANISATION.value, draft.object.name, draft.object.uscc)
    name = words(draft.party_name, "party_name", _("Enter the party's name."))
    return _of_party(draft.party_kind, name, draft.id_number.strip())


def _of_party(kind: str, name: str, number: str) -> dict[str, str]:
    try:
        if kind != Party.Kind.PERSON:
            number = check_uscc(number)
        elif len(number) == RESIDENT_ID:  # other papers have no form that could be checked
            number = check_resident_id(number)
    except InvalidIdentifier as problem:
        raise InspectionProblem(str(problem), "id_number") from problem
    return {"party_kind": kind, "party_name": name[:200], "id_number": number}


def _require_general_penalty(case: Case, party: Party) -> None:
    if case.decided_on is None or party.outcome.get("type") != "penalty":
        raise InspectionProblem(_("No penalty on this party stands in the case."), "case")
    if case.procedure != Case.Procedure.GENERAL:
        raise InspectionProblem(_("Only penalties of the general procedure are a ground."), "case")


def state_after(entry: DishonestyEntry, action: EntryAction) -> EntryState:
    """The state after the action. Raises `InspectionProblem` where the table does not allow it."""
    after = ENTRY_TABLE[action].get(EntryState(entry.state))
    if after is None:
        raise InspectionProblem(
            _("“%(action)s” is not possible while the entry is in the state “%(state)s”.")
            % {"action": action.label, "state": EntryState(entry.state).label},
            "state",
        )
    return after


def _begin(entry: DishonestyEntry, action: EntryAction, permission: str, by: User | None) -> DishonestyEntry:
    """Lock, check state and permission, and set the state."""
    current = lock(entry)
    require(by, permission, district_id=current.district_id, squad_id=current.squad_id)
    current.state = state_after(current, action)
    return current


def _end(
    entry: DishonestyEntry, action: EntryAction, by: User | None, at: datetime, note: str = "", **data: Any
) -> DishonestyEntry:
    entry.save()
    record(entry, action, by=by, at=at, note=note, **data)
    if entry.shown_from is not None:
        published.send(DishonestyEntry, district_id=entry.district_id)
    return entry


def _due(code: str, start: date) -> date:
    try:
        return due(code, start)
    except LawProblem as problem:
        raise InspectionProblem(str(problem)) from problem


@transaction.atomic
def notify(entry: DishonestyEntry, on: date, *, by: User) -> DishonestyEntry:
    """The notice of facts, ground, measures and the right to be heard reached the party on the day."""
    current = _begin(entry, A.NOTIFY, PROPOSE, by)
    proposed = timezone.localdate(current.proposed_at)
    current.notified_on = day_not_ahead(on, "on", not_before=proposed)
    current.statement_by = _due("entry_statement", on)
    return _end(current, A.NOTIFY, by, timezone.now(), on=on, statement_by=current.statement_by)


@transaction.atomic
def state(entry: DishonestyEntry, text: str, on: date, *, by: User) -> DishonestyEntry:
    """Record what the party states, or that it states nothing; a later one adds to it."""
    current = _begin(entry, A.STATE, PROPOSE, by)
    text = words(text, "text", _("Write down what the party says."), most=LONGEST_STATEMENT)
    current.statement_on = day_not_ahead(on, "on", not_before=current.notified_on)
    current.statement = f"{current.statement}\n{text}".strip()
    return _end(current, A.STATE, by, timezone.now(), on=on)


@transaction.atomic
def decide(entry: DishonestyEntry, *, by: User, enter: bool, reason: str) -> DishonestyEntry:
    """Enter or not, by another person, once the party was heard or its time has run out."""
    action = A.DECIDE if enter else A.REFUSE
    current = _begin(entry, action, DECIDE, by)
    another_person(by, current.proposed_by_id)
    today = timezone.localdate()
    if enter and current.statement_on is None and current.statement_by and today <= current.statement_by:
        raise InspectionProblem(
            _("The party may state its case until %(day)s. Decide after that day or after its statement.")
            % {"day": current.statement_by},
            "enter",
        )
    reason = words(reason, "reason", _("Give the reason, also how the statement was weighed."))
    current.decided_by, current.decided_on = by, today
    if enter:
        current.publish_by = _due("entry_publish", today)
    else:
        current.end_reason = reason
    return _end(current, action, by, timezone.now(), note=reason)


@transaction.atomic
def publish(entry: DishonestyEntry, *, by: User) -> DishonestyEntry:
    """Publish and share; from this day its term runs, by the rules of the day."""
    current = _begin(entry, A.PUBLISH, DECIDE, by)
    today = timezone.localdate()
    current.shown_from = today
    current.shown_until = min(_due(f"entry_term_{current.level}", today), _due("enquiry", today))
    return _end(current, A.PUBLISH, by, timezone.now(), shown_until=current.shown_until)


@transaction.atomic
def revoke(entry: DishonestyEntry, reason: str, *, by: User) -> DishonestyEntry:
    """The entry was wrong, or what it rests on was annulled; also one that has ended by then."""
    current = _begin(entry, A.REVOKE, DECIDE, by)
    reason = words(reason, "reason", _("Give the reason."))
    current.ended_on, current.end_reason = current.ended_on or timezone.localdate(), reason
    return _end(current, A.REVOKE, by, timezone.now(), note=reason)


@transaction.atomic
def withdraw(entry: DishonestyEntry, reason: str, *, by: User) -> DishonestyEntry:
    """Take a proposal back before it is decided."""
    current = _begin(entry, A.WITHDRAW, PROPOSE, by)
    reason = words(reason, "reason", _("Give the reason."))
    current.end_reason = reason
    return _end(current, A.WITHDRAW, by, timezone.now(), note=reason)


@transaction.atomic
def repaired(entry: DishonestyEntry, *, by: User, repair: int) -> DishonestyEntry:
    """A repair was granted; called by the service of repairs."""
    current = _begin(entry, A.REPAIR, DECIDE, by)
    current.ended_on = timezone.localdate()
    return _end(current, A.REPAIR, by, timezone.now(), repair=repair)


def end_by_term(today: date | None = None) -> int:
    """End all entries whose last day is over; how many."""
    today = today or timezone.localdate()
    over = DishonestyEntry.objects.filter(state=EntryState.PUBLISHED, shown_until__lt=today)
    ended = 0
    for entry in over.order_by("pk"):
        with transaction.atomic():
            current = lock(entry)
            if current.state != EntryState.PUBLISHED:
                continue
            current.state = state_after(current, A.END)
            current.ended_on = current.shown_until
            _end(current, A.END, None, timezone.now())
            ended += 1
    return ended


@transaction.atomic
def tell_exchange(entry: DishonestyEntry, on: date, *, by: User | None) -> DishonestyEntry:
    """The credit office was told that a published entry is gone."""
    current = lock(entry)
    require(by, PROPOSE, district_id=current.district_id, squad_id=current.squad_id)
    if current.state not in ENTRY_GONE or current.shown_from is None:
        raise InspectionProblem(
            _("The exchange is told of entries that were published and are gone."), "state"
        )
    if current.told_on is not None:
        raise InspectionProblem(_("The exchange was told already."), "state")
    current.told_on = day_not_ahead(on, "on", not_before=current.ended_on)
    current.save()
    record(current, "tell", by=by, at=timezone.now(), on=on)
    return current
