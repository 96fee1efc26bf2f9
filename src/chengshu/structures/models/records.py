"""What an entry rests on: steps, surveys, findings, photos. Append-only."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.conf import settings
from django.db import models

from chengshu.kernel.fields import PointField
from chengshu.kernel.models import StoredFile
from chengshu.structures.lifecycle import Action, Finding, Method, Moment

from .structures import Structure

APPEND_ONLY = pgtrigger.Update | pgtrigger.Delete


class Step(models.Model):
    """经过: one thing that happened to an entry. ``procedure`` is the code of a statutory step."""

    structure = models.ForeignKey(Structure, on_delete=models.PROTECT, related_name="steps")
    seq = models.PositiveIntegerField()
    action = models.CharField(max_length=12, choices=Action.choices)
    procedure = models.CharField(max_length=20, blank=True)
    number = models.CharField(max_length=80, blank=True, help_text="number of the document")
    deadline = models.DateField(null=True, help_text="the last day that the document sets")
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    note = models.CharField(max_length=500, blank=True)
    data: models.JSONField[Any, Any] = models.JSONField(default=dict)

    class Meta:
        ordering = ["structure_id", "seq"]
        constraints = [models.UniqueConstraint(fields=["structure", "seq"], name="structure_step_once")]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]

    def __str__(self) -> str:
        return f"{self.structure_id}/{self.seq} {self.action}"


class Survey(models.Model):
    """测量: the only way in which an area changes."""

    structure = models.ForeignKey(Structure, on_delete=models.PROTECT, related_name="surveys")
    area_m2 = models.DecimalField(max_digits=10, decimal_places=2)
    method = models.CharField(max_length=8, choices=Method.choices)
    storeys = models.PositiveSmallIntegerField(null=True)
    height_m = models.DecimalField(max_digits=6, decimal_places=2, null=True)
    polygon: models.JSONField[Any, Any] = models.JSONField(null=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.CheckConstraint(condition=models.Q(area_m2__gt=0), name="survey_area_positive")]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]

    def __str__(self) -> str:
        return f"{self.structure_id} {self.area_m2} m²"


class StructureFinding(models.Model):
    """认定: what the authority holds the structure to be."""

    structure = models.ForeignKey(Structure, on_delete=models.PROTECT, related_name="findings")
    result = models.CharField(max_length=10, choices=Finding.choices)
    number = models.CharField(max_length=80, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["id"]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]

    def __str__(self) -> str:
        return f"{self.structure_id} {self.result}"


class StructurePhoto(models.Model):
    """证据照片."""

    structure = models.ForeignKey(Structure, on_delete=models.PROTECT, related_name="photos")
    moment = models.CharField(max_length=6, choices=Moment.choices)
    round = models.PositiveSmallIntegerField(default=0, help_text="how often it had been built again by then")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=255)
    taken_at = models.DateTimeField(null=True)
    position = PointField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["structure", "moment", "round", "file"], name="structure_photo_once"
            )
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]

    def __str__(self) -> str:
        return self.name
