"""Alarms of the loop: stuck, overdue, not routable."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chengshu.bureau.models import District, Unit

from .leads import Lead

_TELL = """
INSERT INTO kernel_event (topic, district_id, squad_id, subject, data)
VALUES ('alarm', NEW.district_id, NEW.squad_id, 'lead:' || NEW.lead_id, jsonb_build_object(
    'id', NEW.id, 'lead', NEW.lead_id, 'kind', NEW.kind, 'level', NEW.level,
    'raised_at', NEW.raised_at, 'cleared_at', NEW.cleared_at));
RETURN NULL;
"""


class LeadAlarm(models.Model):
    """告警: one per lead, kind and level while it lasts."""

    class Kind(models.TextChoices):
        """What is wrong."""

        NOT_REGISTERED = "not_registered", _("Not registered in time")
        NOT_DISPATCHED = "not_dispatched", _("Not dispatched in time")
        NOT_ACCEPTED = "not_accepted", _("Not accepted in time")
        NOT_ARRIVED = "not_arrived", _("Not on site in time")
        OVERDUE = "overdue", _("Handling overdue")
        NOT_VERIFIED = "not_verified", _("Not verified in time")
        RECHECK_DUE = "recheck_due", _("Re-check due")
        RULE_FAILED = "rule_failed", _("A routing rule failed")

    class Level(models.TextChoices):
        """Who is called: first the squad, then the district."""

        SQUAD = "squad", _("Squad")
        DISTRICT = "district", _("District")

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="alarms")
    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+", db_index=False)
    squad = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    level = models.CharField(max_length=8, choices=Level.choices)
    detail = models.CharField(max_length=300, blank=True)
    raised_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-raised_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["lead", "kind", "level"], condition=Q(cleared_at=None), name="lead_alarm_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["district", "-raised_at"], condition=Q(cleared_at=None), name="lead_alarm_standing"
            )
        ]

        triggers = [
            pgtrigger.Trigger(
                name="tell",
                level=pgtrigger.Row,
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=_TELL,
            )
        ]

    def __str__(self) -> str:
        return f"{self.lead_id} {self.kind}/{self.level}"
