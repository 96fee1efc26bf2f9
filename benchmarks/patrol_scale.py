"""Claims: positions of 500 officers every 10 s and 50 check-ins a day each are taken in at ten times that rate
beside the web load on two cores; with a year of 9,000,000 check-ins coverage is answered within 150 ms (p95).

Part ``ingest`` starts the real server (``chengshu up``) and the JT/T 808 gateway in a home of its own. 500
terminals over 500 connections send as fast as the rate asks (10 × 50 a second), one frame each, confirmed when
stored; meanwhile pages of the desk and coverage are asked for, and check-ins are written at ten times the daily
rate. Printed: the rate achieved, how late a position was confirmed, how long the pages took, CPU by process.

Part ``year`` fills the embedded database of a home of its own by one INSERT … SELECT with the table's triggers
off, counts every day through the services, and times whole answers (session, person, scope, query, page) of
coverage, frequency and gaps for a day, a month and the year, and the recount of some days.

    python benchmarks/patrol_scale.py [ingest|year] [--seconds 60] [--rate 10] [--check-ins 9000000] [--days 365]
"""

# ruff: noqa: E501  long SQL; names and figures come from this file
from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

OFFICERS = 500
EVERY_SECONDS = 10
CHECK_INS_A_DAY = 50
HOURS_A_DAY = 8
BEATS, POINTS = 200, 10
CLAIM_MS = 150.0
HOME = "/tmp/chengshu-patrol-scale"  # noqa: S108  a benchmark's own data


def percentile(values: list[float], share: float) -> float:
    """The value below which that share lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def cast() -> dict[str, Any]:
    """A district's beats, points, officers on duty with a terminal each; made once."""
    from django.core.management import call_command
    from django.db import connection
    from django.utils import timezone

    from chengshu.bureau.models import District, RosterEntry, Unit, User
    from chengshu.demo.load import first_start
    from chengshu.patrol.models import Beat, BeatPoint, Equipment, EquipmentUse, Requirement

    call_command("migrate", verbosity=0)
    first_start()
    district = District.objects.order_by("id")[0]
    squads = list(Unit.objects.filter(district=district, kind=Unit.Kind.SQUAD).order_by("id"))
    now = timezone.now()
    if not Beat.objects.filter(code__startswith="S").exists():
        chance = random.Random(5)
        people = User.objects.bulk_create(
            User(username=f"scale{n}", full_name=f"队员{n}", unit=squads[n % len(squads)])
            for n in range(OFFICERS)
        )
        things = Equipment.objects.bulk_create(
            Equipment(
                squad=one.unit, code=f"S{n}", kind="body_camera", name="记录仪", terminal=f"{9000000000 + n}"
            )
            for n, one in enumerate(people)
        )
        EquipmentUse.objects.bulk_create(
            EquipmentUse(equipment=thing, user=one, taken_at=now - timedelta(days=2))
            for thing, one in zip(things, people, strict=True)
        )
        for n in range(BEATS):
            west, south = 121.36 + chance.random() * 0.08, 31.23 + chance.random() * 0.06
            ring = [
                [west, south],
                [west + 0.004, south],
                [west + 0.004, south + 0.004],
                [west, south + 0.004],
                [west, south],
            ]
            beat = Beat.objects.create(
                district=district, squad=squads[n % len(squads)], code=f"S{n:03}", name=f"巡区{n}",
                street_class=chance.choice(["strict", "controlled", "general"]),
                boundary={"type": "Polygon", "coordinates": [ring]},
            )  # fmt: skip
            BeatPoint.objects.bulk_create(
                BeatPoint(
                    beat=beat, code=f"P{p}", name=f"点位{p}", position=(west + 0.0004 * p, south + 0.002)
                )
                for p in range(POINTS)
            )
        for street in ("strict", "controlled", "general"):
            for first, end in ((7, 12), (12, 17), (17, 22)):
                Requirement.objects.create(
                    district=district, street_class=street, first_hour=first, end_hour=end, visits=4,
                    valid_from=now.date() - timedelta(days=800),
                )  # fmt: skip
    officers = list(User.objects.filter(username__startswith="scale").order_by("id"))
    for one in officers:
        RosterEntry.objects.get_or_create(
            user=one, unit=one.unit, starts_at=now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1),
            defaults={"ends_at": now + timedelta(days=2)},
        )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return {"district": district, "officers": officers}


