"""Positions are kept as long as `patrol` keeps them: the signed record holds none."""

from __future__ import annotations

import hashlib
import uuid
from datetime import timedelta
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone

from chengshu.field.models import FieldDevice, FieldRecord
from tests.field.phone import Phone

pytestmark = pytest.mark.django_db


def test_only_the_digest_of_what_was_signed_stays(phone: Phone) -> None:
    ms = int(timezone.now().timestamp() * 1000)
    signed = phone.record("positions", {"points": [[ms, 121.4321, 31.2432, 8]]})
    first = phone.send()
    kept = FieldRecord.objects.get()
    assert (kept.text, kept.position) == ("", None)
    assert kept.text_sha256 == hashlib.sha256(signed["text"].encode()).hexdigest()
    assert kept.signature == signed["signature"]
    assert "121.4321" not in str(FieldRecord.objects.values().get())
    again = phone.send([signed])  # the answer was lost
    assert again["results"] == first["results"] and again["stopped"] is None
    other = phone.sign(signed["text"].replace("121.4321", "121.4322"))
    assert phone.send([other])["stopped"]["reason"] == "bad_signature"


def test_refused_positions_leave_none_behind_either(phone: Phone) -> None:
    phone.do("positions", {"points": "121.4321"})
    assert FieldRecord.objects.get().text == ""


def test_a_clock_that_was_set_back_is_noted(phone: Phone) -> None:
    now = timezone.localtime()
    phone.do("note.none", {}, at=now)
    late = phone.do("note.none", {}, at=now - timedelta(hours=3))
    soon = phone.do("note.none", {}, at=now - timedelta(seconds=30))
    assert any("调慢" in one for one in late["messages"])
    assert not any("调慢" in one for one in soon["messages"])


def test_positions_that_were_kept_before_are_forgotten_on_upgrade(phone: Phone) -> None:
    text = '{"data": {"points": [[1, 121.4321, 31.2432, 8]]}}'
    stated: dict[str, Any] = {
        "device_id": phone.id,
        "user": phone.user,
        "signature": "s",
        "outcome": "applied",
    }
    times = {"recorded_at": timezone.now(), "received_at": timezone.now()}
    for seq, kind in enumerate(("positions", "note"), start=1):
        FieldRecord.objects.create(id=uuid.uuid4(), seq=seq, kind=kind, text=text, **stated, **times)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    upgrade = import_module("chengshu.field.migrations.0003_devices_and_digests")
    upgrade.forget_texts(None, SimpleNamespace(connection=connection))
    positions, note = FieldRecord.objects.order_by("seq")
    assert (positions.text, note.text) == ("", text)
    assert positions.text_sha256 == hashlib.sha256(text.encode()).hexdigest() and note.text_sha256 == ""
    assert FieldDevice.objects.get().latest_at == times["recorded_at"]
    with pytest.raises(ProgrammingError), transaction.atomic():
        FieldRecord.objects.update(text="")  # still append-only
