"""What happens next to a planned lead, read from where it stands: nothing has to be remembered in between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.utils import timezone

from chengshu.bureau.models import User
from chengshu.cases.models import Case
from chengshu.cases.services.opening import open_case
from chengshu.demo.cast import Cast
from chengshu.demo.fates import Fate
from chengshu.leads import services
from chengshu.leads.lifecycle import Outcome, Stage
from chengshu.leads.models import Lead, LeadAttachment
from chengshu.leads.services.dispatching import register_and_route
from chengshu.leads.settings import sources

BRIEF = timedelta(minutes=4)  # the least time between two steps of an officer


@dataclass(frozen=True)
class Move:
    """A step that is due, and whether it is a dispatcher's judgement (``desk``) rather than routine."""

    at: datetime
    take: Callable[[datetime], Any]
    desk: bool = False


class Script:
    """Reads the next move of a lead from its stage and its fate."""

    def __init__(self, cast: Cast, data: dict[str, Any], *, photographed: bool = False) -> None:
        self.cast, self.data = cast, data
        self.photographed = photographed
        """Photos lie with the leads already."""
        self.by_ref: Callable[[str], Lead | None] = lambda ref: None

    def next(self, lead: Lead, fate: Fate) -> Move | None:
        """The next move; None when nothing more happens."""
        if lead.held_at is not None:
            return None
        return _STAGES[Stage(lead.stage)](self, lead, fate)

    # --- at the dispatcher's desk -------------------------------------------------------------------
    def found(self, lead: Lead, fate: Fate) -> Move:
        """Registered, closed at once, or joined to the lead it repeats."""
        if sources()[lead.source].trusted:
            return Move(lead.step_at, lambda at: register_and_route(lead, by=None, at=at))
        by = self.cast.dispatcher(fate.hand)

        def take(at: datetime) -> None:
            first = self.by_ref(fate.double_of) if fate.double_of else None
            if first is not None and first.stage != Stage.CLOSED:
                services.merge(lead, first, by=by, at=at)
            elif fate.dismissed:
                services.dismiss(lead, fate.dismissed, by=by, at=at, note=fate.words["unfounded"])
            else:
                register_and_route(lead, by=by, at=at)

        return Move(_after(lead, fate, "register"), take, desk=True)

    def registered(self, lead: Lead, fate: Fate) -> Move:
        """Sent to a squad by hand, where no rule could tell."""
        by, squad = self.cast.dispatcher(fate.hand), self.cast.squad(lead, fate.hand)
        note = fate.words["dispatched"]
        return Move(
            _after(lead, fate, "dispatch"),
            lambda at: services.dispatch(lead, squad, by=by, at=at, note=note),
            desk=True,
        )

    # --- with the squad -----------------------------------------------------------------------------
    def dispatched(self, lead: Lead, fate: Fate) -> Move:
        """Accepted, or returned."""
        by = self.cast.officer(lead, fate.hand)
        at = self._on_duty(lead, _after(lead, fate, "accept"))
        if fate.returned and not lead.returned:
            note = fate.words["returned"]
            return Move(at, lambda now: services.give_back(lead, by=by, at=now, note=note))
        return Move(at, lambda now: services.accept(lead, by=by, at=now))

    def accepted(self, lead: Lead, fate: Fate) -> Move:
        """Arrival, more time, the order and its re-check, or the end of the handling."""
        by = self.cast.officer(lead, fate.hand)
        if lead.arrived_at is None:
            at = self._on_duty(lead, _used(lead, lead.arrive_by, fate.arrive_share))
            return Move(at, lambda now: services.arrive(lead, by=by, at=now))
        if lead.recheck_on is not None:
            return self._recheck(lead, fate, by)
        if lead.extension_until is not None:
            chief = self.cast.dispatcher(fate.hand)
            return Move(
                _after(lead, fate, "extend"), lambda at: services.grant_extension(lead, by=chief, at=at)
            )
        done = self._on_duty(lead, _used(lead, lead.handle_by, fate.handle_share))
        if fate.urged and not lead.urged:
            caller = self.cast.dispatcher(fate.hand)
            note = fate.words["urged"]
            return Move(_halfway(lead, done), lambda at: services.urge(lead, by=caller, at=at, note=note))
        if fate.extended and not lead.extended and lead.handle_by and done < lead.handle_by:
            return self._ask(lead, fate, by, _halfway(lead, done))
        return Move(done, self._ending(lead, fate, by))

    def _ask(self, lead: Lead, fate: Fate, by: User | None, at: datetime) -> Move:
        until = (lead.handle_by or at) + timedelta(days=fate.order_days)
        note = fate.words["extended"]
        return Move(at, lambda now: services.ask_extension(lead, until, by=by, at=now, note=note))

    def _ending(self, lead: Lead, fate: Fate, by: User | None) -> Callable[[datetime], Any]:
        """What the squad does in the end."""
        words, outcome = fate.words, fate.outcome
        if lead.refused or (outcome == Outcome.CASE and by is not None):
            return lambda at: self._file_case(lead, by, at, words["case"])
        if outcome == Outcome.ORDERED and not lead.reopened:
            day = timedelta(days=fate.order_days)
            return lambda at: services.order(
                lead, timezone.localdate(at + day), by=by, at=at, note=words["ordered"]
            )
        if outcome == Outcome.PASSED_ON:
            leader = self.cast.leader(lead)
            return lambda at: services.pass_on(lead, fate.body, by=leader, at=at, note=words["passed_on"])
        if outcome in (Outcome.UNFOUNDED, Outcome.NOT_OURS):
            return lambda at: services.handle(lead, outcome, by=by, at=at, note=words[outcome])

        def put_right(at: datetime) -> None:
            self._photograph(lead, Outcome.ADVISED, by, at)
            services.handle(lead, Outcome.ADVISED, by=by, at=at, note=words["advised"])

        return put_right

    def _recheck(self, lead: Lead, fate: Fate, by: User | None) -> Move:
        """On the day of the order, in the course of the day."""
        day = lead.recheck_on or timezone.localdate()
        late = timedelta(days=1) if fate.handle_share > 1 else timedelta(0)
        clock = time(9 + fate.hand % 8, fate.hand % 60)
        at = datetime.combine(day, clock, timezone.get_current_timezone()) + late
        words = fate.words

        def take(now: datetime) -> None:
            complied = not fate.refused
            if complied:
                self._photograph(lead, Outcome.ORDERED, by, now)
            note = words["complied" if complied else "refused"]
            services.recheck(lead, complied=complied, by=by, at=now, note=note)

        return Move(max(at, lead.step_at + BRIEF), take)

    def _file_case(self, lead: Lead, by: User | None, at: datetime, note: str) -> None:
        """A case of the general procedure begins with what the lead says."""
        officer = by or self.cast.leader(lead)
        if officer is None:
            services.handle(lead, Outcome.UNFOUNDED, by=None, at=at, note=note)
            return
        source = lead.source if lead.source in Case.Source.values else Case.Source.OTHER
        case = open_case(
            lead.district, by=officer, summary=lead.description, source=source, address=lead.address,
            position=lead.position, obj=lead.object, squad=lead.squad, at=at,
        )  # fmt: skip
        case.lead = lead
        case.save(update_fields=["lead", "updated_at"])
        services.link_case(lead, case_id=case.pk, case_number=str(case.number), by=officer, at=at, note=note)

    # --- verified, closed, rated --------------------------------------------------------------------
    def handled(self, lead: Lead, fate: Fate) -> Move:
        """The answer of the other body, then verified, or sent back once."""
        by, words = self.cast.dispatcher(fate.hand), fate.words
        if lead.outcome == Outcome.PASSED_ON and not lead.answer:
            leader = self.cast.leader(lead) or by
            return Move(
                self._in_office(_after(lead, fate, "answer")),
                lambda at: services.receive_answer(lead, words["answer"], by=leader, at=at),
            )
        desk = not sources()[lead.source].trusted
        at = self._in_office(_after(lead, fate, "verify"))
        if fate.rejected and not lead.rejected:
            return Move(at, lambda now: services.reject(lead, by=by, at=now, note=words["rejected"]), desk)
        return Move(at, lambda now: services.verify(lead, by=by, at=now), desk)

    def verified(self, lead: Lead, fate: Fate) -> Move:
        """Closed."""
        by = self.cast.dispatcher(fate.hand)
        at = self._in_office(_after(lead, fate, "close"))
        return Move(at, lambda now: services.close(lead, by=by, at=now))

    def closed(self, lead: Lead, fate: Fate) -> Move | None:
        """Rated by the reporter; now and then reopened."""
        if lead.outcome == Outcome.MERGED:
            return None
        by, note = self.cast.dispatcher(fate.hand), fate.words["reopened"]
        at = self._in_office(_after(lead, fate, "evaluate"))
        if fate.reopened and not lead.reopened and lead.outcome == Outcome.ADVISED:
            return Move(at, lambda now: services.reopen(lead, by=by, at=now, note=note))
        rating = fate.rating
        if rating is not None and lead.rating is None:
            return Move(at, lambda now: services.evaluate(lead, rating, by=by, at=now))
        return None

    # --- moments ------------------------------------------------------------------------------------
    def _on_duty(self, lead: Lead, at: datetime) -> datetime:
        """Squads work by day and in the evening; what is urgent is done at any time."""
        return at if lead.severity > 1 else _within(at, self.data["duty"])

    def _in_office(self, at: datetime) -> datetime:
        return _within(at, self.data["office"])

    def _photograph(self, lead: Lead, outcome: str, by: User | None, at: datetime) -> None:
        if self.photographed or lead.attachments.filter(moment=LeadAttachment.Moment.CLOSING).exists():
            return
        LeadAttachment.objects.bulk_create(self.cast.photos_at_closing(lead, outcome, by, at))


