"""Long work, as people see it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class JobQuerySet(models.QuerySet["Job"]):
    """Jobs, narrowed."""

    def visible_to(self, user: Any) -> JobQuerySet:
        """One's own; all for those who audit."""
        return self if user.may("audit.view") else self.filter(created_by=user)


class Job(models.Model):
    """A piece of long work with progress; procrastinate runs it, this row tells people about it."""

    class State(models.TextChoices):
        """Where the work stands."""

        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    kind = models.CharField(max_length=60)
    title = models.CharField(max_length=200)
    url = models.CharField(max_length=200, blank=True, help_text="the page that shows what came of it")
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True)
    message = models.TextField(blank=True)
    result = models.JSONField(default=dict)
    cancel_requested = models.BooleanField(default=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="how often a worker took it up")
    key = models.CharField(max_length=200, blank=True, help_text="only one unfinished job may carry it")
    task_id = models.BigIntegerField(null=True, help_text="procrastinate's job id")

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["key"],
                condition=models.Q(state__in=["queued", "running"]) & ~models.Q(key=""),
                name="job_one_unfinished_per_key",
            )
        ]
        indexes = [models.Index(fields=["created_by", "-id"], name="job_by_person")]

    def __str__(self) -> str:
        return f"{self.title} [{self.state}]"

    @property
    def finished(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in {self.State.DONE, self.State.FAILED, self.State.CANCELLED}

    @property
    def percent(self) -> int | None:
        """Whole per cent done, or None while the total is unknown."""
        return min(100, self.done * 100 // self.total) if self.total else None
