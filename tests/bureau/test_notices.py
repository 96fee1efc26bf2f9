"""Notices: once a person and occasion, in the recipient's language, by the ways unit and person chose."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from django.utils.translation import gettext_lazy
from hypothesis import given
from hypothesis import strategies as st

from chengshu.bureau.models import Notice, NoticePreference, NoticeRoute, Unit, User
from chengshu.bureau.notices import notify, register_kind, setup, unread_count
from chengshu.bureau.notices.kinds import _kinds
from chengshu.bureau.notices.service import quiet_until
from chengshu.bureau.services.base import Refused
from chengshu.kernel import outbox
from chengshu.kernel.models import Event, OutgoingLane, OutgoingMessage
from chengshu.kernel.outbox import wecom
from tests import factories
from tests.receiver import Receiver, Reply, receiver

pytestmark = pytest.mark.django_db
KEY = "693a91f6-7abc-4bc4-97a0-0ec2sifa5aaa"
OK = Reply.of({"errcode": 0})
ADDRESS = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=" + KEY


@pytest.fixture(autouse=True)
def _kind() -> Iterator[None]:
    register_kind("lead.overdue", gettext_lazy("Attention"))
    yield
    _kinds.pop("lead.overdue")


@pytest.fixture
def town(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[Receiver]:
    """A WeCom server of one's own."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    wecom.forget_tokens()
    with receiver() as made:
        made.otherwise = OK
        settings.WECOM = {"base": made.url, "corp_id": "ww1", "agent_id": 7, "secret": "app-secret"}
        yield made


def tell(*people: User, key: str = "k1", **more: Any) -> int:
    return notify(people, "lead.overdue", "线索超期", key=key, url="/leads/1/", **more)


def route(system: User, unit: Unit, way: str, **more: Any) -> NoticeRoute:
    return setup.save_route(None, by=system, unit=unit, way=way, **more)


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="chengshu.bureau.backends.BureauBackend")
    return client


# --- in the application -------------------------------------------------------------------------------
def test_the_same_occasion_is_told_once(squad: Unit) -> None:
    one, two = factories.make_user("officer", squad), factories.make_user("officer", squad)
    assert tell(one) == 1
    assert tell(one, two) == 1
    assert tell(one, two) == 0
    assert tell(one, key="k2") == 1
    assert (unread_count(one), unread_count(two)) == (2, 1)
    pushed = Event.objects.filter(topic="notice").order_by("id").values_list("subject", flat=True)
    assert list(pushed) == [f"user:{one.pk}", f"user:{two.pk}", f"user:{one.pk}"]


def test_each_in_his_own_language_and_nobody_who_left(squad: Unit) -> None:
    zh = factories.make_user("officer", squad)
    en = factories.make_user("officer", squad, language="en")
    gone = factories.make_user("officer", squad, is_active=False)
    assert notify([zh, en, gone], "lead.overdue", gettext_lazy("Alarm"), key="k") == 2
    assert Notice.objects.get(recipient=zh).title == "告警"
    assert Notice.objects.get(recipient=en).title == "Alarm"


@pytest.mark.parametrize(
    "wrong",
    [
        {"level": "panic"},
        {"key": ""},
        {"url": "https://evil.example/"},
        {"url": "//evil.example/"},
        {"url": "/\\evil.example/"},
    ],
)
def test_a_notice_that_makes_no_sense_is_refused(wrong: dict[str, str], system: User) -> None:
    with pytest.raises(ValueError, match=r"notice|level"):
        notify([system], "lead.overdue", "x", **{"key": "k", **wrong})


def test_the_bell_the_list_and_reading(squad: Unit, django_assert_max_num_queries: Any) -> None:
    officer, other = factories.make_user("officer", squad), factories.make_user("officer", squad)
    for n in range(3):
        tell(officer, key=f"k{n}")
    tell(other)
    client = as_(officer)
    client.get("/notices/unread")  # the first request of a session writes when it was seen
    with django_assert_max_num_queries(3):
        assert ">3</b>" in client.get("/notices/unread").content.decode()
    with django_assert_max_num_queries(3):
        page = client.get("/notices/?state=unread")
    assert page.content.decode().count("线索超期") == 3
    first = Notice.objects.filter(recipient=officer).first()
    assert first is not None
    assert client.get(f"/notices/{first.pk}/")["Location"] == "/leads/1/"
    assert unread_count(officer) == 2
    client.post("/notices/read")
    assert client.get("/notices/unread").content == b""
    assert unread_count(other) == 1, "nobody reads for somebody else"
    assert client.get(f"/notices/{Notice.objects.get(recipient=other).pk}/").status_code == 404