# --- ingest -----------------------------------------------------------------------------------------
async def terminal(n: int, port: int, seconds: float, every: float, late: list[float]) -> int:
    """One terminal: proves itself, then a position each ``every`` seconds; returns how many were confirmed."""
    from chengshu.patrol.jt808 import messages as m
    from chengshu.patrol.jt808.codec import Frame, Splitter, encode
    from chengshu.patrol.jt808.server import code_of

    number = f"{9000000000 + n}"
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(encode(Frame(m.AUTHENTICATE, number, 0, code_of(number).encode())))
    await reader.read(100)
    sent: dict[int, float] = {}
    confirmed = 0
    splitter = Splitter()

    async def listen() -> None:
        nonlocal confirmed
        while data := await reader.read(4096):
            for frame in splitter.feed(data):
                asked = sent.pop(int.from_bytes(frame.body[:2], "big"), None)
                if asked is not None and frame.body[-1] == m.OK:
                    late.append(time.perf_counter() - asked)
                    confirmed += 1

    listening = asyncio.create_task(listen())
    chance = random.Random(n)
    begin = time.perf_counter() + chance.random() * every
    lng, lat = 121.36 + chance.random() * 0.08, 31.23 + chance.random() * 0.06
    count = int(seconds / every)
    base = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=count + 60)
    for k in range(count):
        await asyncio.sleep(max(0.0, begin + k * every - time.perf_counter()))
        lng, lat = lng + chance.uniform(-1e-4, 1e-4), lat + chance.uniform(-1e-4, 1e-4)
        serial = (k + 1) & 0xFFFF
        sent[serial] = time.perf_counter()
        # terminals speak in whole seconds: at ten times the rate each position needs a second of its own
        one = m.Reported(base + timedelta(seconds=k), lng, lat, True, speed_kmh=4)
        writer.write(encode(Frame(m.POSITION, number, serial, m.write_position(one))))
    for _wait in range(100):
        if not sent:
            break
        await asyncio.sleep(0.1)
    writer.close()
    listening.cancel()
    return confirmed


async def terminals(port: int, seconds: float, every: float) -> tuple[int, list[float]]:
    """All of them together."""
    late: list[float] = []
    counts = await asyncio.gather(*(terminal(n, port, seconds, every, late) for n in range(OFFICERS)))
    return sum(counts), late


def write_check_ins(stop: threading.Event, rate: float, done: list[int]) -> None:
    """Check-ins one transaction each, as they come from phones."""
    import uuid

    from django.db import connection
    from django.utils import timezone

    from chengshu.bureau.models import User
    from chengshu.patrol.models import BeatPoint, CheckIn

    points = list(BeatPoint.objects.select_related("beat")[:500])
    officers = list(User.objects.filter(username__startswith="scale").select_related("unit"))
    chance = random.Random(3)
    begin = time.perf_counter()
    while not stop.is_set():
        point, officer, now = chance.choice(points), chance.choice(officers), timezone.now()
        CheckIn.objects.create(
            id=uuid.uuid4(), district_id=point.beat.district_id, squad=officer.unit, user=officer, beat=point.beat,
            point=point, way="nfc_dynamic", at=now, received_at=now, weight=100,
        )  # fmt: skip
        done[0] += 1
        time.sleep(max(0.0, begin + done[0] / rate - time.perf_counter()))
    connection.close()


def ingest(seconds: float, factor: float) -> dict[str, Any]:
    """The gateway and the web server under load."""
    import leads_api as servers

    home = Path(os.environ["CHENGSHU_HOME"])
    port, gate = servers.free_port(), servers.free_port()
    server = servers.start(home, port)
    gateway = None
    try:
        from chengshu.config.cli import setup_django

        setup_django()
        made = cast()
        servers.settle(home, 60)
        gateway = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "chengshu.config.cli",
                "gateway",
                "jt808",
                "--host",
                "127.0.0.1",
                "--port",
                str(gate),
            ],
            env={**os.environ, "CHENGSHU_HOME": str(home)},
        )
        wait_for(gate)
        every = EVERY_SECONDS / factor
        stop, check_ins, pages = threading.Event(), [0], []
        rate = OFFICERS * CHECK_INS_A_DAY / (HOURS_A_DAY * 3600) * factor
        asker = threading.Thread(target=ask_pages, args=(stop, port, pages))
        writer = threading.Thread(target=write_check_ins, args=(stop, rate, check_ins))
        asker.start()
        writer.start()
        began = time.perf_counter()
        try:
            confirmed, late = asyncio.run(terminals(gate, seconds, every))
        finally:
            took = time.perf_counter() - began
            stop.set()
            asker.join()
            writer.join()
        return {
            "officers": len(made["officers"]),
            "wanted_per_s": round(OFFICERS / every, 1),
            "confirmed_per_s": round(confirmed / took, 1),
            "confirmed": confirmed,
            "sent": OFFICERS * int(seconds / every),
            "confirmed_after_ms": {
                "median": round(1000 * statistics.median(late)) if late else None,
                "p95": round(1000 * percentile(late, 0.95)),
                "worst": round(1000 * max(late, default=0)),
            },
            "check_ins_per_s": round(check_ins[0] / took, 1),
            "pages": len(pages),
            "page_p95_ms": round(1000 * percentile(pages, 0.95)),
        }
    finally:
        if gateway is not None:
            gateway.send_signal(signal.SIGTERM)
            gateway.wait()
        os.kill(server.pid, signal.SIGINT)
        server.wait()
        from chengshu.config import database
        from chengshu.config.env import load

        database.release(load())  # this process used the database, too: it stays until the last one has gone
        database.cluster(load()).stop()


