"""The party objects (异议) to a decided class or an entry, and gets an answer in time."""

from __future__ import annotations

from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import User
from chengshu.inspections.credit.lifecycle import (
    ENTRY_OBJECTED,
    EntryState,
    ObjectionState,
    ProposalState,
)
from chengshu.inspections.credit.rules import CLASSES
from chengshu.inspections.credit.settings import due
from chengshu.inspections.models import CreditObjection, CreditProposal, DishonestyEntry
from chengshu.law.catalogue import LawProblem
from chengshu.registry.models import RegulatedObject

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
    said = words(said, "said", _("Write down what the party says."), most=2000)
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
                answer_by=answer_by, said=said, recorded_by=by, **to,
            )  # fmt: skip
    except IntegrityError as twice:
        raise InspectionProblem(_("An objection waits to be answered already."), "said") from twice
    record(current, "object", by=by, at=timezone.now(), objection=made.pk, on=on, answer_by=answer_by)
    return made


def _decided(about: CreditProposal | DishonestyEntry) -> date | None:
    """The day of a decision that still holds, or on an entry that was not revoked."""
    if isinstance(about, DishonestyEntry):
        return about.decided_on if about.state in ENTRY_OBJECTED else None
    if about.decided_at is None or not about.decided or _newer(about) is not None:
        return None
    return timezone.localdate(about.decided_at)


def _newer(row: CreditProposal) -> CreditProposal | None:
    """The decision that took the place of this one, the last."""
    rows = CreditProposal.objects.filter(object=row.object_id, decided_at__gt=row.decided_at)
    return rows.exclude(decided="").order_by("-decided_at", "-pk").first()


@transaction.atomic
def answer(
    objection: CreditObjection, *, upheld: bool, text: str, by: User, credit: str = ""
) -> CreditObjection:
    """Answer it. Upheld: the class becomes ``credit``, the entry is revoked if it is not revoked already.

    Not by whoever recorded it or decided what it is about. Where a newer class stands, an objection to the
    older one is upheld without a class, and the newer one stays. Raises `InspectionProblem`.
    """
    current = lock(objection)
    require(by, DECIDE, district_id=current.district_id, squad_id=current.squad_id)
    if current.state != ObjectionState.OPEN:
        raise InspectionProblem(_("This objection is answered already."), "state")
    another_person(by, current.recorded_by_id)
    about = lock(_about(current))
    if about.decided_by_id == by.pk:
        raise InspectionProblem(
            _("You decided what the objection is about; another person has to answer it."), "by"
        )
    text = words(text, "text", _("Give the reason."))
    if upheld and isinstance(about, CreditProposal):
        credit = _correct(about, credit, text, by)
    elif upheld and isinstance(about, DishonestyEntry) and about.state != EntryState.REVOKED:
        entries.revoke(about, text, by=by)
    current.state = ObjectionState.UPHELD if upheld else ObjectionState.REJECTED
    current.answer, current.answered_by, current.answered_on = text, by, timezone.localdate()
    current.save()
    record(
        current, "answer", by=by, at=timezone.now(), note=text, objection=current.pk, upheld=upheld,
        decided=credit if upheld else "",
    )  # fmt: skip
    return current


def _about(objection: CreditObjection) -> CreditProposal | DishonestyEntry:
    about = objection.proposal or objection.entry
    assert about is not None  # noqa: S101  the constraint says so
    return about


def _correct(row: CreditProposal, credit: str, text: str, by: User) -> str:
    """Set the class right; the class written, none where a newer decision stands."""
    obj = RegulatedObject.objects.select_for_update(of=("self",)).get(pk=row.object_id)
    newer = _newer(row)
    if newer is not None or obj.credit != row.decided:
        if not credit:
            return ""
        raise InspectionProblem(
            _(
                "The class objected to no longer holds: the object is now in class %(now)s, which the answer "
                "must not overwrite. Uphold the objection without another class, or propose a new class."
            )
            % {"now": obj.credit or "—"},
            "credit",
        )
    if credit not in CLASSES or credit == row.decided:
        raise InspectionProblem(_("Choose a class other than the one objected to."), "credit")
    row.decided, row.state, row.reason = credit, ProposalState.CHANGED, text
    row.decided_by = by
    row.save()
    write_class(row, credit, by=by, day=timezone.localdate())
    return credit
