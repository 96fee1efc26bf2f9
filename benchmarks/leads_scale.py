"""Claim: with 1,000,000 leads (20,000 open) list, map and statistics answer within 100 ms (p95).

Whole answers are timed, as in ``registry_scale.py``: session, person, scope, query, page, without the
network. The mix of questions is declared below, with fresh random choices, warmed up first. The database is
the embedded one of a home of its own (``CHENGSHU_HOME``, default ``/tmp/chengshu-leads-scale``). It is filled
on the first run by one INSERT … SELECT from a list of places and wordings, with the table's triggers off and
its foreign keys dropped for the filling only; ``--steps`` also writes the history that the leads' moments
imply (one step a moment, as the services write them; then nothing is returned, rejected or urged), so that ``chengshu leads recount`` can be tried on a million leads. The search index
is made after the rows. Nothing else writes leads in this way.

    python benchmarks/leads_scale.py [--leads 1000000] [--asked 300] [--seed 1] [--busy] [--steps]
"""

# ruff: noqa: E501, S608  long SQL; names and figures come from this file
from __future__ import annotations

import argparse
import gc
import os
import random
import sys
import time
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

import registry_scale as scale

CLAIM_MS = 100.0
DEFAULT_HOME = "/tmp/chengshu-leads-scale"  # noqa: S108  a benchmark's own data
DAYS = 730
"""So many days back the leads were reported; open ones within the last `OPEN_DAYS`."""
OPEN_DAYS = 60
OPEN_SHARE = 0.02
PLACES = 20_000
WORDS = ("占道设摊", "乱扔垃圾", "跨门经营", "店招破损", "工地扬尘", "毁绿占绿", "违法搭建", "油烟扰民",
         "乱设广告", "渣土洒落", "共享单车乱停", "道路污水", "噪声扰民", "乱晾晒", "井盖缺失")  # fmt: skip
MORE = (
    "影响通行",
    "居民多次反映",
    "周末更严重",
    "夜间出现",
    "已劝阻未改",
    "位于路口",
    "靠近学校",
    "靠近菜场",
)
STREETS = ("长寿路", "武宁路", "曹杨路", "真北路", "金沙江路", "兰溪路", "祁连山路", "大渡河路", "中山北路",
           "宜川路", "石泉路", "桃浦路", "真南路", "甘泉路", "澳门路", "莫干山路")  # fmt: skip


def fill(leads: int, *, steps: bool) -> None:
    """Have that many leads, packed and analysed."""
    from django.core.management import call_command
    from django.db import connection, transaction

    from chengshu.bureau.models import District
    from chengshu.demo.load import first_start
    from chengshu.leads.models import Lead
    from chengshu.leads.services.classes import load_classes
    from chengshu.leads.statistics import days

    call_command("migrate", verbosity=0)
    first_start()
    district = District.objects.order_by("id")[0]
    load_classes(district)
    if Lead.objects.count() >= leads:
        while days.compact():  # e.g. packed in another way by an earlier version
            pass
        return
    started = time.monotonic()
    with transaction.atomic(), connection.cursor() as cursor:
        keys = _let_go(cursor, ("leads_lead", "leads_leadstep"))
        cursor.execute("SET LOCAL synchronous_commit = off")
        cursor.execute("SELECT setseed(0.5)")
        _tables(cursor, district)
        cursor.execute("DROP INDEX IF EXISTS lead_search")
        cursor.execute(INSERT, {"district": district.pk, "leads": leads, "steps": steps})
        said(f"{cursor.rowcount:,} leads", started)
        cursor.execute("CREATE INDEX lead_search ON leads_lead USING gin (search_tokens)")
        said("search index", started)
        if steps:
            for action, moment in MOMENTS:
                cursor.execute(STEP.format(action=action, moment=moment, stage=STAGE_AFTER[action]))
            said("history", started)
        for statement in keys:
            cursor.execute(statement)
        said("foreign keys checked", started)
    said(f"{days.rebuild():,} days packed", started)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    said("analysed", started)


