"""A draw in the browser: planned by one, approved by another, announced, drawn, seen by an officer."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import BARE, Product, Somebody, started

pytestmark = [pytest.mark.browser, pytest.mark.slow_start, pytest.mark.django_db]
Arrive = Callable[..., Somebody]
SHANGHAI = ZoneInfo("Asia/Shanghai")
SECONDS = 40
"""From naming the observers' words to the draw: enough to fill in the form on a busy machine."""
SHOPS = (
    BARE
    + """
from datetime import date
from chengshu.bureau.models import District, User
from chengshu.inspections.services.catalogue import load_catalogue
from chengshu.registry.models import FactRecord, ObjectClass
from chengshu.registry.services.objects import Provenance, create_object
district = District.objects.get()
load_catalogue(district)
shop = ObjectClass.objects.get(district=district, code="shop")
for n in range(12):
    create_object(
        district=district, object_class=shop, by=None,
        values={"name": f"示例商铺{n + 1}", "address": f"长寿路{n + 1}号", "position": (121.433, 31.243)},
        provenance=Provenance(FactRecord.Source.CLERK, date(2020, 11, 2)),
    )
"""
)
# What the job of the simulation leaves behind; the job itself has tests of its own.
SIMULATED = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "chengshu.config.settings"
from chengshu.config.cli import setup_django
setup_django()
from chengshu.inspections.models import AnnualPlan
from chengshu.inspections.services import planning
plan = AnnualPlan.objects.get()
effect = {"rows": [{"label": "未评级", "objects": 12, "per_year": 3, "never": 0, "most": 2}]}
assert planning.keep_simulation(plan, effect, rules=plan.rules)
"""


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    """With a dozen shops and the list of items."""
    with started(SHOPS) as running:
        yield running


def press(who: Somebody, words: str) -> None:
    """A button or link of the page by its words."""
    main = who.page.locator("main")
    main.get_by_role("button", name=words, exact=True).or_(
        main.get_by_role("link", name=words, exact=True)
    ).first.click()


def test_from_plan_to_drawn_inspections(somebody: Arrive, product: Product) -> None:
    clerk = somebody("clerk")
    year = datetime.now(SHANGHAI).year
    plan(clerk, year)
    done = subprocess.run(
        [sys.executable, "-c", SIMULATED],
        env=product.environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    task(clerk)
    chief = somebody("chief")
    chief.open("/inspections/plans/")
    chief.page.get_by_role("link", name=str(year)).first.click()
    expect(chief.page.get_by_text("五年效果测算")).to_be_visible()
    chief.shot("zh-inspection-plan")
    press(chief, "批准计划")
    expect(chief.page.get_by_text("计划已批准。")).to_be_visible()
    announce(clerk)
    draw(clerk)
    seen_by_an_officer(somebody)


def plan(clerk: Somebody, year: int) -> None:
    """The rules, read back in words while they are written."""
    clerk.open("/inspections/plans/new/")
    clerk.page.fill("[name=year]", str(year))
    clerk.page.uncheck("[name='rules-strata'][value=credit]")
    clerk.page.check("[name='rules-way'][value=number]")
    clerk.page.fill("[name='rules-number']", "3")
    clerk.page.fill("[name='rules-recent_days']", "0")
    clerk.page.press("[name='rules-recent_days']", "Tab")
    expect(clerk.page.locator("#words")).to_contain_text("共抽取 3 个对象")
    clerk.shot("zh-inspection-plan-form")
    press(clerk, "保存")
    expect(clerk.page.get_by_text("尚未测算规则效果。")).to_be_visible()


def task(clerk: Somebody) -> None:
    """A task of the plan, with the candidates beside the form."""
    press(clerk, "新建任务")
    clerk.page.fill("[name=title]", "沿街商铺抽查")
    item = clerk.page.locator("[name=item] option", has_text="SHOP").first.get_attribute("value")
    clerk.page.select_option("[name=item]", item)
    clerk.page.select_option("[name=object_classes]", "shop")
    expect(clerk.page.locator("#preview")).to_contain_text("可抽取对象")
    clerk.shot("zh-inspection-task-form")
    press(clerk, "保存")
    expect(clerk.page.get_by_text("该任务所属计划尚未批准。")).to_be_visible()


def announce(clerk: Somebody) -> None:
    """The words of three observers, a little later."""
    clerk.page.reload()
    press(clerk, "公告抽取")
    page = clerk.page
    page.check("[name=words]")
    page.fill("[name=place]", "区政务服务大厅")
    page.fill("[name=observers]", "3")
    clerk.shot("zh-inspection-commit")
    page.check("[name=understood]")
    due = datetime.now(SHANGHAI) + timedelta(seconds=SECONDS)
    # a person chooses minutes on the page; the form takes seconds too, so that nobody waits for them here
    page.evaluate(
        "due => { const f = document.querySelector('[name=words_due]'); f.type = 'text'; f.value = due; }",
        f"{due:%Y-%m-%dT%H:%M:%S}",
    )
    press(clerk, "固定名单并公告")
    expect(page.get_by_text("抽取已公告，此后不能再作任何选择。")).to_be_visible()
    clerk.shot("zh-inspection-announced")


def draw(clerk: Somebody) -> None:
    """The page comes back by itself once the words are due."""
    page = clerk.page
    expect(page.locator("[name=v0_word0]")).to_be_visible()
    for n, word in enumerate(("春风", "梧桐", "苏州河")):
        page.fill(f"[name=v0_word{n}]", word)
    clerk.shot("zh-inspection-draw")
    press(clerk, "实施抽取")
    expect(page.get_by_text("已抽取 3 个对象。")).to_be_visible()
    expect(page.locator("main")).to_contain_text("示例商铺")
    clerk.shot("zh-inspection-drawn")
    press(clerk, "核验抽取")
    expect(page.get_by_text("已全部重新计算，结果一致。")).to_be_visible()
    clerk.shot("zh-inspection-check")
    for path, name in (("tasks/", "tasks"), ("progress/", "progress"), ("drawn/map/", "map")):
        clerk.open(f"/inspections/{path}")
        expect(page.locator("h1")).to_be_visible()
        clerk.shot(f"zh-inspection-{name}")


def seen_by_an_officer(somebody: Arrive) -> None:
    """The officers of 长寿路 see what their squad is drawn for, and declare where they live."""
    officer = somebody("officer", phone=True)
    officer.open("/inspections/drawn/")
    expect(officer.page.locator("main")).to_contain_text("示例商铺")
    officer.shot("zh-phone-inspection-drawn")
    officer.open("/inspections/recusal/")
    officer.page.select_option("[name=home-town]", index=1)
    officer.page.locator("form", has=officer.page.locator("[name=home-town]")).get_by_role("button").click()
    expect(officer.page.get_by_text("已申报，今后不会在该处被抽中。")).to_be_visible()
