"""A shift at phone size, half of it without a network: all of it arrives once, and the log writes itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Locator, expect

from tests.journeys.on_site import shot
from tests.journeys.product import BARE, Product, Somebody, started
from tests.patrol.tag import FakeTag

pytestmark = [pytest.mark.browser, pytest.mark.slow_start, pytest.mark.django_db]
Arrive = Callable[..., Somebody]
PASSWORD = "Correct-Horse-7!"
UIDS = ("04A1B2C3D4E5F6", "04A1B2C3D4E5F7")

# Run beside the product, as its other processes are: people on duty, a beat with tags, a lead, an inspection.
SCENE = """
import json, os
os.environ["DJANGO_SETTINGS_MODULE"] = "chengshu.config.settings"
import django
django.setup()
from datetime import date, timedelta
from django.utils import timezone
from chengshu.bureau.models import Certificate, District, RoleAssignment, RosterEntry, Unit, User
from chengshu.inspections.services.arranging import arrange
from chengshu.inspections.services.catalogue import load_catalogue
from chengshu.leads.services import NewLead, report
from chengshu.leads.services.classes import load_classes
from chengshu.patrol.services import beats, tags
from chengshu.registry.models import FactRecord, ObjectClass
from chengshu.registry.services.objects import Provenance, create_object
now = timezone.now()
district = District.objects.get(code="310107")
load_classes(district)
load_catalogue(district)
squad = Unit.objects.get(district=district, kind="squad", towns__name="长寿路街道")
HERE = (121.433, 31.243)
def person(name, role, full):
    user = User(username=name, full_name=full, unit=squad)
    user.set_password(PASSWORD)
    user.save()
    RoleAssignment.objects.create(user=user, role=role, unit=squad, granted_at=now - timedelta(days=9))
    Certificate.objects.create(
        user=user, number="ZF-" + name, valid_from=date(2020, 1, 1), valid_to=now.date() + timedelta(days=300)
    )
    return User.objects.with_roles().get(pk=user.pk)
first, second = person("walker", "officer", "王执法"), person("walker-b", "officer", "赵执法")
person("leader-a", "squad_leader", "郑中队")
RosterEntry.objects.create(
    unit=squad, user=first, starts_at=now - timedelta(hours=6), ends_at=now + timedelta(minutes=25)
)
clerk = User.objects.with_roles().get(username="clerk")
beat = beats.save_beat(
    district, by=clerk, code="CS-1", name="长寿路", squad=squad, street_class="strict", boundary=None
)
keys = tags.enter_keys(district, by=clerk, name="一号密钥", meta_key="0f" * 16, file_key="1e" * 16)
chips = []
for number, uid in enumerate(UIDS):
    point = beats.save_point(beat, by=clerk, code=str(number), name=f"长寿路{number + 1}号点", position=HERE)
    tag = tags.mount(point, by=clerk, kind="dynamic", uid=uid, keys=keys)
    writing = tags.writing_of(tag, by=clerk, reason="写入标签", site="https://chengshu.example")
    chips.append({"code": tag.code, "uid": uid, "meta": writing.meta_key, "file": writing.file_key})
found = NewLead("import", "E0201", "占道设摊卖水果", address="长寿路1号", position=HERE)
lead = report(found, district=district, by=None).lead
shop = create_object(
    district=district, object_class=ObjectClass.objects.get(district=district, code="shop"), by=None,
    values={"name": "示例面馆", "address": "长寿路2号", "position": HERE},
    provenance=Provenance(FactRecord.Source.CLERK, now.date()),
)
arrange(shop, "routine", [first, second], by=first, reason="日常检查", due_on=now.date() + timedelta(days=3))
print(json.dumps({"chips": chips, "officer": first.pk}))
"""
KEPT = """
import json, os
os.environ["DJANGO_SETTINGS_MODULE"] = "chengshu.config.settings"
import django
django.setup()
from chengshu.cases.models import Case
from chengshu.field.models import FieldRecord
from chengshu.inspections.models import Inspection
from chengshu.leads.models import Lead
from chengshu.patrol.models import CheckIn, DutyLog, Position, TagAttempt
records = FieldRecord.objects.order_by("seq")
case = Case.objects.get()
print(json.dumps({
    "seqs": [one.seq for one in records],
    "refused": [one.kind for one in records if one.outcome == "refused"],
    "flagged": [one.messages for one in records if one.outcome == "flagged"],
    "ways": list(CheckIn.objects.order_by("at").values_list("way", flat=True)),
    "faults": sorted(TagAttempt.objects.values_list("fault", flat=True)),
    "lead": list(Lead.objects.values_list("outcome", flat=True)),
    "inspections": list(Inspection.objects.values_list("state", "result")),
    "case": [case.number, case.to_correct],
    "log": list(DutyLog.objects.values_list("state", "valid")),
    "positions": Position.objects.count(),
}, default=str))
"""


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    """A product without the demo's amounts."""
    with started(BARE) as running:
        yield running


