"""Classes, towns and squads kept in memory, so that a list names them without asking the database.

Saving one of them empties the memory of this process at once; other processes notice as `kernel.memory` says.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Prefetch
from django.utils.translation import get_language

from chengshu.bureau.models import District, Town, Unit, User
from chengshu.bureau.scope import Scope
from chengshu.kernel.memory import Memory
from chengshu.registry.models import AttributeDefinition, ObjectClass


@dataclass(frozen=True)
class Reference:
    """Everything by id, in the order in which pages show it."""

    districts: dict[int, District] = field(default_factory=dict)
    classes: dict[int, ObjectClass] = field(default_factory=dict)
    towns: dict[int, Town] = field(default_factory=dict)
    squads: dict[int, Unit] = field(default_factory=dict)

    def classes_in(self, districts: Iterable[int], *, active: bool = True) -> list[ObjectClass]:
        """Classes of some districts, without those out of use."""
        wanted = set(districts)
        return [c for c in self.classes.values() if c.district_id in wanted and (c.active or not active)]

    def towns_in(self, districts: Iterable[int]) -> list[Town]:
        """Towns of some districts."""
        wanted = set(districts)
        return [town for town in self.towns.values() if town.district_id in wanted]

    def squads_in(self, districts: Iterable[int]) -> list[Unit]:
        """Squads that answer for an area in some districts."""
        wanted = set(districts)
        return [squad for squad in self.squads.values() if squad.district_id in wanted]


def _read() -> Reference:
    attributes = Prefetch("attributes", AttributeDefinition.objects.order_by("order", "key"))
    return Reference(
        districts={d.pk: d for d in District.objects.defer("boundary")},
        classes={c.pk: c for c in ObjectClass.objects.prefetch_related(attributes)},
        towns={t.pk: t for t in Town.objects.defer("boundary")},
        squads={u.pk: u for u in Unit.objects.filter(kind=Unit.Kind.SQUAD)},
    )


_memory = Memory("reference", _read)
_memory.follow(District, Town, Unit, ObjectClass, AttributeDefinition)
forget = _memory.forget


def reference() -> Reference:
    """What is kept; read again (five queries) when too old."""
    return _memory.get()


def districts_of(scope: Scope) -> list[int]:
    """Districts in which the scope covers anything, whole or in part."""
    squads = reference().squads
    return sorted(scope.districts | {squads[s].district_id for s in scope.squads if s in squads})


def choices(user: User, permission: str = "registry.view") -> dict[str, list[tuple[int, str]]]:
    """Options of the filters for one person: ``class``, ``town`` and ``squad`` as (id, label)."""
    scope = user.scope_for(permission)
    known, districts = reference(), districts_of(scope)
    squads = [
        s
        for s in known.squads_in(districts)
        if s.active and scope.covers(district_id=s.district_id, squad_id=s.pk)
    ]
    return {
        "class": [(c.pk, c.label) for c in known.classes_in(districts)],
        "town": [(t.pk, area_label(t)) for t in known.towns_in(districts)],
        "squad": [(s.pk, area_label(s)) for s in squads],
    }


def area_label(area: Town | Unit | District | None) -> str:
    """The name in the language of the page, the Chinese one where there is no other."""
    if area is None:
        return ""
    return area.name_en if (get_language() or "").startswith("en") and area.name_en else area.name
