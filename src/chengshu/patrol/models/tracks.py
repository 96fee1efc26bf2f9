"""Positions while on duty, the simplified tracks kept of them, and who looked at one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from chengshu.bureau.models import District, Unit

if TYPE_CHECKING:
    from chengshu.bureau.models import User

PERMISSION = "patrol.tracks"


class PositionSource(models.TextChoices):
    """位置来源: what reported a position."""

    DEVICE = "device", _("Handheld device")
    VEHICLE = "vehicle", _("Vehicle")
    RADIO = "radio", _("Radio")
    BODY_CAMERA = "body_camera", _("Body camera")


class PersonalQuerySet(models.QuerySet[Any]):
    """Positions and tracks are personal data: others' only with a permission of their own."""

    def visible_to(self, user: User, permission: str = PERMISSION) -> PersonalQuerySet:
        """Those inside the places where the person may use the permission, and one's own."""
        return self.filter(user.scope_for(permission).q() | models.Q(user=user.pk))


class Position(models.Model):
    """位置: one position while on duty (个人信息保护法 art. 6, 19: only then, and for so many days only).

    The table is partitioned by local day of ``at`` and made by the migration; rows are written in batches by
    `services.tracks.ingest` alone and go with their day's partition (`data/positions.yaml`). There are no
    foreign keys: people and units are never deleted, and every row would pay for the check.
    """

    pk = models.CompositePrimaryKey("user_id", "at", "source")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    at = models.DateTimeField(help_text="when it was taken")
    source = models.CharField(max_length=12, choices=PositionSource.choices)
    lng = models.FloatField(help_text="WGS 84 degrees")
    lat = models.FloatField()
    accuracy_m = models.FloatField(null=True)
    equipment_id = models.BigIntegerField(null=True, help_text="the thing that reported it")
    squad = models.ForeignKey(
        Unit, models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False, help_text="his then"
    )
    district = models.ForeignKey(
        District, models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    received_at = models.DateTimeField()

    objects = PersonalQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "patrol_position"
        ordering = ["user_id", "at"]

    def __str__(self) -> str:
        return f"{self.user_id} {self.at:%Y-%m-%d %H:%M:%S}"


class Track(models.Model):
    """轨迹: what one officer walked and drove on one day, cleaned and simplified.

    ``line`` is an encoded polyline (five decimals), ``seconds`` the seconds after local midnight of its
    corners; ``stops`` are ``[first second, last second, lng, lat]``. It is made anew while the
    day's positions are there, and stands alone afterwards.
    """

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+", db_index=False)
    squad = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    day = models.DateField()
    line = models.TextField()
    seconds = ArrayField(models.IntegerField())
    stops = models.JSONField(default=list)
    distance_m = models.FloatField()
    positions = models.PositiveIntegerField(help_text="received")
    used = models.PositiveIntegerField(help_text="left after cleaning")
    made_at = models.DateTimeField()

    objects = PersonalQuerySet.as_manager()

    class Meta:
        ordering = ["-day", "user_id"]
        constraints = [models.UniqueConstraint(fields=["user", "day"], name="track_once_a_day")]
        indexes = [models.Index(fields=["squad", "-day"], name="track_of_squad")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.day}"


class TrackLook(models.Model):
    """查看记录: somebody looked at another's track. Append-only (个人信息保护法 art. 51, 54)."""

    viewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", help_text="whose track"
    )
    day = models.DateField()
    place = models.CharField(max_length=12, help_text="page or command: where it was shown")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["user", "-at"], name="track_looks_newest")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.viewer_id} → {self.user_id} {self.day}"
