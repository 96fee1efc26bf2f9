"""Re-verification rounds."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from chengshu.bureau.models import District, Town, Unit, User
from chengshu.kernel.fields import PointField
from chengshu.kernel.models import StoredFile

from .classes import ObjectClass
from .objects import RegulatedObject


class VerificationRound(models.Model):
    """核查轮次: go and look at every object of some classes in some area, once."""

    class State(models.TextChoices):
        """Where the round stands."""

        DRAFT = "draft", _("Draft")
        OPEN = "open", _("Under way")
        CLOSED = "closed", _("Closed")

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="rounds")
    name = models.CharField(_("name"), max_length=80)
    classes = models.ManyToManyField(ObjectClass, related_name="rounds", verbose_name=_("classes"))
    towns = models.ManyToManyField(Town, related_name="rounds", verbose_name=_("towns"))
    due_on = models.DateField(_("due"), null=True, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    figures = models.JSONField(default=dict, help_text="frozen when closed: checked, added, by squad")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name


class RoundItemQuerySet(models.QuerySet["RoundItem"]):
    """Items are seen by whoever works in their squad's area."""

    def visible_to(self, user: User, permission: str = "registry.view") -> RoundItemQuerySet:
        """Items inside the places where the person may use the permission."""
        return self.filter(user.scope_for(permission).q(district="round__district"))


class RoundItem(models.Model):
    """核查任务: one object in one round, or one newly found object."""

    class Outcome(models.TextChoices):
        """What was found on the spot."""

        UNCHANGED = "unchanged", _("Unchanged")
        CORRECTED = "corrected", _("Corrected")
        CLOSED = "closed", _("Closed down")
        NOT_FOUND = "not_found", _("Not found on site")
        ADDED = "added", _("Newly found")

    round = models.ForeignKey(VerificationRound, on_delete=models.PROTECT, related_name="items")
    object = models.ForeignKey(RegulatedObject, on_delete=models.PROTECT, related_name="round_items")
    squad = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="round_items")
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    objects = RoundItemQuerySet.as_manager()

    class Meta:
        ordering = ["squad_id", "id"]
        constraints = [models.UniqueConstraint(fields=["round", "object"], name="object_once_per_round")]
        indexes = [models.Index(fields=["round", "squad", "outcome"], name="round_progress")]

    def __str__(self) -> str:
        return f"{self.round_id}:{self.object_id} {self.outcome}"


class RoundResult(models.Model):
    """核查结果: what one person reported. Append-only; a correction is a new result."""

    client_id = models.UUIDField(
        unique=True, help_text="made by whoever reports: a retried upload counts once"
    )
    item = models.ForeignKey(RoundItem, on_delete=models.PROTECT, related_name="results")
    outcome = models.CharField(max_length=10, choices=RoundItem.Outcome.choices)
    values = models.JSONField(default=dict, help_text="corrected fields")
    note = models.CharField(max_length=500, blank=True)
    photo = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    position = PointField(null=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-id"]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.item_id} {self.outcome} {self.at:%Y-%m-%d %H:%M}"
