"""A stream of leads of the district: planned from ``data/<district>/leads.yaml``, the same for the same seed.

A plan says what is reported when and where, and how it will go (`chengshu.demo.fates`). It is played by
`chengshu.demo.playing`. Every planned lead has a number of its own (``source_ref``), by which a plan that was
broken off goes on.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from chengshu.bureau.models import District
from chengshu.demo import plans
from chengshu.demo.fates import Fate, draw
from chengshu.demo.objects import Street, recipe, streets_of
from chengshu.leads.services import NewLead, Reporter
from chengshu.leads.settings import sources
from chengshu.registry.models import RegulatedObject

DAYS_OF_YEAR = 365
WEEK = timedelta(days=7)
OBJECTS_OF_CLASS = 4_000  # as many of a class are places of leads


def plan_of(code: str) -> dict[str, Any]:
    """What a district's leads are like."""
    return plans.read(code, "leads")


def usual_count(code: str, span: timedelta) -> int:
    """How many leads the district has in a span of time."""
    return round(float(plan_of(code)["year"]) * (span / timedelta(days=DAYS_OF_YEAR)))


@dataclass(frozen=True)
class Planned:
    """A lead to be reported at a moment, and how it will go."""

    ref: str
    at: datetime
    new: NewLead
    fate: Fate


@dataclass(frozen=True)
class Place:
    address: str
    position: tuple[float, float]
    object_id: int | None = None


class Places:
    """Where leads lie: at objects of the registry, else along the streets of the demo."""

    def __init__(self, district: District) -> None:
        words = recipe(district.code)
        self.surnames: str = words["surnames"]
        self._streets: dict[str, list[Street]] = streets_of(district, words, 2020)
        self._towns = [town for town, streets in self._streets.items() if streets]
        self._weights = [words["towns"].get(town, 1) for town in self._towns]
        self._objects: dict[str, list[Place]] = {}
        self._district = district

    def draw(self, kind: dict[str, Any], share: float, rng: random.Random) -> Place:
        """A place for a lead of this class."""
        if rng.random() < share:
            known = [place for code in kind.get("of", ["shop"]) for place in self._of_class(code)]
            if known:
                return rng.choice(known)
        town = rng.choices(self._towns, self._weights)[0]
        streets = self._streets[town]
        street = streets[min(int(rng.expovariate(0.16)), len(streets) - 1)]
        share_of_street, side = rng.random(), rng.choice((-1, 1)) * rng.uniform(3, 9)
        house = max(1, int(share_of_street * street.length / 6)) * 2 + (side > 0)
        where = rng.choice(("门口", "附近", "对面人行道", "弄口"))
        return Place(f"{street.name}{house}号{where}", street.at(share_of_street, side))

    def _of_class(self, code: str) -> list[Place]:
        if code not in self._objects:
            rows = RegulatedObject.objects.filter(
                district=self._district, object_class__code=code, position__isnull=False
            ).order_by("id")
            values = rows.values_list("address", "position", "id")[:OBJECTS_OF_CLASS]
            self._objects[code] = [Place(where, at, pk) for where, at, pk in values if at is not None]
        return self._objects[code]


def plan(
    district: District,
    begin: datetime,
    end: datetime,
    *,
    name: str,
    count: int,
    seed: int = 2020,
    without: Sequence[str] = (),
    moment: Callable[[str, random.Random], datetime] | None = None,
) -> list[Planned]:
    """``count`` leads of all sources reported from ``begin`` until before ``end``, in order of time.

    ``name`` begins the number of each; the same name, span, count and seed give the same plan. ``without``:
    sources left out; ``moment`` draws the moment of a lead of a source, else the rhythm of its week does.
    """
    data, places = plan_of(district.code), Places(district)

    def usual(source: str, rng: random.Random) -> datetime:
        return moment_of(data["rhythms"][data["sources"][source]["rhythm"]], begin, end, rng)

    when, drawn = moment or usual, []
    entries = {source: entry for source, entry in data["sources"].items() if source not in without}
    for source, number in shares(entries, count).items():
        for serial in range(number):
            rng = random.Random(f"{seed}:{name}:{source}:{serial}")  # noqa: S311 - invented data
            drawn.append((when(source, rng), source, serial, rng))
    drawn.sort(key=lambda entry: entry[:3])
    return list(_with_doubles(planned_of(data, places, name, drawn), data, seed))


