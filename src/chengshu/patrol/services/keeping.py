"""From a day's positions to tracks and cover, and letting positions go."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from chengshu.patrol.models import Beat, BeatDay, BeatPoint, Position, Track
from chengshu.patrol.services import counting
from chengshu.patrol.tracking import cleaning, partitions
from chengshu.patrol.tracking.cleaning import Fixes, Stop
from chengshu.patrol.tracking.covering import Coverage, ground
from chengshu.patrol.tracking.encoding import decode, encode
from chengshu.patrol.tracking.rules import rules

TRACK_FIELDS = ["district", "squad", "line", "seconds", "stops", "distance_m", "positions", "used", "made_at"]
READ = """
SELECT user_id, source, extract(epoch FROM at - %(begin)s)::float8, lng, lat, coalesce(accuracy_m, 0),
    squad_id, district_id
FROM patrol_position WHERE at >= %(begin)s AND at < %(end)s {whose} ORDER BY user_id, source, at
"""
CHUNK = 20_000


@dataclass(frozen=True)
class Walked:
    """One officer's positions of a stretch of time, cleaned. ``track.t``: seconds after its beginning."""

    user: int
    squad: int
    district: int
    positions: int
    track: Fixes

    @property
    def stops(self) -> list[Stop]:
        """Where the officer stayed."""
        return cleaning.stops(self.track, rules().stops)

    @property
    def distance_m(self) -> float:
        """Metres along the simplified line: standing still with a trembling receiver is no way walked."""
        rule = rules().track
        parts = cleaning.pieces(self.track, rule)
        return sum(cleaning.distance_m(cleaning.corners(part, rule.tolerance_m)) for part in parts)


def walked(begin: datetime, end: datetime, user: int | None = None) -> Iterator[Walked]:
    """What officers (or one) walked between two moments, officer by officer; one query."""
    statement = READ.format(whose="" if user is None else "AND user_id = %(user)s")
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(statement, {"begin": begin, "end": end, "user": user})
        rows: list[tuple[object, ...]] = []
        while chunk := cursor.fetchmany(CHUNK):
            for row in chunk:
                if rows and rows[-1][0] != row[0]:
                    yield _clean(rows)
                    rows = []
                rows.append(row)
        if rows:
            yield _clean(rows)


def _clean(rows: list[tuple[object, ...]]) -> Walked:
    rule = rules().clean
    by_source: dict[str, list[tuple[object, ...]]] = {}
    for row in rows:
        by_source.setdefault(str(row[1]), []).append(row[2:6])
    sources = {
        source: cleaning.clean(cleaning.fixes(*zip(*columns, strict=True)), rule, source)
        for source, columns in by_source.items()
    }
    user, squad, district = (int(str(value)) for value in (rows[0][0], rows[-1][6], rows[-1][7]))
    return Walked(user, squad, district, len(rows), cleaning.best_of(sources, rule.fill_gap_s))


def build_day(day: date, now: datetime | None = None, *, cover: bool = True) -> int:
    """Make the tracks of a day and what of each beat was covered; how many tracks.

    ``cover`` false leaves the cover as it was: beats may have changed since.
    """
    now = now or timezone.now()
    coverage = _coverage()
    tracks = []
    for one in walked(*partitions.bounds(day)):
        if cover:
            coverage.add(one.track)
        tracks.append(_track(one, day, now))
    if not tracks:
        return 0
    with transaction.atomic():
        Track.objects.bulk_create(
            tracks, update_conflicts=True, unique_fields=["user", "day"], update_fields=TRACK_FIELDS
        )
        if cover:
            _keep_cover(coverage, day, now)
    return len(tracks)


def _track(one: Walked, day: date, now: datetime) -> Track:
    line = cleaning.simplified(one.track, rules().track)
    return Track(
        district_id=one.district,
        squad_id=one.squad,
        user_id=one.user,
        day=day,
        line=encode(zip(line.lng.tolist(), line.lat.tolist(), strict=True)),
        seconds=[round(t) for t in line.t.tolist()],
        stops=[[round(s.begin), round(s.end), round(s.lng, 6), round(s.lat, 6)] for s in one.stops],
        distance_m=round(one.distance_m, 1),
        positions=one.positions,
        used=len(one.track),
        made_at=now,
    )


def _coverage() -> Coverage:
    rule = rules()
    points: dict[int, list[tuple[float, float]]] = {}
    for beat, position in BeatPoint.objects.filter(active=True).values_list("beat_id", "position"):
        points.setdefault(beat, []).append(position)
    beats = Beat.objects.filter(active=True).values_list("pk", "boundary")
    grounds = [ground(beat, boundary, points.get(beat, []), rule.cover) for beat, boundary in beats]
    return Coverage(grounds, rule.track, rule.cover)


def _keep_cover(coverage: Coverage, day: date, now: datetime) -> None:
    rows = []
    for beat, one in sorted(coverage.grounds.items()):
        hours, whole = coverage.of(beat)
        rows.append(
            BeatDay(beat_id=beat, day=day, cells=one.size, covered=hours, covered_day=whole, counted_at=now)
        )
    BeatDay.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["beat", "day"],
        update_fields=["cells", "covered", "covered_day"],
    )
    counting.sum_months((beat, day) for beat in coverage.grounds)


def line_of(track: Track) -> Fixes:
    """A kept track's corners; ``t``: seconds after local midnight."""
    places = decode(track.line)
    return cleaning.fixes(track.seconds, [lng for lng, _lat in places], [lat for _lng, lat in places])


def ahead(today: date | None = None) -> int:
    """Make the partitions of today and the days to come; how many are new."""
    today = today or timezone.localdate()
    return len(partitions.ensure(today + timedelta(days=n) for n in range(rules().keep.ahead_days + 1)))


def let_go(today: date | None = None) -> tuple[int, int]:
    """Drop the days of positions that are no longer kept, each after its tracks were made a last time, and
    the tracks that are too old; how many of each."""
    today = today or timezone.localdate()
    keep = rules().keep
    days = [day for day in partitions.days() if day <= today - timedelta(days=keep.raw_days)]
    for day in days:
        build_day(day, cover=False)
        partitions.drop(day)
    oldest = today - timedelta(days=keep.track_days)
    return len(days), Track.objects.filter(day__lt=oldest).delete()[0]


def has_positions(day: date, user: int) -> bool:
    """Whether the officer's positions of that day are still there."""
    begin, end = partitions.bounds(day)
    return Position.objects.filter(user=user, at__gte=begin, at__lt=end).exists()