_STAGES: dict[Stage, Callable[[Script, Lead, Fate], Move | None]] = {
    Stage.FOUND: Script.found,
    Stage.REGISTERED: Script.registered,
    Stage.DISPATCHED: Script.dispatched,
    Stage.ACCEPTED: Script.accepted,
    Stage.HANDLED: Script.handled,
    Stage.VERIFIED: Script.verified,
    Stage.CLOSED: Script.closed,
}


def _after(lead: Lead, fate: Fate, what: str) -> datetime:
    return lead.step_at + timedelta(minutes=fate.minutes[what])


def _used(lead: Lead, due: datetime | None, share: float) -> datetime:
    """When that share of the time allowed has gone, but never before the last step."""
    begin = lead.registered_at or lead.step_at
    at = begin + ((due or begin) - begin) * share
    return max(at, lead.step_at + BRIEF)


def _halfway(lead: Lead, end: datetime) -> datetime:
    return lead.step_at + (end - lead.step_at) / 2


def _within(at: datetime, hours: dict[str, int]) -> datetime:
    """The moment itself where it lies within the hours, else soon after they next begin."""
    local = timezone.localtime(at)
    if hours["from"] <= local.hour < hours["to"]:
        return at
    day = local.replace(hour=hours["from"], second=0, microsecond=0)
    return day if local.hour < hours["from"] else day + timedelta(days=1)
