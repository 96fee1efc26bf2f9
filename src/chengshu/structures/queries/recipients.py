"""Who can act on an entry: people by what they may do, at its squad or across its district."""

from __future__ import annotations

from django.db.models import Q
from django.utils import timezone

from chengshu.bureau.models import RoleAssignment, User
from chengshu.bureau.roles import roles_with
from chengshu.bureau.scope import DISTRICT_WIDE
from chengshu.structures.models import Structure

WIDE = DISTRICT_WIDE - {"mobile_squad"}  # of the mobile squad nobody answers for a town


def able(structure: Structure, permission: str) -> tuple[list[User], list[User]]:
    """Those who hold the permission at the entry's squad, and those who hold it for the whole district."""
    now = timezone.now()
    wide = Q(unit__district=structure.district_id, unit__kind__in=sorted(WIDE))
    rows = RoleAssignment.objects.filter(
        Q(unit=structure.squad_id) | wide,
        Q(revoked_at=None) | Q(revoked_at__gt=now),
        role__in=sorted(roles_with(permission)),
        granted_at__lte=now,
        user__is_active=True,
        user__is_service=False,
    )
    here: dict[int, User] = {}
    across: dict[int, User] = {}
    for row in rows.select_related("user__unit").order_by("user_id"):
        (here if row.unit_id == structure.squad_id else across)[row.user_id] = row.user
    return list(here.values()), [user for pk, user in across.items() if pk not in here]
