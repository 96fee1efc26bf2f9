"""A clerk's first day: a real list imported, seen on the map, settled; squads sent out; doubles found."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.journeys.product import BARE, Product, Somebody, started

COMPOUNDS = Path(__file__).resolve().parents[3] / "shared" / "data" / "putuo" / "residential-compounds.csv"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow_start,
    pytest.mark.django_db,
    pytest.mark.skipif(
        not COMPOUNDS.exists(),
        reason="the real list of compounds, which must lie beside the project, is absent",
    ),
]
Arrive = Callable[..., Somebody]
TOWN = "街道_按OSM面判定"


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    """A product without the demo's amounts: the compounds are those of the list."""
    with started(BARE) as running:
        yield running


def the_list() -> list[dict[str, str]]:
    """The rows of the real list."""
    with COMPOUNDS.open(encoding="utf-8-sig") as stream:
        return list(csv.DictReader(stream))


def check_list(clerk: Somebody, coordinates: str) -> None:
    """Upload the list, choose a pair of coordinate columns, run the dry run."""
    page = clerk.page
    clerk.open("/registry/import/")
    page.select_option("select[name=object_class]", label="住宅小区")
    page.set_input_files("input[type=file]", COMPOUNDS)
    page.fill("input[name=source_label]", "小区名单")
    page.locator("form:has(input[type=file]) button.primary").click()
    page.wait_for_url(re.compile("/columns"))
    page.locator(f"input[name=reading][value$='{coordinates}']").first.check()
    page.get_by_role("button", name="预检").click()
    expect(page.get_by_role("button", name="导入", exact=True)).to_be_visible()


def outcomes(clerk: Somebody) -> dict[str, int]:
    """The figures on the tabs of an import."""
    tabs = " ".join(clerk.page.inner_text("nav.tabs").split())
    found = re.findall(r"(全部|新增|有变更|无变化|待核实|不予导入) (\d+)", tabs)
    return {name: int(number) for name, number in found}


def put_into_the_registry(clerk: Somebody) -> None:
    """Import what was checked; a double click does it once."""
    clerk.page.get_by_role("button", name="导入", exact=True).dblclick()
    expect(clerk.page.get_by_text("已导入：")).to_be_visible()


def number_of_compounds(clerk: Somebody, **filters: str) -> int:
    """How many compounds the list page counts."""
    clerk.open("/registry/")
    clerk.page.select_option("select[name=class]", label="住宅小区")
    clerk.page.wait_for_url(re.compile(r"class="))
    for field, label in filters.items():
        clerk.page.select_option(f"select[name={field}]", label=label)
        clerk.page.wait_for_url(re.compile(rf"[?&]{field}=\d+"))
    clerk.page.wait_for_load_state("networkidle")
    counts = re.findall(r"/ ([\d,]+)", clerk.page.locator("#results").inner_text().replace("\n", " "))
    return int(counts[-1].replace(",", ""))


def test_a_clerks_first_day(somebody: Arrive) -> None:
    clerk = somebody("clerk")
    clerk.shot("zh-desk")

    check_list(clerk, "bd09")
    assert outcomes(clerk) == {
        "全部": 288, "新增": 280, "有变更": 0, "无变化": 0, "待核实": 8, "不予导入": 0,
    }  # fmt: skip
    clerk.shot("zh-import-checked")
    put_into_the_registry(clerk)
    assert "新增 280" in clerk.text()
    clerk.shot("zh-import-done")

    check_list(clerk, "wgs84")  # the other pair of columns: the same places, so nothing changes
    assert outcomes(clerk) == {
        "全部": 288, "新增": 0, "有变更": 0, "无变化": 280, "待核实": 8, "不予导入": 0,
    }  # fmt: skip
    put_into_the_registry(clerk)
    assert number_of_compounds(clerk) == 280

    see_each_in_the_right_town(clerk)
    settle_conflicts(clerk)
    see_them_on_the_map(clerk)
    send_the_squads_out(clerk, somebody)
    find_doubles(clerk)
    look_at_it_in_english(clerk)


def look_at_it_in_english(clerk: Somebody) -> None:
    """The same pages, none of them in Chinese but for names."""
    clerk.page.get_by_role("button", name="English").click()
    expect(clerk.page.locator("#nav")).to_contain_text("Regulated objects")
    pages = ("/", "/registry/", "/registry/import/", "/registry/import/1/", "/registry/conflicts/")
    for page in (*pages, "/registry/rounds/", "/registry/rounds/1/", "/registry/doubles/", "/registry/map/"):
        clerk.open(page)
        assert not re.search(r"[\u4e00-\u9fff]", clerk.page.inner_text("#nav"))
        clerk.shot("en-" + (page.strip("/").replace("/", "-") or "desk"))


def see_each_in_the_right_town(clerk: Somebody) -> None:
    """The list itself says in which town each compound lies: by that the places are checked."""
    doubtful = [row for row in the_list() if not row["区域商圈："].startswith("普陀") or not row[TOWN]]
    assert len(doubtful) == 8
    expected = Counter(row[TOWN] for row in the_list() if row not in doubtful)
    assert sum(expected.values()) == 280
    for town in ("桃浦镇", "真如镇街道", "长寿路街道"):
        assert number_of_compounds(clerk, town=town) == expected[town], town


