"""More time, on hold, urged, remarked."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import User
from chengshu.leads import clocks as timing
from chengshu.leads.lifecycle import Action
from chengshu.leads.models import Lead

from .changing import LeadProblem, change
from .dispatching import _require_reason


def ask_extension(
    lead: Lead, until: datetime, *, by: User | None, note: str, at: datetime | None = None
) -> Lead:
    """申请延期; somebody else grants or refuses it."""
    _require_reason(note)
    if lead.handle_by is None or until <= lead.handle_by:
        raise LeadProblem(_("The new time must lie after the present one."), "until")
    if lead.extension_until is not None:
        raise LeadProblem(_("More time has been asked for already."), "until")
    return change(
        lead, Action.ASK_EXTENSION, by=by, at=at, note=note, data={"until": until.isoformat()},
        extension_until=until,
    )  # fmt: skip


def grant_extension(lead: Lead, *, by: User | None, note: str = "", at: datetime | None = None) -> Lead:
    """准予延期 by somebody other than whoever works on it. The time of handling moves."""
    until = _asked(lead)
    _require_not_worker(lead, by)
    at = at or timezone.now()
    return change(
        lead, Action.GRANT_EXTENSION, by=by, at=at, note=note, data={"until": until.isoformat()},
        handle_by=until, amber_at=timing.amber(lead.registered_at or at, until), extension_until=None,
        extended=lambda current: current.extended + 1,
    )  # fmt: skip


def refuse_extension(lead: Lead, *, by: User | None, note: str, at: datetime | None = None) -> Lead:
    """不准延期, with a reason."""
    _asked(lead)
    _require_not_worker(lead, by)
    _require_reason(note)
    return change(lead, Action.REFUSE_EXTENSION, by=by, at=at, note=note, extension_until=None)


def hold(lead: Lead, *, by: User | None, note: str, at: datetime | None = None) -> Lead:
    """挂起 with a reason: the clocks stand still."""
    _require_reason(note)
    at = at or timezone.now()
    return change(lead, Action.HOLD, by=by, at=at, note=note, held_at=at)


def resume(lead: Lead, *, by: User | None, note: str = "", at: datetime | None = None) -> Lead:
    """恢复: every clock moves on by the time it stood still."""
    at = at or timezone.now()
    stood = at - (lead.held_at or at)

    def moved(name: str) -> datetime | None:
        value: datetime | None = getattr(lead, name)
        return value + stood if value is not None and stood > timedelta(0) else value

    return change(
        lead, Action.RESUME, by=by, at=at, note=note, data={"stood_seconds": int(stood.total_seconds())},
        held_at=None, arrive_by=moved("arrive_by"), handle_by=moved("handle_by"), amber_at=moved("amber_at"),
    )  # fmt: skip


def urge(lead: Lead, *, by: User | None, note: str = "", at: datetime | None = None) -> Lead:
    """催办."""
    return change(lead, Action.URGE, by=by, at=at, note=note, urged=lambda current: current.urged + 1)


def remark(lead: Lead, text: str, *, by: User | None, at: datetime | None = None) -> Lead:
    """备注."""
    if not text.strip():
        raise LeadProblem(_("Write the remark."), "note")
    return change(lead, Action.REMARK, by=by, at=at, note=text)


def _asked(lead: Lead) -> datetime:
    if lead.extension_until is None:
        raise LeadProblem(_("No more time has been asked for."), "until")
    return lead.extension_until


def _require_not_worker(lead: Lead, by: User | None) -> None:
    if by is not None and lead.officer_id == by.pk:
        raise LeadProblem(_("Nobody grants more time to oneself."), "own_handling")
