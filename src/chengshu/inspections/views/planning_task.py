"""The page of a task: from its rules to its proof."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from chengshu.bureau.models.labels import in_language
from chengshu.inspections.forms.draws import DrawForm, value_shown
from chengshu.inspections.forms.tasks import ReasonForm
from chengshu.inspections.lifecycle import DrawState, State, TaskState
from chengshu.inspections.models import Draw, Inspection, InspectionTask
from chengshu.inspections.planning_words import DRAW_TONES, STATE_TONES, TASK_TONES, light_of
from chengshu.inspections.queries import drawn as queries
from chengshu.inspections.queries.preview import in_words
from chengshu.inspections.queries.tasks import RUNNING
from chengshu.kernel.access import permission_required
from chengshu.leads.words import time_left
from chengshu.registry.models import ObjectClass

from .planning_common import ASSIGN, DRAW, PLAN, VIEW, link, may_at, person, trail, visible_task

LIVE = (DrawState.COMMITTED, DrawState.DRAWN)


@permission_required(VIEW)
@require_GET
def task_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything of one task, as far as the person may see it."""
    task = visible_task(request, pk)
    return render(request, "inspections/planning_task.html", task_context(request, task))


def task_context(request: HttpRequest, task: InspectionTask, form: DrawForm | None = None) -> dict[str, Any]:
    """What the page shows; ``form``: the draw's, where it was refused."""
    attempts = [_attempt(draw) for draw in task.draws.select_related("committed_by", "drawn_by")]
    live = next((one for one in attempts if one["draw"].state != DrawState.ABANDONED), None)
    may_plan = may_at(request, PLAN, task.district_id)
    may_draw = may_at(request, DRAW, task.district_id)
    planned = task.state == TaskState.PLANNED
    draft_plan = task.plan is not None and task.plan.state == task.plan.State.DRAFT
    return {
        "task": task,
        "state": TaskState(task.state).label,
        "quarter": f"{task.year} Q{task.quarter}",
        "tone": TASK_TONES[TaskState(task.state)],
        "light": light_of(task.due_on, timezone.localdate(), running=task.state in RUNNING),
        "classes": _classes(task),
        "towns": [town.label for town in task.towns.defer("boundary")],
        "squads": [squad.label for squad in task.squads.all()],
        "words": in_words(task.rules),
        "attempts": attempts,
        "live": live,
        "waiting": waiting(live["draw"]) if live and live["draw"].state == DrawState.COMMITTED else None,
        "may_edit": planned and may_plan,
        "may_commit": planned and may_draw and not draft_plan,
        "draft_plan": planned and draft_plan,
        "may_preview": planned and (may_plan or may_draw),
        "may_draw": may_draw,
        "may_abandon": may_draw and live is not None and live["draw"].state in LIVE and not task.done_count,
        "form": form or (_draw_form(live["draw"]) if live and may_draw else None),
        "reason": ReasonForm(),
        "map_url": reverse("inspections:drawn_map") + f"?task={task.pk}",
        "trail": trail(request, (task.number, "")),
        **_drawn(request, task),
    }


def _classes(task: InspectionTask) -> list[str]:
    rows = ObjectClass.objects.filter(district=task.district_id, code__in=task.object_classes)
    return [one.label for one in rows]


def _attempt(draw: Draw) -> dict[str, Any]:
    commitment = draw.commitment
    return {
        "draw": draw,
        "state": DrawState(draw.state).label,
        "tone": DRAW_TONES[DrawState(draw.state)],
        "values": [value_shown(value) for value in draw.values or commitment["public_values"]],
        "reason": commitment["reason"],
        "portal_url": link("portal:draw", draw.pk),
        "candidates": commitment["candidates"],
        "officers": commitment["officers"],
        "quota": sum(stratum["quota"] for stratum in commitment["rules"]["strata"]),
    }


def waiting(draw: Draw) -> str:
    """How long until all public values are due; empty once they are."""
    due = max(value_shown(value)["due"] for value in draw.commitment["public_values"])
    rest = due - timezone.now()
    if rest.total_seconds() <= 0:
        return ""
    return time_left(rest) if rest.total_seconds() >= 60 else str(_("less than a minute to go"))


def _draw_form(draw: Draw) -> DrawForm | None:
    return DrawForm(draw=draw) if draw.state == DrawState.COMMITTED else None


def _drawn(request: HttpRequest, task: InspectionTask) -> dict[str, Any]:
    """The drawn inspections by squad and one by one."""
    if not task.attempts:
        return {}
    user = person(request)
    wanted = queries.DrawnFilter(task=task.pk)
    page = queries.drawn_page(user, wanted, request)
    by_squad = queries.inspection_figures(user, wanted)
    squads = [
        {
            "label": in_language(place.zh or _("no squad"), place.en),
            "url": reverse("inspections:drawn") + f"?task={task.pk}&squad={place.squad or ''}",
            **figures,
        }
        for place, figures in by_squad.items()
    ]
    return {
        "page": page,
        "rows": drawn_rows(request, page),
        "by_squad": sorted(squads, key=lambda one: str(one["label"])),
    }


def drawn_rows(request: HttpRequest, page: Any) -> list[dict[str, Any]]:
    """Inspections as a table shows them; whoever may withdraw one gets the way to it."""
    today = timezone.localdate()
    scopes = [person(request).scope_for(way) for way in (DRAW, ASSIGN)]
    rows = []
    for one in page:
        running = one.state in queries.WAITING
        covered = any(s.covers(district_id=one.district_id, squad_id=one.squad_id) for s in scopes)
        rows.append(
            {
                "one": one,
                "url": link("inspections:inspection", one.pk),
                "object_url": reverse("registry:object", args=[one.object_id]),
                "squad": one.squad.label if one.squad else "",
                "state": State(one.state).label,
                "tone": STATE_TONES[State(one.state)],
                "light": light_of(one.due_on, today, running=running),
                "withdraw": running and covered,
            }
        )
    return rows


@permission_required(VIEW)
@require_GET
def draw_due(request: HttpRequest, pk: int) -> HttpResponse:
    """The countdown; once the values are due it tells the page to load again."""
    task = visible_task(request, pk)
    draw = task.draws.filter(state=DrawState.COMMITTED).first()
    left = waiting(draw) if draw else ""
    answer = render(request, "inspections/planning_countdown.html", {"task": task, "waiting": left})
    if not left:
        answer["HX-Refresh"] = "true"
    return answer


def visible_inspection(request: HttpRequest, pk: int) -> Inspection:
    """A drawn inspection inside the person's area; 404 for any other."""
    rows = Inspection.objects.visible_to(person(request)).filter(draw__isnull=False)
    found: Inspection = get_object_or_404(rows.select_related("object", "task", "draw"), pk=pk)
    return found
