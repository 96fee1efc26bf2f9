"""Flights of the reference year: what their comparison suspected, how it was decided, what the towns found.

Nobody flew over the invented district, so the flights of the year have their data but no pictures. What was
sent to the towns are leads as any other, reported in the year and played to their end.
"""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Any

from django.utils import timezone
from shapely.geometry import Polygon, mapping, shape
from shapely.geometry import box as rectangle

from chengshu.bureau.models import District, User
from chengshu.bureau.services.areas import AreaIndex, area_index
from chengshu.demo import plans
from chengshu.demo.cast import Cast
from chengshu.demo.fates import draw
from chengshu.demo.leads import Place, Places, Planned
from chengshu.demo.leads import plan_of as leads_plan
from chengshu.demo.playing import play
from chengshu.leads.models import Lead
from chengshu.leads.services import NewLead
from chengshu.leads.services.classes import load_classes
from chengshu.sensing.lifecycle import ComparisonState, FlightState, Kind, SuspectState
from chengshu.sensing.models import Comparison, Flight, Suspect
from chengshu.sensing.rules import rules
from chengshu.sensing.services.history import Read, enter_read

Report = Callable[[int, int, str], None]
LABEL = "疑似违建"
PUT_AWAY = "put-away"  # pictures of the invented flights: there are none
BATCH = 500
DECIDED_WITHIN = 6  # days after the flight
METRES = 111_320.0  # of one degree of latitude
MARGIN = 0.005  # degrees flown beyond the district
STANDING = {Kind.DEMOLITION: -3.2, Kind.GROUND_WORKS: -1.6}


def plan_of(code: str) -> dict[str, Any]:
    """What a district's year of illegal structures consists of."""
    return plans.read(code, "structures")


def box(position: tuple[float, float], area_m2: float, rng: random.Random) -> Polygon:
    """A turned rectangle of that area around a position, WGS 84 degrees."""
    longer = math.sqrt(area_m2 * rng.uniform(1.0, 2.4))
    across, turn = area_m2 / longer, rng.uniform(0, math.pi)
    degree = METRES * math.cos(math.radians(position[1]))
    corners = []
    for u, v in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        east, north = u * longer / 2, v * across / 2
        x, y = (
            east * math.cos(turn) - north * math.sin(turn),
            east * math.sin(turn) + north * math.cos(turn),
        )
        corners.append((round(position[0] + x / degree, 7), round(position[1] + y / METRES, 7)))
    return Polygon(corners)


@dataclass(frozen=True)
class Readers:
    """Who decides at the screen, and who reads the samples."""

    first: User
    second: User

    @classmethod
    def of(cls, district: District) -> Readers:
        """Two of the named accounts who may decide on suspects anywhere in the district."""
        people = User.objects.with_roles().filter(unit__district=district, is_active=True).order_by("pk")
        able = [one for one in people if one.scope_for("sensing.decide").covers(district_id=district.pk)]
        return cls(able[0], able[1])


