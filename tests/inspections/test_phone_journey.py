"""An officer works through a drawn inspection on a phone: list, record, signature, re-check (Chromium)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from chengshu.inspections.models import Inspection
from chengshu.registry.queries import reference
from tests.inspections.conftest import Checks
from tests.inspections.pages import browser as client_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE = {"width": 360, "height": 640}
PATIENCE_MS = 180_000  # the machine may be busy; nothing here measures time
SHOTS = Path(__file__).resolve().parents[2] / "screenshots"
REFUSED = "422"


class Phone:
    """A signed-in officer's phone that notes every error of a page."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.problems: list[str] = []
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: self.problems.append(f"script: {error}"))
        page.on("response", lambda answer: self.note(answer.status, answer.url))

    def note(self, status: int, url: str) -> None:
        """A refused form is an answer, everything else above 400 a fault."""
        if status >= 400 and not str(status).startswith(REFUSED):
            self.problems.append(f"{status} {url}")

    def fits(self) -> bool:
        """Nothing has to be pushed sideways."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth <= 360"))

    def text(self) -> str:
        """What the page says."""
        return " ".join(self.page.inner_text("main").split())

    def shot(self, name: str) -> None:
        """Keep a picture for people to look at (not part of the project)."""
        SHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SHOTS / f"{name}.png", full_page=True)


@pytest.fixture
def drawn(checks: Checks) -> Inspection:
    """A drawn inspection."""
    reference.forget()
    return checks.drawn()[0]


@pytest.fixture
def phone(browser: Browser, live_server: Any, checks: Checks, drawn: Inspection) -> Iterator[Phone]:
    """The phone of a member of its team."""
    expect.set_options(timeout=PATIENCE_MS)
    context = browser.new_context(
        viewport=PHONE,
        has_touch=True,
        locale="zh-CN",
        geolocation={"longitude": 121.433, "latitude": 31.243},
        permissions=["geolocation"],
    )
    cookies = client_of(checks.member(drawn)).cookies
    context.add_cookies(
        [{"name": name, "value": held.value, "url": live_server.url} for name, held in cookies.items()]
    )
    held = Phone(context.new_page(), live_server.url)
    yield held
    context.close()
    assert held.problems == []


def shot() -> dict[str, object]:
    """A picture as a phone takes it."""
    buffer = BytesIO()
    Image.effect_noise((640, 480), 40).convert("RGB").save(buffer, "JPEG")
    return {"name": "门前.jpg", "mimeType": "image/jpeg", "buffer": buffer.getvalue()}


def sign(who: Phone) -> None:
    """Draw a line with a finger."""
    who.page.locator("canvas").scroll_into_view_if_needed()
    frame = who.page.locator("canvas").bounding_box()
    assert frame is not None
    mouse = who.page.mouse
    mouse.move(frame["x"] + 20, frame["y"] + 30)
    mouse.down()
    for step in range(1, 8):
        mouse.move(frame["x"] + 20 + step * 25, frame["y"] + 30 + (step % 2) * 30)
    mouse.up()


def test_an_officer_works_through_a_drawn_inspection(phone: Phone, drawn: Inspection) -> None:
    page = phone.page
    page.goto(f"{phone.address}/inspections/work/")
    phone.shot("inspections-phone-list")
    assert phone.fits()
    page.get_by_role("link", name=drawn.number).click()
    page.get_by_role("button", name="到场，开始检查").click()
    page.wait_for_url(re.compile("/report/$"))
    assert phone.fits()

    # answers by thumb; the result is proposed; what was typed survives a reload
    page.locator("label:has(input[name=found-0][value=yes])").click()
    for n in range(1, page.locator(".on-site-entry").count()):
        page.locator(f"label:has(input[name=found-{n}][value=no])").click()
    expect(page.locator("#id_result")).to_have_value("5")
    page.fill("[name=note-0]", "货架伸出门外约一米")
    page.reload()
    expect(page.locator("[name=note-0]")).to_have_value("货架伸出门外约一米")
    expect(page.locator("input[name=found-0][value=yes]")).to_be_checked()
    phone.shot("inspections-phone-record")

    # a missing photo is said; nothing typed is lost
    page.locator("label", has_text="已签字").first.click()
    page.fill("[name=party_name]", "王小明")
    sign(phone)
    page.get_by_role("button", name="提交检查结果").click()
    expect(page.locator("main")).to_contain_text("须附照片")
    expect(page.locator("[name=note-0]")).to_have_value("货架伸出门外约一米")
    page.set_input_files("[name=photos-0]", [shot()])
    page.get_by_role("button", name="提交检查结果").click()
    page.wait_for_url(re.compile("recorded="))
    text = phone.text()
    assert "限期改正中" in text and "王*明" in text and "货架伸出门外约一米" in text
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('draft:')).length") == 0
    phone.shot("inspections-phone-page")
    assert phone.fits()

    # the re-check ends it
    page.get_by_role("link", name="复查").click()
    page.locator("label", has_text="已改正").first.click()
    page.get_by_role("button", name="提交复查结果").click()
    page.wait_for_url(re.compile("recorded="))
    assert "已办结" in phone.text()
