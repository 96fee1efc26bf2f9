"""重点地块: the list, one plot with its milestones, and its outcome."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chengshu.bureau.views.areas import map_config
from chengshu.kernel.access import permission_required
from chengshu.structures.forms.years import MilestoneForm, OutcomeForm, PlotForm
from chengshu.structures.models import KeyPlot, Milestone
from chengshu.structures.services import years as services
from chengshu.structures.services.base import StructureProblem
from chengshu.structures.views.common import MANAGE, VIEW, district_of, person
from chengshu.structures.views.years import form_page


def _visible(request: HttpRequest, pk: int, permission: str = VIEW) -> KeyPlot:
    rows = KeyPlot.objects.visible_to(person(request), permission).select_related("town", "district")
    found: KeyPlot = get_object_or_404(rows.defer("town__boundary"), pk=pk)
    return found


@permission_required(VIEW)
@require_GET
def plots(request: HttpRequest) -> HttpResponse:
    """All key plots, on the map and as a table."""
    rows = KeyPlot.objects.visible_to(person(request)).select_related("town").defer("town__boundary")
    listed: list[Any] = list(rows.prefetch_related("milestones"))
    for row in listed:
        row.open = [one for one in row.milestones.all() if one.done_on is None]
    context = {
        "rows": listed, "today": timezone.localdate(),
        "map": {**map_config(district_of(request)), "shapesUrl": reverse("structures:plot_shapes")},
        "may_manage": person(request).may(MANAGE),
    }  # fmt: skip
    return render(request, "structures/plots.html", context)


@permission_required(VIEW)
@require_GET
def plot(request: HttpRequest, pk: int) -> HttpResponse:
    """One key plot: what stands on it, milestones, outcome."""
    held = _visible(request, pk)
    may = person(request).scope_for(MANAGE).covers(district_id=held.district_id) and not held.outcome
    standing, reach = services.standing_in(held), person(request).scope_for(VIEW)
    seen = [x for x in standing if reach.covers(district_id=x.district_id, squad_id=x.squad_id)]
    context: dict[str, Any] = {
        "one": held, "milestones": held.milestones.all(), "standing": seen,
        "elsewhere": len(standing) - len(seen),
        "today": timezone.localdate(), "may_manage": may,
        "milestone_form": MilestoneForm(), "outcome_form": OutcomeForm(),
        "map": _map(held), "trail": [(_("Key plots"), reverse("structures:plots")), (held.name, "")],
    }  # fmt: skip
    return render(request, "structures/plot.html", context)


def _map(held: KeyPlot) -> dict[str, Any] | None:
    if not held.boundary:
        return None
    from shapely.geometry import shape

    feature = {
        "type": "Feature",
        "properties": {"kind": "area", "level": 3, "label": held.name},
        "geometry": held.boundary,
    }
    box = [round(edge, 6) for edge in shape(held.boundary).bounds]
    overlay = {"type": "FeatureCollection", "features": [feature]}
    return {**map_config(held.district), "bounds": box, "overlay": overlay}


@permission_required(MANAGE)
@require_http_methods(["GET", "POST"])
def plot_new(request: HttpRequest) -> HttpResponse:
    """Add a key plot."""
    return _form(request, None)


@permission_required(MANAGE)
@require_http_methods(["GET", "POST"])
def plot_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a key plot."""
    return _form(request, _visible(request, pk, MANAGE))


def _form(request: HttpRequest, held: KeyPlot | None) -> HttpResponse:
    district = held.district if held else district_of(request, MANAGE)
    initial: dict[str, Any] = {"year": timezone.localdate().year}
    if held:
        initial = {
            "town": held.town_id, "year": held.year, "name": held.name, "note": held.note,
            "boundary": json.dumps(held.boundary) if held.boundary else "",
        }  # fmt: skip
    posted = request.POST if request.method == "POST" else None
    form = PlotForm(posted, district=district, initial=initial)
    if form.is_bound and form.is_valid():
        try:
            made = services.save_plot(district, by=person(request), plot=held, **form.cleaned_data)
        except StructureProblem as problem:
            form.add_error(problem.field if problem.field in form.fields else None, str(problem))
        else:
            return redirect("structures:plot", pk=made.pk)
    ground = {**map_config(district), "mode": "draw", "draw": "id_boundary"}
    return form_page(request, form, _("Key plot"), "structures:plots", _("Key plots"), ground)


@permission_required(MANAGE)
@require_POST
def plot_do(request: HttpRequest, pk: int) -> HttpResponse:
    """A milestone set or reached, or the outcome."""
    held, user, said = _visible(request, pk, MANAGE), person(request), request.POST
    try:
        if "reached" in said:
            number = int(said["reached"]) if said["reached"].isdigit() and len(said["reached"]) < 19 else 0
            services.reach(get_object_or_404(Milestone, plot=held, pk=number), by=user)
        elif "outcome" in said:
            outcome = OutcomeForm(said)
            outcome.is_valid()
            value = outcome.cleaned_data
            services.conclude(held, value.get("outcome", ""), by=user, on=value.get("on"))
        else:
            milestone = MilestoneForm(said)
            if not milestone.is_valid():
                raise StructureProblem(_("Give the milestone and its day."))
            services.add_milestone(held, **milestone.cleaned_data, by=user)
        messages.success(request, _("Saved."))
    except StructureProblem as problem:
        messages.error(request, str(problem))
    return redirect("structures:plot", pk=pk)