def wait_for(port: int, seconds: float = 120) -> None:
    """Until somebody listens there."""
    stop = time.perf_counter() + seconds
    while time.perf_counter() < stop:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.2)
    raise SystemExit(f"nobody listens on port {port}")


def ask_pages(stop: threading.Event, port: int, took: list[float]) -> None:
    """Web load: coverage for a day and the start page, one after another."""
    import requests
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from chengshu.bureau.models import User
    from chengshu.bureau.session_store import SessionStore

    person = User.objects.with_roles().filter(assignments__role="bureau_leader")[0]
    store = SessionStore()
    store[SESSION_KEY], store[BACKEND_SESSION_KEY] = str(person.pk), "chengshu.bureau.backends.BureauBackend"
    store[HASH_SESSION_KEY] = person.get_session_auth_hash()
    store.save()
    session = requests.Session()
    session.cookies.set(settings.SESSION_COOKIE_NAME, store.session_key or "")
    while not stop.is_set():
        for path in ("/patrol/coverage/", "/patrol/frequency/", "/"):
            began = time.perf_counter()
            session.get(f"http://127.0.0.1:{port}{path}", timeout=30)
            took.append(time.perf_counter() - began)
        time.sleep(0.1)


# --- a year -----------------------------------------------------------------------------------------
FILL = """
INSERT INTO patrol_checkin (id, district_id, squad_id, user_id, beat_id, point_id, way, at, received_at, weight, photo_sha256, lights)
SELECT gen_random_uuid(), %(district)s, o.squad, o.id, p.beat, p.id,
    (ARRAY['nfc_dynamic','nfc_dynamic','nfc_plain','qr','position'])[1 + floor(r3 * 5)::int], t, t, 100, '', '{}'
FROM (SELECT floor(random() * %(officers)s)::int AS o, floor(random() * %(points)s)::int AS p, random() AS r3,
        %(first)s::timestamptz + interval '1 day' * ((i - 1) * %(days)s::float8 / %(n)s)::int
        + interval '1 hour' * (7 + 15 * random()) AS t
      FROM generate_series(1, %(n)s) AS i) AS made
JOIN officer AS o ON o.n = made.o JOIN place AS p ON p.n = made.p
"""


