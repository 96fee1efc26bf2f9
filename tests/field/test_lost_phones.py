"""A lost phone: it hears that it is to forget everything, and nobody goes on with its officer's session."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.utils import timezone

from chengshu.bureau.models import RoleAssignment
from chengshu.field.models import FieldDevice
from chengshu.field.services import devices
from tests.field.phone import Key, Phone
from tests.leads.conftest import Loop

pytestmark = pytest.mark.django_db


@pytest.fixture
def device(phone: Phone) -> FieldDevice:
    return FieldDevice.objects.get(pk=phone.id)


def test_revoking_ends_the_sessions_of_the_officer_everywhere(
    phone: Phone, device: FieldDevice, loop: Loop
) -> None:
    second = Phone(loop.officer)
    devices.revoke(device, by=loop.leader, reason="遗失")
    assert phone.get("session").status_code == second.get("session").status_code == 401
    assert phone.get("today").status_code == 401


def test_telling_it_to_forget_ends_them_too(phone: Phone, device: FieldDevice, loop: Loop) -> None:
    devices.ask_to_wipe(device, by=loop.leader)
    assert phone.get("session").status_code == 401


def test_a_session_from_before_brings_no_new_device_in(phone: Phone, device: FieldDevice) -> None:
    assert phone.get("session").status_code == 200
    later = timezone.now() + timedelta(minutes=5)
    FieldDevice.objects.filter(pk=device.pk).update(wipe_asked_at=later)  # the session itself goes on
    phone.id, phone.key = uuid.uuid4(), Key()
    with time_machine.travel(later + timedelta(minutes=1)):
        assert phone.register().status_code == 409
        phone.client.logout()
        phone.sign_in()
        assert phone.register().status_code == 201


def test_lists_and_law_go_to_a_known_device_in_use_only(phone: Phone, device: FieldDevice) -> None:
    for path in ("today", "law"):
        assert phone.get(path).status_code == 200
        assert phone.get(path, device="").status_code == 409
        assert phone.get(path, device=str(Phone(phone.user, register=False).id)).status_code == 409
    FieldDevice.objects.filter(pk=device.pk).update(revoked_at=timezone.now())
    for path in ("today", "law"):
        assert phone.get(path).status_code == 409


def test_without_a_session_the_device_hears_that_it_is_to_forget(
    phone: Phone, device: FieldDevice, loop: Loop
) -> None:
    assert phone.order().json() == {"wipe": False}
    devices.ask_to_wipe(device, by=loop.leader)
    assert phone.order().json() == {"wipe": True}
    phone.user.is_active = False
    phone.user.save()
    assert phone.order().json() == {"wipe": True}  # the account of whoever left is inactive
    stranger = Client()
    stranger.force_login(loop.leader, "chengshu.bureau.backends.BureauBackend")
    assert phone.order(client=stranger).json() == {"wipe": True}  # another officer has the phone
    assert phone.order("asked", client=stranger).json() == {"wipe": False}
    device.refresh_from_db()
    assert device.wiped_at is not None
    assert stranger.get("/field/api/session").status_code == 200  # and stays signed in


def test_an_order_is_heard_with_the_key_of_the_device_only(phone: Phone, device: FieldDevice) -> None:
    assert phone.order(key=Key()).status_code == 403
    assert phone.order("asked", key=Key()).status_code == 403
    other = Phone(phone.user)
    other.id = phone.id
    assert other.order().status_code == 403
    unknown = Phone(phone.user, register=False)
    assert unknown.order().status_code == 403
    device.refresh_from_db()
    assert device.wiped_at is None


@pytest.mark.parametrize("body", ["", "[]", '{"text": 1}', '{"text": "x", "signature": "y"}'])
def test_an_order_that_cannot_be_read_is_answered_in_a_sentence(phone: Phone, body: str) -> None:
    path = f"/field/api/devices/{phone.id}/order"
    answer = Client().post(path, body, content_type="application/json")
    assert answer.status_code in (400, 422) and answer.json()["detail"]


def test_a_sign_out_said_with_the_key_ends_the_session_of_the_officer(phone: Phone) -> None:
    assert phone.order("sign_out", client=phone.client).status_code == 200
    assert phone.get("session").status_code == 401


def test_what_waits_is_taken_in_although_the_right_to_the_app_was_withdrawn(phone: Phone, loop: Loop) -> None:
    RoleAssignment.objects.filter(user=phone.user).update(revoked_at=timezone.now())
    sha = phone.upload()
    assert phone.get("session", device=str(phone.id)).status_code == 200
    phone.record("test.thing", {}, files=[sha])
    assert phone.send()["stopped"] is None
    assert phone.get("today").status_code == 403
    assert phone.register().status_code == 403  # nothing new begins
    RoleAssignment.objects.filter(user=loop.leader).update(revoked_at=timezone.now())
    assert Phone(loop.leader, register=False).get("session").status_code == 403  # without a device


def test_the_apps_own_requests_are_no_use_of_the_session(phone: Phone) -> None:
    start = timezone.now()
    path = "/field/api/session"
    touched = {"X-Touched": "1"}
    half = settings.SESSION_IDLE_SECONDS * 2 // 3
    assert phone.client.get(path).status_code == 200
    with time_machine.travel(start + timedelta(seconds=half), tick=False):
        assert phone.client.get(path).status_code == 200
    with time_machine.travel(start + timedelta(seconds=half * 2), tick=False):
        assert phone.client.get(path).status_code == 401
        phone.sign_in()
        assert phone.client.get(path).status_code == 200
    with time_machine.travel(start + timedelta(seconds=half * 3), tick=False):
        assert phone.client.get(path, headers=touched).status_code == 200
    with time_machine.travel(start + timedelta(seconds=half * 4), tick=False):
        assert phone.client.get(path).status_code == 200
