"""A week of the district replayed while two dispatchers work at the screen and the web server is killed."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
from playwright.sync_api import Browser
from playwright.sync_api import Error as PageProblem

from tests.journeys.conftest import BARE, DESK, PATIENCE_SECONDS, Product, Somebody, _wait_until_ready
from tests.runtime.conftest import child_environment
from tests.runtime.test_up import free_port

pytestmark = [pytest.mark.browser, pytest.mark.slow_start]
LEADS = 120
WEEK = "2020-W45"  # long enough ago for every re-check to have come
SPEED = 30_000  # a week in twenty seconds
UNTRUSTED = ("camera", "public", "other_body")
QUEUES = ["stage=to_dispatch", *(f"stage=handled&source={source}" for source in UNTRUSTED)]
KILL_AFTER = 6  # answers
AT_ONCE = 5  # leads opened from one look at the list

PREPARE = f"""{BARE}
from chengshu.bureau.models import District
from chengshu.demo.load import load_objects
from chengshu.demo.objects import recipe, scaled
district = District.objects.get()
load_objects(district, scaled(recipe(district.code)["counts"], 120))
"""
RECOUNT = f"""
import json, os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "chengshu.config.settings"
from chengshu.config.cli import setup_django
setup_django()
from datetime import datetime
from django.utils import timezone
from chengshu.bureau.models import District
from chengshu.demo.leads import WEEK, plan
from chengshu.leads.models import LeadStep
from tests.demo.recounting import everything_has_ended
district = District.objects.get()
begin = timezone.make_aware(datetime.fromisoformat("{WEEK}-1"))
name = "demo-2020W45.{LEADS}.2020"
everything_has_ended(district, plan(district, begin, begin + WEEK, name=name, count={LEADS}))
people = LeadStep.objects.filter(by__username__in=["dispatcher", "dispatcher2"])
print(json.dumps([list(row) for row in people.values_list("lead_id", "action", "by__username")]))
"""


def beside(home: Path, code: str) -> subprocess.CompletedProcess[str]:
    """Run a piece of Python on the database of this home directory."""
    return subprocess.run(
        [sys.executable, "-c", code],
        env=child_environment(home / "state"),
        capture_output=True,
        text=True,
        timeout=3 * PATIENCE_SECONDS,
    )


@dataclass
class Group:
    """``chengshu up`` on a home directory of its own."""

    home: Path
    address: str
    process: subprocess.Popen[str]
    passwords: dict[str, str] = field(default_factory=dict)

    def kill_web(self) -> None:
        """SIGKILL to the web server and its workers; the supervisor starts another."""
        for child in psutil.Process(self.process.pid).children():
            if "chengshu.config.web" in child.cmdline():
                for one in [*child.children(recursive=True), child]:
                    with suppress(psutil.NoSuchProcess):
                        one.kill()


@pytest.fixture
def group() -> Iterator[Group]:
    """A district with some objects and without leads."""
    home = Path(tempfile.mkdtemp(prefix="cs-", dir="/tmp"))
    home.chmod(0o755)
    done = beside(home, PREPARE)
    assert done.returncode == 0, done.stderr
    with (home / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "chengshu.config.cli", "up", "--json"],
            env=child_environment(home / "state", PORT=str(free_port())),
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
    try:
        assert process.stdout is not None
        greeting = json.loads(process.stdout.readline() or "{}")
        assert greeting, (home / "log").read_text()
        made = Group(home, greeting["address"], process)
        made.passwords = {account["username"]: account["password"] for account in greeting["accounts"]}
        _wait_until_ready(made.address)
        yield made
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
        shutil.rmtree(home, ignore_errors=True)


class Dispatcher:
    """Somebody who registers, dispatches and verifies what the replay leaves to people."""

    def __init__(self, browser: Browser, group: Group, username: str, queues: list[str]) -> None:
        self.person = Somebody(
            browser.new_context(viewport=DESK, locale="zh-CN"), Product(group.address, group.passwords, {})
        )
        self.person.sign_in(username)
        self.username, self.queues = username, queues
        self.acknowledged: list[tuple[int, str, str]] = []

    def turn(self) -> bool:
        """Look at the queues and do what the first one with leads offers; False where all are empty."""
        page = self.person.page
        for queue in self.queues:
            self.person.open(f"/leads/?{queue}")
            rows = page.locator("#results tbody tr[data-href]")
            links = [rows.nth(n).get_attribute("data-href") for n in range(min(rows.count(), AT_ONCE))]
            for link in links:
                self.act(str(link))
            if links:
                return True
        return False

    def act(self, link: str) -> None:
        """The one thing that leads on."""
        page = self.person.page
        self.person.open(link)
        for action in ("register", "dispatch", "verify"):
            form = page.locator(f"form[action$='/do/{action}/']").first
            if not form.count():
                continue
            if action != "verify":
                form.locator("xpath=ancestor::details[1]").locator("summary").first.click()
            if action == "dispatch":
                squad = form.locator("select[name=squad]")
                if not squad.input_value():
                    squad.select_option(index=1)
            with page.expect_navigation() as answer:
                form.locator("button").last.click()
            assert answer.value.ok
            self.acknowledged.append((int(link.rstrip("/").rsplit("/", 1)[1]), action, self.username))
            return


def test_a_week_with_two_dispatchers_and_a_killed_server(browser: Browser, group: Group) -> None:
    first = Dispatcher(browser, group, "dispatcher", QUEUES)
    second = Dispatcher(browser, group, "dispatcher2", [*QUEUES[1:], QUEUES[0]])
    result = replay(group)
    killed = False
    try:
        while result.poll() is None:
            busy = [attempt(first.turn), attempt(second.turn)]
            if not killed and len(first.acknowledged) + len(second.acknowledged) >= KILL_AFTER:
                first.person.page.evaluate("fetch('/leads/').catch(() => null)")  # something is under way
                group.kill_web()
                _wait_until_ready(group.address)
                killed = True
            if not any(busy):
                time.sleep(0.2)
    finally:
        if result.poll() is None:
            result.kill()
    assert killed
    output, complaints = result.communicate()
    assert result.returncode == 0, complaints
    state = json.loads(output)
    assert state == {"planned": LEADS, "reported": LEADS, "closed": LEADS, "waiting": 0}

    done = beside(group.home, RECOUNT)
    assert done.returncode == 0, done.stderr
    kept = {tuple(step) for step in json.loads(done.stdout.strip().splitlines()[-1])}
    assert {*first.acknowledged, *second.acknowledged} <= kept
    assert len(first.acknowledged) and len(second.acknowledged)
    assert first.person.problems == second.person.problems == []
    first.person.open("/leads/?stage=open")
    assert first.person.page.locator("#results tbody tr[data-href]").count() == 0


def replay(group: Group) -> subprocess.Popen[str]:
    """The week begins, in a process of its own."""
    options = ["--week", WEEK, "--leads", str(LEADS), "--speed", str(SPEED), "--patience", "120", "--json"]
    return subprocess.Popen(
        [sys.executable, "-m", "chengshu.config.cli", "demo", "replay", *options],
        env=child_environment(group.home / "state"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def attempt(turn: Callable[[], Any]) -> Any:
    """What it answers; None while the server is away."""
    try:
        return turn()
    except PageProblem:
        return None
