"""Claim: with 1,000,000 cases a page of the list answers within 60 ms (p95) and takes at most three queries.

Whole answers are timed: session, person, scope, query, page. The cases are the demo's year, written again and
again under other numbers (cases and parties; the steps, which a list does not read, only once). The mix of
questions is declared in `question`. The database is the embedded one of a home of its own (``CHENGSHU_HOME``,
default ``/tmp/chengshu-cases``).

    python benchmarks/cases_scale.py [--cases 1000000] [--asked 300] [--seed 1] [--busy] [--open 20000]

``--open`` asks instead about work that goes on: so many cases are opened again in a transaction that is
rolled back; a leader, an officer and a squad's leader ask for the list's deadlines and for “my cases”.
"""

from __future__ import annotations

import argparse
import gc
import os
import random
import sys
from typing import Any
from urllib.parse import urlencode

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120

from registry_scale import Clock, additions, measured, report

DEFAULT_HOME = "/tmp/chengshu-cases"  # noqa: S108  a benchmark's own data


def fill(wanted: int) -> None:
    """Have that many cases."""
    from django.core.management import call_command
    from django.db import connection

    from chengshu.bureau.models import District
    from chengshu.cases.models import Case, Party
    from chengshu.demo.cases import load_cases
    from chengshu.demo.load import first_start

    call_command("migrate", verbosity=0)
    first_start()
    load_cases(District.objects.order_by("id")[0])
    originals = Case.objects.count()
    first = Case.objects.order_by("id").values_list("id", flat=True)[0]
    written = [f.column for f in Case._meta.concrete_fields if not f.generated]
    columns = [column for column in written if column not in ("id", "number")]
    fields = [f.column for f in Party._meta.concrete_fields if f.column not in ("id", "case_id")]
    with connection.cursor() as cursor:
        copies = max(0, -(-wanted // originals) - 1) if originals < wanted / 2 else 0
        for copy in range(1, copies + 1):
            offset = copy * originals
            cursor.execute(
                f"INSERT INTO cases_case (id, number, {', '.join(columns)})"  # noqa: S608
                f" SELECT id + %s, number || '-' || %s, {', '.join(columns)} FROM cases_case"
                " WHERE id < %s",
                [offset, copy, first + originals],
            )
            cursor.execute(
                f"INSERT INTO cases_party (case_id, {', '.join(fields)})"  # noqa: S608
                f" SELECT case_id + %s, {', '.join(fields)} FROM cases_party WHERE case_id < %s",
                [offset, first + originals],
            )
            print(f"\r{(copy + 1) * originals:,}", end="", file=sys.stderr, flush=True)
        if copies:
            cursor.execute("VACUUM ANALYZE")


class Mix:
    """Random questions about what is there."""

    def __init__(self, seed: int) -> None:
        from chengshu.bureau.models import Unit
        from chengshu.cases.models import Case

        self.random = random.Random(seed)
        rows = Case.objects.order_by("id")[:5_000]
        self.sample = list(rows.values_list("number", "party_names", "place", "cause", "field"))
        self.squads = list(Unit.objects.filter(kind=Unit.Kind.SQUAD).values_list("pk", flat=True))

    def question(self) -> tuple[str, str]:
        """None to two filters; 25 % with words, half of them numbers; pages and orders as people ask."""
        number, names, place, cause, field = self.random.choice(self.sample)
        every = {
            "squad": self.random.choice(self.squads),
            "procedure": self.random.choice(("simple", "general")),
            "cause": cause,
            "field": field,
            "source": self.random.choice(("patrol", "hotline", "inspection")),
            "state": self.random.choice(("open", "archived", "decided")),
            "decided_from": f"2020-{self.random.randint(1, 12):02d}-01",
        }
        chosen = self.random.sample(list(every), self.random.randint(0, 2))
        query: dict[str, Any] = {name: every[name] for name in chosen}
        what = "list"
        if self.random.random() < 0.25:
            what, query["q"] = "list with words", self.random.choice((number, number, names[:3], place[:4]))
        query["sort"] = self.random.choices(("", "due", "-decided"), (70, 15, 15))[0]
        query["page"] = self.random.choices((1, 2, 3, 20), (75, 12, 8, 5))[0]
        return what, f"/cases/?{urlencode(query)}"


GOING_ON = ("/cases/?state=open", "/cases/?state=open&sort=due", "/cases/?due=overdue", "/cases/mine")
REOPEN = """
UPDATE cases_case SET imported = false, archived_on = NULL, disclosed_on = NULL, due_for = 'case',
    due_on = CURRENT_DATE + (id % 60)::int - 15, is_key = (id / %(each)s) % 8 = 0,
    state = (ARRAY[
        'filing', 'investigating', 'reported', 'noticed', 'deciding', 'decided', 'served', 'closed'
    ])[1 + (id / %(each)s) % 8]
WHERE id % %(each)s = 0
"""


def going_on(client: Any, number: int, clock: Clock) -> None:
    """Ask about open cases; nothing of them stays."""
    import itertools

    from django.db import connection, transaction

    from chengshu.bureau.models import User
    from chengshu.cases.models import Case

    with transaction.atomic(), connection.cursor() as cursor:
        each = max(1, Case.objects.count() // number)
        cursor.execute(REOPEN.replace("%(each)s", str(each)))
        print(f"{cursor.rowcount:,} cases opened again")
        cursor.execute("ANALYZE cases_case")
        for role in ("bureau_leader", "officer", "squad_leader"):
            user = next(u for u in User.objects.order_by("id") if [r["role"] for r in u.roles] == [role])
            client.force_login(user, backend="chengshu.bureau.backends.BureauBackend")
            for address in GOING_ON:
                asked = itertools.repeat((f"{role} {address}", address))
                report(role, list(measured(client, asked.__next__, 30, clock)), slowest=0)
        transaction.set_rollback(True)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE cases_case")


def main() -> None:
    """Fill, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--asked", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--user", default="chief")
    parser.add_argument("--slowest", type=int, default=5)
    parser.add_argument("--busy", action="store_true", help="do not count waiting for a processor")
    parser.add_argument("--open", type=int, default=0, help="ask about so many open cases instead")
    options = parser.parse_args()
    os.environ.setdefault("CHENGSHU_HOME", DEFAULT_HOME)
    os.environ.setdefault("CHENGSHU_LOG_LEVEL", "WARNING")

    from chengshu.config.cli import setup_django

    setup_django()
    fill(options.cases)

    from django.core import signals
    from django.db import close_old_connections
    from django.test import Client

    from chengshu.bureau.models import User
    from chengshu.cases.models import Case

    client = Client(HTTP_HOST="localhost", HTTP_ACCEPT_LANGUAGE="zh-CN")
    user = User.objects.get(username=options.user)
    client.force_login(user, backend="chengshu.bureau.backends.BureauBackend")
    signals.request_finished.disconnect(close_old_connections)
    signals.request_started.disconnect(close_old_connections)
    client.get("/cases/")
    gc.collect()
    gc.freeze()  # as the web server does once everything is loaded
    mix, clock = Mix(options.seed), Clock(options.busy)
    print(f"{Case.objects.count():,} cases, as {options.user}, {os.cpu_count()} CPUs, ", end="")
    print(f"{additions():.2f} s of CPU for ten million additions in Python")
    if options.open:
        going_on(client, options.open, clock)
        return
    report("list", list(measured(client, mix.question, options.asked, clock)), slowest=options.slowest)


if __name__ == "__main__":
    main()
