"""Who can act in a case: officers with a certificate, leaders, reviewers."""

from __future__ import annotations

from datetime import date

from django.db.models import Q

from chengshu.bureau.models import RoleAssignment, Unit, User
from chengshu.bureau.roles import roles_with
from chengshu.cases.permissions import DECIDE, REVIEW


def certified(district_id: int, squad_id: int | None, on: date) -> list[User]:
    """Active people of the squad, and of the mobile squad, whose certificate covers the day; squad first."""
    near = Q(unit__kind=Unit.Kind.MOBILE_SQUAD)
    if squad_id is not None:
        near |= Q(unit=squad_id)
    found = User.objects.filter(
        near,
        is_active=True,
        unit__district=district_id,
        certificates__valid_from__lte=on,
        certificates__valid_to__gte=on,
    ).distinct()
    return sorted(found, key=lambda user: (user.unit_id != squad_id, user.name_key, user.pk))


def holders(district_id: int, *permissions: str) -> list[User]:
    """Active people of the district who hold a role with one of the permissions."""
    roles = sorted({role for permission in permissions for role in roles_with(permission)})
    assigned = RoleAssignment.objects.filter(
        role__in=roles, unit__district=district_id, revoked_at=None
    ).values("user")
    return list(User.objects.filter(pk__in=assigned, is_active=True).order_by("name_key", "pk"))


def leaders(district_id: int) -> list[User]:
    """Who decides on penalties."""
    return holders(district_id, DECIDE)


def outsiders(district_id: int, involved: set[str]) -> list[User]:
    """Who may chair a hearing: reviewers and leaders who did not investigate."""
    return [user for user in holders(district_id, REVIEW, DECIDE) if user.username not in involved]
