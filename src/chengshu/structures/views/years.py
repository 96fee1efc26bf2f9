"""The towns' year: tasks with completion and forecast, new ones, lights with their reasons."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from chengshu.kernel.access import permission_required
from chengshu.structures.forms.years import QuotaForm
from chengshu.structures.queries import lights, years
from chengshu.structures.queries.lists import ELIMINATED_CODE, KEY_ANY
from chengshu.structures.queries.years import NewOnes, Progress
from chengshu.structures.services import years as services
from chengshu.structures.services.base import StructureProblem
from chengshu.structures.settings import types
from chengshu.structures.views.common import MANAGE, VIEW, district_of, person
from chengshu.structures.views.figures import link, year_asked, years_offered
from chengshu.structures.words import sentences_of
from chengshu.ui import tones

LIGHT_TONES = {"green": tones.OK, "amber": tones.WARN, "red": tones.DANGER}


@permission_required(VIEW)
@require_GET
def towns(request: HttpRequest) -> HttpResponse:
    """Lights, new ones and tasks of a year, town by town."""
    district, year, today = district_of(request), year_asked(request), timezone.localdate()
    rules = lights.light_rules()
    found, recorded_at = lights.shown(district, year, today)
    new = years.new_ones(district, year, rules.new_within_days, today)
    words = {"green": _("Green light"), "amber": _("Amber light"), "red": _("Red light")}
    rows = [
        {
            "light": one, "label": words[one.colour], "tone": LIGHT_TONES[one.colour],
            "reasons": sentences_of(one.reasons), "missing": sentences_of(one.missing),
            "new": new.get(one.town.pk, NewOnes()), "url": link(entered=year, town=one.town.pk),
        }
        for one in found
    ]  # fmt: skip
    counts = [(words[c], sum(one.colour == c for one in found), LIGHT_TONES[c]) for c in words]
    context = {
        "year": year, "rows": rows, "counts": counts, "rules": rules,
        "recorded_at": recorded_at,
        "tasks": [_task(one, year) for one in years.progress(district, year, today)],
        "years": years_offered(request, year),
        "may_manage": person(request).may(MANAGE),
    }  # fmt: skip
    return render(request, "structures/towns.html", context)


def _task(one: Progress, year: int) -> dict[str, Any]:
    task = one.task
    wanted: dict[str, Any] = {"year": year, "status": ELIMINATED_CODE, "town": task.town_id}
    wanted |= {"type": task.type} if task.type else {"key": KEY_ANY}
    known = types()
    label = known[task.type].label if task.type in known else _("Key types altogether")
    return {"one": one, "type": label, "url": link(**wanted), "enough": one.expected is None
            or one.expected >= task.quota}  # fmt: skip


@permission_required(MANAGE)
@require_http_methods(["GET", "POST"])
def quota(request: HttpRequest) -> HttpResponse:
    """Set a town's task."""
    district, year = district_of(request, MANAGE), year_asked(request)
    posted = request.POST if request.method == "POST" else None
    form = QuotaForm(posted, district=district, initial={"year": year})
    if form.is_bound and form.is_valid():
        value = form.cleaned_data
        try:
            services.set_quota(
                value["town"], value["year"], value["type"], value["quota"], by=person(request)
            )
        except StructureProblem as problem:
            form.add_error(problem.field if problem.field in form.fields else None, str(problem))
        else:
            messages.success(request, _("Saved."))
            return redirect(f"{reverse('structures:towns')}?year={value['year']}")
    return form_page(request, form, _("Set a task"), "structures:towns", _("Towns and tasks"))


def form_page(
    request: HttpRequest, form: Any, title: str, back: str, above: str, map: Any = None
) -> HttpResponse:
    """A form on a page of its own."""
    url = reverse(back)
    context = {"form": form, "title": title, "back": url, "trail": [(above, url), (title, "")], "map": map}
    return render(request, "structures/form.html", context, status=422 if form.errors else 200)
