"""What counts towards a year: one row a disposal, as the entry stood that day. Figures count these."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import ExtractYear

from chengshu.bureau.models import District, Town
from chengshu.structures.lifecycle import Disposal

from .structures import Structure

if TYPE_CHECKING:
    from chengshu.bureau.models import User


class EliminationQuerySet(models.QuerySet["Elimination"]):
    """Every figure of a year starts from here."""

    def visible_to(self, user: User, permission: str = "structures.view") -> EliminationQuerySet:
        """Those of entries inside the places where the person may use the permission."""
        reach = user.scope_for(permission)
        return self.filter(reach.q(district="structure__district", squad="structure__squad"))

    def of_year(self, year: int) -> EliminationQuerySet:
        """Those that count for a year. Unit: structures; one counts once a year."""
        return self.filter(on__year=year, taken_back_at=None)


class Elimination(models.Model):
    """销项计数: written off, legalised or deferred on a day, with type, town and area of that day.

    What is built again or comes back within the year is taken back; what happens in a later year leaves the
    figure of this one alone. Append-only but for ``taken_back_at``.
    """

    structure = models.ForeignKey(Structure, on_delete=models.PROTECT, related_name="eliminations")
    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+", db_index=False)
    town = models.ForeignKey(Town, on_delete=models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=12, choices=Disposal.choices)
    on = models.DateField()
    area_m2 = models.DecimalField(max_digits=10, decimal_places=2, null=True)
    types: ArrayField[Any, Any] = ArrayField(models.CharField(max_length=20), default=list)
    key_task = models.BooleanField(default=False)
    taken_back_at = models.DateTimeField(null=True)

    objects = EliminationQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                "structure", ExtractYear("on"), condition=Q(taken_back_at=None), name="eliminated_once_a_year"
            )
        ]
        indexes = [
            models.Index(fields=["district", "on"], name="elimination_by_day"),
            GinIndex(fields=["types"], name="elimination_types"),
        ]
        triggers = [
            pgtrigger.Protect(name="keep", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="stays", exclude=["taken_back_at"]),
            pgtrigger.Protect(
                name="taken_back_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__taken_back_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.structure_id} {self.kind} {self.on}"
