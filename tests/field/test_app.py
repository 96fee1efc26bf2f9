"""The officer's app on a phone in Chromium: work without a network, and what becomes of the phone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from chengshu.bureau.models import User
from chengshu.field.models import FieldDevice, FieldRecord
from chengshu.field.services import devices
from chengshu.leads.lifecycle import Outcome
from chengshu.leads.models import LeadAttachment
from chengshu.registry.queries import reference
from tests import factories
from tests.leads.conftest import Loop

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE = {"width": 360, "height": 640}
PATIENCE_MS = 180_000  # the machine may be busy; nothing here measures time


class Handset:
    """A phone on which one officer after another may be signed in."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.context, self.address = context, address
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.problems: list[str] = []
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))

    def hand_to(self, user: User) -> None:
        """Sign the officer in and open the app."""
        client = Client()
        client.force_login(user, backend="chengshu.bureau.backends.BureauBackend")
        held = client.cookies[settings.SESSION_COOKIE_NAME].value
        self.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": held, "url": self.address}])
        self.open()

    def open(self, screen: str = "today") -> None:
        """A screen of the app, as after a fresh start."""
        self.page.goto("about:blank")
        self.page.goto(f"{self.address}/field/#/{screen}")

    def ready(self) -> None:
        """The app is kept for work without a network."""
        self.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        self.page.wait_for_function("navigator.serviceWorker.controller !== null")

    def press(self, words: str) -> None:
        """A button by its words."""
        self.page.get_by_role("button", name=words, exact=True).click()

    def says(self, words: str) -> None:
        """The counter in the header, always visible."""
        expect(self.page.locator(".counter")).to_contain_text(words)


@pytest.fixture
def handset(browser: Browser, live_server: Any) -> Iterator[Handset]:
    """A phone at which no script may fail."""
    reference.forget()
    expect.set_options(timeout=PATIENCE_MS)
    context = browser.new_context(
        viewport=PHONE,
        has_touch=True,
        locale="zh-CN",
        geolocation={"longitude": 121.433, "latitude": 31.243},
        permissions=["geolocation"],
    )
    held = Handset(context, live_server.url)
    yield held
    context.close()
    assert held.problems == []


def eventually(holds: Callable[[], bool]) -> None:
    """Wait for what the phone does by itself."""
    until = time.monotonic() + PATIENCE_MS / 1000
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.2)


def photo() -> Any:
    """A picture as a phone takes it."""
    buffer = BytesIO()
    Image.effect_noise((640, 480), 40).convert("RGB").save(buffer, "JPEG")
    return {"name": "路面.jpg", "mimeType": "image/jpeg", "buffer": buffer.getvalue()}


def handle(handset: Handset) -> None:
    """Accept the lead that is open, and report that it was put right."""
    handset.press("接收")
    handset.press("到达现场")
    handset.page.get_by_role("radio", name="当场改正", exact=True).click()
    handset.page.set_input_files(".shoot input", [photo()])
    handset.page.wait_for_selector(".shot")
    handset.page.get_by_label("处置情况").fill("已劝离")
    handset.press("提交")


def test_a_lead_is_handled_without_a_network_and_arrives_once(handset: Handset, loop: Loop) -> None:
    lead = loop.lead(route=True)
    handset.hand_to(loop.officer)
    expect(handset.page.get_by_text("占道设摊卖水果")).to_be_visible()
    handset.ready()
    handset.context.set_offline(True)
    handset.open()
    handset.page.get_by_text("占道设摊卖水果").click()
    handle(handset)
    handset.says("3 条待上传")
    assert handset.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    handset.open("waiting")
    expect(handset.page.locator(".outbox li")).to_have_count(3)
    handset.context.set_offline(False)
    handset.says("已全部上传")
    records = FieldRecord.objects.order_by("seq")
    assert [(one.kind, one.outcome) for one in records] == [
        ("lead.accept", "applied"),
        ("lead.arrive", "applied"),
        ("lead.handle", "applied"),
    ]
    lead.refresh_from_db()
    assert lead.outcome == Outcome.ADVISED
    kept = LeadAttachment.objects.get(lead=lead)
    assert kept.moment == "closing" and kept.taken_at is not None and kept.position is not None


