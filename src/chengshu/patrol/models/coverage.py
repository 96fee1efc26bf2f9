"""What was counted of check-ins and positions, a beat and a day: a year is asked without reading it all.

Never written by hand: `services.counting` makes the rows from the check-ins, ``chengshu patrol recount``
proves that they are equal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.postgres.fields import ArrayField
from django.db import models

from .beats import Beat

if TYPE_CHECKING:
    from chengshu.bureau.models import User

HOURS = 24


def no_hours() -> list[int]:
    """A zero for each hour of a day."""
    return [0] * HOURS


class OfBeatQuerySet(models.QuerySet[Any]):
    """Counted rows are seen by whoever sees their beat."""

    def visible_to(self, user: User, permission: str = "patrol.view") -> OfBeatQuerySet:
        """Rows of beats inside the places where the person may use the permission."""
        scope = user.scope_for(permission)
        return self.filter(scope.q(district="beat__district", squad="beat__squad"))


class Counted(models.Model):
    """Visits by hour and by way, and how many required ones were made."""

    visits = models.PositiveIntegerField(default=0)
    nfc_dynamic = models.PositiveIntegerField(default=0)
    nfc_plain = models.PositiveIntegerField(default=0)
    qr = models.PositiveIntegerField(default=0)
    by_position = models.PositiveIntegerField(default=0)
    hours = ArrayField(models.PositiveIntegerField(), default=no_hours, help_text="visits by hour begun")
    due = models.PositiveIntegerField(default=0, help_text="required visits in windows that have ended")
    met = models.PositiveIntegerField(default=0, help_text="of those, made; a visit too many counts nowhere")

    class Meta:
        abstract = True


class BeatDay(Counted):
    """巡区日统计. ``gaps``: ``[point, requirement, wanted, made]`` of each window with too few visits.

    ``cells``: how many places of the beat can be covered (H3 cells, or points where it has no boundary),
    ``covered`` by officers' positions each hour, ``covered_day`` on the whole day; null before positions were
    looked at.
    """

    beat = models.ForeignKey(Beat, on_delete=models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    officers = models.PositiveIntegerField(default=0, help_text="different ones that checked in")
    points_seen = models.PositiveIntegerField(default=0)
    gaps = models.JSONField(default=list)
    cells = models.PositiveIntegerField(null=True)
    covered = ArrayField(models.PositiveIntegerField(), null=True)
    covered_day = models.PositiveIntegerField(null=True)
    counted_at = models.DateTimeField()

    objects = OfBeatQuerySet.as_manager()

    class Meta:
        ordering = ["-day", "beat_id"]
        constraints = [models.UniqueConstraint(fields=["beat", "day"], name="beat_day_once")]
        indexes = [models.Index(fields=["day", "beat"], name="beat_day_by_day")]

    def __str__(self) -> str:
        return f"{self.beat_id} {self.day}"


class BeatMonth(Counted):
    """巡区月统计: the sum of the beat's days; ``month`` is its first day."""

    beat = models.ForeignKey(Beat, on_delete=models.PROTECT, related_name="+", db_index=False)
    month = models.DateField()
    days = models.PositiveSmallIntegerField(default=0, help_text="days with at least one visit")
    cells = models.PositiveIntegerField(default=0, help_text="summed over the days that were looked at")
    covered_day = models.PositiveIntegerField(default=0, help_text="of those")

    objects = OfBeatQuerySet.as_manager()

    class Meta:
        ordering = ["-month", "beat_id"]
        constraints = [models.UniqueConstraint(fields=["beat", "month"], name="beat_month_once")]
        indexes = [models.Index(fields=["month", "beat"], name="beat_month_by_month")]

    def __str__(self) -> str:
        return f"{self.beat_id} {self.month:%Y-%m}"


class StaleBeat(models.Model):
    """A beat whose day is to be counted anew. Written by a trigger on check-ins, in their transaction.

    A queue with a row for each statement, not a set: whoever counts deletes only the rows it sees, so a
    check-in that commits meanwhile keeps its own.
    """

    beat_id = models.BigIntegerField()
    at = models.DateTimeField(help_text="some moment of the day")

    def __str__(self) -> str:
        return f"{self.beat_id} {self.at:%Y-%m-%d}"