@pytest.fixture(scope="module")
def scene(product: Product) -> dict[str, Any]:
    """The scene is set: the chips at the two points."""
    code = SCENE.replace("PASSWORD", repr(PASSWORD)).replace("UIDS", repr(UIDS))
    product.passwords |= dict.fromkeys(("walker", "leader-a"), PASSWORD)
    held: dict[str, Any] = json.loads(product.beside(code))
    return held


class Walker:
    """The officer with the phone."""

    def __init__(self, who: Somebody) -> None:
        self.who, self.page = who, who.page

    def screen(self, name: str) -> None:
        """Go to a screen of the app without loading anything."""
        self.page.evaluate("name => { location.hash = '#/' + name }", name)

    def press(self, words: str) -> None:
        """A button by its words."""
        self.page.locator("main").get_by_role("button", name=words, exact=True).first.click()

    def choose(self, words: str) -> None:
        """One of few options."""
        self.page.get_by_role("radio", name=words, exact=True).first.click()

    def fill(self, label: str, text: str) -> None:
        """A field by its label."""
        self.page.get_by_label(label, exact=False).first.fill(text)

    def says(self, words: str) -> None:
        """The counter in the header, always visible."""
        expect(self.page.locator(".counter")).to_contain_text(words)

    def picture(self, within: Locator | None = None) -> None:
        """Take one more photo."""
        place = within or self.page.locator("main")
        before = self.page.locator(".shot").count()
        place.locator(".shoot input[type=file]").first.set_input_files([shot()])  # type: ignore[list-item]
        expect(self.page.locator(".shot")).to_have_count(before + 1)

    def read(self, code: str, proof: dict[str, str]) -> None:
        """What a reader handed to the app says, with or without a network."""
        self.screen("checkin")
        self.fill("手工输入编号", f"https://chengshu.example/t/{code}?{urlencode(proof)}")
        self.press("继续")
        self.press("签到")
        expect(self.page.get_by_label("手工输入编号")).to_be_visible()

    def go_on(self, metres_east: int) -> None:
        """Walk so far from where the shift began."""
        self.page.context.set_geolocation({"longitude": 121.433 + metres_east / 95_000, "latitude": 31.243})

    def sign(self) -> None:
        """On the first pad that is still empty."""
        pad = self.page.locator("canvas.pad").first
        pads = self.page.locator("canvas.pad").count()
        pad.scroll_into_view_if_needed()
        frame = pad.bounding_box()
        assert frame is not None
        mouse = self.page.mouse
        mouse.move(frame["x"] + 20, frame["y"] + 30)
        mouse.down()
        for step in range(1, 8):
            mouse.move(frame["x"] + 20 + step * 25, frame["y"] + 30 + (step % 2) * 30)
        mouse.up()
        self.press("完成签字")
        expect(self.page.locator("canvas.pad")).to_have_count(pads - 1)


def test_a_shift_half_of_it_without_a_network(
    somebody: Arrive, product: Product, scene: dict[str, Any]
) -> None:
    officer = somebody("walker", phone=True)
    walker = Walker(officer)
    chips = [
        FakeTag(bytes.fromhex(one["uid"]), bytes.fromhex(one["meta"]), bytes.fromhex(one["file"]))
        for one in scene["chips"]
    ]
    codes = [one["code"] for one in scene["chips"]]
    begin(walker, codes[0], chips[0])
    officer.page.context.set_offline(True)
    try:
        walk(walker, codes, chips)
        walker.go_on(15)
        handle_the_lead(walker)
        walker.go_on(25)
        inspect(walker)
        fine(walker)
        waiting = officer.page.locator(".counter").inner_text()
        assert "待上传" in waiting
        walker.screen("waiting")
        officer.shot("zh-field-waiting")
    finally:
        officer.page.context.set_offline(False)
    walker.says("已全部上传")
    walker.screen("today")
    walker.press("下岗")
    expect(walker.page.locator("main").get_by_role("button", name="下岗", exact=True)).to_have_count(0)
    walker.says("已全部上传")
    sign_the_log(walker)
    confirm(somebody)
    kept = json.loads(product.beside(KEPT))
    assert kept["seqs"] == list(range(1, len(kept["seqs"]) + 1))
    assert kept["refused"] == ["check_in", "check_in"] and kept["flagged"] == []
    assert kept["faults"] == ["forged", "replayed"]
    assert kept["ways"] == ["nfc_dynamic", "nfc_dynamic"]
    assert kept["lead"] == ["advised"]
    assert kept["inspections"] == [["ordered", 5]]
    assert kept["case"][0] and not kept["case"][1]
    assert kept["log"] == [["confirmed", True]]
    assert kept["positions"] > 0
    on_the_map(somebody, scene["officer"])


def begin(walker: Walker, code: str, chip: FakeTag) -> None:
    """Duty begun, the app kept for work without a network; the first tag opens the app by its address."""
    walker.who.open("/field/")
    expect(walker.page.get_by_text("占道设摊卖水果")).to_be_visible()
    walker.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    walker.who.shot("zh-field-today")
    walker.press("上岗")
    on_duty = walker.page.locator("main").get_by_role("button", name="下岗", exact=True)
    expect(on_duty).to_be_visible()  # before that nothing waits either: the counter alone would say too soon
    walker.says("已全部上传")
    walker.who.open(f"/t/{code}?{urlencode(chip.read())}")
    expect(walker.page.get_by_text("长寿路1号点").first).to_be_visible()
    walker.who.shot("zh-field-checkin")
    walker.press("签到")
    walker.says("已全部上传")
    walker.page.wait_for_function("navigator.serviceWorker.controller !== null")


