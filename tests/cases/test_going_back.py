"""From a refused report or decision back to the investigation, and what must then be done anew."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chengshu.cases.lawful import NOTICE_CONTENTS
from chengshu.cases.models import Case, Party
from chengshu.cases.procedure.case_file import replay
from chengshu.cases.procedure.clocks import clocks
from chengshu.cases.procedure.review import review
from chengshu.cases.procedure.steps import Step
from chengshu.cases.procedure.steps import StepKind as K
from chengshu.cases.procedure.transitions import State
from chengshu.cases.queries.mine import sections
from chengshu.cases.services import StepRefused
from chengshu.cases.services.documents import issue_document
from tests.cases import planted as p
from tests.cases.conftest import Team
from tests.cases.test_clocks import until
from tests.cases.test_lawyer import EVIDENCE, REVIEWED, a, after, refused, said
from tests.cases.test_services import SHOP, reported

BACK = a(K.SEND_BACK, "leader", reason="补充询问现场证人", approver="leader")
NEW_CAUSE = a(
    K.CHANGE_SUBJECT, "leader", cause=p.STALL, act_on="2020-09-10", reason="补充调查后查明",
    approver="leader", parties=[{"key": "1", "kind": "organisation", "name": "普陀某餐饮有限公司"}],
)  # fmt: skip


def sent_back(steps: list[Step], at: K, *more: Step) -> list[Step]:
    """A file up to a step, sent back, with steps more; then the report and everything after it once more."""
    head = after(until(steps, at), at, BACK, *more)
    again = steps[next(i for i, step in enumerate(steps) if step.kind is K.REPORT) :]
    moved = p.moved(again, K.REPORT, head[-1].day + timedelta(days=1))
    return [*head, *_served_anew(moved)]


def _served_anew(steps: list[Step]) -> list[Step]:
    notice = next(step for step in steps if step.kind is K.NOTICE)
    return p.changed(steps, K.NOTICE, served_on=notice.day.isoformat())


@pytest.mark.parametrize("at", [K.REPORT, K.NOTICE, K.STATEMENT, K.PROPOSE_DECISION])
def test_a_refused_report_or_decision_leads_back_and_the_case_is_decided_all_the_same(at: K) -> None:
    made = sent_back(p.general(), at, EVIDENCE)
    assert refused(made) == set()
    assert replay(made).state is State.ARCHIVED


def test_who_investigates_does_not_send_the_case_back_to_himself() -> None:
    own = a(K.SEND_BACK, "lu", reason="补充", approver="lu")
    assert "own-approval" in refused(after(until(p.general(), K.REPORT), K.REPORT, own))


def test_the_period_for_the_decision_runs_on() -> None:
    steps = until(p.of_2022(), K.REPORT)
    before, behind = (clocks(replay(held)) for held in (steps, after(steps, K.REPORT, BACK)))
    assert [c.due for c in before if c.code == "decision_after_filing"] == [
        c.due for c in behind if c.code == "decision_after_filing"
    ]


@pytest.mark.parametrize(
    ("missing", "rule"),
    [(K.LEGAL_REVIEW, "legal-review"), (K.DISCUSS, "discussion"), (K.NOTICE, "notice-missing")],
)
def test_review_discussion_and_notice_of_before_do_not_serve_again(missing: K, rule: str) -> None:
    whole = sent_back(p.heavy(), K.PROPOSE_DECISION, EVIDENCE)
    assert refused(whole) == set()
    last = max(i for i, step in enumerate(whole) if step.kind is missing)
    assert rule in refused([*whole[:last], *whole[last + 1 :]])


def test_sending_back_does_not_make_a_defence_cost_more() -> None:
    first = after(p.general(parties=[p.party(fine=1000)]), K.STATEMENT, said(), REVIEWED)
    head = after(until(first, K.REVIEW_STATEMENT), K.REVIEW_STATEMENT, BACK)
    at = head[-1].day.isoformat()
    dearer = {"type": "penalty", "fine": 4000}
    notice = a(K.NOTICE, party="1", contents=NOTICE_CONTENTS, served_on=at, proposal=dearer)
    report = a(K.REPORT, "lu", p.A, p.B, facts="占道堆物", proposals=[{"party": "1", **dearer}])
    assert "heavier" in refused(after(head, K.SEND_BACK, report, notice))
    assert "heavier" not in refused(after(head, K.SEND_BACK, EVIDENCE, report, notice))


def test_cause_and_parties_change_only_with_approval_and_on_record() -> None:
    head = after(until(p.general(), K.REPORT), K.REPORT, BACK, NEW_CAUSE)
    file, found = review(head)
    assert (file.cause, [finding for finding in found if finding.refuses]) == (p.STALL, [])
    own = p.changed(head, K.CHANGE_SUBJECT, approver="lu")
    assert "own-approval" in refused(own)
    assert "particulars" in refused(p.changed(head, K.CHANGE_SUBJECT, reason=None))
    assert "order" in refused(after(until(p.general(), K.REPORT), K.REPORT, NEW_CAUSE))
    other = [{"key": "1", "kind": "organisation", "name": "别家有限公司"}]
    assert "party-key" in refused(p.changed(head, K.CHANGE_SUBJECT, parties=other))


def test_the_reviewer_gets_the_case_again_after_it_was_sent_back(team: Team) -> None:
    course = reported(team, fine=60_000)
    review_it = {"reviewer": team.legal.username, "qualified": True, "opinion": "amend"}
    course.take(K.LEGAL_REVIEW, team.legal, **review_it)
    course.take(K.SEND_BACK, team.leader, reason="事实不清", approver=team.leader.username)
    course.case.refresh_from_db()
    assert course.case.state == State.INVESTIGATING
    course.take(K.REPORT, facts="占道堆物属实", proposals=[{"party": "1", "fine": 60_000}])
    waiting = {section.code: section.rows for section in sections(team.legal, course.at.date())}
    assert [case.pk for case in waiting["review"]] == [course.case.pk]


def test_a_party_taken_by_mistake_leaves_the_case_and_its_papers_stay(team: Team) -> None:
    course = reported(team)
    course.take(K.NOTICE, party="1", proposal={"fine": 2000}, contents=NOTICE_CONTENTS)
    paper = issue_document(course.case, "penalty_notice", by=team.first)
    course.take(K.SEND_BACK, team.leader, reason="当事人认定有误")
    owner = {"kind": "person", "name": "李大明"}
    change = {"cause": "appearance.street-storage", "act_on": "2022-03-10", "reason": "实际经营者另有其人"}
    course.take(K.CHANGE_SUBJECT, team.leader, parties=[owner], **change)
    case = Case.objects.get(pk=course.case.pk)
    assert [(party.key, party.name) for party in case.parties.all()] == [("2", "李大明")]
    assert case.party_names == "李大明"
    paper.refresh_from_db()
    assert (paper.party.name, paper.party.former) == (SHOP["name"], True)  # type: ignore[union-attr]
    course.take(K.CHANGE_SUBJECT, team.leader, **change)  # none named: they stay
    course.take(K.CHANGE_SUBJECT, team.leader, parties=[SHOP], **change)
    assert list(Party.objects.filter(case=case).values_list("key", flat=True)) == ["1"]
    with pytest.raises(StepRefused):
        course.take(K.CHANGE_SUBJECT, team.leader, **{**change, "cause": "no.such-cause"})
