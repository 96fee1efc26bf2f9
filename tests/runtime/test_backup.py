"""A backup brings everything back, elsewhere; whatever is not one is refused."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

from chengshu.config.commands.backup import _unpack
from chengshu.config.postgres import Cluster
from tests.runtime.conftest import QUICK, child_environment


def run(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``chengshu …`` on this home directory."""
    return subprocess.run(
        [sys.executable, "-m", "chengshu.config.cli", *arguments],
        env=child_environment(home),
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_there_and_back(home: Path, short_tmp: Path) -> None:
    cluster = Cluster(home, QUICK)
    cluster.start()
    with cluster.connect("chengshu") as connection:
        connection.execute("CREATE TABLE kept (id bigint PRIMARY KEY, name text)")
        connection.execute("INSERT INTO kept VALUES (1, '城枢'), (2, E'a\\nSET transaction_timeout')")
    (home / "files" / "ab").mkdir(parents=True)
    (home / "files" / "ab" / "abcdef").write_bytes(b"photo")
    archive = short_tmp / "backup.tar"
    result = run(home, "backup", str(archive), "--json")  # while the server runs
    cluster.stop()
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout) == {"path": str(archive), "bytes": archive.stat().st_size}
    assert archive.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in short_tmp.iterdir() if entry.name.startswith(".")] == []

    elsewhere = short_tmp / "elsewhere"
    result = run(elsewhere, "restore", str(archive))
    assert result.returncode == 0, result.stderr
    other = Cluster(elsewhere, QUICK)
    other.start()
    with other.connect("chengshu") as connection:
        assert connection.execute("SELECT id, name FROM kept ORDER BY id").fetchall() == [
            (1, "城枢"),
            (2, "a\nSET transaction_timeout"),
        ]
    other.stop()
    assert (elsewhere / "files" / "ab" / "abcdef").read_bytes() == b"photo"

    again = run(elsewhere, "restore", str(archive))
    assert again.returncode == 2
    assert again.stderr.startswith("The database already holds data")


def test_only_plain_files_below_the_folder_are_taken(short_tmp: Path) -> None:
    inside, outside = short_tmp / "inside", short_tmp / "outside"
    inside.mkdir()
    with tarfile.open(short_tmp / "evil.tar", "w") as archive:
        for name in ("files/../../outside", "/" + str(outside), "other", "files/good"):
            entry = tarfile.TarInfo(name)
            entry.size = 1
            archive.addfile(entry, io.BytesIO(b"x"))
        link = tarfile.TarInfo("files/link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    with tarfile.open(short_tmp / "evil.tar") as archive:
        _unpack(archive, inside)
    assert [str(path.relative_to(inside)) for path in inside.rglob("*") if path.is_file()] == ["files/good"]
    assert not outside.exists()


def test_a_backup_overwrites_nothing(home: Path, short_tmp: Path) -> None:
    (short_tmp / "there").write_text("precious")
    result = run(home, "backup", str(short_tmp / "there"))
    assert (result.returncode, (short_tmp / "there").read_text()) == (2, "precious")
    assert "exists already" in result.stderr


def test_what_is_not_a_backup_is_refused(home: Path, short_tmp: Path) -> None:
    for name, content in {"text": b"hello", "empty": b"", "zeros": bytes(10240)}.items():
        (short_tmp / name).write_bytes(content)
        result = run(home, "restore", str(short_tmp / name))
        assert result.returncode == 2, name
        assert result.stderr.strip() == f"{short_tmp / name} is not a backup made by chengshu backup."


def test_restore_refuses_beside_a_running_group(home: Path, short_tmp: Path) -> None:
    import fcntl

    with (home / "up.lock").open("w") as lock:
        lock.write(json.dumps({"pid": os.getpid(), "address": "http://127.0.0.1:8000"}))
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        (short_tmp / "any").touch()
        result = run(home, "restore", str(short_tmp / "any"))
    assert result.returncode == 2
    assert "already runs" in result.stderr
