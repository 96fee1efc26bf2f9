"""Draws: what was announced, what was kept secret, what came out."""

from __future__ import annotations

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from chengshu.bureau.models import District, Town
from chengshu.inspections.lifecycle import DrawState
from chengshu.kernel.models import StoredFile
from chengshu.registry.models import RegulatedObject

from .plans import InspectionTask


@pghistory.track(
    pghistory.UpdateEvent("before", row=pghistory.Old, condition=None),
    pghistory.DeleteEvent("deleted"),
    model_name="DrawEvent",
)
class Draw(models.Model):
    """抽取: one attempt for a task. Every attempt stays and is public, with its reason."""

    task = models.ForeignKey(InspectionTask, on_delete=models.PROTECT, related_name="draws")
    attempt = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=DrawState.choices, default=DrawState.COMMITTED)
    commitment = models.JSONField(help_text="as docs/draw-specification.md says; public from the start")
    commitment_sha256 = models.CharField(max_length=64, unique=True)
    candidates = models.ForeignKey(
        StoredFile,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="canonical JSON, opened with the proof",
    )
    officers = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    committed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    committed_at = models.DateTimeField()
    values = models.JSONField(null=True, help_text="the public values as they came out")
    drawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    drawn_at = models.DateTimeField(null=True)
    opening_sha256 = models.CharField(max_length=64, blank=True, help_text="published at the draw")
    withdrawal_count = models.PositiveIntegerField(default=0)
    proof = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    proof_sha256 = models.CharField(max_length=64, blank=True, help_text="published when the proof opens")
    opened_at = models.DateTimeField(null=True)
    abandoned_reason = models.CharField(max_length=300, blank=True)
    abandoned_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["task_id", "-attempt"]
        constraints = [
            models.UniqueConstraint(fields=["task", "attempt"], name="draw_attempt_once"),
            models.UniqueConstraint(
                fields=["task"], condition=~Q(state="abandoned"), name="draw_one_live_attempt"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task_id} #{self.attempt}"


class DrawSecret(models.Model):
    """What may not be known before its time: the bureau's secret, the salt of the lists, who the keys are.

    ``secret`` and ``list_salt`` are sealed (`kernel.secrets`); the salt is never published.
    """

    draw = models.OneToOneField(Draw, on_delete=models.PROTECT, related_name="secret", primary_key=True)
    secret = models.TextField()
    list_salt = models.TextField()
    object_ids = models.BinaryField(help_text="int64, little-endian: the object of each candidate, in order")
    people = models.JSONField(help_text="key of an officer → {user} or {partner}")
    state = models.JSONField(default=dict, help_text="the proof without its lists, while it is not open")

    def __str__(self) -> str:
        return str(self.draw_id)


@pghistory.track(
    pghistory.UpdateEvent("before", row=pghistory.Old, condition=None),
    pghistory.DeleteEvent("deleted"),
    model_name="OfficerInterestEvent",
)
class OfficerInterest(models.Model):
    """回避申报: where an officer may not inspect (行政处罚法 2021 art. 43). The reason is never published."""

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="officer_interests")
    officer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="interests")
    object = models.ForeignKey(RegulatedObject, on_delete=models.PROTECT, null=True, related_name="+")
    town = models.ForeignKey(
        Town, on_delete=models.PROTECT, null=True, related_name="+", help_text="the street of one's home"
    )
    reason = models.CharField(max_length=300, blank=True)
    declared_at = models.DateTimeField(auto_now_add=True)
    declared_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["officer_id", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(object__isnull=False, town__isnull=True)
                | Q(object__isnull=True, town__isnull=False),
                name="interest_in_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("declared_at")), name="interest_ends_later"
            ),
        ]
        triggers = [pgtrigger.Protect(name="kept", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.officer_id} {self.object_id or self.town_id}"
