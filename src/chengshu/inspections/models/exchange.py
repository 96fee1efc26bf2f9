"""What came from the city's own supervision system."""

from __future__ import annotations

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from chengshu.bureau.models import District
from chengshu.registry.models import RegulatedObject

from .inspections import Inspection
from .items import InspectionItem
from .plans import InspectionTask


class CityTask(models.Model):
    """市级任务: a task as the city's system sent it. It is drawn here (``task``), or the city drew already.

    What the city drew is inspected as special inspections, outside the figures of our own draws.
    Append-only.
    """

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="city_tasks")
    source_ref = models.CharField(max_length=100, help_text="number in the city's system")
    title = models.CharField(max_length=160)
    item = models.ForeignKey(InspectionItem, on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    quarter = models.PositiveSmallIntegerField()
    starts_on = models.DateField()
    due_on = models.DateField()
    draw_ref = models.CharField(max_length=100, blank=True, help_text="the city's draw; empty: drawn here")
    task = models.OneToOneField(InspectionTask, on_delete=models.PROTECT, null=True, related_name="city_task")
    content = models.JSONField(help_text="the task as it came")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the content")
    file_sha256 = models.CharField(max_length=64, blank=True, help_text="of the file it came in")
    received_at = models.DateTimeField(auto_now_add=True)
    received_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["district", "source_ref"], name="city_task_once"),
            models.CheckConstraint(
                condition=models.Q(task__isnull=False, draw_ref="")
                | (models.Q(task=None) & ~models.Q(draw_ref="")),
                name="city_task_drawn_once",
            ),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.source_ref} {self.title}"


@pghistory.track(
    pghistory.UpdateEvent("before", row=pghistory.Old, condition=None),
    pghistory.DeleteEvent("deleted"),
    model_name="CityTaskObjectEvent",
)
class CityTaskObject(models.Model):
    """市级已抽对象: an object the city drew; its inspection is arranged by whoever assigns in the squad."""

    city_task = models.ForeignKey(CityTask, on_delete=models.PROTECT, related_name="drawn")
    object = models.ForeignKey(RegulatedObject, on_delete=models.PROTECT, related_name="+")
    certificates = ArrayField(
        models.CharField(max_length=40),
        default=list,
        help_text="officers the city drew; none: ours to choose",
    )
    inspection = models.OneToOneField(
        Inspection, on_delete=models.PROTECT, null=True, related_name="city_object"
    )

    class Meta:
        ordering = ["city_task_id", "id"]
        constraints = [models.UniqueConstraint(fields=["city_task", "object"], name="city_object_once")]

    def __str__(self) -> str:
        return f"{self.city_task_id} {self.object_id}"
