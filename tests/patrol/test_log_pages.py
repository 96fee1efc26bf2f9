"""The pages of duty logs, their figures and equipment."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from chengshu.bureau.models import User
from chengshu.patrol.models import DutyLog, Equipment
from chengshu.patrol.services import logs
from tests import factories
from tests.leads.pages import browser
from tests.patrol.conftest import Patrol
from tests.patrol.logs import HOUR, LINE, duty, seen, signed

LIST = 3 + 1  # session, total, rows; the savepoint-free count of the cap


@pytest.fixture
def leader(patrol: Patrol) -> User:
    return factories.make_user("squad_leader", patrol.squad)


def text(response: Any) -> str:
    return str(response.content.decode())


def test_an_officer_reads_writes_and_signs_on_one_page(patrol: Patrol) -> None:
    page = browser(patrol.officer)
    on = duty(patrol, 30 * HOUR)
    seen(patrol, on)
    log = logs.log_of(on)
    shown = page.get(reverse("patrol:log", args=[log.pk]))
    assert shown.context["may_sign"] and "长寿路江宁路口" in text(shown)
    said = {"line": LINE, "digest": shown.context["current"]["digest"], "sign": "1"}
    page.post(reverse("patrol:log_sign", args=[log.pk]), said)
    log.refresh_from_db()
    assert (log.state, log.line) == ("signed", LINE)
    after = page.get(reverse("patrol:log", args=[log.pk]))
    assert log.digest in text(after) and not after.context["may_sign"] and not after.context["since"]
    seen(patrol, on, 1)
    assert page.get(reverse("patrol:log", args=[log.pk])).context["since"] == 1


def test_a_refused_signature_keeps_nothing_and_says_why(patrol: Patrol) -> None:
    log = logs.log_of(duty(patrol, 30 * HOUR))
    said = {"line": LINE, "digest": "0" * 64, "sign": "1"}
    answer = browser(patrol.officer).post(reverse("patrol:log_sign", args=[log.pk]), said)
    assert answer.status_code == 422 and "有新增记录" in text(answer)
    log.refresh_from_db()
    assert (log.state, log.line, log.version) == ("open", "", 1)


def test_my_log_shows_the_running_duty_before_its_log_is_open(patrol: Patrol) -> None:
    page = browser(patrol.officer)
    shown = page.get(reverse("patrol:log_mine"))
    assert shown.status_code == 200 and shown.context["unopened"]
    assert not DutyLog.objects.exists()  # looking opens nothing
    logs.open_due()
    assert page.get(reverse("patrol:log_mine")).context["may_sign"]
    colleague = browser(factories.make_user("officer", patrol.squad))
    assert "无需填写" not in text(colleague.get(reverse("patrol:log_mine")))


def test_the_leader_confirms_several_at_once_and_returns_one(patrol: Patrol, leader: User) -> None:
    found = [signed(patrol, duty(patrol, hours * HOUR)) for hours in (1, 11, 21)]
    page = browser(leader)
    listed = page.get(reverse("patrol:log_confirming"))
    assert len(listed.context["rows"]) == 3
    chosen = [f"{log.pk}:{log.digest}" for log in found[:2]]
    page.post(reverse("patrol:log_confirming"), {"log": [*chosen, "x:y", "99999:0"]})
    assert DutyLog.objects.filter(state="confirmed").count() == 2
    address = reverse("patrol:log_confirm", args=[found[2].pk])
    assert page.post(address, {"return": "1", "reason": ""}).status_code == 422
    page.post(address, {"return": "1", "reason": "请补充处置情况"})
    assert "请补充处置情况" in text(browser(patrol.officer).get(reverse("patrol:log", args=[found[2].pk])))
    page.post(reverse("patrol:log_correct", args=[found[0].pk]), {"text": "点位有误"})
    assert "点位有误" in text(page.get(reverse("patrol:log", args=[found[0].pk])))


def test_logs_of_another_squad_are_out_of_sight(patrol: Patrol) -> None:
    log = signed(patrol)
    other = browser(factories.make_user("officer", factories.unit(patrol.district, "squad", "桃浦镇")))
    assert other.get(reverse("patrol:log", args=[log.pk])).status_code == 404
    assert not other.get(reverse("patrol:logs")).context["rows"]


def test_every_figure_opens_the_list_behind_it(patrol: Patrol, leader: User) -> None:
    late = signed(patrol, duty(patrol, 30 * HOUR))  # signed late
    signed(patrol, duty(patrol, 10 * HOUR))
    never = logs.log_of(duty(patrol, 50 * HOUR))
    logs.log_of(duty(patrol, HOUR, by=leader))  # not due yet
    month = f"{timezone.localtime(never.starts_at):%Y-%m}"
    everything = DutyLog.objects.filter(starts_at__month=int(month[-2:])).count()
    page = browser(leader)
    for query in (f"?month={month}", f"?month={month}&squad={patrol.squad.pk}"):
        shown = page.get(reverse("patrol:validity") + query)
        for row in [*shown.context["rows"], shown.context["total"]]:
            for name in ("due", "valid", "invalid"):
                rows = page.get(row["lists"][name]).context["rows"]
                assert len(rows) == getattr(row["figure"], name)
    if everything == 4:  # all of them began in one month
        total = shown.context["total"]["figure"]
        assert (total.due, total.valid, total.percent, total.reached) == (3, 1, 33.3, False)
    assert late.faults == ["signed_late"]
    assert page.get(reverse("patrol:validity") + "?month=nonsense&squad=x").status_code == 200


def test_lists_ask_little_of_the_database(
    patrol: Patrol, leader: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for hours in range(1, 40, 9):
        signed(patrol, duty(patrol, hours * HOUR))
    page = browser(leader)
    for name in ("logs", "log_confirming", "validity", "equipment"):
        page.get(reverse(f"patrol:{name}"))
        with django_assert_max_num_queries(LIST):
            page.get(reverse(f"patrol:{name}"))


def test_filters_of_the_list_take_anything(patrol: Patrol) -> None:
    signed(patrol)
    page = browser(patrol.officer)
    for query in ("?day=2026-02-30", "?month=2026-13", "?squad=x&state=y&counted=z", "?q=%00", "?officer=-1"):
        assert page.get(reverse("patrol:logs") + query).status_code == 200
    today = timezone.localdate(DutyLog.objects.get().starts_at)
    assert len(page.get(reverse("patrol:logs") + f"?day={today}").context["rows"]) == 1


# --- equipment -----------------------------------------------------------------------------------------
def test_a_thing_is_added_taken_handed_over_and_brought_back(patrol: Patrol, leader: User) -> None:
    clerk, officer = browser(patrol.clerk), browser(patrol.officer)
    stated = {
        "squad": patrol.squad.pk, "kind": "radio", "code": "R-1", "name": "对讲机",
        "terminal": "12x", "active": "on",
    }  # fmt: skip
    assert clerk.post(reverse("patrol:equipment_new"), stated).status_code == 422
    clerk.post(reverse("patrol:equipment_new"), {**stated, "terminal": "013800001"})
    thing = Equipment.objects.get()
    use = reverse("patrol:equipment_use", args=[thing.pk])
    officer.post(use, {"take": "1"})
    colleague = factories.make_user("officer", patrol.squad)
    officer.post(use, {"hand_over": "1", "to": colleague.pk})
    assert thing.uses.get(returned_at=None).user == colleague
    browser(leader).post(use, {"return": "1"})
    assert not thing.uses.filter(returned_at=None).exists()
    shown = text(officer.get(reverse("patrol:equipment_page", args=[thing.pk])))
    assert patrol.officer.full_name in shown and colleague.full_name in shown
    assert officer.get(reverse("patrol:equipment")).status_code == 200
    assert clerk.get(reverse("patrol:equipment_change", args=[thing.pk])).status_code == 200


def test_nonsense_about_equipment_is_answered_with_a_sentence(patrol: Patrol, client: Client) -> None:
    thing = Equipment.objects.create(squad=patrol.squad, code="R-2", kind="radio", name="对讲机")
    officer = browser(patrol.officer)
    use = reverse("patrol:equipment_use", args=[thing.pk])
    for said in ({"return": "1"}, {"hand_over": "1", "to": "x"}, {}):
        assert officer.post(use, said).status_code == 302
    assert not thing.uses.exists()
    other = browser(factories.make_user("officer", factories.unit(patrol.district, "squad", "桃浦镇")))
    assert other.post(use, {"take": "1"}).status_code == 404
