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
    touched_at = models.DateTimeField(auto_now=True)
    refused = models.CharField(max_length=300, blank=True, help_text="why the content is not accepted")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "sha256"], name="upload_once_per_officer")]
        indexes = [
            models.Index(
                fields=["touched_at"], condition=models.Q(file=None, refused=""), name="upload_unfinished"
            )
        ]

    def __str__(self) -> str:
        return f"{self.sha256[:12]} {self.received}/{self.size}"

    @property
    def complete(self) -> bool:
        """Whether nothing more is to be sent: the file is kept, or its content was refused."""
        return self.file_id is not None or bool(self.refused)
