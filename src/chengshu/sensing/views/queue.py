"""判定队列: suspects one after the other, decided by keyboard; the browser holds the next ones ready."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from shapely.geometry import shape

from chengshu.kernel.access import permission_required
from chengshu.registry.queries.reference import area_label
from chengshu.sensing.lifecycle import Kind, SuspectState
from chengshu.sensing.models import Suspect
from chengshu.sensing.queries import lists
from chengshu.sensing.queries.places import decided_before
from chengshu.sensing.refusing import DECIDE, SensingProblem
from chengshu.sensing.services import deciding
from chengshu.sensing.views.common import district_of, pair_of, person, viewer, visible_suspect
from chengshu.sensing.views.suspects import shown
from chengshu.sensing.words import score_words, sentences
from chengshu.ui.paging import paginate

MODES = ("first", "second")
AHEAD = 12
MINE = "sensing.decided"
KEPT = 200


@permission_required(DECIDE)
@require_GET
def queue_page(request: HttpRequest) -> HttpResponse:
    """The queue of first verdicts; ``?comparison=`` narrows it."""
    return _page(request, "first", _("Suspects to decide"))


@permission_required(DECIDE)
@require_GET
def second_page(request: HttpRequest) -> HttpResponse:
    """Samples for a second reader, and below what two readers disagree on."""
    return _page(request, "second", _("Second reading"))


def _page(request: HttpRequest, mode: str, title: str) -> HttpResponse:
    district_of(request, DECIDE)
    user = person(request)
    rows = paginate(lists.disagreed(user), request) if mode == "second" else None
    context = {
        "title": title,
        "mode": mode,
        "page": rows,
        "rows": [
            {**shown(row), "verdicts": [SuspectState(one.verdict).label for one in row.decisions.all()]}
            for row in rows or ()
        ],
        "viewer": viewer(
            queue=mode, nextUrl=reverse("sensing:queue_next", args=[mode]),
            decideUrl=reverse("sensing:queue_decide", args=[mode, 0]).replace("/0/", "/{id}/"),
            undoUrl=reverse("sensing:queue_undo", args=[0]).replace("/0/", "/{id}/"),
            comparison=_number(request.GET.get("comparison", "")),
        ),
    }  # fmt: skip
    return render(request, "sensing/queue.html", context)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None


@permission_required(DECIDE)
@require_GET
def queue_next(request: HttpRequest, mode: str) -> HttpResponse:
    """The next suspects, ready to be shown; ``?without=1,2`` leaves out those the browser has already."""
    if mode not in MODES:
        raise Http404
    user, comparison = person(request), _number(request.GET.get("comparison", ""))
    rows = (lists.second_queue if mode == "second" else lists.queue)(user, comparison=comparison)
    held = [pk for text in request.GET.get("without", "").split(",")[:KEPT] if (pk := _number(text))]
    here = list(rows.exclude(pk__in=held)[:AHEAD])
    return JsonResponse({"left": rows[:10_001].count(), "suspects": _cards(user, here, mode)})


def _cards(user: Any, rows: list[Suspect], mode: str) -> list[dict[str, Any]]:
    if not rows:
        return []
    earlier = decided_before(rows[0].district_id, [shape(row.outline) for row in rows], viewer=user)
    pairs = {row.comparison_id: pair_of(row.comparison) for row in rows}
    return [
        {
            "id": row.pk, "number": str(row), "outline": row.outline, "pair": pairs[row.comparison_id],
            "bounds": list(shape(row.outline).bounds), "kind": str(Kind(row.kind).label),
            "area": f"{row.area_m2:,.0f} m²", "score": score_words(row.score), "town": area_label(row.town),
            "gain": None if row.height_gain_m is None else f"{row.height_gain_m:+.1f} m",
            "reasons": sentences(row.reasons), "known": [one["title"] for one in row.known],
            "earlier": [
                f"{one.comparison.after.flown_on:%Y-%m-%d} {SuspectState(one.state).label}"
                for one in before if one.pk != row.pk
            ],
        }
        for row, before in zip(rows, earlier, strict=True)
    ]  # fmt: skip


@permission_required(DECIDE)
@require_POST
def queue_decide(request: HttpRequest, mode: str, pk: int) -> HttpResponse:
    """One verdict. ``key`` makes a repeated request harmless."""
    if mode not in MODES:
        raise Http404
    suspect, by, said = visible_suspect(request, pk, DECIDE), person(request), request.POST
    try:
        if mode == "second":
            held = deciding.second_read(suspect, said.get("verdict", ""), by=by)
        else:
            held = deciding.decide(
                suspect, said.get("verdict", ""), by=by, request_key=said.get("key", "")[:64],
                under_construction="building" in said,
            )  # fmt: skip
            request.session[MINE] = [*request.session.get(MINE, [])[-KEPT:], pk]
    except SensingProblem as problem:
        return JsonResponse({"detail": str(problem)}, status=409)
    return JsonResponse({"state": held.state, "second": held.second})


@permission_required(DECIDE)
@require_POST
def queue_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back a verdict of this session."""
    mine = request.session.get(MINE, [])
    if pk not in mine:
        raise Http404
    try:
        deciding.undo(visible_suspect(request, pk, DECIDE), by=person(request))
    except SensingProblem as problem:
        return JsonResponse({"detail": str(problem)}, status=409)
    request.session[MINE] = [one for one in mine if one != pk]
    return JsonResponse({"state": SuspectState.OPEN})
