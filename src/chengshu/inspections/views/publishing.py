"""Publication of results: what is due, what no longer holds, the quarter in one click, what is public now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from chengshu.inspections.lifecycle import Result, TaskState
from chengshu.inspections.models import Inspection, InspectionDisclosure, InspectionTask, QuarterlyPublication
from chengshu.inspections.planning_words import QUARTERS, light_of
from chengshu.inspections.services import publishing
from chengshu.inspections.services.base import InspectionProblem
from chengshu.kernel.access import permission_required
from chengshu.ui.paging import paginate

from .planning_common import VIEW, district_of, may_at, person

PUBLISH = "inspections.publish"
MOST = 500
"""Results published by one press: more are published by quarter, or by pressing again."""
SHOWN = 20
"""Rows of what was published or withdrawn last."""


@dataclass(frozen=True)
class Row:
    """A result that waits, with its light."""

    inspection: Inspection
    until: date | None
    light: Any


class QuarterForm(forms.Form):
    """Which quarter is published."""

    year = forms.IntegerField(label=gettext_lazy("Year"), min_value=2000, max_value=2100)
    quarter = forms.TypedChoiceField(label=gettext_lazy("Quarter"), choices=QUARTERS, coerce=int)


class ReasonForm(forms.Form):
    """Why something is withdrawn."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300)


@permission_required(VIEW)
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Everything about publication on one page; a squad sees what concerns its own inspections."""
    user = person(request)
    district = user.unit.district
    own = Inspection.objects.visible_to(user).order_by().values("pk")
    today = timezone.localdate()
    waiting = paginate(publishing.unpublished(district.pk).filter(pk__in=own), request, per_page=50)
    last = InspectionTask.objects.filter(district=district, state=TaskState.DONE).first()
    initial = {"year": last.year, "quarter": last.quarter} if last else {"year": today.year, "quarter": 1}
    shown = InspectionDisclosure.objects.filter(inspection__in=own, withdrawn_at=None)
    outdated = publishing.outdated(district.pk).filter(inspection__in=own)
    context = {
        "page": waiting,
        "rows": [_row(inspection, today) for inspection in waiting],
        "outdated": [(row, publishing.withdraw_by(publishing.corrected_at(row))) for row in outdated],
        "quarters": QuarterlyPublication.objects.filter(district=district)[:12],
        "done": InspectionTask.objects.filter(district=district, state=TaskState.DONE).count(),
        "quarter_form": QuarterForm(initial=initial),
        "recent": [(row, Result(row.content["result"]).label) for row in shown[:SHOWN]],
        "taken_down": publishing.taken_down(district.pk).filter(inspection__in=own)[:SHOWN],
        "may_publish": may_at(request, PUBLISH, district.pk),
        "most": MOST,
    }
    return render(request, "inspections/publication.html", context)


def _row(inspection: Inspection, today: date) -> Row:
    until = publishing.publish_by(inspection)
    if until is None:
        return Row(inspection, None, None)
    return Row(inspection, until, light_of(until, today, running=True))


def _answer(request: HttpRequest, problem: InspectionProblem | None, done: str) -> HttpResponse:
    if problem is not None:
        messages.error(request, str(problem))
    else:
        messages.success(request, done)
    return redirect("inspections:publication")


@permission_required(PUBLISH)
@require_POST
def publish(request: HttpRequest) -> HttpResponse:
    """Publish the results ticked, or all that wait."""
    district = district_of(request, PUBLISH)
    rows = publishing.unpublished(district.pk)
    if "all" not in request.POST:
        rows = rows.filter(pk__in=[int(pk) for pk in request.POST.getlist("pk") if pk.isdecimal()][:MOST])
    problem: InspectionProblem | None = None
    made: list[Any] = []
    try:
        made = publishing.publish(list(rows[:MOST]), by=person(request))
        if not made:
            problem = InspectionProblem(_("Choose at least one result."))
    except InspectionProblem as refused:
        problem = refused
    return _answer(request, problem, _("%(n)d results are published.") % {"n": len(made)})


@permission_required(PUBLISH)
@require_POST
def publish_quarter(request: HttpRequest) -> HttpResponse:
    """The quarter's publication."""
    district = district_of(request, PUBLISH)
    form = QuarterForm(request.POST)
    if not form.is_valid():
        return _answer(request, InspectionProblem(_("Give a year and a quarter from 1 to 4.")), "")
    try:
        publishing.publish_quarter(
            district, form.cleaned_data["year"], form.cleaned_data["quarter"], by=person(request)
        )
    except InspectionProblem as refused:
        return _answer(request, refused, "")
    return _answer(request, None, _("The quarter is published."))


def _disclosure(request: HttpRequest, pk: int) -> InspectionDisclosure:
    district = district_of(request, PUBLISH)
    found: InspectionDisclosure = get_object_or_404(InspectionDisclosure, pk=pk, district=district)
    return found


@permission_required(PUBLISH)
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a published result down."""
    row, form = _disclosure(request, pk), ReasonForm(request.POST)
    try:
        publishing.withdraw(row, form.data.get("reason", ""), by=person(request))
    except InspectionProblem as refused:
        return _answer(request, refused, "")
    return _answer(request, None, _("The result is withdrawn."))


@permission_required(PUBLISH)
@require_POST
def publish_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Replace a published result by the corrected one."""
    row, form = _disclosure(request, pk), ReasonForm(request.POST)
    try:
        publishing.publish_again(row, form.data.get("reason", ""), by=person(request))
    except InspectionProblem as refused:
        return _answer(request, refused, "")
    return _answer(request, None, _("The corrected result is published."))


@permission_required(PUBLISH)
@require_POST
def put_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Publish a result again that was withdrawn by mistake."""
    row, form = _disclosure(request, pk), ReasonForm(request.POST)
    try:
        publishing.put_back(row, form.data.get("reason", ""), by=person(request))
    except InspectionProblem as refused:
        return _answer(request, refused, "")
    return _answer(request, None, _("The result is published again."))
