"""Verification, closing, evaluation; and the ways in which a lead ends without handling or begins again."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import User
from chengshu.leads.lifecycle import DISMISSALS, Action, Outcome
from chengshu.leads.models import Lead
from chengshu.leads.settings import clocks

from .changing import LeadProblem, change, has_open_parts
from .dispatching import _require_reason


def verify(lead: Lead, *, by: User | None, note: str = "", at: datetime | None = None) -> Lead:
    """核查: somebody other than the handler says that it is done."""
    _require_other(lead, by)
    at = at or timezone.now()
    return change(
        lead, Action.VERIFY, by=by, at=at, note=note, verified_at=at, verified_by_id=by.pk if by else None
    )


def reject(lead: Lead, *, by: User | None, note: str, at: datetime | None = None) -> Lead:
    """核查不通过: back to the handler with a reason; the handling clock runs on."""
    _require_other(lead, by)
    _require_reason(note)
    return change(
        lead, Action.REJECT, by=by, at=at, note=note, outcome="", handled_at=None, handled_by_id=None,
        passed_to="", answer="", rejected=lambda current: current.rejected + 1,
    )  # fmt: skip


@transaction.atomic
def close(lead: Lead, *, by: User | None, note: str = "", at: datetime | None = None) -> Lead:
    """结案. Its doubles were closed when they were joined; its parts must be closed."""
    if has_open_parts(lead):
        raise LeadProblem(_("Its parts are still open; they are handled first."), "parts")
    at = at or timezone.now()
    return change(lead, Action.CLOSE, by=by, at=at, note=note, closed_at=at)


def dismiss(lead: Lead, outcome: str, *, by: User | None, note: str, at: datetime | None = None) -> Lead:
    """Close before dispatch: unfounded, or not ours, with a reason."""
    if outcome not in DISMISSALS:
        raise LeadProblem(
            _("Only an unfounded lead, or one that is not ours, is closed without handling."), "outcome"
        )
    _require_reason(note)
    at = at or timezone.now()
    return change(lead, Action.DISMISS, by=by, at=at, note=note, outcome=outcome, closed_at=at)


def evaluate(lead: Lead, rating: int, *, by: User | None, note: str = "", at: datetime | None = None) -> Lead:
    """评价, from 1 to 5."""
    limits = clocks()
    if not limits.rating_from <= rating <= limits.rating_to:
        raise LeadProblem(
            _("Rate from %(low)d to %(high)d.") % {"low": limits.rating_from, "high": limits.rating_to},
            "rating",
        )
    return change(lead, Action.EVALUATE, by=by, at=at, note=note, data={"rating": rating}, rating=rating)


def reopen(lead: Lead, *, by: User | None, note: str, at: datetime | None = None) -> Lead:
    """重新办理 with a reason: back to the dispatcher with new clocks. A double stays joined."""
    from chengshu.leads import clocks as timing

    _require_reason(note)
    if lead.outcome == Outcome.MERGED:
        raise LeadProblem(_("It was joined to another lead; reopen that one."), "merged")
    at = at or timezone.now()
    return change(
        lead, Action.REOPEN, by=by, at=at, note=note, outcome="", officer_id=None, registered_at=at,
        dispatched_at=None, accepted_at=None, arrived_at=None, handled_at=None, verified_at=None,
        closed_at=None,
        handled_by_id=None, verified_by_id=None, rating=None, refused=False, recheck_on=None, passed_to="",
        answer="", case_id=None, case_number="", reopened=lambda current: current.reopened + 1,
        **timing.deadlines(lead.lead_class, at),
    )  # fmt: skip


def _require_other(lead: Lead, by: User | None) -> None:
    if by is not None and lead.handled_by_id == by.pk:
        raise LeadProblem(_("Nobody verifies one's own handling."), "own_handling")
