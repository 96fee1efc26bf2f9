"""All figures of a period, one figure explained, and the records it counted."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import EmptyPage, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
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
    declared,
)
from chengshu.kernel.indicators.periods import Period
from chengshu.kernel.indicators.units import unit_name
from chengshu.reports.figures_file import as_csv
from chengshu.reports.places import PLACES, VIEW
from chengshu.reports.showing import has_months, so_far
from chengshu.reports.views.common import (
    Asked,
    asked_of,
    chosen,
    declared_or_404,
    number_of,
    page_asked,
    percent_of,
    query_of,
)
from chengshu.ui import formats
from chengshu.ui.paging import PER_PAGE, Page


@permission_required(VIEW)
@require_GET
def figures_page(request: HttpRequest) -> HttpResponse:
    """Every figure of the period and place, beside that of the year before."""
    asked = asked_of(request)
    shown = asked.where.shown()
    counted = so_far(asked.period, timezone.localdate())
    found = year_on_year([one.id for one in shown], counted, asked.where.place)
    groups: dict[str, list[dict[str, Any]]] = {}
    for one in shown:
        groups.setdefault(_group(one), []).append(_line(one, found[one.id], asked))
    file = f"{reverse('reports:csv')}?{asked.query()}"
    context = {**chosen(asked), "groups": list(groups.items()), "csv": file, **_counted_to(asked, counted)}
    return render(request, "reports/figures.html", context, status=422 if asked.problem else 200)


@permission_required(VIEW)
@require_GET
def figures_csv(request: HttpRequest) -> HttpResponse:
    """The same as a file: id, value, unit."""
    asked = asked_of(request)
    if asked.problem:  # a file cannot say beside its numbers that they are others than asked for
        return HttpResponse(asked.problem, content_type="text/plain; charset=utf-8", status=422)
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
    asked, one = asked_of(request), declared_or_404(id)
    place = asked.where.place
    if one not in asked.where.shown():
        raise Http404
    counted = so_far(asked.period, timezone.localdate())
    year = year_on_year([id], counted, place)[id]
    before = period_on_period([id], asked.period, place)[id]
    parts = [
        {"title": dimension.label, "rows": [
            (line.label, number_of(line.figure), _part_url(one, asked, code, line.key)) for line in
            breakdown(id, asked.period, code, place)
        ]}
        for code, dimension in dimensions_of(id).items()
        if code not in asked.where.query()
    ]  # fmt: skip
    months = [
        (str(month), number_of(each), f"{reverse('reports:figure', args=[id])}?{query_of(asked, month)}")
        for month, each in (series(id, asked.period, place) if has_months(asked.period) else ())
    ]
    context = {
        **chosen(asked), "one": one, "figure": year.now, "number": number_of(year.now),
        "unit": unit_name(one.unit), "year": year, "before": before, "year_then": number_of(year.then),
        "before_then": number_of(before.then), "change": percent_of(year),
        "change_before": percent_of(before) if counted == asked.period else "",
        **_counted_to(asked, counted),
        "counted": _counted(one, asked, year.now), "parts": parts,
        "months": months if len(months) > 1 else [], "minimum": one.minimum, "trail": [_all_figures(asked)],
    }  # fmt: skip
    return render(request, "reports/figure.html", context, status=422 if asked.problem else 200)


@permission_required(VIEW)
@require_GET
def records_page(request: HttpRequest, id: str) -> HttpResponse:
    """The records that a figure counted, as far as the viewer may open them; three queries."""
    asked, one = asked_of(request), declared_or_404(id)
    if not isinstance(one, Indicator) or one not in asked.where.shown():
        raise Http404
    user: Any = request.user
    if one.population.permission and not user.may(one.population.permission):
        raise PermissionDenied(one.population.permission)
    part = {code: key for code in one.population.dimensions if (key := _part(request, code))}
    place = (*asked.where.place, *((code, None if key == NONE else key) for code, key in part.items()))
    counted = None if part else figures([id], asked.period, place)[id].sample
    try:
        rows_behind = records(one, asked.period, place, viewer=user)
    except ValueError:  # no key of that dimension
        raise Http404 from None
    paginator = Paginator(rows_behind, PER_PAGE)
    try:
        found = paginator.page(max(1, page_asked(request.GET.get("page", "1"))))
    except EmptyPage:
        found = paginator.page(paginator.num_pages)
    rows = [
        (one.population.title(each), one.population.link(each), one.population.when(each)) for each in found
    ]
    context = {
        **chosen(asked), "one": one, "rows": rows, "counted": counted,
        "page": Page(rows, found.number, PER_PAGE, paginator.count, capped=False),
        "when": one.population.time_label,
        "trail": [_all_figures(asked), (str(one.name), asked.url("figure", id))],
    }  # fmt: skip
    return render(request, "reports/records.html", context, status=422 if asked.problem else 200)


def _part(request: HttpRequest, code: str) -> str:
    """The part of a figure that is asked for; squad and town are the page's place, unless none is meant."""
    key = request.GET.get(code, "").replace("\0", "")
    return "" if code in PLACES and key != NONE else key


def _counted_to(asked: Asked, counted: Period) -> dict[str, Any]:
    """The last day counted, where the period still runs."""
    return {"counted_to": date_format(counted.last)} if counted != asked.period else {}


def _all_figures(asked: Asked) -> tuple[str, str]:
    return _("Figures of a period"), f"{reverse('reports:figures')}?{asked.query()}"


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
        "number": number_of(both.now), "unit": unit_name(one.unit), "enough": both.now.enough,
        "records": asked.url("records", one.id) if opens else "", "then": number_of(both.then),
        "change": percent_of(both),
    }  # fmt: skip


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
            "number": number_of(found[id_]),
            "url": asked.url("figure", id_),
            "when": "",
        }
        for id_ in ids
    ]


def _part_url(one: Declared, asked: Asked, code: str, key: str) -> str:
    return asked.url("records", one.id, **{code: key}) if isinstance(one, Indicator) else ""
