"""Claims: ``POST /api/v1/leads`` at least 220 a second, a list of 100 full leads at least 115 a second.

The real server (``chengshu up``: two web workers, job worker, embedded PostgreSQL with ``synchronous_commit``
on) in a home of its own, 10,000 leads of three steps and one or two photos each, an API key. The load comes
from one process on the same machine over eight kept connections; its share is printed. Every POST is durable
and complete: history, live event and search index are written by the same transaction. ``api`` is the usual
source of another system (the lead waits for the dispatcher), ``hotline`` a trusted one: registered and routed
to its squad within the request.

    python benchmarks/leads_api.py [--leads 10000] [--seconds 15] [--json]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
CONNECTIONS = 8  # two workers of four threads
CLAIMS = {"post api": 220.0, "list": 115.0}
PLACES = [(121.4330, 31.2430), (121.3600, 31.2850), (121.4100, 31.2500), (121.3900, 31.2700)]
GOODS = ["水果", "蔬菜", "早点", "盒饭", "鲜花", "小商品", "烧烤", "衣帽"]
ROADS = ["长寿路", "常德路", "西康路", "昌化路", "武宁路", "曹杨路", "真北路", "桃浦路"]


# --- load -------------------------------------------------------------------------------------------
def body(source: str, chance: random.Random) -> bytes:
    """One report as another system would send it."""
    lng, lat = chance.choice(PLACES)
    place = f"{chance.choice(ROADS)}{chance.randrange(1, 900)}号"
    number = chance.randrange(10**12)
    return json.dumps(
        {
            "source": source,
            "source_ref": f"{source}{number:012d}",
            "class": "E0201",
            "description": f"{place}门口占道设摊卖{chance.choice(GOODS)}，影响通行",
            "address": place,
            "position": [lng + chance.uniform(-0.003, 0.003), lat + chance.uniform(-0.002, 0.002)],
            "reporter": {"name": "张三", "phone": "13812345678"},
        },
        ensure_ascii=False,
    ).encode()


def request(mode: str, key: str, chance: random.Random) -> bytes:
    """The bytes of one request."""
    head = f"Host: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n"
    if mode == "list":
        return f"GET /api/v1/leads?limit=100 HTTP/1.1\r\n{head}\r\n".encode()
    content = body(mode.split()[1], chance)
    head += f"Idempotency-Key: {chance.randrange(10**18)}\r\nContent-Type: application/json\r\n"
    return f"POST /api/v1/leads HTTP/1.1\r\n{head}Content-Length: {len(content)}\r\n\r\n".encode() + content


def answer(connection: socket.socket, kept: bytearray) -> int:
    """Read one answer to its end; its status."""
    while (end := kept.find(b"\r\n\r\n")) < 0:
        kept += connection.recv(262_144)
    head = bytes(kept[:end]).lower()
    if b"content-length:" not in head:
        raise SystemExit(kept.decode(errors="replace"))
    length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
    while len(kept) < end + 4 + length:
        kept += connection.recv(262_144)
    del kept[: end + 4 + length]
    return int(head[9:12])


def drive(port: int, key: str, mode: str, seconds: float) -> None:
    """Ask over all connections for so long; prints what came of it as JSON."""
    times: list[float] = []
    wrong: dict[int, int] = {}
    stop = time.perf_counter() + seconds

    def one(seed: int) -> None:
        chance = random.Random(seed)
        connection = socket.create_connection(("127.0.0.1", port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        kept = bytearray()
        while (began := time.perf_counter()) < stop:
            connection.sendall(request(mode, key, chance))
            status = answer(connection, kept)
            times.append(time.perf_counter() - began)
            if status not in (200, 201):
                wrong[status] = wrong.get(status, 0) + 1

    began = time.perf_counter()
    threads = [threading.Thread(target=one, args=(time.time_ns() + n,)) for n in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    used = resource.getrusage(resource.RUSAGE_SELF)
    times.sort()
    print(
        json.dumps(
            {
                "rate": round(len(times) / (time.perf_counter() - began), 1),
                "answers": len(times),
                "wrong": wrong,
                "p50_ms": round(1000 * statistics.median(times), 1),
                "p95_ms": round(1000 * times[int(len(times) * 0.95)], 1),
                "generator_cpu_ms": round(1000 * (used.ru_utime + used.ru_stime) / len(times), 2),
            }
        )
    )


# --- server -----------------------------------------------------------------------------------------
def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(home: Path, port: int) -> subprocess.Popen[bytes]:
    """The server, once it answers."""
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment |= {"CHENGSHU_HOME": str(home), "PORT": str(port), "CHENGSHU_WEB_WORKERS": "2"}
    log = (home.parent / "log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "chengshu.config.cli", "up"],
        cwd=ROOT,
        env=environment,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    while True:
        with (
            suppress(OSError),
            urllib.request.urlopen(f"http://127.0.0.1:{port}/accounts/login/", timeout=10),
        ):
            return process
        if process.poll() is not None:
            raise SystemExit((home.parent / "log").read_text())
        time.sleep(0.2)


def cpu_seconds(home: Path) -> dict[str, float]:
    """Processor time of the server's processes so far: PostgreSQL, web workers, job worker and supervisor."""
    used = {"web": 0.0, "database": 0.0, "other": 0.0}
    master = next(home.rglob("postmaster.pid")).read_text().split()[0]
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            if master in (folder.name, fields[1]):
                kind = "database"
            elif f"CHENGSHU_HOME={home}\0".encode() in (folder / "environ").read_bytes() + b"\0":
                command = (folder / "cmdline").read_text()
                kind = "other" if "config.worker" in command or "config.cli" in command else "web"
            else:
                continue
            used[kind] += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return used


