"""A quarter in the browser: planned, approved, announced, drawn, inspected, published, verified by anyone."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Product, Somebody, started
from tests.journeys.on_site import shot, sign
from tests.journeys.product import BARE

pytestmark = [pytest.mark.browser, pytest.mark.slow_start, pytest.mark.django_db]
Arrive = Callable[..., Somebody]
SHANGHAI = ZoneInfo("Asia/Shanghai")
ROOT = Path(__file__).resolve().parents[2]
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


def test_a_quarter_from_plan_to_a_proof_anyone_can_verify(somebody: Arrive, product: Product) -> None:
    clerk = somebody("clerk")
    year = datetime.now(SHANGHAI).year
    plan(clerk, year)
    task(clerk)
    measured(clerk)
    chief = somebody("chief")
    chief.open("/inspections/plans/")
    chief.page.get_by_role("link", name=str(year)).first.click()
    expect(chief.page.get_by_text("五年效果测算")).to_be_visible()
    chief.shot("zh-inspection-plan")
    press(chief, "批准计划")
    expect(chief.page.get_by_text("计划已批准。")).to_be_visible()
    announce(clerk)
    draw(clerk)
    inspected(somebody)
    published(clerk)
    verified(clerk, product)
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


def measured(clerk: Somebody) -> None:
    """The effect of the rules, computed by the worker from the plan's own tasks."""
    clerk.open("/inspections/plans/")
    clerk.page.locator("main tbody a").first.click()
    press(clerk, "测算效果")
    for _turn in range(60):
        if clerk.page.get_by_text("对象 12 个").count():
            break
        clerk.page.wait_for_timeout(1000)
        clerk.page.reload()
    expect(clerk.page.get_by_text("对象 12 个")).to_be_visible()
    clerk.shot("zh-inspection-effect")
    clerk.page.locator("main").get_by_role("link", name="沿街商铺抽查").or_(
        clerk.page.locator("main tbody a")
    ).first.click()


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


def inspected(somebody: Arrive) -> None:
    """Any two of the squad's three with a certificate were drawn for each; they record, on phones."""
    done = 0
    for name in ("officer", "officer3", "leader"):
        officer = somebody(name, phone=True)
        while True:
            officer.open("/inspections/work/?whose=mine")
            rows = officer.page.locator("#results tbody tr a", has_text=re.compile("^20"))
            if not rows.count():
                break
            rows.first.click()
            record(officer, problem=done == 0)
            done += 1
    assert done == 3


def record(officer: Somebody, *, problem: bool) -> None:
    """Arrive, answer every question, have the party sign; a problem is photographed and put right at once."""
    page = officer.page
    page.get_by_role("button", name="到场，开始检查").click()
    page.wait_for_url(re.compile("/report/$"))
    for n in range(page.locator(".on-site-entry").count()):
        answer = "yes" if problem and n == 0 else "no"
        page.locator(f"label:has(input[name=found-{n}][value={answer}])").click()
    if problem:
        page.set_input_files("[name=photos-0]", [shot()])
        page.check("[name=corrected]")
    page.locator("label", has_text="已签字").first.click()
    page.fill("[name=party_name]", "王小明")
    sign(officer)
    page.get_by_role("button", name="提交检查结果").click()
    page.wait_for_url(re.compile("recorded="))


def published(clerk: Somebody) -> None:
    """The quarter, in one click."""
    clerk.open("/inspections/publication/")
    clerk.shot("zh-inspection-publication")
    press(clerk, "公示本季度")
    expect(clerk.page.get_by_text("本季度结果已公示。")).to_be_visible()


def verified(clerk: Somebody, product: Product) -> None:
    """The proof holds in the browser, by the command and by the script; a changed one fails in all."""
    page = clerk.page
    page.goto(f"{product.address}/public/draws/")
    clerk.shot("zh-portal-draws")
    page.locator("main .entries a").first.click()
    page.locator(".draw-start").click()
    expect(page.locator("[data-draw-verifier]")).to_have_attribute("data-verified", "yes")
    clerk.shot("zh-portal-draw")
    proof = page.request.get(page.url + "proof.json").body()
    folder = product.home / "proofs"
    folder.mkdir()
    genuine, changed = folder / "proof.json", folder / "changed.json"
    genuine.write_bytes(proof)
    drawn = json.loads(proof)
    key = drawn["final"][0][0]
    spared = next(row[0] for row in drawn["candidates"] if row[0] not in {one[0] for one in drawn["final"]})
    changed.write_bytes(proof.replace(key.encode(), spared.encode()))
    page.goto(f"{product.address}/public/draws/verify/")
    for file, verdict in ((genuine, "yes"), (changed, "no")):
        page.set_input_files("[data-draw-verifier] input[type=file]", file)
        expect(page.locator("[data-draw-verifier]")).to_have_attribute("data-verified", verdict)
    clerk.shot("zh-portal-changed-proof")
    script = [sys.executable, str(ROOT / "docs" / "draw" / "verify_draw.py")]
    command = [sys.executable, "-m", "chengshu.config.cli", "draw", "verify"]
    for way in (script, command):
        for file, code in ((genuine, 0), (changed, 1)):
            done = subprocess.run(
                [*way, str(file)], env=product.environment, capture_output=True, text=True, timeout=300
            )
            assert done.returncode == code, (way, file, done.stdout, done.stderr)
    page.goto(f"{product.address}/public/results/")
    expect(page.locator("main")).to_contain_text("示例商铺")
    clerk.shot("zh-portal-results")


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
