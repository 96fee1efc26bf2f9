"""Who may see figures, so that a target or a delivery can be theirs."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils import timezone

from chengshu.bureau.models import RoleAssignment, User
from chengshu.bureau.roles import roles_with
from chengshu.reports.places import VIEW


def viewers(district_id: int) -> Any:
    """The people of a district who may see figures anywhere in it."""
    now = timezone.now()
    held = RoleAssignment.objects.filter(
        Q(revoked_at=None) | Q(revoked_at__gt=now),
        role__in=sorted(roles_with(VIEW)),
        unit__district=district_id,
        granted_at__lte=now,
    )
    found = User.objects.filter(pk__in=held.values("user"), is_active=True, is_service=False)
    return found.select_related("unit").order_by("unit__code", "full_name", "pk")


def may_see(person: Any, *, district_id: int, squad_id: int | None) -> bool:
    """Whether somebody may see the figures of a place; a town is part of its district."""
    return bool(person.scope_for(VIEW).covers(district_id=district_id, squad_id=squad_id))
