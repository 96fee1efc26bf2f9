"""Coverage by beat and hour, required visits and gaps, and the gaps as a table to take away."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from chengshu.kernel import ledger
from chengshu.kernel.access import permission_required
from chengshu.kernel.tables import Cell, write_csv, write_xlsx
from chengshu.patrol.coverage_forms import SpanForm
from chengshu.patrol.models import Beat
from chengshu.patrol.models.coverage import HOURS
from chengshu.patrol.queries import coverage as queries
from chengshu.patrol.queries.coverage import VIEW, Figures, Span
from chengshu.patrol.queries.tracks import box
from chengshu.patrol.tracking.rules import rules
from chengshu.registry.queries.reference import area_label, reference
from chengshu.registry.views import mapping
from chengshu.ui.paging import paginate

MAX_EXPORT_DAYS = 20_000
CHUNK = 500
GAP_DAYS = 12  # days of beats on a page; each may have dozens of gaps


def level(value: float, most: float) -> int:
    """Which colour a value gets: 0 for none, then by the steps of `data/positions.yaml`."""
    if value <= 0 or most <= 0:
        return 0
    return 1 + sum(value / most > step for step in rules().cover.heat)


@permission_required(VIEW)
@require_GET
def heat(request: HttpRequest) -> HttpResponse:
    """Beats by hour, and the beats on the map by how much of them was passed."""
    user: Any = request.user
    form = SpanForm(request.GET, user)
    span, squad = form.span(), form.squad_asked()
    figures = queries.by_beat(user, span, squad)
    beats = list(queries.beats(user, squad))
    most = max((max(one.hours) for one in figures.values()), default=0)
    rows = [_heat_row(beat, figures.get(beat.pk) or Figures(), most) for beat in beats]
    shapes = _shapes(beats, figures)
    context = {
        "form": form,
        "span": span,
        "hours": range(HOURS),
        "rows": rows,
        "totals": [sum(one.hours[hour] for one in figures.values()) for hour in range(HOURS)],
        "levels": range(len(rules().cover.heat) + 2),
        "most": most,
        "verified": rules().verified,
        "map": _map(user, shapes),
        "asked": request.GET.urlencode(),
    }
    return render(request, "patrol/coverage_heat.html", context)


def _heat_row(beat: Beat, figures: Figures, most: int) -> dict[str, Any]:
    return {
        "beat": beat,
        "squad": area_label(beat.squad),
        "figures": figures,
        "met": _percent(figures.share_met),
        "covered": _percent(figures.share_covered),
        "cells": _cells(figures.hours, most),
    }


def _cells(hours: list[int], most: int) -> str:
    """The cells of a row; thousands of them, too many for the template language."""
    pairs = ((level(n, most), n or "") for n in hours)
    return format_html_join("", '<td class="heat heat-{}">{}</td>', pairs)


def _percent(share: float | None) -> float | None:
    return None if share is None else share * 100


def _shapes(beats: list[Beat], figures: dict[int, Figures]) -> dict[str, Any]:
    """The beats with the colour of what was passed of them, or of the visits made where no positions came."""
    features = []
    for beat in beats:
        one = figures.get(beat.pk) or Figures()
        share = one.share_covered if one.share_covered is not None else one.share_met
        if beat.boundary:
            features.append(
                {
                    "type": "Feature",
                    "properties": {
                        "kind": "area",
                        "label": beat.name,
                        "level": level(share or 0, 1),
                    },
                    "geometry": beat.boundary,
                }
            )
    return {"type": "FeatureCollection", "features": features}


def _map(user: Any, shapes: dict[str, Any]) -> dict[str, Any]:
    district = mapping.home_district(user)
    bounds = box(shapes) or mapping.extent(district)
    return {**mapping.ground(district), "mode": "show", "classes": [], "overlay": shapes, "bounds": bounds}


@permission_required(VIEW)
@require_GET
def frequency(request: HttpRequest) -> HttpResponse:
    """Required visits made, by beat, squad or month; each shortfall opens its gaps."""
    user: Any = request.user
    form = SpanForm(request.GET, user)
    span, squad = form.span(), form.squad_asked()
    by = request.GET.get("by", "beat")
    if by == "month":
        rows = [(f"{month:%Y-%m}", "", one, "") for month, one in queries.by_month(user, span, squad).items()]
    else:
        rows = _by_place(user, span, squad, by)
    context = {
        "form": form,
        "span": span,
        "by": by,
        "ways": [("beat", _("By beat")), ("squad", _("By squad")), ("month", _("By month"))],
        "rows": [
            (label, note, one, _percent(one.share_met), _percent(one.share_covered), url)
            for label, note, one, url in rows
        ],
    }
    return render(request, "patrol/coverage_frequency.html", context)


def _by_place(user: Any, span: Span, squad: int | None, by: str) -> list[tuple[str, str, Figures, str]]:
    figures = queries.by_beat(user, span, squad, hours=False)
    beats = list(queries.beats(user, squad).defer("boundary"))
    gaps = reverse("patrol:gaps") + f"?first={span.first}&last={span.last}"
    if by != "squad":
        return [
            (beat.name, area_label(beat.squad), figures.get(beat.pk) or Figures(), f"{gaps}&beat={beat.pk}")
            for beat in beats
        ]
    sums: dict[int, Figures] = defaultdict(Figures)
    for beat in beats:
        one = figures.get(beat.pk) or Figures()
        values = {name: getattr(one, name) for name in (*queries.SUMMED, "cells", "covered")}
        sums[beat.squad_id].add(values)
    known = reference().squads
    return [(area_label(known.get(pk)), "", one, f"{gaps}&squad={pk}") for pk, one in sums.items()]


def _beat_asked(query: QueryDict) -> int | None:
    asked = query.get("beat", "")
    return int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 10 else None


@permission_required(VIEW)
@require_GET
def gaps(request: HttpRequest) -> HttpResponse:
    """Windows in which points were seen less often than required, newest first."""
    user: Any = request.user
    form = SpanForm(request.GET, user)
    days = queries.short_days(user, form.span(), form.squad_asked(), _beat_asked(request.GET))
    page = paginate(days, request, per_page=GAP_DAYS)
    trail = [(_("Visits required and made"), reverse("patrol:frequency")), (_("Gaps"), "")]
    context = {
        "form": form,
        "page": page,
        "rows": [(gap, area_label(gap.beat.squad)) for gap in queries.gaps_of(page)],
        "trail": trail,
        "asked": request.GET.urlencode(),
    }
    return render(request, "patrol/coverage_gaps.html", context)


@permission_required(VIEW)
@require_POST
def gaps_export(request: HttpRequest) -> HttpResponse:
    """The gaps as a workbook or as CSV; the export stands in the ledger."""
    user: Any = request.user
    query = QueryDict(request.POST.get("query", ""))
    form = SpanForm(query, user)
    span = form.span()
    days = queries.short_days(user, span, form.squad_asked(), _beat_asked(query))
    count = days.order_by()[: MAX_EXPORT_DAYS + 1].count()
    if count > MAX_EXPORT_DAYS:
        messages.error(request, _("Too many gaps for one table: choose fewer days or one squad."))
        return redirect(f"{reverse('patrol:gaps')}?{query.urlencode()}")
    ledger.append(
        f"patrol:export:{user.unit.district.code}",
        "patrol.gaps_exported",
        {"first": str(span.first), "last": str(span.last), "days": count},
        actor=user.get_username(),
    )
    as_csv = request.POST.get("format") == "csv"
    file: Any = tempfile.SpooledTemporaryFile(max_size=8 << 20)  # noqa: SIM115 (the response closes it)
    columns = [_("Day"), _("Squad"), _("Beat"), _("Point"), _("Hours"), _("Required"), _("Visits made")]
    if as_csv:
        write_csv(file, columns, _rows(days))
    else:
        about = [
            (_("Exported by"), f"{user.get_full_name()} ({user.get_username()})"),
            (_("Exported at"), f"{timezone.localtime():%Y-%m-%d %H:%M:%S}"),
            (_("Days"), f"{span.first} – {span.last}"),
        ]
        write_xlsx(file, columns, _rows(days), sheet=_("Gaps"), about=about)
    file.seek(0)
    name = f"{_('Gaps')}-{timezone.localdate():%Y%m%d}.{'csv' if as_csv else 'xlsx'}"
    answer: Any = FileResponse(file, as_attachment=True, filename=name)
    return answer  # type: ignore[no-any-return]


def _rows(days: Any) -> Iterator[list[Cell]]:
    found = list(days)
    for at in range(0, len(found), CHUNK):
        for gap in queries.gaps_of(found[at : at + CHUNK]):
            yield [
                gap.day.isoformat(), gap.beat.squad.name, gap.beat.name, gap.point, gap.hours, gap.wanted,
                gap.made,
            ]  # fmt: skip
