"""红黄绿灯 of the towns, by the rules in data/lights.yaml, with the reasons and what is missing for green.

While a year runs its lights are worked out; those at its end are kept (`YearLight`).
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone

from chengshu.bureau.models import District, Town
from chengshu.structures import settings
from chengshu.structures.models import Assessment, SampleCheck, Structure, YearLight
from chengshu.structures.queries.figures import relapses_of
from chengshu.structures.queries.years import NewOnes, days_behind, new_ones, progress

OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "gt": operator.gt, "ge": operator.ge, "lt": operator.lt, "le": operator.le, "eq": operator.eq,
}  # fmt: skip
METRICS = (
    "new_standing", "new_removed", "new_late", "relapses", "quota_percent", "behind", "sample_errors",
    "overdue",
)  # fmt: skip
Measures = dict[str, float | None]


@dataclass(frozen=True)
class Condition:
    """One condition of a rule: a metric compared with a number."""

    metric: str
    op: str
    zh: str
    en: str
    value: float = 0

    @property
    def words(self) -> dict[str, str]:
        """It in both languages, as it is kept."""
        return {"zh": self.zh, "en": self.en}

    def holds(self, measures: Measures) -> bool | None:
        """Whether it holds; None where the metric is not known."""
        found = measures[self.metric]
        if self.op == "missing":
            return found is None
        return None if found is None else OPERATORS[self.op](found, self.value)

    @property
    def label(self) -> str:
        """It in words."""
        return settings.in_language(self.zh, self.en)


@dataclass(frozen=True)
class LightRules:
    """The rules as the data states them."""

    verified: bool
    source: str
    new_within_days: int
    red: tuple[Condition, ...]
    green: tuple[Condition, ...]


@cache
def light_rules() -> LightRules:
    """The rules of the lights. Raises ValueError for a metric or comparison that is not known."""
    raw = settings.read("lights.yaml")
    for one in (*raw["red"], *raw["green"]):
        if one["metric"] not in METRICS or one["op"] not in (*OPERATORS, "missing"):
            raise ValueError(f"lights.yaml: {one}")
    red, green = (tuple(Condition(**one) for one in raw[name]) for name in ("red", "green"))
    return LightRules(raw["verified"], raw["source"], raw["new_within_days"], red, green)


@dataclass(frozen=True)
class TownLight:
    """A town's light: why it is red, and what is missing for green. ``measures``: what it rests on."""

    town: Town
    colour: str
    reasons: tuple[str, ...]
    missing: tuple[str, ...]
    measures: Measures


Conditions = tuple[Condition, ...]


def judged(measures: Measures, rules: LightRules) -> tuple[str, Conditions, Conditions]:
    """Colour, reasons and what is missing for green. What is not known never makes a light red or green."""
    red = tuple(one for one in rules.red if one.holds(measures))
    missing = tuple(one for one in rules.green if not one.holds(measures))
    if red:
        return "red", red, missing
    return ("amber", missing, missing) if missing else ("green", rules.green, ())


def judge(measures: Measures, rules: LightRules) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """The same in words."""
    colour, reasons, missing = judged(measures, rules)
    return colour, tuple(one.label for one in reasons), tuple(one.label for one in missing)


def shown(district: District, year: int, today: date) -> tuple[list[TownLight], datetime | None]:
    """The lights of a year and when they were recorded; None where they are worked out as of today."""
    kept = YearLight.objects.filter(district=district, on=date(year, 12, 31)).select_related("town")
    rows = list(kept.defer("town__boundary").order_by("town__code"))
    if not rows:
        return lights(district, year, today), None
    found = [
        TownLight(one.town, one.colour, _said(one.reasons), _said(one.missing), one.measures) for one in rows
    ]
    return found, max(one.recorded_at for one in rows)


def _said(kept: list[dict[str, str]]) -> tuple[str, ...]:
    return tuple(settings.in_language(one["zh"], one["en"]) for one in kept)


def lights(district: District, year: int, today: date) -> list[TownLight]:
    """Every town of the district with its light; seven queries."""
    rules = light_rules()
    measured = measures_of(district, year, today)
    return [TownLight(town, *judge(values, rules), values) for town, values in measured]


def measures_of(district: District, year: int, today: date) -> list[tuple[Town, Measures]]:
    """What the light of every town rests on, as of a day; seven queries."""
    rules = light_rules()
    towns = list(Town.objects.filter(district=district).defer("boundary").order_by("code"))
    new = new_ones(district, year, rules.new_within_days, today)
    quota: dict[int, list[int]] = {}
    for one in progress(district, year, today):
        sums = quota.setdefault(one.task.town_id, [0, 0])
        sums[0] += min(one.done, one.task.quota)  # more of one type does not make up for another
        sums[1] += one.task.quota
    past, whole = days_behind(year, today)
    moment = min(timezone.now(), timezone.make_aware(datetime.combine(today + timedelta(days=1), time())))
    rows = Structure.objects.filter(district=district).order_by()
    lines: Any = rows.values("town").annotate(
        overdue=Count("pk", filter=Q(due_at__lt=moment)),
    )
    state: dict[Any, dict[str, Any]] = {row["town"]: row for row in lines}
    again = dict(relapses_of(rows, year).values_list("structure__town").annotate(n=Count("pk")))
    errors = sample_errors(district, year)
    found: list[tuple[Town, Measures]] = []
    for town in towns:
        ones = new.get(town.pk, NewOnes())
        done, wanted = quota.get(town.pk, [0, 0])
        percent = 100 * done / wanted if wanted else 100.0 if town.pk in quota else None
        measures: dict[str, Any] = {
            "new_standing": ones.standing, "new_removed": ones.removed, "new_late": ones.late,
            "relapses": again.get(town.pk, 0),
            "overdue": state.get(town.pk, {}).get("overdue", 0),
            "quota_percent": percent,
            "behind": None if percent is None else max(0.0, 100 * past / whole - percent),
            "sample_errors": errors.get(town.pk),
        }  # fmt: skip
        found.append((town, measures))
    return found


def sample_errors(district: District, year: int) -> dict[int, int]:
    """Errors of each town's last finished assessment of the year; towns without one are left out."""
    done = Assessment.objects.filter(district=district, year=year, state=Assessment.State.DONE)
    last: dict[int, int] = dict(done.order_by("pk").values_list("town", "pk"))
    wrong = SampleCheck.objects.filter(assessment__in=last.values(), result=SampleCheck.Result.ERROR)
    counts = dict(wrong.values_list("assessment").annotate(n=Count("pk")).order_by())
    return {town: counts.get(pk, 0) for town, pk in last.items()}
