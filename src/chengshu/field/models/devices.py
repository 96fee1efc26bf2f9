"""Devices of officers and the keys they sign with."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class FieldDevice(models.Model):
    """移动终端: one installation of the app in the hands of one officer.

    ``public_key`` is a JWK (EC, P-256); the private key never leaves the device. ``wipe_asked_at``: the
    device is to forget everything the next time it speaks to the server.
    """

    id = models.UUIDField(primary_key=True, editable=False, help_text="made by the device")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="field_devices")
    public_key = models.JSONField()
    name = models.CharField(max_length=120, blank=True)
    app_version = models.CharField(max_length=40, blank=True)
    last_seq = models.PositiveIntegerField(default=0, help_text="number of the last record taken in")
    stuck_seq = models.PositiveIntegerField(default=0, help_text="number of the record that met a fault last")
    stuck_times = models.PositiveSmallIntegerField(default=0, help_text="how often it did, one after another")
    latest_at = models.DateTimeField(null=True, help_text="the latest time of a record taken in")
    registered_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField(null=True)
    wipe_asked_at = models.DateTimeField(null=True)
    wipe_asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    wiped_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-registered_at"]

    def __str__(self) -> str:
        return self.name or str(self.id)
