"""Claim: 10,000 records over a failing connection arrive exactly once, in order per officer.

The real server (``chengshu up``: two web workers, job worker, embedded PostgreSQL) in a home of its own. Some
phones, each a process with its queue on disk: signed reports of leads, some with a photo in pieces. The
connection of every other request fails: cut before the request is whole, after it is whole but before the
answer, or within the answer; or the phone itself is killed at one of these points and begins again from what
its disk says. In the end the leads in the database are counted and compared with the queues, in their order.

    python benchmarks/field_upload.py [--records 10000] [--phones 8] [--json]
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120

from leads_api import PLACES, free_port, settle, start

FAILING = 0.5  # of the requests
WAYS = {"before": 4, "after": 4, "within": 4, "killed before": 1, "killed after": 1}  # and how often
KILLED = 9
PIECE = 700  # bytes, so that a photo takes several requests
EVERY_PHOTO = 20


# --- a phone ------------------------------------------------------------------------------------------
class Cut(Exception):
    """The connection failed."""


class Phone:
    """A queue on disk and a connection that fails; ``state`` is what it knew when it was killed."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.known: dict[str, Any] = json.loads((folder / "phone.json").read_text())
        self.records = [json.loads(line) for line in (folder / "queue").read_text().splitlines()]
        self.chance = random.Random(time.time_ns())
        self.cut: Counter[str] = Counter()

    def run(self) -> None:
        """Send until the server has everything."""
        last = self._last()
        while last < len(self.records):
            try:
                last = self._some(last)
                (self.folder / "last").write_text(str(last))
            except (Cut, OSError):
                continue
        self.note("done")

    def _last(self) -> int:
        with suppress(OSError, ValueError):
            return int((self.folder / "last").read_text())
        return 0

    def _some(self, last: int) -> int:
        """Send some records from the number on, files first; the server's last number."""
        some = self.records[last : last + self.chance.randrange(1, 30)]
        body = {"device": self.known["device"], "records": some}
        answer = self.ask("POST", "records", json.dumps(body).encode())
        stopped = answer["stopped"]
        if stopped and stopped["reason"] == "missing_file":
            for sha in stopped["files"]:
                self._file(sha)
        elif stopped and stopped["reason"] != "out_of_order":
            raise SystemExit(f"stopped: {stopped}")
        return int(answer["last_seq"])

    def _file(self, sha: str) -> None:
        content = (self.folder / sha).read_bytes()
        body = {"sha256": sha, "size": len(content), "name": "photo.png", "kind": "photo"}
        state = self.ask("POST", "uploads", json.dumps(body).encode())
        while not state["complete"]:
            at = state["received"]
            state = self.ask("PATCH", f"uploads/{sha}", content[at : at + PIECE], {"Upload-Offset": str(at)})

    def ask(self, method: str, path: str, body: bytes, more: dict[str, str] | None = None) -> Any:
        """One request over a connection of its own, which may fail. Raises `Cut`."""
        way = ""
        if self.chance.random() < FAILING:
            [way] = self.chance.choices(list(WAYS), list(WAYS.values()))
        headers = {
            "Host": f"127.0.0.1:{self.port}",
            "Cookie": f"chengshu_session={self.known['session']}; csrftoken={self.known['csrf']}",
            "X-CSRFToken": self.known["csrf"],
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "Connection": "close",
            **(more or {}),
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        raw = f"{method} /field/api/{path} HTTP/1.1\r\n{head}\r\n".encode() + body
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as connection:
            if way.endswith("before"):
                connection.sendall(raw[: self.chance.randrange(len(raw))])
                self.fail(way)
            connection.sendall(raw)
            if way.endswith("after"):
                time.sleep(self.chance.random() * 0.03)  # sometimes before the server has read it
                self.fail(way)
            if way == "within":
                connection.recv(self.chance.randrange(1, 200))
                self.fail(way)
            answer = b""
            while piece := connection.recv(262_144):
                answer += piece
        return self._read(answer)

    def _read(self, answer: bytes) -> Any:
        head, _blank, content = answer.partition(b"\r\n\r\n")
        status = int(head.split(b" ", 2)[1])
        if status not in (200, 409):
            raise SystemExit(f"{status}: {content[:300]!r}")
        if b"chunked" in head.lower():
            raise SystemExit("a chunked answer")
        return json.loads(content)

    def fail(self, way: str) -> None:
        """Cut the connection, or end like a process whose battery is empty."""
        self.note(way)
        if way.startswith("killed"):
            os._exit(KILLED)
        raise Cut

    def note(self, what: str) -> None:
        """Remember what failed."""
        with (self.folder / "cuts").open("a") as cuts:
            cuts.write(what + "\n")


def phone(folder: Path, port: int) -> subprocess.Popen[bytes]:
    """A phone in a process of its own."""
    command = [sys.executable, __file__, "--phone", str(folder), "--port", str(port)]
    return subprocess.Popen(command)


# --- data ---------------------------------------------------------------------------------------------
def prepare(root: Path, phones: int, records: int) -> dict[int, Path]:
    """Officers with devices, and their queues on disk; by officer."""
    from django.conf import settings
    from django.db import transaction
    from django.utils import timezone

    from chengshu.bureau.models import Unit, User
    from chengshu.bureau.services.reference import load_district
    from chengshu.leads.services.classes import load_classes

    district = load_district(settings.DEFAULT_DISTRICT)
    load_classes(district)
    squads = list(Unit.objects.filter(district=district, kind=Unit.Kind.SQUAD).order_by("code")[:2])
    folders = {}
    for n in range(phones):
        share = records // phones + (n < records % phones)
        with transaction.atomic():
            officer = User.objects.create(
                username=f"upload{n}",
                full_name=f"上传{n}",
                unit=squads[n % 2],
                password="!",
                password_changed_at=timezone.now(),
            )
        folders[officer.pk] = _phone(root / f"phone{n}", officer, share)
    return folders


def _phone(folder: Path, officer: Any, records: int) -> Path:
    from cryptography.hazmat.primitives.asymmetric import ec
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.middleware.csrf import _get_new_csrf_string
    from django.utils import timezone

    from chengshu.bureau.models import RoleAssignment
    from chengshu.bureau.session_store import SessionStore
    from chengshu.field.services import devices

    RoleAssignment.objects.create(user=officer, role="officer", unit=officer.unit, granted_at=timezone.now())
    officer = type(officer).objects.with_roles().get(pk=officer.pk)
    session = SessionStore()
    session[SESSION_KEY] = str(officer.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = officer.get_session_auth_hash()
    session.save()
    key = ec.generate_private_key(ec.SECP256R1())
    point = key.public_key().public_numbers()
    jwk = {"kty": "EC", "crv": "P-256", "x": _b64(point.x.to_bytes(32)), "y": _b64(point.y.to_bytes(32))}
    device, _created = devices.register(uuid.uuid4(), jwk, by=officer, name="压力测试")
    folder.mkdir()
    known = {"device": str(device.pk), "session": session.session_key, "csrf": _get_new_csrf_string()}
    (folder / "phone.json").write_text(json.dumps(known))
    queue = [_signed(key, folder, seq) for seq in range(1, records + 1)]
    (folder / "queue").write_text("\n".join(json.dumps(one, ensure_ascii=False) for one in queue))
    return folder


def _signed(key: Any, folder: Path, seq: int) -> dict[str, str]:
    """A report of a lead, with a photo now and then."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    shas = [_photo(folder)] if seq % EVERY_PHOTO == 0 else []
    lng, lat = PLACES[seq % len(PLACES)]
    text = json.dumps(
        {
            "id": str(_uuid7()),
            "seq": seq,
            "kind": "lead.report",
            "at": now,
            "offset_ms": 0,
            "position": {"lng": lng, "lat": lat, "accuracy_m": 10, "at": now},
            "app": "benchmark",
            "files": [{"sha256": sha, "name": "photo.png", "kind": "photo", "taken_at": now} for sha in shas],
            "data": {"class": "E0201", "description": f"{seq}", "address": "长寿路100号", "photos": shas},
        },
        ensure_ascii=False,
    )
    r, s = decode_dss_signature(key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
    return {"text": text, "signature": _b64(r.to_bytes(32) + s.to_bytes(32))}


def _photo(folder: Path) -> str:
    import io

    from PIL import Image

    content = io.BytesIO()
    Image.frombytes("RGB", (24, 24), os.urandom(24 * 24 * 3)).save(content, "PNG")
    sha = hashlib.sha256(content.getvalue()).hexdigest()
    (folder / sha).write_bytes(content.getvalue())
    return sha


def _uuid7() -> uuid.UUID:
    raw = bytearray((time.time_ns() // 1_000_000).to_bytes(6) + os.urandom(10))
    raw[6], raw[8] = raw[6] & 0x0F | 0x70, raw[8] & 0x3F | 0x80
    return uuid.UUID(bytes=bytes(raw))


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


# --- the run ------------------------------------------------------------------------------------------
def send_all(folders: dict[int, Path], port: int) -> dict[str, Any]:
    """Let the phones send; whoever is killed begins again. What failed, and how long it took."""
    began, restarts = time.perf_counter(), 0
    running = {folder: phone(folder, port) for folder in folders.values()}
    try:
        while running:
            for folder, process in list(running.items()):
                code = process.poll()
                if code == KILLED:
                    running[folder] = phone(folder, port)
                    restarts += 1
                elif code == 0:
                    del running[folder]
                elif code is not None:
                    raise SystemExit(f"a phone ended with {code}")
            time.sleep(0.01)
    finally:
        for process in running.values():
            process.kill()
    cuts = Counter(
        way for folder in folders.values() for way in (folder / "cuts").read_text().split("\n") if way
    )
    del cuts["done"]
    return {"seconds": round(time.perf_counter() - began, 1), "restarts": restarts, "failures": dict(cuts)}


def compare(folders: dict[int, Path]) -> dict[str, Any]:
    """The leads in the database against the queues: each once, in order, with its photo."""
    from chengshu.field.models import FieldRecord
    from chengshu.leads.models import Lead, LeadAttachment

    sent = arrived = in_order = photos = wanted_photos = 0
    for officer, folder in folders.items():
        queue = [json.loads(json.loads(line)["text"]) for line in (folder / "queue").read_text().splitlines()]
        leads = list(
            Lead.objects.filter(created_by=officer).order_by("pk").values_list("description", flat=True)
        )
        records = list(FieldRecord.objects.filter(user=officer).order_by("received_at", "seq"))
        sent += len(queue)
        arrived += len(leads)
        told = [str(one["seq"]) for one in queue]
        applied = [str(record.pk) for record in records if record.outcome == "applied"]
        in_order += leads == told and applied == [one["id"] for one in queue]
        wanted_photos += sum(len(one["files"]) for one in queue)
        photos += LeadAttachment.objects.filter(lead__created_by=officer).count()
    return {
        "sent": sent,
        "arrived": arrived,
        "phones_in_order": f"{in_order}/{len(folders)}",
        "photos": f"{photos}/{wanted_photos}",
        "exactly_once": sent == arrived and in_order == len(folders) and photos == wanted_photos,
    }


def main() -> None:
    """Send, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=10_000)
    parser.add_argument("--phones", type=int, default=8)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--phone", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.phone:
        Phone(options.phone, options.port).run()
        return
    with tempfile.TemporaryDirectory(prefix="cs-", dir="/tmp") as folder:
        home, port = Path(folder) / "home", free_port()
        os.environ["CHENGSHU_DEMO"] = "false"
        server = start(home, port)
        try:
            os.environ["CHENGSHU_HOME"] = str(home)
            from chengshu.config.cli import setup_django

            setup_django()
            folders = prepare(Path(folder), options.phones, options.records)
            settle(home)
            found = send_all(folders, port)
            found |= compare(folders)
        finally:
            os.kill(server.pid, signal.SIGINT)
            server.wait()
    found["records_a_second"] = round(found["arrived"] / found["seconds"], 1)
    found["requests_failed"] = sum(found["failures"].values())
    print(json.dumps(found) if options.json else "\n".join(f"{k}: {v}" for k, v in found.items()))
    if not found["exactly_once"]:
        raise SystemExit("not every record arrived exactly once and in order")


if __name__ == "__main__":
    main()
