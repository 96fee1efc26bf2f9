"""Whole files that keep every rule, from what is to be decided (for the demo, for tests and for trying out).

The steps are laid out as a careful bureau would take them; they are then checked by the same rules as any
other file. Nothing here writes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

from django.utils import timezone

from chengshu.cases.procedure import law as applicable
from chengshu.cases.procedure.rules.hearing import CHECKLIST
from chengshu.cases.procedure.steps import OfficerAt, Step
from chengshu.cases.procedure.steps import StepKind as K
from chengshu.kernel.workdays import add_period, next_working_day

CONTENTS = ["party", "facts", "basis", "performance", "remedies", "authority"]
NOTICE_CONTENTS = ["facts", "reasons", "basis", "rights", "proposal"]
HEAVY = {"revoke_licence", "suspend_business", "downgrade", "close_down", "restrict_trade"}


@dataclass(frozen=True)
class Plan:
    """What a file is to contain. ``parties``: particulars with ``key``, ``kind``, ``name``, ``outcome``.

    ``outcome`` as the decision records it: ``type`` penalty or no_penalty, ``fine`` in yuan and so on.
    """

    cause: str
    parties: Sequence[Mapping[str, Any]]
    act_on: date
    officers: tuple[OfficerAt, OfficerAt]
    leader: str = "leader"
    chief: str = "chief"
    reviewer: str = "legal"
    source: str = "patrol"
    summary: str = ""
    area: str = "subdistrict"
    authority_kind: str = "bureau"
    authority: str = ""
    seize: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    hearing: bool = False
    minute: int = 9 * 60
    """Minutes after midnight at which the first day begins."""
    pace: int = 2
    """Days between two stages of the general procedure."""
    ordinal: int = 1
    """Makes numbers and hashes of made-up files differ."""


class _Course:
    """A list of steps with a clock that only moves forward, over working days."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.steps = plan, list[Step]()
        self.day, self.minute = plan.act_on, plan.minute

    def later(self, days: int) -> None:
        """Go on some days later, on a working day."""
        self.day, self.minute = next_working_day(self.day + timedelta(days=days)), 9 * 60

    def until(self, day: date) -> None:
        """Go on after that day."""
        if self.day <= day:
            self.day, self.minute = next_working_day(day + timedelta(days=1)), 9 * 60

    def take(self, kind: K, by: str = "", *, officers: bool = False, **data: Any) -> None:
        """One step, ten minutes after the last."""
        self.minute += 10
        at = datetime.combine(self.day, time(self.minute // 60, self.minute % 60))
        held = self.plan.officers if officers else ()
        moment = timezone.make_aware(at)
        self.steps.append(Step(kind, moment, by or self.plan.officers[0].id, held, data))

    def evidence(self, number: int, kind: str, title: str) -> None:
        """An item of evidence with a hash of its own."""
        digest = sha256(f"{self.plan.ordinal}/{number}".encode()).hexdigest()
        self.take(K.ADD_EVIDENCE, officers=True, type=kind, title=title, sha256=digest)


def simple_file(plan: Plan) -> list[Step]:
    """A file of the simple procedure, from the scene to the archive."""
    course = _Course(plan)
    party = dict(plan.parties[0])
    outcome = {"party": party["key"], **party.pop("outcome")}
    course.take(
        K.SIMPLE_SCENE, officers=True, cause=plan.cause, party=party, act_on=plan.act_on.isoformat(),
        facts=plan.summary, told=True, heard=True, id_shown=True, area=plan.area, authority=plan.authority,
        source=plan.source,
    )  # fmt: skip
    course.evidence(1, "record", "现场照片")
    number = outcome.get("number") or f"简{plan.ordinal}"
    course.take(
        K.SIMPLE_DECISION, officers=True, number=number, outcomes=[{**outcome, "number": number}],
        contents=CONTENTS, authority_kind=plan.authority_kind, authority=plan.authority,
    )  # fmt: skip
    _serve(course, party, "decision")
    course.take(K.SIMPLE_RECORD)
    course.later(1)
    if Decimal(str(outcome.get("fine") or 0)):
        course.take(K.PAY, party=party["key"], amount=outcome["fine"], method="bank")
    _finish(course)
    return course.steps


def general_file(plan: Plan) -> list[Step]:
    """A file of the general procedure, from the lead to the archive."""
    course = _Course(plan)
    _until_report(course)
    heavy = any(_heavy(party, course.day) for party in plan.parties)
    if heavy:
        _review(course)
        course.take(K.DISCUSS, plan.chief, participants=[plan.chief, "deputy"], conclusion="同意处理意见")
    _notice_and_defence(course, heavy)
    if plan.hearing:
        _review(course)
    course.take(K.PROPOSE_DECISION, proposals=[dict(party["outcome"]) for party in plan.parties])
    course.later(1)
    outcomes = []
    for place, party in enumerate(plan.parties):
        outcome = {"party": party["key"], "number": f"决{plan.ordinal}-{place + 1}", **party["outcome"]}
        outcomes.append(outcome)
    course.take(
        K.APPROVE_DECISION, plan.chief, approver=plan.chief, outcomes=outcomes, contents=CONTENTS,
        authority_kind=plan.authority_kind, authority=plan.authority,
    )  # fmt: skip
    for party in plan.parties:
        _serve(course, party, "decision")
    if plan.seize:
        course.take(K.RELEASE_SEIZURE, outcome="returned")
    course.take(K.DISCLOSE, plan.reviewer, masked=True)
    course.later(3)
    for party in plan.parties:
        if owed := _owed(party["outcome"]):
            course.take(K.PAY, party=party["key"], amount=owed, method="bank")
    _finish(course)
    return course.steps


def _review(course: _Course) -> None:
    reviewer = course.plan.reviewer
    checked = dict.fromkeys(CHECKLIST, True)
    course.take(K.LEGAL_REVIEW, reviewer, reviewer=reviewer, opinion="agree", qualified=True, **checked)


def _owed(outcome: Mapping[str, Any]) -> int | str:
    """Fine and confiscated gains, written as steps keep amounts; 0 where nothing is to be paid."""
    total = sum((Decimal(str(outcome.get(name) or 0)) for name in ("fine", "confiscated")), Decimal(0))
    return int(total) if total == total.to_integral_value() else str(total)


def _until_report(course: _Course) -> None:
    plan = course.plan
    course.take(K.REGISTER_LEAD, source=plan.source, summary=plan.summary or "巡查发现", cause=plan.cause)
    course.take(K.CHECK, officers=True, result="confirmed")
    course.evidence(1, "record", "现场检查笔录")
    parties = [{key: value for key, value in party.items() if key != "outcome"} for party in plan.parties]
    course.take(
        K.PROPOSE_FILING, officers=True, cause=plan.cause, parties=parties, act_on=plan.act_on.isoformat(),
        area=plan.area, authority=plan.authority,
    )  # fmt: skip
    course.later(1)
    course.take(K.APPROVE_FILING, plan.leader, approver=plan.leader, number=f"立{plan.ordinal}")
    if plan.seize:
        course.take(K.SEIZE, officers=True, items=[dict(item) for item in plan.seize], approver=plan.chief)
        course.take(K.CONFIRM_MEASURE, plan.chief, approver=plan.chief, approved=True)
    course.take(K.INQUIRE, officers=True, record="询问笔录", id_shown=True)
    course.evidence(2, "party", "询问笔录")
    _orders(course)
    course.later(plan.pace)
    proposals = [{"party": party["key"], **party["outcome"]} for party in plan.parties]
    course.take(K.REPORT, officers=True, facts=plan.summary or "违法事实清楚", proposals=proposals)


def _orders(course: _Course) -> None:
    """Where the provision wants an order first: given, left undone, checked."""
    plan = course.plan
    law = applicable.rule_for(plan.cause, act_on=plan.act_on, decided_on=course.day).rule
    for party in plan.parties:
        exempt = party["outcome"].get("type") == "no_penalty"
        if law.mode != "after_order" and not exempt:
            continue
        due = next_working_day(course.day + timedelta(days=3))
        course.take(K.ORDER_RECTIFY, officers=True, party=party["key"], due_on=due.isoformat())
        course.until(due)
        result = "done" if exempt else "overdue"
        course.take(K.RECTIFY_RESULT, officers=True, party=party["key"], result=result)


def _heavy(party: Mapping[str, Any], on: date) -> bool:
    outcome, kind = party["outcome"], party.get("kind", "person")
    sums = [Decimal(str(outcome.get(name) or 0)) for name in ("fine", "confiscated")]
    limits = [applicable.threshold(code, on).amount(kind) for code in ("hearing", "legal_review")]
    others = set(outcome.get("others") or ())
    return max(sums) >= min(limits) or bool(outcome.get("mitigated")) or bool(others & HEAVY)


def _notice_and_defence(course: _Course, heavy: bool) -> None:
    plan = course.plan
    course.later(1)
    for party in plan.parties:
        if party["outcome"].get("type") == "no_penalty":
            continue
        course.take(
            K.NOTICE, party=party["key"], proposal=dict(party["outcome"]), contents=NOTICE_CONTENTS,
            hearing_right=heavy, number=f"告{plan.ordinal}", served_on=course.day.isoformat(),
        )  # fmt: skip
    noticed = course.day
    if plan.hearing:
        _hearing(course)
    for party in plan.parties:
        if party["outcome"].get("type") != "no_penalty":
            course.take(
                K.STATEMENT, party=party["key"], made=False, waived=True, hearing_waived=not plan.hearing
            )
    if heavy and not plan.hearing:
        course.until(applicable.due("hearing_request", noticed))


def _hearing(course: _Course) -> None:
    plan = course.plan
    course.later(1)
    course.take(K.REQUEST_HEARING, party=plan.parties[0]["key"])
    held = add_period(course.day, 9, "working_day")  # the law asks for seven days' notice
    course.take(K.HEARING_NOTICE, plan.reviewer, hearing_on=held.isoformat(), chair=plan.reviewer)
    course.until(held - timedelta(days=1))
    course.take(K.HOLD_HEARING, plan.reviewer, chair=plan.reviewer, record="听证笔录")


def _serve(course: _Course, party: Mapping[str, Any], document: str) -> None:
    course.take(
        K.SERVE, officers=True, party=party["key"], document=document, mode="direct", result="served",
        receiver=party.get("name", ""),
    )  # fmt: skip


def _finish(course: _Course) -> None:
    plan = course.plan
    if not any(step.kind is K.DISCLOSE for step in course.steps):
        course.take(K.DISCLOSE, plan.reviewer, masked=True)
    course.later(1)
    course.take(K.CLOSE, plan.leader, approver=plan.leader)
    course.later(5)
    course.take(K.ARCHIVE, plan.reviewer, archive_number=f"档{plan.ordinal}", retention_years=10)
