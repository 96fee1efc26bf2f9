"""Duty rosters, a week at a time."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from chengshu.bureau import queries
from chengshu.bureau.forms import DutyForm, RosterFilter
from chengshu.bureau.models import RosterEntry, Unit, User
from chengshu.bureau.services import rosters
from chengshu.bureau.services.base import reaches
from chengshu.bureau.views.common import refusals_told, tell_errors, visible_unit
from chengshu.kernel.access import permission_required


@permission_required("bureau.view")
@require_safe
def roster(request: HttpRequest) -> HttpResponse:
    """/roster/: one unit, one week; rows are people, columns days."""
    viewer: Any = request.user
    form = RosterFilter(request.GET, user=viewer)
    choices = [pk for pk, _label in form.fields["unit"].choices]  # type: ignore[attr-defined]
    wanted = request.GET.get("unit", "")
    unit_id = wanted if wanted in choices else str(viewer.unit_id)
    unit = visible_unit(request, int(unit_id))
    monday = queries.week_of(request.GET.get("week"))
    form = RosterFilter({"unit": unit_id, "week": week_name(monday)}, user=viewer)
    people = list(User.objects.filter(unit=unit, is_active=True))
    duties = queries.duties(viewer, unit.pk, monday)
    days = [monday + timedelta(days=n) for n in range(7)]
    may_edit = reaches(viewer, "bureau.roster.manage", unit)
    context = {
        "form": form,
        "unit": unit,
        "days": days,
        "today": timezone.localdate(),
        "now": timezone.now(),
        "rows": _rows(people, duties, days),
        "may_edit": may_edit,
        "duty_form": DutyForm(people=people, initial={"day": _first_open(days)}) if may_edit else None,
        "before": week_name(monday - timedelta(days=7)),
        "after": week_name(monday + timedelta(days=7)),
    }
    return render(request, "bureau/roster.html", context)


@permission_required("bureau.roster.manage")
@require_POST
def duty_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Put somebody on duty."""
    viewer: Any = request.user
    unit = visible_unit(request, pk)
    form = DutyForm(request.POST, people=list(User.objects.filter(unit=unit, is_active=True)))
    if not form.is_valid():
        tell_errors(request, form)
        return _back(unit, timezone.localdate())
    starts, ends = form.span()
    data = form.cleaned_data
    with refusals_told(request):
        rosters.plan(
            unit,
            data["user"],
            by=viewer,
            duty=data["duty"],
            starts_at=starts,
            ends_at=ends,
            note=data["note"],
        )
        messages.success(request, _("The duty has been added."))
    return _back(unit, data["day"])


@permission_required("bureau.roster.manage")
@require_POST
def duty_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take somebody off duty."""
    viewer: Any = request.user
    duties = RosterEntry.objects.visible_to(viewer).select_related("unit", "user")
    entry = get_object_or_404(duties, pk=pk)
    with refusals_told(request):
        rosters.remove(entry, by=viewer)
        messages.success(request, _("The duty has been removed."))
    return _back(entry.unit, timezone.localtime(entry.starts_at).date())


def week_name(day: date) -> str:
    """``2020-W23``, as the browser's week field says it."""
    year, week, _weekday = day.isocalendar()
    return f"{year}-W{week:02d}"


def _rows(people: list[User], duties: list[RosterEntry], days: list[date]) -> list[dict[str, Any]]:
    """A row a person, a cell a day; a duty stands on the day it begins."""
    by_cell: dict[tuple[int, date], list[RosterEntry]] = {}
    shown = {person.pk: person for person in people}
    for duty in duties:
        shown.setdefault(duty.user_id, duty.user)
        day = max(timezone.localtime(duty.starts_at).date(), days[0])
        by_cell.setdefault((duty.user_id, day), []).append(duty)
    return [
        {"person": person, "cells": [(day, by_cell.get((pk, day), [])) for day in days]}
        for pk, person in shown.items()
    ]


def _first_open(days: list[date]) -> date:
    return max(days[0], timezone.localdate() + timedelta(days=1))


def _back(unit: Unit, day: date) -> HttpResponse:
    query = urlencode({"unit": str(unit.pk), "week": week_name(day)})
    return redirect(f"{reverse('bureau:roster')}?{query}")
