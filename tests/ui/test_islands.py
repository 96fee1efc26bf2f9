"""The gallery in a real browser, under the real content policy: keyboard, filters, drawer, map."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from tests.factories import make_district, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DESK, WIDE = {"width": 1280, "height": 720}, {"width": 1920, "height": 1080}
PHONE = {"width": 360, "height": 640}


@pytest.fixture
def open_gallery(browser: Browser, live_server: Any) -> Iterator[Any]:
    """Open ``/ui/`` signed in; whatever the browser complains about fails the test at its end."""
    make_district()
    client = Client()
    client.force_login(make_user("registry_clerk"), backend="chengshu.bureau.backends.BureauBackend")
    complaints: list[str] = []
    contexts = []

    def open_it(size: dict[str, int] = DESK, language: str = "zh-hans", query: str = "") -> Page:
        context = browser.new_context(viewport=size, has_touch=size == PHONE)
        contexts.append(context)
        cookies = {
            settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value,
            settings.LANGUAGE_COOKIE_NAME: language,
        }
        context.add_cookies([{"name": k, "value": v, "url": live_server.url} for k, v in cookies.items()])
        page = context.new_page()
        page.on(
            "console", lambda message: complaints.append(message.text) if message.type == "error" else None
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{live_server.url}/ui/{query}")
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert complaints == []


def test_keyboard(open_gallery: Any) -> None:
    page = open_gallery()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("tr.is-current")).to_contain_text("示例记录 2")
    expect(page.locator("[data-selected]")).to_have_text("已选 1 项")
    page.keyboard.press("?")
    expect(page.locator("#keyboard-help")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keyboard-help")).to_be_hidden()


def test_filters_live_in_the_address(open_gallery: Any) -> None:
    page = open_gallery(language="en")
    page.keyboard.press("f")
    page.keyboard.type("3")
    page.wait_for_url("**/ui/?q=3")
    page.select_option("select[name=state]", "done")
    page.wait_for_url("**/ui/?q=3&state=done")
    expect(page.locator("#filter-chips .chip")).to_have_count(3)
    page.reload()
    expect(page.locator("input[name=q]").last).to_have_value("3")
    page.locator("#filter-chips .chip").last.click()
    page.wait_for_url("**/ui/")


def test_map_draws_and_says_how_many(open_gallery: Any) -> None:
    page = open_gallery()
    expect(page.locator("#sample-map")).to_have_attribute("data-kind", "points")
    expect(page.locator("#sample-map-caption")).to_have_text("当前范围内 120 个对象")
    expect(page.locator("#sample-map")).to_contain_text("© OpenStreetMap contributors")


def test_nothing_runs_over_the_edge(open_gallery: Any) -> None:
    for language in ("zh-hans", "en"):
        page = open_gallery(language=language)
        for size in (DESK, PHONE, WIDE):
            page.set_viewport_size(size)
            over = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert over <= 0, (size, language)


def test_drawer_on_a_phone(open_gallery: Any) -> None:
    page = open_gallery(PHONE)
    entry = page.locator("#nav a[aria-current]")
    expect(entry).not_to_be_in_viewport()
    page.click("[data-drawer]")
    expect(entry).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(page.locator("[data-drawer]")).to_be_focused()
    expect(page.locator("[data-drawer]")).to_have_attribute("aria-expanded", "false")
