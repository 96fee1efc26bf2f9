"""Reporters who want an answer: those of the doubles too, told once, told again after a reopening."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from chengshu.leads import services
from chengshu.leads.models import Lead, LeadStep
from chengshu.leads.services import LeadProblem, Reporter
from chengshu.leads.services.informing import inform, mark_informed, waiting_for
from tests import factories
from tests.leads.conftest import Loop
from tests.leads.pages import browser, page

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(loop: Loop) -> tuple[Lead, Lead]:
    """A lead and its double, each with a reporter; still open."""
    main = loop.lead(source="import", route=True, reporter=Reporter("王小五", "13800000001"))
    double = loop.lead(route=False, reporter=Reporter("赵小六", "13800000002"))
    loop_quiet = loop.lead(route=False, reporter=Reporter("不需答复", "13800000003", wants_answer=False))
    for one in (double, loop_quiet):
        services.merge(one, main, by=loop.dispatcher)
    return main, double


def close(loop: Loop, lead: Lead) -> None:
    services.accept(lead, by=loop.officer)
    services.handle(lead, "advised", by=loop.officer, note="已清除")
    services.verify(lead, by=loop.dispatcher)
    services.close(lead, by=loop.dispatcher)


def test_nobody_is_to_be_told_while_the_main_lead_is_open(loop: Loop, pair: tuple[Lead, Lead]) -> None:
    main, double = pair
    assert inform(main) == [] and inform(double) == []
    assert not waiting_for(loop.dispatcher).exists()
    with pytest.raises(LeadProblem):
        mark_informed(double.reporter, "电话", by=loop.dispatcher)


def test_when_it_closes_all_who_want_an_answer_are_listed(loop: Loop, pair: tuple[Lead, Lead]) -> None:
    main, double = pair
    close(loop, main)
    assert [one.reporter.name for one in inform(main)] == ["王小五", "赵小六"]
    assert [one.reporter.name for one in inform(Lead.objects.get(pk=double.pk))] == ["王小五", "赵小六"]
    client = browser(loop.dispatcher)
    html = client.get(reverse("leads:informing")).content.decode()
    assert main.number in html and double.number in html and "13800000001" not in html
    assert len(page(client, main).context["to_inform"]) == 2


def test_telling_is_kept_in_the_history_and_done_once(loop: Loop, pair: tuple[Lead, Lead]) -> None:
    main, double = pair
    close(loop, main)
    client = browser(loop.dispatcher)
    url = reverse("leads:informed", args=[double.reporter.pk])
    back = reverse("leads:lead", args=[main.pk])
    assert client.post(url, {"how": "电话告知", "next": back})["Location"] == back
    assert (
        client.post(url, {"how": "再次", "next": "https://evil.example/"})["Location"] == "/leads/informing/"
    )
    assert LeadStep.objects.filter(lead=double, action="remark", note__contains="电话告知").count() == 1
    assert [one.reporter.name for one in inform(main)] == ["王小五"]


def test_after_a_reopening_the_reporter_is_told_again(loop: Loop) -> None:
    lead = loop.lead(source="import", route=True, reporter=Reporter("王小五", "13800000001"))
    close(loop, lead)
    mark_informed(lead.reporter, "电话", by=loop.dispatcher)
    assert inform(lead) == []
    services.reopen(Lead.objects.get(pk=lead.pk), by=loop.dispatcher, note="反弹")
    lead = Lead.objects.get(pk=lead.pk)
    services.dispatch(lead, loop.squad, by=loop.dispatcher)
    close(loop, lead)
    assert len(inform(lead)) == 1


def test_the_way_must_be_said_and_strangers_may_not(loop: Loop, pair: tuple[Lead, Lead]) -> None:
    main, _double = pair
    close(loop, main)
    with pytest.raises(LeadProblem, match="告知方式"):
        mark_informed(main.reporter, " ", by=loop.dispatcher)
    with pytest.raises(PermissionDenied):
        mark_informed(main.reporter, "电话", by=factories.make_user("squad_leader", loop.other_squad))
    assert browser(loop.officer).get(reverse("leads:informing")).status_code == 403
