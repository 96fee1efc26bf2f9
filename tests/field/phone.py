"""A phone: it makes a key, signs records, uploads files in pieces and sends what it has, like the app."""

from __future__ import annotations

import base64
import hashlib
import io
import itertools
import json
import os
import time
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from allauth.usersessions.models import UserSession
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from django.test import Client
from django.utils import timezone
from PIL import Image

from chengshu.bureau.models import User
from tests import factories

_colours = itertools.count()


def base64url(raw: bytes) -> str:
    """Without padding, as WebCrypto's users write it."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def uuid7(at: datetime | None = None) -> uuid.UUID:
    """A UUID whose first bits are the milliseconds since 1970 (RFC 9562)."""
    ms = int((at.timestamp() if at else time.time()) * 1000)
    raw = bytearray(ms.to_bytes(6) + os.urandom(10))
    raw[6] = raw[6] & 0x0F | 0x70
    raw[8] = raw[8] & 0x3F | 0x80
    return uuid.UUID(bytes=bytes(raw))


def picture(colour: tuple[int, int, int] | None = None) -> bytes:
    """A small photo, each one different."""
    content, number = io.BytesIO(), next(_colours)
    Image.new("RGB", (8, 8), colour or (number % 256, number // 256 % 256, 7)).save(content, "PNG")
    return content.getvalue()


class Key:
    """A P-256 key pair, as WebCrypto makes it."""

    def __init__(self) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        point = self.private.public_key().public_numbers()
        self.jwk = {
            "kty": "EC",
            "crv": "P-256",
            "x": base64url(point.x.to_bytes(32)),
            "y": base64url(point.y.to_bytes(32)),
            "ext": True,
            "key_ops": ["verify"],
        }

    def sign(self, text: str) -> str:
        """r‖s over SHA-256, base64url."""
        r, s = decode_dss_signature(self.private.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
        return base64url(r.to_bytes(32) + s.to_bytes(32))


class Phone:
    """An officer's device. ``record`` signs and queues; ``send`` sends it and forgets what was kept."""

    def __init__(self, user: User, *, register: bool = True, client: Client | None = None) -> None:
        self.user, self.id, self.key = user, uuid.uuid4(), Key()
        self.client = client or Client(enforce_csrf_checks=False)
        self.sign_in()
        self.seq = 0
        self.queue: list[dict[str, str]] = []
        self.results: list[dict[str, Any]] = []
        self.offset_ms: int | None = 0
        if register:
            assert self.register().status_code in (200, 201)

    def sign_in(self) -> None:
        """The officer signs in on it, anew where the session was ended."""
        self.client.force_login(self.user, "chengshu.bureau.backends.BureauBackend")
        key = self.client.session.session_key
        UserSession.objects.create(
            user=self.user, session_key=key, ip="127.0.0.1"
        )  # as the sign-in page does

    # --- requests -----------------------------------------------------------------------------------
    def get(self, path: str, **query: Any) -> Any:
        """GET under /field/api/."""
        if path in ("today", "law"):
            query.setdefault("device", str(self.id))
        return self.client.get(f"/field/api/{path}", query)

    def order(self, state: str = "in_use", *, key: Key | None = None, client: Client | None = None) -> Any:
        """Ask with the device's key what it is to do, or say what it has done; without a session."""
        text = json.dumps({"device": str(self.id), "state": state})
        body = {"text": text, "signature": (key or self.key).sign(text)}
        return (client or Client()).post(
            f"/field/api/devices/{self.id}/order", json.dumps(body), content_type="application/json"
        )

    def post(self, path: str, body: Any = None) -> Any:
        """POST JSON under /field/api/."""
        return self.client.post(f"/field/api/{path}", json.dumps(body or {}), content_type="application/json")

    def register(self, **stated: Any) -> Any:
        """Register the device."""
        body = {"id": str(self.id), "public_key": self.key.jwk, "name": "测试手机", "app_version": "1"}
        return self.post("devices", {**body, **stated})

    # --- files --------------------------------------------------------------------------------------
    def begin(self, content: bytes, *, name: str = "photo.png", kind: str = "photo") -> Any:
        """Announce a file."""
        sha = hashlib.sha256(content).hexdigest()
        return self.post("uploads", {"sha256": sha, "size": len(content), "name": name, "kind": kind})

    def piece(self, sha256: str, offset: int, piece: bytes) -> Any:
        """Send a piece."""
        return self.client.patch(
            f"/field/api/uploads/{sha256}",
            piece,
            content_type="application/offset+octet-stream",
            headers={"Upload-Offset": str(offset)},
        )

    def upload(self, content: bytes | None = None, *, name: str = "photo.png", kind: str = "photo") -> str:
        """Upload a whole file; returns its SHA-256."""
        content = picture() if content is None else content
        sha = hashlib.sha256(content).hexdigest()
        answer = self.begin(content, name=name, kind=kind)
        assert answer.status_code == 200, answer.content
        if not answer.json()["complete"]:
            answer = self.piece(sha, 0, content)
            assert answer.json()["complete"], answer.content
        return sha

    # --- records ------------------------------------------------------------------------------------
    def text(
        self,
        kind: str,
        data: dict[str, Any],
        *,
        files: Sequence[str | dict[str, Any]] = (),
        at: datetime | None = None,
        position: tuple[float, float] | None = factories.IN_CHANGSHOU,
        seq: int | None = None,
        record_id: uuid.UUID | None = None,
        **more: Any,
    ) -> str:
        """The JSON text of a record with the next number."""
        at = at or timezone.localtime()
        if seq is None:
            self.seq += 1
            seq = self.seq
        device_at = at + timedelta(milliseconds=self.offset_ms or 0)
        listed = [
            one
            if isinstance(one, dict)
            else {"sha256": one, "name": "photo.png", "kind": "photo", "taken_at": device_at.isoformat()}
            for one in files
        ]
        place = position and {"lng": position[0], "lat": position[1], "accuracy_m": 12, "at": at.isoformat()}
        body = {
            "id": str(record_id or uuid7(at)),
            "seq": seq,
            "kind": kind,
            "at": device_at.isoformat(timespec="milliseconds"),
            "offset_ms": self.offset_ms,
            "position": place,
            "app": "1",
            "files": listed,
            "data": data,
            **more,
        }
        return json.dumps(body, ensure_ascii=False)

    def sign(self, text: str) -> dict[str, str]:
        """A record as it is sent."""
        return {"text": text, "signature": self.key.sign(text)}

    def record(self, kind: str, data: dict[str, Any] | None = None, **stated: Any) -> dict[str, str]:
        """Make a record, sign it and put it into the queue."""
        signed = self.sign(self.text(kind, data or {}, **stated))
        self.queue.append(signed)
        return signed

    def send(self, records: Sequence[dict[str, str]] | None = None) -> dict[str, Any]:
        """Send the queue, or these; what the server has kept leaves the queue."""
        sent = self.queue[:50] if records is None else list(records)
        answer = self.post("records", {"device": str(self.id), "records": sent})
        assert answer.status_code == 200, answer.content
        body: dict[str, Any] = answer.json()
        self.results += body["results"]
        if records is None:
            self.queue = [one for one in self.queue if json.loads(one["text"])["seq"] > body["last_seq"]]
        return body

    def do(self, kind: str, data: dict[str, Any] | None = None, **stated: Any) -> dict[str, Any]:
        """Record one thing, send it, and return its result."""
        self.record(kind, data, **stated)
        body = self.send()
        assert body["stopped"] is None, body
        result: dict[str, Any] = body["results"][-1]
        return result