class AirYear:
    """One district's year of flights, planned from its file; ``scale`` shrinks its amounts."""

    def __init__(self, district: District, *, seed: int = 2020, scale: float = 1.0) -> None:
        self.district, self.seed, self.scale = district, seed, scale
        self.words = plan_of(district.code)
        self.year: int = self.words["year"]
        self.readers = Readers.of(district)
        load_classes(district)

    def rng(self, *parts: object) -> random.Random:
        """Chance that depends on what it is for only: a second run decides the same."""
        return random.Random(":".join(map(str, (self.seed, self.district.code, "air", *parts))))  # noqa: S311

    def place(self, places: Places, rng: random.Random) -> Place:
        """Somewhere along the streets that lies in one of the district's towns."""
        while True:
            drawn = places.draw({}, 0, rng)
            if self.areas.place(*drawn.position).town is not None:
                return drawn

    def count(self, name: str) -> int:
        """A planned amount at this scale."""
        return max(1, round(float(self.words["suspects"][name]) * self.scale))

    def comparisons(self) -> list[Comparison]:
        """The comparisons of one flight with the next, made where they are missing."""
        flights = [self._flight(day) for day in self.words["flights"]["days"]]
        return [self._comparison(before, after) for before, after in pairwise(flights)]

    @cached_property
    def areas(self) -> AreaIndex:
        """The district's towns, asked for once for all places."""
        return area_index(self.district)

    @cached_property
    def area(self) -> dict[str, Any]:
        """What a flight covers: the district and a margin around it."""
        west, south, east, north = shape(self.district.boundary).bounds
        return mapping(rectangle(west - MARGIN, south - MARGIN, east + MARGIN, north + MARGIN))  # type: ignore[no-any-return]

    def _flight(self, day: date) -> Flight:
        said = self.words["flights"]
        made, _new = Flight.objects.get_or_create(
            district=self.district,
            mosaic=f"{PUT_AWAY}/{day:%Y-%m-%d}.tif",
            defaults={
                "name": f"{self.district.name}{day:%Y年%m月}正射影像", "flown_on": day,
                "dsm": f"{PUT_AWAY}/{day:%Y-%m-%d}-dsm.tif",
                "operator": said["operator"], "height_m": said["height_m"], "gsd_m": said["gsd_m"],
                "area": self.area, "crs": "EPSG:4549", "bands": 3, "state": FlightState.READY,
                "width": 0, "height": 0,
            },
        )  # fmt: skip
        return made

    def _comparison(self, before: Flight, after: Flight) -> Comparison:
        finished = self._moment(after.flown_on, 1, self.rng("compared", after.flown_on))
        made, _new = Comparison.objects.get_or_create(
            before=before,
            after=after,
            defaults={
                "district": self.district, "state": ComparisonState.DONE, "has_heights": True,
                "seed": hashlib.sha256(f"{self.seed}:{after.flown_on}".encode()).hexdigest()[:32],
                "finished_at": finished,
            },
        )  # fmt: skip
        return made

    def _moment(self, day: date, after: int, rng: random.Random) -> datetime:
        clock = time(9 + rng.randrange(8), rng.randrange(60), rng.randrange(60))
        return datetime.combine(day + timedelta(days=after), clock, timezone.get_current_timezone())

    # --- what was seen ------------------------------------------------------------------------------
    def seen(self, comparisons: Sequence[Comparison]) -> Iterator[tuple[str, Comparison, Read]]:
        """Every suspect of the year with the number of its lead, if it was sent; the same each time."""
        places, kinds = Places(self.district), self.words["suspects"]["kinds"]
        numbers = dict.fromkeys((one.pk for one in comparisons), 0)
        for verdict, name in (
            (SuspectState.LEAD, "sent"),
            (SuspectState.KNOWN_LEGAL, "known_legal"),
            (SuspectState.NO_CHANGE, "no_change"),
            (SuspectState.UNCLEAR, "unclear"),
        ):
            for serial in range(self.count(name)):
                rng = self.rng(name, serial)
                comparison = comparisons[serial % len(comparisons)]
                numbers[comparison.pk] += 1
                ref = f"air-{self.year}-{serial + 1:05d}" if verdict == SuspectState.LEAD else ""
                position = self.place(places, rng).position
                area = min(900.0, max(4.0, rng.lognormvariate(math.log(38), 0.8)))
                kind = Kind(rng.choices(list(kinds), list(kinds.values()))[0])
                yield (
                    ref,
                    comparison,
                    self._read(comparison, numbers[comparison.pk], position, area, kind, verdict, rng),
                )

    def _read(
        self, comparison: Comparison, number: int, position: tuple[float, float], area: float, kind: Kind,
        verdict: SuspectState, rng: random.Random,
    ) -> Read:  # fmt: skip
        """The suspect as it was decided; two readers now and then disagree on what was not sent."""
        agreed = verdict == SuspectState.LEAD or rng.random() < self.words["suspects"]["agreement"]
        other = SuspectState.UNCLEAR if verdict != SuspectState.UNCLEAR else SuspectState.NO_CHANGE
        likely = {SuspectState.NO_CHANGE: 0.35, SuspectState.UNCLEAR: 0.5}.get(verdict, 0.84)
        return Read(
            number, box(position, area, rng), kind, round(min(0.99, max(0.03, rng.gauss(likely, 0.12))), 3),
            round(area, 1), verdict, self.readers.first,
            self._moment(comparison.after.flown_on, 1 + rng.randrange(DECIDED_WITHIN), rng),
            height_gain_m=round(STANDING.get(kind, rng.uniform(2.3, 5.2)), 2),
            second=self.readers.second, again=verdict if agreed else other,
            under_construction=verdict == SuspectState.LEAD
            and rng.random() < self.words["suspects"]["under_construction"],
        )  # fmt: skip


def load_suspects(
    district: District, *, seed: int = 2020, scale: float = 1.0, report: Report | None = None
) -> int:
    """The year's suspects with the leads of those sent; how many were added. Goes on where it broke off."""
    year = AirYear(district, seed=seed, scale=scale)
    comparisons = year.comparisons()
    seen = list(year.seen(comparisons))
    known = set(Suspect.objects.filter(comparison__in=comparisons).values_list("comparison_id", "number"))
    missing = [one for one in seen if (one[1].pk, one[2].number) not in known]
    for comparison in comparisons:
        mine = [read for ref, of, read in missing if not ref and of.pk == comparison.pk]
        for start in range(0, len(mine), BATCH):
            enter_read(comparison, mine[start : start + BATCH])
    sent = {ref: (of, read) for ref, of, read in seen if ref}

    def reported(leads: dict[str, Lead]) -> None:
        for comparison in comparisons:
            reads = [
                replace(sent[ref][1], lead=lead)
                for ref, lead in leads.items()
                if sent[ref][0].pk == comparison.pk
            ]
            if reads:
                enter_read(comparison, reads)

    planned = [_lead(year, ref, *what) for ref, what in sent.items()]
    cast, now = Cast(district), timezone.now()
    play(district, planned, cast, until=now, report=report, label=LABEL, reported=reported)
    return len(missing)


def _lead(year: AirYear, ref: str, comparison: Comparison, read: Read) -> Planned:
    """What is sent of a suspect, and how the squad deals with it: none of these becomes a case."""
    rng, data = year.rng("lead", ref), leads_plan(year.district.code)
    code = rules().lead_classes["under_construction" if read.under_construction else "standing"]
    spot = read.outline.representative_point()
    outcomes = year.words["suspects"]["outcomes"]
    fate = replace(
        draw(data, rng, "aerial", code, answered=False),
        outcome=rng.choices(list(outcomes), list(outcomes.values()))[0],
        refused=False, returned=False, rejected=False, reopened=False,
    )  # fmt: skip
    words = f"航拍比对发现{read.kind.label}，约{read.area_m2:.0f}平方米。仅为线索，请到现场核实。"
    new = NewLead(
        "aerial", code, words, position=(round(spot.x, 7), round(spot.y, 7)), source_ref=ref,
        reported_at=read.at + timedelta(minutes=5),
    )  # fmt: skip
    return Planned(ref, read.at + timedelta(minutes=5), new, fate)
