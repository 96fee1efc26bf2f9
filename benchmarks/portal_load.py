"""Claim: list and entry of the public disclosures answer 200 requests a second within 50 ms (p95) on 2 cores.

The real server (``chengshu up``: two web workers, job worker, embedded PostgreSQL) with the reference year of
5,787 cases, shown as on its last day. Requests are offered at fixed moments, whether earlier ones are
answered or not, and timed from the moment they were due, so that a queue counts. Half ask for an entry, drawn
evenly from all (few twice, so that most are rendered), half for the list with a page, a filter or a search
word. The load comes from one process on the same machine; its share is printed.

With ``--inspections`` the year of 166 draws is loaded instead: half ask for one result or draw, half for a
list of results (with a filter or a search word) or draws.

    python benchmarks/portal_load.py [--inspections] [--rate 200] [--seconds 30] [--home DIR] [--json]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120

from leads_api import cpu_seconds, free_port, settle, start

CLAIM_MS = 50.0
LAST_DAY = "2020-12-31"
CONNECTIONS = 64
WORDS = ["餐饮", "商贸", "建设", "物业", "垃圾", "跨门", "工地", "szmz"]
SKIP_JOBS = "DELETE FROM procrastinate_jobs WHERE status = 'todo'"


# --- load -------------------------------------------------------------------------------------------
class Load:
    """Requests at fixed moments over kept connections."""

    def __init__(self, port: int, rate: float, seconds: float, known: dict[str, Any]) -> None:
        self.port, self.rate, self.seconds, self.known = port, rate, seconds, known
        self.chance = random.Random(7)
        self.free: asyncio.Queue[Any] = asyncio.Queue()
        self.times: dict[str, list[float]] = {"list": [], "entry": []}
        self.wrong: dict[int, int] = {}
        self.most_bytes = 0

    def path(self) -> tuple[str, str]:
        """Kind and address of one request."""
        chance = self.chance
        if "results" in self.known:
            return self.inspection_path()
        if chance.random() < 0.5:
            return "entry", f"/public/penalties/{chance.choice(self.known['ids'])}/"
        query = chance.choice(
            [
                "",
                f"page={chance.randrange(1, self.known['pages'] + 1)}",
                f"cause={chance.choice(self.known['causes'])}",
                f"town={chance.choice(self.known['towns'])}&page={chance.randrange(1, 9)}",
                f"q={chance.choice(self.known['words'])}",
            ]
        )
        return "list", f"/public/penalties/?{query}"

    def inspection_path(self) -> tuple[str, str]:
        """The same of the inspections' pages."""
        chance, known = self.chance, self.known
        kind = "results" if chance.random() < 0.8 else "draws"
        if chance.random() < 0.5:
            return "entry", f"/public/{kind}/{chance.choice(known[kind])}/"
        page = f"page={chance.randrange(1, len(known[kind]) // 20 + 2)}"
        if kind == "draws":
            return "list", f"/public/draws/?{page}"
        narrower = [page, f"{page}&result={chance.randrange(1, 4)}", f"q={chance.choice(known['words'])}"]
        return "list", f"/public/results/?{chance.choice(narrower)}"

    async def one(self, due: float) -> None:
        """Ask once; timed from when it was due."""
        kind, path = self.path()
        reader, writer = await self.free.get()
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Language: zh-CN\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        status = int(head[9:12])
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        self.times[kind].append(time.perf_counter() - due)
        self.free.put_nowait((reader, writer))
        self.most_bytes = max(self.most_bytes, length)
        if status != 200:
            self.wrong[status] = self.wrong.get(status, 0) + 1

    async def run(self) -> dict[str, Any]:
        """All of it."""
        for _ in range(CONNECTIONS):
            self.free.put_nowait(await asyncio.open_connection("127.0.0.1", self.port, limit=2**20))
        began, tasks = time.perf_counter(), []
        for number in range(int(self.rate * self.seconds)):
            due = began + number / self.rate
            if (wait := due - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            tasks.append(asyncio.create_task(self.one(due)))
        await asyncio.gather(*tasks)
        took = time.perf_counter() - began
        used = resource.getrusage(resource.RUSAGE_SELF)
        found: dict[str, Any] = {"answered_per_s": round(len(tasks) / took, 1), "wrong": self.wrong}
        for kind, times in self.times.items():
            times.sort()
            found[kind] = {
                "n": len(times),
                "p50_ms": round(1000 * times[len(times) // 2], 1),
                "p95_ms": round(1000 * times[int(len(times) * 0.95)], 1),
                "p99_ms": round(1000 * times[int(len(times) * 0.99)], 1),
            }
        found["largest_page_bytes"] = self.most_bytes
        found["generator_cpu_s"] = round(used.ru_utime + used.ru_stime, 2)
        return found


# --- data -------------------------------------------------------------------------------------------
def fill() -> dict[str, Any]:
    """Have the reference year; what there is to ask for."""
    from datetime import date

    from django.core.management import call_command
    from django.db import connection

    from chengshu.bureau.models import District
    from chengshu.demo.cases import load_cases
    from chengshu.demo.load import first_start
    from chengshu.portal import penalties
    from chengshu.portal.services.penalties import synchronise

    call_command("migrate", verbosity=0)
    if first_start():
        with connection.cursor() as cursor:
            cursor.execute(SKIP_JOBS)  # only the cases are wanted here
    district = District.objects.order_by("id")[0]
    load_cases(district)
    synchronise(district)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE portal_publicpenalty")
    today = date.fromisoformat(LAST_DAY)
    shown = list(penalties.on_display(district.pk, today).values_list("pk", flat=True))
    known = penalties.facets(district.pk, "", today)
    numbers = penalties.on_display(district.pk, today).values_list("decision_number", flat=True)[:200]
    return {
        "ids": shown,
        "pages": -(-len(shown) // penalties.PER_PAGE),
        "causes": known.causes,
        "towns": [town[0] for town in known.towns],
        "words": [quote(word) for word in [*WORDS, *numbers]],
    }


def fill_inspections() -> dict[str, Any]:
    """Have the reference year's draws and results; what there is to ask for."""
    from datetime import date

    from django.core.management import call_command
    from django.db import connection

    from chengshu.bureau.models import District
    from chengshu.demo.inspections import load_inspections
    from chengshu.demo.load import first_start
    from chengshu.inspections.models import Draw
    from chengshu.portal import inspections

    call_command("migrate", verbosity=0)
    if first_start():
        with connection.cursor() as cursor:
            cursor.execute(SKIP_JOBS)
    district = District.objects.order_by("id")[0]
    if not Draw.objects.exists():
        load_inspections(district)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    shown = inspections.on_display(district.pk, date.fromisoformat(LAST_DAY)).values_list("pk", flat=True)
    draws = Draw.objects.values_list("pk", flat=True)
    return {"results": list(shown), "draws": list(draws), "words": [quote(word) for word in WORDS]}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=200)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--home", type=Path, help="keep the data there, for the next run")
    parser.add_argument("--inspections", action="store_true", help="draws and results instead of penalties")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--drive", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.drive:
        load = Load(options.drive, options.rate, options.seconds, json.load(sys.stdin))
        print(json.dumps(asyncio.run(load.run())))
        return
    with tempfile.TemporaryDirectory(prefix="cs-", dir="/tmp") as folder:
        home, port = (options.home or Path(folder) / "home").resolve(), free_port()
        home.mkdir(parents=True, exist_ok=True)
        os.environ |= {"CHENGSHU_HOME": str(home), "CHENGSHU_PUBLIC_DAY": LAST_DAY}
        filled = [sys.executable, "-c", f"import portal_load; portal_load.prepare({options.inspections})"]
        known = subprocess.run(
            filled, cwd=Path(__file__).parent, stdout=subprocess.PIPE, check=True
        ).stdout.splitlines()[-1]
        server = start(home, port)
        try:
            settle(home)
            command = [sys.executable, __file__, "--drive", str(port), "--rate", str(options.rate)]
            warm = [*command, "--seconds", "3"]
            subprocess.run(warm, input=known, stdout=subprocess.PIPE, check=True)
            before, began = cpu_seconds(home), time.perf_counter()
            timed = [*command, "--seconds", str(options.seconds)]
            driven = subprocess.run(timed, input=known, stdout=subprocess.PIPE, check=True)
            found = json.loads(driven.stdout)
            after, took = cpu_seconds(home), time.perf_counter() - began
        finally:
            os.kill(server.pid, signal.SIGINT)
            server.wait()
    asked = json.loads(known)
    found["entries"] = len(asked.get("ids") or asked["results"])
    found["server_cores_used"] = round((sum(after.values()) - sum(before.values())) / took, 2)
    found["load_average"] = round(os.getloadavg()[0], 1)
    if options.json:
        print(json.dumps(found))
        return
    for kind in ("list", "entry"):
        p95 = found[kind]["p95_ms"]
        print(f"{kind}: {found[kind]}; claim {CLAIM_MS:.0f} ms : p95 = {CLAIM_MS / p95:.1f}")
    print({key: value for key, value in found.items() if key not in ("list", "entry")})


def prepare(inspections: bool) -> None:
    """Fill the database of the environment and print what there is to ask for."""
    from chengshu.config.cli import setup_django

    setup_django()
    print(json.dumps(fill_inspections() if inspections else fill()))


if __name__ == "__main__":
    main()
