"""Coverage, a track and the command map in a real browser, under the real content policy."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from chengshu.bureau.models import User
from chengshu.patrol.models import TrackLook
from chengshu.patrol.services import counting, keeping
from chengshu.registry.queries import reference
from tests.patrol.tracks.conftest import Patrol

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 360, "height": 640}
SHOTS = os.environ.get("SCREENSHOTS", "")


@pytest.fixture
def look(browser: Browser, live_server: Any) -> Iterator[Callable[..., Page]]:
    """Open a page as somebody; whatever the browser complains about fails the test at its end."""
    complaints: list[str] = []
    contexts = []

    def open_it(user: User, address: str, size: dict[str, int] = DESK) -> Page:
        client = Client()
        client.force_login(user, backend="chengshu.bureau.backends.BureauBackend")
        context = browser.new_context(viewport=size, has_touch=size == PHONE)  # type: ignore[arg-type]
        contexts.append(context)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        names = {settings.SESSION_COOKIE_NAME: cookie, settings.LANGUAGE_COOKIE_NAME: "zh-hans"}
        context.add_cookies([{"name": k, "value": v, "url": live_server.url} for k, v in names.items()])
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(live_server.url + address)
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert complaints == []


def shot(page: Page, name: str) -> None:
    """Keep a picture where somebody wants to look at them (SCREENSHOTS names a folder)."""
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png")


def narrow(page: Page) -> bool:
    """Whether nothing sticks out of the page sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_coverage_and_a_track_are_drawn(patrol: Patrol, look: Callable[..., Page]) -> None:
    reference.forget()
    patrol.duty()
    patrol.walk(9, minutes=5)
    patrol.walk(9.25, minutes=10, east_m=0)
    patrol.require(2, 8, 12)
    for hour in (9, 9.7, 15):
        patrol.check_in(hour)
    keeping.build_day(patrol.day)
    counting.mark_all(patrol.day)
    counting.refresh()
    page = look(patrol.leader, reverse("patrol:coverage"))
    expect(page.locator("#map")).to_have_attribute("data-overlay", "1", timeout=30_000)
    expect(page.locator("#map")).to_have_attribute("data-idle", "yes", timeout=30_000)
    expect(page.locator("td.heat-5")).to_have_text("2")
    shot(page, "coverage")
    day = patrol.day.isoformat()
    page = look(patrol.leader, reverse("patrol:track", args=[patrol.officer.pk, day]))
    expect(page.locator("#map")).to_have_attribute("data-overlay", "5", timeout=30_000)
    expect(page.locator("#map")).to_have_attribute("data-idle", "yes", timeout=30_000)
    shot(page, "track")
    for name in ("coverage", "frequency", "gaps", "my_positions"):
        page = look(patrol.leader, reverse(f"patrol:{name}"), PHONE)
        shot(page, f"phone-{name}")
        assert narrow(page), name
    page = look(patrol.officer, reverse("patrol:own_track", args=[day]), PHONE)
    assert narrow(page)


def test_the_room_shows_the_track_of_an_officer_today(patrol: Patrol, look: Callable[..., Page]) -> None:
    reference.forget()
    now = timezone.localtime()
    patrol.day = now.date()
    patrol.duty(begin=0, end=30)
    ago = (now - timedelta(minutes=6)) - now.replace(hour=0, minute=0, second=0, microsecond=0)
    patrol.walk(max(0.0, ago.total_seconds() / 3600), minutes=5)
    page = look(patrol.leader, reverse("command:squad", args=[patrol.squad.code]))
    ground = page.locator("[data-ground]")
    expect(ground).to_have_attribute("data-officers", "1", timeout=30_000)
    expect(ground).to_have_attribute("data-idle", "yes", timeout=30_000)
    page.locator("#tab-duty").click()
    page.get_by_role("button", name="今日轨迹").click()
    expect(ground).to_have_attribute("data-track", "1", timeout=10_000)
    page.wait_for_timeout(800)
    shot(page, "command-track")
    assert TrackLook.objects.get().place == "command"
