"""Electronic service: the party's own way to one issued document."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from .papers import CaseDocument


class PartyAccess(models.Model):
    """电子送达凭证: one address for one document, a code that opens it once; both kept only as hashes."""

    document = models.ForeignKey(CaseDocument, on_delete=models.PROTECT, related_name="accesses")
    token_hash = models.CharField(max_length=64, unique=True)
    code_hash = models.CharField(max_length=64)
    consent = models.CharField(max_length=200, help_text="the signed confirmation of electronic service")
    expires_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True, help_text="when the code of now was used: it is good once")
    opened_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.document_id} {self.created_at:%Y-%m-%d}"
