"""The embedded server meets what happens to it: kills, left-over files, full disks, foreign versions."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from chengshu.config import database, postgres
from chengshu.config.postgres import Cluster
from chengshu.config.problems import Problem
from chengshu.config.tuning import tuned
from tests.runtime.conftest import QUICK, ROOT, child_environment, make_env, run_python

pytestmark = pytest.mark.slow_start

ENSURE = "from chengshu.config import database as d, env as e; d.ensure_running(e.load())"

WRITER = """
import sys
from pathlib import Path
from chengshu.config.postgres import Cluster
with Cluster(Path(sys.argv[1])).connect("chengshu") as connection:
    for number in range(1_000_000):
        connection.execute("INSERT INTO kept VALUES (%s)", [number])
        print(number, flush=True)  # acknowledged
"""


def start_writer(home: Path) -> subprocess.Popen[str]:
    """A process that commits rows and prints the number of each after its commit."""
    with Cluster(home).connect("chengshu") as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (id bigint)")
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(home)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=child_environment(home),
    )


def acknowledged(writer: subprocess.Popen[str], at_least: int) -> list[int]:
    """Read until ``at_least`` rows are acknowledged."""
    assert writer.stdout is not None
    return [int(writer.stdout.readline()) for _ in range(at_least)]


def drain(writer: subprocess.Popen[str], seen: list[int]) -> set[int]:
    """All numbers acknowledged before the end of the writer."""
    writer.wait(timeout=30)
    assert writer.stdout is not None
    with writer.stdout:
        return {*seen, *(int(line) for line in writer.stdout if line.endswith("\n"))}


def rows(home: Path) -> set[int]:
    """What the database holds."""
    with Cluster(home).connect("chengshu") as connection:
        return {number for (number,) in connection.execute("SELECT id FROM kept")}


def server_tree(home: Path) -> list[psutil.Process]:
    """The server's processes, the first one first."""
    pid = Cluster(home).pid()
    assert pid is not None
    server = psutil.Process(pid)
    return [server, *server.children(recursive=True)]


# --- killed while writing -----------------------------------------------------------------------------


def test_killed_server_loses_nothing_it_acknowledged(home: Path) -> None:
    env = make_env(home)
    database.ensure_running(env, {"shared_buffers": "16MB"})
    writer = start_writer(home)
    seen = acknowledged(writer, 50)
    os.kill(server_tree(home)[0].pid, signal.SIGKILL)
    kept = drain(writer, seen)
    database.ensure_running(env)
    try:
        assert kept <= rows(home)
    finally:
        database.release(env)


def test_everything_killed_at_once_loses_nothing_it_acknowledged(home: Path) -> None:
    env = make_env(home)
    database.ensure_running(env, {"shared_buffers": "16MB"})
    writer = start_writer(home)
    seen = acknowledged(writer, 50)
    for process in [psutil.Process(writer.pid), *server_tree(home)]:
        with suppress(psutil.NoSuchProcess):  # it saw the server go
            process.kill()
    kept = drain(writer, seen)
    while Cluster(home).pid() is not None:
        time.sleep(0.02)
    assert (home / "postgres" / "postmaster.pid").exists()  # left behind, and no hindrance
    database.ensure_running(env)
    try:
        assert kept <= rows(home)
    finally:
        database.release(env)


def test_killed_user_leaves_a_server_that_the_next_one_takes_over(home: Path) -> None:
    code = ENSURE + "; import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    assert run_python(home, code).returncode == -signal.SIGKILL
    orphan = Cluster(home).pid()
    assert orphan is not None
    env = make_env(home)
    database.ensure_running(env)
    assert Cluster(home).pid() == orphan
    database.release(env)
    assert Cluster(home).pid() is None


def test_killed_while_being_made_is_made_anew(short_tmp: Path) -> None:
    half = short_tmp / "postgres.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    cluster = Cluster(short_tmp, QUICK)
    cluster.start()
    with cluster.connect("chengshu") as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    cluster.stop()
    assert not half.exists()


