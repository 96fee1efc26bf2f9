"""The light of a target: met, at risk, or missed, with the reason; pure arithmetic on what was counted.

Rules are data (``data/target_lights.yaml``). A count is carried on to the end of the year by the course of
the year before; of a ratio it is worked out what the rest of the year must reach.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

DATA = Path(__file__).parent / "data"
GREEN, AMBER, RED, GREY = "green", "amber", "red", "grey"
RANK = {"": 0, GREY: 0, GREEN: 0, AMBER: 1, RED: 2}
"""How bad a light is."""
AT_LEAST, AT_MOST = ">=", "<="


@dataclass(frozen=True)
class Rules:
    """near: share of the target a projection may fall short by; gap: how far the rest of the year may have to
    lie from the value so far; early: share of the year's course under which nothing is projected.
    """

    near: Decimal
    gap: Decimal
    early: Decimal


@dataclass(frozen=True)
class Light:
    """A colour and its reason: an English sentence known to the translations, and the numbers in it."""

    colour: str
    text: str
    values: dict[str, Decimal] = field(default_factory=dict)

    def reason(self, written: Any = str) -> str:
        """The reason in the language of the page; ``written`` turns a number into text."""
        return _(self.text) % {name: written(value) for name, value in self.values.items()}


@dataclass(frozen=True)
class Standing:
    """How a figure stands in the year.

    value: so far. begun, over: of the year. course: which share of a year's records the year before had by
    this day, None where nothing can be carried on. A ratio also has its parts and ``factor``; ``ceiling`` is
    the most it can be.
    """

    value: Decimal | None
    begun: bool = True
    over: bool = False
    course: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    factor: Decimal = Decimal(1)
    ceiling: Decimal | None = None
    ratio: bool = False


@cache
def rules() -> Rules:
    """The rules as the data states them."""
    raw = yaml.safe_load((DATA / "target_lights.yaml").read_text(encoding="utf-8"))
    return Rules(*(Decimal(raw[name]) for name in ("near", "gap", "early")))


def course_of(months: Sequence[Decimal], today: date) -> Decimal:
    """Which share of a year has passed by a day, by the months of another year, or its days without them.

    months: twelve numbers. The month of the day counts in proportion to its days.
    """
    past, whole = months[: today.month - 1], sum(months, Decimal(0))
    if whole > 0:
        done = sum(past, Decimal(0)) + months[today.month - 1] * today.day / _days_of(today)
        return done / whole
    first, after = date(today.year, 1, 1), date(today.year + 1, 1, 1)
    return Decimal((today - first).days + 1) / (after - first).days


def judge(comparison: str, target: Decimal, standing: Standing, by: Rules) -> Light:
    """The light of a target."""
    value = standing.value
    if not standing.begun:
        return Light(GREY, gettext_noop("The year has not begun."))
    if value is None:
        return Light(GREY, gettext_noop("Nothing has been counted yet."))
    if standing.over:
        if _meets(comparison, value, target):
            return Light(GREEN, gettext_noop("Met: %(value)s."), {"value": value})
        return Light(RED, gettext_noop("Missed: %(value)s."), {"value": value})
    if standing.ratio:
        return _ratio(comparison, target, value, standing, by)
    if standing.course is not None:
        return _count(comparison, target, value, standing.course, by)
    if _meets(comparison, value, target):
        return Light(GREEN, gettext_noop("Stands at %(value)s."), {"value": value})
    return Light(AMBER, gettext_noop("Stands at %(value)s; the target is not met yet."), {"value": value})


def _count(comparison: str, target: Decimal, value: Decimal, course: Decimal, by: Rules) -> Light:
    said = {"value": value}
    if comparison == AT_LEAST and value >= target:
        return Light(GREEN, gettext_noop("Already reached: %(value)s."), said)
    if comparison == AT_MOST and value > target:
        return Light(RED, gettext_noop("Already exceeded: %(value)s."), said)
    if course < by.early:
        return Light(GREY, gettext_noop("%(value)s so far; too early to project the year."), said)
    projected = value / course
    said["projected"] = projected
    short = target - projected if comparison == AT_LEAST else projected - target
    if short <= 0:
        text = gettext_noop("%(value)s so far, about %(projected)s by the end of the year: on course.")
        return Light(GREEN, text, said)
    if short <= by.near * target:
        text = gettext_noop("%(value)s so far, about %(projected)s by the end of the year: at risk.")
        return Light(AMBER, text, said)
    text = gettext_noop("%(value)s so far, about %(projected)s by the end of the year: will be missed.")
    return Light(RED, text, said)


def _ratio(comparison: str, target: Decimal, value: Decimal, standing: Standing, by: Rules) -> Light:
    said = {"value": value}
    rest = rest_of(target, standing)
    if _meets(comparison, value, target):
        return Light(GREEN, gettext_noop("%(value)s so far: on course."), said)
    if standing.course is not None and standing.course < by.early:
        return Light(GREY, gettext_noop("%(value)s so far; too early to project the year."), said)
    if rest is None:
        return Light(AMBER, gettext_noop("Stands at %(value)s; the target is not met yet."), said)
    said["rest"] = rest
    up = comparison == AT_LEAST
    above = standing.ceiling is not None and rest > standing.ceiling
    if above if up else rest < 0:
        text = gettext_noop("%(value)s so far; the target can no longer be met in the remaining months.")
        return Light(RED, text, {"value": value})
    text = (
        gettext_noop("%(value)s so far; the remaining months must reach %(rest)s.")
        if up
        else gettext_noop("%(value)s so far; the remaining months must stay under %(rest)s.")
    )
    return Light(AMBER if abs(rest - value) <= by.gap else RED, text, said)


def rest_of(target: Decimal, standing: Standing) -> Decimal | None:
    """What a ratio must be in the rest of the year for the year to be exactly at the target.

    The rest has as many records as the course of the year before leads to expect. None where none are left,
    or nothing is known of the course.
    """
    above, below, course = standing.numerator, standing.denominator, standing.course
    if above is None or not below or not course or course >= 1:
        return None
    whole = below / course
    return (target * whole / standing.factor - above) / (whole - below) * standing.factor


def _meets(comparison: str, value: Decimal, target: Decimal) -> bool:
    return value >= target if comparison == AT_LEAST else value <= target


def _days_of(day: date) -> int:
    after = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return (after - day.replace(day=1)).days
