"""A made-up street of shops and compounds in which it is known who is whose double. Seeded.

Used to fit the weights (training seeds) and to measure precision and recall (other seeds). Duplicates carry
the noise met on real lists; beside them stand the cases that look like doubles and are none.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import yaml

DEGREE_M = 111_195.0
ORIGIN = (121.36, 31.22)
BLOCK_M = 420.0  # distance of two parallel roads
_WORDS = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
EW_ROADS: list[str] = _WORDS["east_west_roads"]
NS_ROADS: list[str] = _WORDS["north_south_roads"]
SURNAMES: str = _WORDS["surnames"]
SIGNS: str = _WORDS["brand_signs"]
KINDS: list[str] = _WORDS["trades"]
CHAINS: list[str] = _WORDS["chains"]
COMPOUND_ENDS: list[str] = _WORDS["compound_endings"]
SWAPS: dict[str, str] = _WORDS["same_sound"]  # same or nearly the same sound
TRADITIONAL = str.maketrans(_WORDS["simplified"], _WORDS["traditional"])
CHINESE_DIGITS = "零一二三四五六七八九"


@dataclass(frozen=True, slots=True)
class Sample:
    """One row of a made-up list. `entity` says which thing it is; `kind` how it was made."""

    id: int
    entity: int
    kind: str
    object_class: str
    name: str
    address: str
    position: tuple[float, float] | None
    phone: str
    uscc: str


@dataclass
class Spot:
    """A door: road, number, crossing road, metres east and north of the origin."""

    road: str
    number: int
    crossing: str
    east: float
    north: float


@dataclass
class Population:
    """Rows, and the pairs of ids that are one thing."""

    samples: list[Sample] = field(default_factory=list)

    def true_pairs(self) -> set[tuple[int, int]]:
        """All pairs of rows of one entity, smaller id first."""
        groups: dict[int, list[int]] = {}
        for sample in self.samples:
            groups.setdefault(sample.entity, []).append(sample.id)
        return {(a, b) for ids in groups.values() for a in ids for b in ids if a < b}


class Maker:
    """Draws rows from one seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - data for measuring, no secret
        self.population = Population()
        self.entities = 0

    def pick(self, options: str | list[str]) -> str:
        """One of the options."""
        return self.random.choice(options)

    def phone(self) -> str:
        """A mobile or a fixed number."""
        if self.random.random() < 0.7:
            return f"1{self.random.choice('35789')}{self.random.randrange(10**9):09d}"
        return f"021-{self.random.randrange(52_000_000, 69_999_999)}"

    def uscc(self) -> str:
        """Eighteen signs; known for two shops in five, as on real lists."""
        if self.random.random() < 0.6:
            return ""
        return "92310107MA1" + "".join(self.random.choices("0123456789ABCDEFGHJKLMNPQRTUWXY", k=7))

    def spot(self) -> Spot:
        """A door somewhere on the grid of roads."""
        eastward = self.random.random() < 0.5
        mine, others = (EW_ROADS, NS_ROADS) if eastward else (NS_ROADS, EW_ROADS)
        line, along = self.random.randrange(len(mine)), self.random.uniform(0, BLOCK_M * (len(others) - 1))
        side = self.random.choice((-12, 12))
        east, north = (along, line * BLOCK_M + side) if eastward else (line * BLOCK_M + side, along)
        number = 2 * int(along / 8) + (1 if side > 0 else 2)
        return Spot(mine[line] + "路", number, others[round(along / BLOCK_M)] + "路", east, north)

    def beside(self, spot: Spot, metres: float) -> Spot:
        """A door further along the same road."""
        eastward = spot.road[:-1] in EW_ROADS
        step = max(1, int(metres / 8))
        east, north = (spot.east + metres, spot.north) if eastward else (spot.east, spot.north + metres)
        return replace(spot, number=spot.number + 2 * step, east=east, north=north)

    def place(self, spot: Spot, jitter: float = 4.0) -> tuple[float, float]:
        """The pin of a door, a few metres off."""
        return position_at(
            spot.east + self.random.gauss(0, jitter), spot.north + self.random.gauss(0, jitter)
        )

    def brand(self) -> str:
        """A shop's own name without its trade."""
        draw = self.random.random()
        if draw < 0.2:
            return self.pick(["老", "小", "阿"]) + self.pick(SURNAMES)
        if draw < 0.35:
            return self.pick(SURNAMES) + "记"
        return "".join(self.random.choices(SIGNS, k=2 if draw < 0.75 else 3))

    def add(
        self,
        kind: str,
        name: str,
        address: str,
        position: tuple[float, float] | None,
        *,
        phone: str = "",
        uscc: str = "",
        entity: int | None = None,
        object_class: str = "shop",
    ) -> Sample:
        """Put a row on the list; without `entity` it is a thing of its own."""
        if entity is None:
            self.entities += 1
            entity = self.entities
        sample = Sample(
            len(self.population.samples) + 1, entity, kind, object_class, name, address, position, phone, uscc
        )
        self.population.samples.append(sample)
        return sample


