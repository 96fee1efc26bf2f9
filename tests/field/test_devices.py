"""Devices: registered once, in one officer's hands; shut out and told to forget by who looks after them."""

from __future__ import annotations

import uuid

import pytest
from django.core.exceptions import PermissionDenied

from chengshu.bureau.services.base import Refused
from chengshu.field.models import FieldDevice
from chengshu.field.services import devices
from chengshu.field.settings import limits
from chengshu.kernel.models import LedgerEntry
from tests import factories
from tests.field.phone import Key, Phone
from tests.leads.conftest import Loop

pytestmark = pytest.mark.django_db


def test_a_device_is_registered_once(loop: Loop) -> None:
    phone = Phone(loop.officer, register=False)
    assert phone.get("session", device=str(phone.id)).json()["device"] == {
        "known": False,
        "last_seq": 0,
        "wipe": False,
    }
    first, again = phone.register(), phone.register(app_version="2")
    assert (first.status_code, again.status_code) == (201, 200) and first.json() == {"last_seq": 0}
    device = FieldDevice.objects.get()
    assert device.app_version == "2" and set(device.public_key) == {"kty", "crv", "x", "y"}
    assert LedgerEntry.objects.filter(chain=f"field.device:{device.pk}", action="registered").count() == 1


def test_another_key_or_another_officer_does_not_take_it_over(phone: Phone, loop: Loop) -> None:
    assert phone.register(public_key=Key().jwk).status_code == 409
    other = Phone(loop.leader, register=False)
    other.id, other.key = phone.id, phone.key
    assert other.register().status_code == 409


@pytest.mark.parametrize(
    "change",
    [
        {"public_key": None},
        {"public_key": {}},
        {"public_key": {"kty": "RSA"}},
        {"public_key": {"kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA"}},
        {"public_key": {"kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "B" * 43}},
        {"id": "not-a-uuid"},
        {"id": 5},
        {"name": ["x"]},
    ],
)
def test_what_is_no_device_is_refused_in_one_sentence(loop: Loop, change: dict[str, object]) -> None:
    answer = Phone(loop.officer, register=False).register(**change)
    assert answer.status_code in (409, 422) and answer.json()["detail"]
    assert not FieldDevice.objects.exists()


def test_a_private_key_is_never_accepted(loop: Loop) -> None:
    phone = Phone(loop.officer, register=False)
    assert phone.register(public_key={**phone.key.jwk, "d": "AAAA"}).status_code == 409


def test_an_officer_has_only_a_few_devices(loop: Loop) -> None:
    phones = [Phone(loop.officer) for _n in range(limits().devices)]
    one_more = Phone(loop.officer, register=False)
    assert one_more.register().status_code == 409
    phones[0].post(f"devices/{phones[0].id}/wiped", {"reason": "sign_out"})
    assert one_more.register().status_code == 201


def test_signing_out_ends_the_device(phone: Phone) -> None:
    assert phone.post(f"devices/{phone.id}/wiped", {"reason": "sign_out"}).status_code == 204
    assert phone.get("session").status_code == 401  # who has the phone now is not this officer
    phone.sign_in()
    assert phone.post(f"devices/{phone.id}/wiped").status_code == 204  # said twice
    phone.sign_in()
    device = FieldDevice.objects.get()
    known = phone.get("session", device=str(phone.id)).json()["device"]["known"]
    assert device.wiped_at is not None and not known
    entries = LedgerEntry.objects.filter(chain=f"field.device:{device.pk}", action="wiped")
    assert [entry.payload["reason"] for entry in entries] == ["sign_out"]
    assert phone.register().status_code == 409
    assert phone.send([phone.record("note")])["stopped"]["reason"] == "revoked"


def test_another_officers_device_cannot_be_ended(phone: Phone, loop: Loop) -> None:
    assert Phone(loop.leader).post(f"devices/{phone.id}/wiped").status_code == 404
    assert Phone(loop.leader).post(f"devices/{uuid.uuid4()}/wiped").status_code == 404


def test_a_lost_device_sends_what_it_has_and_then_forgets(phone: Phone, loop: Loop) -> None:
    device = FieldDevice.objects.get()
    devices.ask_to_wipe(device, by=loop.leader)
    assert phone.get("session").status_code == 401
    phone.sign_in()
    answer = phone.send()
    assert answer["wipe"] is True and answer["stopped"] is None
    phone.record("future.thing")
    assert phone.send()["last_seq"] == 1  # what waited has arrived
    assert phone.get("session", device=str(phone.id)).json()["device"]["wipe"] is True
    assert phone.get("today", device=str(phone.id)).status_code == 409
    phone.post(f"devices/{phone.id}/wiped")
    phone.sign_in()
    assert phone.send()["wipe"] is False
    with pytest.raises(Refused):
        devices.ask_to_wipe(device, by=loop.leader)


def test_a_revoked_device_is_also_to_forget(phone: Phone, loop: Loop) -> None:
    device = devices.revoke(FieldDevice.objects.get(), by=loop.leader, reason="遗失")
    assert device.revoked_at and devices.wants_wipe(device)
    phone.sign_in()
    assert phone.send()["wipe"] is True
    with pytest.raises(Refused):
        devices.revoke(device, by=loop.leader)


def test_a_leader_looks_after_the_own_squad_only(phone: Phone, loop: Loop) -> None:
    device = FieldDevice.objects.get()
    elsewhere = factories.make_user("squad_leader", loop.other_squad)
    assert list(devices.visible_to(elsewhere)) == []
    with pytest.raises(PermissionDenied):
        devices.revoke(device, by=elsewhere)
    with pytest.raises(PermissionDenied):
        devices.ask_to_wipe(device, by=loop.officer)
    assert list(devices.visible_to(loop.leader)) == [device]
    assert list(devices.visible_to(factories.make_user("security_admin"))) == [device]
