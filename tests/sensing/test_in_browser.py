"""Flights and suspects in a real browser: the queue by keyboard, the divider, heights along a line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as live_settings
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from chengshu.registry.queries import reference
from chengshu.sensing.lifecycle import SuspectState
from chengshu.sensing.models import Decision, Suspect
from tests.leads.pages import browser as client_of
from tests.sensing.conftest import Sky

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 640}
PATIENCE_MS = 120_000  # the machine may be busy; nothing here measures time
SHOTS = Path(__file__).resolve().parents[2] / "screenshots"


@pytest.fixture
def visit(browser: Browser, live_server: Any, sky: Sky) -> Iterator[Callable[..., Page]]:
    """Open a page as the clerk; whatever the browser complains about fails the test at its end."""
    reference.forget()
    client = client_of(sky.clerk)
    complaints: list[str] = []
    contexts = []

    def open_it(path: str, size: dict[str, int] = DESK) -> Page:
        context = browser.new_context(viewport=size, has_touch=size == PHONE, locale="zh-CN")
        contexts.append(context)
        name = live_settings.SESSION_COOKIE_NAME
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


def states() -> dict[str, str]:
    return dict(Suspect.objects.values_list("kind", "state"))


def test_the_queue_is_worked_by_keyboard(visit: Callable[..., Page], sky: Sky) -> None:
    sky.compare()
    page = visit(reverse("sensing:queue"))
    box, left = page.locator("#sky"), page.locator("#sky-left")
    expect(left).to_have_text("待判定 3 个")
    expect(page.locator("#sky-facts h2")).to_contain_text("新建房屋")
    expect(page.locator("#sky[data-idle]")).to_have_count(1)
    shot(page, "sensing-queue")
    page.keyboard.press("2")
    expect(left).to_have_text("待判定 2 个")
    expect(page.locator("#sky-facts h2")).to_contain_text("拆除")
    page.keyboard.press("4")
    expect(page.locator("#sky-facts h2")).to_contain_text("临时棚")
    page.keyboard.press("0")
    expect(page.locator("#sky-facts h2")).to_contain_text("拆除")
    page.keyboard.press("3")
    page.keyboard.press("5")
    expect(left).to_have_text("没有待判定的疑似点。")
    expect(box).to_have_attribute("data-card", "")
    expect(box).to_have_attribute("data-pending", "0")
    assert states() == {
        "new_building": SuspectState.LEAD, "demolition": SuspectState.KNOWN_LEGAL,
        "temporary_shed": SuspectState.UNCLEAR,
    }  # fmt: skip
    assert sky.suspect().under_construction
    assert list(Decision.objects.values_list("role", flat=True)) == [
        "first",
        "first",
        "undo",
        "first",
        "first",
    ]


def test_both_dates_with_divider_and_heights_along_a_line(visit: Callable[..., Page], sky: Sky) -> None:
    comparison = sky.compare()
    page = visit(reverse("sensing:comparison", args=[comparison.pk]))
    box = page.locator("#sky")
    expect(box).to_have_attribute("data-ready", "yes")
    expect(box).to_have_attribute("data-suspects", "3")
    expect(page.locator("#sky[data-idle]")).to_have_count(1)
    shot(page, "sensing-swipe")
    page.locator(".sky-divider").fill("20")
    expect(page.locator(".sky-after")).to_have_css("clip-path", "inset(0px 0px 0px 20%)")
    page.locator("[data-profile]").click()
    size = box.bounding_box()
    assert size is not None
    for part in (0.42, 0.58):
        page.mouse.click(size["x"] + size["width"] * part, size["y"] + size["height"] * 0.45)
    expect(page.locator("#sky-profile svg path.after")).to_have_count(1)
    shot(page, "sensing-profile")
    page.get_by_role("button", name="并列").click()
    expect(page.locator(".sky.side")).to_have_count(1)
    shot(page, "sensing-side")


def test_pages_fit_a_phone(visit: Callable[..., Page], sky: Sky) -> None:
    comparison = sky.compare()
    pages = {
        "flights": reverse("sensing:flights"),
        "flight-new": reverse("sensing:flight_new"),
        "flight": reverse("sensing:flight", args=[sky.after.pk]),
        "comparisons": reverse("sensing:comparisons"),
        "comparison-new": reverse("sensing:comparison_new"),
        "comparison": reverse("sensing:comparison", args=[comparison.pk]),
        "suspects": reverse("sensing:suspects"),
        "suspect": reverse("sensing:suspect", args=[sky.suspect().pk]),
        "queue": reverse("sensing:queue"),
        "second": reverse("sensing:second"),
        "permits": reverse("sensing:permits"),
    }
    wide = []
    for name, path in pages.items():
        for size in (DESK, PHONE):
            page = visit(path, size)
            page.wait_for_load_state("networkidle")
            shot(page, f"sensing-{name}-{size['width']}")
            if size == PHONE and not page.evaluate("document.documentElement.scrollWidth <= 360"):
                wide.append(name)
            page.close()
    assert not wide


def test_the_page_is_held_while_a_verdict_is_on_its_way(visit: Callable[..., Page], sky: Sky) -> None:
    sky.compare()
    page = visit(reverse("sensing:queue"))
    expect(page.locator("#sky[data-idle][data-card]")).to_have_count(1)
    leaves = "window.dispatchEvent(new Event('beforeunload', {cancelable: true}))"
    assert page.evaluate(leaves)
    waiting: list[Any] = []

    def hold(route: Any) -> None:
        waiting.append(route)

    page.route("**/decide.json", hold)
    page.keyboard.press("2")
    expect(page.locator("#sky")).to_have_attribute("data-pending", "1")
    assert not page.evaluate(leaves)
    while not waiting:
        page.wait_for_timeout(50)
    waiting[0].continue_()
    expect(page.locator("#sky")).to_have_attribute("data-pending", "0")
    assert page.evaluate(leaves)
    assert sky.suspect().state == SuspectState.LEAD
