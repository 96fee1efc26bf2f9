"""All figures of a period, one figure explained, and the records it counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.core.paginator import EmptyPage, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from chengshu.kernel.access import permission_required
from chengshu.kernel.indicators.asking import (
    Compared,
    Figure,
    breakdown,
    dimensions_of,
    figures,
    period_on_period,
    records,
    series,
    year_on_year,
)
from chengshu.kernel.indicators.computing import NONE
from chengshu.kernel.indicators.declarations import (
    Change,
    Declared,
    Indicator,
    Ratio,
    UnknownIndicator,
    declared,
)
from chengshu.kernel.indicators.periods import Period, PeriodProblem
from chengshu.kernel.indicators.units import unit_name
from chengshu.reports.figures_file import as_csv
from chengshu.reports.places import SQUAD, VIEW, Where, where
from chengshu.ui import formats
from chengshu.ui.paging import PER_PAGE, Page

YEARS_BACK = 6


@dataclass(frozen=True)
class Asked:
    """What a page is asked for: a period and a place."""

    period: Period
    where: Where
    problem: str = ""

    def query(self, **more: Any) -> str:
        """The address's query that asks for the same."""
        squad = {"squad": self.where.squad.pk} if self.where.squad else {}
        return urlencode({"period": self.period.code, **squad, **more})

    def url(self, name: str, id_: str, **more: Any) -> str:
        """A page of one figure for the same period and place."""
        return f"{reverse(f'reports:{name}', args=[id_])}?{self.query(**more)}"


@permission_required(VIEW)
@require_GET
def figures_page(request: HttpRequest) -> HttpResponse:
    """Every figure of the period and place, beside that of the year before."""
    asked = _asked(request)
    shown = asked.where.shown()
    found = year_on_year([one.id for one in shown], asked.period, asked.where.place)
    groups: dict[str, list[dict[str, Any]]] = {}
    for one in shown:
        groups.setdefault(_group(one), []).append(_line(one, found[one.id], asked))
    file = f"{reverse('reports:csv')}?{asked.query()}"
    context = {**_chosen(asked), "groups": list(groups.items()), "csv": file}
    return render(request, "reports/figures.html", context, status=422 if asked.problem else 200)


