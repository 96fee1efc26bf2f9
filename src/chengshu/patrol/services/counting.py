"""Counting check-ins by beat and day: what a trigger marked as stale is counted anew from the check-ins."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time

from django.db import connection, transaction
from django.utils import timezone

from chengshu.bureau.models import Unit
from chengshu.patrol.checkin_settings import rules
from chengshu.patrol.frequency import Judged, holds, is_workday, judge, visits_of
from chengshu.patrol.models import Beat, BeatDay, BeatPoint, CheckIn, Requirement, StaleBeat
from chengshu.patrol.models.coverage import HOURS, no_hours
from chengshu.patrol.tracking.partitions import bounds

LOCK = 0x636F756E74  # "count": one at a time, or an older count could overwrite a newer one
AT_ONCE = 2_000
NOON = time(12)
WAYS = {CheckIn.Way.NFC_DYNAMIC.value: "nfc_dynamic", CheckIn.Way.NFC_PLAIN.value: "nfc_plain",
        CheckIn.Way.QR.value: "qr", CheckIn.Way.TYPED.value: "qr",
        CheckIn.Way.POSITION.value: "by_position"}  # fmt: skip
COLUMNS = tuple(dict.fromkeys(WAYS.values()))
FACTS = ("visits", *COLUMNS, "hours", "officers", "points_seen")
# by squad and time, for which there is an index; check-ins at a beat may be those of another squad
RAW = """
SELECT beat_id, point_id, user_id, way, extract(hour FROM at AT TIME ZONE %(zone)s)::int, at
FROM patrol_checkin WHERE squad_id = ANY(%(squads)s) AND at >= %(begin)s AND at < %(end)s
    AND (%(beats)s::bigint[] IS NULL OR beat_id = ANY(%(beats)s)) AND weight >= %(weight)s
ORDER BY at, id
"""
MONTH = """
INSERT INTO patrol_beatmonth (beat_id, month, visits, nfc_dynamic, nfc_plain, qr, by_position, hours, due,
    met, days, cells, covered_day)
SELECT beat_id, %(month)s, sum(visits), sum(nfc_dynamic), sum(nfc_plain), sum(qr), sum(by_position),
    ARRAY[{hours}], sum(due), sum(met), count(*) FILTER (WHERE visits > 0),
    coalesce(sum(cells) FILTER (WHERE covered_day IS NOT NULL), 0), coalesce(sum(covered_day), 0)
FROM patrol_beatday
WHERE beat_id = ANY(%(beats)s) AND day >= %(month)s AND day < %(month)s::date + interval '1 month'
GROUP BY beat_id
ON CONFLICT (beat_id, month) DO UPDATE SET {columns}
"""
MONTHS_APART = """
SELECT coalesce(day.beat_id, kept.beat_id), coalesce(day.visits, 0), coalesce(kept.visits, 0)
FROM (SELECT beat_id, sum(visits) AS visits, sum(due) AS due, sum(met) AS met FROM patrol_beatday
      WHERE day >= %(month)s AND day < %(month)s::date + interval '1 month' GROUP BY beat_id) AS day
