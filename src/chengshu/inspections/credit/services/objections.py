"""The party objects (异议) to a decided class or an entry, and gets an answer in time."""

from __future__ import annotations

from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import User
from chengshu.inspections.credit.lifecycle import EntryState, ObjectionState, ProposalState
from chengshu.inspections.credit.rules import CLASSES
from chengshu.inspections.credit.settings import due
from chengshu.inspections.models import CreditObjection, CreditProposal, DishonestyEntry
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
from .classes import write_class


@transaction.atomic
def file(about: CreditProposal | DishonestyEntry, said: str, on: date, *, by: User) -> CreditObjection:
    """Record an objection. Raises `InspectionProblem` where nothing was decided, or its time has run out."""
    current = lock(about)
    require(by, PROPOSE, district_id=current.district_id, squad_id=current.squad_id)
    decided = _decided(current)
    if decided is None:
        raise InspectionProblem(_("One can object to what was decided and still holds."), "state")
    said = words(said, "said", _("Write down what the party says."))
    day_not_ahead(on, "on", not_before=decided)
    try:
        last, answer_by = due("objection", decided), due("objection_answer", on)
    except LawProblem as problem:
        raise InspectionProblem(str(problem), "on") from problem
    if on > last:
        raise InspectionProblem(_("Objections were possible until %(day)s.") % {"day": last}, "on")
    to = {"entry": current} if isinstance(current, DishonestyEntry) else {"proposal": current}
    try:
        with transaction.atomic():
            made = CreditObjection.objects.create(
                district_id=current.district_id, squad_id=current.squad_id, received_on=on,
                answer_by=answer_by, said=said[:2000], recorded_by=by, **to,
            )  # fmt: skip
    except IntegrityError as twice:
        raise InspectionProblem(_("An objection waits to be answered already."), "said") from twice
    record(current, "object", by=by, at=timezone.now(), objection=made.pk, on=on, answer_by=answer_by)
    return made


def _decided(about: CreditProposal | DishonestyEntry) -> date | None:
    """The day of a decision that still holds."""
    if isinstance(about, DishonestyEntry):
        return about.decided_on if about.state in (EntryState.DECIDED, EntryState.PUBLISHED) else None
    newer = CreditProposal.objects.filter(object=about.object_id, decided_at__gt=about.decided_at).exclude(
        decided=""
    ) if about.decided_at else None  # fmt: skip
    if about.decided_at is None or not about.decided or (newer is not None and newer.exists()):
        return None
    return timezone.localdate(about.decided_at)


@transaction.atomic
def answer(
    objection: CreditObjection, *, upheld: bool, text: str, by: User, credit: str = ""
) -> CreditObjection:
    """Answer it. Upheld: the class becomes ``credit``, the entry is revoked. Not by whoever recorded it."""
    current = lock(objection)
    require(by, DECIDE, district_id=current.district_id, squad_id=current.squad_id)
    if current.state != ObjectionState.OPEN:
        raise InspectionProblem(_("This objection is answered already."), "state")
    another_person(by, current.recorded_by_id)
    text = words(text, "text", _("Give the reason."))
    if upheld and current.proposal is not None:
        _correct(lock(current.proposal), credit, text, by)
    elif upheld and current.entry is not None:
        entries.revoke(current.entry, text, by=by)
    current.state = ObjectionState.UPHELD if upheld else ObjectionState.REJECTED
    current.answer, current.answered_by, current.answered_on = text[:1000], by, timezone.localdate()
    current.save()
    record(
        current, "answer", by=by, at=timezone.now(), note=text, objection=current.pk, upheld=upheld,
        decided=credit if upheld else "",
    )  # fmt: skip
    return current


def _correct(row: CreditProposal, credit: str, text: str, by: User) -> None:
    if credit not in CLASSES or credit == row.decided:
        raise InspectionProblem(_("Choose a class other than the one objected to."), "credit")
    row.decided, row.state, row.reason = credit, ProposalState.CHANGED, text[:500]
    row.decided_by = by
    row.save()
    write_class(row, credit, by=by, day=timezone.localdate())
