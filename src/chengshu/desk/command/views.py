"""The pages of the command centre and what their script fetches."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import orjson
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from chengshu.bureau.models import Unit
from chengshu.desk.command import actions
from chengshu.desk.command.config import configuration
from chengshu.desk.command.log import entries
from chengshu.desk.command.offers import offers_for
from chengshu.desk.command.replay import replay
from chengshu.desk.command.rooms import PERMISSION, SQUADS, Room, room
from chengshu.desk.command.settings import settings, shift_at
from chengshu.desk.command.snapshot import row_of, snapshot
from chengshu.desk.home import link
from chengshu.kernel.access import permission_required
from chengshu.leads.clocks import light
from chengshu.leads.models import Lead
from chengshu.leads.services import LeadProblem
from chengshu.leads.services.shifts import write_remark
from chengshu.leads.settings import sources

STEPS_SHOWN = 8


@permission_required(PERMISSION)
@require_GET
def room_page(request: HttpRequest) -> HttpResponse:
    """The district's command centre; who answers for a squad only is sent to its room."""
    user: Any = request.user
    here = room(user)
    if here.squad is not None:
        query = f"?{request.GET.urlencode()}" if request.GET else ""
        return HttpResponseRedirect(reverse("command:squad", args=[here.squad.code]) + query)
    return _page(request, here)


@permission_required(PERMISSION)
@require_GET
def squad_page(request: HttpRequest, code: str) -> HttpResponse:
    """A squad's own room."""
    user: Any = request.user
    return _page(request, room(user, code))


def _page(request: HttpRequest, here: Room) -> HttpResponse:
    user: Any = request.user
    wall = request.GET.get("mode") == "wall"
    config = configuration(user, here, "wall" if wall else "desk")
    shift, day = shift_at(timezone.now())
    context = {
        "room": here,
        "config": config,
        "rooms": _rooms(user, here),
        "today": timezone.localdate(),
        "may_patrol": user.may("patrol.view"),
        "shift": shift,
        "shift_day": day,
        "log_url": f"{reverse('command:log')}?day={day.isoformat()}&shift={shift.code}&squad={here.code}",
        "majors": sorted({entry["major"] for entry in config["classes"].values()}),
    }
    return render(request, "desk/command/wall.html" if wall else "desk/command/room.html", context)


def _rooms(user: Any, here: Room) -> list[tuple[str, str, bool]]:
    """The rooms the person may open: address, name, whether it is this one."""
    scope = user.scope_for(PERMISSION)
    if here.district.pk not in scope.districts:
        return []
    squads = Unit.objects.filter(district=here.district, kind__in=SQUADS, active=True)
    whole = (reverse("command:room"), here.district.label, here.squad is None)
    return [whole, *((reverse("command:squad", args=[u.code]), u.label, u == here.squad) for u in squads)]


def _json(data: Any, status: int = 200) -> HttpResponse:
    return HttpResponse(orjson.dumps(data, option=orjson.OPT_NON_STR_KEYS), "application/json", status=status)


def _here(request: HttpRequest) -> Room:
    user: Any = request.user
    return room(user, request.GET.get("squad", ""))


@permission_required(PERMISSION)
@require_GET
def state(request: HttpRequest) -> HttpResponse:
    """The room as it stands, and the position from which the events go on."""
    user: Any = request.user
    answer = _json(snapshot(user, _here(request)))
    answer["Cache-Control"] = "no-store"
    return answer


@permission_required(PERMISSION)
@require_GET
def replay_data(request: HttpRequest) -> HttpResponse:
    """A day's steps."""
    user: Any = request.user
    try:
        day = date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return _json({"problem": _("Choose a day.")}, 400)
    return _json(replay(user, _here(request), day))


def _lead(request: HttpRequest, pk: int) -> Lead:
    user: Any = request.user
    known = Lead.objects.visible_to(user).select_related("lead_class", "squad", "officer", "town", "object")
    return get_object_or_404(known, pk=pk)


