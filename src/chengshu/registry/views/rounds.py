"""Re-verification rounds for those who run them: list, progress, items, assignment, the two numbers."""

from __future__ import annotations

import io
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chengshu.bureau.models import Unit, User
from chengshu.kernel.access import permission_required
from chengshu.kernel.geometry import cell_centre, cell_of, resolution_for_zoom
from chengshu.kernel.privacy_masks import mask_text
from chengshu.kernel.tables import write_xlsx
from chengshu.registry.forms.rounds import AssignForm, ItemFilterForm, RoundForm
from chengshu.registry.models import RoundItem, VerificationRound
from chengshu.registry.queries.reference import area_label, districts_of, reference
from chengshu.registry.queries.rounds import (
    ItemFilter,
    exported,
    item_page,
    items_of,
    visible_rounds,
    with_progress,
)
from chengshu.registry.services import rounds
from chengshu.registry.services.rounds import RoundProblem
from chengshu.registry.views import mapping
from chengshu.registry.views.map import parse_box
from chengshu.ui.paging import paginate

State = VerificationRound.State
MOBILE = gettext_lazy("Mobile squad")
# The model's own label of a state is shared with other words; pages say it as people do.
STATES = {
    State.DRAFT: gettext_lazy("Draft"),
    State.OPEN: gettext_lazy("Under way"),
    State.CLOSED: gettext_lazy("Finished"),
}
STATE_TONES = {State.DRAFT: "neutral", State.OPEN: "info", State.CLOSED: "ok"}
DEEPEST = 24  # zoom
POINTS = 3000  # more points than this in the window are shown as cells
DONE, WAITING, ADDED = "done", "waiting", "added"


@permission_required("registry.view")
@require_GET
def round_list(request: HttpRequest) -> HttpResponse:
    """All rounds with their progress."""
    user: Any = request.user
    shown = with_progress(visible_rounds(user)).order_by("-id")
    page = paginate(shown, request, per_page=50)
    rows = [
        {
            "round": item,
            "state": STATES[State(item.state)],
            "tone": STATE_TONES[State(item.state)],
            "checked": item.figures.get("checked", item.checked),
            "added": item.figures.get("added", item.added),
            "total": item.figures.get("total", item.checked + item.unseen),
        }
        for item in page
    ]
    context = {"page": page, "rows": rows, "may_manage": user.may(rounds.MANAGE)}
    return render(request, "registry/round_list.html", context)


def visible_round(user: User, pk: int) -> VerificationRound:
    """A round of a district the person sees; 404 for any other."""
    return get_object_or_404(visible_rounds(user).select_related("district"), pk=pk)


def squads_of(user: User, district_id: int) -> list[tuple[int, str]]:
    """Squads of a district whose items the person may see, the mobile squad last."""
    scope = user.scope_for("registry.view")
    units = Unit.objects.filter(
        district=district_id, kind__in=[Unit.Kind.SQUAD, Unit.Kind.MOBILE_SQUAD], active=True
    ).order_by("-kind", "code")
    return [
        (unit.pk, area_label(unit))
        for unit in units
        if scope.covers(district_id=district_id, squad_id=unit.pk)
    ]


@permission_required(rounds.MANAGE)
@require_http_methods(["GET", "POST"])
def round_new(request: HttpRequest) -> HttpResponse:
    """Draw up a round; it may be opened at once."""
    user: Any = request.user
    form = RoundForm(request.POST if request.method == "POST" else None, user)
    if request.method == "POST" and form.is_valid():
        known = reference()
        classes = [known.classes[int(pk)] for pk in form.cleaned_data["classes"]]
        towns = [known.towns[int(pk)] for pk in form.cleaned_data["towns"]]
        try:
            made = rounds.create_round(
                known.districts[classes[0].district_id],
                name=form.cleaned_data["name"],
                classes=classes,
                towns=towns,
                due_on=form.cleaned_data["due_on"],
                by=user,
            )
        except RoundProblem as problem:
            form.add_error(None, str(problem))
        else:
            return redirect("registry:round", made.pk)
    trail = [(_("Re-verification"), reverse("registry:rounds")), (_("New round"), "")]
    context = {"form": form, "trail": trail}
    return render(request, "registry/round_form.html", context, status=422 if form.errors else 200)


