"""Duty rosters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from .units import Unit

if TYPE_CHECKING:
    from .people import User


class RosterQuerySet(models.QuerySet["RosterEntry"]):
    """Duties, narrowed."""

    def visible_to(self, user: User) -> RosterQuerySet:
        """Duties of the units that the person may see."""
        return self.filter(user.scope_for("bureau.view").q(district="unit__district", squad="unit"))


class RosterEntry(models.Model):
    """勤务排班: one person's duty from one moment to another."""

    class Duty(models.TextChoices):
        """勤务类别."""

        PATROL = "patrol", _("Patrol")
        STANDBY = "standby", _("Stand-by")
        OFFICE = "office", _("Office duty")
        COMMAND = "command", _("Command duty")

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="roster")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="roster")
    duty = models.CharField(max_length=10, choices=Duty.choices, default=Duty.PATROL)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    note = models.CharField(max_length=200, blank=True)

    objects = RosterQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "user_id"]
        indexes = [models.Index(fields=["unit", "starts_at"])]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="roster_ends_after_start"),
            models.UniqueConstraint(fields=["user", "starts_at"], name="roster_one_start_per_person"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.starts_at:%Y-%m-%d %H:%M}"
