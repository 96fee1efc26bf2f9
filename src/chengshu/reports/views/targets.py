"""Targets of a year with their lights; setting, changing and withdrawing them; what happened to one."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chengshu.bureau.models import User
from chengshu.bureau.services.base import Refused
from chengshu.kernel.access import permission_required
from chengshu.kernel.indicators.declarations import UnknownIndicator, declared
from chengshu.kernel.indicators.periods import Period
from chengshu.kernel.models import LedgerEntry
from chengshu.reports.forms.targets import TargetForm
from chengshu.reports.models import Target
from chengshu.reports.places import VIEW, Where, where
from chengshu.reports.services import targets as services
from chengshu.reports.services.targets import MANAGE, Wanted, light_name
from chengshu.reports.targets import Seen, prepared, seen
from chengshu.reports.views.common import Asked, person
from chengshu.ui import tones

TONES = {"green": tones.OK, "amber": tones.WARN, "red": tones.DANGER, "grey": tones.NEUTRAL}
YEARS_BACK, YEARS_ON = 5, 1
ACTIONS_TONES = {"withdrawn": tones.WARN, "worse": tones.DANGER}


@permission_required(VIEW)
@require_GET
def targets_page(request: HttpRequest) -> HttpResponse:
    """The targets of a year that the person may see, each with its light and the reason."""
    user, year, place = person(request), year_asked(request), place_of_viewer(request)
    rows = Target.objects.visible_to(user).filter(year=year, withdrawn_at=None)
    found = seen(rows.select_related("squad", "town", "owner").defer("town__boundary"), timezone.localdate())
    may, this = user.may(MANAGE), timezone.localdate().year
    context = {
        "year": year,
        "years": sorted({*range(this - YEARS_BACK, this + YEARS_ON + 1), year}, reverse=True),
        "rows": [row_of(one, place) for one in found],
        "counts": [
            (light_name(c), sum(one.light.colour == c for one in found), TONES[c])
            for c in ("green", "amber", "red")
        ],
        "may": may,
        "offered": _offered(found, year) if may and place.whole else [],
    }
    return render(request, "reports/targets.html", context)


@permission_required(VIEW)
@require_GET
def target_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One target and what happened to it."""
    rows = Target.objects.visible_to(person(request)).select_related("squad", "town", "owner")
    target = get_object_or_404(rows, pk=pk)
    found = seen([target], timezone.localdate())
    if not found:
        raise Http404
    entries = LedgerEntry.objects.filter(chain=target.chain).order_by("-seq")
    context = {
        "row": row_of(found[0], place_of_viewer(request)), "target": target,
        "entries": [_entry(one, found[0]) for one in entries],
        "may": target.withdrawn_at is None and _may(person(request), target),
        "trail": [(_("Targets"), _back(target.year))],
    }  # fmt: skip
    return render(request, "reports/target.html", context)


@permission_required(MANAGE)
@require_http_methods(["GET", "POST"])
def target_new(request: HttpRequest) -> HttpResponse:
    """Set a target."""
    form = TargetForm(
        request.POST or None, where=place_of_viewer(request, MANAGE),
        initial={"year": year_asked(request), "figure": request.GET.get("figure", "")},
    )  # fmt: skip
    if form.is_bound and form.is_valid():
        try:
            made = services.set_target(form.where.district, form.wanted(), by=person(request))
        except Refused as problem:
            form.add_error(problem.field if problem.field in form.fields else None, str(problem))
        else:
            messages.success(request, _("Saved."))
            return redirect(_back(made.year))
    return form_page(request, form, _("Set a target"), _back(year_asked(request)), _("Targets"))


