"""Tasks: their list, making, changing and cancelling them, what they would draw from."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chengshu.bureau.models import District
from chengshu.bureau.models.labels import in_language
from chengshu.inspections.forms.rules import RulesForm
from chengshu.inspections.forms.tasks import ReasonForm, TaskFilterForm, TaskForm
from chengshu.inspections.lifecycle import TaskState
from chengshu.inspections.models import AnnualPlan, InspectionItem, InspectionTask
from chengshu.inspections.planning_words import TASK_TONES, light_of
from chengshu.inspections.queries.preview import preview, unsaved
from chengshu.inspections.queries.tasks import RUNNING, task_page
from chengshu.inspections.services import planning
from chengshu.inspections.services.base import InspectionProblem
from chengshu.kernel.access import permission_required

from .planning_common import (
    DRAW,
    LISTED,
    PLAN,
    VIEW,
    district_of,
    may_at,
    person,
    show_problem,
    trail,
    visible_task,
)

COOKIE_SECONDS = 12 * 3600


@permission_required(VIEW)
@require_GET
def task_list(request: HttpRequest) -> HttpResponse:
    """The list: session, person and one query. Its filters are remembered for the way back."""
    user, today = person(request), timezone.localdate()
    form, sort = TaskFilterForm(request.GET, user), request.GET.get("sort", "")
    page = task_page(user, form.wanted(), request, sort)
    asked = request.GET.urlencode()
    ways = [
        (_("Not done yet"), "state=running"),
        (_("Announced, not drawn yet"), "state=committed"),
        (pgettext("inspections", "Overdue"), "light=red"),
        (_("This year"), f"year={today.year}"),
        (_("All"), ""),
    ]
    context = {
        "form": form,
        "page": page,
        "rows": [_as_shown(task, today) for task in page],
        "tabs": [{"label": label, "query": query, "current": query == asked} for label, query in ways],
        "sort": sort,
        "may_plan": user.may(PLAN),
    }
    answer = render(request, "inspections/planning_tasks.html", context)
    answer.set_cookie(LISTED, asked[:1000], max_age=COOKIE_SECONDS, httponly=True, samesite="Lax")
    return answer


def _as_shown(task: Any, today: date) -> dict[str, Any]:
    squads = [
        {"label": in_language(one["zh"] or _("no squad"), one["en"] or ""), **one} for one in task.by_squad
    ]
    return {
        "task": task,
        "url": reverse("inspections:task", args=[task.pk]),
        "state": TaskState(task.state).label,
        "tone": TASK_TONES[TaskState(task.state)],
        "light": light_of(task.due_on, today, running=task.state in RUNNING),
        "squads": sorted(squads, key=lambda one: str(one["label"])),
        "squads_done": sum(one["done"] for one in squads),
        "squads_n": sum(one["n"] for one in squads),
    }


@permission_required(PLAN)
@require_http_methods(["GET", "POST"])
def task_new(request: HttpRequest) -> HttpResponse:
    """A task of a plan, or outside one."""
    district, today = district_of(request, PLAN), timezone.localdate()
    asked = request.GET.get("plan", "")
    plan = None
    if asked.isascii() and asked.isdigit() and len(asked) < 19:
        plan = AnnualPlan.objects.filter(district=district, pk=int(asked)).first()
    initial = {
        "plan": str(plan.pk) if plan else "",
        "year": plan.year if plan else today.year,
        "quarter": (today.month + 2) // 3,
        "own_rules": plan is None,
    }
    return _form_page(request, district, None, initial, plan.rules if plan else {})


@permission_required(PLAN)
@require_http_methods(["GET", "POST"])
def task_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a task that is not announced yet."""
    task = visible_task(request, pk)
    if task.state != TaskState.PLANNED:
        messages.error(request, _("The task is announced; it cannot be changed any more."))
        return redirect("inspections:task", pk)
    return _form_page(request, task.district, task, TaskForm.initial_of(task), task.rules)


