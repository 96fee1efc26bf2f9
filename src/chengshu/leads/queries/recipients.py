"""Who is told about a lead: people by what they may do, at a squad or across a district."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q
from django.utils import timezone

from chengshu.bureau.models import RoleAssignment, User
from chengshu.bureau.roles import roles_with
from chengshu.bureau.scope import DISTRICT_WIDE


def leaders(squads: Collection[int]) -> dict[int, list[User]]:
    """Those who assign the work of each squad, the mobile squad's too; one query."""
    return _holders("leads.assign", Q(unit__in=squads), by="unit_id") if squads else {}


def across(permission: str, districts: Collection[int]) -> dict[int, list[User]]:
    """Those who hold the permission for a whole district, by district; one query."""
    where = Q(unit__district__in=districts, unit__kind__in=sorted(DISTRICT_WIDE - {"mobile_squad"}))
    return _holders(permission, where, by="unit__district_id") if districts else {}


def people(ids: Collection[int]) -> dict[int, User]:
    """Active people by their ids, with their units; one query."""
    return {
        person.pk: person for person in User.objects.filter(pk__in=ids, is_active=True).select_related("unit")
    }


def _holders(permission: str, where: Q, *, by: str) -> dict[int, list[User]]:
    now = timezone.now()
    rows = (
        RoleAssignment.objects.filter(
            where,
            Q(revoked_at=None) | Q(revoked_at__gt=now),
            role__in=sorted(roles_with(permission)),
            granted_at__lte=now,
            user__is_active=True,
            user__is_service=False,
        )
        .select_related("user__unit", *(["unit"] if by == "unit__district_id" else []))
        .order_by("user_id")
    )
    found: dict[int, dict[int, User]] = {}
    for row in rows:
        place = row.unit_id if by == "unit_id" else row.unit.district_id
        found.setdefault(place, {})[row.user_id] = row.user
    return {place: list(holders.values()) for place, holders in found.items()}
