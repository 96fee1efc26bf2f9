"""What a plan's rules would do over some years: how many objects are ever inspected, by credit class.

The draw itself is replaced by an ordinary random generator with a fixed seed: only frequencies matter here,
and the same plan gives the same figures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
from django.utils.translation import gettext as _

from chengshu.inspections import drawing_rules, joining
from chengshu.inspections.drawing_rules import CREDITS, Rules
from chengshu.inspections.models import AnnualPlan
from chengshu.registry.models import RegulatedObject

YEARS = 5
NEVER = -10_000
"""The day on which an object never drawn was drawn: longer ago than any rule asks."""
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Population:
    """The objects in columns: numbers of class, town and credit class."""

    classes: Sequence[str]
    object_class: Ints
    town: Ints
    credit: Ints


@dataclass(frozen=True)
class SimTask:
    """What a task draws from, on which day of the year."""

    classes: frozenset[str]
    towns: frozenset[int]
    day: int
    rules: Rules


def population(district_id: int) -> Population:
    """The objects in operation, in one query."""
    rows = RegulatedObject.objects.live().filter(
        district=district_id, status=RegulatedObject.Status.OPERATING
    )
    columns = list(rows.order_by("pk").values_list("object_class__code", "town_id", "credit"))
    codes = sorted({row[0] for row in columns})
    place = {code: number for number, code in enumerate(codes)}
    return Population(
        classes=codes,
        object_class=np.array([place[row[0]] for row in columns], dtype=np.int64),
        town=np.array([row[1] or 0 for row in columns], dtype=np.int64),
        credit=np.array([CREDITS.index(row[2]) for row in columns], dtype=np.int64),
    )


def tasks_of(plan: AnnualPlan) -> list[SimTask]:
    """The plan's tasks; a plan without any is taken as one task a quarter over all classes of its items."""
    tasks = plan.tasks.exclude(state="cancelled").prefetch_related("towns").order_by("year", "quarter", "id")
    return [
        SimTask(
            classes=frozenset(task.object_classes),
            towns=frozenset(town.pk for town in task.towns.all()),
            day=(task.starts_on - date(task.year, 1, 1)).days,
            rules=drawing_rules.read(task.rules),
        )
        for task in tasks
    ]


def simulate(
    objects: Population,
    tasks: Sequence[SimTask],
    *,
    years: int = YEARS,
    seed: int = 2020,
    report: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Draw the tasks year after year; shares of objects inspected so far, by credit class and class."""
    rng = np.random.default_rng(seed)  # frequencies only, no draw
    size = len(objects.credit)
    times = np.zeros(size, dtype=np.int64)
    last = np.full(size, NEVER, dtype=np.int64)
    result: dict[str, Any] = {"objects": size, "tasks": len(tasks), "seed": seed, "years": []}
    for year in range(years):
        this_year = np.zeros(size, dtype=np.int64)
        drawn = 0
        for task in tasks:
            chosen = _draw(objects, task, this_year, last, year * 365 + task.day, rng)
            this_year[chosen] += 1
            times[chosen] += 1
            last[chosen] = year * 365 + task.day
            drawn += len(chosen)
        result["years"].append({"year": year + 1, "drawn": drawn, **_shares(objects, times)})
        if report:
            report(year + 1, years)
    return result


def _draw(
    objects: Population, task: SimTask, this_year: Ints, last: Ints, day: int, rng: np.random.Generator
) -> Ints:
    """The objects of one task, by its rules."""
    rules = task.rules
    wanted = [number for number, code in enumerate(objects.classes) if code in task.classes]
    free = np.isin(objects.object_class, wanted)
    if task.towns:
        free &= np.isin(objects.town, sorted(task.towns))
    if rules.per_year:
        free &= this_year < rules.per_year
    if rules.recent_days:
        free &= day - last > rules.recent_days
    places = np.flatnonzero(free)
    columns = {"class": objects.object_class, "town": objects.town, "credit": objects.credit}
    split = [columns[division][places] for division in rules.strata]
    table = np.stack(split, axis=1) if split else np.zeros((len(places), 1), dtype=np.int64)
    strata, member = np.unique(table, axis=0, return_inverse=True)
    member = member.reshape(-1)
    counts = np.bincount(member, minlength=len(strata))
    names = [_names(objects, rules, row) for row in strata]
    eligible = {name: int(n) for name, n in zip(names, counts, strict=True)}
    joined = joining.join(rules, eligible, drawing_rules.quotas(rules, eligible))
    parts: dict[tuple[str, ...], list[int]] = {}
    for number, name in enumerate(names):
        parts.setdefault(joined.of(name), []).append(number)
    taken = [
        rng.choice(places[np.isin(member, parts[name])], quota, replace=False)
        for name, quota in joined.quotas.items()
        if quota
    ]
    return np.concatenate(taken) if taken else np.zeros(0, dtype=np.int64)


def _names(objects: Population, rules: Rules, row: Ints) -> tuple[str, ...]:
    words = []
    for division, part in zip(rules.strata, row, strict=False):
        if division == "credit":
            words.append(CREDITS[int(part)])
        elif division == "class":
            words.append(objects.classes[int(part)])
        else:
            words.append(str(int(part)))
    return tuple(words)


def _shares(objects: Population, times: Ints) -> dict[str, Any]:
    """Per mille of objects inspected at least once so far, and how often on the average (hundredths)."""
    return {
        "ever": _per_mille(times > 0),
        "by_credit": {code: _figures(times[objects.credit == number]) for number, code in enumerate(CREDITS)},
        "by_class": {
            code: _figures(times[objects.object_class == number])
            for number, code in enumerate(objects.classes)
        },
    }


def _figures(times: Ints) -> Mapping[str, int]:
    return {
        "objects": len(times),
        "ever": _per_mille(times > 0),
        "never": int((times == 0).sum()),
        "hundredths": round(float(times.mean()) * 100) if len(times) else 0,
    }


def _per_mille(which: npt.NDArray[np.bool_]) -> int:
    return round(float(which.mean()) * 1000) if len(which) else 0


def told(result: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What was simulated, for a page: sentences, and a row for each credit class that has objects."""
    if not result:
        return None
    years = result["years"]
    first, last = years[0]["by_credit"], years[-1]["by_credit"]
    text = [
        _("%(objects)d objects, %(tasks)d tasks a year: %(drawn)d objects are drawn in a year.")
        % {"objects": result["objects"], "tasks": result["tasks"], "drawn": years[0]["drawn"]},
        _("After %(n)d years %(share)s %% of all objects were inspected at least once.")
        % {"n": len(years), "share": f"{years[-1]['ever'] / 10:g}"},
    ]
    rows = [
        {
            "label": credit or _("not rated"),
            "objects": last[credit]["objects"],
            "first": first[credit]["ever"] / 10,
            "last": last[credit]["ever"] / 10,
            "never": last[credit]["never"],
            "times": last[credit]["hundredths"] / 100,
        }
        for credit in CREDITS
        if last[credit]["objects"]
    ]
    return {"text": text, "rows": rows, "years": len(years)}
