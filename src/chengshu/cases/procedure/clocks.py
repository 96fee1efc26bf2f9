"""The clocks of a case (期限): what runs, until when, in which light."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext_lazy as _

from chengshu.cases.procedure import law as applicable

from .case_file import CaseFile, PartyView
from .steps import StepKind as K
from .transitions import FINAL, OPEN_GENERAL, State

AMBER_DAYS = 3
LABELS = {
    "lead_verification": _("Verify the lead"),
    "decision_after_filing": _("Decide"),
    "preservation_decision": _("Dispose of what is preserved"),
    "measure_confirmation": _("Confirm the measure"),
    "seizure": _("End the seizure"),
    "hearing_request": _("Hearing may be requested"),
    "simple_record": _("File the on-the-spot decision"),
    "service": _("Serve the decision"),
    "payment": _("Payment"),
    "disclosure": _("Disclose"),
    "disclosure_withdrawal": _("Withdraw the disclosure"),
    "reconsideration_answer": _("Answer the request for review"),
    "litigation_answer": _("Answer the suit"),
    "rectification": _("Check the rectification"),
}


@dataclass(frozen=True)
class Clock:
    """期限: a deadline that runs now."""

    code: str
    due: date
    party: str = ""
    waits_for_party: bool = False
    """Whether the party has to do something: overdue is not the bureau's fault."""

    def light(self, today: date) -> str:
        """green, amber or red."""
        if today > self.due:
            return "red"
        return "amber" if (self.due - today).days <= AMBER_DAYS else "green"


def clocks(file: CaseFile) -> list[Clock]:
    """All deadlines that run, the nearest first; in a case that has ended only those of review and suit.

    While a case is suspended only those of seized and preserved things run on.
    """
    if file.partial or file.state is State.NEW:
        return []
    if file.state in FINAL:
        running = _of_contests(file)
    else:
        running = _of_things(file) if file.state is State.SUSPENDED else _running(file)
    return sorted(running, key=lambda clock: (clock.due, clock.code))


def next_clock(file: CaseFile) -> Clock | None:
    """The nearest deadline."""
    return next(iter(clocks(file)), None)


def _due(code: str, start: date, *, extended: bool = False) -> date | None:
    """The last day; None where the law or the calendar has no answer, so that the work goes on."""
    try:
        return applicable.due(code, start, extended=extended)
    except applicable.LawProblem:
        return None


def _clock(code: str, due: date | None, party: str = "", *, waits_for_party: bool = False) -> Iterator[Clock]:
    if due is not None:
        yield Clock(code, due, party, waits_for_party)


def _running(file: CaseFile) -> Iterator[Clock]:
    lead = file.first.get(K.REGISTER_LEAD)
    if file.state in (State.LEAD, State.CHECKED, State.FILING) and lead:
        extended = bool((file.last.get(K.CHECK) or lead).data.get("extended"))
        yield from _clock("lead_verification", _due("lead_verification", lead.day, extended=extended))
    filed = file.period_start
    if file.state in OPEN_GENERAL and filed and applicable.period_or_none("decision_after_filing", filed):
        paused = timedelta(days=file.paused_days(filed, file.steps[-1].day))
        due = _due("decision_after_filing", filed)
        yield from _clock("decision_after_filing", due and due + paused)
    yield from _of_things(file)
    yield from _of_contests(file)
    decision = file.decision
    if decision is None:
        yield from _before_the_decision(file)
        return
    if file.simple and not file.done(K.SIMPLE_RECORD):
        yield from _clock("simple_record", _due("simple_record", decision.day))
    disclosed = file.last.get(K.DISCLOSE)
    if (disclosed is None or disclosed.at < decision.at) and file.state is not State.ARCHIVED:
        yield from _clock("disclosure", _due("disclosure", decision.day))
    for party in file.parties.values():
        yield from _after_the_decision(party, decision.day)


def _of_things(file: CaseFile) -> Iterator[Clock]:
    """What is held of the parties' things."""
    if held := file.still_preserved:
        yield from _clock("preservation_decision", _due("preservation_decision", held[0].day))
    for measure in file.unconfirmed:
        if period := applicable.period_or_none("emergency_seizure_report", measure.day):
            yield Clock("measure_confirmation", (measure.at + timedelta(hours=period.n)).date())
    for seizure in file.seizures:
        if seizure.released is None and seizure.refused is not None:
            yield Clock("seizure", seizure.refused.day)  # at once (行政强制法 art. 19)
        elif seizure.released is None:
            end = seizure.extended.day_of("until") if seizure.extended else None
            yield from _clock("seizure", end or _due("seizure", seizure.step.day))


def _of_contests(file: CaseFile) -> Iterator[Clock]:
    """What review and suit ask of the authority, also in a case long closed."""
    if file.undone_on is not None:
        yield from _clock("disclosure_withdrawal", _due("disclosure_withdrawal", file.undone_on))
    for party in file.parties.values():
        if (pending := party.pending) and pending.answered is None:
            code = f"{pending.step.data.get('remedy')}_answer"
            if code in LABELS:
                yield from _clock(code, _due(code, pending.step.day), party.key)


def _before_the_decision(file: CaseFile) -> Iterator[Clock]:
    for party in file.parties.values():
        served, heard = party.notice_served_on, party.statement
        if file.state is State.NOTICED and served and heard is None:
            due = _due("hearing_request", served)
            paused = timedelta(days=file.paused_days(served, file.steps[-1].day))
            yield from _clock("hearing_request", due and due + paused, party.key, waits_for_party=True)
        if party.ordered and not party.rectified:
            yield from _clock("rectification", party.ordered[-1].day_of("due_on"), party.key)


def _after_the_decision(party: PartyView, decided: date) -> Iterator[Clock]:
    if party.served_on is None:
        yield from _clock("service", _due("service", decided), party.key)
    elif party.paid < party.fine and not party.enforced and not party.stayed:
        due = party.pay_until or _due("payment", party.served_on)
        yield from _clock("payment", due, party.key, waits_for_party=True)
