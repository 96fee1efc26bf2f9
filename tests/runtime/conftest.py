"""Servers of their own for tests that stop, kill and break them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chengshu.config.env import Env
from chengshu.config.postgres import Cluster

ROOT = os.geteuid() == 0
QUICK = {"fsync": "off", "shared_buffers": "16MB", "max_connections": "20"}  # fsync is not what a kill tests


def make_env(home: Path, **values: object) -> Env:
    """An environment that knows nothing of the one the tests run in."""
    return Env.model_validate({"home": home, "DATABASE_URL": None, **values})


def child_environment(home: Path, **values: str) -> dict[str, str]:
    """The environment of a process started by a test: Chengshu's own variables only as given here."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("CHENGSHU_", "DATABASE_", "DJANGO_"))}
    kept.pop("PORT", None)
    return kept | {"CHENGSHU_HOME": str(home), "CHENGSHU_LANGUAGE": "en"} | values


def run_python(home: Path, code: str, **values: str) -> subprocess.CompletedProcess[str]:
    """Run a piece of Python on this home directory and wait for it."""
    return subprocess.run(
        [sys.executable, "-c", code],
        env=child_environment(home, **values),
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture
def short_tmp() -> Iterator[Path]:
    """A directory whose path is short enough for a socket and open to the server's account."""
    path = Path(tempfile.mkdtemp(prefix="cs-", dir="/tmp"))
    path.chmod(0o755)
    yield path
    for cluster_home in path.glob("**/postgres/postmaster.pid"):
        Cluster(cluster_home.parent.parent).stop()
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def _pristine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cluster made once and stopped; tests work on copies."""
    home = Path(tempfile.mkdtemp(prefix="cs-", dir="/tmp"))
    home.chmod(0o755)
    cluster = Cluster(home, QUICK)
    cluster.start()
    cluster.stop()
    yield home
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def home(_pristine: Path, short_tmp: Path) -> Path:
    """A home directory with a stopped, empty cluster in it."""
    copy = short_tmp / "home"
    subprocess.run(["cp", "-a", _pristine, copy], check=True)
    return copy


@pytest.fixture
def small_disk(short_tmp: Path) -> Iterator[Callable[[int], Path]]:
    """Mount a disk of so many MiB (as root only; others skip)."""
    mounted: list[Path] = []

    def mount(mib: int, options: str = "") -> Path:
        if not ROOT:
            pytest.skip("only root may mount a small disk")
        path = short_tmp / f"disk{len(mounted)}"
        path.mkdir()
        result = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={mib}m,mode=755{options}", "none", path],
            capture_output=True,
        )
        if result.returncode:
            pytest.skip("this machine does not let root mount a file system")
        mounted.append(path)
        return path

    yield mount
    for path in mounted:
        for found in path.glob("**/postmaster.pid"):
            Cluster(found.parent.parent).stop()
        subprocess.run(["umount", "-l", path], check=False)
