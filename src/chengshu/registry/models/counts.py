"""How many objects there are of each kind in each hexagonal cell: a summary the database keeps itself.

Statement triggers on the object table append the differences to `ObjectCountChange`; a job moves them into
`ObjectCount` now and then. Nobody waits for anybody: writers only append, and a reader adds up both tables,
so that the numbers are exact at any moment.
"""

from __future__ import annotations

from django.db import models

from chengshu.bureau.models import District, Town, Unit

from .classes import ObjectClass

WHOLE_DISTRICT = 0
"""The level of rows that count objects wherever they are, also those without a position."""
CELL_LEVELS = (7, 8, 9)
"""H3 resolutions of the other rows: cells of about 5.2, 0.74 and 0.11 km²."""


class CountRow(models.Model):
    """One kind of object in one cell of one level. No foreign keys in the database: triggers write it."""

    district = models.ForeignKey(
        District, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    level = models.PositiveSmallIntegerField()
    cell = models.BigIntegerField(help_text="H3 index; 0 on the level of the whole district")
    facet = models.TextField(db_collation="C", help_text="as RegulatedObject.facet")
    object_class = models.ForeignKey(
        ObjectClass, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    town = models.ForeignKey(
        Town, models.DO_NOTHING, null=True, related_name="+", db_constraint=False, db_index=False
    )
    squad = models.ForeignKey(
        Unit, models.DO_NOTHING, null=True, related_name="+", db_constraint=False, db_index=False
    )
    status = models.CharField(max_length=10)
    credit = models.CharField(max_length=1)
    n = models.IntegerField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.level}/{self.cell:x} {self.facet}: {self.n}"


class ObjectCount(CountRow):
    """The summary up to the last compaction."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["district", "level", "cell", "facet"], name="count_once")
        ]


class ObjectCountChange(CountRow):
    """What has changed since: one row per kind and cell of each statement that wrote objects."""
