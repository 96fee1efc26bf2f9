"""One officer's day for people to look at: the line, the stops, the check-ins."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from chengshu.bureau.deeds import Deed, Span, in_spans
from chengshu.bureau.models import RosterEntry, User
from chengshu.patrol.models import CheckIn, Position, Track
from chengshu.patrol.services import keeping
from chengshu.patrol.tracking import cleaning, partitions
from chengshu.patrol.tracking.cleaning import Fixes
from chengshu.patrol.tracking.rules import rules


@dataclass(frozen=True)
class Stay:
    """A stop, by the clock."""

    begin: datetime
    end: datetime
    lng: float
    lat: float

    @property
    def minutes(self) -> int:
        """How long."""
        return round((self.end - self.begin).total_seconds() / 60)


@dataclass(frozen=True)
class Day:
    """轨迹 of one officer on one day; ``raw``: made from the positions, which are still there."""

    day: date
    lines: list[list[tuple[float, float]]]
    stays: list[Stay]
    distance_m: float
    positions: int
    used: int
    raw: bool
    last_at: datetime | None = None


def day_of(user: int, day: date) -> Day | None:
    """The track of a day, None if nothing is kept; at most two queries."""
    begin, end = partitions.bounds(day)
    found = next(iter(keeping.walked(begin, end, user)), None)
    if found is not None:
        line = cleaning.simplified(found.track, rules().track)
        last = begin + timedelta(seconds=float(found.track.t[-1])) if len(found.track) else None
        stays = [Stay(_at(begin, s.begin), _at(begin, s.end), s.lng, s.lat) for s in found.stops]
        size = len(found.track)
        return Day(day, _lines(line), stays, found.distance_m, found.positions, size, True, last)
    track = Track.objects.filter(user=user, day=day).first()
    if track is None:
        return None
    line = keeping.line_of(track)
    stays = [Stay(_at(begin, b), _at(begin, e), lng, lat) for b, e, lng, lat in track.stops]
    last = _at(begin, float(line.t[-1])) if len(line) else None
    size = track.used
    return Day(day, _lines(line), stays, track.distance_m, track.positions, size, False, last)


def _at(begin: datetime, seconds: float) -> datetime:
    return begin + timedelta(seconds=seconds)


def _lines(line: Fixes) -> list[list[tuple[float, float]]]:
    return [
        list(zip(part.lng.tolist(), part.lat.tolist(), strict=True))
        for part in cleaning.pieces(line, _whole(line))
    ]


def _whole(line: Fixes) -> Any:
    """Corners lie further apart in time than positions do, so that only long silences part a line."""
    rule = rules().track
    return type(rule)(rule.tolerance_m, rule.joined_gap_s * SILENCES)


SILENCES = 4  # a straight or still quarter of an hour has no corner


def check_ins_of(user: int, day: date) -> list[CheckIn]:
    """The check-ins of the day, in order; one query."""
    begin, end = partitions.bounds(day)
    found = CheckIn.objects.filter(user=user, at__gte=begin, at__lt=end).select_related("point", "beat")
    return list(found.defer("beat__boundary").order_by("at"))


def overlay(day: Day | None, check_ins: Iterable[CheckIn], label: str = "") -> dict[str, Any]:
    """GeoJSON for the map: the line in its parts, stops, check-ins."""
    features: list[dict[str, Any]] = []
    for line in day.lines if day else []:
        geometry = {"type": "LineString", "coordinates": line if len(line) > 1 else line * 2}
        features.append(_feature(geometry, kind="line", label=label))
    for stay in day.stays if day else []:
        words = f"{timezone.localtime(stay.begin):%H:%M}–{timezone.localtime(stay.end):%H:%M}"
        features.append(_feature(_point(stay.lng, stay.lat), kind="stop", label=words))
    for one in check_ins:
        place = one.position or one.point.position
        words = f"{timezone.localtime(one.at):%H:%M} {one.point.name}"
        features.append(_feature(_point(*place), kind="check_in", label=words))
    return {"type": "FeatureCollection", "features": features}


def _point(lng: float, lat: float) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [lng, lat]}


def _feature(geometry: dict[str, Any], **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def box(collection: dict[str, Any]) -> list[float] | None:
    """West, south, east, north of a collection, a little wider; None where it is empty."""
    import shapely

    shapes = [shapely.geometry.shape(one["geometry"]) for one in collection["features"]]
    if not shapes:
        return None
    west, south, east, north = shapely.total_bounds(shapes).tolist()
    return [west - 0.002, south - 0.002, east + 0.002, north + 0.002]


def deeds(person: User, start: datetime, end: datetime) -> list[Deed]:
    """For the duty log: the way of each duty in the span, from the positions while they are there."""
    found = []
    duties = RosterEntry.objects.filter(user=person, starts_at__lt=end, ends_at__gt=start)
    for begins, ends in duties.values_list("starts_at", "ends_at")[:1]:
        begin, finish = max(begins, start), min(ends, end)
        for one in keeping.walked(begin, finish, person.pk):
            if not len(one.track):
                continue
            data = {
                "distance_m": round(one.distance_m),
                "positions": one.positions,
                "stops": len(one.stops),
                "last_at": (begin + timedelta(seconds=float(one.track.t[-1]))).isoformat(),
            }
            place = float(one.track.lng[0]), float(one.track.lat[0])
            moment = begin + timedelta(seconds=float(one.track.t[0]))
            found.append(Deed(moment, "track", _words(one.distance_m, len(one.stops)), "", place, data))
    return found


def deeds_in(person: User, spans: Sequence[Span]) -> list[list[Deed]]:
    """The same for many duties; one query where no positions are kept of any."""
    if not Position.objects.filter(in_spans(spans), user=person).exists():
        return [[] for _span in spans]
    return [deeds(person, start, end) for start, end in spans]


def _words(metres: float, stops: int) -> str:
    from django.utils.translation import gettext as _

    return _("Way on duty %(km)s km, %(stops)s stops") % {"km": f"{metres / 1000:.1f}", "stops": stops}
