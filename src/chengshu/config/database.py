"""The database behind Django: the server of ``DATABASE_URL``, else the embedded one in ``CHENGSHU_HOME``.

Every process that needs the embedded server calls `ensure_running`; the first one starts it, the last one
that ends stops it. Who uses it is known by shared locks on ``HOME/postgres.users``, which the kernel drops
with the process, however that ends; a server left behind by a killed process is taken over by the next start.
"""

from __future__ import annotations

import atexit
import fcntl
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from chengshu.config.problems import Problem, is_disk_full

if TYPE_CHECKING:
    from chengshu.config.env import Env
    from chengshu.config.postgres import Cluster

MINIMUM_MAJOR = 15
CONNECT_SECONDS = 5


def cluster(env: Env, settings: Mapping[str, str] | None = None) -> Cluster:
    """The embedded server of this environment (running or not)."""
    from chengshu.config.postgres import Cluster

    return Cluster(home=Path(os.path.realpath(env.home_path)), settings=settings or {})


def django_database(env: Env) -> dict[str, Any]:
    """``DATABASES["default"]``; starts nothing and connects to nothing."""
    database: dict[str, Any] = {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
        "OPTIONS": {"connect_timeout": CONNECT_SECONDS, "application_name": f"chengshu {process_name()}"},
    }
    if env.database_url:
        parts = _parse(env.database_url)
        named = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
        database |= {key: str(parts.pop(name, "")) for name, key in named.items()}
        database["OPTIONS"] |= parts
    else:
        from chengshu.config.postgres import DATABASE, ROLE

        database |= {"NAME": DATABASE, "USER": ROLE, "PASSWORD": "", "PORT": "5432"}
        database["HOST"] = str(cluster(env).socket_dir)
    if process_name() == "web":
        # threads of the web server come and go; the pool outlives them and drops connections that went bad
        database["OPTIONS"]["pool"] = {"min_size": 1, "max_size": 12, "timeout": 10, "max_idle": 300}
    return database


def process_name() -> str:
    """What this process is in the group: ``web``, ``worker`` or ``command``."""
    return os.environ.get("CHENGSHU_PROCESS", "command")


def _parse(url: str) -> dict[str, Any]:
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    malformed = Problem("DATABASE_URL must look like postgresql://user:password@host:5432/name.")
    if not url.startswith(("postgres://", "postgresql://")):
        raise malformed
    try:
        parts = dict(conninfo_to_dict(url))
    except psycopg.ProgrammingError as error:
        raise malformed from error
    if not all(port.isdecimal() for port in str(parts.get("port") or 5432).split(",")):
        raise malformed
    if not parts.get("dbname"):
        raise Problem("DATABASE_URL does not name a database (postgresql://user:password@host:5432/name).")
    return parts


def check_server(env: Env) -> None:
    """Connect once to the server of ``DATABASE_URL``; raise the one line that says why it will not do."""
    import psycopg

    parts = _parse(env.database_url or "")
    where = f"{parts.get('host', 'localhost')}:{parts.get('port', 5432)}/{parts['dbname']}"
    try:
        with psycopg.connect(**{"connect_timeout": CONNECT_SECONDS, **parts}) as connection:
            version, text = connection.info.server_version, connection.info.parameter_status("server_version")
            encoding = connection.info.parameter_status("server_encoding")
    except psycopg.OperationalError as error:
        raise _unreachable(error, where, str(parts.get("user", ""))) from error
    if version < MINIMUM_MAJOR * 10000:
        raise Problem(
            "The database server %(where)s is PostgreSQL %(found)s; at least %(needed)s is needed.",
            where=where,
            found=text,
            needed=MINIMUM_MAJOR,
        )
    if encoding != "UTF8":
        raise Problem(
            "The database %(where)s has the encoding %(found)s; UTF8 is needed.", where=where, found=encoding
        )


def _unreachable(error: Exception, where: str, user: str) -> Problem:
    reason = str(error).strip().splitlines()[-1].strip()
    lowered = str(error).lower()
    if "password" in lowered or "authentication" in lowered or "认证" in lowered:
        return Problem(
            "The database server %(where)s refuses the user %(user)s: wrong user name or password in "
            "DATABASE_URL (%(reason)s).",
            where=where,
            user=user,
            reason=reason,
        )
    return Problem(
        "The database of DATABASE_URL (%(where)s) cannot be reached: %(reason)s", where=where, reason=reason
    )


# --- the embedded server and its users ----------------------------------------------------------------

_held: dict[Path, tuple[int, IO[str], Cluster]] = {}  # home -> (our pid, the shared lock, the server)


def ensure_running(env: Env, settings: Mapping[str, str] | None = None) -> None:
    """Have a database that answers: start the embedded server if it does not run, or check ``DATABASE_URL``.

    ``settings`` adds server settings when this call is the one that starts it. Raises `Problem`.
    """
    if env.database_url:
        check_server(env)
        return
    server = cluster(env, settings)
    held = _held.get(server.home)
    if held and held[0] == os.getpid() and server.pid() is not None:
        return
    check_home(server.home)
    try:
        with _locked(server.home):
            if not (held and held[0] == os.getpid()):
                users = (server.home / "postgres.users").open("a")
                fcntl.flock(users, fcntl.LOCK_SH)
                _held[server.home] = (os.getpid(), users, server)
            server.start()
    except OSError as error:
        release(env)
        if is_disk_full(error):
            from chengshu.config.postgres import NEW_CLUSTER_BYTES, disk_full

            raise disk_full(server.home, 0, NEW_CLUSTER_BYTES) from error
        raise Problem("The embedded database cannot start: %(reason)s", reason=error) from error
    except Problem:
        release(env)
        raise
    atexit.register(release, env)


def release(env: Env) -> None:
    """Give the embedded server up; stops it if no other process uses it. Safe to call twice."""
    server_home = Path(os.path.realpath(env.home_path))
    held = _held.pop(server_home, None)
    if held is None or held[0] != os.getpid():
        return
    _, users, server = held
    if not server_home.exists():  # removed under our feet: nothing is left to stop in order
        users.close()
        return
    with users, _locked(server_home):
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return  # somebody else still works with it
        server.stop()


def check_home(home: Path) -> None:
    """Refuse a home directory that cannot be made or written."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        probe = home / f".write-{os.getpid()}-{time.monotonic_ns()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        if is_disk_full(error):
            from chengshu.config.postgres import NEW_CLUSTER_BYTES, disk_full

            raise disk_full(home, 0, NEW_CLUSTER_BYTES) from error
        raise Problem(
            "The directory CHENGSHU_HOME (%(path)s) cannot be written: %(reason)s",
            path=home,
            reason=error.strerror,
        ) from error


@contextmanager
def _locked(home: Path) -> Iterator[None]:
    """Starting and stopping happen one at a time."""
    with (home / "postgres.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