def _form_page(
    request: HttpRequest,
    district: District,
    task: InspectionTask | None,
    initial: dict[str, Any],
    kept: dict[str, Any],
) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    form = TaskForm(data, district=district, task=task, initial=initial)
    rules = RulesForm(data, prefix="rules", district=district, initial=RulesForm.initial_of(kept))
    if data is not None and (draft := _draft(form, rules)) is not None:
        try:
            if task is None:
                task = planning.create_task(district, draft, by=person(request), plan=form.chosen_plan)
            else:
                expected = request.POST.get("version", "")
                version = int(expected) if expected.isdigit() else None
                planning.change_task(task, draft, by=person(request), expected_version=version)
        except InspectionProblem as problem:
            show_problem(form, problem)
        else:
            messages.success(request, _("Saved."))
            return redirect("inspections:task", task.pk)
    title = f"{task.number} {task.title}" if task else _("New task")
    context = {
        "form": form,
        "rules": rules,
        "task": task,
        "title": title,
        "preview_url": reverse("inspections:task_preview_form") + (f"?task={task.pk}" if task else ""),
        "back": reverse("inspections:task", args=[task.pk]) if task else reverse("inspections:tasks"),
        "trail": trail(request, (title, "")),
    }
    status = 422 if data is not None else 200
    return render(request, "inspections/planning_task_form.html", context, status=status)


def _draft(form: TaskForm, rules: RulesForm) -> planning.TaskDraft | None:
    """What was entered; None where something does not answer. The rules count where the task has its own."""
    if not form.is_valid():
        return None
    if not form.cleaned_data["own_rules"]:
        return form.draft(None)
    return form.draft(rules.rules()) if rules.is_valid() else None


@permission_required(PLAN)
@require_POST
def task_preview_form(request: HttpRequest) -> HttpResponse:
    """What a task as it stands in the form would draw from."""
    district = district_of(request, PLAN)
    asked = request.GET.get("task", "")
    task = visible_task(request, int(asked)) if asked.isdigit() and len(asked) < 19 else None
    form = TaskForm(request.POST, district=district, task=task)
    rules = RulesForm(request.POST, prefix="rules", district=district)
    draft = _draft(form, rules)
    if draft is None:
        used = [form, rules] if form.data.get("own_rules") else [form]
        problems = [str(error) for one in used for errors in one.errors.values() for error in errors]
        return render(request, "inspections/planning_preview.html", {"problems": problems})
    item = InspectionItem.objects.get(district=district, code=draft.item)
    first, last = (date(draft.year, *day) for day in planning.QUARTERS[draft.quarter])
    plan = form.chosen_plan
    imagined = InspectionTask(
        district=district,
        year=draft.year,
        quarter=draft.quarter,
        object_classes=list(draft.object_classes or item.object_classes),
        rules=dict(draft.rules or (plan.rules if plan else {})),
        starts_on=draft.starts_on or first,
        due_on=draft.due_on or last,
    )
    return _preview_of(request, unsaved(imagined, draft.towns, draft.squads))


@permission_required(VIEW)
@require_GET
def task_preview(request: HttpRequest, pk: int) -> HttpResponse:
    """What a saved task would draw from today; for those who plan or draw, as counts."""
    task = visible_task(request, pk)
    if not any(may_at(request, way, task.district_id) for way in (PLAN, DRAW)):
        return HttpResponse(status=204)
    return _preview_of(request, task)


def _preview_of(request: HttpRequest, task: InspectionTask) -> HttpResponse:
    try:
        planning.checked_rules(task.rules)
        context: dict[str, Any] = {"preview": preview(task)}
    except InspectionProblem as problem:
        context = {"problems": [str(problem)]}
    return render(request, "inspections/planning_preview.html", context)


@permission_required(PLAN)
@require_POST
def task_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a task back before it is announced."""
    task, form = visible_task(request, pk), ReasonForm(request.POST)
    try:
        planning.cancel_task(task, form.data.get("reason", ""), by=person(request))
    except InspectionProblem as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("The task is cancelled."))
    return redirect("inspections:task", pk)