# --- data -------------------------------------------------------------------------------------------
FILL = """
INSERT INTO leads_lead ({columns}) SELECT {values}
    FROM leads_lead l, generate_series(2, %s) n WHERE l.id = %s;
UPDATE leads_lead SET version = 2, stage = 'registered', step_action = 'register', registered_at = now(),
    arrive_by = now() + interval '2 hours', handle_by = now() + interval '2 days' WHERE version = 1;
UPDATE leads_lead SET version = 3, stage = 'dispatched', step_action = 'dispatch', dispatched_at = now()
    WHERE version = 2;
INSERT INTO leads_leadattachment (lead_id, file_id, name, moment, added_at)
    SELECT l.id, %s, '现场' || m || '.jpg', m, now() FROM leads_lead l, unnest(array['filing', 'other']) m
    WHERE m = 'filing' OR l.id %% 2 = 0;
"""


def fill(wanted: int) -> str:
    """Have that many leads; the secret of a key that may report and see them."""
    from django.db import connection

    from chengshu.bureau.models import District
    from chengshu.kernel.models import StoredFile
    from chengshu.leads.models import Lead
    from chengshu.leads.services import NewLead, report
    from chengshu.leads.services.classes import load_classes

    district = District.objects.order_by("id")[0]
    if Lead.objects.count() >= wanted:
        return new_key(district)
    load_classes(district)
    first = report(
        NewLead(
            "patrol", "E0201", "长寿路100号门口占道设摊卖水果", address="长寿路100号", position=PLACES[0]
        ),
        district=district,
        by=None,
        route=False,
    ).lead
    photo = StoredFile.objects.create(sha256="0" * 64, size=284_113, media_type="image/jpeg", name="现场.jpg")
    columns = [field.column for field in Lead._meta.concrete_fields if field.column != "id"]
    changed = {"number": "'B' || n", "description": "l.description || '，第' || n || '处'"}
    with connection.cursor() as cursor:
        cursor.execute(
            FILL.format(
                columns=", ".join(f'"{name}"' for name in columns),
                values=", ".join(changed.get(name, f'l."{name}"') for name in columns),
            ),
            [wanted, first.pk, photo.pk],
        )
        cursor.execute("VACUUM ANALYZE leads_lead, leads_leadstep, leads_leadattachment")
    return new_key(district)


def new_key(district: Any) -> str:
    """The secret of a key that may report and see leads."""
    from chengshu.bureau.models import Unit, User
    from chengshu.bureau.services import apikeys

    security = User.objects.with_roles().filter(assignments__role="security_admin")[0]
    return apikeys.create_key(
        by=security,
        name=f"压力测试{time.time_ns()}",
        owner="压力测试",
        unit=Unit.objects.filter(district=district, kind=Unit.Kind.BUREAU)[0],
        permissions=["leads.view", "leads.report"],
        rate_per_minute=30_000,
        days=1,
    ).secret


def settle(home: Path, seconds: float = 180) -> None:
    """Wait until the jobs of a first start are done, so that they are not counted."""
    stop = time.perf_counter() + seconds
    while time.perf_counter() < stop:
        before = sum(cpu_seconds(home).values())
        time.sleep(5)
        if sum(cpu_seconds(home).values()) - before < 0.5:
            return


def measure(home: Path, port: int, key: str, mode: str, seconds: float) -> dict[str, Any]:
    """One kind of request for so long, with what it cost."""
    before, began = cpu_seconds(home), time.perf_counter()
    command = [sys.executable, __file__, "--drive", mode, "--port", str(port), "--seconds", str(seconds)]
    driven = subprocess.run(command, input=key.encode(), stdout=subprocess.PIPE, check=True)
    found: dict[str, Any] = json.loads(driven.stdout)
    after, took = cpu_seconds(home), time.perf_counter() - began
    for kind, spent in after.items():
        found[f"{kind}_cpu_ms"] = round(1000 * (spent - before[kind]) / found["answers"], 2)
    found["cores_used"] = round((sum(after.values()) - sum(before.values())) / took, 2)
    found["load_average"] = round(os.getloadavg()[0], 1)
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--home", type=Path, help="keep the data there, for the next run")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--drive", help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.drive:
        drive(options.port, sys.stdin.read(), options.drive, options.seconds)
        return
    with tempfile.TemporaryDirectory(prefix="cs-", dir="/tmp") as folder:
        home, port = (options.home or Path(folder) / "home").resolve(), free_port()
        server = start(home, port)
        try:
            os.environ["CHENGSHU_HOME"] = str(home)
            from chengshu.config.cli import setup_django

            setup_django()
            key = fill(options.leads)
            settle(home)
            results = {}
            for mode in ("list", "post api", "post hotline"):
                measure(home, port, key, mode, 2)  # warm
                results[mode] = measure(home, port, key, mode, options.seconds)
                if not options.json:
                    print(mode, results[mode], flush=True)
        finally:
            os.kill(server.pid, signal.SIGINT)
            server.wait()
    if options.json:
        print(json.dumps(results))
    for mode, claim in CLAIMS.items():
        print(f"{mode}: {results[mode]['rate']} a second, claim {claim:.0f}", file=sys.stderr)


if __name__ == "__main__":
    main()
