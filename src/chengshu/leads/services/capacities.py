"""How many duties a day a squad and its officers can do."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from chengshu.bureau.models import Unit, User
from chengshu.kernel import ledger
from chengshu.leads.models import DutyCapacity

from .changing import LeadProblem

PERMISSION = "leads.assign"


@transaction.atomic
def set_capacity(unit: Unit, officer: User | None, per_day: int | None, by: User) -> None:
    """Set or, with None, take away the number; recorded. Raises `LeadProblem`, PermissionDenied."""
    if not by.scope_for(PERMISSION).covers(district_id=unit.district_id, squad_id=unit.pk):
        raise PermissionDenied(PERMISSION)
    if officer is not None and officer.unit_id != unit.pk:
        raise LeadProblem(_("%(name)s does not work in this squad.") % {"name": officer.full_name}, "officer")
    if per_day is not None and per_day < 1:
        raise LeadProblem(_("A day holds at least one duty."), "per_day")
    found = DutyCapacity.objects.select_for_update().filter(officer=officer)
    known = (found if officer else found.filter(unit=unit)).first()
    before = known.per_day if known else None
    if before == per_day and (known is None or known.unit_id == unit.pk):
        return
    if known is not None and per_day is None:
        known.delete()
    elif known is not None:
        known.unit, known.per_day, known.changed_by = unit, per_day or 1, by
        known.save()
    elif per_day is not None:
        DutyCapacity.objects.create(unit=unit, officer=officer, per_day=per_day, changed_by=by)
    payload = {"officer": officer.username if officer else "", "before": before, "after": per_day}
    ledger.append(f"leads.capacity:{unit.pk}", "capacity.changed", payload, actor=by.username)
