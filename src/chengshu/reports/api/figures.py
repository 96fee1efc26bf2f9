"""All figures of a period and place, as JSON and as the file that documents are checked with."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router
from ninja.errors import ValidationError

from chengshu.kernel.access import api_permission
from chengshu.kernel.indicators.asking import Compared, Figure, figures, rounded, year_on_year
from chengshu.kernel.indicators.declarations import Declared, declared
from chengshu.kernel.indicators.periods import Period, PeriodProblem
from chengshu.kernel.indicators.units import unit_name
from chengshu.reports.figures_file import as_csv
from chengshu.reports.places import PLACES, VIEW, Where, where
from chengshu.reports.showing import so_far

from .schemas import IndicatorFiguresOut, Wanted

router = Router(tags=["reports"])
URL = "/api/v1/reports/figures"
IDS: Any = Query("", max_length=4000, description="figures, separated by commas; all if left out")  # type: ignore[type-arg]


@dataclass(frozen=True)
class Asked:
    """The period and place of a request."""

    period: Period
    where: Where

    @property
    def counted(self) -> Period:
        """What has passed of the period: a running year stands beside the same days of the last."""
        return so_far(self.period, timezone.localdate())

    def shown(self, id_: str) -> Declared:
        """An indicator of the place; else there is none (404)."""
        for one in self.where.shown():
            if one.id == id_:
                return one
        raise Http404

    def url(self, id_: str, rest: str = "") -> str:
        """The address of a figure for the same period and place."""
        return f"{URL}/{id_}{rest}?{urlencode({'period': self.period.code, **self.where.query()})}"


def asked(request: HttpRequest, wanted: Wanted) -> Asked:
    """What is asked for, as far as the caller may see it. Raises `ValidationError`, and 404 for a place that
    is not the caller's to see."""
    try:
        when = Period.parse(wanted.period)
    except PeriodProblem as problem:
        raise refused("period", str(problem)) from problem
    place = where(request.user, str(wanted.squad or ""), str(wanted.town or ""))
    given = wanted.dict(include=set(PLACES), exclude_none=True)
    if place is None or not given.items() <= place.query().items():
        raise Http404
    return Asked(when, place)


def refused(field: str, sentence: str) -> ValidationError:
    """A parameter that does not fit."""
    return ValidationError([{"loc": ("query", field), "type": "refused", "msg": sentence}])


def value_of(figure: Figure) -> Decimal | None:
    """A figure's value as it is given out."""
    return figure.rounded


def percent(both: Compared) -> Decimal | None:
    """The change in percent with one decimal."""
    return None if both.change is None else rounded(both.change, 1)


def figure_out(one: Declared, both: Compared, ask: Asked) -> dict[str, Any]:
    """A figure beside that of the year before."""
    now = both.now
    return {
        "id": one.id, "name": str(one.name), "unit": unit_name(one.unit), "version": one.version,
        "value": value_of(now), "decimals": one.decimals, "sample": now.sample, "enough": now.enough,
        "numerator": now.numerator, "denominator": now.denominator, "value_before": value_of(both.then),
        "change": percent(both), "computed_at": now.computed_at, "url": ask.url(one.id),
    }  # fmt: skip


def _chosen(ask: Asked, ids: str) -> list[Declared]:
    shown = {one.id: one for one in ask.where.shown()}
    if not ids:
        return list(shown.values())
    wanted = list(dict.fromkeys(part.strip() for part in ids.split(",") if part.strip()))
    if unknown := [id_ for id_ in wanted if id_ not in shown]:
        raise refused("ids", _("There are no such figures here: %(ids)s") % {"ids": ", ".join(unknown[:5])})
    return [declared(id_) for id_ in wanted]


@router.get("/figures", response={200: IndicatorFiguresOut}, url_name="reports_figures")
@api_permission(VIEW)
def list_figures(request: HttpRequest, wanted: Query[Wanted], ids: str = IDS) -> Any:
    """Figures of a period and place, each beside that of the same stretch a year before."""
    ask = asked(request, wanted)
    chosen = _chosen(ask, ids)
    found = year_on_year([one.id for one in chosen], ask.counted, ask.where.place)
    return {
        "period": ask.period.code, "begin": ask.period.start, "end": ask.period.last,
        "squad": ask.where.squad.pk if ask.where.squad else None,
        "town": ask.where.town.pk if ask.where.town else None,
        "figures": [figure_out(one, found[one.id], ask) for one in chosen],
    }  # fmt: skip


@router.get("/figures.csv", url_name="reports_csv")
@api_permission(VIEW)
def figures_file(request: HttpRequest, wanted: Query[Wanted], ids: str = IDS) -> Any:
    """The same as a file: id, value, unit."""
    ask = asked(request, wanted)
    found = figures([one.id for one in _chosen(ask, ids)], ask.period, ask.where.place)
    return HttpResponse(as_csv(found.values()), content_type="text/csv; charset=utf-8")
