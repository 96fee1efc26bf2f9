"""The stream of events from a real web process, restarted and killed under load; what a request still is."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from chengshu.config import database
from tests.runtime.conftest import child_environment, make_env
from tests.runtime.event_server import TOPIC
from tests.runtime.test_up import free_port, until

ROOT = Path(__file__).resolve().parents[2]
PREPARE = """
import os, json
os.environ["DJANGO_SETTINGS_MODULE"] = "chengshu.config.settings"
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from chengshu.bureau.session_store import SessionStore
from django.utils import timezone
from chengshu.bureau.models import RoleAssignment, Unit, User
from chengshu.bureau.services.reference import load_district
district = load_district("310107")
at, now = Unit.objects.get(district=district, kind="bureau"), timezone.now()
person = User.objects.create(username="listener", full_name="听", unit=at, password_changed_at=now)
RoleAssignment.objects.create(user=person, role="bureau_leader", unit=at, granted_at=now)
session = SessionStore()
session["_auth_user_id"] = str(person.pk)
session["_auth_user_backend"] = "chengshu.bureau.backends.BureauBackend"
session["_auth_user_hash"] = person.get_session_auth_hash()
session.save()
print(json.dumps({"session": session.session_key, "district": district.pk, "person": person.pk}))
"""


class Web:
    """A web process on a prepared database."""

    def __init__(self, home: Path) -> None:
        self.home, self.port = home, free_port()
        code = [sys.executable, "-c", PREPARE]
        environment = child_environment(home)
        made = subprocess.run(code, env=environment, capture_output=True, text=True, timeout=300)
        assert made.returncode == 0, made.stderr
        self.__dict__ |= json.loads(made.stdout.splitlines()[-1])
        self.session: str
        self.district: int
        self.person: int
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start it and wait until it answers."""
        environment = child_environment(
            self.home, PORT=str(self.port), CHENGSHU_PROCESS="web", CHENGSHU_WEB_WORKERS="2"
        )
        environment["PYTHONPATH"] = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.runtime.event_server"], env=environment, start_new_session=True
        )
        until(lambda: self.get("/healthz/live")[0] == 200)

    def stop(self) -> None:
        """As the supervisor stops it."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)

    def kill(self) -> None:
        """As the power does."""
        assert self.process is not None
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(60)

    def open(self, path: str, method: str = "GET", **headers: str) -> http.client.HTTPResponse:
        """Ask for something as the signed-in person and leave the answer open."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path, headers={"Cookie": f"chengshu_session={self.session}"} | headers)
        return connection.getresponse()

    def get(self, path: str, **headers: str) -> tuple[int, bytes]:
        """Status and body; (0, b"") while nobody answers."""
        try:
            answer = self.open(path, **headers)
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            return 0, b""

    def write(self, start: int, count: int, pause: float = 0.0) -> None:
        """Commit events one by one."""
        with self.sql() as connection:
            for number in range(start, start + count):
                connection.execute(
                    "INSERT INTO kernel_event (topic, district_id, subject, data) VALUES (%s, %s, %s, '{}')",
                    [TOPIC, self.district, f"thing:{number}"],
                )
                time.sleep(pause)

    def sql(self) -> psycopg.Connection[Any]:
        """A connection to the database."""
        held = database.django_database(make_env(self.home))
        return psycopg.connect(
            host=held["HOST"], port=held["PORT"], user=held["USER"], dbname=held["NAME"], autocommit=True
        )


class Listener(threading.Thread):
    """A client that comes back with its last id."""

    def __init__(self, web: Web) -> None:
        super().__init__(daemon=True)
        self.web, self.last, self.ended = web, "", False
        self.heard: dict[int, str] = {}
        self.connections = 0

    def run(self) -> None:
        """Listen until told to end."""
        while not self.ended:
            with suppress(OSError, http.client.HTTPException, ValueError):
                answer = self.web.open(
                    "/api/v1/events", **({"Last-Event-ID": self.last} if self.last else {})
                )
                if answer.status == 200:
                    self.connections += 1
                    self._read(answer)
            time.sleep(0.2)

    def _read(self, answer: http.client.HTTPResponse) -> None:
        while not self.ended and (line := answer.readline().decode()):
            if line.startswith("id: "):
                self.last = line[4:].strip()
            elif line.startswith('data: {"position"') and '"subject"' in line:
                self.heard[int(self.last)] = json.loads(line[6:])["subject"]


@pytest.fixture
def web(home: Path) -> Iterator[Web]:
    """A web process; the database goes with the test."""
    env = make_env(home)
    database.ensure_running(env)
    made = None
    try:
        made = Web(home)
        yield made
    finally:
        if made is not None:
            made.kill()
        database.release(env)


@pytest.mark.slow_start
@pytest.mark.parametrize("how", ["stop", "kill"])
def test_nothing_is_lost_when_the_web_process_ends_under_load(web: Web, how: str) -> None:
    listener = Listener(web)
    listener.start()
    until(lambda: listener.last)
    writer = threading.Thread(target=web.write, args=(0, 300, 0.01))
    writer.start()
    until(lambda: len(listener.heard) > 50)
    getattr(web, how)()
    web.start()
    writer.join()
    web.write(300, 1)
    until(lambda: "thing:300" in listener.heard.values())
    listener.ended = True
    in_order = [listener.heard[position] for position in sorted(listener.heard)]
    assert in_order == [f"thing:{number}" for number in range(301)]
    assert listener.connections >= 2


@pytest.mark.slow_start
def test_what_a_request_was_it_still_is(web: Web) -> None:
    """Redirects, bodies, files, HEAD and refusals through the gateway; rights taken away end a stream."""
    assert web.get("/registry/")[0] == 200
    assert web.open("/", Cookie="").status == 302
    whole = web.open("/static/islands/desk.js")
    head = web.open("/static/islands/desk.js", method="HEAD")
    if whole.status == 200:  # the islands are built
        assert len(whole.read()) == int(head.headers["Content-Length"]) and head.read() == b""
        built = ROOT / "src" / "chengshu" / "ui" / "static" / "islands" / "map.js"
        assert web.get("/static/islands/map.js")[1] == built.read_bytes()  # several pieces
        assert web.open("/static/islands/desk.js", Range="bytes=0-9").read() == whole_start(web)
    assert web.get("/api/v1/events", Cookie="")[0] == 401
    status, body = web.get("/api/v1/events?topics=nothing")
    assert (status, json.loads(body)) == (
        422,
        {"detail": f"unknown topic: nothing (known: {known_topics(body)})"},
    )
    assert web.get("/api/v1/events?after=-1")[0] == 422
    assert web.open("/api/v1/events", method="POST").status in (403, 405)
    stream = web.open(f"/api/v1/events?topics={TOPIC}")
    assert stream.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    with web.sql() as connection:
        connection.execute("UPDATE bureau_user SET is_active = false WHERE id = %s", [web.person])
    assert b"event: hello" in stream.read()  # reads to the end: the stream is closed within a minute
    assert web.get("/api/v1/events")[0] == 401


def whole_start(web: Web) -> bytes:
    """The first ten bytes of the file."""
    return web.get("/static/islands/desk.js")[1][:10]


def known_topics(body: bytes) -> str:
    """The list in the sentence, which grows with the domains."""
    return str(json.loads(body)["detail"]).rpartition("known: ")[2].rstrip(")")
