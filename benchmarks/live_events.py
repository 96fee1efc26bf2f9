"""Events to open consoles: milliseconds from before the insert to the arrival in the client.

Claim: p95 below 1 s with 200 open consoles and 50 events a second on 2 cores, and no event lost, also when
the web process is restarted in the middle. Clients, writer, database and web process (2 workers) share the
machine. A console that is cut off comes back with its last id as a browser does. The times of events during
the restart are counted apart: they wait for the new process. Run: ``python benchmarks/live_events.py``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
CLAIM_SECONDS = 1.0
TOPIC = "benchmark"


def load() -> Any:
    """The web process's application with a topic of ours."""
    from chengshu.config import web

    gateway = web.load()
    from chengshu.kernel.events import register_topic

    register_topic(TOPIC, permission="registry.view")
    return gateway


class Console:
    """One open stream, by hand: 200 of a client library would cost more than the server."""

    def __init__(self, port: int, session: str, start: int) -> None:
        self.port, self.session, self.last = port, session, start
        self.seen: dict[int, tuple[float, float]] = {}
        self.doubles = 0
        self.opened = asyncio.Event()

    async def run(self) -> None:
        """Listen and come back, until cancelled."""
        while True:
            with suppress(OSError, asyncio.IncompleteReadError, ValueError):
                await self._listen()
            await asyncio.sleep(0.5)

    async def _listen(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            request = (
                f"GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: chengshu_session={self.session}"
                f"\r\nLast-Event-ID: {self.last}\r\n\r\n"
            )
            writer.write(request.encode())
            head = await reader.readuntil(b"\r\n\r\n")
            if b" 200 " not in head[:20]:
                raise OSError(head[:60])
            self.opened.set()
            rest = b""
            while size := int(await reader.readline(), 16):
                rest += (await reader.readexactly(size + 2))[:-2]
                *blocks, rest = rest.split(b"\n\n")
                for block in blocks:
                    self._take(block, time.time())
        finally:
            writer.close()

    def _take(self, block: bytes, now: float) -> None:
        assert b"event: reset" not in block, "a console was told to start anew"
        for line in block.split(b"\n"):
            if line.startswith(b"id: "):
                self.last = int(line[4:])
            elif line.startswith(b"data: {"):
                data = json.loads(line[6:])
                if "data" in data:
                    number = data["data"]["n"]
                    self.doubles += number in self.seen
                    self.seen[number] = (data["data"]["t"], now)


async def write(count: int, rate: float) -> None:
    """Commit events one by one, evenly."""
    from chengshu.kernel.events import database

    async with await database.connect() as connection:
        started = time.perf_counter()
        for number in range(count):
            await asyncio.sleep(max(0.0, started + number / rate - time.perf_counter()))
            data = json.dumps({"n": number, "t": time.time()})
            await connection.execute(
                "INSERT INTO kernel_event (topic, district_id, subject, data) VALUES (%s, %s, %s, %s)",
                [TOPIC, DISTRICT, f"lead:{number}", data],
            )


def start_web(home: Path, port: int) -> subprocess.Popen[bytes]:
    """The web process as the supervisor starts it."""
    code = "from chengshu.config.web import main; main('benchmarks.live_events:load')"
    environment = os.environ | {
        "CHENGSHU_PROCESS": "web",
        "PORT": str(port),
        "CHENGSHU_HOME": str(home),
        "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
        "CHENGSHU_WEB_WORKERS": "2",
    }
    return subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=environment)


def stop_web(process: subprocess.Popen[bytes]) -> float:
    """Seconds that the process needs to end."""
    started = time.perf_counter()
    process.send_signal(signal.SIGTERM)
    process.wait()
    return time.perf_counter() - started


