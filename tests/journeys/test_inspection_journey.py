"""An officer works through a drawn inspection on a phone: list, route, record, signature, re-check."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Product, Somebody, started
from tests.journeys.on_site import shot, sign
from tests.journeys.product import BARE

pytestmark = [pytest.mark.browser, pytest.mark.slow_start, pytest.mark.django_db]
Arrive = Callable[..., Somebody]

PREPARE = f"""{BARE}
from datetime import timedelta
from django.utils import timezone
from chengshu.bureau.models import District, User
from chengshu.inspections.services import drawing, planning
from chengshu.inspections.services.catalogue import load_catalogue
from chengshu.inspections.services.planning import TaskDraft
from chengshu.leads.services.classes import load_classes
from tests import factories
district = District.objects.get()
load_classes(district)
load_catalogue(district)
for n in range(3):
    factories.make_object(district, name=f"绿洲水果店{{n + 1}}", address=f"长寿路{{n + 1}}号")
clerk = User.objects.with_roles().get(username="clerk")
chief = User.objects.with_roles().get(username="supervisor")
today, now = timezone.localdate(), timezone.now()
task = planning.create_task(district, TaskDraft(
    title="沿街商铺抽查", item="SHOP-01", year=today.year, quarter=(today.month + 2) // 3,
    rules={{"number": 3, "strata": [], "recent_days": 0}}, object_classes=["shop"],
    starts_on=today - timedelta(days=5), due_on=today + timedelta(days=2)), by=clerk)
begin = now - timedelta(hours=2)
words = {{"kind": "words", "place": "区政务大厅", "observers": 3, "due_at": begin + timedelta(minutes=1)}}
draw = drawing.commit(task, [words], by=chief, at=begin)
drawing.perform(draw, [{{"value": ["春风", "梧桐", "苏州河"]}}], by=chief, at=now - timedelta(hours=1))
"""


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    """A bureau with three shops drawn for inspection."""
    with started(PREPARE) as running:
        yield running


def test_an_officer_works_through_a_drawn_inspection(somebody: Arrive) -> None:
    officer = next(
        who
        for who in (somebody(name, phone=True) for name in ("officer", "officer3", "officer2"))
        if _has_work(who)
    )
    page = officer.page
    officer.shot("inspections-phone-list")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.locator("#results tbody tr a").first.click()
    page.get_by_role("button", name="到场，开始检查").click()
    page.wait_for_url(re.compile("/report/$"))
    assert page.evaluate("document.documentElement.scrollWidth") <= 360

    # answers by thumb; the result is proposed; what was typed survives a reload
    page.locator("label:has(input[name=found-0][value=yes])").click()
    page.locator("label:has(input[name=found-1][value=no])").click()
    expect(page.locator("#id_result")).to_have_value("5")
    page.fill("[name=note-0]", "货架伸出门外约一米")
    page.reload()
    expect(page.locator("[name=note-0]")).to_have_value("货架伸出门外约一米")
    expect(page.locator("input[name=found-0][value=yes]")).to_be_checked()
    officer.shot("inspections-phone-record")

    # a missing photo is said; nothing typed is lost
    page.locator("label", has_text="已签字").first.click()
    page.fill("[name=party_name]", "王小明")
    sign(officer)
    officer.problems.clear()
    page.get_by_role("button", name="提交检查结果").click()
    expect(page.locator("main")).to_contain_text("须附照片")
    officer.problems[:] = [problem for problem in officer.problems if not problem.startswith("422")]
    expect(page.locator("[name=note-0]")).to_have_value("货架伸出门外约一米")
    page.set_input_files("[name=photos-0]", [shot()])
    page.get_by_role("button", name="提交检查结果").click()
    page.wait_for_url(re.compile("recorded="))
    text = officer.text()
    assert "限期改正中" in text and "王*明" in text and "货架伸出门外约一米" in text
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('draft:')).length") == 0
    officer.shot("inspections-phone-page")

    # the re-check ends it
    page.get_by_role("link", name="复查").click()
    page.locator("label", has_text="已改正").first.click()
    page.get_by_role("button", name="提交复查结果").click()
    page.wait_for_url(re.compile("recorded="))
    assert "已办结" in officer.text()


def _has_work(who: Somebody) -> bool:
    who.open("/inspections/work/")
    return who.page.locator("#results tbody tr").count() > 0
