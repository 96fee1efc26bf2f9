"""What pages of figures share: the period and place asked for, and numbers as they are shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.db.models import Max
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import User
from chengshu.kernel.indicators.asking import Compared, Figure
from chengshu.kernel.indicators.computing import NONE
from chengshu.kernel.indicators.declarations import Declared, UnknownIndicator, basic, declared
from chengshu.kernel.indicators.periods import Period, PeriodProblem
from chengshu.reports.places import PLACES, VIEW, Where, where
from chengshu.ui import formats

YEARS_BACK = 6
ANCHOR = "cases_total"  # the figure by which a year is told to have records


@dataclass(frozen=True)
class Asked:
    """What a page is asked for: a period and a place."""

    period: Period
    where: Where
    problem: str = ""

    def query(self, **more: Any) -> str:
        """The address's query that asks for the same."""
        return urlencode({"period": self.period.code, **self.where.query(), **more})

    def url(self, name: str, id_: str, **more: Any) -> str:
        """A page of one figure for the same period and place."""
        return f"{_page(name, id_)}?{self.query(**more)}"


@lru_cache(maxsize=1024)
def _page(name: str, id_: str) -> str:
    """The address of a figure's page; a dashboard has hundreds of them."""
    return reverse(f"reports:{name}", args=[id_])


def asked_of(request: HttpRequest, fitting: Callable[[Where], Where] | None = None) -> Asked:
    """The period and place of the address. Raises PermissionDenied for whoever may see no place.

    fitting: chooses a squad or town where the page is made for one.
    """
    place = where(request.user, request.GET.get("squad", ""), request.GET.get("town", ""))
    if place is None:
        raise PermissionDenied(VIEW)
    place = fitting(place) if fitting else place
    problem = _elsewhere(request, place)
    if not (text := request.GET.get("period")):
        return Asked(usual_period(place), place, problem)
    try:
        return Asked(Period.parse(text), place, problem)
    except PeriodProblem as unread:
        return Asked(usual_period(place), place, str(unread))


def _elsewhere(request: HttpRequest, place: Where) -> str:
    """What is said where a squad or town is asked for that is not among those the person may see."""
    shown = {name: str(pk) for name, pk in place.query().items()}
    given = {name: key for name in PLACES if (key := request.GET.get(name)) and key != NONE}
    if given.items() <= shown.items():
        return ""
    label = place.label or _("Whole district")
    return _("What was asked for is not among the squads and towns you may see. Shown: %(place)s.") % {
        "place": label
    }


def usual_period(place: Where) -> Period:
    """What is shown unless somebody asks for another: this year, or the last one of which there are records.

    So a bureau that has just taken over its old registers, like the made-up one of a first start, does not
    begin with a page of noughts. One query.
    """
    today = timezone.localdate()
    one = basic([ANCHOR])[0]
    rows = one.population.rows().filter(**{one.population.district: place.district}).filter(one.where())
    last = rows.filter(**{f"{one.population.time}__lte": today}).aggregate(last=Max(one.population.time))[
        "last"
    ]
    return Period.year(last.year if last else today.year)


def person(request: HttpRequest) -> User:
    """The viewer, typed for the services."""
    user: Any = request.user
    return user  # type: ignore[no-any-return]


def declared_or_404(id_: str) -> Declared:
    """An indicator by its id, or the answer 404."""
    try:
        return declared(id_)
    except UnknownIndicator:
        raise Http404 from None


def page_asked(text: str) -> int:
    """The number of a page; 1 for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 1


def chosen(asked: Asked) -> dict[str, Any]:
    """What every page shows of period and place."""
    year = timezone.localdate().year
    years = sorted({*range(year - YEARS_BACK, year + 1), asked.period.start.year}, reverse=True)
    quarters = {n: Period.quarter(asked.period.start.year, n) for n in range(1, 5)}
    return {
        "asked": asked,
        "period": asked.period,
        "where": asked.where,
        "problem": asked.problem,
        "years": [_choice(asked, each, Period.year(each)) for each in years],
        "quarters": [_choice(asked, n, quarter) for n, quarter in quarters.items()],
    }


def _choice(asked: Asked, label: int, period: Period) -> tuple[int, str, bool]:
    return label, query_of(asked, period), asked.period == period


def query_of(asked: Asked, period: Period) -> str:
    """The address's query for another period at the same place."""
    return Asked(period, asked.where).query()


def number_of(figure: Figure) -> str:
    """The figure as it is shown; empty where it has no value."""
    value = figure.rounded
    return "" if value is None else formats.number(value, declared(figure.indicator).decimals)


def percent_of(both: Compared) -> str:
    """The change in percent with its sign; empty where there is nothing to compare with."""
    if both.change is None:
        return ""
    return f"{'+' if both.change > 0 else ''}{formats.number(both.change, 1)}%"
