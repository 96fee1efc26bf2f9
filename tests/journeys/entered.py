"""What officers record of a structure at the desk, from the entry to the write-off."""

from __future__ import annotations

import json
from datetime import date, timedelta

from playwright.sync_api import expect

from tests.journeys.flown import path_of
from tests.journeys.on_site import shot
from tests.journeys.product import Somebody

AREA_M2 = "428.50"


def save(who: Somebody) -> None:
    """Send the form of the page."""
    who.page.locator("main form .button.primary").last.click()


def enter(who: Somebody, lead: str) -> str:
    """From the page of the lead into the ledger, with the outline seen from the air; the entry's address."""
    page = who.page
    who.open(lead)
    page.get_by_role("link", name="登记入违建台账").click()
    page.fill("main input[name=address]", "长寿路1号")
    page.check("main input[name=types][value=production]")
    page.select_option("main select[name=built]", "new")
    page.fill("main input[name=owner_name]", "王小明")
    outline = json.loads(page.locator("#id_polygon").input_value())
    assert outline["type"] == "Polygon"
    ring = outline["coordinates"][0][:-1]
    lng, lat = (sum(corner[n] for corner in ring) / len(ring) for n in (0, 1))
    page.context.set_geolocation({"longitude": lng, "latitude": lat})  # photos are taken where it stands
    page.locator("#draw-map").scroll_into_view_if_needed()
    expect(page.locator("#draw-map[data-idle]")).to_have_count(1)
    who.shot("zh-ledger-new")
    save(who)
    page.get_by_text("已登记入库").first.wait_for()
    return path_of(who.product, page.url)


def prove(who: Somebody, entry: str) -> None:
    """Photos before, the measured area, the finding, and the order to demolish."""
    photograph(who, entry, "before")
    act(who, f"{entry}do/survey/", area_m2=AREA_M2, method="tape")
    act(who, f"{entry}do/find/", result="illegal", number="普城认字〔2026〕1号")
    act(who, f"{entry}step/on_site/")
    last_day = (date.today() + timedelta(days=15)).isoformat()
    act(who, f"{entry}step/order/", number="普城限拆字〔2026〕1号", deadline=last_day)


def photograph(who: Somebody, entry: str, moment: str) -> None:
    """Add a photo of a moment; the device says where it was taken."""
    page = who.page
    who.open(entry)
    page.locator("#photos summary").click()
    form = page.locator("#photos form")
    expect(form.locator("input[name=lng]")).not_to_have_value("")
    form.locator("select[name=moment]").select_option(moment)
    form.locator("input[type=file]").set_input_files([shot()])  # type: ignore[list-item]
    form.locator(".button.primary").click()
    page.get_by_text("已添加").first.wait_for()


def act(who: Somebody, path: str, **values: str) -> str:
    """Fill the form of an act or a step and save it; what it refuses, or nothing."""
    page = who.page
    who.open(path)
    for name, value in values.items():
        box = page.locator(f"main form [name={name}]")
        if box.evaluate("box => box.tagName") == "SELECT":
            box.select_option(value)
        else:
            box.fill(value)
    tolerated = len(who.problems)
    with page.expect_navigation():
        save(who)
    errors = page.locator("main form .error, main form .notice")
    said = " ".join(errors.all_inner_texts()) if path_of(who.product, page.url) == path else ""
    if said:  # a refused form answers 422, which is no error of the page
        del who.problems[tolerated:]
    return said


def demolish(who: Somebody, entry: str) -> str:
    """The owner has taken it down; photos of the same place. The state of the entry."""
    act(who, f"{entry}do/demolish/", way="voluntary")
    photograph(who, entry, "after")
    return who.page.locator("main .subtitle").inner_text()


def propose(who: Somebody, entry: str) -> str:
    """Propose the write-off; why it was refused, or nothing."""
    return act(who, f"{entry}do/propose/", kind="write_off", reason="已自行拆除，场地清理完毕")


def approve(who: Somebody, entry: str) -> None:
    """Another person looks at what it rests on and approves."""
    page = who.page
    who.open(entry)
    expect(page.get_by_text("灭失").or_(page.get_by_text("降至地面")).first).to_be_visible()
    expect(page.locator("#structure-map[data-overlay][data-idle]")).to_have_count(1)
    who.shot("zh-ledger-approve")
    page.get_by_role("button", name="通过", exact=True).click()
    page.get_by_text("已审批通过").first.wait_for()


def photographed_twice(who: Somebody, entry: str) -> None:
    """Before and after stand side by side; nothing can be added any more."""
    who.open(entry)
    for words in ("拆除前", "拆除后"):
        expect(who.page.locator("#photos li", has_text=words).first).to_be_visible()
    expect(who.page.locator("#photos form")).to_have_count(0)