@permission_required(MANAGE)
@require_http_methods(["GET", "POST"])
def target_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a target."""
    target = get_object_or_404(Target.objects.visible_to(person(request), MANAGE), pk=pk)
    names = ("figure", "comparison", "year", "source", "unverified")
    initial = {name: getattr(target, name) for name in names}
    initial |= {"squad": target.squad_id, "town": target.town_id, "owner": target.owner_id}
    initial["value"] = f"{target.value.normalize():f}"
    form = TargetForm(request.POST or None, where=place_of_viewer(request, MANAGE), initial=initial)
    if form.is_bound and form.is_valid():
        try:
            services.change_target(pk, form.wanted(), by=person(request))
        except Refused as problem:
            form.add_error(problem.field if problem.field in form.fields else None, str(problem))
        else:
            messages.success(request, _("Saved."))
            return redirect("reports:target", pk)
    return form_page(request, form, _("Change the target"), reverse("reports:target", args=[pk]), _("Target"))


@permission_required(MANAGE)
@require_POST
def target_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw a target."""
    get_object_or_404(Target.objects.visible_to(person(request), MANAGE), pk=pk)
    try:
        target = services.withdraw_target(pk, by=person(request))
    except Refused as problem:
        messages.error(request, str(problem))
        return redirect("reports:target", pk)
    messages.success(request, _("The target has been withdrawn."))
    return redirect(_back(target.year))


@permission_required(MANAGE)
@require_POST
def targets_adopt(request: HttpRequest) -> HttpResponse:
    """Adopt the targets of a year that the data file prepares."""
    year, place = year_asked(request), place_of_viewer(request, MANAGE)
    adopted = 0
    for one in prepared():
        if one.year != year:
            continue
        try:
            services.set_target(place.district, Wanted(**asdict(one)), by=person(request))
        except Refused as problem:
            messages.error(request, str(problem))
        else:
            adopted += 1
    if adopted:
        messages.success(request, _("%(n)d targets adopted.") % {"n": adopted})
    return redirect(_back(year))


def row_of(one: Seen, place: Where) -> dict[str, Any]:
    """A target as tables show it; its number opens the figure."""
    target = one.target
    asked = Asked(
        Period.year(target.year), Where(target.district_id, target.squad, (), place.whole, target.town)
    )
    return {
        "pk": target.pk, "name": one.one.name, "place": one.place, "wanted": one.wanted,
        "now": one.figure, "light": light_name(one.light.colour), "tone": TONES[one.light.colour],
        "reason": one.reason, "owner": target.owner, "source": target.source, "unverified": target.unverified,
        "url": asked.url("figure", target.figure), "year": target.year,
    }  # fmt: skip


def form_page(request: HttpRequest, form: Any, title: str, back: str, above: str) -> HttpResponse:
    """A form on a page of its own."""
    context = {"form": form, "title": title, "back": back, "trail": [(above, back)]}
    return render(request, "reports/form.html", context, status=422 if form.errors else 200)


def place_of_viewer(request: HttpRequest, permission: str = VIEW) -> Where:
    """Where the person may use a permission. Raises PermissionDenied."""
    place = where(request.user, "", "")
    if place is None:
        raise PermissionDenied(permission)
    return place


def year_asked(request: HttpRequest) -> int:
    """The year of the address or the form; this one where none is said."""
    text = request.POST.get("year") or request.GET.get("year") or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) == 4 else timezone.localdate().year


def _back(year: int) -> str:
    return f"{reverse('reports:targets')}?year={year}"


def _may(user: User, target: Target) -> bool:
    reach = user.scope_for(MANAGE)
    return reach.covers(district_id=target.district_id, squad_id=target.squad_id)


def _offered(found: list[Seen], year: int) -> list[dict[str, Any]]:
    """Prepared targets of the year that nobody has adopted."""
    have = {(one.target.figure, one.target.comparison) for one in found if not one.target.squad_id}
    return [
        {"name": declared(one.figure).name, "value": f"{one.comparison} {one.value}", "source": one.source}
        for one in prepared()
        if one.year == year and (one.figure, one.comparison) not in have
    ]


def _entry(entry: LedgerEntry, one: Seen) -> dict[str, Any]:
    titles = {
        "set": pgettext("target", "Set"),
        "changed": pgettext("target", "Changed"),
        "withdrawn": pgettext("target", "Withdrawn"),
        "worse": _("The light got worse"),
    }
    said = entry.payload
    if entry.action == "worse":
        text = light_name(said["light"])
    elif "value" in said:
        text = f"{_name(said['figure'])} {said['comparison']} {said['value']} · {said['source']}"
    else:
        text = ""
    return {
        "at": entry.at, "title": titles[entry.action], "text": text, "by": entry.actor,
        "tone": ACTIONS_TONES.get(entry.action, ""),
    }  # fmt: skip


def _name(id_: str) -> str:
    try:
        return str(declared(id_).name)
    except UnknownIndicator:
        return id_
