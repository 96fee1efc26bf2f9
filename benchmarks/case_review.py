"""Claim: the file review judges at least 300 whole files a second on one core.

Two figures: files held in memory (the rules alone), and files read from the database (steps as JSON, two
queries for 500 files). The files are those of ``chengshu.cases.lawful``: half general procedure, half simple.
Only the time that this process was running counts (``time.process_time``), so that a machine which others use
too gives the same figure; the server's own time is shown beside. The database is the embedded one of a home
of its own (``CHENGSHU_HOME``, default ``/tmp/chengshu-review``).

    python benchmarks/case_review.py [--files 2000] [--no-database]
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

CLAIM = 300.0
DEFAULT_HOME = "/tmp/chengshu-review"  # noqa: S108  a benchmark's own data
CAUSES = (("appearance.beyond-shopfront", 200), ("appearance.street-storage", 2000))
LITTER = ("waste.littering", 20)
WARM_UP = 50


def made_files(count: int) -> list[list[Any]]:
    """Whole files of 2019 and 2020, general and simple by turns, all lawful."""
    from chengshu.cases.lawful import Plan, general_file, simple_file
    from chengshu.cases.procedure.steps import OfficerAt

    officers = tuple(
        OfficerAt(name, name, f"C{name}", date(2030, 1, 1), date(2015, 1, 1)) for name in ("a", "b")
    )
    made = []
    for number in range(count):
        simple = number % 2 == 1
        cause, fine = LITTER if simple else CAUSES[number // 2 % len(CAUSES)]
        kind = "person" if simple or fine == 200 else "organisation"
        outcome = {"type": "penalty", "fine": fine}
        party = {"key": "1", "kind": kind, "name": f"当事人{number}", "outcome": outcome}
        day = date(2019, 1, 7) + timedelta(days=number % 600)
        plan = Plan(cause, [party], day, officers, summary="违法事实", ordinal=number + 1)  # type: ignore[arg-type]
        made.append((simple_file if simple else general_file)(plan))
    return made


def timed(work: Callable[[], int]) -> tuple[int, float, float]:
    """What the work gives, the processor seconds and the seconds it took."""
    wall, used = time.perf_counter(), time.process_time()
    result = work()
    return result, time.process_time() - used, time.perf_counter() - wall


def in_memory(files: list[list[Any]]) -> tuple[int, float, float]:
    """Review files that are there already."""
    from chengshu.cases.procedure.review import review

    def work() -> int:
        return sum(len(review(steps)[1]) for steps in files)

    for steps in files[:WARM_UP]:
        review(steps)
    return timed(work)


def from_database(files: list[list[Any]]) -> tuple[int, float, float]:
    """Write the files to an empty district and review them from there; nothing of it stays."""
    from django.core.management import call_command
    from django.db import transaction

    from chengshu.bureau.models import District
    from chengshu.bureau.services.reference import load_district
    from chengshu.cases import reviewing
    from chengshu.cases.services.bulk import WholeFile, write_files

    call_command("migrate", verbosity=0)
    with transaction.atomic():
        district: District = load_district("310107")
        cases = write_files(
            district, [WholeFile(steps, number=f"B{n}") for n, steps in enumerate(files)], by=None
        )
        ids = [case.pk for case in cases]
        reviewing.review_cases(ids[:WARM_UP])
        measured = timed(lambda: reviewing.review_cases(ids).found)
        transaction.set_rollback(True)
    return measured


def main() -> int:
    """Run both, print a line each, and fail where the claim does not hold."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--no-database", action="store_true")
    options = parser.parse_args()
    os.environ.setdefault("CHENGSHU_HOME", DEFAULT_HOME)
    Path(os.environ["CHENGSHU_HOME"]).mkdir(parents=True, exist_ok=True)
    from chengshu.config.cli import setup_django

    setup_django(database=not options.no_database)
    files = made_files(options.files)
    steps = sum(map(len, files))
    print(f"{len(files)} files, {steps} steps ({steps / len(files):.1f} a file)")
    kept = True
    for name, run in (("in memory", in_memory), ("from the database", from_database)):
        if name != "in memory" and options.no_database:
            continue
        found, used, wall = run(files)
        rate = len(files) / used
        kept &= rate >= CLAIM and found == 0
        clock = len(files) / wall
        print(f"{name:>18}: {rate:8,.0f} files/s (processor), {clock:8,.0f} (clock), {found} findings")
    print("claim kept" if kept else f"claim of {CLAIM:.0f} files/s NOT kept")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
