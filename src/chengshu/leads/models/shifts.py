"""Remarks in the shift log; everything else in it writes itself from the steps."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models

from chengshu.bureau.models import District, Unit


class ShiftRemark(models.Model):
    """值班记事. Append-only."""

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = models.CharField(max_length=1000)
    lead = models.ForeignKey("leads.Lead", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["unit", "-at"], name="shift_remark_of_unit")]
        triggers = [
            pgtrigger.Trigger(
                name="tell",
                level=pgtrigger.Row,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                func="""
INSERT INTO kernel_event (topic, district_id, squad_id, subject, data)
VALUES ('shift', NEW.district_id, NEW.unit_id, 'shift:' || NEW.id, jsonb_build_object('id', NEW.id));
RETURN NULL;
""",
            ),
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.text[:40]
