"""More than one machine: the same work list on Ray, in the same order, with the same results.

Ray is imported only when asked for. Without an address it runs on this machine; ``ray://host:port`` (or
``host:port``) joins a running cluster, whose machines must have this program and see the same files.

``ray://`` asks two things of the head (seen with Ray 2.60): ``ray start --head`` with a fixed
``--runtime-env-agent-port``, and the same ``RAY_AUTH_MODE`` or token on both sides.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from chengshu.vision.raster.types import RasterError

Item = TypeVar("Item")
Answer = TypeVar("Answer")
RETRIES = 3
QUEUE = 4  # tasks handed out for each worker: enough to keep it busy, few enough not to fill the memory
STORE_BYTES = 256 * 1024 * 1024


def run_on_ray(
    items: Sequence[Item],
    function: Callable[[Item], Answer],
    *,
    address: str | None = None,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    retries: int = RETRIES,
) -> list[Answer]:
    """``[function(item) for item in items]`` on Ray: the results in the order of the items.

    ``workers`` bounds how many run at once (default: all processors). A task whose process is killed is done
    again, ``retries`` times at most; ``function`` must therefore give the same answer twice. What it raises
    is raised here, at the first item seen to fail. ``progress`` is told (done, total).

    :raises RasterError: Ray is not installed or not reached, or a task's process died again and again.
    """
    if not items:
        return []
    ray = _ray()

    def one(item: Item) -> Answer:  # Ray takes no built-ins and no partial functions
        return function(item)

    with _session(ray, address, workers):
        task = ray.remote(max_retries=retries, num_cpus=1)(one)
        return _collect(ray, task, items, _queue(ray, workers), progress)


def _ray() -> Any:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is told to anyone
    try:
        import ray
    except ImportError as error:
        raise RasterError(
            'Ray is not installed; install it with: pip install "chengshu[cluster]".'
        ) from error
    return ray


@contextmanager
def _session(ray: Any, address: str | None, workers: int | None) -> Iterator[None]:
    """A connection of our own, ended afterwards; or the caller's, left alone."""
    if ray.is_initialized():
        yield
        return
    options: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR"}
    if address is None:
        options |= {
            "address": "local", "include_dashboard": False, "object_store_memory": STORE_BYTES,
            "num_cpus": workers or os.cpu_count(),
        }  # fmt: skip
    else:
        options["address"] = address
    try:
        ray.init(**options)
    except (ConnectionError, OSError, RuntimeError, ValueError) as error:
        where = address or "local"
        raise RasterError(
            "Ray cannot be reached at %(address)s: %(why)s", address=where, why=_first(error)
        ) from error
    try:
        yield
    finally:
        ray.shutdown()


def _queue(ray: Any, workers: int | None) -> int:
    known = int(ray.cluster_resources().get("CPU", 1))
    return max(1, min(workers or known, known)) * QUEUE


def _collect(
    ray: Any, task: Any, items: Sequence[Item], queue: int, progress: Callable[[int, int], None] | None
) -> list[Any]:
    answers: dict[int, Any] = {}
    waiting: dict[Any, int] = {}
    ahead = iter(enumerate(items))
    while len(answers) < len(items):
        while len(waiting) < queue and (following := next(ahead, None)) is not None:
            waiting[task.remote(following[1])] = following[0]
        finished, _others = ray.wait(list(waiting), num_returns=1)
        for reference in sorted(finished, key=waiting.__getitem__):
            number = waiting.pop(reference)
            answers[number] = _answer(ray, reference)
            if progress is not None:
                progress(len(answers), len(items))
    return [answers[number] for number in range(len(items))]


def _answer(ray: Any, reference: Any) -> Any:
    try:
        return ray.get(reference)
    except ray.exceptions.RayTaskError as error:
        # the same exception as if it had run here
        raise (error.cause if isinstance(error.cause, BaseException) else error) from None
    except ray.exceptions.RaySystemError as error:
        raise RasterError(
            "The machines of the cluster could not finish: %(why)s", why=_first(error)
        ) from error
    except ray.exceptions.RayError as error:
        raise RasterError("A tile's process died again and again: %(why)s", why=_first(error)) from error


def _first(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