def _let_go(cursor: Any, tables: tuple[str, ...]) -> list[str]:
    """Drop foreign keys and turn triggers off; returns the statements that bring both back."""
    cursor.execute(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE contype = 'f' AND conrelid = ANY(%s::regclass[])",
        [list(tables)],
    )
    back = []
    for table, name, definition in cursor.fetchall():
        cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        back.append(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
    for table in tables:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        back.append(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    return back


def said(what: str, started: float) -> None:
    """One line with the time that has passed."""
    print(f"{what} after {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)


def _tables(cursor: Any, district: Any) -> None:
    """Places inside the district with their town, squad and cell, and wordings, each with its tokens."""
    import orjson
    from h3.api.basic_int import latlng_to_cell

    from chengshu.bureau.services.areas import area_index
    from chengshu.leads.models import LeadClass
    from chengshu.registry.derive import address_key, name_key, text_tokens

    rng = random.Random(7)
    west, south, east, north = area_index(district).towns.bounds
    places: list[dict[str, Any]] = []
    while len(places) < PLACES:
        lngs = [rng.uniform(west, east) for _ in range(PLACES)]
        lats = [rng.uniform(south, north) for _ in range(PLACES)]
        for lng, lat, where in zip(lngs, lats, area_index(district).place_many(lngs, lats), strict=True):
            if where.town is None or len(places) >= PLACES:
                continue
            address = f"{rng.choice(STREETS)}{rng.randint(1, 2999)}号"
            places.append(
                {
                    "n": len(places), "lng": lng, "lat": lat, "town": where.town, "squad": where.squad,
                    "cell": str(latlng_to_cell(lat, lng, 9)), "address": address,
                    "tokens": sorted(text_tokens(address_key(address))),
                }
            )  # fmt: skip
    wordings = []
    for kind in LeadClass.objects.filter(district=district):
        for _ in range(30):
            text = f"{kind.label_zh}，{rng.choice(WORDS)}，{rng.choice(MORE)}"
            wordings.append(
                {
                    "n": len(wordings),
                    "kind": kind.pk,
                    "text": text,
                    "tokens": sorted(text_tokens(name_key(text))),
                }
            )
    for name, rows, shape in (
        ("place", places, "n int, lng float8, lat float8, town bigint, squad bigint, cell bigint,"
         " address text, tokens text[]"),
        ("wording", wordings, "n int, kind bigint, text text, tokens text[]"),
    ):  # fmt: skip
        cursor.execute(
            f"CREATE TEMP TABLE {name} ON COMMIT DROP AS"
            f" SELECT * FROM jsonb_to_recordset(%s::jsonb) AS one ({shape})",
            [orjson.dumps(rows).decode()],
        )
        cursor.execute(f"CREATE UNIQUE INDEX ON {name} (n)")
        cursor.execute(f"ANALYZE {name}")
    from chengshu.bureau.models import User
    from chengshu.leads.settings import sources

    cursor.execute("CREATE TEMP TABLE origin (n serial, code text, letter text) ON COMMIT DROP")
    for source in sources().values():
        cursor.execute("INSERT INTO origin (code, letter) VALUES (%s, %s)", [source.code, source.letter])
    cursor.execute("CREATE TEMP TABLE worker (squad bigint, officer bigint) ON COMMIT DROP")
    for squad, officer in User.objects.filter(is_active=True).values_list("unit_id", "pk"):
        cursor.execute("INSERT INTO worker VALUES (%s, %s)", [squad, officer])


MOMENTS = (
    ("report", "reported_at"), ("register", "registered_at"), ("dispatch", "dispatched_at"),
    ("accept", "accepted_at"), ("arrive", "arrived_at"), ("handle", "handled_at"),
    ("verify", "verified_at"), ("close", "closed_at"),
)  # fmt: skip
STAGE_AFTER = {
    "report": "found", "register": "registered", "dispatch": "dispatched", "accept": "accepted",
    "arrive": "accepted", "handle": "handled", "verify": "verified", "close": "closed",
}  # fmt: skip
STEP = """
INSERT INTO leads_leadstep (lead_id, district_id, version, action, stage, outcome, squad_id, at, note, data)
SELECT id, district_id,
    1 + num_nonnulls(registered_at, dispatched_at, accepted_at, arrived_at, handled_at, verified_at, closed_at)
      - (SELECT count(*) FROM unnest(ARRAY[registered_at, dispatched_at, accepted_at, arrived_at, handled_at,
            verified_at, closed_at]) AS later WHERE later > {moment}),
    '{action}', '{stage}', CASE WHEN '{stage}' IN ('handled', 'verified', 'closed') THEN outcome ELSE '' END,
    squad_id, {moment}, '', '{{}}'
FROM leads_lead WHERE {moment} IS NOT NULL
"""
INSERT = f"""
INSERT INTO leads_lead (
    id, district_id, number, source, source_ref, lead_class_id, severity, description, address, position, cell,
    town_id, data, squad_id, officer_id, stage, outcome, reported_at, registered_at, dispatched_at, accepted_at,
    arrived_at, handled_at, verified_at, closed_at, arrive_by, handle_by, amber_at, held_at, refused, case_number,
    passed_to, answer, returned, rejected, reopened, urged, extended, created_at, updated_at, version,
    request_digest, search_tokens, step_action, step_at, step_note, step_data)
SELECT id, %(district)s, number, code, '', kind, severity, text, address, point(lng, lat), cell, town, '{{}}',
    squad, officer,
    (ARRAY['found','registered','dispatched','accepted','handled','verified','closed'])[reached],
    CASE WHEN reached < 5 THEN '' ELSE (ARRAY['advised','advised','advised','ordered','ordered','case',
        'passed_on','unfounded'])[1 + floor(r1 * 8)::int] END,
    t0, CASE WHEN reached > 1 THEN t1 END, CASE WHEN reached > 2 THEN t2 END, CASE WHEN reached > 3 THEN t3 END,
    CASE WHEN reached > 4 THEN t4 END, CASE WHEN reached > 4 THEN t5 END, CASE WHEN reached > 5 THEN t6 END,
    CASE WHEN reached > 6 THEN t7 END, CASE WHEN reached > 1 THEN t1 + interval '2 hours' END,
    CASE WHEN reached > 1 THEN due END, CASE WHEN reached > 1 THEN t1 + (due - t1) * 0.75 END, NULL, false, '',
    '', '', (r2 < 0.04 AND NOT %(steps)s)::int,
    (r3 < 0.05 AND NOT %(steps)s)::int, 0, (r4 < 0.03 AND NOT %(steps)s)::int, 0, t0, t0, 8, '', tokens || ('=' || lower(number)),
    'remark', t0, '', '{{}}'
FROM (
    SELECT *, t4 + interval '1 hour' * (-ln(1 - r1) * 16) AS t5,
        t4 + interval '1 hour' * (-ln(1 - r1) * 16) + interval '1 hour' * r2 * 20 AS t6,
        t4 + interval '1 hour' * (-ln(1 - r1) * 16) + interval '1 hour' * (r2 * 20 + r3 * 20) AS t7,
        to_char(t0 AT TIME ZONE 'Asia/Shanghai', 'YYMM') || letter || lpad(id::text, 7, '0') AS number,
        CASE WHEN t0 > now() - interval '{OPEN_DAYS} days' AND r6 < {OPEN_SHARE} * {DAYS} / {OPEN_DAYS}
            THEN 1 + floor(r7 * 6)::int ELSE 7 END AS reached,
        t1 + interval '1 day' * (1 + floor(r4 * 4)) AS due
    FROM (
        SELECT g.id, w.kind, w.text, p.lng, p.lat, p.cell, p.town, p.squad, p.address, o.code, o.letter,
            w.tokens || p.tokens AS tokens, g.r1, g.r2, g.r3, g.r4, g.r6, g.r7, g.t0,
            1 + (g.r5 < 0.1)::int AS severity, g.t0 + interval '30 minutes' * g.r2 AS t1,
            g.t0 + interval '30 minutes' * g.r2 + interval '20 minutes' * g.r3 AS t2,
            g.t0 + interval '50 minutes' + interval '2 hours' * g.r4 AS t3,
            g.t0 + interval '50 minutes' + interval '3 hours' * g.r4 AS t4,
            (SELECT officer FROM worker WHERE worker.squad = p.squad ORDER BY (officer * 7919 + g.id) %% 101
             LIMIT 1) AS officer
        FROM (
            SELECT i AS id, random() AS r1, random() AS r2, random() AS r3, random() AS r4, random() AS r5,
                random() AS r6, random() AS r7, floor(random() * {PLACES})::int AS place,
                floor(random() * (SELECT count(*) FROM wording))::int AS wording,
                1 + floor(random() * (SELECT count(*) FROM origin))::int AS origin,
                now() - interval '{DAYS} days' * (1 - (i - random()) / %(leads)s) AS t0
            FROM generate_series((SELECT coalesce(max(id), 0) + 1 FROM leads_lead), %(leads)s) AS i
        ) AS g
        JOIN place AS p ON p.n = g.place JOIN wording AS w ON w.n = g.wording JOIN origin AS o ON o.n = g.origin
    ) AS timed
) AS made
ORDER BY id
"""


class Mix:
    """Random questions about what is really in the database."""

    def __init__(self, seed: int) -> None:
        from chengshu.bureau.models import Town, Unit, User
        from chengshu.leads.models import Lead, LeadClass
        from chengshu.leads.settings import sources

        self.random = random.Random(seed)
        top = Lead.objects.order_by("-id").values_list("id", flat=True)[0]
        chosen = [self.random.randrange(1, top) for _ in range(1_000)]
        rows = Lead.objects.filter(pk__in=chosen)
        self.sample = list(rows.values_list("number", "description", "address", "position"))
        self.kinds = list(LeadClass.objects.values_list("pk", flat=True))
        self.majors = list(LeadClass.objects.values_list("major_zh", flat=True).distinct())
        self.towns = list(Town.objects.values_list("pk", flat=True))
        self.squads = list(Unit.objects.filter(kind=Unit.Kind.SQUAD).values_list("pk", flat=True))
        self.sources = list(sources())
        self.officers = list(User.objects.filter(unit__in=self.squads).values_list("pk", flat=True)) or [1]

    def some(self, every: dict[str, Any], most: int) -> dict[str, Any]:
        """None to ``most`` of these filters."""
        names = self.random.sample(list(every), self.random.randint(0, most))
        return {name: every[name] for name in names}

    def days(self) -> dict[str, str]:
        """A stretch of 1 to 92 days within the two years."""
        begin = date.today() - timedelta(days=self.random.randrange(1, DAYS))
        return {
            "reported_from": begin.isoformat(),
            "reported_to": (begin + timedelta(days=self.random.choice((0, 6, 30, 91)))).isoformat(),
        }

    def list_page(self) -> scale.Question:
        """40 % open, 15 % words, 10 % a number of the statistics; filters, both orders, pages."""
        pick = self.random
        query = self.some(
            {
                "source": pick.choice(self.sources), "kind": pick.choice(self.kinds),
                "major": pick.choice(self.majors), "squad": pick.choice(self.squads),
                "town": pick.choice(self.towns), "severity": pick.choice((1, 2)),
                "outcome": pick.choice(("advised", "ordered", "case", "passed_on")),
                "officer": pick.choice(self.officers),
            },
            2,
        )  # fmt: skip
        kind, what = pick.random(), "list"
        if kind < 0.40:
            what, query["stage"] = "list open", pick.choice(("open", "registered", "accepted", "handled"))
            query["light"] = pick.choice(("", "", "red", "amber"))
        elif kind < 0.55:
            number, text, address, _ = pick.choice(self.sample)
            what, query["q"] = "list words", pick.choice((number, text[:4], address, text[-4:]))
        elif kind < 0.65:
            what = "list counted"
            query |= self.days() | {
                "counted": pick.choice(("late", "on_time", "returned", "rejected", "urged"))
            }
        elif kind < 0.75:
            what = "list days"
            query |= self.days()
        query["sort"] = pick.choice(("", "", "due"))
        query["page"] = pick.choices((1, 2, 3, 20), (75, 12, 8, 5))[0]
        return what, f"/leads/?{urlencode(query)}"

    def map_data(self) -> scale.Question:
        """A screen somewhere at zoom 10 to 18: half open leads, half those of some days or all."""
        zoom = self.random.randint(10, 18)
        lng, lat = self.random.choice(self.sample)[3]
        per_pixel = 360.0 / 512 / 2**zoom
        dx, dy = 640 * per_pixel, 360 * per_pixel * 0.855
        query = self.some({"source": self.random.choice(self.sources), "squad": self.random.choice(self.squads),
                           "kind": self.random.choice(self.kinds)}, 2)  # fmt: skip
        which = self.random.random()
        if which < 0.5:
            query["stage"] = "open"
        elif which < 0.85:
            query |= self.days()
        query["bbox"] = ",".join(f"{edge:.6f}" for edge in (lng - dx, lat - dy, lng + dx, lat + dy))
        what = "map open" if which < 0.5 else "map days" if which < 0.85 else "map all"
        return what, f"/leads/map/data?{urlencode(query | {'zoom': zoom})}"

    def statistics(self) -> scale.Question:
        """20 % a day, 25 % a week, 45 % a month, 10 % a range of up to a quarter; half with filters."""
        kind = self.random.choices(("day", "week", "month", "range"), (20, 25, 45, 10))[0]
        query: dict[str, Any] = {"period": kind}
        day = date.today() - timedelta(days=self.random.randrange(1, DAYS - 60))
        if kind == "range":
            query |= self.days()
        else:
            query["day"] = day.isoformat()
        if self.random.random() < 0.5:
            query |= self.some({"source": self.random.choice(self.sources),
                                "squad": self.random.choice(self.squads)}, 1)  # fmt: skip
        return f"statistics {kind}", f"/leads/statistics/?{urlencode(query)}"


def main() -> None:
    """Fill, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--leads", type=int, default=1_000_000)
    parser.add_argument("--asked", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--user", default="dispatcher")
    parser.add_argument("--slowest", type=int, default=3)
    parser.add_argument("--only", default="", help="list, map or statistics")
    parser.add_argument("--busy", action="store_true", help="do not count waiting for a processor")
    parser.add_argument("--steps", action="store_true", help="write the history too when filling")
    options = parser.parse_args()
    os.environ.setdefault("CHENGSHU_HOME", DEFAULT_HOME)
    os.environ.setdefault("CHENGSHU_LOG_LEVEL", "WARNING")

    from chengshu.config.cli import setup_django

    setup_django()
    fill(options.leads, steps=options.steps)

    from django.core import signals
    from django.db import close_old_connections
    from django.test import Client

    from chengshu.bureau.models import User
    from chengshu.leads.models import Lead
    from chengshu.leads.statistics import days

    client = Client(HTTP_HOST="localhost", HTTP_ACCEPT_LANGUAGE="zh-CN")
    user = User.objects.get(username=options.user)
    client.force_login(user, backend="chengshu.bureau.backends.BureauBackend")
    signals.request_finished.disconnect(close_old_connections)
    signals.request_started.disconnect(close_old_connections)
    started = time.perf_counter()
    days.read([user.unit.district_id])
    print(
        f"every day read into memory in {time.perf_counter() - started:.1f} s (first question of a process)"
    )
    mix, clock = Mix(options.seed), scale.Clock(options.busy)
    gc.collect()
    gc.freeze()  # as the web server does once everything is loaded
    still = Lead.objects.open().count()
    print(
        f"{Lead.objects.count():,} leads, {still:,} open, as {options.user}, load {os.getloadavg()[0]:.1f}, ",
        end="",
    )
    print(
        f"{scale.additions():.2f} s of CPU for ten million additions in Python (how fast this machine is now)"
    )
    scale.CLAIM_MS = CLAIM_MS
    for name, ask in (("list", mix.list_page), ("map", mix.map_data), ("statistics", mix.statistics)):
        if options.only in ("", name):
            scale.report(
                name, list(scale.measured(client, ask, options.asked, clock)), slowest=options.slowest
            )


if __name__ == "__main__":
    main()