def sessions(count: int) -> tuple[list[str], int]:
    """Sessions of one signed-in bureau leader, and the district."""
    from django.contrib.sessions.backends.db import SessionStore
    from django.utils import timezone

    from chengshu.bureau.models import RoleAssignment, Unit, User
    from chengshu.bureau.services.reference import load_district

    district = load_district("310107")
    at = Unit.objects.get(district=district, kind=Unit.Kind.BUREAU)
    now = timezone.now()
    person, _new = User.objects.get_or_create(
        username="listener", defaults={"full_name": "听", "unit": at, "password_changed_at": now}
    )
    RoleAssignment.objects.get_or_create(user=person, role="bureau_leader", unit=at, granted_at=now)
    keys = []
    for _number in range(count):
        session = SessionStore()
        session["_auth_user_id"] = str(person.pk)
        session["_auth_user_backend"] = "chengshu.bureau.backends.BureauBackend"
        session["_auth_user_hash"] = person.get_session_auth_hash()
        session.save()
        keys.append(str(session.session_key))
    return keys, district.pk


DISTRICT = 0


async def measure(arguments: argparse.Namespace, home: Path, keys: list[str], start: int) -> dict[str, Any]:
    """One run; with a restart in its middle when asked for."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    web = start_web(home, port)
    consoles = [Console(port, key, start) for key in keys]
    tasks = [asyncio.create_task(console.run()) for console in consoles]
    stopping = 0.0
    cut = (float("inf"), 0.0)
    try:
        await asyncio.gather(*(console.opened.wait() for console in consoles))
        writer = asyncio.create_task(write(arguments.events, arguments.rate))
        if arguments.restart:
            await asyncio.sleep(arguments.events / arguments.rate / 2)
            began = time.time()
            for console in consoles:
                console.opened.clear()
            stopping = await asyncio.to_thread(stop_web, web)
            web = start_web(home, port)
            await asyncio.gather(*(console.opened.wait() for console in consoles))
            cut = (began - 1, time.time())
        await writer
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and any(len(c.seen) < arguments.events for c in consoles):
            await asyncio.sleep(0.1)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.to_thread(stop_web, web)
    times = [pair for console in consoles for pair in console.seen.values()]
    calm = sorted(now - then for then, now in times if not cut[0] <= then <= cut[1])
    rest = sorted(now - then for then, now in times if cut[0] <= then <= cut[1])
    result: dict[str, Any] = {
        "consoles": len(consoles),
        "events": arguments.events,
        "delivered": len(times),
        "lost": arguments.events * len(consoles) - len(times),
        "doubles": sum(console.doubles for console in consoles),
        "ms": {name: round(calm[int(len(calm) * share)] * 1000) for name, share in SHARES.items()},
        "claim ÷ p95": round(CLAIM_SECONDS / calm[int(len(calm) * 0.95)], 1),
    }
    if rest:
        result["restart"] = {"stop_s": round(stopping, 1), "longest_wait_s": round(rest[-1], 1)}
    return result


SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


def main() -> None:
    """Measure and print."""
    global DISTRICT
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--consoles", type=int, default=200)
    parser.add_argument("--events", type=int, default=1500)
    parser.add_argument("--rate", type=float, default=50.0, help="events a second")
    parser.add_argument("--home", type=Path, help="keep the database here")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cs-") as scratch:
        Path(scratch).chmod(0o755)
        home = arguments.home or Path(scratch) / "home"
        os.environ["CHENGSHU_HOME"] = str(home)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chengshu.config.settings")
        from chengshu.config import database
        from chengshu.config.env import load as load_env
        from chengshu.config.tuning import tuned

        env = load_env()
        database.ensure_running(env, tuned())
        (home / "static").mkdir(exist_ok=True)
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        keys, DISTRICT = sessions(arguments.consoles)
        from chengshu.kernel.events import newest_position

        for arguments.restart in (False, True):
            result = asyncio.run(measure(arguments, home, keys, newest_position()))
            result["load"] = os.getloadavg()[0]
            print(json.dumps(result, ensure_ascii=False))
            assert result["lost"] == 0, "events were lost"
        database.release(env)


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT / "src"), str(ROOT)]
    main()