def position_at(east: float, north: float) -> tuple[float, float]:
    """Degrees of a place given in metres from the origin."""
    lng, lat = ORIGIN
    return (
        lng + east / (DEGREE_M * math.cos(math.radians(lat))),
        lat + north / DEGREE_M,
    )


def moved(make: Maker, position: tuple[float, float] | None, metres: float) -> tuple[float, float] | None:
    """The pin set up to so many metres away."""
    if position is None:
        return None
    angle, far = make.random.uniform(0, 2 * math.pi), make.random.uniform(0, metres)
    return (
        position[0] + far * math.cos(angle) / (DEGREE_M * math.cos(math.radians(position[1]))),
        position[1] + far * math.sin(angle) / DEGREE_M,
    )


# --- noise: how one thing comes to stand on a list twice --------------------------------------------
def spelling(make: Maker, s: Sample) -> Sample:
    """Trade word, brackets, width, legal form or traditional characters differ."""
    forms: list[Callable[[str], str]] = [
        lambda n: (
            n + make.pick(["店", "经营部", "商行"])
            if not n.endswith(("店", "馆", "房", "院", "行"))
            else n[:-1]
        ),
        lambda n: f"上海市普陀区{n}",
        lambda n: f"普陀区{n}（个体工商户）",
        lambda n: f"上海{n}有限公司",
        lambda n: n.translate(TRADITIONAL),
        lambda n: f"{n[:2]} {n[2:]}",
        lambda n: f"【{n}】",
    ]
    return replace(s, name=make.random.choice(forms)(s.name))


def homophone(make: Maker, s: Sample) -> Sample:
    """A character of the same sound."""
    places = [i for i, sign in enumerate(s.name[:4]) if sign in SWAPS]
    if not places:
        return spelling(make, s)
    i = make.random.choice(places)
    return replace(s, name=s.name[:i] + make.pick(SWAPS[s.name[i]]) + s.name[i + 1 :])


def dropped(make: Maker, s: Sample) -> Sample:
    """A character, or the trade, is missing."""
    if len(s.name) <= 3:
        return spelling(make, s)
    if make.random.random() < 0.4:
        return replace(s, name=s.name[: max(2, len(s.name) - 2)])
    i = make.random.randrange(len(s.name))
    return replace(s, name=s.name[:i] + s.name[i + 1 :])


