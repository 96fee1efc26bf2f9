"""A structure seen from the air, checked on a phone, entered, demolished, seen gone and written off."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from tests.journeys.entered import approve, demolish, enter, photographed_twice, propose, prove
from tests.journeys.flown import FLIGHTS, compare, path_of, register
from tests.journeys.on_site import shot
from tests.journeys.product import BARE, Product, Somebody, started

pytestmark = [pytest.mark.browser, pytest.mark.slow_start, pytest.mark.django_db]
Arrive = Callable[..., Somebody]
SCREEN = {"width": 1366, "height": 768}
BEFORE, AFTER, CLEARED = "长寿路第一期", "长寿路第二期", "长寿路复核"


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    """A product without the demo's amounts; the flights lie in its folder."""
    with started(BARE + FLIGHTS) as running:
        yield running


def ago(days: int) -> str:
    """A day in the past, as forms take it."""
    return (date.today() - timedelta(days=days)).isoformat()


def test_from_the_air_to_the_write_off(somebody: Arrive, product: Product) -> None:
    clerk = somebody("clerk")
    clerk.page.set_viewport_size(SCREEN)  # type: ignore[arg-type]
    register(clerk, BEFORE, ago(120), "before")
    register(clerk, AFTER, ago(2), "after")
    compared = compare(clerk, BEFORE, AFTER)
    look_at_both_dates(clerk, compared)
    suspect = decide(clerk, compared)
    lead = send(clerk, suspect)
    officer = somebody("officer", phone=True)
    check_on_site(officer)
    clerk.open(suspect)
    expect(clerk.page.locator("main .subtitle .badge", has_text="违法")).to_be_visible()

    desk = somebody("officer")
    entry = enter(desk, lead)
    prove(desk, entry)
    assert "待销项" in demolish(desk, entry)
    refused = propose(desk, entry)
    assert "航拍复核" in refused  # it is a large one
    register(clerk, CLEARED, ago(0), "cleared")
    compare(clerk, AFTER, CLEARED)
    assert propose(desk, entry) == ""
    leader = somebody("leader")
    approve(leader, entry)
    see_it_gone(leader, entry)
    photographed_twice(desk, entry)


def look_at_both_dates(clerk: Somebody, compared: str) -> None:
    """The divider, both dates side by side, and heights along a line."""
    page, sky = clerk.page, clerk.page.locator("#sky")
    clerk.open(compared)
    expect(page.locator("#sky[data-ready][data-idle]")).to_have_count(1)
    expect(sky).not_to_have_attribute("data-suspects", "0")
    sky.scroll_into_view_if_needed()
    clerk.shot("zh-air-swipe")
    page.locator("[data-profile]").click()
    frame = sky.bounding_box()
    assert frame is not None
    for part in (0.4, 0.6):
        page.mouse.click(frame["x"] + frame["width"] * part, frame["y"] + frame["height"] * 0.5)
    expect(page.locator("#sky-profile svg path.after")).to_have_count(1)
    page.locator("#sky-profile").scroll_into_view_if_needed()
    clerk.shot("zh-air-profile")
    page.get_by_role("button", name="并列").click()
    expect(page.locator(".sky.side")).to_have_count(1)
    expect(page.locator("#sky[data-idle]")).to_have_count(1)
    sky.scroll_into_view_if_needed()
    clerk.shot("zh-air-side")


def decide(clerk: Somebody, compared: str) -> str:
    """By keyboard: the largest new building is suspected to be illegal, one other did not change."""
    page, title = clerk.page, clerk.page.locator("#sky-facts h2")
    clerk.open(compared)
    page.get_by_role("link", name="判定", exact=True).click()
    expect(title).to_contain_text("新建房屋")
    expect(page.locator("#sky[data-idle]")).to_have_count(1)
    clerk.shot("zh-air-queue")
    suspect = page.locator("#sky").get_attribute("data-card")
    left = page.locator("#sky-left").inner_text()
    page.keyboard.press("1")
    expect(page.locator("#sky-left")).not_to_have_text(left)
    expect(page.locator("#sky")).not_to_have_attribute("data-card", suspect or "")
    page.keyboard.press("4")
    expect(page.locator("#sky[data-pending='0']")).to_have_count(1)  # both verdicts are answered
    return f"/sensing/suspects/{suspect}/"


def send(clerk: Somebody, suspect: str) -> str:
    """What was decided becomes a lead of the squad; the address of the lead."""
    page = clerk.page
    clerk.open("/sensing/suspects/")
    expect(page.locator("main .badge", has_text="无变化")).to_have_count(1)
    clerk.shot("zh-air-suspects")
    page.get_by_role("button", name="批量转线索").click()
    expect(page.get_by_text("已转线索 1 条").first).to_be_visible()
    clerk.open(suspect)
    expect(page.locator("#sky[data-ready][data-idle]")).to_have_count(1)
    clerk.shot("zh-air-suspect")
    page.locator("main a[href^='/leads/']").first.click()
    page.wait_for_url("**/leads/*/")
    return path_of(clerk.product, page.url)


def check_on_site(officer: Somebody) -> None:
    """On a phone: accepted, arrived, two photos, and the order to put it right."""
    page = officer.page
    main = page.locator("main")
    officer.open("/field/")
    page.get_by_text("航拍疑似违法建筑").first.click()
    for words in ("接收", "到达现场"):
        main.get_by_role("button", name=words, exact=True).first.click()
    page.get_by_role("radio", name="责令改正", exact=True).first.click()
    for number in (1, 2):
        main.locator(".shoot input[type=file]").first.set_input_files([shot()])  # type: ignore[list-item]
        expect(page.locator(".shot")).to_have_count(number)
    page.get_by_label("复查日期").fill(ago(-15))
    page.get_by_label("处置情况").fill("现场核实为未取得规划许可擅自新建，责令限期拆除")
    officer.shot("zh-air-phone")
    main.get_by_role("button", name="提交", exact=True).first.click()
    expect(page.get_by_text("待办").first).to_be_visible()
    expect(page.locator(".counter")).to_contain_text("已全部上传")


def see_it_gone(leader: Somebody, entry: str) -> None:
    """Its page, the statistics and the map of the ledger say that it is written off."""
    page = leader.page
    page.set_viewport_size(SCREEN)  # type: ignore[arg-type]
    leader.open(entry)
    expect(page.locator("main .subtitle .badge", has_text="已销项")).to_be_visible()
    expect(page.locator("#structure-map[data-overlay][data-idle]")).to_have_count(1)
    leader.shot("zh-ledger-entry")
    number = page.locator("h1").inner_text().split(" ")[0]
    leader.open("/structures/figures/")
    leader.shot("zh-ledger-figures")
    page.locator(".stats a", has_text="本年拆除销项").click()
    expect(page.get_by_role("link", name=number)).to_be_visible()
    leader.open("/structures/map/")
    expect(page.locator("#map[data-total='1'][data-idle]")).to_be_visible()
    page.locator("#map").scroll_into_view_if_needed()
    leader.shot("zh-ledger-map")
