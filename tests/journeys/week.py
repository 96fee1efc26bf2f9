"""A week of the district through the loop: replayed, dispatched at the command centre, the web server killed.

What is counted and checked here serves the journey (a few leads) and ``benchmarks/week_replay.py`` (the whole
week).
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

import psycopg
from playwright.sync_api import expect

from chengshu.config.database import django_database
from chengshu.leads.lifecycle import Stage
from tests.journeys.dispatching import Dispatcher, Post, Wanted
from tests.journeys.product import BARE, PATIENCE_SECONDS, Product, wait_until_ready
from tests.runtime.conftest import make_env

WEEK = "2020-W45"  # long enough ago for every re-check to have come
SEED = 2020
UNTRUSTED = ("camera", "public", "other_body")
QUEUES: list[Wanted] = [
    *((Stage.FOUND.value, source) for source in UNTRUSTED),
    (Stage.REGISTERED.value, ""),
    *((Stage.HANDLED.value, source) for source in UNTRUSTED),
]
# What a POST of the command centre writes, by action and by the stage that its sender saw.
WRITES = {
    ("dispatch", Stage.FOUND): ["register", "dispatch"],
    ("dispatch", Stage.REGISTERED): ["dispatch"],
    ("dispatch", Stage.DISPATCHED): ["assign"],
    ("dispatch", Stage.ACCEPTED): ["assign"],
    ("verify", Stage.HANDLED): ["verify"],
}
LOOK_SECONDS = 0.2
WAITING = """SELECT count(*) FROM leads_lead WHERE stage = 'registered'
    OR (stage IN ('found', 'handled') AND source IN ('camera', 'public', 'other_body'))"""
ENOUGH, GATHER_SECONDS = 8, 20  # so many wait for a dispatcher before the kill, if they come in time
FIRST_ANSWER_SECONDS = 3
HURRY_SECONDS = 0.06  # the kill comes at a random moment of the answers
PREPARE = """
from chengshu.bureau.models import District
from chengshu.demo.load import load_objects
from chengshu.demo.objects import recipe, scaled
from chengshu.demo.playing import load_leads
district = District.objects.get()
counts = recipe(district.code)["counts"]
load_objects(district, scaled(counts, {objects}) if {objects} else counts)
load_leads(district, count=0)
"""
RECOUNT = """
import json, os
os.environ["DJANGO_SETTINGS_MODULE"] = "chengshu.config.settings"
from chengshu.config.cli import setup_django
setup_django()
from collections import Counter
from datetime import datetime
from django.utils import timezone
from chengshu.bureau.models import District
from chengshu.demo.leads import WEEK, plan
from chengshu.leads.models import Lead, LeadAlarm, LeadStep
from chengshu.leads.services.alarms import sweep
from chengshu.leads.statistics.recount import differences
from tests.demo.recounting import everything_has_ended
district = District.objects.get()
begin = timezone.make_aware(datetime.fromisoformat("{week}-1"))
planned = plan(district, begin, begin + WEEK, name="demo-{name}", count={count}, seed={seed})
assert len(planned) == Lead.objects.count() == {count}
everything_has_ended(district, planned)
sweep()
print(json.dumps(dict(
    leads=Lead.objects.count(), open=Lead.objects.exclude(stage="closed").count(),
    steps=LeadStep.objects.count(),
    outcomes=dict(Counter(Lead.objects.values_list("outcome", flat=True))),
    sources=dict(Counter(Lead.objects.values_list("source", flat=True))),
    alarms=LeadAlarm.objects.count(), alarms_standing=LeadAlarm.objects.filter(cleared_at=None).count(),
    differences=len(differences(district, None, None, timezone.now())),
)))
"""


USUAL = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "chengshu.config.settings"
from chengshu.config.cli import setup_django
setup_django()
from chengshu.demo.leads import WEEK, usual_count
print(usual_count("310107", WEEK))
"""


def usual_week(product: Product) -> int:
    """How many leads a usual week of the shipped district has."""
    return int(product.beside(USUAL))


def prepare(objects: int = 0) -> str:
    """People, officers on duty and so many objects (0: the demo's own amounts), without leads."""
    return BARE + PREPARE.format(objects=objects)


@dataclass(frozen=True)
class Step:
    """One row of the history."""

    version: int
    action: str
    by: str
    stage: str


