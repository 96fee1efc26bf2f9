"""Who looked behind a mask, and why."""

from django.conf import settings
from django.db import models


class UnmaskRecord(models.Model):
    """One look at unmasked personal data. Append-only (个人信息保护法 art. 51, 54)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    subject = models.CharField(max_length=120, help_text="the record looked at, e.g. registry.object:12")
    fields = models.JSONField(help_text="names of the fields shown")
    reason = models.CharField(max_length=300)
    at = models.DateTimeField(auto_now_add=True)
    request_id = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.user_id} {self.subject} {self.at:%Y-%m-%d %H:%M}"
