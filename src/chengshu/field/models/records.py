"""Records of the app, as they were signed on the device."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from chengshu.kernel.fields import PointField

from .devices import FieldDevice

APPEND_ONLY = pgtrigger.Update | pgtrigger.Delete


class FieldRecord(models.Model):
    """现场记录: one thing an officer did, exactly as signed, and what became of it. Append-only.

    Of kinds that hold nothing but positions (`field.kinds.Kind.fleeting`) only the digest of the text is
    kept: for how long positions are, `patrol` decides.
    """

    class Outcome(models.TextChoices):
        """处理结果."""

        APPLIED = "applied", _("Applied")
        FLAGGED = "flagged", _("Applied, to be corrected")
        REFUSED = "refused", _("Not applied")

    id = models.UUIDField(primary_key=True, editable=False, help_text="UUIDv7, made by the device")
    device = models.ForeignKey(FieldDevice, on_delete=models.PROTECT, related_name="records", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    seq = models.PositiveIntegerField(help_text="1, 2, 3 … of the device")
    kind = models.CharField(max_length=24)
    text = models.TextField(help_text="the JSON text that was signed; empty where only its digest is kept")
    text_sha256 = models.CharField(max_length=64, blank=True, help_text="of a text that is not kept")
    signature = models.CharField(max_length=120, help_text="ECDSA P-256 over SHA-256 of the text, base64url")
    recorded_at = models.DateTimeField(help_text="by the device, corrected by its known clock offset")
    clock_offset_s = models.FloatField(null=True, help_text="seconds by which the device's clock was ahead")
    position = PointField(null=True)
    received_at = models.DateTimeField()
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    messages = models.JSONField(default=list, help_text="sentences for the officer")
    result = models.JSONField(default=dict, help_text="what it made: ids, numbers")

    class Meta:
        ordering = ["device_id", "seq"]
        constraints = [models.UniqueConstraint(fields=["device", "seq"], name="field_record_in_order")]
        indexes = [models.Index(fields=["user", "-recorded_at"], name="field_record_of_officer")]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]

    def __str__(self) -> str:
        return f"{self.device_id} #{self.seq} {self.kind}"
