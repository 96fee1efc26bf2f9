"""Two penalties in the browser: one on the spot from a phone, one by the general procedure at the desk."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.journeys.product import Somebody

pytestmark = [pytest.mark.browser, pytest.mark.slow_start, pytest.mark.django_db]
Arrive = Callable[..., Somebody]
MOST_CLICKS = 25
PERSON_ID = "31010719900307451X"


def photo() -> dict[str, object]:
    """A picture as a phone takes it."""
    buffer = BytesIO()
    Image.effect_noise((640, 480), 40).convert("RGB").save(buffer, "JPEG")
    return {"name": "现场.jpg", "mimeType": "image/jpeg", "buffer": buffer.getvalue()}


class Hand:
    """A hand that counts how often it touches the page: every tap, and every field it has to go to."""

    def __init__(self, who: Somebody) -> None:
        self.who, self.page, self.clicks = who, who.page, 0

    def tap(self, button: str) -> None:
        """A button or link by its words."""
        self.clicks += 1
        main = self.page.locator("main")
        main.get_by_role("button", name=button, exact=True).or_(
            main.get_by_role("link", name=button, exact=True)
        ).first.click()

    def fill(self, field: str, text: str) -> None:
        """A field by its name."""
        self.clicks += 1
        self.page.fill(f"main [name='{field}']", text)

    def choose(self, field: str, label: str) -> None:
        """An option of a list: two touches."""
        self.clicks += 2
        self.page.select_option(f"main [name='{field}']", label=label)

    def check(self, field: str) -> None:
        """A box."""
        self.clicks += 1
        self.page.check(f"main [name='{field}']")


def test_both_procedures_from_beginning_to_archive(somebody: Arrive) -> None:
    on_the_spot(somebody)
    at_the_desk(somebody)


def on_the_spot(somebody: Arrive) -> None:
    """当场处罚 on a phone of 360×640, under 25 touches from the list to the archive."""
    hand = Hand(somebody("officer", phone=True))
    hand.who.open("/cases/mine")
    hand.tap("当场处罚")
    hand.fill("cause", "飞线充电")
    hand.fill("facts", "楼道内私拉电线为电动自行车充电")
    hand.fill("address", "长寿路100弄3号")
    hand.fill("p-name", "张小三")
    hand.fill("p-id_number", PERSON_ID)
    for field in ("id_shown", "told", "heard"):
        hand.check(field)
    hand.choose("second_officer", "方行远")
    hand.page.set_input_files("main [name=photos]", photo())  # type: ignore[arg-type]
    hand.clicks += 1
    hand.fill("fine", "100")
    expect(hand.page.get_by_text("简易程序限额").first).to_be_visible()
    hand.who.shot("zh-phone-simple")
    hand.tap("作出当场处罚决定")
    expect(hand.page.get_by_text("已作出当场处罚决定")).to_be_visible()
    assert "张小三" not in hand.page.content()
    hand.who.shot("zh-phone-case")
    hand.tap("当场处罚备案")
    expect(hand.page.get_by_text("已记录：当场处罚备案")).to_be_visible()
    hand.tap("缴款")
    expect(hand.page.get_by_text("已记录：缴款")).to_be_visible()
    where = hand.page.url.removeprefix(hand.who.product.address)

    leader = Hand(somebody("leader", phone=True))
    leader.who.open(where)
    for step in ("公示", "结案", "归档"):
        leader.tap(step)
        expect(leader.page.get_by_text(f"已记录：{step}")).to_be_visible()
    leader.who.shot("zh-phone-archived")
    assert hand.clicks + leader.clicks < MOST_CLICKS, hand.clicks + leader.clicks


def form(hand: Hand, step: str) -> None:
    """Open the form of a step in its place on the page."""
    hand.tap(step)
    expect(hand.page.locator("#step-slot .panel-head h2", has_text=step)).to_be_visible()


def send(hand: Hand, step: str) -> None:
    """Send it; the answer is the same page."""
    hand.page.locator("#step-slot form").get_by_role("button", name=step, exact=True).click()
    expect(hand.page.get_by_text(f"已记录：{step}")).to_be_visible()


def at_the_desk(somebody: Arrive) -> None:
    """普通程序: everyone at his or her own browser, all on the page of the case."""
    officer = Hand(somebody("officer"))
    officer.who.open("/cases/new")
    officer.fill("summary", "沿街商户在居住建筑室内为电动自行车充电")
    officer.fill("address", "长寿路200号")
    officer.fill("cause", "室内停放")
    officer.who.shot("zh-lead")
    officer.tap("登记")
    expect(officer.page.locator("h1")).to_contain_text("线索")
    where = officer.page.url.removeprefix(officer.who.product.address)
    investigate(officer)
    officer.who.shot("zh-case")

    leader = Hand(somebody("leader"))
    leader.who.open("/cases/mine")
    leader.who.shot("zh-mine")
    leader.who.open(where)
    leader.tap("批准立案")
    expect(leader.page.get_by_text("已记录：批准立案")).to_be_visible()

    officer.who.open(where)
    form(officer, "调查笔录")
    officer.fill("record", "当事人承认在室内充电")
    officer.check("id_shown")
    send(officer, "调查笔录")
    form(officer, "调查终结报告")
    officer.fill("o1-fine", "300")
    officer.who.shot("zh-case-report")
    send(officer, "调查终结报告")
    for step, fields in (("事先告知", {}), ("陈述申辩", {"made": "否"}), ("处罚决定报批", {})):
        form(officer, step)
        for field, label in fields.items():
            officer.choose(field, label)
        if step == "陈述申辩":
            officer.check("waived")
        send(officer, step)

    chief = Hand(somebody("chief"))
    chief.who.open(where)
    form(chief, "作出处罚决定")
    chief.who.shot("zh-case-decide")
    send(chief, "作出处罚决定")

    officer.who.open(where)
    form(officer, "送达")
    send(officer, "送达")
    officer.tap("缴款")
    expect(officer.page.get_by_text("已记录：缴款")).to_be_visible()
    leader.who.open(where)
    for step in ("公示", "结案", "归档"):
        leader.tap(step)
        expect(leader.page.get_by_text(f"已记录：{step}")).to_be_visible()
    leader.who.shot("zh-case-archived")
    leader.who.open("/cases/")
    leader.who.shot("zh-cases")

    english = somebody("legal", language="en")
    english.page.get_by_role("button", name="English").click()
    english.open(where)
    expect(english.page.get_by_text("What the law says").first).to_be_visible()
    english.shot("en-case")


def investigate(officer: Hand) -> None:
    """From the check to the proposal of filing, with a photo as evidence."""
    page = officer.page
    form(officer, "线索核查")
    officer.choose("second_officer", "方行远")
    send(officer, "线索核查")
    page.locator("summary", has_text="添加证据").click()
    page.set_input_files("main [name=file]", photo())  # type: ignore[arg-type]
    page.locator("#evidence [name=title]").fill("室内充电照片")
    page.locator("#evidence [name=second_officer]").select_option(label="方行远")
    page.get_by_role("button", name="入卷", exact=True).click()
    expect(page.get_by_text("证据已入卷：室内充电照片")).to_be_visible()
    form(officer, "立案报批")
    officer.fill("p1-name", "李大四")
    officer.fill("p1-id_number", PERSON_ID)
    officer.choose("second_officer", "方行远")
    officer.who.shot("zh-case-filing")
    send(officer, "立案报批")
