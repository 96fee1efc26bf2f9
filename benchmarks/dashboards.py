"""How fast dashboards answer on a loaded district: 200 warm requests each, one after the other.

    CHENGSHU_HOME=… python benchmarks/dashboards.py [--year 2020] [--requests 200]

Django's own client, all middleware included, as a leader of the bureau. Prints the median and the 95th
percentile in milliseconds with the processor time of this process (PostgreSQL's is not in it), and the
times of a plain ``SELECT 1`` as a measure of the machine.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable

MOST_MS = 100
WARM = 5


def times(act: Callable[[], object], count: int) -> list[float]:
    """Milliseconds of each of so many calls, after some that are not counted."""
    for _warm in range(WARM):
        act()
    found = []
    for _each in range(count):
        start = time.perf_counter()
        act()
        found.append(1000 * (time.perf_counter() - start))
    return sorted(found)


def main() -> None:
    """Measure every shipped dashboard."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--year", type=int, default=2020)
    parser.add_argument("--requests", type=int, default=200)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chengshu.config.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.urls import reverse

    from chengshu.bureau.models import RoleAssignment
    from chengshu.reports.boards import shipped

    settings.ALLOWED_HOSTS = ["*"]
    leader = (
        RoleAssignment.objects.filter(role="bureau_leader", revoked_at=None).select_related("user")[0].user
    )
    client = Client()
    client.force_login(leader)

    def select() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")

    plain = times(select, options.requests)
    print(f"{'SELECT 1':<12} median {statistics.median(plain):7.2f} ms")
    worst = 0.0
    for code in shipped():
        url = reverse("reports:board", args=[code])

        def ask(url: str = url) -> None:
            answer = client.get(url, {"period": str(options.year)})
            assert answer.status_code == 200, answer.status_code

        before = time.process_time()
        found = times(ask, options.requests)
        worked = 1000 * (time.process_time() - before) / (options.requests + WARM)
        p95 = found[int(0.95 * len(found))]
        worst = max(worst, p95)
        print(
            f"{code:<12} median {statistics.median(found):7.1f} ms   p95 {p95:7.1f} ms"
            f"   processor time {worked:6.1f} ms"
        )
    print(f"worst p95 {worst:.1f} ms of at most {MOST_MS}: ratio {worst / MOST_MS:.2f}")


if __name__ == "__main__":
    main()
