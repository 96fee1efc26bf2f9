"""Duty logs in a real browser: signed on a phone, several confirmed at the desk; pages fit a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from chengshu.bureau.models import User
from chengshu.patrol.models import DutyLog, Equipment
from chengshu.patrol.services import equipment, logs
from chengshu.registry.queries import reference
from tests import factories
from tests.leads.pages import browser as client_of
from tests.patrol.conftest import Patrol
from tests.patrol.logs import HOUR, LINE, duty, seen, signed

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DESK, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 640}
PATIENCE_MS = 120_000  # the machine may be busy; nothing here measures time
SHOTS = Path(__file__).resolve().parents[2] / "screenshots"
Visit = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, live_server: Any, patrol: Patrol) -> Iterator[Visit]:
    """Open a page as somebody; whatever the browser complains about fails the test at its end."""
    reference.forget()
    clients: dict[int, Client] = {}
    complaints: list[str] = []
    contexts = []

    def open_it(path: str, who: User, size: dict[str, int] = DESK) -> Page:
        client = clients.setdefault(who.pk, client_of(who))
        context = browser.new_context(viewport=size, has_touch=size == PHONE, locale="zh-CN")
        contexts.append(context)
        name = settings.SESSION_COOKIE_NAME
        context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{live_server.url}{path}")
        return page

    expect.set_options(timeout=PATIENCE_MS)
    yield open_it
    for context in contexts:
        context.close()
    assert complaints == []


def shot(page: Page, name: str) -> None:
    """Keep a picture for people to look at (not part of the project)."""
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png", full_page=True)


def test_an_officer_signs_on_a_phone_and_the_leader_confirms_at_the_desk(
    visit: Visit, patrol: Patrol
) -> None:
    leader = factories.make_user("squad_leader", patrol.squad)
    radio = Equipment.objects.create(squad=patrol.squad, code="DJJ-1", kind="radio", name="对讲机")
    Equipment.objects.create(squad=patrol.squad, code="沪A·01执", kind="vehicle", name="执法车")
    on = duty(patrol, 6 * HOUR)
    seen(patrol, on, 4)
    equipment.take(radio, by=patrol.officer, at=on.starts_at)
    for hours in (20, 44):
        signed(patrol, duty(patrol, hours * HOUR))
    log = logs.log_of(on)
    page = visit(reverse("patrol:log", args=[log.pk]), patrol.officer, PHONE)
    page.fill("#line", LINE)
    shot(page, "dutylog-sign-phone")
    page.click("button[name=sign]")
    expect(page.locator("code", has_text="")).not_to_have_count(0)
    assert DutyLog.objects.get(pk=log.pk).state == "signed"
    page = visit(reverse("patrol:log_confirming"), leader)
    shot(page, "dutylog-confirming")
    page.check("input[data-select-all]")
    page.click("main form button.primary")
    expect(page.locator("main")).to_contain_text("没有待确认的日志")
    assert DutyLog.objects.filter(state="confirmed").count() == 3
    shot(visit(reverse("patrol:log", args=[log.pk]), leader), "dutylog-log")
    shot(visit(reverse("patrol:validity"), leader), "dutylog-validity")
    names = ("log_mine", "logs", "validity", "equipment")
    for name in names:
        page = visit(reverse(f"patrol:{name}"), patrol.officer, PHONE)
        shot(page, f"dutylog-{name}-phone")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], name
    shot(visit(reverse("patrol:logs"), patrol.officer), "dutylog-list")
    shot(visit(reverse("patrol:equipment"), patrol.officer), "dutylog-equipment")
