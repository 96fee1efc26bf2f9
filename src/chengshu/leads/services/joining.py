"""Doubles are joined, large leads split into parts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import User
from chengshu.leads.lifecycle import Action, Outcome, Stage
from chengshu.leads.models import Lead

from .changing import LeadProblem, change, lock
from .dispatching import _require_reason, register
from .reporting import NewLead, report


@transaction.atomic
def merge(lead: Lead, into: Lead, *, by: User | None, note: str = "", at: datetime | None = None) -> Lead:
    """并案: the double is closed with the other's number; its reporter is informed with the other's end.

    Leads are locked in the order of their ids, so that two who join the same pair the other way round do
    not wait for each other.
    """
    if lead.pk == into.pk:
        raise LeadProblem(_("A lead cannot be joined to itself."), "into")
    list(Lead.objects.select_for_update().filter(pk__in=[lead.pk, into.pk]).order_by("pk").values("pk"))
    into.__dict__.update(lock(into.pk).__dict__)
    if into.district_id != lead.district_id:
        raise LeadProblem(_("Both must be leads of the same district."), "into")
    if into.stage == Stage.CLOSED or into.merged_into_id is not None:
        raise LeadProblem(_("The other lead is closed."), "into")
    if lead.parts.exists() or lead.doubles.exists():
        raise LeadProblem(_("It has parts or doubles of its own; join those the other way round."), "into")
    at = at or timezone.now()
    change(
        lead, Action.MERGE, by=by, at=at, note=note, data={"into": into.pk, "number": into.number},
        outcome=Outcome.MERGED, merged_into_id=into.pk, closed_at=at, held_at=None, extension_until=None,
        recheck_on=None,
    )  # fmt: skip
    change(into, Action.JOIN, by=by, at=at, note=note, data={"lead": lead.pk, "number": lead.number})
    return lead


@transaction.atomic
def split(
    lead: Lead, parts: Sequence[NewLead], *, by: User | None, note: str, at: datetime | None = None
) -> list[Lead]:
    """拆分 into parts that are handled each for itself; the lead waits until all are closed."""
    _require_reason(note)
    if len(parts) < 2:
        raise LeadProblem(_("A split makes at least two parts."), "parts")
    if lead.parent_id is not None:
        raise LeadProblem(_("A part is not split again."), "parts")
    at = at or timezone.now()
    made: list[Lead] = []
    for part in parts:
        child = report(part, district=lead.district, by=by, route=False).lead
        register(child, by=None, at=at)
        change(child, Action.CORRECT, by=by, at=at, note=note, data={"parent": lead.pk}, parent_id=lead.pk)
        made.append(child)
    change(lead, Action.SPLIT, by=by, at=at, note=note, data={"parts": [child.number for child in made]})
    return made
