"""Annual plans: years and revisions, rules, approval."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chengshu.bureau.models import District
from chengshu.inspections.forms.rules import PlanForm, RulesForm
from chengshu.inspections.models import AnnualPlan
from chengshu.inspections.planning_words import PLAN_TONES, QUARTERS
from chengshu.inspections.queries.preview import in_words
from chengshu.inspections.services import planning
from chengshu.inspections.services.base import InspectionProblem
from chengshu.inspections.simulation import told
from chengshu.kernel.access import permission_required
from chengshu.registry.queries.reference import districts_of
from chengshu.ui.paging import PER_PAGE

from .planning_common import APPROVE, PLAN, VIEW, district_of, link, may_at, person, show_problem

State = AnnualPlan.State


def _trail(*more: tuple[str, str]) -> list[tuple[str, str]]:
    return [(_("Annual plans"), reverse("inspections:plans")), *more]


def _plan(request: HttpRequest, pk: int) -> AnnualPlan:
    rows = AnnualPlan.objects.filter(district__in=districts_of(person(request).scope_for(VIEW)))
    found: AnnualPlan = get_object_or_404(
        rows.select_related("created_by", "edited_by", "approved_by"), pk=pk
    )
    return found


@permission_required(VIEW)
@require_GET
def plan_list(request: HttpRequest) -> HttpResponse:
    """Years and their revisions, newest first."""
    user = person(request)
    plans = (
        AnnualPlan.objects.filter(district__in=districts_of(user.scope_for(VIEW)))
        .select_related("created_by", "approved_by")
        .annotate(n=Count("tasks"))
    )
    rows = [{"plan": plan, "tone": PLAN_TONES[State(plan.state)]} for plan in plans]
    context = {
        "rows": rows,
        "may_plan": user.may(PLAN),
        "coverage_url": link("inspections:coverage"),
    }
    return render(request, "inspections/planning_plans.html", context)


@permission_required(VIEW)
@require_GET
def plan_page(request: HttpRequest, pk: int) -> HttpResponse:
    """A plan: its rules in words, what they do, its tasks; approval."""
    plan = _plan(request, pk)
    draft = plan.state == State.DRAFT
    may_plan = may_at(request, PLAN, plan.district_id)
    tasks = plan.tasks.order_by("quarter", "id").select_related("item")
    context = {
        "plan": plan,
        "tone": PLAN_TONES[State(plan.state)],
        "words": in_words(plan.rules),
        "simulation": told(plan.simulation),
        "tasks": tasks,
        "quarter_names": QUARTERS,
        "long": len(tasks) > PER_PAGE,
        "may_edit": draft and may_plan,
        "may_add": plan.state != State.SUPERSEDED and may_plan,
        "may_revise": plan.state == State.APPROVED and may_plan,
        "may_approve": draft and may_at(request, APPROVE, plan.district_id),
        "missing": _missing(request, plan, len(tasks)) if draft else [],
        "simulate_url": link("inspections:plan_simulate", plan.pk) if draft and may_plan else "",
        "coverage_url": link("inspections:coverage"),
        "trail": _trail((str(plan.year), "")),
    }
    return render(request, "inspections/planning_plan.html", context)


def _missing(request: HttpRequest, plan: AnnualPlan, tasks: int) -> list[str]:
    """What stands between a draft and its approval."""
    missing = []
    if plan.simulation is None:
        missing.append(_("The effect of the rules has not been computed yet."))
    if not tasks:
        missing.append(_("The plan has no tasks yet."))
    if may_at(request, APPROVE, plan.district_id) and planning.wrote(plan, person(request)):
        missing.append(_("Another person than those who wrote the plan or changed it last approves it."))
    return missing


@permission_required(PLAN)
@require_http_methods(["GET", "POST"])
def plan_new(request: HttpRequest) -> HttpResponse:
    """A draft; where the year has a plan, its next revision with the rules as they are."""
    district = district_of(request, PLAN)
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isascii() and asked.isdigit() and len(asked) == 4 else 0
    last = AnnualPlan.objects.filter(district=district, year=year).first() if year else None
    initial = {"year": year or timezone.localdate().year, "note": ""}
    return _form_page(request, district, None, initial, last.rules if last else {})


@permission_required(PLAN)
@require_http_methods(["GET", "POST"])
def plan_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a draft."""
    plan = get_object_or_404(AnnualPlan, pk=pk, district=district_of(request, PLAN))
    return _form_page(request, plan.district, plan, {"year": plan.year, "note": plan.note}, plan.rules)


def _form_page(
    request: HttpRequest,
    district: District,
    plan: AnnualPlan | None,
    initial: dict[str, Any],
    kept: dict[str, Any],
) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    form = PlanForm(data, initial=initial)
    rules = RulesForm(data, prefix="rules", district=district, initial=RulesForm.initial_of(kept))
    if plan is not None:
        form.fields["year"].disabled = True
    if data is not None and form.is_valid() & rules.is_valid():
        held, by = form.cleaned_data, person(request)
        try:
            if plan is None:
                plan = planning.create_plan(district, held["year"], rules.rules(), by=by, note=held["note"])
            else:
                planning.change_plan(plan, rules.rules(), by=by, note=held["note"])
        except InspectionProblem as problem:
            show_problem(form, problem)
        else:
            messages.success(request, _("Saved."))
            return redirect("inspections:plan", plan.pk)
    title = _("Plan of %(year)s") % {"year": plan.year} if plan else _("New plan")
    back = reverse("inspections:plan", args=[plan.pk]) if plan else reverse("inspections:plans")
    context = {
        "form": form,
        "rules": rules,
        "words": in_words(kept) if kept else [],
        "title": title,
        "back": back,
        "trail": _trail((title, "")),
    }
    status = 422 if form.errors or rules.errors else 200
    return render(request, "inspections/planning_plan_form.html", context, status=status)


@permission_required(PLAN)
@require_POST
def rules_words(request: HttpRequest) -> HttpResponse:
    """The rules of a form in words, as they will be announced."""
    form = RulesForm(request.POST, prefix="rules", district=district_of(request, PLAN))
    words: list[str] = []
    if form.is_valid():
        words = in_words(form.rules())
    problems = [str(error) for errors in form.errors.values() for error in errors]
    return render(request, "inspections/planning_words.html", {"words": words, "problems": problems})


@permission_required(APPROVE)
@require_POST
def plan_approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve a draft that somebody else wrote."""
    plan = get_object_or_404(AnnualPlan, pk=pk, district=district_of(request, APPROVE))
    try:
        planning.approve_plan(plan, by=person(request))
    except InspectionProblem as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("The plan is approved."))
    return redirect("inspections:plan", plan.pk)