@permission_required(PERMISSION)
@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The chosen lead with what can be done."""
    user: Any = request.user
    lead = _lead(request, pk)
    context = {
        "lead": lead,
        "light": light(
            timezone.now(),
            handle_by=lead.handle_by, amber_at=lead.amber_at, handled_at=lead.handled_at,
            held_at=lead.held_at,
        ),
        "source": sources()[lead.source].label if lead.source in sources() else lead.source,
        "actions": actions.allowed(user, lead),
        "steps": lead.steps.select_related("by", "officer", "squad").order_by("-version")[:STEPS_SHOWN],
        "alarms": lead.alarms.filter(cleared_at=None),
        "lead_url": link("leads:lead", lead.pk),
    }  # fmt: skip
    return render(request, "desk/command/detail.html", context)


@permission_required(PERMISSION)
@require_GET
def offers(request: HttpRequest, pk: int) -> HttpResponse:
    """The officers to send, with distance and load."""
    user: Any = request.user
    lead, here = _lead(request, pk), _here(request)
    squads = Unit.objects.filter(district=here.district, kind__in=SQUADS, active=True)
    context = {
        "lead": lead,
        "offers": offers_for(lead, user, here),
        "squads": {unit.pk: unit.label for unit in squads if here.squad is None or unit == here.squad},
        "names": {unit.pk: unit.label for unit in squads},
    }
    return render(request, "desk/command/offers.html", context)


@permission_required(PERMISSION)
@require_POST
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """One action on a lead as the person saw it. 409 with a sentence and the fresh row where it cannot be."""
    user: Any = request.user
    lead = _lead(request, pk)
    version = request.POST.get("version", "")
    try:
        actions.perform(
            user,
            lead,
            request.POST.get("action", ""),
            int(version) if version.isdecimal() else None,
            {name: str(value) for name, value in request.POST.items()},
        )
    except LeadProblem as problem:
        return _json({"problem": str(problem), "code": problem.code, "lead": row_of(user, pk)}, 409)
    except PermissionDenied:
        return _json({"problem": _("You may not do this with this lead."), "code": "permission"}, 403)
    return _json({"lead": row_of(user, pk)})


@permission_required(PERMISSION)
@require_GET
def log_panel(request: HttpRequest) -> HttpResponse:
    """The newest lines of the shift log."""
    user: Any = request.user
    here = _here(request)
    shift, day = shift_at(timezone.now())
    begins, ends = shift.on(day)
    lines = entries(user, here, begins, ends, settings().log_panel)
    return render(request, "desk/command/log_lines.html", {"lines": lines, "compact": True})


@permission_required(PERMISSION)
@require_GET
def log_page(request: HttpRequest) -> HttpResponse:
    """One shift's log, for reading and printing."""
    user: Any = request.user
    here = _here(request)
    shift, day = shift_at(timezone.now())
    try:
        day = date.fromisoformat(request.GET.get("day", "")) if request.GET.get("day") else day
        shift = next(s for s in settings().shifts if s.code == request.GET.get("shift", shift.code))
    except (ValueError, StopIteration) as error:
        raise Http404(str(error)) from error
    begins, ends = shift.on(day)
    most = settings().log_page
    lines = entries(user, here, begins, ends, most)
    context = {
        "room": here,
        "rooms": _rooms(user, here),
        "squads": Unit.objects.filter(district=here.district, kind__in=SQUADS, active=True)
        if _rooms(user, here)
        else [],
        "shift": shift,
        "shifts": settings().shifts,
        "day": day,
        "begins": begins,
        "ends": ends,
        "lines": lines,
        "capped": len(lines) == most,
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1),
        "now": timezone.now(),
    }
    return render(request, "desk/command/log.html", context)


@permission_required(PERMISSION)
@require_POST
def remark(request: HttpRequest) -> HttpResponse:
    """A remark in the log; the script gets 204, a form the page again."""
    user: Any = request.user
    here = _here(request)
    lead = request.POST.get("lead", "")
    about = _lead(request, int(lead)) if lead.isdecimal() else None
    try:
        write_remark(here.unit_of(user), request.POST.get("text", ""), by=user, lead=about)
    except LeadProblem as problem:
        return _json({"problem": str(problem), "code": problem.code}, 422)
    if request.POST.get("back") == "log":
        return redirect(f"{reverse('command:log')}?squad={here.code}")
    return HttpResponse(status=204)
