"""Duty logs and what is taken along on duty."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from chengshu.bureau.models import District, RosterEntry, Unit

if TYPE_CHECKING:
    from chengshu.bureau.models import User


class DutyLogQuerySet(models.QuerySet["DutyLog"]):
    """Every list of duty logs starts from `visible_to`."""

    def visible_to(self, user: User, permission: str = "patrol.view") -> DutyLogQuerySet:
        """Logs inside the places where the person may use the permission, and one's own."""
        return self.filter(user.scope_for(permission).q() | models.Q(user=user.pk))


class DutyLog(models.Model):
    """勤务日志 of one duty of one officer: composed from what is on record, signed, confirmed.

    ``content`` is frozen when the officer signs; before that it is composed anew each time it is shown.
    """

    class State(models.TextChoices):
        """日志状态."""

        OPEN = "open", _("Not signed yet")
        SIGNED = "signed", _("Signed by the officer")
        RETURNED = "returned", _("Returned to the officer")
        CONFIRMED = "confirmed", _("Confirmed by the squad leader")

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+", db_index=False)
    squad = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    duty = models.OneToOneField(RosterEntry, on_delete=models.PROTECT, related_name="log")
    starts_at = models.DateTimeField(help_text="the duty's as rostered")
    ends_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, help_text="when the officer said so in the app")
    ended_at = models.DateTimeField(null=True)
    sign_by = models.DateTimeField(help_text="signed later it is not valid; moves when it is returned")
    confirm_by = models.DateTimeField(null=True, help_text="set by signing")
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    line = models.CharField(max_length=500, blank=True, help_text="what the officer adds")
    content = models.JSONField(null=True)
    digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of what was signed")
    signed_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    returned_at = models.DateTimeField(null=True)
    returned_because = models.CharField(max_length=300, blank=True)
    valid = models.BooleanField(null=True, help_text="judged when signed and when confirmed; None before")
    faults = ArrayField(models.CharField(max_length=24), default=list, help_text="why it is not valid")
    version = models.PositiveIntegerField(default=1)

    objects = DutyLogQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at", "user_id"]
        indexes = [
            models.Index(fields=["squad", "-starts_at"], name="duty_log_of_squad"),
            models.Index(fields=["district", "-starts_at"], name="duty_log_of_district"),
            models.Index(
                fields=["squad", "confirm_by"],
                condition=models.Q(state="signed"),
                name="duty_log_to_confirm",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["open", "returned"])
                | models.Q(content__isnull=False, signed_at__isnull=False, valid__isnull=False)
                & ~models.Q(digest=""),
                name="duty_log_signed_whole",
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_by=None) | ~models.Q(confirmed_by=models.F("user")),
                name="duty_log_not_by_oneself",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.starts_at:%Y-%m-%d}"

    @property
    def chain(self) -> str:
        """The log's chain in the ledger."""
        return f"patrol.log:{self.pk}"


class DutyLogCorrection(models.Model):
    """日志更正: a confirmed log stays as it is; what was wrong is said beside it. Append-only."""

    log = models.ForeignKey(DutyLog, on_delete=models.PROTECT, related_name="corrections")
    seq = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=500)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["log_id", "seq"]
        constraints = [models.UniqueConstraint(fields=["log", "seq"], name="duty_log_correction_once")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.log_id}/{self.seq}"


class Equipment(models.Model):
    """装备、车辆: what a squad has to take along."""

    class Kind(models.TextChoices):
        """类别."""

        VEHICLE = "vehicle", _("Vehicle")
        BODY_CAMERA = "body_camera", _("Body camera")
        RADIO = "radio", _("Radio")
        METER = "meter", _("Measuring instrument")
        PRINTER = "printer", _("Printer")
        OTHER = "other", _("Other equipment")

    squad = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="equipment")
    code = models.CharField(max_length=40, help_text="plate or inventory number")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    name = models.CharField(max_length=80)
    terminal = models.CharField(
        max_length=20, blank=True, help_text="number under which it reports positions (JT/T 808), digits"
    )
    identity = models.CharField(
        max_length=30, blank=True, help_text="terminal's own identity; its first registration fills it in"
    )
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["squad_id", "kind", "code"]
        constraints = [
            models.UniqueConstraint(fields=["squad", "code"], name="equipment_code_once"),
            models.UniqueConstraint(
                fields=["terminal"], condition=~models.Q(terminal=""), name="terminal_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.code}"


class EquipmentUse(models.Model):
    """领用与交接: who had a thing from when to when; ``handed_to`` where it went on to somebody else."""

    equipment = models.ForeignKey(Equipment, on_delete=models.PROTECT, related_name="uses")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    taken_at = models.DateTimeField()
    returned_at = models.DateTimeField(null=True)
    handed_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-taken_at"]
        indexes = [models.Index(fields=["user", "-taken_at"], name="equipment_use_of_officer")]
        constraints = [
            models.UniqueConstraint(
                fields=["equipment"], condition=models.Q(returned_at=None), name="equipment_with_one_person"
            )
        ]

    def __str__(self) -> str:
        return f"{self.equipment_id} {self.user_id}"