def shares(entries: dict[str, dict[str, Any]], count: int) -> dict[str, int]:
    """How many of ``count`` come from each source; each has at least one where there are enough."""
    least = 1 if count >= len(entries) else 0
    whole = sum(entry["n"] for entry in entries.values())
    exact = {
        code: max(0, count - least * len(entries)) * entry["n"] / whole for code, entry in entries.items()
    }
    result = {code: least + int(value) for code, value in exact.items()}
    by_rest = sorted(exact, key=lambda code: exact[code] % 1, reverse=True)
    for code in by_rest[: count - sum(result.values())]:
        result[code] += 1
    return result


def planned_of(
    data: dict[str, Any],
    places: Places,
    name: str,
    drawn: Sequence[tuple[datetime, str, int, random.Random]],
) -> Iterator[Planned]:
    for number, (at, source, _serial, rng) in enumerate(drawn, start=1):
        entry = data["sources"][source]
        weights = entry.get("classes") or {code: kind["n"] for code, kind in data["classes"].items()}
        code = rng.choices(list(weights), list(weights.values()))[0]
        kind = data["classes"][code]
        place = places.draw(kind, entry.get("object", kind.get("object", 0)), rng)
        reporter = _reporter(rng, places.surnames) if entry.get("reporter") else None
        ref = f"{name}-{number:05d}"
        new = NewLead(
            source, code, rng.choice(kind["say"]), address=place.address, position=place.position,
            object_id=place.object_id, source_ref=ref, reported_at=at, reporter=reporter,
        )  # fmt: skip
        yield Planned(ref, at, new, draw(data, rng, source, code, answered=reporter is not None))


def _with_doubles(stream: Iterator[Planned], data: dict[str, Any], seed: int) -> Iterator[Planned]:
    """Some of what citizens report is what somebody has reported shortly before."""
    recent: list[Planned] = []
    for planned in stream:
        rng = random.Random(f"{seed}:double:{planned.ref}")  # noqa: S311
        untrusted = not sources()[planned.new.source].trusted
        if untrusted and recent and rng.random() < data["shares"]["double"]:
            yield _double(planned, rng.choice(recent))
            continue
        recent = [*recent[-9:], planned]
        yield planned


def _double(planned: Planned, first: Planned) -> Planned:
    """The same thing at the same place, reported once more."""
    new = replace(
        planned.new, lead_class=first.new.lead_class, description=first.new.description,
        address=first.new.address, position=first.new.position, object_id=first.new.object_id,
    )  # fmt: skip
    return replace(planned, new=new, fate=replace(planned.fate, double_of=first.ref, dismissed=""))


def moment_of(rhythm: dict[str, Any], begin: datetime, end: datetime, rng: random.Random) -> datetime:
    """A moment of the span by the rhythm of the week and of the day."""
    first = timezone.localtime(begin).replace(hour=0, minute=0, second=0, microsecond=0)
    days = [first + timedelta(days=n) for n in range((end - first).days + 1)]
    weights = [rhythm["days"][day.weekday()] or 0.001 for day in days]
    while True:
        day = rng.choices(days, weights)[0]
        hour = rng.choices(range(24), rhythm["hours"])[0]
        at = day + timedelta(hours=hour, seconds=rng.randrange(3600))
        if begin <= at < end:
            return at


def _reporter(rng: random.Random, surnames: str) -> Reporter:
    name = rng.choice(surnames) + rng.choice(("先生", "女士"))
    return Reporter(name=name, phone=f"199{rng.randrange(10**8):08d}")
