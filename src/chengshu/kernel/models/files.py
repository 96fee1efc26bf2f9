"""Files known by their content."""

from django.db import models


class StoredFile(models.Model):
    """A file kept once, under the SHA-256 of its content; names and uses lie with whoever refers to it."""

    sha256 = models.CharField(max_length=64, unique=True)
    size = models.BigIntegerField(help_text="bytes")
    media_type = models.CharField(max_length=100)
    name = models.CharField(max_length=255, help_text="the name it first arrived under")
    stored_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.sha256[:12]})"
