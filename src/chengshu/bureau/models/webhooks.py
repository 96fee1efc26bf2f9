"""Other systems that want to hear what happens here."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from .areas import District


class WebhookSubscription(models.Model):
    """An address that gets the events of a district. Its secret is shown once, when it is made."""

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="webhooks")
    name = models.CharField(max_length=60)
    url = models.CharField(max_length=500)
    topics = ArrayField(models.CharField(max_length=60), default=list, blank=True, help_text="empty: all")
    secret = models.CharField(max_length=400, help_text="sealed")
    old_secret = models.CharField(max_length=400, blank=True, help_text="sealed; signs too while it is valid")
    old_secret_until = models.DateTimeField(null=True)
    active = models.BooleanField(default=True)
    switched_off_at = models.DateTimeField(null=True, help_text="by itself, after days of failures")
    failing_since = models.DateTimeField(null=True, help_text="first undeliverable since the last success")
    last_success_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["district", "name"], name="webhook_name_per_district")]

    def __str__(self) -> str:
        return self.name


class WebhookCursor(models.Model):
    """How far the events have been handed to the subscriptions: one row."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    position = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="webhook_one_cursor")]

    def __str__(self) -> str:
        return str(self.position)