def test_the_bell_leads_nobody_in_circles_who_must_change_the_password(squad: Unit) -> None:
    officer = factories.make_user("officer", squad, must_change_password=True)
    answer = as_(officer).get("/notices/unread", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.has_header("HX-Redirect")) == (200, False)


# --- ways ---------------------------------------------------------------------------------------------
def test_without_a_rule_nothing_leaves_the_house(squad: Unit, settings: Any) -> None:
    settings.MAIL_READY = True
    tell(factories.make_user("officer", squad, email="a@example.cn"), unit=squad)
    assert not OutgoingMessage.objects.exists()


def test_a_rule_of_the_bureau_holds_for_its_squads_until_they_have_their_own(
    system: User, bureau: Unit, squad: Unit, settings: Any
) -> None:
    settings.MAIL_READY, settings.PUBLIC_URL = True, "https://cs.example.gov.cn"
    officer = factories.make_user("officer", squad, email="a@example.cn")
    route(system, bureau, "mail")
    tell(officer, key="k1", text="长寿路 12 号")
    route(system, squad, "mail", least="alarm")
    tell(officer, key="k2")
    tell(officer, key="k3", level="alarm")
    outbox.drain()
    assert [m.subject for m in mail.outbox] == ["线索超期"] * 2
    assert mail.outbox[0].body == "长寿路 12 号\n\nhttps://cs.example.gov.cn/leads/1/"
    assert {m.key.split(":")[1] for m in OutgoingMessage.objects.all()} == {"k1", "k3"}


def test_a_rule_takes_only_its_kinds(system: User, squad: Unit, settings: Any) -> None:
    settings.MAIL_READY = True
    officer = factories.make_user("officer", squad, email="a@example.cn")
    route(system, squad, "mail", kinds=["webhook.switched_off"])
    tell(officer)
    assert not OutgoingMessage.objects.exists()


@pytest.mark.parametrize(("wish", "sent"), [("unit", 1), ("always", 1), ("never", 0)])
def test_a_person_may_want_it_otherwise(
    wish: str, sent: int, system: User, squad: Unit, settings: Any
) -> None:
    settings.MAIL_READY = True
    officer = factories.make_user("officer", squad, email="a@example.cn")
    setup.save_preference(officer, mail=wish, wecom="unit")
    if wish == "unit":
        route(system, squad, "mail")
    tell(officer)
    assert OutgoingMessage.objects.count() == sent


def test_a_group_hears_it_once_however_many_people(system: User, squad: Unit, town: Receiver) -> None:
    robot = route(system, squad, "robot", key=ADDRESS)
    people = [factories.make_user("officer", squad) for _n in range(3)]
    tell(*people, unit=squad, level="alarm", text="<b>*长寿路*</b>")
    tell(*people, unit=squad, level="alarm")
    outbox.drain(seconds=1)
    (request,) = town.requests
    assert request.path.endswith(f"key={KEY}")
    content = request.data["markdown"]["content"]
    assert content.startswith('<font color="warning">告警</font> **线索超期**')
    assert "＜b＞＊长寿路＊" in content, "what people typed cannot become markup"
    robot.refresh_from_db()
    stored = str(list(OutgoingMessage.objects.values())) + str(list(OutgoingLane.objects.values()))
    assert KEY not in stored + robot.secret


def test_twenty_a_minute_and_no_more(system: User, squad: Unit, town: Receiver) -> None:
    route(system, squad, "robot", key=KEY)
    for n in range(5):
        tell(key=f"k{n}", unit=squad)
    outbox.drain(seconds=1)
    assert len(town.requests) == 1
    lane = OutgoingLane.objects.get()
    assert lane.open_at > timezone.now() + timedelta(seconds=1)


def test_a_removed_robot_leaves_a_clear_word(system: User, squad: Unit, town: Receiver) -> None:
    robot = route(system, squad, "robot", key=KEY)
    tell(unit=squad)
    setup.remove_route(robot, by=system)
    outbox.drain()
    message = OutgoingMessage.objects.get()
    assert (message.state, message.why) == ("dead", "群机器人已移除或停用。")


