"""A week of leads replayed on a clock of its own, while people at the screen take their part.

Every step of the simulated people bears the time of the replayed week. What needs judgement (the untrusted,
the doubtful) waits for a person unless dispatchers are simulated too. Where a person has taken a step, the
lead goes on in real time: nothing is dated before what was really done. All that has to be known to go on
after a kill is in the database: which numbers of the plan have been reported, and where each lead stands.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from chengshu.bureau.models import District
from chengshu.demo.cast import Cast
from chengshu.demo.duties import see
from chengshu.demo.leads import Planned, plan_of
from chengshu.demo.moves import Move, Script
from chengshu.demo.playing import play
from chengshu.leads import services
from chengshu.leads.lifecycle import Action, Stage
from chengshu.leads.models import Lead, LeadAttachment
from chengshu.leads.services import LeadProblem

LOOK_EVERY = 0.3  # seconds between two looks at what people have done
NAP = 0.05


@dataclass(frozen=True)
class State:
    """Where a replay stands: leads of the plan, how many are reported, closed, and waiting for a person."""

    planned: int
    reported: int
    closed: int
    waiting: int
    clock: datetime


class Replay:
    """One plan on its way through the loop."""

    def __init__(
        self,
        district: District,
        planned: Sequence[Planned],
        cast: Cast,
        *,
        end: datetime,
        speed: float,
        with_desk: bool,
        report: Callable[[State], None] | None = None,
    ) -> None:
        """``speed``: seconds of the week in one second, 0: all it can; ``with_desk``: dispatchers too."""
        self.district, self.planned, self.cast = district, planned, cast
        self.end, self.speed, self.with_desk = end, speed, with_desk
        self.report = report
        self.script = Script(cast, plan_of(district.code))
        self.script.by_ref = self._of_ref
        self.now = planned[0].at if planned else end
        self.due: list[tuple[datetime, int]] = []
        self.waiting: dict[int, int] = {}  # number in the plan → version of the lead when it began to wait
        self.ids: dict[int, int] = {}  # number in the plan → lead
        self.closed: set[int] = set()
        self._looked = 0.0

    def run(self, *, patience: float | None = None) -> State:
        """Play to the end. ``patience``: seconds to wait for people when only they are left; None: always."""
        if self.with_desk and not self.speed:
            play(self.district, self.planned, self.cast, until=timezone.now())
        self._take_up()
        began, clock = time.monotonic(), self.now
        idle_since: float | None = None
        while self.due or self.waiting:
            self._look()
            if self.speed and self.now < self.end:
                self.now = max(self.now, clock + timedelta(seconds=(time.monotonic() - began) * self.speed))
            elif self.due:
                self.now = max(self.now, self.due[0][0])
            if self.due and self.due[0][0] <= self.now:
                self._take(heapq.heappop(self.due)[1])
                idle_since = None
                continue
            idle_since = idle_since or time.monotonic()
            if not self.due and patience is not None and time.monotonic() - idle_since > patience:
                break
            time.sleep(NAP)
        return self.state()

    def state(self) -> State:
        """Where it stands."""
        return State(len(self.planned), len(self.ids), len(self.closed), len(self.waiting), self.now)

    def _take_up(self) -> None:
        """Begin, or go on: what is reported goes on from where it stands, the rest comes in its time."""
        refs = [one.ref for one in self.planned]
        known = {lead.source_ref: lead for lead in _leads(self.district).filter(source_ref__in=refs)}
        if known:
            self.now = max(self.now, max(lead.reported_at for lead in known.values()))
        for number, one in enumerate(self.planned):
            lead = known.get(one.ref)
            if lead is None:
                heapq.heappush(self.due, (one.at, number))
            else:
                self.ids[number] = lead.pk
                self._plan_next(number, lead)

    def _look(self) -> None:
        """What people have done meanwhile goes on."""
        if time.monotonic() - self._looked < LOOK_EVERY:
            return
        self._looked = time.monotonic()
        if self.report:
            self.report(self.state())
        numbers = {self.ids[number]: number for number in self.waiting}
        for pk, version in Lead.objects.filter(pk__in=numbers).values_list("pk", "version"):
            number = numbers[pk]
            if version != self.waiting[number]:
                del self.waiting[number]
                self._plan_next(number, self._lead(number))

    def _take(self, number: int) -> None:
        """Report a lead, or take the step that is due."""
        one = self.planned[number]
        if number not in self.ids:
            self._report(number, one)
            return
        lead = self._lead(number)
        move = self._next(number, lead)
        if move is None:
            return
        try:
            with transaction.atomic():
                real = timezone.now()
                move.take(real if self._in_real_time(lead) else min(move.at, real))
                self._show(lead, real)
        except LeadProblem:  # somebody was quicker
            pass
        self._plan_next(number, self._lead(number))

    def _show(self, lead: Lead, now: datetime) -> None:
        """Whoever has arrived is seen there on the map of the command centre."""
        officer = self.cast.users.get(lead.officer_id or 0)
        if lead.step_action == Action.ARRIVE and officer is not None and lead.position is not None:
            see(officer, lead.position, now)

    def _report(self, number: int, one: Planned) -> None:
        with transaction.atomic():
            lead = services.report(one.new, district=self.district, by=None, at=one.at).lead
            LeadAttachment.objects.bulk_create(self.cast.photos_at_filing(lead, one.at))
        self.ids[number] = lead.pk
        self._plan_next(number, self._lead(number))

    def _plan_next(self, number: int, lead: Lead) -> None:
        move = self._next(number, lead)
        if move is None:
            return
        if self._in_real_time(lead):
            heapq.heappush(self.due, (self.now + max(move.at - lead.step_at, timedelta(0)), number))
        elif move.at <= timezone.now():  # what lies ahead of today stays open
            heapq.heappush(self.due, (move.at, number))

    def _next(self, number: int, lead: Lead) -> Move | None:
        """The move of the simulated people; None where the lead is at its end or waits for a person."""
        if lead.stage == Stage.CLOSED:
            self.closed.add(number)
        else:
            self.closed.discard(number)
        move = self.script.next(lead, self.planned[number].fate)
        if move is not None and move.desk and not self.with_desk:
            self.waiting[number] = lead.version
            return None
        return move

    def _in_real_time(self, lead: Lead) -> bool:
        return lead.step_at > self.now

    def _lead(self, number: int) -> Lead:
        lead: Lead = _leads(self.district).get(pk=self.ids[number])
        return lead

    def _of_ref(self, ref: str) -> Lead | None:
        lead: Lead | None = _leads(self.district).filter(source_ref=ref).first()
        return lead


def _leads(district: District) -> QuerySet[Lead]:
    related = ("lead_class", "district", "town", "object", "squad")
    return Lead.objects.filter(district=district).select_related(*related).defer("search_tokens")
