"""``chengshu up``: database, web server and job worker in one process group."""

from __future__ import annotations

import errno
import fcntl
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from chengshu.config.problems import Problem, is_disk_full, say

if TYPE_CHECKING:
    from chengshu.config.env import Env
    from chengshu.config.supervisor import Child, StopRequest

WEB_SECONDS = 60  # a web server that is not up by then has a fault that waiting does not mend


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print address and accounts as one JSON object.")
def up(as_json: bool) -> None:
    """Start everything and stay in the foreground; Ctrl-C stops everything."""
    from chengshu.config.env import load

    env = load()
    try:
        with _only_one(env) as record, reserved_port(env):
            _run(env, record, as_json)
    except OSError as error:
        if not is_disk_full(error):
            raise
        raise Problem(
            "The disk that holds %(path)s is full. Free some space and start again.", path=env.home_path
        ) from error


def _run(env: Env, record: Callable[[], None], as_json: bool) -> None:
    from chengshu.config import database, supervisor
    from chengshu.config import logging as log_setup

    log_setup.configure(env)
    request = supervisor.StopRequest()
    children = _children(env)
    tell: Callable[[str], Any] = (lambda text: None) if as_json else click.echo
    try:
        tell(say("Starting the database …"))
        database.ensure_running(env)
        request.wait(0)
        tell(say("Starting the web server …"))
        web, worker = children
        web.start()  # its imports go on beside the migrations; it answers once these are done
        accounts = _prepare(request)
        _prepared(env).touch()
        _wait_for_web(env, web, request)
        record()
        worker.start()
        _greet(env, accounts, as_json)
        supervisor.supervise(children, request, lambda: _keep_database(env))
    except supervisor.Stopped:
        tell(say("Stopping …"))
    finally:
        supervisor.stop_all(children, request)
        database.release(env)
    tell(say("Stopped."))


def address(env: Env) -> str:
    """Where a browser on this machine finds the desk."""
    host = {"0.0.0.0": "127.0.0.1", "::": "127.0.0.1"}.get(env.host, env.host)  # noqa: S104
    return f"http://{f'[{host}]' if ':' in host else host}:{env.port}"


# --- checks before anything starts --------------------------------------------------------------------