@permission_required(VIEW)
@require_GET
def figures_csv(request: HttpRequest) -> HttpResponse:
    """The same as a file: id, value, unit."""
    asked = _asked(request)
    found = figures([one.id for one in asked.where.shown()], asked.period, asked.where.place)
    name = f"figures-{asked.period.code}.csv"
    return HttpResponse(
        as_csv(found.values()),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@permission_required(VIEW)
@require_GET
def figure_page(request: HttpRequest, id: str) -> HttpResponse:
    """One figure explained: what it counts, how it compares, its months and parts."""
    asked, one = _asked(request), _declared(id)
    place = asked.where.place
    if one not in asked.where.shown():
        raise Http404
    year = year_on_year([id], asked.period, place)[id]
    before = period_on_period([id], asked.period, place)[id]
    parts = [
        {"title": dimension.label, "rows": [
            (line.label, _number(line.figure), _part_url(one, asked, code, line.key)) for line in
            breakdown(id, asked.period, code, place)
        ]}
        for code, dimension in dimensions_of(id).items()
        if not (code == "squad" and asked.where.squad)
    ]  # fmt: skip
    months = [
        (str(month), _number(each), f"{reverse('reports:figure', args=[id])}?{_query(asked, month)}")
        for month, each in series(id, asked.period, place)
    ]
    context = {
        **_chosen(asked), "one": one, "figure": year.now, "number": _number(year.now),
        "unit": unit_name(one.unit), "year": year, "before": before, "year_then": _number(year.then),
        "before_then": _number(before.then), "change": _percent(year), "change_before": _percent(before),
        "counted": _counted(one, asked, year.now), "parts": parts,
        "months": months if len(months) > 1 else [], "minimum": one.minimum, "trail": [_all_figures(asked)],
    }  # fmt: skip
    return render(request, "reports/figure.html", context)


@permission_required(VIEW)
@require_GET
def records_page(request: HttpRequest, id: str) -> HttpResponse:
    """The records that a figure counted, as far as the viewer may open them; three queries."""
    asked, one = _asked(request), _declared(id)
    if not isinstance(one, Indicator) or one not in asked.where.shown():
        raise Http404
    user: Any = request.user
    if one.population.permission and not user.may(one.population.permission):
        raise PermissionDenied(one.population.permission)
    part = {code: key for code in one.population.dimensions if (key := _part(request, code))}
    place = (*asked.where.place, *((code, None if key == NONE else key) for code, key in part.items()))
    counted = None if part else figures([id], asked.period, place)[id].sample
    paginator = Paginator(records(one, asked.period, place, viewer=user), PER_PAGE)
    try:
        found = paginator.page(max(1, _int(request.GET.get("page", "1"))))
    except EmptyPage:
        found = paginator.page(paginator.num_pages)
    rows = [
        (one.population.title(each), one.population.link(each), one.population.when(each)) for each in found
    ]
    context = {
        **_chosen(asked), "one": one, "rows": rows, "counted": counted,
        "page": Page(rows, found.number, PER_PAGE, paginator.count, capped=False),
        "when": one.population.time_label,
        "trail": [_all_figures(asked), (str(one.name), asked.url("figure", id))],
    }  # fmt: skip
    return render(request, "reports/records.html", context)


def _asked(request: HttpRequest) -> Asked:
    place = where(request.user, request.GET.get("squad", ""))
    if place is None:
        raise PermissionDenied(VIEW)
    this = Period.year(timezone.localdate().year)
    try:
        return Asked(Period.parse(request.GET.get("period") or this.code), place)
    except PeriodProblem as problem:
        return Asked(this, place, str(problem))


def _part(request: HttpRequest, code: str) -> str:
    """The part of a figure that is asked for; a squad is the place of the page, unless none is meant."""
    key = request.GET.get(code, "")
    return "" if code == SQUAD and key != NONE else key


def _all_figures(asked: Asked) -> tuple[str, str]:
    return _("Figures of a period"), f"{reverse('reports:figures')}?{asked.query()}"


def _declared(id_: str) -> Declared:
    try:
        return declared(id_)
    except UnknownIndicator:
        raise Http404 from None


def _int(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 1


def _chosen(asked: Asked) -> dict[str, Any]:
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
    return label, _query(asked, period), asked.period == period


def _query(asked: Asked, period: Period) -> str:
    return Asked(period, asked.where).query()


def _group(one: Declared) -> str:
    """The domain a figure is counted in, by the first record kind under it."""
    while not isinstance(one, Indicator):
        one = declared(one.numerator if isinstance(one, Ratio) else one.of)
    from django.apps import apps

    return str(apps.get_app_config(one.population.code.partition(".")[0]).verbose_name)


def _line(one: Declared, both: Compared, asked: Asked) -> dict[str, Any]:
    opens = isinstance(one, Indicator) and both.now.sample
    return {
        "name": one.name, "definition": one.definition, "url": asked.url("figure", one.id),
        "number": _number(both.now), "unit": unit_name(one.unit), "enough": both.now.enough,
        "records": asked.url("records", one.id) if opens else "", "then": _number(both.then),
        "change": _percent(both),
    }  # fmt: skip


def _number(figure: Figure) -> str:
    value = figure.rounded
    return "" if value is None else formats.number(value, declared(figure.indicator).decimals)


def _percent(both: Compared) -> str:
    if both.change is None:
        return ""
    return f"{'+' if both.change > 0 else ''}{formats.number(both.change, 1)}%"


def _counted(one: Declared, asked: Asked, figure: Figure) -> list[dict[str, Any]]:
    """What the figure is counted from: its records, or its parts and theirs."""
    if isinstance(one, Indicator):
        url = asked.url("records", one.id) if figure.sample else ""
        return [{"name": one.population.label, "number": formats.number(figure.sample, 0), "url": url,
                 "when": one.population.time_label}]  # fmt: skip
    ids = [one.of] if isinstance(one, Change) else [one.numerator, one.denominator]
    found = figures(ids, asked.period, asked.where.place)
    return [
        {
            "name": declared(id_).name,
            "number": _number(found[id_]),
            "url": asked.url("figure", id_),
            "when": "",
        }
        for id_ in ids
    ]


def _part_url(one: Declared, asked: Asked, code: str, key: str) -> str:
    return asked.url("records", one.id, **{code: key}) if isinstance(one, Indicator) else ""
