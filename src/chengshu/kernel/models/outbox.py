"""What is to leave the house: messages to mail servers, chat robots and other systems."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class OutgoingLane(models.Model):
    """A way out that is slow, paced or broken as a whole: one robot, one subscriber, the mail server.

    Only one sender has a lane at a time: whoever takes it sets ``open_at`` ahead, and a sender that dies
    loses it when that moment comes.
    """

    name = models.CharField(max_length=120, primary_key=True)
    open_at = models.DateTimeField(default=timezone.now, help_text="before this nothing leaves by it")
    failures = models.PositiveIntegerField(default=0, help_text="failures in a row")

    def __str__(self) -> str:
        return self.name


class OutgoingMessage(models.Model):
    """One message on its way out. Delivered at least once; ``uid`` tells a receiver what came twice."""

    class State(models.TextChoices):
        """Where the message stands."""

        QUEUED = "queued", _("Waits")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        DEAD = "dead", _("Undeliverable")
        GIVEN_UP = "given_up", _("Given up")

    key = models.CharField(max_length=200, unique=True, help_text="the same key is sent only once")
    uid = models.CharField(max_length=120, help_text="the same at every attempt, shown to the receiver")
    channel = models.CharField(max_length=40)
    lane = models.CharField(max_length=120)
    target = models.CharField(max_length=254, help_text="as the channel understands it; never a secret")
    title = models.CharField(max_length=200, blank=True, help_text="what it is about, for administrators")
    payload = models.JSONField(help_text="never a secret")
    district_id = models.BigIntegerField(null=True, help_text="whose administrators look after it")
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=timezone.now, help_text="not before")
    claimed_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=300, blank=True, help_text="English text, translated when shown")
    error_values = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    settled_reason = models.CharField(max_length=200, blank=True, help_text="why it was given up")

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["lane", "next_at", "id"], condition=Q(state="queued"), name="outgoing_due"),
            models.Index(fields=["claimed_at"], condition=Q(state="sending"), name="outgoing_claimed"),
            models.Index(fields=["state", "-id"], name="outgoing_by_state"),
            models.Index(fields=["sent_at"], condition=Q(state="sent"), name="outgoing_sent"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.uid}"

    @property
    def why(self) -> str:
        """What went wrong last, in the language of the page."""
        return say(self.last_error, self.error_values)


def say(text: str, values: dict[str, Any]) -> str:
    """A stored English sentence with its values, in the language of the page."""
    if not text:
        return ""
    return gettext(text) % values if values else gettext(text)
