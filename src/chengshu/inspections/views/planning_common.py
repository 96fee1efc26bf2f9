"""What the pages of planning and drawing share."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from chengshu.bureau.models import District
from chengshu.inspections.models import InspectionTask
from chengshu.inspections.services.base import InspectionProblem

VIEW = "inspections.view"
PLAN = "inspections.plan"
APPROVE = "inspections.approve"
DRAW = "inspections.draw"
ASSIGN = "inspections.assign"
WORK = "inspections.work"
CONFIGURE = "inspections.configure"
LISTED = "inspection_tasks"
"""The cookie that keeps the filters of the list of tasks, for the way back to it."""


def person(request: HttpRequest) -> Any:
    """The viewer, typed for the services."""
    return request.user


def district_of(request: HttpRequest, permission: str) -> District:
    """The district in which the person plans or draws: the own one first. 404 where there is none."""
    user = person(request)
    districts = sorted(user.scope_for(permission).districts)
    if not districts:
        raise Http404
    own = user.unit.district_id
    found: District = District.objects.defer("boundary").get(pk=own if own in districts else districts[0])
    return found


def visible_task(request: HttpRequest, pk: int) -> InspectionTask:
    """A task inside the person's area; 404 for any other."""
    rows = InspectionTask.objects.visible_to(person(request)).select_related("item", "plan", "district")
    task: InspectionTask = get_object_or_404(rows.defer("district__boundary"), pk=pk)
    return task


def may_at(request: HttpRequest, permission: str, district_id: int) -> bool:
    """Whether the person holds the permission for the whole district."""
    return bool(person(request).scope_for(permission).covers(district_id=district_id))


def link(name: str, *args: Any) -> str:
    """The address of a page that another part brings; empty where it is not there."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def show_problem(form: forms.Form, problem: InspectionProblem) -> None:
    """Put a refusal beside the field that it is about."""
    form.add_error(problem.field if problem.field in form.fields else None, str(problem))


def trail(request: HttpRequest, *more: tuple[str, str]) -> list[tuple[str, str]]:
    """Where a page of tasks lies; the way back keeps the filters of the list."""
    kept = request.COOKIES.get(LISTED, "")
    return [(_("Random inspections"), reverse("inspections:tasks") + (f"?{kept}" if kept else "")), *more]
