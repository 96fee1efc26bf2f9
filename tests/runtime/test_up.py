"""The whole group: started, watched over, killed in parts and as a whole, stopped."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from click.testing import CliRunner

from chengshu.config import cli
from chengshu.config.commands import up as up_module
from chengshu.config.postgres import Cluster
from chengshu.config.problems import Problem
from tests.runtime.conftest import child_environment, make_env

PATIENCE_SECONDS = 120  # the machine may be busy; nothing here measures time


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(condition: Callable[[], Any]) -> Any:
    """Wait for a condition; its value."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (value := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)
    return value


class Group:
    """A running ``chengshu up``."""

    def __init__(self, home: Path, port: int, log: Path) -> None:
        self.home, self.port, self.log = home, port, log
        with log.open("a") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "chengshu.config.cli", "up"],
                env=child_environment(home, PORT=str(port), CHENGSHU_DEMO="false", CHENGSHU_WEB_WORKERS="1"),
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def get(self, path: str) -> tuple[int, bytes]:
        """Status and body of a page; (0, b"") while nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()
        except OSError:
            return 0, b""

    def ready(self) -> bool:
        """Whether everything works; fails at once when the group ended instead."""
        assert self.process.poll() is None, self.log.read_text()
        return self.get("/healthz/ready")[0] == 200

    def member(self, module: str) -> psutil.Process | None:
        """The child that runs ``python -m module``."""
        for child in psutil.Process(self.process.pid).children():
            with suppress(psutil.ZombieProcess, psutil.NoSuchProcess):
                if module in child.cmdline():
                    return child
        return None

    def everyone(self) -> list[psutil.Process]:
        """All processes of the group."""
        supervisor = psutil.Process(self.process.pid)
        return [supervisor, *supervisor.children(recursive=True)]


@pytest.fixture
def start(home: Path, short_tmp: Path) -> Iterator[Callable[[], Group]]:
    """Start the group on this home directory; whatever is left of it is killed afterwards."""
    port = free_port()
    groups: list[Group] = []

    def begin() -> Group:
        groups.append(Group(home, port, short_tmp / "log"))
        return groups[-1]

    yield begin
    for group in groups:
        if group.process.poll() is None:
            for process in group.everyone():
                with suppress(psutil.NoSuchProcess):
                    process.kill()
            group.process.wait()


def gone(processes: list[psutil.Process]) -> bool:
    """Whether none of them runs any more."""
    return not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in processes)


@pytest.mark.slow_start
def test_a_life_of_the_group(start: Callable[[], Group], home: Path) -> None:
    """Start, refuse a second start, survive the loss of each part, end on Ctrl-C leaving nobody behind."""
    group = start()
    until(group.ready)
    assert group.get("/accounts/login/")[0] == 200
    assert b"chengshu_database_up 1.0" in group.get("/metrics")[1]
    assert f"Chengshu runs at http://127.0.0.1:{group.port}" in group.log.read_text()

    second = subprocess.run(
        [sys.executable, "-m", "chengshu.config.cli", "up"],
        env=child_environment(home, PORT=str(free_port())),
        capture_output=True,
        text=True,
    )
    assert second.returncode == 2
    line = f"Chengshu already runs on {home}: http://127.0.0.1:{group.port}, process {group.process.pid}."
    assert second.stderr.strip() == line

    for module in ("chengshu.config.worker", "chengshu.config.web"):
        before = group.member(module)
        assert before is not None
        family = [before, *before.children(recursive=True)]
        before.kill()
        until(lambda module=module, before=before: (now := group.member(module)) and now.pid != before.pid)
        until(lambda family=family: gone(family))
        until(group.ready)

    database = Cluster(home).pid()
    os.kill(database or 0, signal.SIGKILL)
    until(lambda: Cluster(home).pid() not in (None, database))
    until(group.ready)

    everyone = group.everyone()
    group.process.send_signal(signal.SIGINT)
    assert group.process.wait(PATIENCE_SECONDS) == 0
    assert gone(everyone)
    assert Cluster(home).pid() is None
    assert group.log.read_text().rstrip().endswith("Stopped.")
    assert "Traceback" not in group.log.read_text().split("Stopping")[-1]


@pytest.mark.slow_start
def test_killed_supervisor_leaves_no_web_server_and_the_next_start_works(
    start: Callable[[], Group], home: Path
) -> None:
    group = start()
    until(group.ready)
    children = [
        process
        for module in ("chengshu.config.worker", "chengshu.config.web")
        if (member := group.member(module))
        for process in (member, *member.children(recursive=True))
    ]
    assert len(children) >= 3
    database = Cluster(home).pid()
    group.process.kill()
    group.process.wait()
    until(lambda: gone(children))
    assert Cluster(home).pid() == database  # nobody is left to stop it ...

    again = start()
    until(again.ready)
    assert Cluster(home).pid() == database  # ... and the next start takes it over
    again.process.send_signal(signal.SIGTERM)
    assert again.process.wait(PATIENCE_SECONDS) == 0
    assert Cluster(home).pid() is None


@pytest.mark.slow_start
def test_everything_killed_at_once_starts_again(start: Callable[[], Group], home: Path) -> None:
    group = start()
    until(group.ready)
    everyone = group.everyone()
    for process in everyone:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    group.process.wait()
    until(lambda: gone(everyone))
    again = start()
    until(again.ready)


# --- refusals that need no group ----------------------------------------------------------------------


def run_up(home: Path, **values: str) -> tuple[int, str]:
    """Exit status and the one line of a start that is refused."""
    result = subprocess.run(
        [sys.executable, "-m", "chengshu.config.cli", "up"],
        env=child_environment(home, **values),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )
    assert "Traceback" not in result.stderr
    return result.returncode, result.stderr.strip()


def test_port_taken(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        status, line = run_up(home, PORT=str(port))
    assert status == 2
    assert line.startswith(f"Port {port} is taken by another program. Choose another one: PORT=")
    assert line.endswith("make run")


def test_port_taken_in_chinese(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        status, line = run_up(home, PORT=str(port), CHENGSHU_LANGUAGE="zh-hans")
    assert status == 2
    assert f"端口 {port} 已被其他程序占用" in line


def test_address_of_another_machine(home: Path) -> None:
    status, line = run_up(home, CHENGSHU_HOST="192.0.2.1", PORT=str(free_port()))
    assert status == 2
    assert line.startswith("Cannot listen on 192.0.2.1 port")


def test_second_start_while_the_first_is_still_starting(home: Path) -> None:
    with (home / "up.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        status, line = run_up(home)
    assert (status, line) == (2, f"Chengshu is already starting on {home}.")


def test_left_over_lock_file_is_no_hindrance(home: Path) -> None:
    (home / "up.lock").write_text(json.dumps({"pid": 1, "address": "http://127.0.0.1:1"}))
    with up_module._only_one(make_env(home)):
        assert json.loads((home / "up.lock").read_text())["pid"] == os.getpid()


def test_home_that_cannot_be_made(short_tmp: Path) -> None:
    (short_tmp / "file").touch()
    status, line = run_up(short_tmp / "file" / "home")
    assert status == 2
    assert line.startswith("The directory CHENGSHU_HOME")
    assert "\n" not in line


def test_data_of_a_newer_version(home: Path) -> None:
    (home / "postgres" / "PG_VERSION").write_text("99\n")
    status, line = run_up(home, PORT=str(free_port()))
    assert status == 2
    assert "made by PostgreSQL 99" in line
    assert "\n" not in line


def test_disk_full_at_start(small_disk: Callable[..., Path]) -> None:
    status, line = run_up(small_disk(8), PORT=str(free_port()))
    assert status == 2
    assert "is full" in line
    assert "\n" not in line


def test_database_url_that_leads_nowhere(home: Path) -> None:
    status, line = run_up(
        home, PORT=str(free_port()), DATABASE_URL=f"postgresql://u:p@127.0.0.1:{free_port()}/d"
    )
    assert status == 2
    assert line.startswith("The database of DATABASE_URL")
    assert "\n" not in line


def test_wrong_setting_is_named(home: Path) -> None:
    status, line = run_up(home, PORT="eight")
    assert status == 2
    assert "PORT" in line


def test_help_needs_nothing() -> None:
    result = CliRunner().invoke(cli.cli, ["up", "--help"])
    assert result.exit_code == 0
    assert "Ctrl-C" in result.output


@pytest.mark.django_db
def test_database_of_a_later_version_is_refused() -> None:
    from django.db import connection

    from chengshu.config import prepare

    prepare._refuse_newer_database()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('kernel', '9999_later', now())"
        )
    with pytest.raises(Problem) as problem:
        prepare._refuse_newer_database()
    assert problem.value.values["name"] == "kernel.9999_later"


def test_a_port_is_kept_while_another_group_is_still_starting(short_tmp: Path) -> None:
    """The web server's processes share their port: two groups on one port would halve the requests."""
    env = make_env(short_tmp / "first", port=free_port())
    with up_module.reserved_port(env):
        with pytest.raises(Problem, match=str(env.port)):
            up_module.check_port(make_env(short_tmp / "second", port=env.port))
        with socket.socket() as web:  # but the group's own web server may listen
            web.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            web.bind(("127.0.0.1", env.port))
            web.listen(1)
    up_module.check_port(env)
