"""Settings of the embedded PostgreSQL, scaled to the machine it shares with web server and workers."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

MIB = 1024 * 1024


def memory_bytes() -> int:
    """The memory this machine (or its container) may use."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with suppress(OSError, ValueError):
        total = min(total, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    return total


def tuned(memory: int | None = None, cores: int | None = None) -> dict[str, str]:
    """Server settings for a machine that the web server and the workers share."""
    memory = (memory or memory_bytes()) // MIB
    cores = cores or os.cpu_count() or 1

    def share(part: int, least: int, most: int) -> str:
        return f"{max(least, min(most, memory // part))}MB"

    shared = Path("/dev/shm")  # noqa: S108
    roomy = shared.is_dir() and shutil.disk_usage(shared).total >= 512 * MIB
    return {
        "max_connections": "100",
        "shared_buffers": share(8, 64, 4096),
        "effective_cache_size": share(2, 256, 65536),
        "work_mem": share(768, 4, 64),
        "maintenance_work_mem": share(32, 64, 1024),
        "max_wal_size": "2GB",
        "checkpoint_timeout": "15min",
        "synchronous_commit": "on",
        "random_page_cost": "1.1",
        "jit": "off",
        "max_parallel_workers_per_gather": str(max(0, min(4, cores // 2))),
        "dynamic_shared_memory_type": "posix" if roomy else "mmap",
        "log_timezone": "'Asia/Shanghai'",
        # personal data stands in statements and in the details of errors: keep both out of the log
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
        "log_parameter_max_length_on_error": "0",
    }
