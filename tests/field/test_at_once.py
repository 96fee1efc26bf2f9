"""The same records and pieces over two connections at once, each with a database connection of its own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from chengshu.field.kinds import Sent
from chengshu.field.models import FieldDevice, FieldRecord, FieldUpload
from chengshu.kernel.models import StoredFile
from tests.field.phone import Key, Phone, picture
from tests.leads.conftest import Loop

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """The answers of calls that begin together."""
    gate = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            gate.wait(60)
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def beside(phone: Phone) -> Client:
    """Another connection of the same phone."""
    client = Client()
    client.cookies = phone.client.cookies.copy()
    return client


def test_twice_at_once_counts_once(loop: Loop, carried_out: list[Sent]) -> None:
    """All on one copy of the database: making another takes longer than the test itself."""
    phone = Phone(loop.officer)
    records = [phone.record("test.note", {"n": n}) for n in range(12)]
    body = json.dumps({"device": str(phone.id), "records": records})
    clients = [beside(phone) for _n in range(3)]
    answers = at_once(
        *(
            lambda client=client: client.post(  # type: ignore[misc]
                "/field/api/records", body, content_type="application/json"
            ).json()
            for client in clients
        )
    )
    assert [sent.data["n"] for sent in carried_out] == list(range(12))
    assert all(answer["stopped"] is None and answer["last_seq"] == 12 for answer in answers), answers
    assert FieldRecord.objects.count() == 12

    content = picture()
    sha = hashlib.sha256(content).hexdigest()
    begun = json.dumps({"sha256": sha, "size": len(content), "name": "a.png", "kind": "photo"})
    states = at_once(
        *(
            lambda client=client: (
                client.post(  # type: ignore[misc]
                    "/field/api/uploads", begun, content_type="application/json"
                ).status_code
            )
            for client in clients
        )
    )
    assert states == [200, 200, 200] and FieldUpload.objects.count() == 1
    pieces = at_once(
        *(
            lambda client=client: client.patch(  # type: ignore[misc]
                f"/field/api/uploads/{sha}",
                content,
                content_type="application/octet-stream",
                headers={"Upload-Offset": "0"},
            ).json()["complete"]
            for client in clients
        )
    )
    assert all(pieces) and StoredFile.objects.filter(sha256=sha).count() == 1

    other, key = Phone(loop.leader, register=False), Key()
    other.key = key
    device = json.dumps({"id": str(other.id), "public_key": key.jwk})
    sessions = [beside(other) for _n in range(3)]
    codes = at_once(
        *(
            lambda client=client: (
                client.post(  # type: ignore[misc]
                    "/field/api/devices", device, content_type="application/json"
                ).status_code
            )
            for client in sessions
        )
    )
    assert sorted(codes) == [200, 200, 201] and FieldDevice.objects.filter(user=loop.leader).count() == 1
