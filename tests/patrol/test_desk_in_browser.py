"""Beats and check-ins in a real browser: a boundary is drawn by clicks, pages fit a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from chengshu.patrol.models import Beat
from chengshu.patrol.services import beats, tags
from chengshu.registry.queries import reference
from tests.leads.pages import browser as client_of
from tests.patrol.conftest import AT, Patrol

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DESK, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 640}
PATIENCE_MS = 120_000  # the machine may be busy; nothing here measures time
SHOTS = Path(__file__).resolve().parents[2] / "screenshots"


@pytest.fixture
def visit(browser: Browser, live_server: Any, patrol: Patrol) -> Iterator[Callable[..., Page]]:
    """Open a page as the clerk; whatever the browser complains about fails the test at its end."""
    reference.forget()
    client = client_of(patrol.clerk)
    complaints: list[str] = []
    contexts = []

    def open_it(path: str, size: dict[str, int] = DESK) -> Page:
        context = browser.new_context(viewport=size, has_touch=size == PHONE, locale="zh-CN")
        contexts.append(context)
        name = settings.SESSION_COOKIE_NAME
        context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "response",
            lambda answer: (
                complaints.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None
            ),
        )
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


def test_a_boundary_is_drawn_with_clicks(visit: Callable[..., Page], patrol: Patrol) -> None:
    page = visit(reverse("patrol:beat_new"))
    canvas = page.locator("#draw-map canvas")
    expect(page.locator("#draw-map-caption")).to_contain_text("依次点击")  # said once it can be drawn on
    for x, y in ((200, 120), (320, 120), (320, 240), (40, 40)):
        canvas.click(position={"x": x, "y": y})
    page.locator("[data-draw=undo]").click()
    expect(page.locator(".map-corner")).to_have_count(3)
    page.fill("#id_code", "NEW-1")
    page.fill("#id_name", "新划巡区")
    page.select_option("#id_squad", str(patrol.squad.pk))
    shot(page, "patrol-beat-form")
    page.click("main form button.primary")
    expect(page.locator("h1")).to_contain_text("新划巡区")
    boundary = Beat.objects.get(code="NEW-1").boundary
    assert boundary is not None and len(boundary["coordinates"][0]) == 4


def test_pages_fit_a_phone(visit: Callable[..., Page], patrol: Patrol) -> None:
    beats.load_requirements(patrol.district)
    label = tags.mount(patrol.point, by=patrol.clerk, kind="qr")
    said = patrol.chip.read()
    patrol.sight(said, position=AT, accuracy_m=8.0)
    patrol.sight(said)
    patrol.sight(patrol.chip.read(), position=(AT[0] + 0.004, AT[1]), accuracy_m=5.0, clock_offset_s=None)
    pages = {
        "squad": reverse("patrol:squad_room") + f"?squad={patrol.squad.pk}",
        "checkins": reverse("patrol:checkins"),
        "attempts": reverse("patrol:attempts"),
        "beats": reverse("patrol:beats"),
        "beat": reverse("patrol:beat", args=[patrol.beat.pk]),
        "point": reverse("patrol:point", args=[patrol.point.pk]),
        "tags": reverse("patrol:tags"),
        "tag": reverse("patrol:tag_page", args=[patrol.tag.pk]),
        "sheet": reverse("patrol:tag_sheet"),
        "keys": reverse("patrol:tag_keys"),
        "requirements": reverse("patrol:requirements"),
        "entry": reverse("tag", args=[label.code]),
    }
    wide = []
    for name, path in pages.items():
        for size in (DESK, PHONE):
            page = visit(path, size)
            page.wait_for_load_state("networkidle")
            expect(page.locator("[data-map]:not([data-idle])")).to_have_count(0)
            shot(page, f"patrol-{name}-{size['width']}")
            if size == PHONE and not page.evaluate("document.documentElement.scrollWidth <= 360"):
                wide.append(name)
            page.close()
    assert not wide
