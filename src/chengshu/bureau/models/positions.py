"""Where officers on duty were last seen."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from chengshu.kernel.fields import PointField


class OfficerPosition(models.Model):
    """最近位置: the last one only, and only while on duty (个人信息保护法 art. 6, 19).

    Tracks are kept apart by `chengshu.patrol`, under rules of their own.
    """

    class Source(models.TextChoices):
        """What reported it."""

        DEVICE = "device", _("Handheld device")
        VEHICLE = "vehicle", _("Vehicle")
        MANUAL = "manual", _("Entered by hand")

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="last_position"
    )
    position = PointField()
    accuracy_m = models.FloatField(null=True)
    at = models.DateTimeField()
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.DEVICE)

    def __str__(self) -> str:
        return f"{self.user_id} {self.at:%Y-%m-%d %H:%M}"
