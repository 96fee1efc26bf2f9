"""Objects follow the boundaries: town, grid and squad are found anew when these change."""

from __future__ import annotations

from itertools import islice
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from chengshu.bureau.models import District
from chengshu.bureau.services.areas import area_index
from chengshu.registry.models import RegulatedObject

CHUNK = 20_000


@transaction.atomic
def place_anew(district: District) -> int:
    """Give every object of the district the town, grid and squad of its position; how many changed.

    Runs in the transaction that changes the boundaries: a town that is removed must not keep objects. The
    database keeps each object's state before, as with any change.
    """
    index = area_index(district)
    rows = (
        RegulatedObject.objects.filter(district=district)
        .exclude(position=None)
        .values_list("id", "position", "town_id", "grid_id", "squad_id")
        .iterator(CHUNK)
    )
    changed = 0
    while chunk := list(islice(rows, CHUNK)):
        positions = [row[1] for row in chunk if row[1] is not None]
        places = index.place_many([lng for lng, _lat in positions], [lat for _lng, lat in positions])
        moved = [
            (row[0], place.town, place.grid, place.squad)
            for row, place in zip(chunk, places, strict=True)
            if row[2:] != (place.town, place.grid, place.squad)
        ]
        _move(moved)
        changed += len(moved)
    return changed


def boundaries_have_changed(sender: Any, district: District, **_: Any) -> None:
    """Receiver of `chengshu.bureau.services.areas.boundaries_changed`."""
    place_anew(district)


def _move(moved: list[tuple[int, int | None, int | None, int | None]]) -> None:
    if not moved:
        return
    columns: list[Any] = [list(column) for column in zip(*moved, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE registry_regulatedobject AS old SET town_id = new.town, grid_id = new.grid,"
            " squad_id = new.squad, version = old.version + 1, updated_at = %s"
            " FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])"
            " AS new(id, town, grid, squad) WHERE old.id = new.id",
            [timezone.now(), *columns],
        )
