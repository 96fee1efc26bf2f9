"""The equipment of squads, and who has what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, QuerySet

from chengshu.bureau.models import User
from chengshu.patrol.models import Equipment, EquipmentUse


@dataclass(frozen=True)
class Thing:
    """A thing and its present use."""

    thing: Equipment
    use: EquipmentUse | None

    @property
    def kind_label(self) -> str:
        """Its kind in words."""
        return str(Equipment.Kind(self.thing.kind).label)


def visible_equipment(user: User, permission: str = "patrol.view") -> QuerySet[Equipment]:
    """Things of squads inside the places where the person may use the permission."""
    return Equipment.objects.filter(user.scope_for(permission).q(district="squad__district"))


def of_squad(squad: int, *, active: bool | None = True) -> list[Thing]:
    """A squad's things with who has them; two queries. ``active`` None: those out of use too."""
    rows = Equipment.objects.filter(squad=squad)
    return with_uses(rows if active is None else rows.filter(active=active))


def with_uses(rows: QuerySet[Equipment]) -> list[Thing]:
    """The things with their present uses; two queries."""
    now_used = Prefetch(
        "uses", EquipmentUse.objects.filter(returned_at=None).select_related("user"), to_attr="used"
    )
    found: Iterable[Any] = rows.prefetch_related(now_used).order_by("-active", "kind", "code")
    return [Thing(one, one.used[0] if one.used else None) for one in found]
