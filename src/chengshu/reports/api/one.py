"""One figure: explained, by its parts, ranked, and down to its records."""

from typing import Any

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from ninja import Query
from ninja.errors import HttpError

from chengshu.kernel.access import api_permission
from chengshu.kernel.indicators.asking import (
    FinesForbidden,
    Line,
    breakdown,
    dimensions_of,
    figure,
    period_on_period,
    ranking,
    records,
    series,
    year_on_year,
)
from chengshu.kernel.indicators.declarations import Declared, Indicator, parts_of, uses_fines
from chengshu.kernel.indicators.units import unit_name
from chengshu.reports.places import VIEW
from chengshu.reports.showing import has_months

from .figures import Asked, asked, figure_out, percent, refused, router, value_of
from .schemas import CountedRecordsOut, IndicatorFigureDetail, IndicatorPartsOut, Wanted

BY: Any = Query(..., max_length=40, description="town, squad, cause … as the figure's `dimensions` say")  # type: ignore[type-arg]
PAGE: Any = Query(1, ge=1, le=100_000)  # type: ignore[type-arg]
LIMIT: Any = Query(50, ge=1, le=200)  # type: ignore[type-arg]


@router.get("/figures/{figure_id}", response={200: IndicatorFigureDetail}, url_name="reports_figure")
@api_permission(VIEW)
def get_figure(request: HttpRequest, figure_id: str, wanted: Query[Wanted]) -> Any:
    """A figure with its definition, comparisons and months."""
    ask = asked(request, wanted)
    one = ask.shown(figure_id)
    place = ask.where.place
    before = period_on_period([one.id], ask.period, place)[one.id]
    return {
        **figure_out(one, year_on_year([one.id], ask.counted, place)[one.id], ask),
        "definition": str(one.definition), "owner": one.owner, "fines": uses_fines(one.id),
        "of": parts_of(one), "value_of_period_before": value_of(before.then),
        "change_of_period_before": percent(before) if ask.counted == ask.period else None,
        "dimensions": [
            {"code": code, "name": str(each.label)} for code, each in dimensions_of(one.id).items()
        ],
        "months": [
            {"month": month.code, "value": value_of(each)}
            for month, each in (series(one.id, ask.period, place) if has_months(ask.period) else ())
        ],
        "records": ask.url(one.id, "/records") if isinstance(one, Indicator) else None,
    }  # fmt: skip


@router.get("/figures/{figure_id}/breakdown", response={200: IndicatorPartsOut}, url_name="reports_breakdown")
@api_permission(VIEW)
def get_breakdown(request: HttpRequest, figure_id: str, wanted: Query[Wanted], by: str = BY) -> Any:
    """A figure by town, squad, cause or whatever else its records can be divided by."""
    ask = asked(request, wanted)
    one = _divisible(ask, figure_id, by)
    return _parts(one, by, breakdown(one.id, ask.period, by, ask.where.place))


@router.get("/figures/{figure_id}/ranking", response={200: IndicatorPartsOut}, url_name="reports_ranking")
@api_permission(VIEW)
def get_ranking(request: HttpRequest, figure_id: str, wanted: Query[Wanted], by: str = BY) -> Any:
    """The parts in order, equal values sharing a rank; refused (409) where fines go in."""
    ask = asked(request, wanted)
    one = _divisible(ask, figure_id, by)
    try:
        lines = ranking(one.id, ask.period, by, ask.where.place, among=ask.where.among(by))
    except FinesForbidden as problem:
        raise HttpError(409, str(problem)) from problem
    return _parts(one, by, lines)


@router.get("/figures/{figure_id}/records", response={200: CountedRecordsOut}, url_name="reports_records")
@api_permission(VIEW)
def list_records(
    request: HttpRequest,
    figure_id: str,
    wanted: Query[Wanted],
    page: int = PAGE,
    limit: int = LIMIT,
) -> Any:
    """The records that a figure counts, the newest first, as far as the caller may open them."""
    ask = asked(request, wanted)
    one = ask.shown(figure_id)
    user: Any = request.user
    if not isinstance(one, Indicator):
        raise Http404
    if one.population.permission and not user.may(one.population.permission):
        raise HttpError(403, _("You may not open the records of this figure."))
    place, first = ask.where.place, (page - 1) * limit
    found = list(records(one, ask.period, place, viewer=user)[first : first + limit + 1])
    return {
        "id": one.id,
        "total": figure(one.id, ask.period, place).sample,
        "records": [_record(one, each) for each in found[:limit]],
        "next": page + 1 if len(found) > limit else None,
    }


def _divisible(ask: Asked, figure_id: str, by: str) -> Declared:
    one = ask.shown(figure_id)
    known = [code for code in dimensions_of(one.id) if code not in ask.where.query()]
    if by not in known:
        sentence = _("This figure can be divided by: %(dimensions)s") % {"dimensions": ", ".join(known)}
        raise refused("by", sentence)
    return one


def _parts(one: Declared, by: str, lines: list[Line]) -> dict[str, Any]:
    return {
        "id": one.id,
        "by": by,
        "unit": unit_name(one.unit),
        "lines": [
            {
                "key": line.key, "name": line.label, "value": value_of(line.figure),
                "sample": line.figure.sample, "rank": line.rank,
            }
            for line in lines
        ],
    }  # fmt: skip


def _record(one: Indicator, record: Any) -> dict[str, Any]:
    population = one.population
    return {
        "id": record.pk,
        "title": population.title(record),
        "when": population.when(record),
        "page": population.link(record),
    }
