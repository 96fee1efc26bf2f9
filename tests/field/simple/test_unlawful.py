"""A decision that was served against a rule is taken in as it was served, marked, and never silently."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import translation

from chengshu.bureau.models import Notice, RoleAssignment, User
from chengshu.cases.models import Case, NumberBlock
from chengshu.cases.permissions import WORK
from chengshu.cases.reviewing import of_district, review_cases
from chengshu.cases.services import SimpleCase, StepRefused, decide_on_the_spot
from chengshu.cases.services.blocks import close_block, limits
from chengshu.field import kinds
from chengshu.field.kinds import Done
from chengshu.field.models import FieldRecord
from chengshu.kernel.ledger import verify_chain
from tests import factories
from tests.cases.conftest import Team
from tests.field.simple.sending import AT, RECEIVED, WORD, arrive, block_of, served, signature

pytestmark = pytest.mark.django_db
FLAGGED, REFUSED = FieldRecord.Outcome.FLAGGED, FieldRecord.Outcome.REFUSED
Changes = Callable[[Team], dict[str, Any]]
STALL = "appearance.street-stall"
SIGNED_BY_NONE: dict[str, Any] = {"officer1": None, "officer2": None, "party": None}

# what is wrong → the changes, the rule that must object, words of its sentence
WRONG: dict[str, tuple[Changes, str, str]] = {
    "a fine above the limit": (lambda team: {"fine": 300}, "simple-limit", "200"),
    "a fine below the range": (lambda team: {"cause": STALL, "fine": 1}, "fine-range", "低于"),
    "one officer alone": (lambda team: {"officers": [team.first.pk]}, "two-officers", "2人"),
    "the same officer twice": (lambda team: {"officers": [team.first.pk] * 2}, "two-officers", "2人"),
    "an officer without certificate": (
        lambda team: {"officers": [team.first.pk, factories.make_user("officer", team.squad).pk]},
        "certificate", "执法证",
    ),
    "the sender was not there": (
        lambda team: {"officers": [team.second.pk, team.leader.pk]}, "served-scene", "上传人",
    ),
    "nothing was told": (lambda team: {"told": False}, "simple-heard", "告知"),
    "the party was not heard": (lambda team: {"heard": False}, "simple-heard", "陈述"),
    "certificates not shown": (lambda team: {"id_shown": False}, "show-id", "执法证"),
    "no photo": (lambda team: {"photos": []}, "served-scene", "照片"),
    "no signature of the officers": (
        lambda team: {"signatures": {"party": signature(30).sha256}}, "served-signatures", "两名执法人员",
    ),
    "the party did not sign": (
        lambda team: {"signatures": {"officer1": signature(10).sha256, "officer2": signature(20).sha256}},
        "served-signatures", "当事人未签字",
    ),
    "left without a witness": (
        lambda team: {"refused_to_sign": True, "signatures": SIGNED_BY_NONE}, "service-mode", "见证人",
    ),
    "a file that was no photo": (
        lambda team: {"sent_files_refused": {"0" * 64: "不是照片"}}, "served-scene", "图片",
    ),
    "a place in another squad's town": (
        lambda team: {"sent_position": factories.IN_TAOPU}, "served-place", "管辖区域",
    ),
    "a clock that was ahead": (
        lambda team: {"sent_at": RECEIVED + timedelta(hours=1)}, "served-clock", "时钟",
    ),
    "cash above what may be taken": (lambda team: {"fine": 200, "cash": True}, "cash-limit", "100"),
    "an act of tomorrow": (lambda team: {"act_on": "2022-03-11"}, "act-after-step", "晚于"),
    "a tier that the fine is not in": (lambda team: {"tier": "light"}, "tier", "档次"),
    "an impossible number of the paper": (
        lambda team: {"party": {"kind": "person", "name": "张小三", "id_number": "310107199003074511"}},
        "served-scene", "证件号码",
    ),
    "no number": (lambda team: {"number": ""}, "number-block", "没有文号"),
    "a number of nobody": (lambda team: {"number": WORD.format(900)}, "number-block", "不属于"),
}  # fmt: skip


def flagged(done: Done, rule: str, words: str = "") -> Case:
    """The case that was taken in, with this objection in a step, in the messages and in the file review."""
    assert done.outcome == FLAGGED and done.result["to_correct"]
    case = Case.objects.get(pk=done.result["case"])
    objections = {code for step in case.steps.all() for code in step.data.get("objections") or ()}
    assert rule in objections
    assert any(words in message for message in done.messages), done.messages
    assert case.to_correct and case.findings and case.state == "served"
    report = review_cases(list(of_district(case.district).values_list("pk", flat=True)))
    assert (case.pk, rule) in {(one.case, one.rule) for one in report.findings}
    assert verify_chain(case.chain).findings == []
    return case


@pytest.mark.parametrize("wrong", WRONG)
def test_what_was_served_against_a_rule_is_taken_in_and_marked(team: Team, wrong: str) -> None:
    changes, rule, words = WRONG[wrong]
    block_of(team)
    sent = served(team, **changes(team))
    case = flagged(arrive(sent), rule, words)
    assert case.decision_number == (sent.data["number"] or WORD.format(4))
    assert case.fine == sent.data["fine"] and case.parties.get().served_on is not None
    told = Notice.objects.filter(kind="case.to_correct", url=f"/cases/{case.pk}/")
    leaders = {"squad_leader", "legal_reviewer"}
    assert {role for one in told for role in leaders if one.recipient.username.startswith(role)} >= {
        "legal_reviewer"
    }


def test_a_decision_is_taken_in_although_the_right_was_withdrawn_while_the_phone_had_no_network(
    team: Team,
) -> None:
    block_of(team)
    sent = served(team)
    RoleAssignment.objects.filter(user=team.first).update(revoked_at=RECEIVED)
    withdrawn = replace(sent, user=User.objects.with_roles().get(pk=team.first.pk))
    assert not withdrawn.user.may(WORK) and kinds.kind("case.simple").whatever_rights  # type: ignore[union-attr]
    assert flagged(arrive(withdrawn), "served-scene", "已无办案权限").parties.get().served_on is not None


def test_the_leader_of_the_squad_hears_of_it_once(team: Team) -> None:
    block_of(team)
    sent = served(team, fine=300)
    arrive(sent)
    arrive(sent)
    assert Notice.objects.filter(kind="case.to_correct", recipient=team.leader).count() == 1
    assert Notice.objects.filter(kind="case.to_correct", recipient=team.legal).count() == 1


def test_the_sentences_are_in_the_language_of_the_officer(team: Team) -> None:
    block_of(team)
    with translation.override("en"):
        done = arrive(served(team, fine=300))
    assert any("at most 200 yuan" in message for message in done.messages)


def test_by_the_law_of_the_day_a_fine_may_have_been_above_the_limit(team: Team) -> None:
    day = datetime.fromisoformat("2021-07-14T09:30:00+08:00")
    block = block_of(team, at=day - timedelta(hours=1))
    number = next(iter(block.unused))
    changes = {"number": number, "act_on": "2021-07-14", "sent_at": day}
    assert flagged(arrive(served(team, **changes)), "simple-limit", "50").decision_number == number


# --- numbers ------------------------------------------------------------------------------------------
def test_two_phones_with_one_number_make_two_cases_and_the_later_is_marked(team: Team) -> None:
    block = block_of(team)
    first = arrive(served(team))
    second = flagged(arrive(served(team, another_act="另一时间")), "number-block", "已被另一份")
    assert first.outcome == FieldRecord.Outcome.APPLIED
    assert second.decision_number == first.result["number"] == WORD.format(1)
    assert second.number == f"{WORD.format(1)}（重号2）"
    third = flagged(arrive(served(team, another_act="又一时间")), "number-block")
    assert third.number == f"{WORD.format(1)}（重号3）"
    block.refresh_from_db()
    assert block.used == [1]


def test_a_number_of_a_colleagues_block_is_kept_and_the_colleague_cannot_give_it_again(team: Team) -> None:
    block = block_of(team, to=team.second)
    case = flagged(arrive(served(team)), "number-block", "其他执法人员")
    assert case.number == case.decision_number == WORD.format(1)
    block.refresh_from_db()
    assert block.used == [1] and WORD.format(1) not in block.unused


def test_a_number_given_after_the_lease_ran_out_is_kept(team: Team) -> None:
    block_of(team, at=AT - timedelta(days=limits()["days"], hours=1))
    assert flagged(arrive(served(team)), "number-block", "期限").number == WORD.format(1)


def test_a_number_that_was_voided_meanwhile_is_borne_on_record(team: Team) -> None:
    block = block_of(team)
    close_block(block, by=team.leader)
    assert flagged(arrive(served(team)), "number-block", "已关闭").number == WORD.format(1)
    block = NumberBlock.objects.get(pk=block.pk)
    assert (block.used, block.voided) == ([1], [2, 3])
    assert verify_chain(block.chain).findings == []


def test_the_series_leaves_out_a_number_that_was_served_before_its_turn(team: Team) -> None:
    flagged(arrive(served(team, number=WORD.format(2))), "number-block", "不属于")
    numbers = [ordinary(team, act=n).decision_number for n in range(2)]
    assert numbers == [WORD.format(1), WORD.format(3)]
    flagged(arrive(served(team, number=WORD.format(5))), "number-block", "不属于")
    assert list(block_of(team).unused) == [WORD.format(4), WORD.format(6)]


# --- the ordinary way stays strict --------------------------------------------------------------------
def ordinary(team: Team, act: int = 0, **changes: Any) -> Case:
    """The same decision on the page of the desk."""
    data = served(team).data
    entered = SimpleCase(**{
        "cause": data["cause"], "party": {"kind": "person", "name": f"李小{act}"}, "act_on": AT.date(),
        "facts": "乱扔", "fine": 100, "told": True, "heard": True, "id_shown": True, "address": "长寿路2号",
        "position": factories.IN_CHANGSHOU,
        "evidence": [{"type": "record", "sha256": "a" * 64, "title": "照片"}], **changes,
    })  # fmt: skip
    return decide_on_the_spot(
        team.district, entered, by=team.first, officers=team.officers, at=AT, client_id=uuid.uuid4()
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"fine": 300}, {"cause": STALL, "fine": 1}, {"told": False}, {"heard": False}, {"id_shown": False},
        {"number": WORD.format(900)}, {"refused_to_sign": True}, {"fine": 200, "cash": True},
        {"evidence": []},
    ],
)  # fmt: skip
def test_at_the_desk_the_same_is_refused(team: Team, changes: dict[str, Any]) -> None:
    with pytest.raises(StepRefused):
        ordinary(team, **changes)
    assert not Case.objects.exists()


# --- what is no case ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"cause": "no.such-cause"}, "没有案由"),
        ({"party": {"kind": "person", "name": " "}}, "当事人"),
        ({"party": None}, "当事人"),
        ({"act_on": "昨天"}, "日期"),
        ({"fine": "一百"}, "整数"),
        ({"fine": -5}, "整数"),
    ],
)
def test_what_cannot_be_a_case_goes_to_the_squad_leader(
    team: Team, changes: dict[str, Any], words: str
) -> None:
    block_of(team)
    done = arrive(served(team, **changes))
    assert done.outcome == REFUSED and words in done.messages[0] and "补录" in done.messages[1]
    assert not Case.objects.exists()
    notice = Notice.objects.get(kind="case.by_hand", recipient=team.leader)
    assert WORD.format(1) in notice.title and "张小三" not in notice.title + notice.text
