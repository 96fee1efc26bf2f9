"""The list of inspections: the officer's own, the squad's, the district's; and as a table to take away."""

from __future__ import annotations

import tempfile
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_POST

from chengshu.inspections import exporting
from chengshu.inspections.forms.filters import WorkFilterForm
from chengshu.inspections.lifecycle import PROBLEM, Kind, Result, State
from chengshu.inspections.queries import work
from chengshu.inspections.queries.work import ALL, DRAWN, MINE, OUTSIDE, Figures
from chengshu.inspections.views.common import VIEW, WORK, person
from chengshu.inspections.words import OUTSIDE as OUTSIDE_KINDS
from chengshu.inspections.words import STATE_TONES, light_of, result_tone
from chengshu.kernel.access import permission_required
from chengshu.registry.queries.reference import Reference, area_label, reference
from chengshu.ui.filters import active, rewrite_query
from chengshu.ui.paging import page_number

ASSIGN = "inspections.assign"


@permission_required(VIEW)
@require_GET
def work_list(request: HttpRequest) -> HttpResponse:
    """The list: session, person and one query for figures, total and rows."""
    user = person(request)
    form = WorkFilterForm(_with_defaults(request.GET, user), user)
    wanted = form.wanted()
    found = work.work_page(user, wanted, page_number(request))
    known, today = reference(), timezone.localdate()
    return render(
        request,
        "inspections/work_list.html",
        {
            "form": form,
            "page": found.page,
            "rows": [_as_shown(row, known, today) for row in found.page],
            "whose": _whose(user, wanted.whose, request.GET),
            "tabs": _tabs(found.figures, wanted.tab, request.GET),
            "figures": _figures(found.figures, wanted.tab),
            "near": wanted.near,
            "asked": request.GET.urlencode(),
            "may_arrange": user.may(WORK) or user.may(ASSIGN),
            "drawn": wanted.tab == DRAWN,
        },
    )


def _with_defaults(query: QueryDict, user: Any) -> QueryDict:
    """Whoever inspects begins with one's own list, everybody else with all they may see."""
    if query.get("whose") in (MINE, ALL):
        return query
    filled = query.copy()
    filled["whose"] = MINE if user.may(WORK) and not user.may(ASSIGN) else ALL
    return filled


def _whose(user: Any, current: str, query: QueryDict) -> list[dict[str, Any]]:
    ways = [(ALL, _("All I may see"))]
    if user.may(WORK):
        ways.insert(0, (MINE, _("My inspections")))
    return [
        {"label": label, "url": rewrite_query(query, whose=code, squad=None), "current": code == current}
        for code, label in ways
    ]


def _tabs(figures: dict[str, Figures], current: str, query: QueryDict) -> list[dict[str, Any]]:
    """Two lists that are never added up."""
    drawn = figures.get(Kind.RANDOM, Figures()).open
    others = sum(figures.get(kind, Figures()).open for kind in OUTSIDE_KINDS)
    return [
        {
            "label": label,
            "url": rewrite_query(query, tab=code, kind=None),
            "count": count,
            "current": code == current,
        }
        for code, label, count in (
            (DRAWN, _("Random inspections"), drawn),
            (OUTSIDE, _("Outside the draw"), others),
        )
    ]


def _figures(figures: dict[str, Figures], tab: str) -> list[tuple[Any, Figures]]:
    """The figures of the tab: one line a kind."""
    kinds = (Kind.RANDOM,) if tab == DRAWN else OUTSIDE_KINDS
    return [(kind.label, figures.get(kind, Figures())) for kind in kinds]


def _as_shown(row: work.Row, known: Reference, today: Any) -> dict[str, Any]:
    kind = known.classes.get(row.object_class_id)
    return {
        "url": reverse("inspections:inspection", args=[row.id]),
        "number": row.number,
        "object": row.object,
        "address": row.address,
        "class": kind.label if kind else "",
        "kind": Kind(row.kind).label,
        "squad": area_label(known.squads.get(row.squad_id or 0)),
        "team": row.team,
        "state": State(row.state).label,
        "tone": STATE_TONES[State(row.state)],
        "result": Result(row.result).label if row.result else "",
        "result_tone": result_tone(row.result),
        "problem": row.result in PROBLEM,
        "due": row.rectify_by if row.state == State.ORDERED else row.due_on,
        "light": light_of(row, today),
        "done_at": row.done_at,
        "task": row.task,
        "lead": row.lead,
        "metres": None if row.metres is None else round(row.metres),
    }


@permission_required(VIEW)
@require_POST
def work_export(request: HttpRequest) -> HttpResponse:
    """The inspections that the filters leave, as a workbook: names of people masked."""
    user = person(request)
    query = _with_defaults(QueryDict(request.POST.get("query", "")), user)
    form = WorkFilterForm(query, user)
    wanted = form.wanted()
    kind = pgettext("inspection", "Kind")
    tab = _("Random inspections") if wanted.tab == DRAWN else _("Outside the draw")
    words = "; ".join([f"{kind} {tab}", *(f"{one.label} {one.value}".strip() for one in active(form, query))])
    try:
        made = exporting.plan(user, wanted, words)
    except exporting.ExportProblem as problem:
        messages.error(request, str(problem))
        return redirect(f"{reverse('inspections:work')}?{query.urlencode()}")
    file = tempfile.SpooledTemporaryFile(max_size=8 << 20)  # noqa: SIM115 (the response closes it)
    exporting.write(made, file)  # type: ignore[arg-type]
    file.seek(0)
    name = f"{_('Inspections')}-{timezone.localdate():%Y%m%d}.xlsx"
    answer: Any = FileResponse(file, as_attachment=True, filename=name)
    return answer  # type: ignore[no-any-return]
