"""The web process: granian with Django in threads and the stream of events (see `chengshu.config.gateway`).

Run by the supervisor as ``python -m chengshu.config.web``.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from pathlib import Path
from typing import Any

PAGE_THREADS = 4  # a worker; views wait for the database about as long as they compute


def load() -> Any:
    """granian's factory: tie the worker process to granian's main process, then give it Django."""
    from chengshu.config.process import tie_to_parent

    parent = multiprocessing.parent_process()
    if parent is not None and parent.pid:
        tie_to_parent(parent.pid)
    from django.urls import get_resolver

    from chengshu.config.wsgi import application  # sets Django up

    # isort: split
    from chengshu.config.gateway import Gateway

    get_resolver().url_patterns  # noqa: B018  import all views now and not in the first request
    _wait_for_database()
    return Gateway(application, PAGE_THREADS)


def _wait_for_database() -> None:
    """Importing went on beside the migrations; answering starts after them, when the supervisor says so."""
    flag = os.environ.get("CHENGSHU_PREPARED")
    if not flag:
        return
    handler = signal.signal(signal.SIGTERM, signal.SIG_DFL)  # granian's own only notes it for later
    while not Path(flag).exists():
        time.sleep(0.02)
    signal.signal(signal.SIGTERM, handler)


def main(application: str = "chengshu.config.web:load") -> None:
    """Serve until told to stop. ``application``: the factory that makes it in each worker process."""
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    from chengshu.config import logging as log_setup
    from chengshu.config.env import load as load_env
    from chengshu.config.process import tie_to_parent

    tie_to_parent()
    env = load_env()
    log_setup.configure(env)
    Server(
        application,
        factory=True,
        address=env.host,
        port=env.port,
        interface=Interfaces.RSGI,
        workers=env.web_workers,
        respawn_failed_workers=True,
        workers_kill_timeout=8,
        log_dictconfig=log_setup.web_server_logging(env),
        log_access=False,
        log_level=LogLevels.warning,
        websockets=False,
    ).serve()


if __name__ == "__main__":
    main()
