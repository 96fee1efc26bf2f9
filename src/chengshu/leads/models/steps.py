"""The history of leads, written by the database."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models

from chengshu.bureau.models import District, Unit
from chengshu.leads.lifecycle import Action, Outcome, Stage

from .leads import Lead


class LeadStep(models.Model):
    """流转记录: one row for each change of a lead, made by its trigger. Append-only."""

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="steps", db_index=False)
    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+", db_index=False)
    version = models.PositiveIntegerField()
    action = models.CharField(max_length=20, choices=Action.choices)
    stage = models.CharField(max_length=10, choices=Stage.choices)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    squad = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    officer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    at = models.DateTimeField()
    note = models.CharField(max_length=1000, blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        ordering = ["lead_id", "version"]
        constraints = [models.UniqueConstraint(fields=["lead", "version"], name="lead_step_once")]
        indexes = [models.Index(fields=["district", "at"], name="lead_step_at")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.lead_id}/{self.version} {self.action}"
