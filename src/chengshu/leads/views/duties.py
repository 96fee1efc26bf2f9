"""The duties of the day on a phone, and how many a day holds."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from chengshu.bureau.models import Unit, User
from chengshu.kernel.access import permission_required
from chengshu.leads.duties import Plan, Position, Urgency, plan
from chengshu.leads.models import DutyCapacity, Lead
from chengshu.leads.queries import duties as queries
from chengshu.leads.services import LeadProblem
from chengshu.leads.services.capacities import PERMISSION as ASSIGN
from chengshu.leads.services.capacities import set_capacity
from chengshu.leads.setup_forms import CapacityForm

TONES = {Urgency.RED: "danger", Urgency.AMBER: "warn", Urgency.TODAY: "info", Urgency.LATER: "neutral"}


@permission_required("leads.work")
@require_http_methods(["GET", "POST"])
@never_cache
def duty_list(request: HttpRequest) -> HttpResponse:
    """Today's list; a POST brings the place to start from, which is used and not kept."""
    user: Any = request.user
    officer = _officer(request, user)
    now = timezone.now()
    here = _position(request)
    start = here or queries.place_of(officer.unit)
    leads = queries.leads_of(officer, now)
    capacity = queries.capacity_of(officer)
    found = plan((queries.duty_of(lead, now) for lead in leads), now=now, start=start, capacity=capacity)
    context = {
        "officer": officer,
        "officers": _officers(user),
        "groups": _shown(found, {lead.pk: lead for lead in leads}),
        "total": len(leads),
        "capacity": capacity,
        "cut": len(leads) >= queries.MOST,
        "from_here": here is not None,
        "may_set": user.may(ASSIGN),
    }
    return render(request, "leads/duty_list.html", context)


def _officers(user: User) -> list[User]:
    """Whose lists the person may see: a leader's those of the squad."""
    scope = user.scope_for(ASSIGN)
    people = User.objects.filter(scope.q(district="unit__district", squad="unit"), is_active=True)
    return list(people.select_related("unit")) if scope else []


def _officer(request: HttpRequest, user: User) -> User:
    key = request.GET.get("officer", "")
    if not key or key == str(user.pk):
        return user
    found = next((one for one in _officers(user) if str(one.pk) == key), None)
    if found is None:
        raise Http404
    return found


def _position(request: HttpRequest) -> Position | None:
    """Where the browser says it is."""
    try:
        lng, lat = float(request.POST.get("lng", "")), float(request.POST.get("lat", ""))
    except ValueError:
        return None
    return (lng, lat) if -180 <= lng <= 180 and -90 <= lat <= 90 else None


def _shown(found: Plan, leads: dict[int, Lead]) -> list[dict[str, Any]]:
    """The stops under the headings of their urgency, what the day cannot hold at the end."""
    labels = {
        Urgency.RED: _("Overdue"), Urgency.AMBER: _("Soon due"), Urgency.TODAY: _("Due today"),
        Urgency.LATER: _("Not urgent"),
    }  # fmt: skip
    groups: list[dict[str, Any]] = []
    number = 0
    for later, stops in ((False, found.today), (True, found.beyond)):
        for stop in stops:
            number += 1
            title = _("More than the day holds") if later else labels[stop.urgency]
            if not groups or groups[-1]["title"] != title:
                groups.append({"title": title, "stops": []})
            row = {
                "number": number,
                "stop": stop,
                "lead": leads[stop.duty.lead],
                "tone": TONES[stop.urgency],
                "urgency": labels[stop.urgency],
            }
            groups[-1]["stops"].append(row)
    return groups


@permission_required(ASSIGN)
@require_http_methods(["GET", "POST"])
def capacities(request: HttpRequest) -> HttpResponse:
    """How many duties a day: one number for the squad, one for each officer who differs."""
    user: Any = request.user
    scope = user.scope_for(ASSIGN)
    kinds = [Unit.Kind.SQUAD, Unit.Kind.MOBILE_SQUAD]
    squads = Unit.objects.filter(scope.q(district="district", squad="pk"), kind__in=kinds, active=True)
    if request.method == "POST":
        unit = get_object_or_404(squads, pk=_number(request, "unit"))
        officer = None
        if request.POST.get("officer"):
            officer = get_object_or_404(User, pk=_number(request, "officer"), unit=unit)
        form = CapacityForm(request.POST)
        if not form.is_valid():
            messages.error(request, _("Enter a number from 1 to 200, or nothing."))
        else:
            try:
                set_capacity(unit, officer, form.cleaned_data["per_day"], user)
            except LeadProblem as problem:
                messages.error(request, str(problem))
            else:
                messages.success(request, _("Saved."))
        return redirect("leads:capacities")
    numbers = {
        (row.unit_id, row.officer_id): row.per_day for row in DutyCapacity.objects.filter(unit__in=squads)
    }
    people = User.objects.filter(unit__in=squads, is_active=True).order_by("unit_id", "name_key", "id")
    shown = []
    for squad in squads:
        own = [one for one in people if one.unit_id == squad.pk]
        officers = [{"person": one, "per_day": numbers.get((squad.pk, one.pk))} for one in own]
        shown.append({"squad": squad, "per_day": numbers.get((squad.pk, None)), "officers": officers})
    trail = [(_("Duties of the day"), reverse("leads:duties")), (_("Capacity"), "")]
    return render(request, "leads/capacities.html", {"squads": shown, "trail": trail})


def _number(request: HttpRequest, name: str) -> int:
    value = request.POST.get(name, "")
    if not value.isdigit():
        raise Http404
    return int(value)
