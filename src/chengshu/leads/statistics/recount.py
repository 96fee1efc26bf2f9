"""The same statistics once more, from the history alone: what is shown can be checked at any time.

What the source stated and the clocks set (when and where it was found, class, time to handle by) is taken
from the lead; stage, outcome, squad, every moment and every "at least once" come from the steps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any

from django.utils import timezone

from chengshu.bureau.models import District
from chengshu.leads.lifecycle import Action, Stage
from chengshu.leads.models import Lead, LeadStep
from chengshu.leads.settings import sources
from chengshu.leads.statistics import days
from chengshu.leads.statistics.figures import NAMES, Figures, Group, Spread, figures, rank
from chengshu.leads.statistics.indicators import DURATIONS
from chengshu.leads.statistics.records import OUTCOMES, STAGES, joined, source_number

LEADS_AT_ONCE = 20_000
MOMENT: dict[str, str] = {
    Action.REGISTER: "registered",
    Action.DISPATCH: "dispatched",
    Action.TRANSFER: "dispatched",
    Action.ACCEPT: "accepted",
    Action.HANDLE: "handled",
    Action.LINK_CASE: "handled",
    Action.PASS_ON: "handled",
    Action.PARTS_DONE: "handled",
    Action.VERIFY: "verified",
    Action.CLOSE: "closed",
    Action.DISMISS: "closed",
    Action.MERGE: "closed",
}
"""The moment that an action gives a lead."""
FORGOTTEN: dict[str, tuple[str, ...]] = {
    Action.TRANSFER: ("accepted",),
    Action.RETURN: ("dispatched", "accepted"),
    Action.REJECT: ("handled",),
    Action.REOPEN: ("dispatched", "accepted", "arrived", "handled", "verified", "closed"),
}
"""The moments that no longer hold after it."""
ONCE: dict[str, str] = {
    Action.RETURN: "returned",
    Action.REJECT: "rejected",
    Action.REOPEN: "reopened",
    Action.URGE: "urged",
    Action.GRANT_EXTENSION: "extended",
}


@dataclass
class Told:
    """A lead as its history tells it."""

    stage: str = Stage.FOUND
    outcome: str = ""
    squad: int = 0
    held: bool = False
    moments: dict[str, datetime] = field(default_factory=dict)
    once: set[str] = field(default_factory=set)


def told(steps: Iterable[LeadStep]) -> Told:
    """Go through the steps of one lead in order."""
    lead = Told()
    for step in steps:
        lead.stage, lead.outcome, lead.squad = step.stage, step.outcome, step.squad_id or 0
        for name in FORGOTTEN.get(step.action, ()):
            lead.moments.pop(name, None)
        if step.action in MOMENT:
            lead.moments[MOMENT[step.action]] = step.at
        elif step.action == Action.REOPEN:
            lead.moments["registered"] = step.at
        elif step.action == Action.RECHECK and step.data.get("complied"):
            lead.moments["handled"] = step.at
        elif step.action in (Action.ARRIVE, Action.ORDER):
            lead.moments.setdefault("arrived", step.at)
        if step.action in ONCE:
            lead.once.add(ONCE[step.action])
        if step.action == Action.HOLD:
            lead.held = True
        elif step.action in (Action.RESUME, Action.PARTS_DONE, Action.MERGE):
            lead.held = False
    return lead


def true_of(lead: Told, handle_by: datetime | None, now: datetime) -> set[str]:
    """The numbers that count a lead, each said once more in plain words."""
    is_open = lead.stage != Stage.CLOSED
    handled = lead.moments.get("handled")
    on_time = handled is not None and (handle_by is None or handled <= handle_by)
    overdue = is_open and not handled and not lead.held and handle_by is not None and handle_by < now
    facts = {
        "found": True,
        "open": is_open,
        "handled": handled is not None,
        "on_time": on_time,
        "late": handled is not None and not on_time,
        "closed": not is_open,
        "dismissed": not is_open and handled is None,
        "held": is_open and lead.held,
        "no_squad": not lead.squad,
        "overdue": overdue,
        "due": handled is not None or overdue,
    }
    return {code for code, holds in facts.items() if holds} | lead.once


def recount(
    district: District, begin: date | None, end: date | None, now: datetime, group_by: Iterable[str] = ()
) -> Figures:
    """The figures of the leads of a district reported from ``begin`` to ``end``, from the history alone."""
    group_by = list(group_by)
    counts: Counter[str] = Counter()
    grouped: dict[str, dict[int, Counter[str]]] = {name: {} for name in group_by}
    seconds: dict[str, list[int]] = {duration.code: [] for duration in DURATIONS}
    for row, lead in _told_leads(district, begin, end):
        true = true_of(lead, row["handle_by"], now)
        counts.update(true)
        for name in group_by:
            grouped[name].setdefault(_key(name, row, lead), Counter()).update(true)
        for duration in DURATIONS:
            if moment := lead.moments.get(duration.stage):
                passed = (moment - row["reported_at"]) // timedelta(seconds=1)
                seconds[duration.code].append(max(passed, 0))
    return Figures(
        _whole(counts),
        {code: _spread(values) for code, values in seconds.items()},
        {name: _groups(groups) for name, groups in grouped.items()},
    )


def differences(district: District, begin: date | None, end: date | None, now: datetime) -> list[str]:
    """Where the kept statistics and the recount differ, one line each: what, kept, recounted.

    Reads both in one snapshot when the caller has opened one; otherwise only a quiet loop gives none.
    """
    names = ("source", "squad", "kind", "outcome", "stage")
    kept = figures(joined([block for _day, block in days.read([district.pk], begin, end)]), now, names, ())
    again = recount(district, begin, end, now, names)
    return [
        f"{what}: {of_kept} / {of_again}"
        for what, of_kept, of_again in _pairs(kept, again)
        if of_kept != of_again
    ]


def _pairs(kept: Figures, again: Figures) -> Iterator[tuple[str, Any, Any]]:
    for code in NAMES:
        yield code, kept.counts[code], again.counts[code]
    for code in kept.durations:
        one, other = kept.durations[code], again.durations[code]
        if kept.exact:
            yield code, _plain(one), _plain(other)
        else:
            yield code, (one.n, _plain(one)[3]), (other.n, _plain(other)[3])
    for name in kept.groups:
        mine = {group.key: group.counts for group in kept.groups[name]}
        theirs = {group.key: group.counts for group in again.groups[name]}
        nothing = dict.fromkeys(NAMES, 0)
        for key in sorted(mine.keys() | theirs.keys()):
            for code in NAMES:
                what = f"{name} {_said(name, key)} {code}"
                yield what, mine.get(key, nothing)[code], theirs.get(key, nothing)[code]


def _said(name: str, key: int) -> str:
    """What stands for a group in a line of the recount."""
    if name == "source":
        return next((code for code in sources() if source_number(code) == key), str(key))
    if name in ("stage", "outcome"):
        return (STAGES if name == "stage" else OUTCOMES)[key - 1] or "-"
    return str(key)


def _plain(spread: Spread) -> tuple[Any, ...]:
    """A mean may differ in its last bits by the order in which it was added up."""
    return spread.n, spread.median, spread.p90, None if spread.mean is None else round(spread.mean, 3)


def _told_leads(
    district: District, begin: date | None, end: date | None
) -> Iterator[tuple[dict[str, Any], Told]]:
    zone = timezone.get_current_timezone()
    rows = Lead.objects.filter(district=district)
    if begin:
        rows = rows.filter(reported_at__gte=datetime.combine(begin, time(), zone))
    if end:
        rows = rows.filter(reported_at__lt=datetime.combine(end + timedelta(days=1), time(), zone))
    wanted = rows.order_by("pk").values("pk", "source", "lead_class_id", "handle_by", "reported_at")
    last: Any = 0
    while some := [dict(row) for row in wanted.filter(pk__gt=last)[:LEADS_AT_ONCE]]:
        last = some[-1]["pk"]
        steps = LeadStep.objects.filter(lead__in=[row["pk"] for row in some]).order_by("lead_id", "version")
        by_lead = {pk: told(of_lead) for pk, of_lead in groupby(steps.defer("note"), lambda s: s.lead_id)}
        for row in some:
            yield row, by_lead.get(row["pk"], Told())


def _key(name: str, row: dict[str, Any], lead: Told) -> int:
    if name == "source":
        return source_number(row["source"])
    if name == "kind":
        return int(row["lead_class_id"])
    if name == "squad":
        return lead.squad
    return STAGES.index(lead.stage) + 1 if name == "stage" else OUTCOMES.index(lead.outcome) + 1


def _whole(counts: Counter[str]) -> dict[str, int]:
    return {code: counts[code] for code in NAMES}


def _groups(groups: dict[int, Counter[str]]) -> list[Group]:
    return [Group(key, _whole(counts)) for key, counts in sorted(groups.items())]


def _spread(values: list[int]) -> Spread:
    if not values:
        return Spread()
    values.sort()
    n = len(values)
    return Spread(n, values[rank(n, 5)], values[rank(n, 9)], sum(values) / n)
