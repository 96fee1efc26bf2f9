"""比对: the list, starting one, its page with the viewer, suspects as shapes, heights along a line."""

from __future__ import annotations

from typing import Any

import orjson
from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chengshu.kernel.access import permission_required
from chengshu.sensing.exporting import shapes
from chengshu.sensing.forms import PairForm, comparison_label
from chengshu.sensing.lifecycle import STARTABLE, ComparisonState, SuspectState
from chengshu.sensing.models import Comparison, Suspect
from chengshu.sensing.queries.heights import profile
from chengshu.sensing.queries.lists import SuspectFilter, suspect_rows
from chengshu.sensing.refusing import DECIDE, MANAGE, VIEW, SensingProblem
from chengshu.sensing.services import comparing
from chengshu.sensing.views.common import district_of, pair_of, person, viewer, visible_comparison
from chengshu.sensing.words import COMPARISON_TONES, sentences
from chengshu.ui.paging import paginate

UNDER_WAY = (ComparisonState.WAITING, ComparisonState.RUNNING)


def shown(row: Comparison) -> dict[str, Any]:
    """A comparison as lists show it."""
    state = ComparisonState(row.state)
    return {"row": row, "label": comparison_label(row), "state": state.label, "tone": COMPARISON_TONES[state]}


@permission_required(VIEW)
@require_GET
def comparison_list(request: HttpRequest) -> HttpResponse:
    """Comparisons, the newest first: session, total, rows."""
    user = person(request)
    rows = Comparison.objects.visible_to(user).select_related("before", "after")
    page = paginate(rows.defer("before__area", "after__area", "registration", "grid"), request)
    context = {"page": page, "rows": [shown(row) for row in page], "may_manage": user.may(MANAGE)}
    return render(request, "sensing/comparison_list.html", context)


@permission_required(MANAGE)
@require_http_methods(["GET", "POST"])
def comparison_new(request: HttpRequest) -> HttpResponse:
    """Choose two flights; the work is queued."""
    district = district_of(request, MANAGE)
    initial = {"after": request.GET.get("after"), "before": request.GET.get("before")}
    form = PairForm(request.POST or None, district=district, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            made = comparing.compare(
                form.cleaned_data["before"], form.cleaned_data["after"], by=person(request)
            )
            return redirect("sensing:comparison", made.pk)
        except SensingProblem as problem:
            form.add_error(problem.field if problem.field in form.fields else None, str(problem))
    trail = [(_("Comparisons"), reverse("sensing:comparisons")), (_("Compare two flights"), "")]
    context = {"form": form, "trail": trail}
    return render(request, "sensing/comparison_new.html", context, status=422 if form.errors else 200)


@permission_required(VIEW)
@require_GET
def comparison_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One comparison: how far it is, or both dates with everything suspected."""
    comparison = visible_comparison(request, pk)
    user = person(request)
    counts = dict(
        Suspect.objects.visible_to(user).filter(comparison=comparison).order_by()
        .values_list("state").annotate(n=Count("pk"))
    )  # fmt: skip
    pair = pair_of(comparison)
    days = f"{comparison.before.flown_on:%Y-%m-%d} – {comparison.after.flown_on:%Y-%m-%d}"
    context = {
        **shown(comparison),
        "comparison": comparison,
        "job": comparison.job,
        "under_way": _under_way(comparison),
        "startable": comparison.state in STARTABLE,
        "poll": reverse("sensing:comparison_state", args=[pk]),
        "shift": " / ".join(f"{float(comparison.registration.get(way) or 0):+.2f}" for way in ("dx", "dy")),
        "remarks": sentences(comparison.remarks),
        "counts": [
            {"label": SuspectState(state).label, "count": counts.get(state, 0), "state": state}
            for state in SuspectState.values
        ],
        "may_manage": user.may(MANAGE),
        "may_decide": user.may(DECIDE),
        "trail": [(_("Comparisons"), reverse("sensing:comparisons")), (days, "")],
        "viewer": viewer(
            pair=pair, bounds=pair["after"]["bounds"], suspectsUrl=reverse("sensing:shapes", args=[pk]),
            suspectUrl=reverse("sensing:suspect", args=[0]).replace("/0/", "/{id}/"),
        ),
    }  # fmt: skip
    return render(request, "sensing/comparison.html", context)


def _under_way(comparison: Comparison) -> bool:
    job = comparison.job
    return comparison.state in UNDER_WAY and job is not None and not job.finished


@permission_required(VIEW)
@require_GET
def comparison_state(request: HttpRequest, pk: int) -> HttpResponse:
    """The progress, polled; at the end the browser loads the page anew."""
    comparison = visible_comparison(request, pk)
    poll = reverse("sensing:comparison_state", args=[pk])
    answer = render(request, "sensing/progress.html", {"job": comparison.job, "poll": poll})
    if comparison.job is None or comparison.job.finished:
        answer["HX-Refresh"] = "true"
    return answer


@permission_required(MANAGE)
@require_POST
def comparison_act(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """Stop the work, or take it up again."""
    acts: dict[str, Any] = {"cancel": comparing.cancel, "resume": comparing.resume}
    if action not in acts:
        raise Http404
    comparison = visible_comparison(request, pk, MANAGE)
    try:
        acts[action](comparison, by=person(request))
    except SensingProblem as problem:
        messages.error(request, str(problem))
    return redirect("sensing:comparison", pk)


@permission_required(VIEW)
@require_GET
def comparison_shapes(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything suspected, as GeoJSON for the viewer."""
    visible_comparison(request, pk)
    rows = suspect_rows(person(request), SuspectFilter(comparison=pk))
    return HttpResponse(orjson.dumps(shapes(rows)), content_type="application/geo+json")


@permission_required(VIEW)
@require_GET
def comparison_profile(request: HttpRequest, pk: int) -> HttpResponse:
    """Heights of both dates along ``?line=lng,lat;lng,lat``."""
    comparison = visible_comparison(request, pk)
    try:
        line = [_place(text) for text in request.GET.get("line", "").split(";") if text]
        return JsonResponse(profile(comparison, line).as_dict())
    except (ValueError, SensingProblem) as problem:
        plain = _("Draw a line of at least two points.")
        words = str(problem) if isinstance(problem, SensingProblem) else plain
        return JsonResponse({"detail": words}, status=400)


def _place(text: str) -> tuple[float, float]:
    lng, lat = text.split(",")
    return float(lng), float(lat)
