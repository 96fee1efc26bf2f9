"""Recusal declarations, partner departments and their officers."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chengshu.inspections.forms.setup import DepartmentForm, HomeForm, InterestForm, PartnerOfficerForm
from chengshu.inspections.models import OfficerInterest, PartnerDepartment, PartnerOfficer
from chengshu.inspections.services import interests, partners
from chengshu.inspections.services.base import InspectionProblem
from chengshu.kernel.access import permission_required
from chengshu.ui.paging import paginate

from .planning_common import CONFIGURE, PLAN, WORK, district_of, person, show_problem


# --- recusal ----------------------------------------------------------------------------------------
@permission_required(WORK)
@require_http_methods(["GET", "POST"])
def my_interests(request: HttpRequest) -> HttpResponse:
    """An officer's own declarations: the street of home, interests in objects."""
    user = person(request)
    district = user.unit.district
    kind = request.POST.get("kind", "")
    data = request.POST if request.method == "POST" else None
    home = HomeForm(data if kind == "home" else None, prefix="home", district=district)
    interest = InterestForm(data if kind == "object" else None, prefix="object", district=district)
    used: Any = home if kind == "home" else interest
    if data is not None and used.is_valid():
        held = used.cleaned_data
        try:
            interests.declare(
                user,
                by=user,
                town=held.get("town"),
                target=held.get("target"),
                reason=held.get("reason", ""),
            )
        except InspectionProblem as problem:
            show_problem(used, problem)
        else:
            messages.success(request, _("Declared. You are not drawn there any more."))
            return redirect("inspections:interests")
    rows = OfficerInterest.objects.filter(officer=user).select_related("town", "object").order_by("-pk")
    context = {"home": home, "interest": interest, "rows": rows, "trail": [(_("Recusal"), "")]}
    status = 422 if data is not None else 200
    return render(request, "inspections/planning_interests.html", context, status=status)


@permission_required(WORK)
@require_POST
def interest_end(request: HttpRequest, pk: int) -> HttpResponse:
    """One of one's own declarations is over."""
    mine = get_object_or_404(OfficerInterest, pk=pk, officer=person(request))
    interests.end(mine, by=person(request))
    messages.success(request, _("Ended. You may be drawn there again."))
    return redirect("inspections:interests")


@permission_required(PLAN)
@require_GET
def interest_list(request: HttpRequest) -> HttpResponse:
    """All declarations of the district, for whoever plans."""
    rows = (
        OfficerInterest.objects.filter(district=district_of(request, PLAN))
        .select_related("officer", "officer__unit", "town", "object")
        .order_by("ended_at", "officer__unit", "officer__name_key", "pk")
    )
    if not request.GET.get("ended"):
        rows = rows.filter(ended_at=None)
    context = {
        "page": paginate(rows, request),
        "ended": bool(request.GET.get("ended")),
        "trail": [(_("Recusal declarations"), "")],
    }
    return render(request, "inspections/planning_interest_list.html", context)


# --- partner departments ----------------------------------------------------------------------------
def _trail(*more: tuple[str, str]) -> list[tuple[str, str]]:
    return [(_("Partner departments"), reverse("inspections:partners")), *more]


@permission_required(CONFIGURE)
@require_GET
def partner_list(request: HttpRequest) -> HttpResponse:
    """Departments with their officers."""
    officers = Prefetch("officers", PartnerOfficer.objects.order_by("name"))
    rows = PartnerDepartment.objects.filter(district=district_of(request, CONFIGURE))
    context = {"departments": rows.prefetch_related(officers), "trail": [(_("Partner departments"), "")]}
    return render(request, "inspections/planning_partners.html", context)


@permission_required(CONFIGURE)
@require_http_methods(["GET", "POST"])
def partner_new(request: HttpRequest) -> HttpResponse:
    """Add a department."""
    return _department(request, None)


@permission_required(CONFIGURE)
@require_http_methods(["GET", "POST"])
def partner_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a department."""
    return _department(request, _own(request, pk))


def _own(request: HttpRequest, pk: int) -> PartnerDepartment:
    found: PartnerDepartment = get_object_or_404(
        PartnerDepartment, pk=pk, district=district_of(request, CONFIGURE)
    )
    return found


def _department(request: HttpRequest, held: PartnerDepartment | None) -> HttpResponse:
    district = district_of(request, CONFIGURE)
    initial = {"code": held.code, "name": held.name, "active": held.active} if held else {}
    form = DepartmentForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_bound and form.is_valid():
        try:
            partners.save_department(district, by=person(request), department=held, **form.cleaned_data)
        except InspectionProblem as problem:
            show_problem(form, problem)
        else:
            messages.success(request, _("Saved."))
            return redirect("inspections:partners")
    return _form(request, form, held.name if held else _("New department"))


@permission_required(CONFIGURE)
@require_http_methods(["GET", "POST"])
def partner_officer_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Add an officer to a department."""
    return _officer(request, _own(request, pk), None)


@permission_required(CONFIGURE)
@require_http_methods(["GET", "POST"])
def partner_officer(request: HttpRequest, pk: int, officer: int) -> HttpResponse:
    """Change an officer of a department."""
    department = _own(request, pk)
    return _officer(request, department, get_object_or_404(PartnerOfficer, pk=officer, department=department))


def _officer(
    request: HttpRequest, department: PartnerDepartment, held: PartnerOfficer | None
) -> HttpResponse:
    names = ("name", "certificate", "valid_to", "active")
    initial = {name: getattr(held, name) for name in names} if held else {}
    form = PartnerOfficerForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_bound and form.is_valid():
        try:
            partners.save_officer(department, by=person(request), officer=held, **form.cleaned_data)
        except InspectionProblem as problem:
            show_problem(form, problem)
        else:
            messages.success(request, _("Saved."))
            return redirect("inspections:partners")
    title = f"{department.name} · {held.name if held else _('New officer')}"
    return _form(request, form, title)


def _form(request: HttpRequest, form: Any, title: str) -> HttpResponse:
    context = {
        "form": form,
        "title": title,
        "back": reverse("inspections:partners"),
        "trail": _trail((title, "")),
    }
    return render(request, "inspections/planning_form.html", context, status=422 if form.errors else 200)
