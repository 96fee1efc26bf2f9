"""Dashboards: the list of them, and each with the numbers of a period and place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET

from chengshu.kernel.access import permission_required
from chengshu.kernel.indicators.asking import dimensions_of
from chengshu.kernel.indicators.computing import NONE
from chengshu.kernel.indicators.declarations import Ratio
from chengshu.kernel.indicators.periods import Period
from chengshu.reports.boards import DIVIDED, RANKING, SERIES, TARGETS, TILE, Item, Shipped, shipped
from chengshu.reports.models import Board
from chengshu.reports.places import SQUAD, TOWN, VIEW, Where
from chengshu.reports.services.boards import BUILD
from chengshu.reports.showing import Row, Shown, chart, months_of, show, so_far, spark
from chengshu.reports.targets import at_place, seen
from chengshu.reports.views.common import Asked, asked_of, chosen, number_of, percent_of, person
from chengshu.reports.views.targets import row_of


@permission_required(VIEW)
@require_GET
def boards_page(request: HttpRequest) -> HttpResponse:
    """The dashboards a person may open."""
    ours = [(one.name, reverse("reports:board", args=[one.code])) for one in shipped().values()]
    user = person(request)
    mine, others = [], []
    for one in Board.objects.visible_to(user).select_related("owner"):
        url = reverse("reports:own_board", args=[one.pk])
        if one.owner_id == user.pk:
            mine.append((one.name, one.get_shared_display(), url))
        else:
            others.append((one.name, one.owner.full_name, url))
    context = {"shipped": ours, "mine": mine, "others": others, "may_build": user.may(BUILD)}
    return render(request, "reports/boards.html", context)


@permission_required(VIEW)
@require_GET
def board_page(request: HttpRequest, code: str) -> HttpResponse:
    """A shipped dashboard."""
    board = shipped().get(code)
    if board is None:
        raise Http404
    asked = asked_of(request, lambda place: fitting(board, place))
    context = {
        **board_context(asked, board.items), "title": board.name,
        "trail": [(_("Dashboards"), reverse("reports:boards"))],
    }  # fmt: skip
    return render(request, "reports/board.html", context, status=422 if asked.problem else 200)


def fitting(board: Shipped, place: Where) -> Where:
    """The place asked for, or the first squad or town where the dashboard is made for one."""
    if board.for_ == SQUAD and place.squad is None and place.squads:
        return replace(place, squad=place.squads[0])
    if board.for_ == TOWN and place.town is None and place.towns:
        return replace(place, town=place.towns[0])
    return place


def board_context(asked: Asked, items: Iterable[Item]) -> dict[str, Any]:
    """What the template of a dashboard needs."""
    today = timezone.localdate()
    shown, left = show(items, asked.period, asked.where, today)
    year = months_of(asked.period)
    names = (str(year.start.year), str(year.start.year - 1))
    charts = {f"chart-{at}": drawn for at, one in enumerate(shown) if (drawn := chart(one, *names))}
    counted = replace(asked, period=so_far(asked.period, today))
    at = [one.both.now.computed_at for one in shown if one.both]
    return {
        **chosen(asked),
        "items": [_item(at, one, counted, names) for at, one in enumerate(shown)],
        "charts": charts,
        "targets": _targets(asked, today) if any(one.item.kind == TARGETS for one in shown) else [],
        "left": left,
        "counted_to": date_format(counted.period.last) if counted.period != asked.period else "",
        "computed_at": min(at, default=None),
    }


def _targets(asked: Asked, today: date) -> list[dict[str, Any]]:
    """The targets of the place and the period's year, as a table."""
    found = seen(at_place(asked.where, asked.period.start.year), today)
    return [row_of(one, asked.where) for one in found]


def _item(at: int, shown: Shown, asked: Asked, names: tuple[str, str]) -> dict[str, Any]:
    """One thing of the dashboard as the template takes it."""
    item, one = shown.item, shown.one
    base: dict[str, Any] = {"kind": item.kind, "width": item.width, "id": f"chart-{at}", "names": names}
    if one is None:
        return {**base, "title": _("Targets")}
    base |= {"title": one.name, "unit": shown.unit, "url": asked.url("figure", one.id)}
    if item.kind == TILE and shown.both is not None:
        both = shown.both
        opens = shown.counted and both.now.sample
        return {
            **base, "number": number_of(both.now), "then": number_of(both.then), "change": percent_of(both),
            "rose": (both.change or 0) > 0, "enough": both.now.enough, "spark": spark(shown.rows),
            "opens": asked.url("records" if opens else "figure", one.id),
            "points": _points(shown, asked) if isinstance(one, Ratio) else "",
        }  # fmt: skip
    rows = [_row(row, shown, asked) for row in shown.rows]
    by = one_dimension(shown) if item.kind in DIVIDED else ""
    title = {
        SERIES: _("%(figure)s by month"), RANKING: _("%(figure)s ranked by %(by)s"),
    }.get(item.kind, _("%(figure)s by %(by)s"))  # fmt: skip
    return {
        **base, "title": title % {"figure": one.name, "by": by}, "rows": rows, "by": by, "rest": shown.rest,
        "ranked": item.kind == RANKING, "monthly": item.kind == SERIES,
    }  # fmt: skip


def one_dimension(shown: Shown) -> str:
    """The name of what an item is divided by."""
    return str(dimensions_of(shown.item.figure)[shown.item.by].label)


def _points(shown: Shown, asked: Asked) -> str:
    """By how many points a share rose, which says more than the percent of a percent."""
    difference = shown.both.difference if shown.both else None
    if difference is None or shown.one is None or shown.one.unit != "%":
        return ""
    return pgettext("change of a share", "%(points)s points") % {"points": f"{difference:+.1f}"}


def _row(row: Row, shown: Shown, asked: Asked) -> dict[str, Any]:
    where = replace(asked, period=row.period) if row.period else asked
    opens = shown.counted and row.figure.sample
    url = where.url("records", shown.item.figure, **row.keys) if opens else ""
    if not opens and row.figure.value is not None and row.keys.get(shown.item.by) != NONE:
        keys = row.keys if shown.item.by in (SQUAD, TOWN) else {}
        url = where.url("figure", shown.item.figure, **keys)
    then: Period | None = row.period.year_before() if row.period else None
    return {
        "label": row.label, "rank": row.rank, "number": number_of(row.figure), "url": url,
        "then": number_of(row.then) if row.then else "",
        "then_url": replace(asked, period=then).url("figure", shown.item.figure) if then else "",
    }  # fmt: skip
