"""A summary in the browser: worded, a record changes, noted, made final, downloaded, a number opened."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from docx import Document
from playwright.sync_api import expect

from tests.journeys.conftest import Product, Somebody, started
from tests.journeys.product import BARE

pytestmark = [pytest.mark.browser, pytest.mark.slow_start, pytest.mark.django_db]
Arrive = Callable[..., Somebody]
CASES = (
    BARE
    + """
from chengshu.bureau.models import District
from chengshu.demo.cases import load_cases
load_cases(District.objects.get(), scale=0.01)
"""
)
ONE_YUAN_MORE = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "chengshu.config.settings"
from chengshu.config.cli import setup_django
setup_django()
from django.db.models import F
from chengshu.cases.models import Case
first = Case.objects.filter(decided_on__year=2020, exempt_amount=None, fine__gt=0).order_by("pk")[0]
Case.objects.filter(pk=first.pk).update(fine=F("fine") + 1)
"""


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    """With some cases of 2020."""
    with started(CASES) as running:
        yield running


def test_a_summary_from_draft_to_a_final_document(somebody: Arrive, product: Product, tmp_path: Path) -> None:
    writer = somebody("analyst")
    address = begun(writer)
    worded(writer)
    product.beside(ONE_YUAN_MORE)
    noted(writer, address)
    leader = somebody("chief")
    final(leader, address)
    downloaded(leader, tmp_path)
    opened(leader, address, product)
    on_a_phone(somebody, address)


def begun(writer: Somebody) -> str:
    """The draft of 2020."""
    writer.open("/reports/documents/")
    writer.page.get_by_role("link", name="新建文稿").click()
    writer.page.fill("[name=period]", "2020")
    writer.page.get_by_role("button", name="开始起草").click()
    expect(writer.page.get_by_role("heading", level=1).first).to_contain_text("2020年工作总结")
    writer.shot("zh-document-draft")
    return writer.page.url.removeprefix(writer.product.address)


def worded(writer: Somebody) -> None:
    """A sentence in the writer's own words, seen with its numbers before it is saved."""
    part = writer.page.locator(".part", has_text="全年办理行政处罚案件").first
    part.get_by_label("修改文字").click()
    writer.page.fill("textarea", "全年罚款{fines_total}元，办案{cases_totl}件。")
    expect(writer.page.locator(".part-preview")).to_contain_text("没有“cases_totl”这一指标")
    writer.page.fill("textarea", "全年罚款{fines_total}元，办案{cases_total}件。")
    expect(writer.page.locator(".part-preview")).to_contain_text(re.compile(r"全年罚款\d+元，办案\d+件。"))
    writer.shot("zh-document-wording")
    writer.page.get_by_role("button", name="保存").click()
    expect(writer.page.locator("article")).to_contain_text(re.compile(r"全年罚款\d+元，办案\d+件。"))
    expect(writer.page.locator("textarea")).to_have_count(0)


def noted(writer: Somebody, address: str) -> None:
    """Old and new number, until the writer has taken note."""
    writer.open(address)
    expect(writer.page.locator("#changed")).to_contain_text("+1")
    old = writer.page.locator("article del").first.inner_text()
    new = writer.page.locator("article a.changed").first.inner_text()
    assert int(new) == int(old) + 1
    writer.shot("zh-document-changed")
    writer.page.get_by_role("button", name="已知悉").click()
    expect(writer.page.get_by_text("已确认最新数据。")).to_be_visible()
    expect(writer.page.locator("#changed")).to_have_count(0)


def final(leader: Somebody, address: str) -> None:
    """Another person makes it final."""
    leader.open(address)
    leader.page.get_by_role("button", name="定稿").click()
    expect(leader.page.get_by_text("文稿已定稿。")).to_be_visible()
    expect(leader.page.get_by_label("修改文字")).to_have_count(0)
    leader.shot("zh-document-final")


def downloaded(leader: Somebody, folder: Path) -> None:
    """The Word file says what the page says."""
    with leader.page.expect_download() as waiting:
        leader.page.get_by_role("link", name="Word").click()
    waiting.value.save_as(folder / "summary.docx")
    words = [paragraph.text for paragraph in Document(str(folder / "summary.docx")).paragraphs]
    shown = leader.page.locator("article p", has_text="全年罚款").inner_text()
    assert shown in words


def opened(leader: Somebody, address: str, product: Product) -> None:
    """A later change is told beside the number, and the number opens its records."""
    product.beside(ONE_YUAN_MORE)
    leader.open(address)
    expect(leader.page.locator("article .today").first).to_contain_text("现为")
    leader.shot("zh-document-later")
    leader.page.locator("article p", has_text="全年罚款").locator("a.figure").last.click()
    expect(leader.page).to_have_url(re.compile(r"/reports/figures/cases_total/records/\?period=2020"))
    assert leader.page.locator("main tbody tr").count() > 1


def on_a_phone(somebody: Arrive, address: str) -> None:
    """Nothing sticks out on a phone."""
    reader = somebody("analyst", phone=True)
    reader.open(address)
    expect(reader.page.locator("article")).to_be_visible()
    assert reader.page.evaluate("document.documentElement.scrollWidth") <= 360
    reader.shot("zh-document-phone")
