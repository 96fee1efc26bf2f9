"""Where a person may see figures: whole districts, their towns, or the squads they lead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from chengshu.bureau.models import Town, Unit
from chengshu.kernel.indicators.asking import Place, dimensions_of
from chengshu.kernel.indicators.computing import place_of
from chengshu.kernel.indicators.declarations import Declared, all_declared

VIEW = "reports.view"
SQUAD = "squad"
TOWN = "town"
PLACES = (SQUAD, TOWN)
SQUADS = (Unit.Kind.SQUAD, Unit.Kind.MOBILE_SQUAD)


def squads_of(district: int) -> QuerySet[Unit]:
    """The squads of a district of which figures are told, the mobile one and closed ones among them."""
    return Unit.objects.filter(district=district, kind__in=SQUADS).order_by("code")


def ranked(squads: Iterable[Unit]) -> dict[str, str]:
    """Who takes part in a ranking of squads, by key: those at work, with records or without."""
    return {str(one.pk): one.label for one in squads if one.active}


@dataclass(frozen=True)
class Where:
    """The place that figures are shown of. Neither squad nor town: the whole district.

    squads, towns: what may be chosen. whole: whether the whole district may be.
    """

    district: int
    squad: Unit | None
    squads: tuple[Unit, ...]
    whole: bool
    town: Town | None = None
    towns: tuple[Town, ...] = ()

    @property
    def place(self) -> Place:
        """As the indicators take it."""
        return place_of(self.district, **self.query())

    @property
    def label(self) -> str:
        """The squad and the town in words; empty for the whole district."""
        return " · ".join(one.label for one in (self.squad, self.town) if one)

    def query(self) -> dict[str, int]:
        """What stands for it in addresses."""
        chosen = ((SQUAD, self.squad), (TOWN, self.town))
        return {name: one.pk for name, one in chosen if one}

    def among(self, by: str) -> dict[str, str] | None:
        """Everybody who takes part in a ranking, so that whoever has no records is ranked too."""
        if by == SQUAD:
            return ranked(self.squads)
        return {str(one.pk): one.label for one in self.towns} if by == TOWN else None

    def tells(self, id_: str) -> bool:
        """Whether a figure can be told for the place."""
        return set(self.query()) <= set(dimensions_of(id_))

    def shown(self) -> list[Declared]:
        """The indicators that can be told for the place."""
        return [one for one in all_declared() if self.tells(one.id)]


def where(user: Any, squad: str, town: str = "") -> Where | None:
    """The place asked for, as far as the person may see it; None where they may see none.

    Whoever may see the whole district sees it unless they ask for a squad or a town; others see a squad of
    theirs, whole or its part in a town.
    """
    reach = user.scope_for(VIEW)
    own = user.unit.district_id
    if reach.districts:
        district = own if own in reach.districts else min(reach.districts)
        squads = squads_of(district)
    elif reach.squads:
        squads = Unit.objects.filter(pk__in=reach.squads)
        district = own
    else:
        return None
    listed = tuple(squads.order_by("code"))
    chosen = next((one for one in listed if str(one.pk) == squad), None)
    if chosen is None and not reach.districts:
        chosen = listed[0] if listed else None
        if chosen is None:
            return None
    district = chosen.district_id if chosen else district
    towns = tuple(Town.objects.filter(district=district).defer("boundary").order_by("code"))
    part = next((one for one in towns if str(one.pk) == town), None)
    return Where(district, chosen, listed, bool(reach.districts), part, towns)
