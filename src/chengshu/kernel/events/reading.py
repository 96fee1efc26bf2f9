"""Reading events through Django, for pages and jobs; open streams have the hub."""

from __future__ import annotations

from django.db.models import Max, Min

from chengshu.kernel.events.database import Happening, happening
from chengshu.kernel.models import Event


def newest_position() -> int:
    """The position up to which everything can be read; 0 when nothing has happened.

    A page that shows a state and then listens reads this first and the state afterwards.
    """
    return Event.objects.aggregate(newest=Max("position"))["newest"] or 0


def oldest_position() -> int:
    """The lowest position still kept; 0 in an empty table."""
    return Event.objects.aggregate(oldest=Min("position"))["oldest"] or 0


def events_after(position: int, limit: int) -> list[Happening]:
    """The next events after a position, in the order of commit."""
    rows = Event.objects.filter(position__gt=position).order_by("position")
    columns = ("position", "topic", "district_id", "squad_id", "subject", "data", "at")
    return [happening(*row) for row in rows.values_list(*columns)[:limit]]
