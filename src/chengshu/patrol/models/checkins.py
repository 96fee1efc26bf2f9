"""Check-ins: who was at which point, when, and how well that is proved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from chengshu.bureau.models import District, Unit
from chengshu.kernel.fields import PointField

from .beats import Beat, BeatPoint
from .tags import Tag

if TYPE_CHECKING:
    from chengshu.bureau.models import User

APPEND_ONLY = pgtrigger.Update | pgtrigger.Delete


class CheckInQuerySet(models.QuerySet["CheckIn"]):
    """Every list of check-ins starts from `visible_to`."""

    def visible_to(self, user: User, permission: str = "patrol.view") -> CheckInQuerySet:
        """Check-ins inside the places where the person may use the permission, and one's own."""
        return self.filter(user.scope_for(permission).q() | models.Q(user=user.pk))


class CheckIn(models.Model):
    """签到: append-only. ``weight`` is what it proves (`data/checkins.yaml`), ``lights`` what a reader should
    know. ``at`` is the moment by the device, corrected by its known clock offset; ``received_at`` when it
    came here.
    """

    class Way(models.TextChoices):
        """签到方式."""

        NFC_DYNAMIC = "nfc_dynamic", _("NFC tag that proved itself")
        NFC_PLAIN = "nfc_plain", _("Plain NFC tag")
        QR = "qr", _("QR code")
        POSITION = "position", _("Position")
        TYPED = "typed", _("Code typed in")

    id = models.UUIDField(primary_key=True, editable=False, help_text="UUIDv7, made by the device")
    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+", db_index=False)
    squad = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="+", db_index=False, help_text="of the officer"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    beat = models.ForeignKey(Beat, on_delete=models.PROTECT, related_name="+", db_index=False)
    point = models.ForeignKey(BeatPoint, on_delete=models.PROTECT, related_name="+", db_index=False)
    tag = models.ForeignKey(Tag, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    way = models.CharField(max_length=12, choices=Way.choices)
    counter = models.BigIntegerField(null=True, help_text="read counter of the tag")
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    clock_offset_s = models.FloatField(null=True, help_text="seconds by which the device's clock was ahead")
    position = PointField(null=True)
    accuracy_m = models.FloatField(null=True)
    distance_m = models.FloatField(null=True, help_text="from the reported position to the point")
    weight = models.PositiveSmallIntegerField(help_text="evidential weight, 0 to 100")
    photo_sha256 = models.CharField(max_length=64, blank=True)
    lights = ArrayField(models.CharField(max_length=24), default=list, blank=True)

    objects = CheckInQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["user", "at"], name="checkin_of_officer"),
            models.Index(fields=["point", "at"], name="checkin_at_point"),
            models.Index(fields=["squad", "at"], name="checkin_of_squad"),
            models.Index(
                fields=["photo_sha256"], condition=~models.Q(photo_sha256=""), name="checkin_by_photo"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["tag", "counter"], condition=models.Q(counter__isnull=False), name="checkin_read_once"
            )
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]

    def __str__(self) -> str:
        return f"{self.user_id} {self.point_id} {self.at:%Y-%m-%d %H:%M}"


class TagAttempt(models.Model):
    """无效签到: a read that proved nothing (replayed, forged, unknown); kept, reported. Append-only."""

    class Fault(models.TextChoices):
        """原因."""

        REPLAYED = "replayed", _("The read was used before")
        FORGED = "forged", _("The tag's proof is wrong")
        UNKNOWN = "unknown", _("No such tag")
        OUT_OF_USE = "out_of_use", _("The tag is not in use")

    id = models.UUIDField(primary_key=True, editable=False)
    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    squad = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    tag = models.ForeignKey(Tag, on_delete=models.PROTECT, null=True, related_name="+")
    code = models.CharField(max_length=24, help_text="as it was read")
    fault = models.CharField(max_length=12, choices=Fault.choices)
    counter = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    position = PointField(null=True)

    class Meta:
        ordering = ["-received_at"]
        indexes = [models.Index(fields=["district", "-received_at"], name="tag_attempt_newest")]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]

    def __str__(self) -> str:
        return f"{self.code} {self.fault}"
