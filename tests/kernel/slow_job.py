"""A job that hangs the first time, and a worker for it: run as a process of its own and killed."""

from __future__ import annotations

import os
import time
from pathlib import Path


def register() -> object:
    """Make the job known in this process."""
    from chengshu.kernel.jobs import Progress, job_task

    @job_task("test.slow")
    def slow(progress: Progress, *, marker: str) -> dict[str, str]:
        """Hang until killed, unless an earlier run left its mark."""
        progress.set(1, 2)
        progress.flush()
        if not Path(marker).exists():
            Path(marker).touch()
            time.sleep(600)
        return {"ended": "well"}

    return slow


def main() -> None:
    """Work on queued jobs until killed."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "chengshu.config.settings"
    import django

    django.setup()
    register()
    from procrastinate.contrib.django import app

    with app.replace_connector(app.connector.get_worker_connector()) as worker_app:  # type: ignore[attr-defined]
        worker_app.run_worker(queues=["jobs"], listen_notify=False)


if __name__ == "__main__":
    main()
