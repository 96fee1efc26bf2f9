"""Where a permission reaches: the organisation tree turned into a filter on rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q

from chengshu.bureau.roles import roles_with

if TYPE_CHECKING:
    from chengshu.bureau.models import User

DISTRICT_WIDE = frozenset({"bureau", "section", "mobile_squad"})


@dataclass(frozen=True)
class Scope:
    """Whole districts, and single squads in others. Empty means: sees nothing."""

    districts: frozenset[int] = frozenset()
    squads: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.districts or self.squads)

    def q(self, *, district: str = "district", squad: str | None = "squad") -> Q:
        """The filter for rows whose district and squad stand in the named fields."""
        condition = Q(**{f"{district}__in": sorted(self.districts)}) if self.districts else Q(pk__in=[])
        if self.squads and squad:
            in_squads = Q(**{f"{squad}__in": sorted(self.squads)})
            condition = condition | in_squads if self.districts else in_squads
        return condition

    def covers(self, *, district_id: int, squad_id: int | None = None) -> bool:
        """Whether one row lies inside."""
        return district_id in self.districts or (squad_id is not None and squad_id in self.squads)


def require(by: User | None, permission: str, *, district_id: int, squad_id: int | None = None) -> None:
    """Raise PermissionDenied unless the person may do this there; None is the system itself."""
    if by is not None and not by.scope_for(permission).covers(district_id=district_id, squad_id=squad_id):
        raise PermissionDenied(permission)


def scope_of(user: User | Any, permission: str) -> Scope:
    """The union of the places where one of the person's roles carries the permission."""
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return Scope()
    carriers = roles_with(permission)
    districts, squads = set(), set()
    for role in user.roles:
        if role["role"] in carriers:
            if role["kind"] in DISTRICT_WIDE:
                districts.add(role["district"])
            else:
                squads.add(role["unit"])
    return Scope(frozenset(districts), frozenset(squads))
