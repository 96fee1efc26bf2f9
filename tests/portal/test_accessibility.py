"""Every public page at phone and desk size: accessible by axe-core, nothing wider than the screen."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser

from chengshu.kernel import ledger
from tests.portal import axe
from tests.portal.conftest import CREDIT_CODE, Disclose, entry_of, firm, person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
SIZES = [{"width": 360, "height": 640}, {"width": 1280, "height": 720}]
PAGES = [
    "", "penalties/", "penalties/?q=nothing", "penalties/?year=1999", "certificates/", "dishonesty/",
    "dishonesty/?q=nothing",
    "certificates/?number=1", "certificates/?number=", "reports/", "data/", "data/penalties/", "ledger/",
    "papers/nobodys-token/", "draws/", "results/", "data/draws/", "nothing/",
]  # fmt: skip


def test_every_page_is_accessible_and_fits(browser: Browser, live_server: Any, disclosed: Disclose) -> None:
    axe.source()
    shown = disclosed({**firm(name="上海" + "明珠" * 30 + "有限公司"), "id_number": CREDIT_CODE})
    disclosed(person())
    ledger.seal_missed()
    faults = []
    for size in SIZES:
        for language in ("zh-CN", "en"):
            context = browser.new_context(viewport=size, locale=language, java_script_enabled=True)  # type: ignore[arg-type]
            page = context.new_page()
            for path in [*PAGES, f"penalties/{entry_of(shown).pk}/"]:
                page.goto(f"{live_server.url}/public/{path}")
                where = f"{path or 'home'} {language} {size['width']}"
                faults += [f"{where}: {fault}" for fault in axe.faults(page)]
                width = page.evaluate("document.documentElement.scrollWidth")
                if width > size["width"]:
                    faults.append(f"{where}: {width} pixels wide")
            context.close()
    assert faults == []


def test_the_navigation_takes_one_row_on_a_phone_and_shows_where_one_is(
    browser: Browser, live_server: Any, on_the_day: Any
) -> None:
    for language in ("zh-CN", "en"):
        context = browser.new_context(viewport=SIZES[0], locale=language, java_script_enabled=False)  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(f"{live_server.url}/public/data/")
        navigation = page.locator(".top nav")
        assert navigation.bounding_box()["height"] < 64, language  # type: ignore[index]
        last = navigation.get_by_role("link").last
        last.focus()
        box = last.bounding_box()
        assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= SIZES[0]["width"]
        context.close()


def test_search_and_filters_work_without_scripts(
    browser: Browser, live_server: Any, disclosed: Disclose
) -> None:
    disclosed(firm(name="上海明珠餐饮有限公司"))
    disclosed(firm(name="上海旧年商贸有限公司"))
    context = browser.new_context(viewport=SIZES[0], locale="zh-CN", java_script_enabled=False)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{live_server.url}/public/")
    page.locator("nav").get_by_role("link", name="处罚公示").click()
    page.get_by_label("单位名称、决定书文号或案由").fill("明珠")
    page.get_by_label("年份").select_option("2021")
    page.get_by_role("button", name="搜索").click()
    assert page.get_by_text("共 1 条").count() == 1
    page.get_by_role("link", name="English").click()
    assert page.get_by_text("1 entry").count() == 1
    page.get_by_role("link", name="上海明珠餐饮有限公司").click()
    assert page.get_by_text("On display until").count() == 1
    context.close()