def fill(check_ins: int, days: int) -> None:
    """Have that many check-ins over so many days up to yesterday, counted through the services."""
    from django.db import connection, transaction
    from django.utils import timezone

    from chengshu.patrol.models import Beat, BeatPoint, CheckIn
    from chengshu.patrol.services import counting
    from chengshu.patrol.tracking.partitions import bounds

    made = cast()
    started = time.monotonic()
    last = timezone.localdate() - timedelta(days=1)
    first = last - timedelta(days=days - 1)
    if CheckIn.objects.count() < check_ins:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit = off")
            keys = _let_go(cursor)
            cursor.execute("CREATE TEMP TABLE officer (n int, id bigint, squad bigint) ON COMMIT DROP")
            cursor.executemany(
                "INSERT INTO officer VALUES (%s, %s, %s)",
                [(n, one.pk, one.unit_id) for n, one in enumerate(made["officers"])],
            )
            cursor.execute("CREATE TEMP TABLE place (n int, id bigint, beat bigint) ON COMMIT DROP")
            places = list(BeatPoint.objects.filter(beat__code__startswith="S").values_list("pk", "beat_id"))
            cursor.executemany(
                "INSERT INTO place VALUES (%s, %s, %s)", [(n, *one) for n, one in enumerate(places)]
            )
            cursor.execute("ANALYZE officer; ANALYZE place")
            values = {
                "district": made["district"].pk, "officers": len(made["officers"]), "points": len(places),
                "first": bounds(first)[0], "days": days - 1, "n": check_ins,
            }  # fmt: skip
            cursor.execute(FILL, values)
            for statement in keys:
                cursor.execute(statement)
        said(f"{check_ins:,} check-ins", started)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE patrol_checkin")
        beats = list(Beat.objects.values_list("pk", flat=True))
        for n in range(days):
            counting.count((beat, first + timedelta(days=n)) for beat in beats)
        said(f"{days} days counted", started)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    began = time.monotonic()
    some = [first + timedelta(days=n) for n in range(0, days, max(1, days // 10))]
    wrong = list(counting.differences(some))
    said(f"recount of {len(some)} days ({time.monotonic() - began:.1f} s): {len(wrong)} differences", started)


def _let_go(cursor: Any) -> list[str]:
    """Turn triggers off and drop foreign keys; returns the statements that bring both back."""
    cursor.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' AND conrelid = 'patrol_checkin'::regclass"
    )
    back = []
    for name, definition in cursor.fetchall():
        cursor.execute(f'ALTER TABLE patrol_checkin DROP CONSTRAINT "{name}"')
        back.append(f'ALTER TABLE patrol_checkin ADD CONSTRAINT "{name}" {definition}')
    cursor.execute("ALTER TABLE patrol_checkin DISABLE TRIGGER USER")
    return [*back, "ALTER TABLE patrol_checkin ENABLE TRIGGER USER"]


def said(what: str, started: float) -> None:
    """One line with the time that has passed."""
    print(f"{what} after {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)


def year(check_ins: int, days: int, asked: int) -> dict[str, Any]:
    """Times of whole answers, by page and by length of the span."""
    from chengshu.config.cli import setup_django

    setup_django()
    from django.conf import settings
    from django.test import Client
    from django.utils import timezone

    from chengshu.bureau.models import Unit, User

    fill(check_ins, days)
    settings.ALLOWED_HOSTS = ["testserver"]
    people = User.objects.with_roles()
    client = Client()
    client.force_login(
        people.filter(assignments__role="bureau_leader")[0], "chengshu.bureau.backends.BureauBackend"
    )
    squads = list(Unit.objects.filter(kind=Unit.Kind.SQUAD).values_list("pk", flat=True))
    chance = random.Random(1)
    today = timezone.localdate()
    found: dict[str, list[float]] = {}
    for n in range(asked + 10):
        for name in ("coverage", "frequency", "gaps"):
            length = chance.choice((1, 30, 365, chance.randint(2, days)))
            last = today - timedelta(days=1 + chance.randrange(max(1, days - length)))
            query: dict[str, Any] = {"first": last - timedelta(days=length - 1), "last": last}
            if chance.random() < 0.5:
                query["squad"] = chance.choice(squads)
            if name == "frequency":
                query["by"] = chance.choice(("beat", "squad", "month"))
            began = time.perf_counter()
            answer = client.get(f"/patrol/{name}/?{urlencode(query)}")
            took = 1000 * (time.perf_counter() - began)
            assert answer.status_code == 200, answer.status_code
            if n >= 10:
                found.setdefault(name, []).append(took)
    return {
        name: {
            "median_ms": round(statistics.median(times), 1),
            "p95_ms": round(percentile(times, 0.95), 1),
            "worst_ms": round(max(times), 1),
        }
        for name, times in found.items()
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", default=["ingest", "year"])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rate", type=float, default=10, help="times the usual rate")
    parser.add_argument("--check-ins", type=int, default=9_000_000)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--asked", type=int, default=200)
    parser.add_argument("--home", default=HOME, help="where the year is kept for the next run")
    options = parser.parse_args()
    if len(options.parts) > 1:  # each part has a database of its own, and Django knows one
        for part in options.parts:
            subprocess.run(
                [sys.executable, __file__, part, *(one for one in sys.argv[1:] if one not in options.parts)],
                check=True,
            )
        return
    results: dict[str, Any] = {"load_average": round(os.getloadavg()[0], 1)}
    if options.parts == ["ingest"]:
        with tempfile.TemporaryDirectory(prefix="cs-", dir="/tmp") as folder:
            os.environ["CHENGSHU_HOME"] = str(Path(folder) / "home")
            results["ingest"] = ingest(options.seconds, options.rate)
    else:
        os.environ["CHENGSHU_HOME"] = options.home
        results["year"] = year(options.check_ins, options.days, options.asked)
    print(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
