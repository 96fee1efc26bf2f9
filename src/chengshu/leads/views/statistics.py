"""Statistics of the loop: every number opens the list of exactly the leads that it counted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from chengshu.kernel.access import permission_required
from chengshu.leads.forms.statistics import StatisticsForm
from chengshu.leads.lifecycle import Outcome, Stage
from chengshu.leads.models import LeadClass
from chengshu.leads.settings import sources
from chengshu.leads.statistics.asked import figures_of
from chengshu.leads.statistics.figures import EXACT_UP_TO, Figures, Group, Spread
from chengshu.leads.statistics.indicators import DURATIONS, numbers
from chengshu.leads.statistics.periods import RANGE, Period
from chengshu.leads.statistics.records import OUTCOMES, STAGES, source_number
from chengshu.leads.views.common import VIEW, person
from chengshu.leads.views.map import classes_of
from chengshu.registry.queries.reference import area_label, reference
from chengshu.ui.filters import rewrite_query
from chengshu.ui.formats import NOTHING

TILES = ("found", "open", "overdue", "handled", "on_time", "closed")
SHARES = ("on_time", "returned", "rejected", "reopened", "urged", "extended")
IN_TABLES = ("found", "open", "overdue", "handled", "on_time", "returned", "rejected", "reopened", "urged",
             "extended")  # fmt: skip
MINUTE, HOUR, DAY = 60, 3_600, 86_400


class Opener:
    """Addresses of the list: those of the period and the filters, with what a number adds."""

    def __init__(self, period: Period, filters: dict[str, str]) -> None:
        self.period = period
        self.filters = filters
        days = {"reported_from": period.begin.isoformat(), "reported_to": period.end.isoformat()}
        self._begin = f"{reverse('leads:list')}?{urlencode(days)}"

    def url(self, counted: Iterable[str] = (), **more: Any) -> str:
        """The list of exactly the leads that the numbers ``counted`` count."""
        filters = {**self.filters, **more}
        codes = "".join(f"&counted={code}" for code in counted if code != "found")
        return f"{self._begin}&{urlencode(filters)}{codes}" if filters else f"{self._begin}{codes}"

    def figure(self, n: int, counted: Iterable[str] = (), **more: Any) -> SafeString:
        """A number as a link; nothing is not worth a list."""
        if not n:
            return mark_safe('<span class="muted">0</span>')
        return mark_safe(  # noqa: S308  a number and an escaped address; thousands of these stand on a page
            f'<a class="figure" href="{escape(self.url(counted, **more))}">{n:,}</a>'
        )


@permission_required(VIEW)
@require_GET
def statistics(request: HttpRequest) -> HttpResponse:
    """The page: session with person, and one query for the figures; classes are kept in memory."""
    user = person(request)
    classes = classes_of(user)
    form = StatisticsForm(request.GET, user, classes)
    period = form.wanted_period()
    majors = {name: number for number, name in enumerate(dict.fromkeys(kind.major_zh for kind in classes))}
    now = timezone.now()
    of_kinds = {kind.pk: majors[kind.major_zh] for kind in classes}
    this, last = figures_of(user, period, form.choice(), now, of_kinds)
    filters = {name: form.cleaned_data[name] for name in ("source", "major", "squad", "town")
               if form.cleaned_data.get(name)}  # fmt: skip
    here, before = Opener(period, filters), Opener(period.before(), filters)
    context = {
        "form": form,
        "period": period,
        "before": before.period,
        "earlier": rewrite_query(request.GET, **_move(period.before())),
        "later": rewrite_query(request.GET, **_move(period.after())),
        "now": now,
        "tiles": [_tile(code, this, here) for code in TILES],
        "numbers": [_number(code, this, last, here, before) for code in numbers()],
        "durations": _durations(this, last, here),
        "by_source": _by_source(this, here),
        "by_squad": _by_squad(this, here),
        "by_class": _by_class(this, here, classes, majors),
        "outcomes": _coded(this, here, "outcome", OUTCOMES, Outcome),
        "stages": _coded(this, here, "stage", STAGES, Stage),
        "columns": [(code, numbers()[code].label) for code in IN_TABLES],
        "map_query": _map_query(period, filters),
        "exact": this.exact,
        "exact_up_to": EXACT_UP_TO,
    }
    return render(request, "leads/statistics.html", context)


def _map_query(period: Period, filters: dict[str, str]) -> str:
    days = {"reported_from": period.begin.isoformat(), "reported_to": period.end.isoformat()}
    return urlencode({"stage": "all", **days, **filters})


def _move(period: Period) -> dict[str, Any]:
    """What changes in the address for another period."""
    if period.kind == RANGE:
        days = {"reported_from": period.begin.isoformat(), "reported_to": period.end.isoformat()}
        return {"period": RANGE, "day": None, **days}
    return {"period": period.kind, "day": period.begin.isoformat()}


def _tile(code: str, this: Figures, here: Opener) -> dict[str, Any]:
    one = numbers()[code]
    n = this.counts[code]
    value: Any = _share(n, this.counts[one.of]) if code == "on_time" else n
    tone = "danger" if code == "overdue" and n else ""
    return {"label": one.label, "value": value, "url": here.url([code]), "tone": tone}


def _number(code: str, this: Figures, last: Figures, here: Opener, before: Opener) -> dict[str, Any]:
    one, n, was = numbers()[code], this.counts[code], last.counts[code]
    with_share = code != one.of
    return {
        "label": one.label,
        "definition": one.definition,
        "n": here.figure(n, [code]),
        "share": _share(n, this.counts[one.of]) if with_share else "",
        "was": before.figure(was, [code]),
        "was_share": _share(was, last.counts[one.of]) if with_share else "",
        "change": f"{(n - was) / was:+.1%}" if was else NOTHING,
    }


def _share(n: int, of: int) -> str:
    return f"{n / of:.1%}" if of else NOTHING


def _durations(this: Figures, last: Figures, here: Opener) -> list[dict[str, Any]]:
    rows = []
    for duration in DURATIONS:
        took, earlier = this.durations[duration.code], last.durations[duration.code]
        rows.append(
            {"label": duration.label, "n": here.figure(took.n, [duration.code]), **_spread(took),
             "was": spell(earlier.median)}
        )  # fmt: skip
    return rows


def _spread(took: Spread) -> dict[str, str]:
    return {"median": spell(took.median), "p90": spell(took.p90), "mean": spell(took.mean)}


def spell(seconds: float | None) -> str:
    """A duration in the unit that fits: minutes below an hour, hours below two days, then days."""
    if seconds is None:
        return NOTHING
    if seconds < HOUR:
        return _("%(n)s min") % {"n": f"{seconds / MINUTE:.0f}"}
    if seconds < 2 * DAY:
        return _("%(n)s h") % {"n": f"{seconds / HOUR:.1f}"}
    return _("%(n)s d") % {"n": f"{seconds / DAY:.1f}"}


def _row(
    label: Any, group: Group, here: Opener, most: int, counted: tuple[str, ...] = (), **more: Any
) -> Any:
    """A line of a table: the numbers as links, the share on time, how long handling took."""
    figures: list[str] = []
    for code in IN_TABLES:
        n = group.counts[code]
        link = here.figure(n, (*counted, code), **more)
        if code == "on_time" and group.counts["due"]:
            link = format_html("{} <small>{}</small>", link, _share(n, group.counts["due"]))
        figures.append(f'<td class="number">{link}</td>')
    found = group.counts["found"]
    cells = mark_safe("".join(figures))  # noqa: S308  of safe links
    return {"label": label, "figures": cells, "found": found, "most": most, **_spread(group.handling)}


def _by_source(this: Figures, here: Opener) -> list[Any]:
    known = {source_number(source.code): source for source in sources().values()}
    groups = sorted(this.groups["source"], key=lambda group: -group.counts["found"])
    most = groups[0].counts["found"] if groups else 1
    return [
        _row(known[group.key].label, group, here, most, source=known[group.key].code)
        for group in groups
        if group.key in known
    ]


def _by_squad(this: Figures, here: Opener) -> list[Any]:
    squads = reference().squads
    groups = sorted(this.groups["squad"], key=lambda group: -group.counts["found"])
    most = groups[0].counts["found"] if groups else 1
    rows = []
    for group in groups:
        if not group.key:
            rows.append(_row(_("With no squad"), group, here, most, ("no_squad",)))
        else:
            label = area_label(squads.get(group.key)) or f"#{group.key}"
            rows.append(_row(label, group, here, most, squad=group.key))
    return rows


def _by_class(this: Figures, here: Opener, classes: list[LeadClass], majors: dict[str, int]) -> list[Any]:
    """Major classes with their classes below them."""
    by_major = {group.key: group for group in this.groups["major"]}
    by_kind = {group.key: group for group in this.groups["kind"]}
    most = max((group.counts["found"] for group in by_major.values()), default=1)
    rows = []
    for name, number in majors.items():
        if number not in by_major:
            continue
        kinds = [kind for kind in classes if kind.major_zh == name and kind.pk in by_kind]
        inside = [_row(kind.label, by_kind[kind.pk], here, most, kind=kind.pk) for kind in kinds]
        row = _row(kinds[0].major if kinds else name, by_major[number], here, most, major=name)
        rows.append({**row, "inside": sorted(inside, key=lambda one: -one["found"])})
    return sorted(rows, key=lambda one: -one["found"])


def _coded(this: Figures, here: Opener, name: str, codes: list[str], words: Any) -> list[dict[str, Any]]:
    found = {codes[group.key - 1]: group.counts["found"] for group in this.groups[name]}
    total = this.counts["found"]
    most = max(found.values(), default=1)
    return [
        {"label": words(code).label, "n": here.figure(found[code], **{name: code}), "found": found[code],
         "share": _share(found[code], total), "most": most}
        for code in codes
        if code and code in found
    ]  # fmt: skip
