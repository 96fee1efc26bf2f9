"""Thirty and more kinds of unlawful files, each a lawful one with one thing done wrong."""
# ruff: noqa: E501  a table reads better with one line a kind

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from chengshu.cases.lawful import Plan, general_file, simple_file
from chengshu.cases.procedure.steps import OfficerAt, Step
from chengshu.cases.procedure.steps import StepKind as K

A = OfficerAt("lu", "陆启明", "示09010001", date(2026, 12, 31), date(2015, 1, 1))
B = OfficerAt("shen", "沈知远", "示09010002", date(2026, 12, 31), date(2015, 1, 1))
PERSON = {
    "key": "1",
    "kind": "person",
    "name": "王小明",
    "birth": "1985-03-02",
    "outcome": {"type": "penalty", "fine": 50},
}
SHOP = {
    "key": "1", "kind": "organisation", "name": "普陀某餐饮有限公司",
    "outcome": {"type": "penalty", "fine": 2000},
}  # fmt: skip
STALL, HEAPS, LITTER = "appearance.street-stall", "appearance.street-storage", "waste.littering"


def plan(**changes: Any) -> Plan:
    """A small case of 2020 that keeps every rule: goods heaped on the road by a shop."""
    base = Plan(cause=HEAPS, parties=[SHOP], act_on=date(2020, 9, 10), officers=(A, B), summary="占道堆物")
    return replace(base, **changes)


def party(kind: str = "organisation", **outcome: Any) -> dict[str, Any]:
    """A party with this outcome."""
    held = SHOP if kind == "organisation" else PERSON
    return {**held, "outcome": {"type": "penalty", **outcome}}


def general(**changes: Any) -> list[Step]:
    """A lawful general file."""
    return general_file(plan(**changes))


def of_2022(**changes: Any) -> list[Step]:
    """A lawful general file under the law of 2021, by a subdistrict office."""
    return general(act_on=date(2022, 3, 10), authority_kind="subdistrict_office", **changes)


def simple(**changes: Any) -> list[Step]:
    """A lawful simple file: litter on the road, twenty yuan."""
    values: dict[str, Any] = {"cause": LITTER, "parties": [party("person", fine=20)], "summary": "乱扔果皮"}
    return simple_file(plan(**(values | changes)))


def without(steps: list[Step], *kinds: K) -> list[Step]:
    """The file without some steps."""
    return [step for step in steps if step.kind not in kinds]


def changed(steps: list[Step], kind: K, **data: Any) -> list[Step]:
    """The file with other particulars in the steps of one kind (None takes one away)."""
    result = []
    for step in steps:
        if step.kind is kind:
            values = {k: v for k, v in {**step.data, **data}.items() if v is not None}
            step = replace(step, data=values)
        result.append(step)
    return result


def with_officers(steps: list[Step], kind: K, *officers: OfficerAt) -> list[Step]:
    """The file with other officers in the steps of one kind."""
    return [replace(step, officers=officers) if step.kind is kind else step for step in steps]


def moved(steps: list[Step], kind: K, to: date) -> list[Step]:
    """The file with all steps from the first of one kind on moved by whole days so that it lies on ``to``."""
    start = next(step for step in steps if step.kind is kind)
    place, days = steps.index(start), to - start.day
    return steps[:place] + [replace(step, at=step.at + days) for step in steps[place:]]


def inserted(
    steps: list[Step], before: K, kind: K, by: str = "lu", officers: bool = False, **data: Any
) -> list[Step]:
    """The file with a step more, in the minute before the first of ``before``."""
    place = next(i for i, step in enumerate(steps) if step.kind is before)
    at = steps[place].at - timedelta(minutes=1)
    more = Step(kind, at, by, (A, B) if officers else (), data)
    return [*steps[:place], more, *steps[place:]]


def outcome(steps: list[Step], **values: Any) -> list[Step]:
    """The file with another outcome in its decision (and nothing else changed)."""
    result = []
    for step in steps:
        if step.kind in (K.APPROVE_DECISION, K.SIMPLE_DECISION):
            held: list[Mapping[str, Any]] = step.data["outcomes"]
            step = replace(step, data={**step.data, "outcomes": [{**held[0], **values}, *held[1:]]})
        result.append(step)
    return result


def heavy(**changes: Any) -> list[Step]:
    """A lawful file with a penalty heavy enough for review, discussion and hearing."""
    values: dict[str, Any] = {
        "cause": "muck.no-disposal-permit",
        "parties": [party(fine=60_000)],
        "summary": "无证处置渣土",
    }
    return general(**(values | changes))


