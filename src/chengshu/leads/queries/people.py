"""To whom a lead can be given."""

from __future__ import annotations

from collections.abc import Sequence

from chengshu.bureau.models import RoleAssignment, Unit, User
from chengshu.bureau.roles import roles_with


def squads_of(district_id: int) -> list[Unit]:
    """Squads and the mobile squad of a district, in order."""
    kinds = [Unit.Kind.SQUAD, Unit.Kind.MOBILE_SQUAD]
    return list(Unit.objects.filter(district=district_id, kind__in=kinds, active=True).order_by("code"))


def workers_of(units: Sequence[int]) -> list[User]:
    """Active people of some units who may work on leads."""
    holders = RoleAssignment.objects.filter(
        role__in=sorted(roles_with("leads.work")), unit__in=units, revoked_at=None
    ).values("user")
    found = User.objects.filter(pk__in=holders, unit__in=units, is_active=True)
    return list(found.order_by("name_key", "pk"))
