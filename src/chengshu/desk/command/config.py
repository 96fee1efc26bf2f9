"""What the page tells its script: addresses, names of everything the events name by id, texts, the ground."""

from __future__ import annotations

from typing import Any

from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from chengshu.bureau.models import Unit, User
from chengshu.desk.command.rooms import SQUADS, Room
from chengshu.desk.command.settings import settings
from chengshu.leads.lifecycle import OPEN
from chengshu.leads.models import LeadAlarm, LeadClass
from chengshu.leads.settings import sources
from chengshu.patrol.models.tracks import PERMISSION as TRACKS
from chengshu.registry.queries.reference import reference
from chengshu.registry.views import mapping
from chengshu.ui import mapconfig


def configuration(user: User, room: Room, mode: str) -> dict[str, Any]:
    """The page's JSON. Three queries."""
    rules = settings()
    classes = LeadClass.objects.filter(district=room.district)
    squads = Unit.objects.filter(district=room.district, kind__in=SQUADS, active=True)
    objects = {c.code: c.label for c in reference().classes_in([room.district.pk])}
    return {
        "mode": mode,
        "room": {
            "district": room.district.pk,
            "squad": room.squad.pk if room.squad else None,
            "code": room.code,
        },
        "urls": {**urls(room), "track": _track(user)},
        "classes": {c.pk: {"label": c.label, "major": c.major} for c in classes},
        "sources": {code: source.label for code, source in sources().items()},
        "squads": {unit.pk: unit.label for unit in squads},
        "stages": {stage.value: str(stage.label) for stage in OPEN},
        "alarmKinds": {value: str(label) for value, label in LeadAlarm.Kind.choices},
        "staleMinutes": rules.stale_minutes,
        "wallRows": rules.wall_rows,
        "wallSeconds": rules.wall_turn_seconds,
        "speeds": list(rules.speeds),
        "cameraClass": rules.camera_class if rules.camera_class in objects else "",
        "timeZone": timezone.get_current_timezone_name(),
        "mayDispatch": user.may("leads.dispatch") or user.may("leads.assign"),
        "map": mapconfig.complete(
            reverse("api:registry_map"),
            {**mapping.ground(room.district.pk), "bounds": _bounds(room)},
        ),
        "texts": texts(),
    }


def urls(room: Room) -> dict[str, str]:
    """Addresses; ``{id}`` stands for a lead."""

    def of_lead(name: str) -> str:
        return reverse(f"command:{name}", args=[0]).replace("/0/", "/{id}/")

    query = f"?squad={room.code}" if room.code else ""
    return {
        "state": reverse("command:state") + query,
        "events": reverse("api:events"),
        "detail": of_lead("detail") + query,
        "offers": of_lead("offers") + query,
        "act": of_lead("act") + query,
        "log": reverse("command:panel") + query,
        "replay": reverse("command:replay") + query,
        "worker": static("islands/map-worker.js"),
    }


def _track(user: User) -> str:
    """Where an officer's track of today is asked for; empty for whoever may not see tracks."""
    return reverse("command:track", args=[0]).replace("/0/", "/{id}/") if user.may(TRACKS) else ""


def _bounds(room: Room) -> list[float] | None:
    """The box of the squad's towns, or of the district."""
    if room.squad is not None:
        boxes = [_box(town.boundary) for town in room.squad.towns.all()]
        if boxes:
            west, south, east, north = zip(*boxes, strict=True)
            return [min(west), min(south), max(east), max(north)]
    return mapping.extent(room.district.pk)


def _box(geometry: dict[str, Any]) -> tuple[float, float, float, float]:
    from shapely.geometry import shape

    west, south, east, north = shape(geometry).bounds
    return west, south, east, north


def texts() -> dict[str, str]:
    """Every word the script may show."""
    return {
        "red": pgettext("light", "Overdue"),
        "amber": pgettext("light", "Nearly due"),
        "green": pgettext("light", "In time"),
        "held": pgettext("light", "On hold"),
        "left": _("{time} left"),
        "late": _("{time} over"),
        "noLimit": _("no limit yet"),
        "day": _("{n} d"),
        "hour": _("{n} h"),
        "minute": _("{n} min"),
        "live": _("Live"),
        "connecting": _("Connecting…"),
        "lost": _("Connection lost: the picture stands still. Trying again…"),
        "nobody": _("Nobody yet"),
        "free": _("free"),
        "busy": _("{n} in hand"),
        "unplaced": _("no position"),
        "stale": _("position of {time} ago"),
        "none": _("No open leads here."),
        "noneFiltered": _("No lead matches. Esc clears the filter."),
        "more": _("{n} more open leads are not shown; narrow by squad."),
        "sent": _("{number} → {to}"),
        "done": _("{number}: done"),
        "choose": _("Choose a lead with j and k first."),
        "noCameras": _("There is no class of cameras yet."),
        "offline": _("The server cannot be reached. Nothing was changed."),
        "noAlarms": _("No alarms"),
        "nobodyOnDuty": _("Nobody is on duty."),
        "soundOn": _("Sound on"),
        "soundOff": _("Sound off"),
        "track": _("Track of today"),
    }