def settle_conflicts(clerk: Somebody) -> None:
    """Four lie outside, four name another district: flagged, none lost; then one of each is settled."""
    page = clerk.page
    clerk.open("/registry/conflicts/")
    assert clerk.text().count("位置在本区以外") == 4
    assert clerk.text().count("位置在普陀区") == 4
    clerk.shot("zh-conflicts")

    page.locator("#results tr", has_text="位置在普陀区").first.get_by_role("link").first.click()
    page.wait_for_url(re.compile(r"/conflicts/\d+/"))
    clerk.shot("zh-conflict")
    page.locator("form[action$='/accept'] button.primary").click()
    clerk.open("/registry/conflicts/")
    expect(page.locator("#results tbody tr")).to_have_count(7)

    page.locator("#results tr", has_text="位置在本区以外").first.get_by_role("link").first.click()
    page.wait_for_url(re.compile(r"/conflicts/\d+/"))
    dismiss = page.locator("form[action$='/dismiss']")
    dismiss.locator("[name=note]").fill("不在本区")
    dismiss.locator("button").last.click()
    clerk.open("/registry/conflicts/")
    expect(page.locator("#results tbody tr")).to_have_count(6)

    check_list(clerk, "wgs84")  # what was settled is not asked again
    assert outcomes(clerk)["新增"] == outcomes(clerk)["有变更"] == 0


def see_them_on_the_map(clerk: Somebody) -> None:
    """All of them, and the picture is not empty."""
    clerk.open("/registry/map/")
    clerk.page.select_option("select[name=class]", label="住宅小区")
    expect(clerk.page.get_by_text(re.compile(r"281\s*个对象")).first).to_be_visible()
    expect(clerk.page.locator("#map[data-total='281'][data-idle]")).to_be_visible()
    clerk.shot("zh-map")


def send_the_squads_out(clerk: Somebody, somebody: Arrive) -> None:
    """A round is made, opened, worked on a phone and closed; the two figures are those of the work done."""
    page = clerk.page
    clerk.open("/registry/rounds/new")
    page.fill("input[name=name]", "住宅小区核查")
    page.get_by_label("住宅小区").check()
    for town in page.locator("input[name=towns]").all():
        town.check()
    page.locator("main form button.primary").first.click()
    page.get_by_role("button", name="开始核查").click()
    expect(page.get_by_text("清单已锁定：共281个对象。")).to_be_visible()
    clerk.shot("zh-round")
    where = page.url.removeprefix(clerk.product.address)

    officer = somebody("officer", phone=True)
    phone = officer.page
    officer.open(where + "next")
    officer.shot("zh-phone-item")
    phone.get_by_role("button", name="无变化").click()
    expect(phone.get_by_text("已上报：")).to_be_visible()
    phone.get_by_role("button", name="现场查无").click()
    expect(phone.get_by_text("现场查无。")).to_be_visible()
    officer.open(where + "found")
    phone.get_by_role("button", name="我的位置").click()
    expect(phone.locator("input[name=lng]")).not_to_have_value("")
    phone.fill("input[name=name]", "望江新村二街坊")
    phone.set_input_files("input[type=file]", {"name": "门.jpg", "mimeType": "image/jpeg", "buffer": photo()})
    phone.get_by_role("button", name="登记").click()
    expect(phone.get_by_text("已登记为新发现")).to_be_visible()
    officer.shot("zh-phone-found")

    clerk.open(where)
    page.get_by_role("button", name="结束核查").click()
    page.get_by_role("button", name="结束并锁定数据").click()
    expect(page.get_by_text("核查2个，新增1个").first).to_be_visible()
    clerk.shot("zh-round-closed")


def photo() -> bytes:
    """A picture as a phone takes it."""
    buffer = BytesIO()
    Image.effect_noise((640, 480), 40).convert("RGB").save(buffer, "JPEG")
    return buffer.getvalue()


def find_doubles(clerk: Somebody) -> None:
    """Two spellings of one compound are offered as one, with the reasons."""
    page = clerk.page
    clerk.open("/registry/objects/new?class=compound")
    known = next(row for row in the_list() if row["小区名称"].endswith("花园") and row[TOWN])
    double = known["小区名称"].removesuffix("园") + "苑"
    page.fill("input[name=name]", double)
    page.fill("input[name=address]", "普陀区" + known["详细地址："])
    page.fill("input[name=lng]", known["经度_wgs84"][:8])
    page.fill("input[name=lat]", known["纬度_wgs84"][:7])
    expect(page.get_by_text(known["小区名称"]).first).to_be_visible()  # offered while one is still typing
    clerk.shot("zh-object-new")
    page.get_by_role("button", name="保存").click()
    page.wait_for_url(re.compile(r"/objects/\d+/"))

    clerk.open("/registry/doubles/")
    page.get_by_role("button", name="查找疑似重复").click()
    pair = page.locator("#results tr", has_text=double)  # the page loads anew by itself when the search ends
    expect(pair).to_contain_text(known["小区名称"])
    clerk.shot("zh-doubles")
    pair.get_by_role("link").first.click()
    clerk.shot("zh-double")
