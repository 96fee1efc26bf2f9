"""A leader in Chromium: the year on one page, a number opened, a chart put on a page of one's own."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, expect

from chengshu.cases.models import Case
from chengshu.demo.cases import load_cases
from chengshu.reports.models import Board
from tests import factories

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PATIENCE_MS = 90_000  # the machine may be busy; nothing here measures time


def test_a_leader_reads_the_year_and_builds_a_page(browser: Browser, live_server: Any) -> None:
    district = factories.make_district()
    load_cases(district, scale=0.01)
    leader = factories.make_user("bureau_leader")
    total = Case.objects.filter(decided_on__year=2020, exempt_amount=None).count()
    client = Client()
    client.force_login(leader, backend="chengshu.bureau.backends.BureauBackend")
    context = browser.new_context(locale="zh-CN")
    held = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": held, "url": live_server.url}])
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)

    page.goto(f"{live_server.url}{reverse('reports:board', args=['leaders'])}?period=2020")
    chart = page.locator(".chart canvas").first
    chart.scroll_into_view_if_needed()
    expect(chart).to_be_visible()
    page.locator(".tile-number").first.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("行政处罚案件")
    expect(page.locator("td.primary-cell").first).to_be_visible()
    assert page.locator("td.primary-cell").count() == min(total, 50)

    page.goto(f"{live_server.url}{reverse('reports:boards')}")
    page.get_by_role("link", name="新建看板").click()
    page.get_by_label("看板名称").fill("我的看板")
    page.keyboard.press("Enter")
    add = page.get_by_role("button", name="添加")

    def choose(kind: str, figure: str) -> None:
        form = page.locator("form", has=add)
        form.get_by_label("类型").select_option(kind)
        form.get_by_label("指标").select_option(figure)
        form.get_by_label("划分维度").select_option("squad")
        add.focus()
        page.keyboard.press("Enter")

    choose("ranking", "fines_total")
    expect(page.get_by_text("第七十四条第三款")).to_be_visible()
    choose("series", "cases_total")
    choose("ranking", "cases_total")
    expect(page.locator(".builder-list > li")).to_have_count(2)
    page.get_by_role("button", name="上移").last.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".builder-list > li").first).to_contain_text("排名")
    expect(page.locator("canvas").first).to_be_visible()
    # Refusing answers 422, which browsers note; nothing else may be wrong, the content policy included.
    assert [each for each in problems if "422" not in each] == []
    assert [one["kind"] for one in Board.objects.get().items] == ["ranking", "series"]
    context.close()
