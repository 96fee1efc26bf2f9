"""Pages about devices and what they sent."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from chengshu.bureau.models import User
from chengshu.field.kinds import Sent
from chengshu.field.models import FieldDevice, FieldRecord
from tests import factories
from tests.field.phone import Phone
from tests.leads.conftest import Loop

pytestmark = pytest.mark.django_db


def browser(person: User) -> Client:
    """Signed in."""
    client = Client()
    client.force_login(person, "chengshu.bureau.backends.BureauBackend")
    return client


def test_a_leader_sees_the_squads_devices_and_refusals(
    phone: Phone, loop: Loop, carried_out: list[Sent], django_assert_max_num_queries: Any
) -> None:
    phone.do("test.refuse")
    desk = browser(loop.leader)
    for _n in range(3):
        Phone(factories.make_user("officer", loop.squad))
    with django_assert_max_num_queries(6):  # session, page, frame
        page = desk.get("/field/devices/").content.decode()
    assert page.count("测试手机") == 4 and phone.user.full_name in page
    records = desk.get("/field/records/").content.decode()
    assert "不可以" in records and "未办理" in records
    one = desk.get(f"/field/records/{FieldRecord.objects.get().pk}/").content.decode()
    assert "不可以" in one
    assert "不可以" not in desk.get("/field/records/?outcome=applied").content.decode()


def test_an_officer_sees_only_the_own_records(phone: Phone, loop: Loop, carried_out: list[Sent]) -> None:
    phone.do("test.refuse")
    record = FieldRecord.objects.get()
    mate = Phone(factories.make_user("officer", loop.squad))
    assert "不可以" in phone.client.get("/field/records/").content.decode()
    assert "不可以" not in mate.client.get("/field/records/").content.decode()
    assert mate.client.get(f"/field/records/{record.pk}/").status_code == 404
    assert phone.client.get("/field/devices/").status_code == 403


def test_a_lost_device_is_revoked_and_told_to_forget(phone: Phone, loop: Loop) -> None:
    desk = browser(loop.leader)
    at = f"/field/devices/{phone.id}/"
    assert "清除终端数据" in desk.get(at).content.decode()
    assert desk.post(f"{at}wipe/").status_code == 302
    assert FieldDevice.objects.get().wipe_asked_by == loop.leader
    assert desk.post(f"{at}revoke/", {"reason": "遗失"}).status_code == 302
    assert FieldDevice.objects.get().revoked_at is not None
    page = desk.get(at).content.decode()
    assert "终端停用" in page and "已下达清除指令" in page
    assert "已停用" in desk.post(f"{at}revoke/", {"reason": "再次"}, follow=True).content.decode()
    assert "测试手机" not in desk.get("/field/devices/").content.decode()
    assert "测试手机" in desk.get("/field/devices/?state=gone").content.decode()


def test_another_squads_leader_finds_no_such_device(phone: Phone, loop: Loop) -> None:
    desk = browser(factories.make_user("squad_leader", loop.other_squad))
    assert desk.get(f"/field/devices/{phone.id}/").status_code == 404
    assert desk.post(f"/field/devices/{phone.id}/revoke/").status_code == 404
    assert FieldDevice.objects.get().revoked_at is None


def test_the_pages_are_there_in_english(phone: Phone, loop: Loop) -> None:
    desk = browser(loop.leader)
    desk.cookies["chengshu_language"] = "en"
    assert "Let it forget everything" in desk.get(f"/field/devices/{phone.id}/").content.decode()
    assert timezone.now() > FieldDevice.objects.get().registered_at
