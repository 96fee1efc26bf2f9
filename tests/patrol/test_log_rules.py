"""Composing and judging duty logs, without a database."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chengshu.bureau.deeds import Deed
from chengshu.patrol.log.composing import Carried, Content, Duty, Walk, compose, digest_of, with_line
from chengshu.patrol.log.judging import Fault, faults_of, judged_at_confirming, judged_at_signing
from chengshu.patrol.log.rules import LogRules, rules

BEGIN = datetime(2026, 11, 2, 0, 0, tzinfo=UTC)
END = BEGIN + timedelta(hours=8)
DUTY = Duty(1, "patrol", "巡查", BEGIN, END, "长寿路街道中队", 7, "张三")
LINE = "今日无异常情况，设施完好。"

moments = st.integers(0, 8 * 3600 - 1).map(lambda s: BEGIN + timedelta(seconds=s))
deeds = st.builds(
    Deed,
    at=moments,
    kind=st.sampled_from(["check_in", "lead", "case", "inspection", "round"]),
    text=st.text(alphabet="巡查线索立案", max_size=4),
    position=st.none() | st.tuples(st.floats(121, 122), st.floats(31, 32)),
    data=st.fixed_dictionaries({"point": st.integers(1, 4), "beat": st.integers(1, 2)}),
)
carried = st.builds(
    Carried, code=st.sampled_from("ABC"), name=st.just("对讲机"), kind_label=st.just("电台"), taken_at=moments
)


@given(
    st.lists(deeds, max_size=12).flatmap(lambda d: st.tuples(st.just(d), st.permutations(d))),
    st.lists(carried, max_size=3),
)
def test_a_log_does_not_depend_on_who_was_asked_first(
    both: tuple[list[Deed], list[Deed]], things: list[Carried]
) -> None:
    one, other = both
    assert digest_of(compose(DUTY, one, things)) == digest_of(compose(DUTY, other, things[::-1]))


@given(st.lists(deeds, max_size=12))
def test_the_parts_add_up_to_the_whole(found: list[Deed]) -> None:
    made = compose(DUTY, found)
    assert sum(made["counts"].values()) == len(made["deeds"]) == len(found)
    assert made["check_ins"]["made"] == made["counts"].get("check_in", 0)
    assert made["check_ins"]["points"] <= made["check_ins"]["made"]


@given(st.lists(deeds, max_size=6), st.text(max_size=20))
def test_what_json_carries_has_the_same_digest(found: list[Deed], line: str) -> None:
    made = with_line(compose(DUTY, found, walk=Walk(812.4, 2, 300)), line.replace("\x00", ""))
    try:
        text = json.dumps(made)
        text.encode()
    except UnicodeEncodeError:
        return
    assert digest_of(json.loads(text)) == digest_of(made)


def content(check_ins: int = 3, line: str = "", walk: Walk | None = None, **fields: Any) -> Content:
    """A log with so many check-ins; ``lit``: how many of them are doubtful."""
    lit, weight, points = fields.pop("lit", 0), fields.pop("weight", 95), fields.pop("points", 100)
    others = [Deed(BEGIN, kind, "轨迹") for kind in fields.pop("kinds", ())]
    done = [
        Deed(
            BEGIN + timedelta(minutes=i), "check_in", "签到",
            data={"weight": weight, "lights": ["batch"] if i < lit else [], "point": i % points, "beat": 1},
        )
        for i in range(check_ins)
    ]  # fmt: skip
    duty = Duty(**{**vars(DUTY), **fields})
    return with_line(compose(duty, [*done, *others], walk=walk), line)


@pytest.mark.parametrize(
    ("made", "faults"),
    [
        (content(), []),
        (content(2, LINE), []),
        (content(2), [Fault.INCOMPLETE]),
        (content(0, LINE), [Fault.FEW_CHECK_INS]),
        (content(0), [Fault.INCOMPLETE, Fault.FEW_CHECK_INS]),
        (content(3, weight=10), [Fault.FEW_CHECK_INS]),
        (content(3, points=1), [Fault.FEW_CHECK_INS]),
        (content(2, walk=Walk(900, 1, 200), kinds=["track"]), [Fault.INCOMPLETE]),
        (content(4, lit=2), []),
        (content(4, lit=3), [Fault.DOUBTFUL]),
        (content(0, LINE, Walk(900, 1, 200)), []),
        (content(0, LINE, Walk(100, 1, 200)), [Fault.FEW_CHECK_INS]),
        (content(0, LINE, kind="standby"), []),
    ],
)
def test_a_log_is_judged_by_its_content(made: Content, faults: list[Fault]) -> None:
    assert faults_of(made, rules()) == [fault.value for fault in faults]


def changed(**part: Any) -> LogRules:
    """The rules with one part changed, as a bureau would."""
    stated = rules().model_dump()
    for name, values in part.items():
        stated[name].update(values)
    return LogRules.model_validate(stated)


def test_a_bureau_sets_other_rules() -> None:
    strict = changed(complete={"times_needed": True}, matched={"check_ins_least": 5})
    assert faults_of(content(4), strict) == [Fault.NO_TIMES, Fault.FEW_CHECK_INS]
    told = content(5, started_at=BEGIN, ended_at=END)
    assert faults_of(told, strict) == []


def test_late_is_late_by_a_second() -> None:
    by = rules().sign_by(END)
    assert judged_at_signing(content(), rules(), signed_at=by, sign_by=by) == []
    late = judged_at_signing(content(), rules(), signed_at=by + timedelta(seconds=1), sign_by=by)
    assert late == [Fault.SIGNED_LATE]
    assert judged_at_confirming([], confirmed_at=by, confirm_by=by) == []
    assert judged_at_confirming(late, confirmed_at=by + timedelta(seconds=1), confirm_by=by) == [
        Fault.SIGNED_LATE, Fault.CONFIRMED_LATE,
    ]  # fmt: skip


def test_confirming_has_working_days() -> None:
    friday = datetime(2026, 11, 6, 9, 0, tzinfo=UTC)
    assert rules().confirm_by(friday) == datetime(
        2026, 11, 11, 16, 0, tzinfo=UTC
    )  # Thursday 00:00 in Shanghai
    unknown = datetime(2090, 1, 6, 9, 0, tzinfo=UTC)
    assert rules().confirm_by(unknown) > unknown


def test_the_rules_say_that_nobody_has_compared_them() -> None:
    assert not rules().verified and rules().target_percent == 98
