"""What people keep for themselves at the desk."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class SavedLeadFilter(models.Model):
    """常用筛选: a list of leads that somebody opens again and again; nothing but its address."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="lead_filters")
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=500, help_text="the query string of the list")

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="saved_lead_filter_once")]

    def __str__(self) -> str:
        return self.name
