"""What the steps of a case add up to (案件全貌): the value that every rule looks at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from .party_view import ANNULLED, ZERO, Contest, Elsewhere, PartyView, Seizure
from .steps import OfficerAt, Step
from .steps import StepKind as K
from .transitions import State, after

__all__ = [
    "ANNULLED",
    "ZERO",
    "CaseFile",
    "Contest",
    "Elsewhere",
    "PartyView",
    "Seizure",
    "apply",
    "keyed",
    "party_of",
    "replay",
]


@dataclass
class CaseFile:
    """案件: the state and everything the rules ask about, after some steps.

    ``partial``: built from a table row of an old system; rules that ask how a step was done do not judge it.
    """

    partial: bool = False
    state: State = State.NEW
    before_suspension: State | None = None
    steps: list[Step] = field(default_factory=list)
    last: dict[K, Step] = field(default_factory=dict)
    first: dict[K, Step] = field(default_factory=dict)
    parties: dict[str, PartyView] = field(default_factory=dict)
    former_parties: dict[str, PartyView] = field(default_factory=dict)
    """Who was taken for a party and is none any more; their keys are not given again."""
    cause: str = ""
    act_on: date | None = None
    act_until: date | None = None
    area: str = "subdistrict"
    authority: str = ""
    officers: tuple[OfficerAt, ...] = ()
    recused: set[str] = field(default_factory=set)
    investigators: set[str] = field(default_factory=set)
    """Everyone who has acted as an officer in the case, also those who were replaced since."""
    evidence: list[Step] = field(default_factory=list)
    seizures: list[Seizure] = field(default_factory=list)
    unconfirmed: list[Step] = field(default_factory=list)
    """Seizures and preservations that no head has confirmed in a step of his own, the oldest first."""
    preserved: list[Step] = field(default_factory=list)
    disposed_preserved: int = 0
    suspended_since: date | None = None
    pauses: list[tuple[date, date]] = field(default_factory=list)
    hearing_held: Step | None = None
    disclosed_on: date | None = None
    undone_on: date | None = None
    """Since when what is disclosed is no longer what was decided, until it is withdrawn."""
    reopened: Step | None = None
    void_decision: Step | None = None
    retention_years: int | None = None
    objected: dict[int, tuple[str, ...]] = field(default_factory=dict)
    """Steps by number that were taken in as served against these rules, until that is put right."""
    elsewhere: Sequence[Elsewhere] = ()
    """What its parties were fined in other cases at the same place; not of the steps, so looked up before."""

    @property
    def still_preserved(self) -> list[Step]:
        """What is registered and preserved and not disposed of yet, the oldest first."""
        return self.preserved[self.disposed_preserved :]

    @property
    def simple(self) -> bool:
        """Whether the simple procedure (简易程序) is used."""
        return K.SIMPLE_SCENE in self.first or K.SIMPLE_DECISION in self.first

    @property
    def decision(self) -> Step | None:
        """The decision of either procedure; none while the case is taken up again after annulment."""
        found = self.last.get(K.APPROVE_DECISION) or self.last.get(K.SIMPLE_DECISION)
        return None if found is self.void_decision else found

    @property
    def period_start(self) -> date | None:
        """The day from which the period for the decision runs."""
        return self.reopened.day if self.reopened else self.filed_on

    @property
    def act_end(self) -> date | None:
        """The day by which the substance is judged: the act's, the end of a continuing one."""
        return self.act_until or self.act_on

    @property
    def filed_on(self) -> date | None:
        """The day of filing (立案)."""
        step = self.first.get(K.APPROVE_FILING)
        return step.day if step else None

    def done(self, kind: K) -> bool:
        """Whether such a step has been taken."""
        return kind in self.first

    def paused_days(self, start: date, end: date) -> int:
        """Days of suspension between two days: periods stand still meanwhile."""
        pauses = [*self.pauses, (self.suspended_since, end)] if self.suspended_since else self.pauses
        spans = ((max(begin, start), min(stop, end)) for begin, stop in pauses if begin)
        return sum(max((stop - begin) // timedelta(days=1), 0) for begin, stop in spans)


def replay(steps: Iterable[Step], *, partial: bool = False) -> CaseFile:
    """The file after these steps, whether they were allowed or not."""
    file = CaseFile(partial=partial)
    for step in steps:
        apply(file, step)
    return file


def apply(file: CaseFile, step: Step) -> None:
    """Take one step into the file. An impossible one leaves the state as it is; the rules speak of it."""
    state = after(file.state, step.kind, file.before_suspension)
    if state is not None:
        if step.kind is K.SUSPEND:
            file.before_suspension, file.suspended_since = file.state, step.day
        elif file.suspended_since is not None and step.kind in (K.RESUME, K.END):
            file.pauses.append((file.suspended_since, step.day))
            file.before_suspension = file.suspended_since = None
        file.state = state
    file.steps.append(step)
    file.first.setdefault(step.kind, step)
    file.last[step.kind] = step
    file.investigators.update(officer.id for officer in step.officers)
    if objections := step.data.get("objections"):
        file.objected[len(file.steps)] = tuple(str(rule) for rule in objections)
    if handler := _HANDLERS.get(step.kind):
        handler(file, step)


def party_of(file: CaseFile, step: Step) -> PartyView | None:
    """The party that a step concerns; the only one where none is named."""
    key = step.data.get("party")
    if isinstance(key, Mapping):
        key = key.get("key", "1")
    if key is None and len(file.parties) == 1:
        return next(iter(file.parties.values()))
    return file.parties.get(str(key)) if key is not None else None


def _add_party(file: CaseFile, raw: Mapping[str, Any]) -> None:
    key = str(raw.get("key", "1"))
    birth = raw.get("birth")
    known = file.parties.setdefault(key, PartyView(key))
    known.kind, known.name, known.data = raw.get("kind", "person"), str(raw.get("name", "")), raw
    known.birth = date.fromisoformat(str(birth)[:10]) if birth else None


def _lead(file: CaseFile, step: Step) -> None:
    if step.data.get("cause"):
        file.cause = str(step.data["cause"])


def _subject(file: CaseFile, step: Step) -> None:
    """Offence, act and parties, as proposed for filing or found on the spot."""
    file.cause = str(step.data.get("cause") or file.cause)
    file.act_on, file.act_until = step.day_of("act_on"), step.day_of("act_until")
    file.area = str(step.data.get("area") or file.area)
    file.authority = str(step.data.get("authority") or file.authority)
    file.officers = step.officers or file.officers
    for raw in step.data.get("parties") or [step.data.get("party") or {}]:
        if isinstance(raw, Mapping):
            _add_party(file, raw)


def keyed(file: CaseFile, parties: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Parties named anew, each with the key it has in the file; a new one gets a key nobody had."""
    held = {**file.former_parties, **file.parties}
    used, made = set(held), []
    for raw in parties:
        key = next((known.key for known in held.values() if known.is_named_by(raw)), "")
        if not key:
            key = next(str(n) for n in range(1, len(used) + 2) if str(n) not in used)
            used.add(key)
        made.append({**raw, "key": key})
    return made


def _change_subject(file: CaseFile, step: Step) -> None:
    """Another offence or other parties than filed: what was announced before is not announced for these."""
    file.parties = {**file.former_parties, **file.parties}
    _subject(file, replace(step, officers=()))
    named = {str(raw.get("key", "1")) for raw in step.data.get("parties") or () if isinstance(raw, Mapping)}
    known = file.parties
    file.parties = {key: party for key, party in known.items() if key in named}
    file.former_parties = {key: party for key, party in known.items() if key not in named}


def _send_back(file: CaseFile, step: Step) -> None:
    """Investigated further, so that report, review and notice are made anew."""
    for party in file.parties.values():
        party.forget_notice()


def _officers(file: CaseFile, step: Step) -> None:
    file.officers = step.officers


def _recuse(file: CaseFile, step: Step) -> None:
    if step.data.get("accepted"):
        file.recused.add(str(step.data.get("officer")))


def _evidence(file: CaseFile, step: Step) -> None:
    file.evidence.append(step)


def _order(file: CaseFile, step: Step) -> None:
    if party := party_of(file, step):
        party.ordered.append(step)
        party.rectified = ""  # whatever was found before says nothing on this order


def _rectified(file: CaseFile, step: Step) -> None:
    if party := party_of(file, step):
        party.rectified = str(step.data.get("result", ""))


def _preserve(file: CaseFile, step: Step) -> None:
    file.preserved.append(step)
    file.unconfirmed.append(step)


def _preserved_disposed(file: CaseFile, step: Step) -> None:
    file.disposed_preserved += 1


def _seize(file: CaseFile, step: Step) -> None:
    file.seizures.append(Seizure(step))
    file.unconfirmed.append(step)


def _confirm(file: CaseFile, step: Step) -> None:
    if not file.unconfirmed:
        return
    measure = file.unconfirmed.pop(0)
    if step.data.get("approved") is not True:
        for seizure in file.seizures:
            if seizure.step is measure:
                seizure.refused = step


def _last_seizure(file: CaseFile, step: Step) -> None:
    for seizure in reversed(file.seizures):
        if seizure.released is None:
            if step.kind is K.EXTEND_SEIZURE:
                seizure.extended = step
            else:
                seizure.released = step
            return


def _party_step(name: str) -> Any:
    def keep(file: CaseFile, step: Step) -> None:
        if party := party_of(file, step):
            setattr(party, name, step)

    return keep


def _notice(file: CaseFile, step: Step) -> None:
    if party := party_of(file, step):
        party.former_defence = party.defended
        party.notice = step
        party.notice_served_on = step.day_of("served_on")
        party.statement = party.statement_review = None
        party.hearing_waived = False


def _statement(file: CaseFile, step: Step) -> None:
    """What a party said stands: a later note that it said nothing does not take its place."""
    party = party_of(file, step)
    if party is None:
        return
    party.hearing_waived = party.hearing_waived or bool(step.data.get("hearing_waived"))
    spoke = party.statement is not None and party.statement.data.get("made") is True
    if step.data.get("made") is True or not spoke:
        party.statement, party.statement_review = step, None


def _hearing(file: CaseFile, step: Step) -> None:
    file.hearing_held = step


def _decided(file: CaseFile, step: Step) -> None:
    for outcome in step.data.get("outcomes") or []:
        key = str(outcome.get("party", "1"))
        file.parties.setdefault(key, PartyView(key)).outcome = outcome


def _serve(file: CaseFile, step: Step) -> None:
    party = party_of(file, step)
    if party is None or step.data.get("result") != "served":
        return
    if step.data.get("document") == "notice":
        party.notice_served_on = party.notice_served_on or step.day_of("served_on") or step.day
    elif step.data.get("document") == "decision":
        party.served_on = party.served_on or step.day_of("served_on") or step.day


def _pay(file: CaseFile, step: Step) -> None:
    if party := party_of(file, step):
        amount = Decimal(str(step.data.get("amount") or 0))
        party.paid += amount
        party.last_paid_on = step.day
        party.payments.append((step.day, amount))


def _refund(file: CaseFile, step: Step) -> None:
    if party := party_of(file, step):
        party.paid -= Decimal(str(step.data.get("amount") or 0))


def _contest(file: CaseFile, step: Step) -> None:
    if party := party_of(file, step):
        party.contests.append(Contest(step))


def _contest_answer(file: CaseFile, step: Step) -> None:
    if (party := party_of(file, step)) and party.pending:
        party.pending.answered = step


def _contest_result(file: CaseFile, step: Step) -> None:
    """The outcome takes the place of what was decided on the party; the decision itself stays on record."""
    party = party_of(file, step)
    contest = party.pending if party else None
    if party is None or contest is None:
        return
    contest.ended = step
    if contest.undoes:
        file.objected = {}
    result, number = step.data.get("result"), step.data.get("number")
    if result == "changed":
        left = {name: step.data.get(name) or 0 for name in ("fine", "confiscated")}
        party.outcome = {**party.outcome, **left, "changed_by": number}
        party.late_charge = min(party.late_charge, party.fine)
    elif result in ANNULLED:
        party.outcome = {**party.outcome, "type": "annulled", "fine": 0, "confiscated": 0, "others": [],
                         "changed_by": number}  # fmt: skip
        party.late_charge = ZERO
    if contest.undoes and file.disclosed_on is not None:
        file.undone_on = file.undone_on or contest.ended_on


def _reopen(file: CaseFile, step: Step) -> None:
    """Nothing of the annulled decision stands; what was found and paid stays."""
    file.reopened, file.void_decision, file.objected = step, file.decision, {}
    for party in file.parties.values():
        party.forget_notice()
        party.outcome, party.contests, party.enforced = {}, [], False
        party.served_on = party.pay_until = party.reminded_on = party.court_on = None


def _later(file: CaseFile, step: Step) -> None:
    if party := party_of(file, step):
        party.pay_until = step.day_of("until")


def _late_charge(file: CaseFile, step: Step) -> None:
    if party := party_of(file, step):
        party.late_charge += Decimal(str(step.data.get("amount") or 0))


def _day_kept(name: str) -> Any:
    def keep(file: CaseFile, step: Step) -> None:
        if party := party_of(file, step):
            setattr(party, name, step.day)

    return keep


def _enforced(file: CaseFile, step: Step) -> None:
    if party := party_of(file, step):
        party.enforced = True


def _disclose(file: CaseFile, step: Step) -> None:
    file.disclosed_on = step.day if step.kind is K.DISCLOSE else None
    if step.kind is K.WITHDRAW_DISCLOSURE:
        file.undone_on = None


FORMAL = frozenset({"number-block", "served-signatures", "served-scene", "served-place", "served-clock"})
"""Rules about the record of a served decision; what others object to only a change or annulment undoes."""


def settled_by(file: CaseFile, place: Any, by: str) -> list[str]:
    """The objections to the step at a place that a correction by somebody takes away: formal ones, where the
    person neither acted in the step nor recorded it."""
    number = int(place) if str(place or "").isdecimal() else 0
    if not 0 < number <= len(file.steps):
        return []
    concerned = file.steps[number - 1]
    if by == concerned.by or by in {officer.id for officer in concerned.officers}:
        return []
    return sorted(FORMAL.intersection(file.objected.get(number, ())))


def _correct(file: CaseFile, step: Step) -> None:
    """What of the objections the correction took away (``settles``); an older step does not say."""
    place = step.data.get("step")
    gone = settled_by(file, place, step.by)
    gone = [rule for rule in gone if rule in step.data.get("settles", gone)]
    if not gone:
        return
    number = int(str(place))
    left = tuple(rule for rule in file.objected.pop(number) if rule not in gone)
    if left:
        file.objected[number] = left


def _archive(file: CaseFile, step: Step) -> None:
    file.retention_years = step.data.get("retention_years")


_HANDLERS: dict[K, Any] = {
    K.REGISTER_LEAD: _lead,
    K.PROPOSE_FILING: _subject,
    K.SIMPLE_SCENE: _subject,
    K.CHANGE_SUBJECT: _change_subject,
    K.SEND_BACK: _send_back,
    K.ASSIGN: _officers,
    K.RECUSE: _recuse,
    K.ADD_EVIDENCE: _evidence,
    K.ORDER_RECTIFY: _order,
    K.RECTIFY_RESULT: _rectified,
    K.PRESERVE: _preserve,
    K.DISPOSE_PRESERVED: _preserved_disposed,
    K.SEIZE: _seize,
    K.CONFIRM_MEASURE: _confirm,
    K.EXTEND_SEIZURE: _last_seizure,
    K.RELEASE_SEIZURE: _last_seizure,
    K.NOTICE: _notice,
    K.STATEMENT: _statement,
    K.REVIEW_STATEMENT: _party_step("statement_review"),
    K.REQUEST_HEARING: _party_step("hearing_request"),
    K.HOLD_HEARING: _hearing,
    K.APPROVE_DECISION: _decided,
    K.SIMPLE_DECISION: _decided,
    K.SERVE: _serve,
    K.PAY: _pay,
    K.REFUND: _refund,
    K.CONTEST: _contest,
    K.CONTEST_ANSWER: _contest_answer,
    K.CONTEST_RESULT: _contest_result,
    K.REOPEN: _reopen,
    K.ALLOW_LATER_PAYMENT: _later,
    K.LATE_CHARGE: _late_charge,
    K.REMIND: _day_kept("reminded_on"),
    K.APPLY_TO_COURT: _day_kept("court_on"),
    K.ENFORCED: _enforced,
    K.DISCLOSE: _disclose,
    K.WITHDRAW_DISCLOSURE: _disclose,
    K.ARCHIVE: _archive,
    K.CORRECT: _correct,
}
