"""Remarks in the shift log."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import Unit, User
from chengshu.bureau.services.base import reaches
from chengshu.leads.models import Lead, ShiftRemark

from .changing import LeadProblem

LONGEST = ShiftRemark._meta.get_field("text").max_length or 0


@transaction.atomic
def write_remark(
    unit: Unit, text: str, *, by: User, lead: Lead | None = None, at: datetime | None = None
) -> ShiftRemark:
    """值班记事 of a unit. Raises `LeadProblem` for an empty or endless one, PermissionDenied outside one's
    area."""
    if not reaches(by, "command.view", unit):
        raise PermissionDenied("command.view")
    text = text.strip()
    if not text:
        raise LeadProblem(_("Write the remark."), "text")
    if len(text) > LONGEST:
        raise LeadProblem(_("A remark has at most %(n)s characters.") % {"n": LONGEST}, "text")
    return ShiftRemark.objects.create(
        district_id=unit.district_id, unit=unit, at=at or timezone.now(), by=by, text=text, lead=lead
    )
