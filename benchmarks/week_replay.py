"""A usual week of the district through the loop with two dispatchers in Chromium at ``/command``.

The product is started as a user starts it, on a home of its own, with the demo's people and objects; the week
is replayed at ``--speed``, the web server is killed (SIGKILL) while POSTs of both dispatchers are under way.
What must hold at the end is asserted: nothing stuck, nothing lost, every lead with an outcome, statistics
equal to a recount, whatever was acknowledged is there. Run: ``python benchmarks/week_replay.py``.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SAY_EVERY = 10.0  # seconds
ALARM_SECONDS = 150.0  # the worker looks once a minute


def main() -> None:
    """Play the week and print what came of it."""
    from tests.journeys.product import started
    from tests.journeys.week import Week, prepare, usual_week

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--speed", type=float, default=300.0, help="seconds of the week in one second")
    parser.add_argument("--count", type=int, default=0, help="leads; 0: a usual week's")
    parser.add_argument("--objects", type=int, default=0, help="regulated objects; 0: the demo's own amounts")
    parser.add_argument("--patience", type=float, default=600.0, help="seconds to wait for people at the end")
    parser.add_argument(
        "--kills", type=float, nargs="*", default=[0.25, 0.5, 0.75], help="shares of the leads"
    )
    arguments = parser.parse_args()
    said = 0.0

    def say(text: str) -> None:
        nonlocal said
        if text.startswith("{") or time.monotonic() - said > SAY_EVERY:
            said = time.monotonic()
            print(text, file=sys.stderr, flush=True)

    with started(prepare(arguments.objects)) as product:
        say("{started}")
        count = arguments.count or usual_week(product)
        week = Week(
            product,
            count=count,
            speed=arguments.speed,
            patience=arguments.patience,
            alarm_patience=ALARM_SECONDS,
        )
        result = week.run(arguments.kills, report=say)
    print(result.as_json())


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT / "src"), str(ROOT)]
    os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chengshu.config.settings")
    main()
