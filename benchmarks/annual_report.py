"""Seconds of the annual summary: figures counted, document put together, written as Word and as PDF.

    CHENGSHU_HOME=… python benchmarks/annual_report.py [--year 2020] [--runs 5]

Works on the records of the home directory. "Cold" forgets the kept figures before each run.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from datetime import date

from chengshu.config.cli import setup_django


def timed(work: Callable[[], object]) -> tuple[float, object]:
    """Seconds by the clock, and what the work gave."""
    begin = time.perf_counter()
    made = work()
    return time.perf_counter() - begin, made


def main() -> None:
    """Print the median and the slowest run of each step."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--year", type=int, default=2020)
    parser.add_argument("--runs", type=int, default=5)
    asked = parser.parse_args()
    setup_django()
    from django.conf import settings
    from django.db import connection

    from chengshu.bureau.models import District
    from chengshu.kernel.indicators.periods import Period
    from chengshu.reports.composing import Report, compose
    from chengshu.reports.docx import write_docx
    from chengshu.reports.issuer import imprint_of, issuer
    from chengshu.reports.pdf import write_pdf
    from chengshu.reports.template import template

    district = District.objects.get(code=settings.DEFAULT_DISTRICT)
    period, bureau = Period.year(asked.year), issuer(district)
    imprint = imprint_of(district, "某〔2021〕1号", date(asked.year + 1, 1, 15), red_head=True)

    def composed() -> Report:
        return compose(template("annual"), district, period, bureau)

    steps: dict[str, list[float]] = {"composed, cold": [], "composed, kept": [], "docx": [], "pdf": []}
    for _run in range(asked.runs):
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM kernel_keptfigure")
        steps["composed, cold"].append(timed(composed)[0])
        seconds, report = timed(composed)
        steps["composed, kept"].append(seconds)
        steps["docx"].append(timed(lambda: write_docx(report, imprint))[0])  # type: ignore[arg-type]  # noqa: B023
        steps["pdf"].append(timed(lambda: write_pdf(report, imprint))[0])  # type: ignore[arg-type]  # noqa: B023
    for name, seconds_of in steps.items():
        print(f"{name:16} median {statistics.median(seconds_of):.3f} s, slowest {max(seconds_of):.3f} s")


if __name__ == "__main__":
    main()