class History:
    """The database beside the product: what has been written, and leads held against everybody."""

    def __init__(self, product: Product) -> None:
        given = django_database(make_env(product.home))
        self._where = {"host": given["HOST"], "dbname": given["NAME"], "user": given["USER"]}

    def one(self, question: str) -> Any:
        """The only value of a question."""
        with psycopg.connect(**self._where) as connection:
            row = connection.execute(question).fetchone()
            return row[0] if row else None

    def of(self, leads: Sequence[int]) -> dict[int, list[Step]]:
        """The steps of these leads in their order."""
        question = """SELECT lead_id, version, action, coalesce(username, ''), stage FROM leads_leadstep
            LEFT JOIN bureau_user ON bureau_user.id = by_id
            WHERE lead_id = ANY(%s) ORDER BY lead_id, version"""
        found: dict[int, list[Step]] = {lead: [] for lead in leads}
        with psycopg.connect(**self._where) as connection:
            for lead, *step in connection.execute(question, [list(leads)]):
                found[lead].append(Step(*step))
        return found

    def by(self, usernames: Sequence[str]) -> set[tuple[int, int]]:
        """Lead and version of every step these people have taken."""
        question = """SELECT lead_id, version FROM leads_leadstep JOIN bureau_user ON bureau_user.id = by_id
            WHERE username = ANY(%s)"""
        with psycopg.connect(**self._where) as connection:
            return {(lead, version) for lead, version in connection.execute(question, [list(usernames)])}

    @contextmanager
    def holding(self) -> Iterator[Callable[[int], bool]]:
        """Leads that somebody else is writing until the end of the block; False for one already held."""
        held: set[int] = set()
        with psycopg.connect(**self._where) as connection:

            def hold(lead: int) -> bool:
                if lead in held:
                    return False
                held.add(lead)
                # not FOR UPDATE: rows that refer to the lead may still be written by others
                connection.execute("SELECT 1 FROM leads_lead WHERE id = %s FOR NO KEY UPDATE", [lead])
                return True

            yield hold
            connection.rollback()


def written(post: Post, steps: list[Step]) -> list[Step]:
    """The steps that this POST has written: all of what it asked for, or nothing. Raises AssertionError."""
    stages = {step.version: Stage(step.stage) for step in steps}
    wanted = WRITES.get((post.action, stages[post.version]), [])
    after = [step for step in steps if step.version > post.version][: len(wanted)]
    mine = [step for step in after if step.by == post.username]
    if not mine:
        return []
    assert [step.action for step in mine] == wanted, (post, after)
    return mine


@dataclass
class Kill:
    """One SIGKILL to the web server, and what became of the POSTs that were under way."""

    leads_reported: int
    answered: int = 0
    in_flight: int = 0
    of_them_by_keys: int = 0
    there: int = 0
    not_there: int = 0
    retried: int = 0
    away_seconds: float = 0.0