def exempt(**outcome_changes: Any) -> list[Step]:
    """A lawful file that ends without a penalty."""
    held = {
        "type": "no_penalty", "reason": "minor_corrected", "education": "已教育", "would_be": 5000, **outcome_changes,
    }  # fmt: skip
    return general(parties=[{**SHOP, "outcome": held}])


def moment(day: date, hour: int = 10) -> datetime:
    """A moment of the day on the clock of the place."""
    return timezone.make_aware(datetime.combine(day, time(hour)))


CHILD = {**PERSON, "birth": "2010-01-01"}
YOUTH = {**PERSON, "birth": "2004-01-01"}
EXPIRED = replace(B, certificate_to=date(2020, 1, 1))

# what is wrong → (the file, the rule that must find it)
PLANTED: dict[str, tuple[Callable[[], list[Step]], str]] = {
    "one officer only": (lambda: with_officers(general(), K.INQUIRE, A), "two-officers"),
    "the same officer twice": (lambda: with_officers(simple(), K.SIMPLE_SCENE, A, A), "two-officers"),
    "expired certificate": (lambda: with_officers(general(), K.INQUIRE, A, EXPIRED), "certificate"),
    "certificates not shown": (lambda: changed(general(), K.INQUIRE, id_shown=False), "show-id"),
    "recused officer goes on": (
        lambda: inserted(general(), K.REPORT, K.RECUSE, "chief", officer="lu", accepted=True, approver="chief"),
        "recusal",
    ),
    "officer approves own filing": (lambda: changed(general(), K.APPROVE_FILING, approver="lu"), "own-approval"),
    "officer makes own decision": (lambda: changed(general(), K.APPROVE_DECISION, approver="shen"), "own-approval"),
    "officer reviews own case": (lambda: changed(heavy(), K.LEGAL_REVIEW, reviewer="lu"), "own-review"),
    "found after two years": (
        lambda: moved(changed(general(), K.PROPOSE_FILING, act_on="2018-01-10"), K.REGISTER_LEAD, date(2020, 9, 10)),
        "limitation",
    ),
    "filed after the lead's period": (
        lambda: moved(general(), K.PROPOSE_FILING, date(2020, 11, 16)), "lead-late",
    ),
    "no evidence": (lambda: without(general(), K.ADD_EVIDENCE), "evidence-missing"),
    "evidence without hash": (lambda: changed(general(), K.ADD_EVIDENCE, sha256="abc"), "evidence-original"),
    "unreviewed camera record": (
        lambda: changed(general(), K.ADD_EVIDENCE, offsite=True, device="D-1"), "offsite-evidence",
    ),
    "seizure without approval": (
        lambda: changed(general(cause=STALL, parties=[party("person", fine=200)], seize=[{"name": "推车", "n": 1}]),
                        K.SEIZE, approver=None), "seizure-approval",
    ),
    "decision on another basis": (
        lambda: changed(general(), K.APPROVE_DECISION, basis="《上海市生活垃圾管理条例》"), "basis",
    ),
    "seizure without basis": (lambda: general(seize=[{"name": "纸箱", "n": 20}]), "seizure-basis"),
    "seizure beyond thirty days": (
        lambda: moved(general(cause=STALL, parties=[party("person", fine=200)], seize=[{"name": "推车", "n": 1}]),
                      K.RELEASE_SEIZURE, date(2020, 11, 30)), "seizure-late",
    ),
    "no notice": (lambda: without(general(), K.NOTICE, K.STATEMENT), "notice-missing"),
    "notice without rights": (lambda: changed(general(), K.NOTICE, contents=["facts", "basis"]), "notice-contents"),
    "notice never served": (lambda: changed(general(), K.NOTICE, served_on=None), "notice-missing"),
    "no time for a statement": (lambda: without(general(), K.STATEMENT), "statement-heard"),
    "defence not reviewed": (lambda: changed(general(), K.STATEMENT, made=True), "statement-heard"),
    "heavier than the notice": (lambda: outcome(general(), fine=4000), "heavier"),
    "hearing right not told": (lambda: changed(heavy(), K.NOTICE, hearing_right=False), "notice-hearing-right"),
    "hearing asked for and not held": (
        lambda: [s for s in heavy(hearing=True) if s.kind not in (K.HOLD_HEARING, K.HEARING_NOTICE)], "hearing",
    ),
    "hearing on short notice": (
        lambda: changed(heavy(hearing=True), K.HEARING_NOTICE, hearing_on="2020-09-22"), "hearing-notice-early",
    ),
    "hearing chaired by investigator": (lambda: changed(heavy(hearing=True), K.HOLD_HEARING, chair="lu"), "chair"),
    "no legal review": (lambda: without(heavy(), K.LEGAL_REVIEW), "legal-review"),
    "legal review disagreed": (lambda: changed(heavy(), K.LEGAL_REVIEW, opinion="reject"), "legal-review"),
    "no group discussion": (lambda: without(heavy(), K.DISCUSS), "discussion"),
    "fine above the range": (lambda: outcome(changed(general(), K.NOTICE, proposal={"fine": 9000}), fine=9000), "fine-range"),
    "fine below the range": (lambda: outcome(general(), fine=100), "fine-range"),
    "penalty that the provision lacks": (lambda: outcome(general(), others=["revoke_licence"]), "fine-range"),
    "mitigated without ground": (lambda: outcome(general(), fine=100, mitigated=True), "mitigation-ground"),
    "fined twice for one act": (lambda: outcome(general(), fined_before=True), "one-fine"),
    "fined before the order expired": (
        lambda: changed(general(cause="waste.no-containers", parties=[party(fine=800)]),
                        K.RECTIFY_RESULT, result="done"), "order-first",
    ),
    "child punished": (lambda: general(cause=STALL, parties=[{**CHILD, "outcome": {"type": "penalty", "fine": 100}}]), "minor"),
    "youth punished like an adult": (
        lambda: general(cause=STALL, parties=[{**YOUTH, "outcome": {"type": "penalty", "fine": 100}}]), "minor",
    ),
    "simple procedure above its limit": (lambda: simple(parties=[party("person", fine=60)]), "simple-limit"),
    "simple procedure without hearing the party": (lambda: changed(simple(), K.SIMPLE_SCENE, heard=False), "simple-heard"),
    "decision without remedies": (
        lambda: changed(general(), K.APPROVE_DECISION, contents=["party", "facts", "basis"]), "contents",
    ),
    "another authority decided": (
        lambda: changed(general(area="town"), K.APPROVE_DECISION, authority_kind="bureau"), "authority",
    ),
    "exempted without education": (lambda: exempt(education=None), "exemption"),
    "exempted for no reason of the law": (lambda: exempt(reason="friendship"), "exemption"),
    "served after seven days": (lambda: moved(general(), K.SERVE, date(2020, 12, 21)), "service-late"),
    "left without witness": (lambda: changed(general(), K.SERVE, mode="left", receiver=None), "service-mode"),
    "electronic without consent": (lambda: changed(general(), K.SERVE, mode="electronic"), "service-mode"),
    "cash above the limit": (lambda: changed(general(), K.PAY, method="cash"), "cash-limit"),
    "paid too much": (lambda: changed(general(), K.PAY, amount=2500), "overpaid"),
    "closed with the fine unpaid": (lambda: without(general(), K.PAY), "close"),
    "disclosed late": (lambda: moved(of_2022(), K.DISCLOSE, date(2022, 6, 20)), "disclosure-late"),
    "disclosed with the person's name": (
        lambda: changed(of_2022(cause=STALL, parties=[party("person", fine=200)]), K.DISCLOSE, masked=False),
        "disclosure-masked",
    ),
    "never disclosed": (lambda: without(of_2022(), K.DISCLOSE), "disclosure-missing"),
    "late charge too high": (
        lambda: inserted(general(), K.PAY, K.LATE_CHARGE, party="1", amount=100), "late-charge",
    ),
    "to court without reminder": (
        lambda: inserted(general(), K.PAY, K.APPLY_TO_COURT, party="1", court="普陀区人民法院"), "court-reminder",
    ),
    "police told too late": (
        lambda: [*general()[:5], Step(K.TRANSFER, moment(date(2020, 9, 20)), "chief", (), {
            "to": "普陀公安分局", "to_kind": "police", "reason": "涉嫌犯罪", "approver": "chief",
            "decided_at": "2020-09-15T10:00:00+08:00"})], "police-late",
    ),
    "decided before filing": (lambda: without(general(), K.APPROVE_FILING), "order"),
    "steps in the wrong order of time": (
        lambda: [replace(s, at=moment(date(2020, 9, 10), 8)) if s.kind is K.REPORT else s for s in general()],
        "dates",
    ),
    "filed without particulars": (lambda: changed(general(), K.PROPOSE_FILING, cause=None), "particulars"),
}  # fmt: skip
