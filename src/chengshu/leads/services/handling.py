"""On site: accepted, arrived, put right, ordered to rectify, checked again, passed on, made a case."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import User
from chengshu.leads import clocks as timing
from chengshu.leads.lifecycle import HANDLING_OUTCOMES, Action, Outcome
from chengshu.leads.models import Lead, LeadAttachment
from chengshu.leads.settings import sources

from .changing import LeadProblem, change, has_open_parts
from .dispatching import _require_photos, _require_reason


def accept(lead: Lead, *, by: User | None, at: datetime | None = None, note: str = "") -> Lead:
    """接收. An officer who accepts a lead of his squad that nobody has takes it himself;
    another system that accepts it (an API key) does not become its officer."""
    at = at or timezone.now()

    def officer(current: Lead) -> int | None:
        mine = by is not None and not by.is_service and by.unit_id == current.squad_id
        if by is not None and mine and current.officer_id is None:
            return by.pk
        return current.officer_id

    return change(lead, Action.ACCEPT, by=by, at=at, note=note, accepted_at=at, officer_id=officer)


def arrive(lead: Lead, *, by: User | None, at: datetime | None = None, note: str = "") -> Lead:
    """到场; the first arrival counts."""
    at = at or timezone.now()
    return change(
        lead, Action.ARRIVE, by=by, at=at, note=note, arrived_at=lambda current: current.arrived_at or at
    )


@transaction.atomic
def handle(lead: Lead, outcome: str, *, by: User | None, note: str, at: datetime | None = None) -> Lead:
    """处置反馈: put right on the spot (with the photos its class asks for), unfounded, lawful or not ours.

    Lawful (经查合法): what was reported is there and is allowed; the note names the permit or the reason.

    Orders to rectify, cases and passing on have actions of their own.
    """
    if outcome not in HANDLING_OUTCOMES:
        raise LeadProblem(_("Choose how it was handled."), "outcome")
    if outcome == Outcome.LEGAL and not note.strip():
        raise LeadProblem(_("Name the permit, or say why it is lawful."), "note")
    _require_reason(note)
    if outcome == Outcome.ADVISED:
        _require_photos(lead, LeadAttachment.Moment.CLOSING, _photos_at_closing(lead))
    return _finish(lead, Action.HANDLE, Outcome(outcome), by=by, note=note, at=at)


@transaction.atomic
def order(lead: Lead, recheck_on: date, *, by: User | None, note: str, at: datetime | None = None) -> Lead:
    """责令改正 until a day, on which it is looked at again; the handling clock runs to that day's end."""
    at = at or timezone.now()
    _require_reason(note)
    if recheck_on < timezone.localdate(at):
        raise LeadProblem(_("The day of the re-check lies in the past."), "recheck_on")
    end = timing.end_of_day(datetime.combine(recheck_on, time(12), timezone.get_current_timezone()))

    def later(current: Lead) -> datetime:
        return max(current.handle_by or end, end)

    return change(
        lead, Action.ORDER, by=by, at=at, note=note, data={"recheck_on": recheck_on.isoformat()},
        outcome=Outcome.ORDERED, recheck_on=recheck_on, handle_by=later, refused=False,
        arrived_at=lambda current: current.arrived_at or at,
    )  # fmt: skip


@transaction.atomic
def recheck(lead: Lead, *, complied: bool, by: User | None, note: str, at: datetime | None = None) -> Lead:
    """复查 of an order. Followed: handled. Refused: stays with the officer, to become a case."""
    _require_reason(note)
    if lead.outcome != Outcome.ORDERED or lead.recheck_on is None:
        raise LeadProblem(_("No order to rectify has been given."), "outcome")
    if complied:
        _require_photos(lead, LeadAttachment.Moment.CLOSING, _photos_at_closing(lead))
        return _finish(
            lead,
            Action.RECHECK,
            Outcome.ORDERED,
            by=by,
            note=note,
            at=at,
            data={"complied": True},
            recheck_on=None,
        )
    return change(
        lead, Action.RECHECK, by=by, at=at, note=note, data={"complied": False}, stays=True,
        refused=True, recheck_on=None,
    )  # fmt: skip


def link_case(
    lead: Lead, *, case_id: int, case_number: str, by: User | None, note: str = "", at: datetime | None = None
) -> Lead:
    """立案处罚: called by `cases` once a case has been opened from the lead."""
    return _finish(
        lead, Action.LINK_CASE, Outcome.CASE, by=by, note=note, at=at,
        data={"case": case_id, "number": case_number}, case_id=case_id, case_number=case_number,
        recheck_on=None,
    )  # fmt: skip


def pass_on(lead: Lead, body: str, *, by: User | None, note: str, at: datetime | None = None) -> Lead:
    """移送 to the body that answers for it; its answer is recorded when it comes."""
    if not body.strip():
        raise LeadProblem(_("Name the body it is passed on to."), "body")
    _require_reason(note)
    return _finish(
        lead,
        Action.PASS_ON,
        Outcome.PASSED_ON,
        by=by,
        note=note,
        at=at,
        data={"body": body},
        passed_to=body[:100],
    )


def receive_answer(lead: Lead, answer: str, *, by: User | None, at: datetime | None = None) -> Lead:
    """The answer of the body it was passed on to."""
    if lead.outcome != Outcome.PASSED_ON:
        raise LeadProblem(_("The lead was not passed on to anybody."), "outcome")
    if not answer.strip():
        raise LeadProblem(_("Write down the answer."), "answer")
    return change(lead, Action.ANSWER, by=by, at=at, note=answer, answer=answer[:500])


def _finish(
    lead: Lead, action: Action, outcome: Outcome, *, by: User | None, note: str, at: datetime | None,
    data: dict[str, Any] | None = None, **columns: Any,
) -> Lead:  # fmt: skip
    at = at or timezone.now()
    if has_open_parts(lead):
        raise LeadProblem(_("Its parts are still open; they are handled first."), "parts")
    return change(
        lead, action, by=by, at=at, note=note, data=data, outcome=outcome, handled_at=at,
        handled_by_id=by.pk if by else None, extension_until=None, **columns,
    )  # fmt: skip


def _photos_at_closing(lead: Lead) -> int:
    """A source that takes its own record (a camera, an import) is not asked for photos."""
    return 0 if sources()[lead.source].code == "import" else lead.lead_class.photos_closing