def test_killed_before_its_database_was_made(home: Path) -> None:
    cluster = Cluster(home, QUICK)
    cluster.start()
    with cluster.connect("postgres", user="postgres") as connection:
        connection.execute("DROP DATABASE chengshu")
    cluster.stop()
    cluster.start()
    with cluster.connect("chengshu") as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("chengshu",)
    cluster.stop()


# --- who starts and who stops it ----------------------------------------------------------------------


def test_the_last_user_stops_it(home: Path) -> None:
    env = make_env(home)
    database.ensure_running(env, QUICK)
    pid = Cluster(home).pid()
    assert run_python(home, ENSURE).returncode == 0  # came and went
    assert Cluster(home).pid() == pid
    database.ensure_running(env)
    database.release(env)
    assert Cluster(home).pid() is None
    database.release(env)


def test_left_over_pid_of_another_process_is_no_hindrance(home: Path) -> None:
    stale = f"{os.getpid()}\n{home}/postgres\n1700000000\n5432\n{home}/postgres\n\n  1 1\nready   \n"
    (home / "postgres" / "postmaster.pid").write_text(stale)
    cluster = Cluster(home, QUICK)
    assert cluster.pid() is None
    assert cluster.start() not in (None, os.getpid())
    cluster.stop()


def test_orphans_of_a_killed_server_are_waited_for(home: Path) -> None:
    """A worker deep in a query keeps the shared memory; the new server must not start beside it."""
    cluster = Cluster(home, QUICK)
    cluster.start()
    busy = "DO $$ DECLARE n bigint := 0; BEGIN LOOP n := n + 1; END LOOP; END $$"
    client = subprocess.Popen(
        [postgres.programs() / "psql", "-h", cluster.socket_dir, "-U", "chengshu", "-c", busy, "chengshu"],
        stderr=subprocess.DEVNULL,
    )
    with cluster.connect("postgres", user="postgres") as connection:
        query = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'DO %' AND state = 'active'"
        while connection.execute(query).fetchone() == (0,):
            time.sleep(0.02)
    os.kill(server_tree(home)[0].pid, signal.SIGKILL)
    cluster.start()
    with cluster.connect("chengshu") as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    cluster.stop()
    client.wait(timeout=10)


def test_long_path_gets_a_short_socket(short_tmp: Path) -> None:
    long_home = short_tmp / ("deep" * 20) / ("deeper" * 10)
    cluster = Cluster(long_home, QUICK)
    assert len(os.fsencode(cluster.socket_dir)) < 60
    cluster.start()
    try:
        with cluster.connect("chengshu") as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert cluster.socket_dir.stat().st_mode & 0o077 == 0
    finally:
        cluster.stop()
        cluster.socket_dir.rmdir()


def test_short_socket_directory_of_somebody_else_is_refused(short_tmp: Path) -> None:
    cluster = Cluster(short_tmp / ("deep" * 20) / ("deeper" * 10), QUICK)
    cluster.socket_dir.mkdir()
    cluster.socket_dir.chmod(0o777)
    try:
        with pytest.raises(Problem) as problem:
            cluster.start()
        assert problem.value.text.startswith("%(path)s belongs to somebody else")
    finally:
        cluster.socket_dir.rmdir()


def test_only_our_account_may_connect(home: Path) -> None:
    cluster = Cluster(home, QUICK)
    cluster.start()
    try:
        assert (cluster.socket_dir / postgres.SOCKET_FILE).stat().st_mode & 0o077 == 0
        with cluster.connect("chengshu") as connection:
            assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
            query = "SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user"
            assert connection.execute(query).fetchone() == (False, True)
            query = "SELECT datlocprovider, datlocale FROM pg_database WHERE datname = 'chengshu'"
            assert connection.execute(query).fetchone() == ("b", "C.UTF-8")
    finally:
        cluster.stop()


# --- what it refuses ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "advice"), [("99", "Install the newer Chengshu"), ("16", "chengshu backup")]
)
def test_data_of_another_version(home: Path, version: str, advice: str) -> None:
    (home / "postgres" / "PG_VERSION").write_text(version + "\n")
    with pytest.raises(Problem) as problem:
        database.ensure_running(make_env(home))
    assert advice in problem.value.text
    assert problem.value.values["found"] == int(version)
    assert Cluster(home).pid() is None


