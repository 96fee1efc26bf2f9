"""What if: the leads of some days once more through `routing.decide`, by the rules in use and by a draft.

The facts are those of the time: what the step of registration kept. Only leads older than that record are
read from their columns and their first step.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any

from django.utils import timezone

from chengshu.bureau.models import Unit, User
from chengshu.leads.lifecycle import Action
from chengshu.leads.models import Lead, LeadStep, RoutingRule
from chengshu.leads.routing import Facts, Rule, Way, decide, facts_of_step
from chengshu.leads.services.dispatching import rules_of, squads_near

CHUNK = 2_000
LISTED = 5_000
"""So many moved leads are listed with the job; all are counted."""
DISPATCHER = 0
"""Stands for the dispatcher's queue where a squad's number would stand."""
Listener = Callable[[int, int], None]


@dataclass(frozen=True)
class Draft:
    """A rule as it might be: what `decide` needs. Negative numbers are rules that do not exist yet."""

    pk: int
    name: str
    condition: dict[str, Any]
    target: str
    unit_id: int | None = None
    officer_id: int | None = None
    active: bool = True
    problem: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The draft as JSON; `drafts` reads it back."""
        return {
            "pk": self.pk, "name": self.name, "condition": self.condition, "target": self.target,
            "unit": self.unit_id, "officer": self.officer_id, "active": self.active,
        }  # fmt: skip


def drafts_of(district_id: int) -> list[Draft]:
    """The rules of a district, also those switched off, as drafts."""
    rules = RoutingRule.objects.filter(district_id=district_id)
    return [
        Draft(rule.pk, rule.name, rule.condition, rule.target, rule.unit_id, rule.officer_id, rule.active)
        for rule in rules
    ]


def drafts(kept: Iterable[dict[str, Any]]) -> list[Draft]:
    """Drafts from what `Draft.as_dict` wrote, each checked for a squad and an officer still there."""
    found = [
        Draft(
            one["pk"],
            one["name"],
            one["condition"],
            one["target"],
            one["unit"],
            one["officer"],
            one["active"],
        )
        for one in kept
    ]
    units = Unit.objects.in_bulk([one.unit_id for one in found if one.unit_id])
    people = User.objects.in_bulk([one.officer_id for one in found if one.officer_id])
    return [Draft(**{**vars(one), "problem": _problem(one, units, people)}) for one in found]


def _problem(draft: Draft, units: dict[int, Unit], people: dict[int, User]) -> str:
    rule = RoutingRule(target=draft.target)
    rule.unit = units.get(draft.unit_id or 0)
    rule.officer = people.get(draft.officer_id or 0)
    return rule.problem


@dataclass
class Replayed:
    """How the leads would have gone. Numbers of squads; `DISPATCHER` for the dispatcher's queue."""

    leads: int = 0
    moved: int = 0
    to_dispatcher: int = 0
    to_dispatcher_now: int = 0
    without_record: int = 0
    matrix: Counter[tuple[int, int]] = field(default_factory=Counter)
    failing: Counter[tuple[int, str]] = field(default_factory=Counter)
    listed: list[tuple[int, int, int, int]] = field(default_factory=list)

    def note(self, lead: int, before: Way, after: Way) -> None:
        """Count one lead."""
        self.leads += 1
        self.to_dispatcher_now += before.squad is None
        self.to_dispatcher += after.squad is None
        self.failing.update((rule, problem) for rule, problem in after.failed)
        old, new = before.squad or DISPATCHER, after.squad or DISPATCHER
        if (old, before.officer) == (new, after.officer):
            return
        self.moved += 1
        self.matrix[old, new] += 1
        if len(self.listed) < LISTED:
            self.listed.append((lead, old, new, after.rule or 0))

    def as_dict(self) -> dict[str, Any]:
        """The result of the job."""
        return {
            "leads": self.leads,
            "moved": self.moved,
            "to_dispatcher": self.to_dispatcher,
            "to_dispatcher_now": self.to_dispatcher_now,
            "without_record": self.without_record,
            "matrix": [[old, new, n] for (old, new), n in sorted(self.matrix.items())],
            "failing": [[rule, problem, n] for (rule, problem), n in sorted(self.failing.items())],
            "listed": [list(row) for row in self.listed],
        }


def replay(
    district_id: int,
    first: date,
    last: date,
    rules: Iterable[dict[str, Any]],
    *,
    viewer: User,
    listener: Listener | None = None,
) -> Replayed:
    """Send the leads reported on the days ``first`` to ``last`` through the draft; writes nothing.

    Only leads that the viewer may see, without parts of other leads, which were never routed.
    """
    now: list[Rule] = list(rules_of(district_id))
    draft: list[Rule] = [one for one in drafts(rules) if one.active]
    found = Replayed()
    leads = Lead.objects.visible_to(viewer).filter(
        district=district_id, parent=None, reported_at__gte=_begin(first), reported_at__lt=_begin(last, 1)
    )
    total = leads.count()
    for lead, facts, recorded in _facts(leads):
        found.without_record += not recorded
        found.note(lead, decide(facts, now), decide(facts, draft))
        if listener and found.leads % CHUNK == 0:
            listener(found.leads, total)
    if listener:
        listener(found.leads, total)
    return found


def _begin(day: date, later: int = 0) -> datetime:
    return datetime.combine(day + timedelta(days=later), time(), timezone.get_current_timezone())


def _facts(leads: Any) -> Iterator[tuple[int, Facts, bool]]:
    """Each lead with its facts at the time, and whether they were recorded."""
    rows = leads.select_related("lead_class", "district", "town", "object__object_class").order_by("id")
    running = iter(rows.iterator(chunk_size=CHUNK))
    while chunk := list(islice(running, CHUNK)):
        keys = [lead.pk for lead in chunk]
        steps = LeadStep.objects.filter(lead__in=keys).order_by("lead_id", "-version")
        kept = dict(
            steps.filter(action=Action.REGISTER, data__has_key="facts").values_list("lead_id", "data__facts")
        )
        first = dict(steps.filter(version=1).values_list("lead_id", "squad_id"))
        for lead in chunk:
            if lead.pk in kept:
                yield lead.pk, facts_of_step(kept[lead.pk]), True
            else:
                yield lead.pk, _of_columns(lead, first.get(lead.pk)), False


def _of_columns(lead: Lead, squad: int | None) -> Facts:
    """What the columns say of a lead without a record of its facts; ``squad`` is that of its first step."""
    target, kind = lead.object, lead.lead_class
    return Facts(
        lead_class=kind.code,
        kind=kind.kind,
        major=kind.major_zh,
        source=lead.source,
        severity=lead.severity,
        at=lead.reported_at,
        town=lead.town.code if lead.town else None,
        town_squad=squad,
        object_class=target.object_class.code if target else None,
        credit=target.credit if target else None,
        doubt=squads_near(lead.district, lead.position) if lead.position and not target else (),
    )