@contextmanager
def _only_one(env: Env) -> Iterator[Callable[[], None]]:
    """Hold the lock of this home directory; yields a function that notes who holds it, for the next start."""
    from chengshu.config.database import check_home

    home = Path(os.path.realpath(env.home_path))
    check_home(home)
    with (home / "up.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise already_running(home, lock) from None

        def record() -> None:
            lock.seek(0)
            lock.truncate()
            json.dump({"pid": os.getpid(), "address": address(env)}, lock)
            lock.flush()

        record()
        yield record
        lock.truncate(0)


def already_running(home: Path, lock: IO[str]) -> Problem:
    """The line that says who holds the lock of this home directory."""
    lock.seek(0)
    try:
        other = json.loads(lock.read())
    except ValueError:
        return Problem("Chengshu is already starting on %(path)s.", path=home)
    return Problem(
        "Chengshu already runs on %(path)s: %(address)s, process %(pid)d.",
        path=home,
        address=other["address"],
        pid=other["pid"],
    )


def check_port(env: Env) -> None:
    """Refuse a port that cannot be listened on, and name one that can."""
    reason = _cannot_listen(env.host, env.port)
    if reason is None:
        return
    if reason.errno == errno.EADDRINUSE:
        free = next((p for p in range(env.port + 1, 65536) if _cannot_listen(env.host, p) is None), 0)
        raise Problem(
            "Port %(port)d is taken by another program. Choose another one: PORT=%(free)d make run",
            port=env.port,
            free=free,
        )
    raise Problem(
        "Cannot listen on %(host)s port %(port)d: %(reason)s",
        host=env.host,
        port=env.port,
        reason=reason.strerror or reason,
    )


@contextmanager
def reserved_port(env: Env) -> Iterator[None]:
    """Keep the port from the check on: the web server listens on it only some seconds later.

    The web server's processes share the port (SO_REUSEPORT); without this, a second group of the same
    account that starts meanwhile would share it too, and each would get half of the requests.
    """
    check_port(env)
    family, kind, protocol, _, where = socket.getaddrinfo(env.host, env.port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        held.bind(where)  # never listens, so it receives nothing
        yield


def _cannot_listen(host: str, port: int) -> OSError | None:
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(where)
            probe.listen(1)
    except OSError as error:
        return error
    return None


# --- the group ----------------------------------------------------------------------------------------


def _children(env: Env) -> list[Child]:
    """Web server and worker, in the order in which they stop."""
    from chengshu.config.supervisor import Child

    run = env.home_path / "run"
    shutil.rmtree(run, ignore_errors=True)
    (run / "metrics").mkdir(parents=True)
    (env.home_path / "static").mkdir(exist_ok=True)
    shared = {"PROMETHEUS_MULTIPROC_DIR": str(run / "metrics"), "CHENGSHU_PREPARED": str(_prepared(env))}
    return [
        Child("web", "chengshu.config.web", stop_seconds=12, environment=shared),
        Child("worker", "chengshu.config.worker", stop_seconds=15),
    ]


def _prepared(env: Env) -> Path:
    """The file whose presence lets the web server answer."""
    return env.home_path / "run" / "prepared"


def _prepare(request: StopRequest) -> list[dict[str, str]]:
    """Migrate and load in a process of its own; returns the demo accounts."""
    process = subprocess.Popen(
        [sys.executable, "-m", "chengshu.config.prepare"],
        env={**os.environ, "CHENGSHU_SUPERVISOR": str(os.getpid())},
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        while process.poll() is None:
            request.wait(0.02)
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
        output = process.stdout.read() if process.stdout else b""
        if process.stdout:
            process.stdout.close()
    if process.returncode:
        sys.exit(process.returncode if process.returncode > 0 else 1)  # it has said why
    accounts: list[dict[str, str]] = json.loads(output)["accounts"]
    return accounts


def _wait_for_web(env: Env, web: Child, request: StopRequest) -> None:
    deadline = time.monotonic() + WEB_SECONDS
    while not _web_answers(env):
        request.wait(0.03)
        web.check(time.monotonic())
        if web.failures >= 3 or time.monotonic() > deadline:
            raise Problem("The web server does not start; its messages stand above.")


def _web_answers(env: Env) -> bool:
    host = address(env).removeprefix("http://").rsplit(":", 1)[0].strip("[]")
    connection = http.client.HTTPConnection(host, env.port, timeout=1)
    with suppress(OSError, http.client.HTTPException):
        connection.request("GET", "/healthz/live")
        connection.getresponse().read()
        return True
    return False


_next_look = 0.0


def _keep_database(env: Env) -> None:
    """Once a second: if the embedded server was killed, start it again (it recovers by itself)."""
    global _next_look
    if env.database_url or time.monotonic() < _next_look:
        return
    import structlog

    from chengshu.config import database

    _next_look = time.monotonic() + 1
    if database.cluster(env).pid() is None:
        log = structlog.get_logger("chengshu.supervisor")
        log.error("the database ended, starting it again")
        try:
            database.ensure_running(env)
        except Problem as problem:
            log.error("the database does not start", reason=str(problem))
            _next_look = time.monotonic() + 10


def _greet(env: Env, accounts: list[dict[str, str]], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"address": address(env), "accounts": accounts}, ensure_ascii=False))
        return
    click.echo()
    click.echo(say("Chengshu runs at %(address)s (Ctrl-C stops it).", address=address(env)))
    if accounts:
        from rich.console import Console
        from rich.table import Table

        table = Table(box=None, pad_edge=False, header_style="bold")
        names = list(accounts[0])
        heads = {"username": say("User name"), "password": say("Password")}
        heads |= {"name": say("Full name"), "role": say("Role")}
        for name in names:
            table.add_column(heads.get(name, name))
        for account in accounts:
            table.add_row(*(str(account.get(name, "")) for name in names))
        Console().print(table)
