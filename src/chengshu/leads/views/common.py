"""What the lead pages share."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from chengshu.leads.models import Lead

VIEW = "leads.view"
REPORT = "leads.report"
EXPORT = "leads.export"
INFORM = "leads.pass_on"


def person(request: HttpRequest) -> Any:
    """The viewer, typed for the services."""
    return request.user


def visible_lead(request: HttpRequest, pk: int) -> Lead:
    """A lead inside the person's area; 404 for any other."""
    found = (
        Lead.objects.visible_to(person(request))
        .select_related(
            "district",
            "lead_class",
            "town",
            "grid",
            "squad",
            "officer",
            "object",
            "handled_by",
            "verified_by",
            "created_by",
            "merged_into",
            "parent",
            "reporter",
        )
        .defer("search_tokens", "district__boundary", "town__boundary", "grid__boundary")
    )
    lead: Lead = get_object_or_404(found, pk=pk)
    return lead
