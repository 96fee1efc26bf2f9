"""Invented regulated objects with the geography of a real district (streets, clusters, towns)."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from shapely import Point
from shapely.geometry import shape

from chengshu.bureau.models import District
from chengshu.demo import plans

METRES_PER_DEGREE = 111_320.0
STREETS_PER_TOWN = 28
YEAR_START = date(2019, 11, 1)


@dataclass(frozen=True)
class Street:
    """A made-up street: a straight line inside one town, along which objects stand."""

    name: str
    start: tuple[float, float]
    end: tuple[float, float]

    @property
    def length(self) -> float:
        """Metres."""
        east = (self.end[0] - self.start[0]) * math.cos(math.radians(self.start[1]))
        return math.hypot(east, self.end[1] - self.start[1]) * METRES_PER_DEGREE

    def at(self, share: float, side: float) -> tuple[float, float]:
        """The position at a share of the length, `side` metres off the axis."""
        lng = self.start[0] + share * (self.end[0] - self.start[0])
        lat = self.start[1] + share * (self.end[1] - self.start[1])
        run = math.atan2(self.end[1] - self.start[1], self.end[0] - self.start[0])
        offset = side / METRES_PER_DEGREE
        return round(lng - math.sin(run) * offset, 7), round(lat + math.cos(run) * offset, 7)


def recipe(code: str) -> dict[str, Any]:
    """Counts and words of a district (``data/<code>/objects.yaml``)."""
    return plans.read(code, "objects")


def objects(district: District, class_code: str, count: int, seed: int = 2020) -> Iterator[dict[str, Any]]:
    """Values of `count` invented objects of one class; the same seed gives the same objects."""
    words = recipe(district.code)
    rng = random.Random(f"{seed}:{class_code}")  # noqa: S311 - invented data, not a secret
    streets = streets_of(district, words, seed)
    towns = [town for town in streets if streets[town]]
    weights = [words["towns"].get(town, 1) for town in towns]
    for _number in range(count):
        town = rng.choices(towns, weights)[0]
        # Busy streets first: a few hold most of the shops, as in any town.
        street = streets[town][min(int(rng.expovariate(0.16)), len(streets[town]) - 1)]
        share = rng.random()
        side = rng.choice((-1, 1)) * rng.uniform(9, 16)
        house = max(1, int(share * street.length / 6)) * 2 + (side > 0)
        values = {
            "address": f"{street.name}{house}号",
            "position": street.at(share, side),
            "responsible_name": rng.choice(words["surnames"]) + "".join(rng.sample(words["given"], 2)),
            "responsible_phone": f"199{rng.randrange(10**8):08d}",
            "status": rng.choices(("operating", "closed", "moved", "not_found"), (93, 4, 2, 1))[0],
            "credit": rng.choices(("A", "B", "C", "D", ""), (52, 30, 6, 1, 11))[0],
            "verified_on": YEAR_START + timedelta(days=rng.randrange(330)) if rng.random() < 0.62 else None,
        }
        if class_code in words.get("in_business", ()):
            values["status"] = "operating"
        yield values | _named(rng, words, class_code, street, house)


def _named(
    rng: random.Random, words: dict[str, Any], class_code: str, street: Street, house: int
) -> dict[str, Any]:
    if class_code == "compound":
        return _compound(rng, words["compounds"], words["given"])
    brand = rng.choice(words["brands"])
    owner = rng.choice(words["surnames"]) + "记"
    if class_code == "shop":
        trade = rng.choices(list(words["trades"]), (34, 24, 10, 4, 7, 8, 4, 9))[0]
        kind = rng.choice(words["trades"][trade])
        middle = rng.choice(
            (brand, owner, brand + rng.choice(words["given"]), street.name.rstrip("路") + brand)
        )
        return {
            "name": f"{middle}{kind}",
            "attributes.trade": trade,
            "attributes.road": street.name,
            "attributes.floor_area": round(rng.lognormvariate(3.5, 0.6), 1),
        }
    ending = rng.choice(words["endings"][class_code])
    if class_code == "billboard":
        return {"name": f"{street.name}{house}号{ending}"}
    if class_code == "site":
        return {"name": f"{street.name}{brand}{ending}"}
    middle = (
        brand + rng.choice(words["given"]) if class_code == "hauler" else rng.choice((brand, owner + brand))
    )
    branch = (
        f"（{street.name.rstrip('路')}店）"
        if class_code in {"restaurant", "agency"} and rng.random() < 0.4
        else ""
    )
    return {"name": f"{middle}{ending}{branch}"}


def _compound(rng: random.Random, words: dict[str, Any], given: str) -> dict[str, Any]:
    """A residential compound."""
    kind = rng.choices(list(words["types"]), list(words["types"].values()))[0]
    buildings = rng.randint(2, 40)
    return {
        "name": "".join(rng.sample(given, 2)) + rng.choice(words["endings"]),
        "attributes.building_type": [kind],
        "attributes.ownership": rng.choices(list(words["ownership"]), list(words["ownership"].values()))[0],
        "attributes.buildings": buildings,
        "attributes.households": buildings * rng.randint(12, 60),
        "attributes.built_year": rng.randint(1958, 2018),
        "attributes.manager": rng.choice(words["managers"]),
        "attributes.committee": rng.random() < 0.7,
    }


def streets_of(district: District, words: dict[str, Any], seed: int) -> dict[str, list[Street]]:
    """Streets of each town, by its name: lines through the town's polygon, trimmed to lie inside."""
    rng = random.Random(seed)  # noqa: S311
    names = list(words["roads"])
    result: dict[str, list[Street]] = {}
    for town in district.towns.all():
        polygon = shape(town.boundary).buffer(-0.0004)
        west, south, east, north = polygon.bounds
        streets: list[Street] = []
        while len(streets) < STREETS_PER_TOWN:
            start = (rng.uniform(west, east), rng.uniform(south, north))
            run, half = rng.choice((0.18, 1.72)) + rng.gauss(0, 0.06), rng.uniform(0.0012, 0.0045)
            ends = [
                (start[0] + sign * half * math.cos(run), start[1] + sign * half * math.sin(run))
                for sign in (-1, 1)
            ]
            if polygon.contains(Point(ends[0])) and polygon.contains(Point(ends[1])):
                name = names[len(streets) % len(names)] if len(streets) < 12 else rng.choice(names)
                streets.append(Street(name, ends[0], ends[1]))
        result[town.name] = streets
    return result


def scaled(counts: dict[str, int], total: int) -> dict[str, int]:
    """The same shares of classes at another total; the largest class takes what rounding leaves."""
    whole = sum(counts.values())
    result = {code: count * total // whole for code, count in counts.items()}
    result[max(counts, key=lambda code: counts[code])] += total - sum(result.values())
    return result
