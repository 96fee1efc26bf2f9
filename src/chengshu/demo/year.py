"""The leads and patrols of the reference year: by weekday, season and hour, with the waves of campaigns.

They end as the year's own records say: what became a case stands in the year's cases (`chengshu.demo.cases`),
so none of these leads opens another one.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from typing import Any

from django.utils import timezone

from chengshu.bureau.models import District
from chengshu.demo import patrol
from chengshu.demo.cast import Cast
from chengshu.demo.leads import Planned, plan, plan_of
from chengshu.demo.playing import Report, play
from chengshu.kernel.planner import look_again
from chengshu.kernel.whole import whole
from chengshu.leads.lifecycle import Outcome
from chengshu.leads.models import Lead, LeadStep
from chengshu.leads.services.classes import load_classes
from chengshu.patrol.models import CheckIn

LABEL = "线索（全年）"
PATROLS = "巡查签到（全年）"


class Calendar:
    """Draws moments of a year: each day weighs by its weekday, its month and, in a campaign, its wave."""

    def __init__(self, data: dict[str, Any], year: int) -> None:
        self.data, self.said = data, data["reference"]
        first = date(year, 1, 1)
        self.days = [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]
        self._weights: dict[str, list[float]] = {}

    def moment(self, source: str, rng: random.Random) -> datetime:
        """When a lead of the source is reported."""
        rhythm = self.data["rhythms"][self.data["sources"][source]["rhythm"]]
        if source not in self._weights:
            self._weights[source] = list(accumulate(self._weight(source, rhythm, day) for day in self.days))
        day = rng.choices(self.days, cum_weights=self._weights[source])[0]
        hour = rng.choices(range(24), rhythm["hours"])[0]
        at = datetime.combine(day, time(hour), timezone.get_current_timezone())
        return at + timedelta(seconds=rng.randrange(3600))

    def _weight(self, source: str, rhythm: dict[str, Any], day: date) -> float:
        waves = self.said["waves"].get(source)
        if waves and not any(tuple(a) <= (day.month, day.day) <= tuple(b) for a, b in waves):
            return 0.0
        months = self.said["months"][self.data["sources"][source]["rhythm"]]
        return float(rhythm["days"][day.weekday()] * months[day.month - 1])


def load_year_leads(
    district: District, *, seed: int = 2020, scale: float = 1.0, report: Report | None = None
) -> int:
    """The leads of the reference year with their whole history; how many were added.

    Batches are committed one by one; a second call adds what is missing.
    """
    data = plan_of(district.code)
    said = data["reference"]
    load_classes(district)
    own = sum(data["sources"][source]["n"] for source in said["without"])
    begin, end = _span(said["year"])
    planned = plan(
        district, begin, end, name=f"year-{said['year']}.{seed}",
        count=round(max(0, said["leads"] - own) * scale), seed=seed,
        without=said["without"], moment=Calendar(data, said["year"]).moment,
    )  # fmt: skip
    added = play(
        district, _without_cases(planned), Cast(district), until=timezone.now(), report=report, label=LABEL
    )
    if added:
        look_again(Lead, LeadStep)
    return added


def _without_cases(planned: Sequence[Planned]) -> list[Planned]:
    """What would open a case is ordered to be put right, and is."""
    return [
        replace(
            one,
            fate=replace(
                one.fate,
                outcome=Outcome.ORDERED if one.fate.outcome == Outcome.CASE else one.fate.outcome,
                refused=False,
            ),
        )
        for one in planned
    ]


def load_year_patrols(
    district: District, *, seed: int = 2020, scale: float = 1.0, report: Report | None = None
) -> int:
    """The patrol duties of the reference year with their check-ins; how many check-ins were added.

    ``scale`` sends more officers at a time, as many as a squad has. All or nothing, as the weeks are.
    """
    said = patrol.plan_of(district.code)["reference"]
    begin, end = _span(said["year"])
    cast = Cast(district)
    patrol.set_up(district, cast, seed=seed)
    if CheckIn.objects.filter(district=district, at__gte=begin, at__lt=end).exists():
        return 0
    with whole():
        patrol.plan_past_duties(
            cast, begin, end, officers=max(1, round(said["officers"] * scale)), shifts=said["shifts"]
        )
        added = patrol.write_span(district, cast, begin, end, seed=seed, report=report, label=PATROLS)
    if added:
        look_again(CheckIn)
    return added


def _span(year: int) -> tuple[datetime, datetime]:
    """The first moment of the year and the first after it."""
    zone = timezone.get_current_timezone()
    return datetime(year, 1, 1, tzinfo=zone), datetime(year + 1, 1, 1, tzinfo=zone)