FULL JOIN (SELECT * FROM patrol_beatmonth WHERE month = %(month)s) AS kept USING (beat_id)
WHERE (day.visits, day.due, day.met) IS DISTINCT FROM (kept.visits, kept.due, kept.met)
"""
MONTH_COLUMNS = ("visits", *COLUMNS, "hours", "due", "met", "days", "cells", "covered_day")


@dataclass
class Tally:
    """The visits to one beat on one day; ``officers`` are all who came."""

    visits: int = 0
    ways: Counter[str] = field(default_factory=Counter)
    hours: list[int] = field(default_factory=no_hours)
    at: Counter[tuple[int, int]] = field(default_factory=Counter)
    officers: set[int] = field(default_factory=set)

    def facts(self) -> dict[str, object]:
        """What `BeatDay` keeps of it."""
        return {
            "visits": self.visits,
            **{name: self.ways[name] for name in COLUMNS},
            "hours": self.hours,
            "officers": len(self.officers),
            "points_seen": len({point for point, _hour in self.at}),
        }


def tallies(day: date, beats: Collection[int] | None = None) -> dict[int, Tally]:
    """The visits of a local day by beat, from the check-ins themselves; two queries.

    Check-ins at a point that follow one another sooner than the rules say are one visit, that of the first.
    """
    begin, end = bounds(day)
    squads = list(Unit.objects.values_list("pk", flat=True))
    found: dict[int, Tally] = defaultdict(Tally)
    with connection.cursor() as cursor:
        cursor.execute(
            RAW,
            {
                "zone": timezone.get_current_timezone_name(),
                "squads": squads,
                "begin": begin,
                "end": end,
                "beats": None if beats is None else sorted(beats),
                "weight": rules().visit["weight_least"],
            },
        )
        rows = cursor.fetchall()
    for beat, _point, user, *_rest in rows:
        found[beat].officers.add(user)
    seen = ((point, at, (beat, way, hour)) for beat, point, _user, way, hour, at in rows)
    for point, (beat, way, hour) in visits_of(seen, rules().visit_apart):
        one = found[beat]
        one.visits += 1
        one.ways[WAYS[way]] += 1
        one.hours[hour] += 1
        one.at[point, hour] += 1
    return found


def refresh(now: datetime | None = None) -> int:
    """Count what is stale; how many days of beats. A check-in that commits meanwhile keeps its mark."""
    now = now or timezone.now()
    with transaction.atomic():
        _one_at_a_time()
        marks = list(StaleBeat.objects.order_by("pk")[:AT_ONCE].values_list("pk", "beat_id", "at"))
        StaleBeat.objects.filter(pk__in=[pk for pk, _beat, _at in marks]).delete()
        pairs = {(beat, timezone.localdate(at)) for _pk, beat, at in marks}
        _count(pairs, now)
    return len(pairs)


def count(pairs: Iterable[tuple[int, date]], now: datetime | None = None) -> None:
    """Count these beats and days anew."""
    with transaction.atomic():
        _one_at_a_time()
        _count(set(pairs), now or timezone.now())


def mark_all(day: date) -> int:
    """Have every beat in use counted for a day: one where nobody came is short of visits, too."""
    noon = datetime.combine(day, NOON, timezone.get_current_timezone())
    beats = Beat.objects.filter(active=True).values_list("pk", flat=True)
    return len(StaleBeat.objects.bulk_create(StaleBeat(beat_id=beat, at=noon) for beat in beats))


def _one_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def _count(pairs: set[tuple[int, date]], now: datetime) -> None:
    by_day: dict[date, set[int]] = defaultdict(set)
    for beat, day in pairs:
        by_day[day].add(beat)
    if not by_day:
        return
    judges = Judges(set().union(*by_day.values()))
    for day, beats in by_day.items():
        known = judges.beats.keys() & beats
        found = tallies(day, known)
        rows = [_row(judges, beat, day, found.get(beat) or Tally(), now) for beat in sorted(known)]
        BeatDay.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["beat", "day"],
            update_fields=[*FACTS, "due", "met", "gaps", "counted_at"],
        )
    sum_months({(beat, day) for beat, day in pairs if beat in judges.beats})


def _row(judges: Judges, beat: int, day: date, tally: Tally, now: datetime) -> BeatDay:
    judged = judges.judge(beat, day, tally, now)
    return BeatDay(
        beat_id=beat,
        day=day,
        **tally.facts(),
        due=judged.due,
        met=judged.met,
        gaps=[list(gap) for gap in judged.gaps],
        counted_at=now,
    )


class Judges:
    """The requirements on some beats, read once; by the points in use now."""

    def __init__(self, beats: Collection[int]) -> None:
        columns = ("pk", "district_id", "street_class", "active")
        found = Beat.objects.filter(pk__in=beats).values_list(*columns)
        self.beats = {pk: (district, street) if active else None for pk, district, street, active in found}
        self._points: dict[int, list[int]] = defaultdict(list)
        in_use = BeatPoint.objects.filter(beat__in=beats, active=True)
        for point, beat in in_use.order_by("pk").values_list("pk", "beat_id"):
            self._points[beat].append(point)
        self._requirements = list(Requirement.objects.order_by("pk"))

    def judge(self, beat: int, day: date, tally: Tally, now: datetime) -> Judged:
        """What was due on the day until now, and met. Nothing is due on a beat that is not in use."""
        known = self.beats[beat]
        local = timezone.localtime(now)
        if known is None or day > local.date():
            return Judged(0, 0, ())
        district, street = known
        workday = is_workday(day)
        due = [one for one in self._requirements if holds(one, street, district, day, workday)]
        ended = local.hour if day == local.date() else HOURS
        return judge(due, self._points[beat], tally.at, ended)


def sum_months(pairs: Iterable[tuple[int, date]]) -> None:
    """Sum the days of beats again for the months in which these days lie."""
    by_month: dict[date, set[int]] = defaultdict(set)
    for beat, day in pairs:
        by_month[day.replace(day=1)].add(beat)
    statement = MONTH.format(
        hours=", ".join(f"sum(hours[{n}])" for n in range(1, HOURS + 1)),
        columns=", ".join(f"{name} = excluded.{name}" for name in MONTH_COLUMNS),
    )
    with connection.cursor() as cursor:
        for month, beats in sorted(by_month.items()):
            cursor.execute(statement, {"month": month, "beats": sorted(beats)})


@dataclass(frozen=True)
class Difference:
    """Where the counts are not what the check-ins say."""

    beat: int
    day: date
    kept: dict[str, object]
    raw: dict[str, object]

    def __str__(self) -> str:
        wrong = [f"{name} {self.kept[name]} ≠ {self.raw[name]}" for name in FACTS if self._differs(name)]
        return f"{self.day} beat {self.beat}: {', '.join(wrong)}"

    def _differs(self, name: str) -> bool:
        return self.kept[name] != self.raw[name]


def differences(days: Iterable[date]) -> Iterator[Difference]:
    """Compare the counts of days with the check-ins; days still marked as stale differ, rightly."""
    nothing = Tally().facts()
    for day in days:
        raw = {beat: tally.facts() for beat, tally in tallies(day).items()}
        rows = BeatDay.objects.filter(day=day).values("beat_id", *FACTS)
        kept = {row.pop("beat_id"): row for row in rows}
        for beat in sorted(raw.keys() | kept.keys()):
            ours, theirs = kept.get(beat, nothing), raw.get(beat, nothing)
            if ours != theirs:
                yield Difference(beat, day, ours, theirs)


def month_differences(months: Iterable[date]) -> Iterator[str]:
    """Months that are not the sum of their days."""
    with connection.cursor() as cursor:
        for month in months:
            cursor.execute(MONTHS_APART, {"month": month})
            for beat, days, kept in cursor.fetchall():
                yield f"{month:%Y-%m} beat {beat}: {kept} visits kept, {days} in its days"