def test_a_directory_that_is_not_a_cluster(short_tmp: Path) -> None:
    (short_tmp / "postgres").mkdir()
    (short_tmp / "postgres" / "somebody's file").touch()
    with pytest.raises(Problem) as problem:
        database.ensure_running(make_env(short_tmp))
    assert "not a PostgreSQL data directory" in problem.value.text


def test_home_that_cannot_be_written(short_tmp: Path) -> None:
    (short_tmp / "file").touch()
    with pytest.raises(Problem) as problem:
        database.ensure_running(make_env(short_tmp / "file" / "home"))
    assert "cannot be written" in problem.value.text


def test_home_on_a_read_only_disk(small_disk: Callable[..., Path]) -> None:
    with pytest.raises(Problem) as problem:
        database.ensure_running(make_env(small_disk(16, ",ro") / "home"))
    assert "cannot be written" in problem.value.text


def test_disk_too_small_for_a_first_start(small_disk: Callable[..., Path]) -> None:
    home = small_disk(20)
    with pytest.raises(Problem) as problem:
        database.ensure_running(make_env(home))
    assert "is full" in problem.value.text
    assert not (home / "postgres").exists()


def test_disk_that_fills_while_the_cluster_is_made(
    small_disk: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "NEW_CLUSTER_BYTES", 0)
    home = small_disk(20)
    with pytest.raises(Problem) as problem:
        database.ensure_running(make_env(home))
    assert "is full" in problem.value.text
    assert not (home / "postgres").exists()
    assert not (home / "postgres.new").exists()


def test_disk_full_when_an_existing_cluster_starts(
    home: Path, small_disk: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = small_disk(100)
    subprocess.run(["cp", "-a", home / "postgres", disk], check=True)
    filler = disk / "filler"
    with filler.open("wb") as file, pytest.raises(OSError, match="No space left"):
        while True:
            file.write(bytes(1 << 20))
            file.flush()
    with pytest.raises(Problem) as problem:
        database.ensure_running(make_env(disk))
    assert "is full" in problem.value.text
    monkeypatch.setattr(postgres, "OLD_CLUSTER_BYTES", 0)  # and when the check could not see it coming
    with pytest.raises(Problem) as problem:
        database.ensure_running(make_env(disk))
    assert "is full" in problem.value.text
    monkeypatch.undo()
    filler.unlink()  # space is freed: it starts, with all it had
    database.ensure_running(make_env(disk))
    database.release(make_env(disk))


def test_disk_full_is_seen_beforehand(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "OLD_CLUSTER_BYTES", 1 << 60)
    with pytest.raises(Problem) as problem:
        database.ensure_running(make_env(home))
    assert "is full" in problem.value.text


def test_other_failures_name_the_reason_and_the_log(home: Path) -> None:
    (home / "postgres.conf").write_text("shared_buffers = 'a lot'\n")
    with pytest.raises(Problem) as problem:
        database.ensure_running(make_env(home))
    assert "shared_buffers" in str(problem.value) or "configuration file" in str(problem.value)
    assert str(problem.value.values["path"]).endswith("server.log")


@pytest.mark.skipif(not ROOT, reason="only root starts servers of another account")
def test_root_lets_the_server_pass_but_not_read(short_tmp: Path) -> None:
    closed = short_tmp / "closed"
    closed.mkdir(mode=0o700)
    cluster = Cluster(closed / "home", QUICK)
    cluster.start()
    assert closed.stat().st_mode & 0o777 == 0o701
    assert (closed / "home" / "postgres").stat().st_mode & 0o777 == 0o700
    assert psutil.Process(cluster.pid() or 0).username() == postgres.SERVER_ACCOUNT
    cluster.stop()


def test_settings_follow_the_machine() -> None:
    small, large = tuned(512 << 20, 1), tuned(24 << 30, 2)
    assert (small["shared_buffers"], large["shared_buffers"]) == ("64MB", "3072MB")
    assert (small["work_mem"], large["work_mem"]) == ("4MB", "32MB")
    assert large["synchronous_commit"] == "on"
    assert large["jit"] == "off"
