"""How facts become a class A–D (信用分级): pure functions of rule data, facts and a day.

A worse class never follows from fewer offences: points of offences are not negative, an event counts by its
heaviest fact, and satisfactory checks alone lead to the best class.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from chengshu.kernel.workdays import add_period

CLASSES = ("A", "B", "C", "D")
HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True)
class Kind:
    """事实种类 and what it counts for. ``points`` below zero only for a merit."""

    code: str
    zh: str
    en: str
    points: int
    full_months: int
    ends_months: int
    cap: int | None = None
    at_least: str = ""
    merit: bool = False


@dataclass(frozen=True)
class ClassRules:
    """One version of the rules. ``valid_to`` is the last day it applies."""

    valid_from: date
    valid_to: date | None
    verified: bool
    note: str
    valid_months: int
    look_back_months: int
    best: Mapping[str, int]
    minimum: Mapping[str, int]
    default: str
    kinds: Mapping[str, Kind]
    digest: str


@dataclass(frozen=True)
class Fact:
    """One thing on record of an object.

    ``event``: what it belongs to; facts of one event count once. ``ref``: model and id of the record.
    """

    kind: str
    on: date
    ref: tuple[str, int]
    number: str = ""
    event: str = ""


@dataclass(frozen=True)
class Ground:
    """A fact with the points it counts for on the day; zero where another fact of the event counts more."""

    fact: Fact
    points: Decimal


@dataclass(frozen=True)
class Assessment:
    """What the rules make of the facts. ``credit`` is empty where there is nothing to judge by."""

    credit: str
    points: Decimal
    grounds: tuple[Ground, ...]
    checks: int


def weight(kind: Kind, on: date, today: date) -> Decimal:
    """The share, 0 to 1, that a fact of ``on`` still counts on the day."""
    full, end = add_period(on, kind.full_months, "month"), add_period(on, kind.ends_months, "month")
    if today <= full:
        return Decimal(1)
    if today >= end:
        return Decimal(0)
    return Decimal((end - today).days) / Decimal((end - full).days)


def assess(rules: ClassRules, facts: Iterable[Fact], today: date) -> Assessment:
    """The class that the facts lead to on the day. Facts of unknown kinds and later ones do not count."""
    known = [fact for fact in facts if fact.kind in rules.kinds and fact.on <= today]
    weighed = [(fact, _points(rules, fact, today)) for fact in known]
    counting = _heaviest(rules, weighed)
    grounds = tuple(
        Ground(
            fact,
            points if counting.get(fact.event, fact) is fact or rules.kinds[fact.kind].merit else Decimal(0),
        )
        for fact, points in weighed
    )
    live = [(ground, rules.kinds[ground.fact.kind]) for ground in grounds]
    total = max(_total(rules, grounds), Decimal(0))
    checks = sum(1 for ground, kind in live if kind.merit and ground.points)
    floors = [
        kind.at_least
        for (fact, points), kind in zip(weighed, (kind for _ground, kind in live), strict=True)
        if kind.at_least and points > 0
    ]
    if not any(points for _fact, points in weighed):
        return Assessment("", total, grounds, checks)
    return Assessment(_class(rules, total, checks, floors), total, grounds, checks)


def _points(rules: ClassRules, fact: Fact, today: date) -> Decimal:
    kind = rules.kinds[fact.kind]
    return (kind.points * weight(kind, fact.on, today)).quantize(HUNDREDTH)


def _heaviest(rules: ClassRules, weighed: list[tuple[Fact, Decimal]]) -> dict[str, Fact]:
    """The offence of each event that counts; merits and facts without an event stand for themselves."""
    found: dict[str, tuple[Decimal, Fact]] = {}
    for fact, points in weighed:
        if not fact.event or rules.kinds[fact.kind].merit:
            continue
        held = found.get(fact.event)
        if held is None or points > held[0]:
            found[fact.event] = (points, fact)
    return {event: fact for event, (_held, fact) in found.items()}


def _total(rules: ClassRules, grounds: Iterable[Ground]) -> Decimal:
    sums: dict[str, Decimal] = {}
    for ground in grounds:
        sums[ground.fact.kind] = sums.get(ground.fact.kind, Decimal(0)) + ground.points
    total = Decimal(0)
    for code, points in sums.items():
        cap = rules.kinds[code].cap
        total += points if cap is None else max(points, Decimal(-cap))
    return total


def _class(rules: ClassRules, total: Decimal, checks: int, floors: list[str]) -> str:
    reached = next((code for code in CLASSES if total <= rules.best.get(code, -1)), CLASSES[-1])
    if checks < rules.minimum.get(reached, 0):
        reached = max(reached, rules.default)
    return max([reached, *floors])
