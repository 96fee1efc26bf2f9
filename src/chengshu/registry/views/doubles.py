"""The queue of possible duplicates and the page on which two objects are compared."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from chengshu.bureau.models import User
from chengshu.kernel.access import permission_required
from chengshu.kernel.geometry import haversine_m
from chengshu.kernel.jobs import AlreadyRunning
from chengshu.kernel.models import Job
from chengshu.kernel.privacy_masks import mask_value
from chengshu.registry.attributes import show_value
from chengshu.registry.forms.doubles import DoublesFilterForm
from chengshu.registry.forms.objects import PERSONAL, personal_kind
from chengshu.registry.matching.reasons import spoken
from chengshu.registry.models import DuplicatePair, RegulatedObject
from chengshu.registry.queries.reference import area_label, reference
from chengshu.registry.queries.rounds import window_page
from chengshu.registry.services import doubles
from chengshu.registry.services.doubles import DoublesProblem, mark_different, merge, start_search
from chengshu.registry.services.objects import PLAIN_FIELDS, same_value, stored_values
from chengshu.registry.services.values import ATTRIBUTE, InvalidValues
from chengshu.registry.views import mapping

FINISHED = (Job.State.DONE, Job.State.FAILED, Job.State.CANCELLED)
HEAVY = ("search_text", "search_tokens", "attributes", "responsible_id")


def visible_pairs(user: User) -> QuerySet[DuplicatePair]:
    """Pairs of which the person may settle both objects; a squad does not see what is another's."""
    scope = user.scope_for(doubles.MERGE)
    both = scope.q(squad="first__squad") & scope.q(squad="second__squad")
    return DuplicatePair.objects.filter(both).select_related("first", "second")


@permission_required(doubles.MERGE)
@require_GET
def double_list(request: HttpRequest) -> HttpResponse:
    """The queue, the likeliest first: session and person, the last search, the pairs."""
    user: Any = request.user
    ended = _searches(user).filter(state__in=FINISHED).values_list("id", flat=True).first()
    progress = reverse("registry:double_progress") + f"?seen={ended or 0}"
    form = DoublesFilterForm(request.GET, user)
    heavy = [f"{side}__{name}" for side in ("first", "second") for name in HEAVY]
    pairs = form.narrow(visible_pairs(user)).defer(*heavy).order_by("-score", "id")
    page = window_page(pairs, request)
    known = reference()
    query = request.GET.urlencode()
    rows = [
        {
            "pair": pair,
            "url": reverse("registry:double", args=[pair.pk]) + (f"?{query}" if query else ""),
            "class": known.classes.get(pair.first.object_class_id),
            "town": area_label(known.towns.get(pair.first.town_id or pair.second.town_id or 0)),
            "percent": round(100 * pair.score),
            "reasons": [reason.text for reason in spoken(pair.reasons) if reason.speaks_for][:3],
        }
        for pair in page
    ]
    context = {"form": form, "page": page, "rows": rows, "progress": progress}
    return render(request, "registry/double_list.html", context)


@permission_required(doubles.MERGE)
@require_POST
def double_search(request: HttpRequest) -> HttpResponse:
    """Have the worker look through the district."""
    user: Any = request.user
    district = reference().districts[mapping.home_district(user)]
    chosen = request.POST.get("class", "")
    object_class = reference().classes.get(int(chosen)) if chosen.isdecimal() and len(chosen) < 10 else None
    try:
        start_search(district, object_class, by=user)
    except AlreadyRunning as running:
        messages.info(request, str(running))
    return redirect("registry:doubles")


@permission_required(doubles.MERGE)
@require_GET
def double_progress(request: HttpRequest) -> HttpResponse:
    """How far the latest search is; while it runs the page asks again.

    `seen` names the last search that had ended when the page was made: one that has ended since, be it before
    this was asked for the first time, makes the page load anew.
    """
    user: Any = request.user
    job = _searches(user).first()
    result = {name: f"{number:,}" for name, number in job.result.items()} if job else {}
    context = {"job": job, "poll": request.get_full_path(), "result": result}
    answer = render(request, "registry/double_progress.html", context)
    if job and job.finished and request.GET.get("seen", str(job.pk)) != str(job.pk):
        answer["HX-Refresh"] = "true"
    return answer


