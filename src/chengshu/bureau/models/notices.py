"""Notices to people (通知), and by which ways they reach them besides the page."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .units import Unit


class Level(models.TextChoices):
    """How urgent a notice is."""

    INFO = "info", _("For your information")
    WARN = "warn", _("Attention")
    ALARM = "alarm", _("Alarm")


class Notice(models.Model):
    """One notice to one person. It names records, never personal data of the people concerned."""

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=60)
    level = models.CharField(max_length=5, choices=Level.choices, default=Level.INFO)
    title = models.CharField(max_length=200, help_text="in the recipient's language")
    text = models.CharField(max_length=1000, blank=True)
    url = models.CharField(max_length=300, blank=True, help_text="path of the page it is about")
    key = models.CharField(max_length=160, help_text="a person gets the same key only once")
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["recipient", "key"], name="notice_once_per_person")]
        indexes = [
            models.Index(fields=["recipient", "-id"], name="notice_by_person"),
            models.Index(fields=["recipient"], condition=Q(read_at=None), name="notice_unread"),
        ]

    def __str__(self) -> str:
        return self.title


class NoticeRoute(models.Model):
    """Notices of some kinds leave by a way: to the people of a unit, or into the unit's chat group."""

    class Way(models.TextChoices):
        """通道."""

        MAIL = "mail", _("Mail")
        WECOM = "wecom", _("WeCom message")
        ROBOT = "robot", _("Group robot")

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="notice_routes")
    way = models.CharField(max_length=10, choices=Way.choices)
    name = models.CharField(max_length=60, blank=True)
    kinds = ArrayField(models.CharField(max_length=60), default=list, blank=True, help_text="empty: all")
    least = models.CharField(max_length=5, choices=Level.choices, default=Level.INFO)
    secret = models.CharField(max_length=400, blank=True, help_text="key of the robot, sealed")
    active = models.BooleanField(default=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["unit__code", "way", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(way="robot") ^ Q(secret=""), name="notice_route_robot_has_its_key"
            )
        ]

    def __str__(self) -> str:
        return self.name or self.get_way_display()


class NoticePreference(models.Model):
    """What one person wants; whoever has no row follows the unit."""

    class Wish(models.TextChoices):
        """By this way: as the unit has it, always, never."""

        UNIT = "unit", _("As my unit has it")
        ALWAYS = "always", _("Always")
        NEVER = "never", _("Never")

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="notice_preference"
    )
    mail = models.CharField(max_length=6, choices=Wish.choices, default=Wish.UNIT)
    wecom = models.CharField(max_length=6, choices=Wish.choices, default=Wish.UNIT)
    wecom_account = models.CharField(max_length=64, blank=True, help_text="empty: the same as here")
    quiet_from = models.TimeField(null=True, help_text="alarms come through all the same")
    quiet_to = models.TimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(quiet_from=None, quiet_to=None)
                | Q(quiet_from__isnull=False, quiet_to__isnull=False),
                name="notice_quiet_hours_have_both_ends",
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)
