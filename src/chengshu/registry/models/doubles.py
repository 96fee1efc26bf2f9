"""Possible duplicates."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from chengshu.bureau.models import District

from .objects import RegulatedObject


class DuplicatePair(models.Model):
    """疑似重复: two objects that may be one. A pair marked as different is never offered again."""

    class State(models.TextChoices):
        """How it was settled."""

        OPEN = "open", _("To be settled")
        MERGED = "merged", _("Merged")
        DIFFERENT = "different", _("Different for good")

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    first = models.ForeignKey(RegulatedObject, on_delete=models.PROTECT, related_name="+")
    second = models.ForeignKey(RegulatedObject, on_delete=models.PROTECT, related_name="+")
    score = models.FloatField(help_text="0 to 1")
    reasons = models.JSONField(help_text="list of {code, …}")
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    found_at = models.DateTimeField(auto_now_add=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-score", "id"]
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="pair_once"),
            models.CheckConstraint(condition=Q(second__gt=F("first")), name="pair_in_order"),
        ]
        indexes = [models.Index(fields=["district", "state", "-score"], name="pair_queue")]

    def __str__(self) -> str:
        return f"{self.first_id} ~ {self.second_id} ({self.score:.2f})"
