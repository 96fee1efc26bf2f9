"""How many duties a day somebody can do, as data of the bureau."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chengshu.bureau.models import Unit


class DutyCapacity(models.Model):
    """每日办理上限: for a squad, or for one officer of it, which goes before."""

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    officer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    per_day = models.PositiveSmallIntegerField(_("duties a day"))
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["unit_id", "officer_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit"], condition=Q(officer=None), name="duty_capacity_of_squad_once"
            ),
            models.UniqueConstraint(
                fields=["officer"], condition=Q(officer__isnull=False), name="duty_capacity_of_officer_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id}/{self.officer_id}: {self.per_day}"
