"""What the pages of an inspection share."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from chengshu.bureau.models import User
from chengshu.inspections.models import Inspection

VIEW = "inspections.view"
WORK = "inspections.work"


def person(request: HttpRequest) -> Any:
    """The viewer, typed for the services."""
    return request.user


def visible_inspection(request: HttpRequest, pk: int) -> Inspection:
    """An inspection inside the person's area or of one's own; 404 for any other."""
    found = (
        Inspection.objects.visible_to(person(request))
        .select_related(
            "district", "squad", "town", "task", "task__item", "draw", "checklist", "lead", "follows",
            "object", "object__object_class",
        )
        .defer("district__boundary", "town__boundary", "lead__search_tokens")
    )  # fmt: skip
    inspection: Inspection = get_object_or_404(found, pk=pk)
    return inspection


def of_team(user: User, inspection: Inspection) -> bool:
    """Whether the person is one of the officers who inspect."""
    return user.may(WORK) and inspection.team.filter(user=user, replaced_at=None).exists()