def walk(walker: Walker, codes: list[str], chips: list[FakeTag]) -> None:
    """A good read, the same once more, and one with a wrong proof; all are kept, the server judges them."""
    proof = chips[1].read()
    walker.read(codes[1], proof)
    walker.says("条待上传")
    walker.read(codes[1], proof)
    forged = chips[1].read()
    last = forged["cmac"][-1]
    walker.read(codes[1], {**forged, "cmac": forged["cmac"][:-1] + ("1" if last == "0" else "0")})
    walker.says("条待上传")


def handle_the_lead(walker: Walker) -> None:
    """Accepted, arrived, put right on the spot, with a photo."""
    walker.screen("today")
    walker.page.get_by_text("占道设摊卖水果").click()
    walker.press("接收")
    walker.press("到达现场")
    walker.choose("当场改正")
    walker.picture()
    walker.fill("处置情况", "已劝离，路面清理完毕")
    walker.who.shot("zh-field-lead")
    walker.press("提交")
    expect(walker.page.get_by_text("待办").first).to_be_visible()  # the app goes back by itself


def inspect(walker: Walker) -> None:
    """The checklist with one finding, an order to rectify, and the party's signature."""
    walker.page.get_by_text("示例面馆").first.click()
    walker.press("到达现场")
    entries = walker.page.locator(".checklist > li")
    expect(entries.first).to_be_visible()
    for number in range(entries.count()):
        entry = entries.nth(number)
        entry.get_by_role("radio", name="未发现问题" if number else "发现问题", exact=True).click()
        if not number:
            walker.picture(entry)
    walker.page.locator("main select").first.select_option("5")
    walker.choose("签字")
    walker.fill("签字人姓名", "李某")
    walker.sign()
    walker.who.shot("zh-field-inspection")
    walker.press("提交检查结果")
    expect(walker.page.get_by_text("待办").first).to_be_visible()


def fine(walker: Walker) -> None:
    """A decision on the spot, from the facts to the paper in the party's hand."""
    walker.screen("simple")
    walker.fill("案由", "飞线充电")
    walker.page.locator(".hits button").first.click()
    walker.fill("地点", "长寿路3号")
    walker.fill("违法事实", "私拉电线为电动自行车充电，当场拆除")
    walker.picture()
    walker.press("继续")
    walker.fill("姓名", "李某")
    walker.press("继续")
    for box in walker.page.locator("main input[type=checkbox]").all():
        box.check()
    walker.press("继续")
    walker.page.locator(".amounts button").first.click()
    walker.press("继续")
    walker.page.locator("main select").last.select_option(label="赵执法")
    expect(walker.page.locator("main .paper")).to_contain_text("李某")  # read before anybody signs
    for _signer in range(3):
        walker.sign()
    walker.press("生成决定书")
    walker.who.shot("zh-field-decision")
    walker.press("已送达，提交")
    expect(walker.page.get_by_text("当场行政处罚决定书").first).to_be_visible()


def sign_the_log(walker: Walker) -> None:
    """The log holds the shift by itself; the officer signs what was shown."""
    walker.screen("log")
    for deed in ("长寿路2号点", "处置反馈", "示例面馆", "当罚决字"):
        expect(walker.page.locator("ul.log")).to_contain_text(deed)
    walker.who.shot("zh-field-log")
    signed = walker.page.get_by_text("队员已签名").first
    grown = walker.page.get_by_text("日志内容有新增").first
    walker.press("签署日志")
    expect(signed.or_(grown).first).to_be_visible()
    if not signed.is_visible():  # positions arrived meanwhile: read again, sign again
        expect(grown).to_have_count(0)
        walker.press("签署日志")
    expect(signed).to_be_visible()
    walker.says("已全部上传")


def confirm(somebody: Arrive) -> None:
    """The squad leader reads and confirms it."""
    leader = somebody("leader-a")
    leader.open("/patrol/logs/")
    leader.page.get_by_role("link", name="王执法").first.click()
    leader.shot("zh-duty-log")
    leader.page.locator("main").get_by_role("button", name="确认", exact=True).click()
    expect(leader.page.get_by_text("中队长已确认").first).to_be_visible()


def on_the_map(somebody: Arrive, officer: int) -> None:
    """The command map shows the way of the shift."""
    leader = somebody("leader-a")
    leader.open("/command/")
    leader.page.locator("#tab-duty").click()
    leader.page.locator(f"[data-track-of='{officer}']").first.click()
    expect(leader.page.locator("[data-track]")).not_to_have_attribute("data-track", "0")
    leader.page.wait_for_timeout(1500)  # for the picture only: the map moves there
    leader.shot("zh-command-track")