def test_what_waits_is_not_lost_by_signing_out_or_by_another_officer(handset: Handset, loop: Loop) -> None:
    loop.lead(route=True)
    other = factories.make_user("officer", loop.squad)
    handset.hand_to(loop.officer)
    expect(handset.page.get_by_text("占道设摊卖水果")).to_be_visible()
    handset.ready()
    handset.context.set_offline(True)
    handset.page.get_by_text("占道设摊卖水果").click()
    handset.press("接收")
    handset.says("1 条待上传")
    handset.open("me")
    expect(handset.page.get_by_role("button", name="退出登录")).to_be_disabled()
    handset.page.goto("about:blank")
    handset.context.set_offline(False)
    handset.hand_to(other)
    expect(handset.page.get_by_text("本机有另一名执法人员的 1 条记录待上传")).to_be_visible()
    assert not FieldRecord.objects.exists()
    handset.page.goto("about:blank")
    handset.hand_to(loop.officer)
    eventually(FieldRecord.objects.exists)
    assert [(one.kind, one.user) for one in FieldRecord.objects.all()] == [("lead.accept", loop.officer)]


def test_a_phone_that_is_told_to_forget_keeps_nothing(handset: Handset, loop: Loop) -> None:
    loop.lead(route=True)
    handset.hand_to(loop.officer)
    expect(handset.page.get_by_text("占道设摊卖水果")).to_be_visible()
    handset.ready()
    device = FieldDevice.objects.get(user=loop.officer)
    devices.ask_to_wipe(device, by=loop.leader)
    handset.open()
    expect(handset.page.get_by_text("本机数据已清除")).to_be_visible()
    for kept in ("indexedDB.databases()", "caches.keys()", "navigator.serviceWorker.getRegistrations()"):
        eventually(lambda kept=kept: handset.page.evaluate(f"{kept}.then((all) => all.length)") == 0)
    eventually(FieldDevice.objects.filter(pk=device.pk, wiped_at__isnull=False).exists)


def test_a_phone_hears_it_without_a_session_and_keeps_what_waits(handset: Handset, loop: Loop) -> None:
    loop.lead(route=True)
    handset.hand_to(loop.officer)
    expect(handset.page.get_by_text("占道设摊卖水果")).to_be_visible()
    handset.ready()
    device = FieldDevice.objects.get(user=loop.officer)
    handset.context.set_offline(True)
    handset.page.get_by_text("占道设摊卖水果").click()
    handset.press("接收")
    handset.says("1 条待上传")
    handset.page.goto("about:blank")
    handset.context.clear_cookies()
    devices.ask_to_wipe(device, by=loop.leader)
    handset.context.set_offline(False)
    handset.open()
    expect(handset.page.get_by_text("单位已要求清除本机数据")).to_be_visible()
    assert handset.page.get_by_text("占道设摊卖水果").count() == 0
    assert not FieldRecord.objects.exists()
    handset.page.goto("about:blank")
    handset.hand_to(loop.officer)
    expect(handset.page.get_by_text("本机数据已清除")).to_be_visible()
    assert [(one.kind, one.outcome) for one in FieldRecord.objects.all()] == [("lead.accept", "applied")]
    eventually(FieldDevice.objects.filter(pk=device.pk, wiped_at__isnull=False).exists)


def test_after_signing_out_the_next_one_at_the_phone_is_nobody(handset: Handset, loop: Loop) -> None:
    loop.lead(route=True)
    handset.hand_to(loop.officer)
    expect(handset.page.get_by_text("占道设摊卖水果")).to_be_visible()
    handset.open("me")
    handset.press("退出登录")
    expect(handset.page.get_by_text("已退出").first).to_be_visible()
    eventually(FieldDevice.objects.filter(user=loop.officer, wiped_at__isnull=False).exists)
    handset.page.goto("about:blank")
    handset.open()
    expect(handset.page.get_by_role("link", name="登录").first).to_be_visible()
    assert handset.page.get_by_text("占道设摊卖水果").count() == 0
    assert FieldDevice.objects.count() == 1


def test_a_tag_opens_the_app_without_a_network(handset: Handset, loop: Loop) -> None:
    handset.hand_to(loop.officer)
    handset.says("已全部上传")
    handset.ready()
    handset.page.wait_for_function(
        "navigator.serviceWorker.getRegistration('/t/x').then((one) => Boolean(one && one.active))"
    )
    handset.context.set_offline(True)
    handset.page.goto("about:blank")
    handset.page.goto(f"{handset.address}/t/AB12?cmac=00")
    expect(handset.page.get_by_role("button", name="签到", exact=True).first).to_be_visible()
    assert "#/checkin?code=AB12&cmac=00" in handset.page.url


def test_an_expired_session_asks_to_sign_in_and_keeps_the_list(handset: Handset, loop: Loop) -> None:
    loop.lead(route=True)
    handset.hand_to(loop.officer)
    expect(handset.page.get_by_text("占道设摊卖水果")).to_be_visible()
    handset.context.clear_cookies()
    handset.open()
    expect(handset.page.get_by_text("登录已失效")).to_be_visible()
    expect(handset.page.get_by_text("占道设摊卖水果")).to_be_visible()
