"""The same work on Ray: same results, same order, also when a process is killed in the middle."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from chengshu.vision.raster.cluster import run_on_ray
from chengshu.vision.raster.types import RasterError


def test_without_ray_one_sentence_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(RasterError, match="Ray is not installed"):
        run_on_ray([1], abs)


def test_no_work_needs_no_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    assert run_on_ray([], abs) == []


@pytest.fixture(scope="module")
def local() -> Iterator[None]:
    """One Ray for all tests of this file: starting it takes seconds."""
    ray = pytest.importorskip("ray", reason="needs the extra “cluster”")
    ray.init(
        address="local", num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR",
        object_store_memory=100 * 1024 * 1024,
    )  # fmt: skip
    yield
    ray.shutdown()


@pytest.mark.usefixtures("local")
def test_results_come_in_the_order_of_the_items() -> None:
    told: list[tuple[int, int]] = []
    found = run_on_ray(range(20), lambda n: n * n, progress=lambda done, of: told.append((done, of)))
    assert found == [n * n for n in range(20)]
    assert told == [(n, 20) for n in range(1, 21)]


@pytest.mark.usefixtures("local")
def test_anything_that_can_be_called_will_do() -> None:
    assert run_on_ray([4, -5], abs) == [4, 5]
    assert run_on_ray([2, 3], partial(pow, 2)) == [4, 8]


@pytest.mark.usefixtures("local")
def test_a_killed_task_is_done_again_and_the_result_is_that_of_one_machine(tmp_path: Path) -> None:
    marker = tmp_path / "killed"

    def work(number: int) -> str:
        if number == 3 and not marker.exists():
            marker.touch()
            os._exit(1)
        return f"tile {number}"

    found = run_on_ray(range(8), work)
    assert marker.exists()
    assert found == [work(number) for number in range(8)]


@pytest.mark.usefixtures("local")
def test_a_task_that_always_dies_is_given_up_in_one_sentence() -> None:
    def work(number: int) -> int:
        os._exit(1)

    with pytest.raises(RasterError, match="died again and again"):
        run_on_ray([1], work, retries=1)


@pytest.mark.usefixtures("local")
def test_what_the_work_raises_is_raised_here() -> None:
    def work(number: int) -> int:
        raise RasterError("The file %(file)s is gone.", file=f"{number}.tif")

    with pytest.raises(RasterError, match=r"The file 7\.tif is gone\."):
        run_on_ray([7], work)
