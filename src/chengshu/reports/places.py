"""Where a person may see figures: whole districts, or the squads they lead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chengshu.bureau.models import Unit
from chengshu.kernel.indicators.asking import Place, dimensions_of
from chengshu.kernel.indicators.computing import place_of
from chengshu.kernel.indicators.declarations import Declared, all_declared

VIEW = "reports.view"
SQUAD = "squad"


@dataclass(frozen=True)
class Where:
    """The place that figures are shown of. squad None: the whole district."""

    district: int
    squad: Unit | None
    squads: tuple[Unit, ...]
    whole: bool

    @property
    def place(self) -> Place:
        """As the indicators take it."""
        return place_of(self.district, squad=self.squad.pk if self.squad else None)

    def shown(self) -> list[Declared]:
        """The indicators that can be told for the place."""
        every = all_declared()
        return [one for one in every if SQUAD in dimensions_of(one.id)] if self.squad else every


def where(user: Any, squad: str) -> Where | None:
    """The place asked for, as far as the person may see it; None where they may see none.

    Whoever may see the whole district sees it unless they ask for a squad; others see a squad of theirs.
    """
    reach = user.scope_for(VIEW)
    own = user.unit.district_id
    if reach.districts:
        district = own if own in reach.districts else min(reach.districts)
        squads = Unit.objects.filter(district=district, kind=Unit.Kind.SQUAD)
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
    return Where(chosen.district_id if chosen else district, chosen, listed, bool(reach.districts))