@permission_required("registry.view")
@require_GET
def round_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Progress by squad; every number opens the list behind it."""
    user: Any = request.user
    current = visible_round(user, pk)
    figures = current.figures or rounds.figures_of(current)
    scope = user.scope_for("registry.view")
    outcomes = RoundItem.Outcome.choices
    items_url = reverse("registry:round_items", args=[pk])
    squads = [
        {
            "name": _squad_name(entry),
            "entry": entry,
            "url": f"{items_url}?squad={entry['squad']}"
            if scope.covers(district_id=current.district_id, squad_id=entry["squad"])
            else "",
            "cells": [(code, entry["outcomes"].get(code, 0)) for code, _label in outcomes],
            "percent": 100 * entry["checked"] // entry["total"] if entry["total"] else 0,
        }
        for entry in figures["by_squad"]
    ]
    towns = [area_label(town) for town in current.towns.defer("boundary")]
    context = {
        "round": current,
        "state": STATES[State(current.state)],
        "tone": STATE_TONES[State(current.state)],
        "figures": figures,
        "squads": squads,
        "outcomes": outcomes,
        "items_url": items_url,
        "classes": [item.label for item in current.classes.all()],
        "towns": towns,
        "trail": [(_("Re-verification"), reverse("registry:rounds")), (current.name, "")],
        "may_manage": rounds_scope(user, rounds.MANAGE, current),
        "may_work": current.state == State.OPEN and user.may(rounds.WORK),
        "may_export": user.may("registry.export"),
        "overdue": current.state == State.OPEN
        and current.due_on is not None
        and current.due_on < timezone.localdate(),
        "map": _map_config(current) if current.state != State.DRAFT else None,
    }
    return render(request, "registry/round_page.html", context)


def _squad_name(entry: dict[str, Any]) -> str:
    squad = reference().squads.get(entry["squad"] or 0)
    if squad is not None:
        return area_label(squad)
    from django.utils.translation import get_language

    english = (get_language() or "").startswith("en") and entry.get("name_en")
    return str(english or entry["name"] or MOBILE)


def rounds_scope(user: User, permission: str, current: VerificationRound) -> bool:
    """Whether the person may use the permission on the whole round."""
    return user.scope_for(permission).covers(district_id=current.district_id)


@permission_required(rounds.MANAGE)
@require_POST
def round_open(request: HttpRequest, pk: int) -> HttpResponse:
    """Freeze the list and hand it out."""
    current = visible_round(request.user, pk)  # type: ignore[arg-type]
    try:
        count = rounds.open_round(current, by=request.user)  # type: ignore[arg-type]
        messages.success(request, _("The list is frozen: %(count)s objects.") % {"count": f"{count:,}"})
    except RoundProblem as problem:
        messages.error(request, str(problem))
    return redirect("registry:round", pk)


@permission_required(rounds.MANAGE)
@require_POST
def round_close(request: HttpRequest, pk: int) -> HttpResponse:
    """Freeze the two numbers."""
    current = visible_round(request.user, pk)  # type: ignore[arg-type]
    try:
        figures = rounds.close_round(current, by=request.user)  # type: ignore[arg-type]
        messages.success(
            request,
            _("The round is finished: %(checked)s checked, %(added)s newly added.")
            % {"checked": f"{figures['checked']:,}", "added": f"{figures['added']:,}"},
        )
    except RoundProblem as problem:
        messages.error(request, str(problem))
    return redirect("registry:round", pk)


# --- items --------------------------------------------------------------------------------------------
def _filter_form(request: HttpRequest, query: QueryDict, district_id: int | None = None) -> ItemFilterForm:
    """The filter bar. Its squads come from memory, so that the list costs one query."""
    user: Any = request.user
    known = reference()
    scope = user.scope_for("registry.view")
    districts = [district_id] if district_id else districts_of(scope)
    squads = [
        (squad.pk, area_label(squad))
        for squad in known.squads_in(districts)
        if scope.covers(district_id=squad.district_id, squad_id=squad.pk)
    ]
    mobile = query.get("squad", "")
    if mobile.isdecimal() and len(mobile) < 10 and int(mobile) not in known.squads:
        squads.append((int(mobile), str(MOBILE)))
    return ItemFilterForm(query, user, squads)


@permission_required("registry.view")
@require_GET
def round_items(request: HttpRequest, pk: int) -> HttpResponse:
    """The items of a round: session, person and one query."""
    user: Any = request.user
    form = _filter_form(request, request.GET)
    page = item_page(user, pk, form.wanted(), request)
    current = page.items[0].round if page.items else visible_round(user, pk)
    known = reference()
    rows = [
        {
            "item": item,
            "url": reverse("registry:round_item", args=[item.pk]),
            "class": known.classes.get(item.object.object_class_id),
            "town": area_label(known.towns.get(item.object.town_id or 0)),
            "squad": area_label(known.squads.get(item.squad_id or 0)) or MOBILE,
        }
        for item in page
    ]
    context = {
        "round": current,
        "form": form,
        "page": page,
        "rows": rows,
        "query": request.GET.urlencode(),
        "may_assign": current.state == State.OPEN and user.may(rounds.ASSIGN),
        "may_export": user.may("registry.export"),
        "trail": [
            (_("Re-verification"), reverse("registry:rounds")),
            (current.name, reverse("registry:round", args=[pk])),
            (_("Items"), ""),
        ],
    }
    return render(request, "registry/round_items.html", context)


def officers_for(user: User, current: VerificationRound) -> list[User]:
    """Officers the person may give items of this round to: of the squads in their own area."""
    scope = user.scope_for(rounds.ASSIGN)
    people = User.objects.with_roles().filter(unit__district=current.district_id, is_active=True)
    if current.district_id not in scope.districts:
        people = people.filter(unit__in=sorted(scope.squads))
    return [person for person in people.order_by("unit__code", "name_key") if person.may(rounds.WORK)]


@permission_required(rounds.ASSIGN)
@require_http_methods(["GET", "POST"])
def round_assign(request: HttpRequest, pk: int) -> HttpResponse:
    """The dialog's content (GET) and the assignment of the items chosen (POST)."""
    user: Any = request.user
    current = visible_round(user, pk)
    officers = officers_for(user, current)
    back = reverse("registry:round_items", args=[pk])
    if request.method == "GET":
        form = AssignForm(None, officers)
        context = {"round": current, "form": form, "query": request.GET.urlencode()}
        return render(request, "registry/round_assign.html", context)
    query = QueryDict(request.POST.get("query", ""))
    form = AssignForm(request.POST, officers)
    target = f"{back}?{query.urlencode()}" if query else back
    if not form.is_valid():
        messages.error(request, _("Choose an officer of the list."))
        return redirect(target)
    items = _chosen_items(request, user, pk, query, everything=form.cleaned_data["everything"])
    wanted = form.cleaned_data["officer"]
    officer = next((person for person in officers if str(person.pk) == wanted), None)
    try:
        count = rounds.assign(items, officer, by=user)
        messages.success(request, _("%(count)s items assigned.") % {"count": f"{count:,}"})
    except RoundProblem as problem:
        messages.error(request, str(problem))
    return redirect(target)


