"""The ledger of illegal structures of the reference year, made through the services that people use.

The stock was found in the year before; in the year it is demolished, turned legal or deferred. What is large
is written off once the next flight shows it gone. A block of entries is written together in one transaction,
so that a load that was broken off goes on. Nothing here counts: the figures come from the records.
"""

from __future__ import annotations

import io
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache, cached_property
from typing import Any

from django.utils import timezone
from PIL import Image, ImageDraw
from shapely.geometry import Point, mapping, shape
from shapely.geometry.base import BaseGeometry

from chengshu.bureau.models import District, Town, User
from chengshu.demo.flights import AirYear, Report, box
from chengshu.demo.leads import Places
from chengshu.demo.squads import crews
from chengshu.kernel.whole import whole
from chengshu.sensing.lifecycle import Kind, SuspectState
from chengshu.sensing.models import Comparison
from chengshu.sensing.services.history import Read, enter_read
from chengshu.structures.lifecycle import Disposal, Finding, Method, Moment, Source
from chengshu.structures.models import Assessment, KeyPlot, Structure
from chengshu.structures.services import bulk, disposing, entering, recording, years
from chengshu.structures.services.disposing import Offer
from chengshu.structures.services.entering import NewEntry
from chengshu.structures.services.recording import Photo

LABEL = "违建台账"
REF = "demo"
PICTURES = 12
BATCH = 200  # entries in one transaction
CENT = Decimal("0.01")
GONE = 100_000  # numbers of demolition suspects begin here, apart from those of the plan
DECIDED = timedelta(days=7)  # from the flight to the approval


@dataclass(frozen=True)
class Fate:
    """What becomes of one entry: ``disposal`` empty while it stands; a key one is on the year's task list."""

    number: int
    disposal: str
    key: bool
    area: Decimal


class LedgerYear(AirYear):
    """One district's ledger, planned from the same file as its flights."""

    def amount(self, *path: str) -> int:
        """A planned number at this scale; nothing planned stays nothing."""
        value: Any = self.words
        for name in path:
            value = value[name]
        return math.ceil(int(value) * self.scale)

    @cached_property
    def fates(self) -> list[Fate]:
        """Every entry of the ledger with its area; the areas add up to what is planned."""
        gone, key = self.amount("written_off", "n"), self.amount("written_off", "key")
        legal, later = self.amount("legalised", "n"), self.amount("deferred", "n")
        areas = self._areas(
            gone, Decimal(self.words["written_off"]["area_m2"]) * Decimal(str(self.scale)), "gone"
        )
        rest = Decimal(self.words["key_area_m2"]) * Decimal(str(self.scale)) - sum(areas[:key], Decimal(0))
        areas += self._areas(legal + later, rest, "rest")
        kinds = (
            [Disposal.WRITE_OFF.value] * gone
            + [Disposal.LEGALISE.value] * legal
            + [Disposal.DEFER.value] * later
        )
        listed = [True] * key + [False] * (gone - key) + [True] * (legal + later)
        others = [Disposal.FALSE.value] * self.amount("false_reports") + [""] * self.amount("standing")
        usual = self._areas(len(others), Decimal(len(others) * 90), "standing")
        kinds, listed = kinds + others, listed + [False] * len(others)
        return [
            Fate(n, *one) for n, one in enumerate(zip(kinds, listed, areas + usual, strict=True), start=1)
        ]

    def _areas(self, n: int, total: Decimal, name: str) -> list[Decimal]:
        """``n`` areas of a believable spread that add up to ``total`` m², to the cent."""
        if not n:
            return []
        rng, said = self.rng("areas", name), self.words["areas"]
        drawn = [rng.lognormvariate(math.log(said["usual"]), said["spread"]) for _n in range(n)]
        spare = float(total) - n * said["least"]
        areas = [Decimal(said["least"] + spare * one / sum(drawn)).quantize(CENT) for one in drawn]
        areas[0] += total.quantize(CENT) - sum(areas, Decimal(0))
        return areas


@dataclass
class _Hands:
    """Who does what in the squad of a town."""

    officers: Sequence[User]
    leader: User


