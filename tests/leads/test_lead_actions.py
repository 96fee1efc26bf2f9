"""Every action by HTTP: what the page offers is what can be done, and nothing else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from chengshu.bureau.models import User
from chengshu.leads import services
from chengshu.leads.lifecycle import Action, Outcome, Stage
from chengshu.leads.models import Lead, LeadStep
from chengshu.leads.services import dispatching
from tests import factories
from tests.leads.conftest import Loop
from tests.leads.pages import act, browser, offered, page, photo, refusal

pytestmark = pytest.mark.django_db


def test_a_lead_goes_through_the_loop_by_its_page_alone(loop: Loop) -> None:
    lead = loop.lead()
    desk, field = browser(loop.dispatcher), browser(loop.officer)
    assert act(desk, lead, "register", route="on").status_code == 302
    assert (lead.stage, lead.squad) == (Stage.DISPATCHED, loop.squad)
    act(field, lead, "accept")
    act(field, lead, "arrive")
    assert lead.officer == loop.officer and lead.arrived_at is not None
    answer = act(
        field, lead, "handle", outcome="advised", note="当场劝离", photos=[photo(), photo("2.jpg", 9)]
    )
    assert answer.status_code == 302 and lead.stage == Stage.HANDLED
    assert lead.attachments.filter(moment="closing").count() == 2
    act(desk, lead, "verify", note="现场已清")
    act(desk, lead, "close")
    act(desk, lead, "evaluate", rating="5")
    assert (lead.stage, lead.outcome, lead.rating) == (Stage.CLOSED, Outcome.ADVISED, 5)
    text = page(desk, lead).content.decode()
    assert "当场劝离" in text and "现场已清" in text and loop.officer.full_name in text


def test_only_the_actions_that_are_possible_for_this_person_are_offered(loop: Loop) -> None:
    lead = loop.lead()
    desk, field, leader = (browser(one) for one in (loop.dispatcher, loop.officer, loop.leader))
    assert offered(desk, lead)[0] == "register" and "dismiss" in offered(desk, lead)
    assert offered(field, lead) == ["remark"]
    dispatching.register_and_route(lead, by=None)
    assert offered(field, lead)[0] == "accept" and "transfer" not in offered(field, lead)
    assert {"assign", "transfer"} <= set(offered(leader, lead))
    services.accept(lead, by=loop.officer)
    assert offered(field, lead)[:3] == ["arrive", "handle", "order"]
    services.pass_on(lead, "市场监管局", by=loop.leader, note="属其职责")
    assert "verify" not in offered(leader, lead)
    assert {"answer", "verify", "reject"} <= set(offered(desk, lead))


def test_a_lead_on_hold_offers_to_be_taken_up_again_and_little_else(loop: Loop) -> None:
    lead = loop.lead(route=True)
    desk = browser(loop.dispatcher)
    act(desk, lead, "hold", note="待权属单位确认")
    assert offered(desk, lead) == ["resume", "urge", "merge", "remark"]
    assert offered(browser(loop.officer), lead) == ["remark"]
    act(desk, lead, "resume")
    assert lead.held_at is None


@pytest.mark.parametrize("action", [action for action in Action if action not in ("remark", "urge", "merge")])
def test_what_the_stage_does_not_allow_is_refused_or_unknown(loop: Loop, action: Action) -> None:
    lead = loop.lead(route=True)
    for step in ("accept", "arrive"):
        getattr(services, step)(lead, by=None)
    services.pass_on(lead, "市场监管局", by=None, note="属其职责")
    services.verify(lead, by=None)
    services.close(lead, by=None)
    version = lead.version
    everybody = (loop.dispatcher, loop.officer, loop.leader, loop.supervisor)
    later = (timezone.now() + timedelta(days=90)).strftime("%Y-%m-%dT%H:%M")
    values = {
        "note": "原因", "outcome": "unfounded", "squad": loop.squad.pk, "officer": loop.officer.pk,
        "recheck_on": timezone.localdate() + timedelta(days=1), "complied": "yes", "body": "x",
        "until": later, "parts": "一\n二", "rating": "3", "route": "on",
    }  # fmt: skip
    if action in ("answer", "evaluate", "reopen"):
        return
    for person in everybody:
        answer = act(browser(person), lead, action, **values)
        assert answer.status_code in (403, 404, 422), (action, person)
    assert lead.version == version


def test_two_people_at_once_and_the_second_is_told_in_one_sentence(loop: Loop) -> None:
    lead = loop.lead(route=True)
    seen = lead.version
    assert act(browser(loop.officer), lead, "accept", version=seen).status_code == 302
    values = {"version": seen, "squad": loop.other_squad.pk, "note": "管辖"}
    answer = act(browser(loop.leader), lead, "transfer", **values)
    assert answer.status_code == 422 and "刚被他人更新" in refusal(answer)
    assert "管辖" in answer.content.decode() and lead.squad == loop.squad


def test_a_double_click_does_nothing_twice_and_says_nothing(loop: Loop) -> None:
    lead = loop.lead(route=True)
    seen, field = lead.version, browser(loop.officer)
    for _time in (1, 2):
        assert act(field, lead, "accept", version=seen).status_code == 302
    assert LeadStep.objects.filter(lead=lead, action="accept").count() == 1


def test_photos_stay_where_the_handling_itself_is_refused(loop: Loop) -> None:
    lead = loop.lead(route=True)
    services.accept(lead, by=loop.officer)
    answer = act(browser(loop.officer), lead, "handle", outcome="advised", note="", photos=photo())
    assert answer.status_code == 422 and lead.attachments.count() == 0
    answer = act(browser(loop.officer), lead, "handle", outcome="advised", note="已清除")
    assert "需1张照片" in refusal(answer)


def test_dispatch_to_an_officer_names_the_squad_too(loop: Loop) -> None:
    lead = loop.lead()
    desk = browser(loop.dispatcher)
    act(desk, lead, "register")
    assert lead.stage == Stage.REGISTERED
    answer = act(desk, lead, "dispatch", note="")
    assert "请选择中队或队员" in refusal(answer)
    act(desk, lead, "dispatch", officer=loop.officer.pk)
    assert (lead.squad, lead.officer) == (loop.squad, loop.officer)
    act(browser(loop.leader), lead, "transfer", squad=loop.other_squad.pk, note="在桃浦镇")
    assert lead.squad == loop.other_squad and lead.officer is None


def test_a_leader_who_hands_a_lead_on_no_longer_sees_it_and_lands_on_the_list(loop: Loop) -> None:
    lead = loop.lead(route=True)
    leader = browser(loop.leader)
    answer = act(leader, lead, "transfer", squad=loop.other_squad.pk, note="管辖")
    assert answer["Location"] == reverse("leads:list")
    assert page(leader, lead).status_code == 404


def test_order_recheck_extension_and_reopening(loop: Loop) -> None:
    lead = loop.lead(route=True)
    field, desk, leader = (browser(one) for one in (loop.officer, loop.dispatcher, loop.leader))
    act(field, lead, "accept")
    day = timezone.localdate() + timedelta(days=3)
    act(field, lead, "order", recheck_on=day, note="限期清除")
    assert lead.recheck_on == day and "recheck" in offered(field, lead)
    until = timezone.localtime() + timedelta(days=30)
    act(field, lead, "ask_extension", until=until.strftime("%Y-%m-%dT%H:%M"), note="当事人出差")
    assert "grant_extension" not in offered(leader, lead)
    act(desk, lead, "refuse_extension", note="理由不足")
    act(field, lead, "recheck", complied="no", note="仍占道")
    assert lead.refused and lead.stage == Stage.ACCEPTED
    act(field, lead, "return", note="转立案由法制确认")
    assert lead.stage == Stage.REGISTERED and lead.returned == 1


def test_joining_and_splitting_on_the_page(loop: Loop) -> None:
    lead, double = loop.lead(route=True), loop.lead(route=True)
    desk = browser(loop.dispatcher)
    assert "没有该编号" in refusal(act(desk, double, "merge", into="2011X999"))
    act(desk, double, "merge", into=lead.number)
    assert double.merged_into == lead
    assert double.number in page(desk, lead).content.decode()
    act(desk, lead, "split", parts="东侧摊位\n西侧摊位", note="两处")
    parts = list(Lead.objects.filter(parent=lead).order_by("pk"))
    assert [part.description for part in parts] == ["东侧摊位", "西侧摊位"]
    assert "close" not in offered(desk, lead) and "split" not in offered(desk, lead)


def test_nobody_outside_the_area_acts_or_looks(loop: Loop) -> None:
    lead = loop.lead(route=True)
    other = factories.make_user("officer", loop.other_squad)
    assert page(browser(other), lead).status_code == 404
    assert act(browser(other), lead, "accept").status_code == 404
    assert act(browser(loop.officer), lead, "close").status_code == 403
    assert act(browser(loop.officer), lead, "no-such-thing").status_code == 404
    assert act(browser(loop.dispatcher), lead, "parts_done").status_code == 404


def test_the_reason_is_asked_for_before_anything_is_done(loop: Loop) -> None:
    lead = loop.lead(route=True)
    answer: Any = act(browser(loop.officer), lead, "return", note=" ")
    assert answer.status_code == 422 and lead.stage == Stage.DISPATCHED


def test_a_person_without_any_right_to_it_may_still_remark(loop: Loop) -> None:
    lead = loop.lead(route=True)
    leader: User = factories.make_user("bureau_leader")
    act(browser(leader), lead, "remark", note="请重点关注")
    assert LeadStep.objects.filter(lead=lead, action="remark", by=leader).exists()