def _chosen_items(
    request: HttpRequest, user: User, pk: int, query: QueryDict, *, everything: bool
) -> list[RoundItem]:
    if everything:
        wanted = _filter_form(request, query).wanted()
        return list(items_of(user, pk, wanted).filter(outcome="").order_by())
    ids = [int(value) for value in request.POST.getlist("id") if value.isdecimal() and len(value) < 19]
    return list(items_of(user, pk, ItemFilter()).filter(pk__in=ids).order_by())


@permission_required("registry.export")
@require_GET
def round_export(request: HttpRequest, pk: int) -> HttpResponse:
    """The items of the list, filters applied, as a workbook. Personal data is left out."""
    user: Any = request.user
    current = visible_round(user, pk)
    items = items_of(user, pk, _filter_form(request, request.GET).wanted())
    columns = [
        _("Squad"), _("Class"), _("Name"), _("Address"), _("Street or town"), _("Assigned to"), _("Outcome"),
        _("Reported at"), _("Reported by"), _("Note"), _("Longitude"), _("Latitude"),
    ]  # fmt: skip
    target = io.BytesIO()
    widths = [14, 12, 28, 36, 14, 10, 12, 18, 10, 30, 12, 12]
    write_xlsx(target, columns, (_row(item) for item in exported(items)), sheet=_("Items"), widths=widths)
    answer = HttpResponse(
        target.getvalue(),
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )
    answer["Content-Disposition"] = f'attachment; filename="round-{current.pk}.xlsx"'
    return answer