class Writer:
    """Writes the entries of a planned year, block after block."""

    def __init__(self, year: LedgerYear) -> None:
        self.year, self.district = year, year.district
        self.comparisons = year.comparisons()
        self.places = Places(self.district)
        made = crews(self.district)  # makes the accounts that are missing
        people = {one.username: one for one in User.objects.with_roles().filter(unit__district=self.district)}
        self.hands = {
            crew.squad.pk: _Hands([people[one.id] for one in crew.officers], people[crew.leader])
            for crew in made
        }
        self.manager = _able(self.district, "structures.manage")
        self.checker = _able(self.district, "structures.check")

    def write(self, fates: Sequence[Fate]) -> None:
        """A block of entries with everything that happened to them in the year, all or none.

        What the flights saw of the block is entered for all its entries at once; what follows comes after it.
        """
        with bulk.batch():
            ways = [self._way(fate) for fate in fates]
            seen = [one for way in ways if (one := next(way, None)) is not None]
            for comparison in self.comparisons:
                if mine := [read for of, read in seen if of.pk == comparison.pk]:
                    enter_read(comparison, mine)
            for way in ways:
                next(way, None)

    def _way(self, fate: Fate) -> Iterator[tuple[Comparison, Read]]:
        """One entry from its finding to its disposal; it stops where a flight has to see it gone."""
        rng = self.year.rng("entry", fate.number)
        position = self.year.place(self.places, rng)
        found = self._at(date(self.year.year - 1, 3, 1) + timedelta(days=rng.randrange(240)), rng)
        outline = box(position.position, float(fate.area), rng)
        made = entering.enter(
            self._stated(fate, position.address, outline, found, rng), district=self.district, by=None,
            source=Source.IMPORT,
        )  # fmt: skip
        hands = self.hands[made.squad_id or 0]
        self._procedure(made, fate, hands, found, rng)
        if fate.disposal == Disposal.WRITE_OFF:
            yield from self._demolish(made, fate, hands, outline, rng)
        elif fate.disposal:
            self._settle(made, fate, hands, rng)

    def _stated(
        self, fate: Fate, address: str, outline: BaseGeometry, found: datetime, rng: random.Random
    ) -> NewEntry:
        words = self.year.words
        kinds = words["types"]["key" if fate.key else "other"]
        return NewEntry(
            address=address, types=[rng.choices(list(kinds), list(kinds.values()))[0]], built="stock",
            position=(round(outline.centroid.x, 7), round(outline.centroid.y, 7)), polygon=mapping(outline),
            built_year=rng.randint(1998, self.year.year - 2), storeys=rng.choice((1, 1, 1, 2)),
            height_m=Decimal(str(round(rng.uniform(2.4, 6.5), 1))), area_m2=fate.area, method=Method.TAPE,
            material=rng.choice(words["materials"]), use=rng.choice(words["uses"]),
            owner_name=rng.choice(self.places.surnames) + rng.choice(("先生", "女士")),
            found_at=found, entered_on=timezone.localdate(found), key_task=fate.key,
            source_ref=f"{REF}-{self.year.year}-{fate.number:05d}",
        )  # fmt: skip

    def _procedure(
        self, made: Structure, fate: Fate, hands: _Hands, found: datetime, rng: random.Random
    ) -> None:
        by = hands.officers[fate.number % len(hands.officers)]
        on_site = found + timedelta(hours=2 + rng.randrange(8))
        recording.take_step(made, "on_site", by=by, at=on_site)
        recording.add_photos(made, [_photo(made, Moment.BEFORE, fate.number, on_site)], by=by, at=on_site)
        result = Finding.LEGAL if fate.disposal == Disposal.FALSE else Finding.ILLEGAL
        note = "经核对规划资料，已取得许可。" if result == Finding.LEGAL else ""
        recording.find(made, result, by=by, at=on_site + timedelta(days=5), note=note)
        if result == Finding.LEGAL or (not fate.disposal and rng.random() < 0.3):
            return
        ordered = on_site + timedelta(days=9)
        number = f"责限拆字〔{ordered.year}〕第{fate.number:05d}号"
        deadline = timezone.localdate(ordered + timedelta(days=30))
        recording.take_step(made, "order", by=by, at=ordered, number=number, deadline=deadline)
        recording.take_step(made, "announced", by=by, at=ordered + timedelta(hours=2))
        recording.take_step(made, "served", by=by, at=ordered + timedelta(hours=3))

    def _demolish(
        self, made: Structure, fate: Fate, hands: _Hands, outline: BaseGeometry, rng: random.Random
    ) -> Iterator[tuple[Comparison, Read]]:
        """Demolished in one quarter, seen gone by its flight, written off by two people."""
        comparison = self.comparisons[fate.number % len(self.comparisons)]
        span = (comparison.after.flown_on - comparison.before.flown_on).days
        earliest = max(comparison.before.flown_on, date(self.year.year, 1, 1) - timedelta(days=1))
        day = earliest + timedelta(days=1 + rng.randrange(max(1, min(span, 80) - 12)))
        ways = self.year.words["ways"]
        way = rng.choices(list(ways), list(ways.values()))[0]
        by = hands.officers[fate.number % len(hands.officers)]
        at = self._at(day, rng)
        disposing.demolish(made, way, by=by, at=at)
        shown = at + timedelta(minutes=40)
        recording.add_photos(made, [_photo(made, Moment.AFTER, fate.number, shown)], by=by, at=shown)
        yield comparison, self._seen_gone(comparison, made, outline, fate, rng)
        offer = Offer(Disposal.WRITE_OFF, "已拆除，现场清理完毕，拆前拆后照片、面积已核对。")
        approved = self._at(comparison.after.flown_on + DECIDED, rng)
        proposal = disposing.propose(made, offer, by=by, at=approved - timedelta(days=1))
        disposing.approve(proposal, by=hands.leader, at=approved)

    def _seen_gone(
        self,
        comparison: Comparison,
        made: Structure,
        outline: BaseGeometry,
        fate: Fate,
        rng: random.Random,
    ) -> Read:
        day = comparison.after.flown_on + timedelta(days=2)
        return Read(
            GONE + fate.number, outline, Kind.DEMOLITION, 0.9, float(fate.area),
            SuspectState.KNOWN_LEGAL, self.year.readers.first, self._at(day, rng),
            -float(made.height_m or 3),
            self.year.readers.second, SuspectState.KNOWN_LEGAL, note="台账内违建已拆除",
        )  # fmt: skip

    def _settle(self, made: Structure, fate: Fate, hands: _Hands, rng: random.Random) -> None:
        by = hands.officers[fate.number % len(hands.officers)]
        day = date(self.year.year, 1, 6) + timedelta(days=rng.randrange(340))
        offers = {
            Disposal.LEGALISE: Offer(
                Disposal.LEGALISE, "已补办规划许可。", permit_number=f"沪普建〔{day.year}〕{fate.number:04d}"
            ),
            Disposal.DEFER: Offer(
                Disposal.DEFER, "涉及公共服务，暂缓拆除，到期复核。",
                review_on=day + timedelta(days=rng.randint(*self.year.words["deferred"]["days"])),
            ),
            Disposal.FALSE: Offer(Disposal.FALSE, "经认定已取得许可，不属违建。"),
        }  # fmt: skip
        at = self._at(day, rng)
        proposal = disposing.propose(made, offers[Disposal(fate.disposal)], by=by, at=at)
        disposing.approve(proposal, by=hands.leader, at=at + timedelta(hours=3))

    def _at(self, day: date, rng: random.Random) -> datetime:
        clock = time(9 + rng.randrange(7), rng.randrange(60))
        return datetime.combine(day, clock, timezone.get_current_timezone())

    # --- the towns ----------------------------------------------------------------------------------
    def towns(self) -> Iterator[Town]:
        """The towns of the district in their order."""
        yield from Town.objects.filter(district=self.district).defer("boundary").order_by("code")

    def tasks(self) -> None:
        """Each town's task is its part of the list of key types."""
        for town in self.towns():
            listed = Structure.objects.filter(town=town, key_task=True).count()
            years.set_quota(town, self.year.year, "", listed, by=self.manager)

    def samples(self) -> None:
        """A sample of each town's write-offs, drawn by lot and found as recorded."""
        end = datetime(self.year.year, 12, 31, 10, tzinfo=timezone.get_current_timezone())
        for town in self.towns():
            gone = Structure.objects.filter(town=town, written_off_at__isnull=False).count()
            if not gone or Assessment.objects.filter(town=town, year=self.year.year).exists():
                continue
            sample, place = min(gone, self.year.words["sample"]), f"{town.name}会议室"
            made = years.announce(town, self.year.year, sample, place, 2, by=self.checker, at=end)
            words = [f"{town.name}-{n}" for n in (1, 2)]
            for one in years.draw(made, words, by=self.checker, at=end + timedelta(minutes=5)):
                years.check(one, "right", by=self.checker)

    def plots(self) -> None:
        """Key plots with their milestones and outcomes, where nothing of the ledger stands any more."""
        towns = {town.name: town for town in self.towns()}
        for number, said in enumerate(self.year.words["plots"]):
            if KeyPlot.objects.filter(district=self.district, name=said["name"]).exists():
                continue
            rng, town = self.year.rng("plot", number), towns[said["town"]]
            made = years.save_plot(
                self.district, by=self.manager, name=said["name"], town=town, year=self.year.year,
                boundary=mapping(self._empty_ground(rng, town)),
            )  # fmt: skip
            for n, title in enumerate(self.year.words["milestones"], start=1):
                due = date(self.year.year, 2 * n + 2, 20)
                milestone = years.add_milestone(made, title, due, by=self.manager)
                years.reach(milestone, by=self.manager, on=due - timedelta(days=rng.randrange(10)))
            years.conclude(made, said["outcome"], by=self.manager, on=date(self.year.year, 11, 5 + number))

    def _empty_ground(self, rng: random.Random, town: Town) -> BaseGeometry:
        """A piece of ground within the town on which nothing of the ledger stands."""
        within = shape(Town.objects.get(pk=town.pk).boundary)
        standing = [
            Point(position)
            for position in Structure.objects.filter(
                district=self.district, status__in=("pending", "deferred"), position__isnull=False
            ).values_list("position", flat=True)
        ]
        while True:
            ground = box(self.year.place(self.places, rng).position, 9000, rng)
            if within.covers(ground) and not any(ground.covers(point) for point in standing):
                return ground


