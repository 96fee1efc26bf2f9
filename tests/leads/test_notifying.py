"""Who hears of a lead: the one who must do something next, once, in his own language, and nobody else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import transaction
from django.utils import timezone

from chengshu.bureau.models import Notice, RoleAssignment, Unit, User
from chengshu.bureau.notices import kinds, setup
from chengshu.kernel import outbox
from chengshu.kernel.models import Event, OutgoingMessage
from chengshu.leads import services
from chengshu.leads.models import Lead, LeadAlarm, LeadStep
from chengshu.leads.services import LeadProblem, Reporter
from chengshu.leads.services.alarms import sweep, tell
from chengshu.leads.services.dispatching import raise_rule_alarm
from chengshu.leads.services.informing import inform
from tests import factories
from tests.leads.conftest import Loop

pytestmark = pytest.mark.django_db


def told(kind: str = "") -> list[User]:
    """Who has had notices (of a kind), in the order in which they were written."""
    rows = Notice.objects.filter(**({"kind": kind} if kind else {})).select_related("recipient")
    return [row.recipient for row in rows.order_by("id")]


def sent(loop: Loop, **stated: Any) -> Lead:
    """A lead that the rules have sent to the squad of its town."""
    return loop.lead(source="import", route=True, **stated)


# --- dispatch ---------------------------------------------------------------------------------------
def test_a_lead_sent_to_a_squad_calls_its_leader(loop: Loop) -> None:
    factories.make_user("squad_leader", loop.other_squad)
    lead = sent(loop)
    notice = Notice.objects.get()
    assert (notice.recipient, notice.unit, notice.kind) == (loop.leader, loop.squad, "lead.sent")
    assert notice.title == f"线索{lead.number}已派遣给您"
    assert notice.url == f"/leads/{lead.pk}/"
    assert lead.address not in notice.title + notice.text and lead.description not in notice.text


def test_a_named_officer_is_told_and_not_the_leader_too(loop: Loop) -> None:
    lead = sent(loop)
    Notice.objects.all().delete()
    services.assign(lead, loop.officer, by=loop.leader)
    assert told() == [loop.officer]
    services.transfer(lead, loop.other_squad, by=loop.leader, note="属桃浦")
    assert told() == [loop.officer], "that squad has no leader"


def test_nobody_is_told_of_what_he_did_himself(loop: Loop) -> None:
    lead = sent(loop)
    Notice.objects.all().delete()
    services.assign(lead, loop.leader, by=loop.leader)
    services.urge(lead, by=loop.leader)
    assert told() == []


def test_the_leader_of_the_mobile_squad_is_a_leader_too(loop: Loop) -> None:
    mobile = factories.unit(loop.district, Unit.Kind.MOBILE_SQUAD)
    leader = factories.make_user("squad_leader", mobile)
    lead = sent(loop)
    services.give_back(lead, by=loop.leader, note="需机动中队")
    Notice.objects.all().delete()
    services.dispatch(lead, mobile, by=loop.dispatcher)
    assert told() == [leader]


def test_each_reads_it_in_his_own_language(loop: Loop) -> None:
    english = factories.make_user("squad_leader", loop.squad, language="en")
    lead = sent(loop)
    assert Notice.objects.get(recipient=english).title == f"Lead {lead.number} has been sent to you"
    assert "占道" not in Notice.objects.get(recipient=english).text


def test_steps_recorded_long_afterwards_tell_nobody(loop: Loop) -> None:
    lead = loop.lead(route=False)
    long_ago = timezone.now() - timedelta(days=3)
    services.dispatching.register(lead, by=None, at=long_ago)
    services.dispatch(lead, loop.squad, by=loop.dispatcher, at=long_ago)
    assert told() == []


def test_a_step_that_tells_nobody_costs_nothing_more(loop: Loop, django_assert_num_queries: Any) -> None:
    lead = sent(loop)
    with transaction.atomic(), django_assert_num_queries(4):  # savepoint, lock, write, release
        services.accept(lead, by=loop.officer)


def test_a_refused_step_tells_nobody(loop: Loop) -> None:
    lead = sent(loop)
    Notice.objects.all().delete()
    with pytest.raises(LeadProblem):
        services.dispatch(lead, loop.squad, by=loop.dispatcher)
    assert told() == []


# --- on the way -------------------------------------------------------------------------------------
def test_a_returned_lead_calls_the_dispatchers(loop: Loop) -> None:
    other = factories.make_other_district()
    factories.make_user("dispatcher", Unit.objects.get(district=other, code="B"))
    lead = sent(loop)
    services.give_back(lead, by=loop.officer, note="不属本辖区")
    assert told("lead.returned") == [loop.dispatcher]


def test_urging_calls_officer_and_leader_or_the_dispatchers_while_no_squad_has_it(loop: Loop) -> None:
    lead = sent(loop)
    services.accept(lead, by=loop.officer)
    services.urge(lead, by=loop.supervisor)
    assert set(told("lead.urged")) == {loop.officer, loop.leader}
    Notice.objects.all().delete()
    services.urge(loop.lead(route=False), by=loop.supervisor)
    assert told("lead.urged") == [loop.dispatcher]


def test_more_time_is_asked_of_those_who_may_grant_it_and_answered_to_who_asked(loop: Loop) -> None:
    chief = factories.make_user("bureau_leader")
    for decide in (services.grant_extension, services.refuse_extension):
        lead = sent(loop)
        services.accept(lead, by=loop.officer)
        Notice.objects.all().delete()
        assert lead.handle_by is not None
        services.ask_extension(lead, lead.handle_by + timedelta(days=2), by=loop.officer, note="待天晴")
        assert set(told()) == {loop.dispatcher, chief}
        Notice.objects.all().delete()
        decide(lead, by=chief, note="同意与否")
        assert told() == [loop.officer]


def test_a_handling_not_accepted_goes_back_to_who_handled_it(loop: Loop) -> None:
    lead = sent(loop)
    services.accept(lead, by=loop.officer)
    services.handle(lead, "advised", by=loop.officer, note="已清除")
    services.reject(lead, by=loop.supervisor, note="现场未清")
    assert told("lead.rejected") == [loop.officer]


def test_who_left_or_lost_the_role_hears_nothing(loop: Loop) -> None:
    User.objects.filter(pk=loop.leader.pk).update(is_active=False)
    former = factories.make_user("squad_leader", loop.squad)
    RoleAssignment.objects.filter(user=former).update(revoked_at=timezone.now())
    sent(loop)
    assert told() == []


def test_every_notice_of_the_loop_has_a_kind_that_units_can_choose(loop: Loop) -> None:
    sent(loop)
    assert set(Notice.objects.values_list("kind", flat=True)) <= set(kinds())


# --- alarms -----------------------------------------------------------------------------------------
def later(loop: Loop, lead: Lead, hours: float) -> None:
    """The periodic job, some hours after the time of handling."""
    assert lead.handle_by is not None
    tell(sweep(lead.handle_by + timedelta(hours=hours)).made)


def test_what_stands_too_long_calls_the_squad_and_then_the_district(loop: Loop) -> None:
    chief = factories.make_user("bureau_leader")
    lead = sent(loop)
    services.accept(lead, by=loop.officer)
    services.arrive(lead, by=loop.officer)
    later(loop, lead, 1)
    assert set(told("lead.overdue")) == {loop.leader, loop.officer}
    assert set(Notice.objects.filter(kind="lead.overdue").values_list("level", flat=True)) == {"warn"}
    later(loop, lead, 2)
    assert len(told("lead.overdue")) == 2, "the same alarm is told once"
    later(loop, lead, 5)
    district = Notice.objects.filter(kind="lead.overdue", level="alarm")
    assert {notice.recipient for notice in district} == {loop.dispatcher, chief}
    assert district[0].title == f"处置超时：线索{lead.number}"


def test_an_alarm_that_ended_and_comes_again_is_told_again(loop: Loop) -> None:
    lead = sent(loop)
    services.accept(lead, by=loop.officer)
    services.arrive(lead, by=loop.officer)
    later(loop, lead, 1)
    assert lead.handle_by is not None
    services.ask_extension(lead, lead.handle_by + timedelta(days=5), by=loop.officer, note="待料")
    services.grant_extension(lead, by=loop.dispatcher)
    later(loop, lead, -1)
    later(loop, lead, 1)
    assert told("lead.overdue").count(loop.officer) == 2


def test_an_alarm_of_a_squad_without_a_leader_calls_the_dispatchers(loop: Loop) -> None:
    lead = sent(loop, position=factories.IN_TAOPU, address="桃浦路1号")
    assert lead.squad == loop.other_squad
    services.accept(lead, by=None)
    services.arrive(lead, by=None)
    later(loop, lead, 1)
    assert told("lead.overdue") == [loop.dispatcher]


def test_a_rule_that_fails_is_told_to_the_dispatchers_at_once_and_once(loop: Loop) -> None:
    lead = loop.lead(route=False)
    for _again in range(2):
        raise_rule_alarm(lead, 7, "no such town")
    assert told("lead.rule_failed") == [loop.dispatcher]
    assert Notice.objects.get(kind="lead.rule_failed").level == "alarm"


def test_many_alarms_cost_no_more_questions_about_people(
    loop: Loop, django_assert_max_num_queries: Any
) -> None:
    leads = [loop.lead(route=False) for _n in range(12)]
    now = timezone.now()
    raised = LeadAlarm.objects.bulk_create(
        LeadAlarm(lead=lead, district=loop.district, kind="not_dispatched", level="district", raised_at=now)
        for lead in leads
    )
    with django_assert_max_num_queries(8 + 6 * len(leads)):
        tell(raised)
    assert told("lead.stuck") == [loop.dispatcher] * 12
    assert Event.objects.filter(topic="notice").count() == 12


# --- reporters --------------------------------------------------------------------------------------
def close(loop: Loop, lead: Lead) -> None:
    services.accept(lead, by=loop.officer)
    services.handle(lead, "advised", by=loop.officer, note="劝导当事人李某后清除")
    services.verify(lead, by=loop.dispatcher)
    services.close(lead, by=loop.dispatcher)


def with_doubles(loop: Loop) -> Lead:
    main = sent(loop, reporter=Reporter("王小五", "13800000001", "wang@example.cn"))
    for reporter in (
        Reporter("赵小六", "13800000002", "zhao@example.cn"),
        Reporter("孙小七", "13800000003"),
        Reporter("周小八", "", "zhou@example.cn", wants_answer=False),
    ):
        services.merge(loop.lead(route=False, reporter=reporter), main, by=loop.dispatcher)
    return main


def test_all_reporters_with_an_address_get_an_answer_that_names_nobody(loop: Loop, settings: Any) -> None:
    settings.MAIL_READY = True
    main = with_doubles(loop)
    close(loop, main)
    assert len(inform(main)) == 3, "nobody has been told before the mail has left"
    outbox.drain()
    letters = {letter.to[0]: letter for letter in mail.outbox}
    assert set(letters) == {"wang@example.cn", "zhao@example.cn"}
    wang = letters["wang@example.cn"]
    assert main.number in wang.subject and main.number not in letters["zhao@example.cn"].subject
    assert "已当场改正" in wang.body and "李某" not in wang.body and "王小五" not in wang.body
    assert wang.body.endswith(factories.unit(loop.district).name)
    assert [one.reporter.name for one in inform(main)] == ["孙小七"], "whoever left only a phone number"
    step = LeadStep.objects.filter(lead=main).order_by("-version")[0]
    assert (step.action, step.data, step.by) == ("remark", {"informed": True}, None)
    outbox.drain()
    assert len(mail.outbox) == 2


def test_an_answer_that_cannot_be_delivered_leaves_the_reporter_to_be_called(
    loop: Loop, settings: Any
) -> None:
    settings.MAIL_READY = True
    main = sent(loop, reporter=Reporter("王小五", "13800000001", "wang@example.cn"))
    close(loop, main)
    settings.MAIL_READY = False
    outbox.drain()
    assert OutgoingMessage.objects.get(channel="lead_answer").state == "dead"
    assert len(inform(main)) == 1


def test_without_a_mail_server_nothing_is_written_and_all_wait_to_be_called(loop: Loop) -> None:
    main = with_doubles(loop)
    close(loop, main)
    assert not OutgoingMessage.objects.exists()
    assert len(inform(main)) == 3


def test_after_a_reopening_there_is_another_answer(loop: Loop, settings: Any) -> None:
    settings.MAIL_READY = True
    lead = sent(loop, reporter=Reporter("王小五", "13800000001", "wang@example.cn"))
    close(loop, lead)
    outbox.drain()
    lead = Lead.objects.get(pk=lead.pk)
    services.reopen(lead, by=loop.dispatcher, note="反弹")
    services.dismiss(lead, "not_ours", by=loop.dispatcher, note="属物业")
    outbox.drain()
    assert len(mail.outbox) == 2
    assert "不属于我局职责" in mail.outbox[1].body


def test_a_unit_can_have_its_leads_by_mail(loop: Loop, settings: Any) -> None:
    settings.MAIL_READY = True
    system = factories.make_user("system_admin")
    User.objects.filter(pk=loop.leader.pk).update(email="leader@example.cn")
    setup.save_route(None, by=system, unit=loop.squad, way="mail", kinds=["lead.sent"])
    lead = sent(loop)
    outbox.drain()
    (letter,) = mail.outbox
    assert (letter.to, letter.subject) == (["leader@example.cn"], f"线索{lead.number}已派遣给您")
