"""What was made public of inspections."""

from __future__ import annotations

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from chengshu.bureau.models import District

from .inspections import Inspection


@pghistory.track(
    pghistory.UpdateEvent("before", row=pghistory.Old, condition=None),
    pghistory.DeleteEvent("deleted"),
    model_name="InspectionDisclosureEvent",
)
class InspectionDisclosure(models.Model):
    """检查结果公示: what the public reads of one inspection, masked when it was published."""

    inspection = models.ForeignKey(Inspection, on_delete=models.PROTECT, related_name="disclosures")
    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    content = models.JSONField(help_text="the public record, natural persons masked")
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    shown_until = models.DateField(null=True, help_text="by the retention rule of the day")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-published_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["inspection"], condition=Q(withdrawn_at=None), name="inspection_disclosed_once"
            )
        ]
        indexes = [models.Index(fields=["district", "-published_at"], name="inspection_disclosed_at")]

    def __str__(self) -> str:
        return str(self.inspection_id)


class QuarterlyPublication(models.Model):
    """季度公示: the results of a quarter, published at once. Append-only."""

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    quarter = models.PositiveSmallIntegerField()
    number = models.PositiveSmallIntegerField(default=1, help_text="further ones complete the first")
    content = models.JSONField(help_text="counts and the inspections listed, as published")
    digest = models.CharField(max_length=64)
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-year", "-quarter", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["district", "year", "quarter", "number"], name="quarterly_publication_once"
            )
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.year}-Q{self.quarter}/{self.number}"
