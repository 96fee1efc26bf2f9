"""What every process of the group does first: end when its parent ends, however that happened."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time

PR_SET_PDEATHSIG = 1


def tie_to_parent(parent: int | None = None) -> None:
    """Have this process ended (SIGTERM) when its parent dies, so that a killed supervisor leaves no orphans.

    ``parent`` is the process that must still be there, by default the one named in ``CHENGSHU_SUPERVISOR``;
    without either (started by hand) nothing happens.
    """
    parent = parent or int(os.environ.get("CHENGSHU_SUPERVISOR", "0"))
    if not parent:
        return
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    else:
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    if os.getppid() != parent:  # it died before we asked
        sys.exit(0)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)