def _searches(user: User) -> QuerySet[Job]:
    """The searches of the person's district, the latest first."""
    key = f"registry.doubles:{mapping.home_district(user)}"
    return Job.objects.filter(kind="registry.doubles", key=key).order_by("-id")


# --- one pair -----------------------------------------------------------------------------------------
@permission_required(doubles.MERGE)
@require_GET
def double_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Two objects side by side."""
    pair = get_object_or_404(visible_pairs(request.user), pk=pk)  # type: ignore[arg-type]
    return render(request, "registry/double_page.html", _context(request, pair))


def _context(request: HttpRequest, pair: DuplicatePair) -> dict[str, Any]:
    first, second = pair.first, pair.second
    known, query = reference(), request.GET.urlencode()
    survivor = _likelier_survivor(first, second)
    following = _next_pair(request, pair)
    metres = haversine_m(*first.position, *second.position) if first.position and second.position else None
    return {
        "pair": pair,
        "first": first,
        "second": second,
        "survivor": survivor,
        "rows": _rows(first, second, survivor),
        "reasons": spoken(pair.reasons),
        "percent": round(100 * pair.score),
        "class": known.classes.get(first.object_class_id),
        "towns": [area_label(known.towns.get(obj.town_id or 0)) for obj in (first, second)],
        "metres": metres,
        "facts": [obj.facts.count() for obj in (first, second)],
        "map": _map(pair, metres),
        "next_url": reverse("registry:double", args=[following.pk]) + (f"?{query}" if query else "")
        if following
        else "",
        "query": query,
        "is_open": pair.state == DuplicatePair.State.OPEN,
        "trail": [(_("Possible duplicates"), reverse("registry:doubles")), (first.name, "")],
    }


def _likelier_survivor(first: RegulatedObject, second: RegulatedObject) -> RegulatedObject:
    """The fuller record, the older where both are as full; a person may choose the other."""

    def full(obj: RegulatedObject) -> int:
        return sum(value not in (None, "", []) for value in stored_values(obj).values())

    return second if full(second) > full(first) else first


def _rows(first: RegulatedObject, second: RegulatedObject, survivor: RegulatedObject) -> list[dict[str, Any]]:
    """One row a field: both values as they may be shown, whether they differ, which is proposed."""
    mine, theirs = stored_values(first), stored_values(second)
    definitions = {d.key: d for d in reference().classes[first.object_class_id].attributes.all()}
    names = [*PLAIN_FIELDS, *(ATTRIBUTE + key for key in definitions)]
    rows = []
    for name in names:
        a, b = mine.get(name), theirs.get(name)
        if a in (None, "", []) and b in (None, "", []):
            continue
        definition = definitions.get(name.removeprefix(ATTRIBUTE)) if name.startswith(ATTRIBUTE) else None
        kept, other = ("first", "second") if survivor.pk == first.pk else ("second", "first")
        empty = (a if kept == "first" else b) in (None, "", [])
        rows.append(
            {
                "name": name,
                "label": definition.label if definition else _label(name),
                "first": _shown(name, a, definition),
                "second": _shown(name, b, definition),
                "differs": not same_value(a, b),
                "choice": other if empty else kept,
            }
        )
    return rows


def _label(name: str) -> str:
    return {
        "name": _("Name"), "address": _("Address"), "uscc": _("USCC"), "position": _("Position"),
        "responsible_name": _("Responsible person"), "responsible_phone": _("Phone"),
        "responsible_id": _("Resident ID"), "status": _("Status"), "credit": _("Credit class"),
        "verified_on": _("Last verified"),
    }[name]  # fmt: skip


def _shown(name: str, value: Any, definition: Any) -> str:
    """A value in words; personal data masked."""
    if value in (None, "", []):
        return ""
    if name in PERSONAL:
        return mask_value(PERSONAL[name], str(value))
    if definition is not None:
        return (
            mask_value(personal_kind(definition), str(value))
            if definition.personal
            else show_value(definition, value)
        )
    if name == "position":
        return f"{value[0]:.6f}, {value[1]:.6f}"
    if name == "status":
        return str(RegulatedObject.Status(value).label)
    return str(value)


def _map(pair: DuplicatePair, metres: float | None) -> dict[str, Any] | None:
    """Both pins, told apart by colour."""
    placed = [obj.position for obj in (pair.first, pair.second) if obj.position]
    if not placed:
        return None
    zoom = 17 if metres is None or metres < 200 else 15 if metres < 1000 else 12
    return {
        **mapping.ground(pair.district_id),
        "mode": "browse",
        "center": [
            sum(lng for lng, _lat in placed) / len(placed),
            sum(lat for _lng, lat in placed) / len(placed),
        ],
        "zoom": zoom,
        "classes": [
            {"code": "first", "label": _("One object"), "color": "#b4571e"},
            {"code": "second", "label": _("The other"), "color": "#1f6fb2"},
        ],
    }


@permission_required(doubles.MERGE)
@require_GET
def double_pins(request: HttpRequest, pk: int) -> HttpResponse:
    """Both pins as the map reads them."""
    pair = get_object_or_404(visible_pairs(request.user), pk=pk)  # type: ignore[arg-type]
    sides = [(side, obj) for side, obj in (("first", pair.first), ("second", pair.second)) if obj.position]
    points = {
        "id": [obj.pk for _side, obj in sides],
        "lng": [obj.position[0] for _side, obj in sides if obj.position],
        "lat": [obj.position[1] for _side, obj in sides if obj.position],
        "class": [side for side, _obj in sides],
        "status": [obj.status for _side, obj in sides],
    }
    names = [obj.name for _side, obj in sides]
    return JsonResponse({"kind": "points", "total": len(sides), "points": points, "names": names})


def _next_pair(request: HttpRequest, pair: DuplicatePair) -> DuplicatePair | None:
    """The next one of the queue as it is filtered."""
    user: Any = request.user
    query = QueryDict(request.POST.get("query", "")) if request.method == "POST" else request.GET
    pairs = DoublesFilterForm(query, user).narrow(visible_pairs(user)).exclude(pk=pair.pk)
    after = Q(score__lt=pair.score) | Q(score=pair.score, pk__gt=pair.pk)
    ordered = pairs.order_by("-score", "id")
    return ordered.filter(after).first() or ordered.first()


@permission_required(doubles.MERGE)
@require_POST
def double_merge(request: HttpRequest, pk: int) -> HttpResponse:
    """One object of two, with the values chosen."""
    user: Any = request.user
    pair = get_object_or_404(visible_pairs(user), pk=pk)
    survivor = pair.second if request.POST.get("survivor") == "second" else pair.first
    kept = "second" if survivor is pair.second else "first"
    take = [
        name.removeprefix("field:")
        for name in request.POST
        if name.startswith("field:")
        and request.POST[name] in ("first", "second")
        and request.POST[name] != kept
    ]
    try:
        merge(
            pair.first, pair.second, survivor=survivor, by=user, take=take, note=request.POST.get("note", "")
        )
    except (DoublesProblem, InvalidValues) as problem:
        messages.error(request, str(problem))
        return redirect("registry:double", pk)
    messages.success(request, _("Merged into “%(name)s”.") % {"name": survivor.name})
    return _onward(request, pair)


@permission_required(doubles.MERGE)
@require_POST
def double_different(request: HttpRequest, pk: int) -> HttpResponse:
    """Two objects, for good."""
    user: Any = request.user
    pair = get_object_or_404(visible_pairs(user), pk=pk)
    try:
        mark_different(pair, by=user, note=request.POST.get("note", ""))
    except DoublesProblem as problem:
        messages.error(request, str(problem))
        return redirect("registry:double", pk)
    messages.success(request, _("Marked as different for good."))
    return _onward(request, pair)


def _onward(request: HttpRequest, pair: DuplicatePair) -> HttpResponse:
    query = QueryDict(request.POST.get("query", "")).urlencode()
    following = _next_pair(request, pair)
    target = reverse("registry:double", args=[following.pk]) if following else reverse("registry:doubles")
    return redirect(f"{target}?{query}" if query else target)