def address_variant(make: Maker, s: Sample, spot: Spot) -> Sample:
    """路口, 弄, ranges, prefixes, Chinese numerals, no number, a misspelt road."""
    road, number = spot.road, spot.number
    numeral = "".join(CHINESE_DIGITS[int(digit)] for digit in str(number))
    variants = [
        f"{road}{spot.crossing}路口",
        f"{road}近{spot.crossing}",
        f"{spot.crossing}与{road}交叉口",
        f"上海市普陀区{road}{number}号",
        f"{road}{number}弄",
        f"{road}{number}-{number + 4}号",
        f"{road}{number}号1层",
        f"{road}{numeral}号",
        f"{road}{number}号甲",
        f"{road}{number}",
        f"{road}",
        f"{road}沿街{number}号门面",
        f"{road[:-1]}{number}号",
    ]
    if s.object_class == "compound":
        variants = [
            f"{road}{number}弄1-{make.random.randrange(8, 60)}号",
            f"普陀区{road}{number}弄",
            f"{road}近{spot.crossing}",
            f"{road}{number}号",
        ]
    return replace(s, address=make.pick(variants))


def wrong_number(make: Maker, s: Sample, spot: Spot) -> Sample:
    """A house number mistyped by one digit."""
    digits = list(str(spot.number))
    i = make.random.randrange(len(digits))
    digits[i] = str((int(digits[i]) + make.random.randrange(1, 9)) % 10)
    number = int("".join(digits)) or spot.number + 10
    return replace(s, address=s.address.replace(str(spot.number), str(number)))


def moved_pin(make: Maker, s: Sample, spot: Spot) -> Sample:
    """The pin is up to 150 m off."""
    return replace(s, position=moved(make, s.position, 150))


def less_known(make: Maker, s: Sample, spot: Spot) -> Sample:
    """Phone and USCC are missing on one list."""
    return replace(s, phone="", uscc="")


def no_pin(make: Maker, s: Sample, spot: Spot) -> Sample:
    """Nobody set a pin."""
    return replace(s, position=None)


Noise = Callable[[Maker, Sample, Spot], Sample]
NOISE: dict[str, Noise] = {
    "spelling": lambda make, s, spot: spelling(make, s),
    "homophone": lambda make, s, spot: homophone(make, s),
    "dropped character": lambda make, s, spot: dropped(make, s),
    "address variant": address_variant,
    "wrong number": wrong_number,
    "moved pin": moved_pin,
    "phone missing": less_known,
    "no pin": no_pin,
}


def add_double(make: Maker, original: Sample, spot: Spot, kind: str) -> None:
    """Put the same thing on the list again, with one kind of noise or several (``mixed``)."""
    row = replace(original, position=moved(make, original.position, 15))
    kinds = make.random.sample(list(NOISE), k=make.random.choice((2, 3))) if kind == "mixed" else [kind]
    for one in kinds:
        row = NOISE[one](make, row, spot)
    if make.random.random() < 0.4:  # two lists seldom know the same things
        row = replace(row, phone="" if make.random.random() < 0.6 else make.phone())
    if make.random.random() < 0.5:
        row = replace(row, uscc="")
    make.add(
        kind, row.name, row.address, row.position, phone=row.phone, uscc=row.uscc,
        entity=original.entity, object_class=original.object_class,
    )  # fmt: skip


# --- the list ---------------------------------------------------------------------------------------
def add_shop(make: Maker, spot: Spot, kind: str = "shop", name: str = "") -> Sample:
    """A shop at a door, as the first list has it: by its number, or by the corner it stands at."""
    address = f"{spot.road}{spot.number}号"
    if make.random.random() < 0.08:
        address = make.pick([f"{spot.road}{spot.crossing}路口", f"{spot.road}近{spot.crossing}"])
    return make.add(
        kind,
        name or make.brand() + make.pick(KINDS),
        address,
        make.place(spot),
        phone=make.phone() if make.random.random() < 0.7 else "",
        uscc=make.uscc(),
    )


