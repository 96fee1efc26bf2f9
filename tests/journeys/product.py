"""The product as a user starts it, and somebody at a browser in front of it."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from playwright.sync_api import BrowserContext, Page, expect

from chengshu.config.postgres import Cluster
from tests.runtime.conftest import child_environment
from tests.runtime.test_up import free_port

SHOTS = Path(__file__).resolve().parents[2] / "screenshots"
PATIENCE_SECONDS = 180  # the machine may be busy; nothing here measures time
BESIDE_SECONDS = 900
expect.set_options(timeout=PATIENCE_SECONDS * 1000)
DESK = {"width": 1280, "height": 720}
PHONE = {"width": 360, "height": 640}


@dataclass
class Product:
    """A running group: address, printed accounts, environment, the supervisor's process and the home."""

    address: str
    passwords: dict[str, str]
    environment: dict[str, str]
    process: subprocess.Popen[str]
    home: Path

    def kill_web(self) -> None:
        """SIGKILL to the web server and its workers; the supervisor starts another."""
        for child in psutil.Process(self.process.pid).children():
            if "chengshu.config.web" in child.cmdline():
                for one in [*child.children(recursive=True), child]:
                    with suppress(psutil.NoSuchProcess):
                        one.kill()

    def beside(self, code: str) -> str:
        """Run a piece of Python as the product's own processes are; what it printed last."""
        return run_beside(self.environment, code)


def run_beside(environment: dict[str, str], code: str) -> str:
    """Run a piece of Python in an environment; the last line it printed."""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=BESIDE_SECONDS)
    assert done.returncode == 0, done.stderr
    return (done.stdout.strip().splitlines() or [""])[-1]


MIGRATED = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "chengshu.config.settings"
from chengshu.config.cli import setup_django
setup_django()
from django.core.management import call_command
call_command("migrate", verbosity=0)
"""
# Without the demo's own amounts: district, accounts and what a test adds; run before the first start.
BARE = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "chengshu.config.settings"
from chengshu.config.cli import setup_django
setup_django()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from procrastinate.contrib.django import app
app.perform_import_paths()
from chengshu.demo.load import first_start
from chengshu.kernel.jobs import cancel
from chengshu.kernel.models import Job
assert first_start()
for job in Job.objects.all():
    assert cancel(job)
"""


def migrated(home: Path) -> None:
    """Put a stopped database with all its tables at ``home``: made once in a run of the tests, copied."""
    kept = Path(tempfile.gettempdir(), f"cs-migrated-{os.environ.get('CHENGSHU_TEST_RUN', os.getpid())}")
    kept.mkdir(mode=0o755, exist_ok=True)
    with (kept / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (kept / "made").exists():
            run_beside(child_environment(kept / "state"), MIGRATED)
            Cluster(kept / "state").stop()
            (kept / "made").touch()
    subprocess.run(["cp", "-a", kept / "state", home], check=True)


@contextmanager
def started(prepare: str = "") -> Iterator[Product]:
    """``chengshu up`` on a fresh home; ``prepare`` is Python run on its database before."""
    home = Path(tempfile.mkdtemp(prefix="cs-", dir="/tmp"))
    home.chmod(0o755)
    port = str(free_port())
    environment = child_environment(home / "state", PORT=port)
    migrated(home / "state")
    if prepare:
        run_beside(environment, prepare)
    with (home / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "chengshu.config.cli", "up", "--json"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
        try:
            assert process.stdout is not None
            greeting = json.loads(process.stdout.readline() or "{}")
            assert greeting, (home / "log").read_text()
            passwords = {account["username"]: account["password"] for account in greeting["accounts"]}
            wait_until_ready(greeting["address"])
            yield Product(greeting["address"], passwords, environment, process, home / "state")
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
            shutil.rmtree(home, ignore_errors=True)


def wait_until_ready(address: str) -> None:
    """Wait until the product says that it answers."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            with urllib.request.urlopen(address + "/healthz/ready", timeout=10):  # noqa: S310
                return
        except (urllib.error.URLError, OSError):
            assert time.monotonic() < deadline, "the product was not ready in time"
            time.sleep(0.5)


class Somebody:
    """A signed-in person at a browser that tolerates no error of a page."""

    def __init__(self, context: BrowserContext, product: Product) -> None:
        self.product = product
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE_SECONDS * 1000)
        self.problems: list[str] = []
        self.page.on("pageerror", lambda error: self.problems.append(f"script: {error}"))
        self.page.on(
            "response",
            lambda answer: (
                self.problems.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None
            ),
        )

    def sign_in(self, username: str) -> None:
        """With the password that was printed."""
        self.open("/accounts/login/")
        self.page.fill("input[name=login]", username)
        self.page.fill("input[name=password]", self.product.passwords[username])
        self.page.press("input[name=password]", "Enter")
        self.page.wait_for_url(self.product.address + "/")

    def open(self, path: str) -> None:
        """Go to a page of the product."""
        self.page.goto(self.product.address + path)

    def text(self) -> str:
        """What the page says, without line breaks inside figures."""
        return " ".join(self.page.inner_text("main").split())

    def shot(self, name: str) -> None:
        """Keep a picture for people to look at (``screenshots/`` is not part of the project)."""
        SHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SHOTS / f"{name}.png")
