"""From positions as they came to what somebody did: arrays in, arrays out."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from chengshu.kernel.geometry import EARTH_RADIUS_M, haversine_m
from chengshu.patrol.tracking.rules import Clean, Line, Stops

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
METRES_PER_DEGREE = math.radians(1) * EARTH_RADIUS_M
ACCURACY_UNKNOWN = 0.0


@dataclass(frozen=True)
class Fixes:
    """Positions of one person: ``t`` in seconds (any zero), WGS 84 degrees, metres (0: not known)."""

    t: Floats
    lng: Floats
    lat: Floats
    accuracy: Floats

    def __len__(self) -> int:
        return len(self.t)

    def take(self, which: Mask | npt.NDArray[np.intp]) -> Fixes:
        """Those chosen by a mask or by their places."""
        return Fixes(self.t[which], self.lng[which], self.lat[which], self.accuracy[which])


def fixes(t: object, lng: object, lat: object, accuracy: object = None) -> Fixes:
    """Arrays of the same length made of any sequences; an accuracy that is not known is NaN, None or 0."""
    times = np.asarray(t, np.float64)
    known = np.zeros(len(times)) if accuracy is None else np.asarray(accuracy, np.float64)
    return Fixes(times, np.asarray(lng, np.float64), np.asarray(lat, np.float64), np.nan_to_num(known))


def joined(parts: list[Fixes]) -> Fixes:
    """Several into one, in order of time."""
    if not parts:
        return fixes([], [], [])
    whole = Fixes(*(np.concatenate(column) for column in zip(*map(_columns, parts), strict=True)))
    return whole.take(np.argsort(whole.t, kind="stable"))


def _columns(part: Fixes) -> tuple[Floats, Floats, Floats, Floats]:
    return part.t, part.lng, part.lat, part.accuracy


def clean(given: Fixes, rule: Clean, source: str = "device") -> Fixes:
    """One source's positions in order of time, without vague ones, doubles and jumps.

    A jump is a position that cannot be reached from the last good one at the speed limit of the source. Where
    more positions agree with one another than with the last good one, it is that one that is given up.
    """
    usable = np.isfinite(given.t) & (np.abs(given.lat) <= 90) & (np.abs(given.lng) <= 180)
    usable &= given.accuracy <= rule.accuracy_most_m
    kept = given.take(usable)
    kept = kept.take(np.lexsort((kept.accuracy, kept.t)))
    if len(kept):
        kept = kept.take(np.concatenate([[True], np.diff(kept.t) > 0]))
    return kept.take(_without_jumps(kept, rule.speed_most_kmh[source] / 3.6))


def _without_jumps(given: Fixes, limit: float) -> Mask:
    """Which positions stay: the longest-lived of the runs that a speed limit (m/s) allows, greedily."""
    n = len(given)
    keep = np.ones(n, bool)
    if n < 2:
        return keep
    steps = haversine_m(given.lng[:-1], given.lat[:-1], given.lng[1:], given.lat[1:])
    slack = np.maximum(given.accuracy[:-1], given.accuracy[1:])
    if np.all(steps - slack <= limit * np.diff(given.t)):
        return keep  # nearly every track: no step is too long
    run: list[int] = [0]
    doubted: list[int] = []
    for i in range(1, n):
        if _reachable(given, run[-1], i, limit):
            run.append(i)
            doubted = []
        elif doubted and _reachable(given, doubted[-1], i, limit):
            doubted.append(i)
            if len(doubted) > len(run):
                run, doubted = doubted, []
        else:
            doubted = [i]
    keep[:] = False
    keep[run] = True
    return keep


def _reachable(given: Fixes, a: int, b: int, limit: float) -> bool:
    metres = haversine_m(float(given.lng[a]), float(given.lat[a]), float(given.lng[b]), float(given.lat[b]))
    slack = max(float(given.accuracy[a]), float(given.accuracy[b]))
    return metres - slack <= limit * float(given.t[b] - given.t[a])


def best_of(sources: dict[str, Fixes], gap_s: float) -> Fixes:
    """One track of several cleaned sources: the fullest, and where it is silent for ``gap_s``, the others.

    Two devices on one person are metres apart; mixing them would make a zigzag nobody walked.
    """
    order = sorted(sources, key=lambda name: (-len(sources[name]), name))
    if not order:
        return fixes([], [], [])
    best = sources[order[0]]
    for name in order[1:]:
        other = sources[name]
        if not len(best) or not len(other):
            best = best if len(best) else other
            continue
        after = np.searchsorted(best.t, other.t)
        before_t = np.where(after > 0, best.t[np.maximum(after - 1, 0)], -np.inf)
        next_t = np.where(after < len(best), best.t[np.minimum(after, len(best) - 1)], np.inf)
        silent = (next_t - before_t > gap_s) & ~np.isin(other.t, best.t)
        best = joined([best, other.take(silent)])
    return best


def distance_m(track: Fixes) -> float:
    """Metres along the positions."""
    if len(track) < 2:
        return 0.0
    return float(np.sum(haversine_m(track.lng[:-1], track.lat[:-1], track.lng[1:], track.lat[1:])))


@dataclass(frozen=True)
class Stop:
    """停留: within a small circle from ``begin`` to ``end`` (seconds); its middle."""

    begin: float
    end: float
    lng: float
    lat: float


def stops(track: Fixes, rule: Stops) -> list[Stop]:
    """Where somebody stayed within the radius for long enough, in order; they do not overlap."""
    found: list[Stop] = []
    first, n = 0, len(track)
    while first < n - 1:
        last = _last_within(track, first, rule.radius_m)
        if track.t[last] - track.t[first] >= rule.least_s:
            part = slice(first, last + 1)
            middle = float(np.median(track.lng[part])), float(np.median(track.lat[part]))
            found.append(Stop(float(track.t[first]), float(track.t[last]), *middle))
            first = last + 1
        else:
            first += 1
    return found


def _last_within(track: Fixes, first: int, radius_m: float) -> int:
    """The last position before the first that lies further than the radius from position ``first``."""
    at, size = first + 1, 64
    while at < len(track):
        part = slice(at, at + size)
        away = haversine_m(float(track.lng[first]), float(track.lat[first]), track.lng[part], track.lat[part])
        outside = np.flatnonzero(away > radius_m)
        if outside.size:
            return at + int(outside[0]) - 1
        at, size = at + size, size * 4
    return len(track) - 1


def corners(track: Fixes, tolerance_m: float) -> Fixes:
    """The positions that are left after simplification (Douglas-Peucker): none of those left out lies
    further than the tolerance from the line. First and last stay."""
    if len(track) < 3:
        return track
    stretch = math.cos(math.radians(float(np.mean(track.lat))))
    flat = np.column_stack([track.lng * stretch, track.lat]) * METRES_PER_DEGREE
    # the third coordinate is carried along by GEOS: it says which position a corner was
    line = shapely.LineString(np.column_stack([flat, np.arange(len(track))]))
    simple = shapely.simplify(line, tolerance_m, preserve_topology=False)
    which = shapely.get_coordinates(simple, include_z=True)[:, 2].astype(np.intp)
    return track.take(np.unique(np.concatenate([[0], which, [len(track) - 1]])))


def pieces(track: Fixes, rule: Line) -> Iterator[Fixes]:
    """The parts of a track between silences."""
    if len(track):
        cuts = np.flatnonzero(np.diff(track.t) > rule.joined_gap_s) + 1
        for part in np.split(np.arange(len(track)), cuts):
            yield track.take(part)


def simplified(track: Fixes, rule: Line) -> Fixes:
    """Each part of a track by its corners."""
    return joined([corners(part, rule.tolerance_m) for part in pieces(track, rule)])