def add_lookalikes(make: Maker, shop: Sample, spot: Spot) -> None:
    """Things near a shop that are not the shop."""
    draw = make.random.random()
    if draw < 0.35:  # another shop behind the same number, sometimes with the landlord's phone
        other = add_shop(make, spot, "same address")
        if make.random.random() < 0.15 and shop.phone:
            make.population.samples[-1] = replace(other, phone=shop.phone)
    elif draw < 0.5:  # the same family next door, another trade
        owner, kind = shop.name[:2], make.pick(KINDS)
        while kind[:2] in shop.name:
            kind = make.pick(KINDS)
        other = add_shop(make, make.beside(spot, 10), "same owner", owner + kind)
        make.population.samples[-1] = replace(other, phone=shop.phone)
    elif draw < 0.57:  # who was there before, in the same trade
        trade = next((kind for kind in KINDS if shop.name.endswith(kind)), make.pick(KINDS))
        add_shop(make, spot, "former tenant", make.brand() + trade)
    elif draw < 0.75:  # the next doors
        add_shop(make, make.beside(spot, make.random.uniform(8, 60)), "next door")


def add_chain(make: Maker, brand: str, branches: int) -> list[tuple[Sample, Spot]]:
    """Branches of one brand at different addresses, some a few hundred metres apart."""
    kind, hotline = make.pick(["便利店", "房产", "奶茶店", "大药房", ""]), make.phone()
    made: list[tuple[Sample, Spot]] = []
    for _ in range(branches):
        spot = make.spot()
        if made and make.random.random() < 0.3:
            spot = make.beside(made[-1][1], make.random.uniform(120, 500))
        name = brand + ("" if brand.endswith(("面", "吃")) else kind)
        draw = make.random.random()
        if draw < 0.35:
            name += f"({spot.road}店)"
        elif draw < 0.5:
            name += f"（{spot.crossing}店）"
        shop = add_shop(make, spot, "chain branch", name)
        if make.random.random() < 0.3:
            shop = replace(shop, phone=hotline)
            make.population.samples[-1] = shop
        made.append((shop, spot))
    return made


def add_compounds(make: Maker, count: int) -> list[tuple[Sample, Spot]]:
    """Compounds, with phases, numbered villages and lanes beside one another."""
    made: list[tuple[Sample, Spot]] = []
    while len(made) < count:
        spot, draw = make.spot(), make.random.random()
        manager = make.phone() if make.random.random() < 0.5 else ""
        base = make.brand() + make.pick(COMPOUND_ENDS)
        if draw < 0.2:
            names = [f"{base}({phase}期)" for phase in "一二三"[: make.random.choice((2, 3))]]
        elif draw < 0.24:
            names = [base, f"{base}(二期)"]
        elif draw < 0.3:
            names = [f"{base[:2]}{number}村" for number in "一二三四"[: make.random.choice((2, 3, 4))]]
        elif draw < 0.35:
            names = [f"{base[:2]}{side}村" for side in "东西"]
        elif draw < 0.5:
            names = ["", ""]
        else:
            names = [base]
        for step, name in enumerate(names):
            here = make.beside(spot, step * make.random.uniform(60, 250))
            kind = "compound" if len(names) == 1 else "sibling compound"
            sample = make.add(
                kind,
                name or f"{here.road}{here.number}弄小区",
                f"{here.road}{here.number}弄",
                make.place(here, 20),
                phone=manager,
                object_class="compound",
            )
            made.append((sample, here))
    return made


def make_population(seed: int, shops: int = 1500, compounds: int = 250, doubles: float = 0.2) -> Population:
    """A list of about `shops` + `compounds` things, a share `doubles` of them recorded a second time."""
    make = Maker(seed)
    rows: list[tuple[Sample, Spot]] = []
    for _ in range(shops):
        spot = make.spot()
        shop = add_shop(make, spot)
        rows.append((shop, spot))
        add_lookalikes(make, shop, spot)
    for brand in CHAINS:
        rows += add_chain(make, brand, max(2, shops // 120))
    rows += add_compounds(make, compounds)
    kinds = [*NOISE, "mixed", "mixed"]
    for number, (row, spot) in enumerate(make.random.sample(rows, k=int(doubles * len(rows)))):
        add_double(make, row, spot, kinds[number % len(kinds)])
    make.random.shuffle(make.population.samples)
    renumbered = [replace(s, id=i) for i, s in enumerate(make.population.samples, 1)]
    return Population(renumbered)