def _row(item: RoundItem) -> list[Any]:
    obj = item.object
    latest = next(iter(item.results.all()), None)
    lng, lat = obj.position or (None, None)
    return [
        area_label(item.squad) or str(MOBILE),
        obj.object_class.label,
        obj.name,
        obj.address,
        area_label(obj.town),
        item.assignee.full_name if item.assignee else "",
        str(item.get_outcome_display() if item.outcome else _("Not checked yet")),
        timezone.localtime(item.done_at).strftime("%Y-%m-%d %H:%M") if item.done_at else "",
        item.done_by.full_name if item.done_by else "",
        mask_text(latest.note) if latest else "",
        lng,
        lat,
    ]


# --- map ----------------------------------------------------------------------------------------------
def _map_config(current: VerificationRound) -> dict[str, Any]:
    config = mapping.ground(current.district_id)
    return {
        **config,
        "mode": "browse",
        "bounds": mapping.extent(current.district_id),
        "statuses": {},
        "detailUrl": "",
        "objectUrl": reverse("registry:round_item", args=[0]).replace("/0/", "/{id}/"),
        "classes": [
            {"code": WAITING, "label": _("Not checked yet"), "color": "#b4571e"},
            {"code": DONE, "label": _("Checked"), "color": "#1f6fb2"},
            {"code": ADDED, "label": _("Newly found"), "color": "#6a4fb0"},
        ],
    }


@permission_required("registry.view")
@require_GET
def round_map(request: HttpRequest, pk: int) -> HttpResponse:
    """Where the items are: points when few, otherwise how many in each cell."""
    user: Any = request.user
    try:
        box = parse_box(request.GET.get("bbox", ""))
        zoom = float(request.GET.get("zoom", "11"))
        if not 0 <= zoom <= DEEPEST:  # neither is NaN
            raise ValueError(zoom)
    except ValueError:
        return HttpResponseBadRequest(
            _("The window must be west,south,east,north in degrees, the zoom a number from 0 to 24."),
            content_type="text/plain; charset=utf-8",
        )
    wanted = _filter_form(request, request.GET).wanted()
    items = items_of(user, pk, wanted).filter(object__position__in_box=box)
    rows = list(items.order_by().values_list("pk", "object__position", "outcome", "object__name"))
    if len(rows) > POINTS:
        return JsonResponse(_cells(rows, zoom))
    kinds = {"": WAITING, RoundItem.Outcome.ADDED: ADDED}
    points = {
        "id": [row[0] for row in rows],
        "lng": [row[1][0] for row in rows if row[1]],
        "lat": [row[1][1] for row in rows if row[1]],
        "class": [kinds.get(row[2], DONE) for row in rows],
    }
    return JsonResponse(
        {"kind": "points", "total": len(rows), "points": points, "names": [row[3] for row in rows]}
    )


def _cells(rows: list[Any], zoom: float) -> dict[str, Any]:
    resolution = resolution_for_zoom(zoom)
    counts: dict[str, int] = {}
    for _pk, (lng, lat), _outcome, _name in rows:
        cell = cell_of(lng, lat, resolution)
        counts[cell] = counts.get(cell, 0) + 1
    cells = [[*cell_centre(cell), n, cell] for cell, n in counts.items()]
    return {"kind": "cells", "total": len(rows), "cells": cells}
