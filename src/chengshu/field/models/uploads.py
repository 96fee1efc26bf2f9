"""Files on their way from a device, in pieces."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from chengshu.kernel.models import StoredFile


class FieldUpload(models.Model):
    """上传: a file that was hashed on the device; ``received`` bytes of ``size`` are here so far."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    received = models.PositiveBigIntegerField(default=0)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=12, help_text="photo, audio or video")
    started_at = models.DateTimeField(auto_now_add=True)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "sha256"], name="upload_once_per_officer")]

    def __str__(self) -> str:
        return f"{self.sha256[:12]} {self.received}/{self.size}"
