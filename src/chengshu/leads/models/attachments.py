"""Photos and papers of a lead."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from chengshu.kernel.fields import PointField
from chengshu.kernel.models import StoredFile

from .leads import Lead


class LeadAttachment(models.Model):
    """附件. Append-only; photos count towards what the class asks for at filing and at closing."""

    class Moment(models.TextChoices):
        """When it was taken."""

        FILING = "filing", _("At filing")
        CLOSING = "closing", _("After handling")
        OTHER = "other", _("Other")

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="attachments")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=255)
    moment = models.CharField(max_length=8, choices=Moment.choices)
    taken_at = models.DateTimeField(null=True)
    position = PointField(null=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["lead", "file", "moment"], name="lead_attachment_once")
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.name