def load_structures(
    district: District, *, seed: int = 2020, scale: float = 1.0, report: Report | None = None
) -> int:
    """The ledger of the year; how many entries were added. A second call goes on where one broke off."""
    year = LedgerYear(district, seed=seed, scale=scale)
    writer = Writer(year)
    prefix = f"{REF}-{year.year}-"
    known = set(
        Structure.objects.filter(district=district, source_ref__startswith=prefix).values_list(
            "source_ref", flat=True
        )
    )
    missing = [one for one in year.fates if f"{prefix}{one.number:05d}" not in known]
    for start in range(0, len(missing), BATCH):
        writer.write(missing[start : start + BATCH])
        if report:
            report(len(known) + min(start + BATCH, len(missing)), len(year.fates), LABEL)
    with whole():
        writer.tasks()
        writer.samples()
        writer.plots()
    return len(missing)


def _able(district: District, permission: str) -> User:
    people = User.objects.with_roles().filter(unit__district=district, is_active=True).order_by("pk")
    able: list[User] = [one for one in people if one.scope_for(permission).covers(district_id=district.pk)]
    return able[0]


def _photo(made: Structure, moment: str, number: int, at: datetime) -> Photo:
    content = io.BytesIO(_picture(moment, number % PICTURES))
    return Photo(content, f"{number}.jpg", moment, taken_at=at, position=made.position)


@cache
def _picture(moment: str, number: int) -> bytes:
    """An invented picture of a place: something stands there before, nothing after."""
    image = Image.new("RGB", (320, 240), (150 + number * 6, 176, 200))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 150, 320, 240), fill=(96, 98, 102))
    if moment == Moment.BEFORE:
        draw.rectangle((60, 70, 230 + number, 170), fill=(70, 110, 160))
    content = io.BytesIO()
    image.save(content, "JPEG", quality=70)
    return content.getvalue()