def test_wecom_goes_to_the_account_the_person_named(system: User, squad: Unit, town: Receiver) -> None:
    town.then(Reply.of({"errcode": 0, "access_token": "t", "expires_in": 7200}))
    officer = factories.make_user("officer", squad)
    setup.save_preference(officer, mail="never", wecom="always", wecom_account="ZhangSan")
    tell(officer)
    outbox.drain()
    assert town.requests[-1].data["touser"] == "ZhangSan"


def test_a_message_waits_until_quiet_hours_end_but_an_alarm_does_not(squad: Unit, settings: Any) -> None:
    settings.MAIL_READY = True
    now = timezone.localtime()
    officer = factories.make_user("officer", squad, email="a@example.cn")
    around = {"quiet_from": (now - timedelta(hours=1)).time(), "quiet_to": (now + timedelta(hours=1)).time()}
    setup.save_preference(officer, mail="always", wecom="never", **around)
    tell(officer, key="later", level="warn")
    tell(officer, key="now", level="alarm")
    outbox.drain()
    assert len(mail.outbox) == 1
    waiting = OutgoingMessage.objects.get(state="queued")
    assert timedelta(minutes=58) < waiting.next_at - timezone.now() < timedelta(minutes=61)


@given(start=st.times(), end=st.times(), at=st.times())
def test_quiet_hours_end_within_a_day_at_the_time_named(start: time, end: time, at: time) -> None:
    wish = NoticePreference(quiet_from=start, quiet_to=end)
    now = datetime(2021, 3, 4, tzinfo=timezone.get_default_timezone()).replace(
        hour=at.hour, minute=at.minute, second=at.second, microsecond=at.microsecond
    )
    until = quiet_until(wish, "warn", now)
    assert quiet_until(wish, "alarm", now) is None
    if until is not None:
        assert now < until <= now + timedelta(days=1)
        assert until.time() == end


# --- setting up ---------------------------------------------------------------------------------------
def test_who_may_not_and_what_may_not(system: User, squad: Unit, elsewhere: User) -> None:
    for wrong in (
        {"way": "robot"},
        {"way": "robot", "key": "https://qyapi.weixin.qq.com/"},
        {"way": "mail", "key": KEY},
        {"way": "pigeon"},
        {"way": "mail", "kinds": ["nothing.known"]},
    ):
        with pytest.raises(Refused):
            route(system, squad, **wrong)
    with pytest.raises(Refused):
        route(system, elsewhere.unit, "mail")
    with pytest.raises(Refused):
        setup.save_preference(system, mail="unit", wecom="unit", wecom_account="a|@all")


def test_the_page_shows_the_key_masked_and_keeps_it(system: User, squad: Unit, town: Receiver) -> None:
    client = as_(system)
    form = {
        "unit": squad.pk,
        "way": "robot",
        "name": "中队群",
        "least": "warn",
        "key": ADDRESS,
        "active": "on",
    }
    assert client.post("/notice-routes/new/", form).status_code == 302
    robot = NoticeRoute.objects.get()
    page = (
        client.get("/notice-routes/").content.decode()
        + client.get(f"/notice-routes/{robot.pk}/").content.decode()
    )
    assert "••••5aaa" in page
    assert KEY not in page
    client.post(f"/notice-routes/{robot.pk}/", {**form, "key": "", "least": "alarm"})
    robot.refresh_from_db()
    assert robot.least == "alarm"
    client.post(f"/notice-routes/{robot.pk}/test")
    outbox.drain(seconds=1)
    assert "城枢测试消息" in town.requests[0].data["markdown"]["content"]
    assert client.post(f"/notice-routes/{robot.pk}/remove").status_code == 302
    assert not NoticeRoute.objects.exists()


def test_a_test_by_a_way_that_is_not_set_up_says_so(system: User, squad: Unit) -> None:
    rule = route(system, squad, "mail")
    page = as_(system).post(f"/notice-routes/{rule.pk}/test", follow=True)
    assert "运维人员尚未配置该渠道" in page.content.decode()


def test_ones_own_settings(squad: Unit) -> None:
    client = as_(factories.make_user("officer", squad))
    form = {"mail": "always", "wecom": "never", "wecom_account": "", "quiet_from": "22:00", "quiet_to": ""}
    assert "免打扰时段须同时填写" in client.post("/notices/settings/", form).content.decode()
    assert client.post("/notices/settings/", {**form, "quiet_to": "06:30"}).status_code == 302
    assert "22:00" in client.get("/notices/settings/").content.decode()