@dataclass
class Result:
    """A week that has come to its end."""

    week: str
    speed: float
    count: int
    seconds: float
    state: dict[str, int]
    dispatchers: dict[str, dict[str, Any]]
    kills: list[Kill] = field(default_factory=list)
    recount: dict[str, Any] = field(default_factory=dict)
    load: tuple[float, ...] = ()
    """Load average of the machine: lowest, median, highest."""

    def as_json(self) -> str:
        """For people and machines."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1)


class Week:
    """A replay on its way with dispatchers at their screens."""

    def __init__(
        self, product: Product, *, count: int, speed: float, patience: float, alarm_patience: float = 0
    ) -> None:
        """``patience``: seconds the replay waits for people at the end; ``alarm_patience``: seconds for the
        product's own worker to clear the last alarms.
        """
        self.alarm_patience = alarm_patience
        self.loads: list[float] = []
        self.product, self.count, self.speed, self.patience = product, count, speed, patience
        self.history = History(product)
        # each begins at another end, so that they meet seldom
        names = (("dispatcher", "j"), ("dispatcher2", "k"))
        self.dispatchers = [
            Dispatcher(product, name, QUEUES[n * 3 :] + QUEUES[: n * 3], next_by=key)
            for n, (name, key) in enumerate(names)
        ]
        self.kills: list[Kill] = []
        self.random = random.Random(SEED)

    def run(self, kills: Sequence[float], *, report: Callable[[str], None] | None = None) -> Result:
        """Play the week; ``kills``: shares of the leads after whose report the web server is killed."""
        began = time.monotonic()
        replay = self._replay()
        to_come = sorted(kills)
        try:
            for dispatcher in self.dispatchers:
                dispatcher.start()
            for dispatcher in self.dispatchers:
                assert dispatcher.seated.wait(PATIENCE_SECONDS), dispatcher.username
            while replay.poll() is None:
                for dispatcher in self.dispatchers:
                    assert dispatcher.failed is None, repr(dispatcher.failed)
                reported = self.history.one("SELECT count(*) FROM leads_lead")
                if to_come and reported >= to_come[0] * self.count and (kill := self._kill(reported)):
                    self.kills.append(kill)
                    to_come.pop(0)
                    if report:
                        report(json.dumps(asdict(kill)))
                time.sleep(LOOK_SECONDS)
                self.loads.append(os.getloadavg()[0])
                if report:
                    report(f"{time.monotonic() - began:.0f} s {reported} {self.progress()}")
            output, complaints = replay.communicate()
            assert replay.returncode == 0, complaints
            assert not to_come, "the web server was not killed as often as planned"
            seconds = time.monotonic() - began
            self._screens_are_empty()
            return self._result(seconds, json.loads(output))
        finally:
            if replay.poll() is None:
                replay.kill()
            for dispatcher in self.dispatchers:
                if dispatcher.is_alive():
                    dispatcher.leave()

    def progress(self) -> str:
        """For the impatient."""
        return " ".join(
            f"{d.username}: {len(d.posts)} POSTs, {sum(d.seconds):.0f} s, gave up {len(d.gave_up)}"
            for d in self.dispatchers
        )

    def _replay(self) -> subprocess.Popen[str]:
        options = ["--week", WEEK, "--leads", str(self.count), "--speed", str(self.speed)]
        return subprocess.Popen(
            [sys.executable, "-m", "chengshu.config.cli", "demo", "replay", *options,
             "--seed", str(SEED), "--patience", str(self.patience), "--json"],
            env=self.product.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    # --- the kill -----------------------------------------------------------------------------------
    def _kill(self, reported: int) -> Kill | None:
        """SIGKILL while POSTs of both dispatchers are under way; None where nothing waits for them."""
        for dispatcher in self.dispatchers:
            dispatcher.paused.set()
        try:
            _until(lambda: self.history.one(WAITING) >= ENOUGH, GATHER_SECONDS, every=LOOK_SECONDS)
            with self.history.holding() as hold:
                held = self._send_held(hold)
                if held is None:
                    return None
                before = [len(dispatcher.posts) for dispatcher in self.dispatchers]
                without = {post.lead for post in held}
                errands = [
                    d.send_for(partial(d.send_at_once, n, len(self.dispatchers), without))
                    for n, d in enumerate(self.dispatchers)
                ]
                for errand in errands:
                    errand.result(PATIENCE_SECONDS)
                under_way = [
                    post for d, n in zip(self.dispatchers, before, strict=True) for post in d.posts[n:]
                ]
                _until(lambda: any(post.over for post in under_way), FIRST_ANSWER_SECONDS)
                time.sleep(self.random.uniform(0, HURRY_SECONDS))
                self.product.kill_web()
                killed = time.monotonic()
                for dispatcher in self.dispatchers:
                    dispatcher.ask(dispatcher.settle)
            wait_until_ready(self.product.address)
            kill = Kill(reported, away_seconds=round(time.monotonic() - killed, 1))
            self._judge(kill, [*held, *under_way])
            return kill
        finally:
            for dispatcher in self.dispatchers:
                dispatcher.paused.clear()

    def _send_held(self, hold: Callable[[int], bool]) -> list[Post] | None:
        """Of each dispatcher one POST by keys that waits inside the server; None where there is nothing."""
        held = []
        for dispatcher in self.dispatchers:
            post = dispatcher.ask(partial(dispatcher.send_held, hold))
            if post is not None:
                held.append(post)
        return held or None

    def _judge(self, kill: Kill, posts: list[Post]) -> None:
        """What was answered is there; the rest wholly or not at all, and sent again it is there once."""
        steps = self.history.of([post.lead for post in posts])
        kill.answered = sum(post.done for post in posts)
        for post in posts:
            assert written(post, steps[post.lead]) or not post.done, post
        unanswered = [post for post in posts if post.status is None]
        kill.in_flight = len(unanswered)
        kill.of_them_by_keys = sum(post.how in ("keys", "drag") for post in unanswered)
        missing = [post for post in unanswered if not written(post, steps[post.lead])]
        kill.not_there, kill.there = len(missing), len(unanswered) - len(missing)
        for dispatcher in self.dispatchers:
            mine = [post for post in unanswered if post.username == dispatcher.username]
            again = dispatcher.ask(partial(dispatcher.send_again, mine))
            for post, second in zip(mine, sorted_as(again, mine), strict=True):
                assert second.done == (post in missing), (post, second)
                kill.retried += second.done

    # --- the end ------------------------------------------------------------------------------------
    def _screens_are_empty(self) -> None:
        """Both screens have heard of everything, also of what happened while the server was away."""
        for dispatcher in self.dispatchers:
            dispatcher.paused.set()
            dispatcher.ask(partial(self._screen_is_empty, dispatcher))

    @staticmethod
    def _screen_is_empty(dispatcher: Dispatcher) -> None:
        page = dispatcher.page
        dispatcher.settle()
        page.locator("[data-queue-filter]").evaluate("form => form.reset()")
        expect(page.locator("[data-link]")).to_have_attribute("data-state", "live")
        expect(page.locator(".queue-row")).to_have_count(0)
        for light in ("red", "amber", "green", "held"):
            expect(page.locator(f"[data-light] [data-count={light}]")).to_have_text("0")

    def _result(self, seconds: float, state: dict[str, int]) -> Result:
        posts = [post for dispatcher in self.dispatchers for post in dispatcher.posts]
        self._every_answer_stands(posts)
        standing = "SELECT count(*) FROM leads_leadalarm WHERE cleared_at IS NULL"
        _until(lambda: not self.history.one(standing), self.alarm_patience, every=1)
        left = self.history.one(standing)
        code = RECOUNT.format(
            week=WEEK, name=f"{WEEK.replace('-', '')}.{self.count}.{SEED}", count=self.count, seed=SEED
        )
        recount = json.loads(self.product.beside(code)) | {"alarms_left_by_the_worker": left}
        loads = sorted(self.loads)
        people = {dispatcher.username: summary(dispatcher) for dispatcher in self.dispatchers}
        return Result(
            WEEK,
            self.speed,
            self.count,
            round(seconds, 1),
            state,
            people,
            self.kills,
            recount,
            (loads[0], loads[len(loads) // 2], loads[-1]),
        )

    def _every_answer_stands(self, posts: list[Post]) -> None:
        """Whatever was acknowledged is in the history, and nobody did there what was not sent."""
        steps = self.history.of(sorted({post.lead for post in posts}))
        sent: set[tuple[int, int]] = set()
        for post in posts:
            mine = written(post, steps[post.lead]) if post.done or post.status is None else []
            assert mine or not post.done, post
            sent |= {(post.lead, step.version) for step in mine}
        assert self.history.by([dispatcher.username for dispatcher in self.dispatchers]) == sent


def _until(condition: Callable[[], Any], seconds: float, every: float = 0.005) -> None:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(every)


def sorted_as(again: list[Post], first: list[Post]) -> list[Post]:
    """The second POSTs in the order of the first ones."""
    by_lead = {post.lead: post for post in again}
    return [by_lead[post.lead] for post in first]


def summary(dispatcher: Dispatcher) -> dict[str, Any]:
    """What somebody has done at the screen."""
    done = [post for post in dispatcher.posts if post.done]
    times = sorted(dispatcher.seconds)
    return {
        "steps": len(done),
        "actions": dict(Counter(post.action for post in done)),
        "how": dict(Counter(post.how for post in done)),
        "refused": dict(Counter(post.problem for post in dispatcher.posts if post.status and not post.done)),
        "unanswered": sum(post.status is None for post in dispatcher.posts),
        "gave_up": dict(Counter(dispatcher.gave_up)),
        "seconds_without_the_stream": round(dispatcher.deaf_seconds, 1),
        "median_seconds": round(times[len(times) // 2], 2) if times else None,
        "problems": [
            one for one in dispatcher.person.problems if not (one.startswith("409 ") and "/act" in one)
        ],
    }
