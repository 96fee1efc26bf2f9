"""Prometheus metrics: requests by route, jobs by state, the database. Summed over all web processes.

The web server's processes write to files in ``PROMETHEUS_MULTIPROC_DIR`` (set by the supervisor); whichever
of them answers ``/metrics`` adds them up. Counts of jobs and sizes are read when asked for.
"""

from __future__ import annotations

import hmac
import ipaddress
import os
import time
from collections.abc import Callable, Iterator

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
    multiprocess,
)
from prometheus_client.core import GaugeMetricFamily, Metric

from chengshu.kernel.access import public

REQUESTS = Counter(
    "chengshu_requests_total", "Requests answered, by route name.", ["route", "method", "status"]
)
SECONDS = Histogram(
    "chengshu_request_seconds",
    "Time to answer a request, by route name.",
    ["route"],
    buckets=(0.005, 0.01, 0.02, 0.04, 0.06, 0.1, 0.2, 0.5, 1, 2, 5, 10),
)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class MetricsMiddleware:
    """Count and time every request under the name of its route (never its path: that has numbers in it)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        route = (match.view_name or match.route) if match else "unmatched"
        method = request.method if request.method in METHODS else "other"
        REQUESTS.labels(route, method, str(response.status_code)).inc()
        SECONDS.labels(route).observe(time.perf_counter() - started)
        return response


class DatabaseCollector:
    """What the database knows: jobs by state, live workers, connections, size."""

    def collect(self) -> Iterator[Metric]:
        """Yield one family a fact; only ``chengshu_database_up 0`` when the database does not answer."""
        up = GaugeMetricFamily("chengshu_database_up", "1 when the database answers.")
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT status::text, count(*) FROM procrastinate_jobs GROUP BY status")
                states = cursor.fetchall()
                cursor.execute(
                    "SELECT count(*) FROM procrastinate_workers"
                    " WHERE last_heartbeat > now() - interval '30 seconds'"
                )
                workers = cursor.fetchone()[0]
                cursor.execute(
                    "SELECT pg_database_size(current_database()),"
                    " (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database())"
                )
                size, connections = cursor.fetchone()
        except DatabaseError:
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield up
        jobs = GaugeMetricFamily("chengshu_jobs", "Jobs in the queue, by state.", labels=["state"])
        for state, count in states:
            jobs.add_metric([state], count)
        yield jobs
        yield GaugeMetricFamily("chengshu_workers", "Job workers with a fresh heartbeat.", value=workers)
        yield GaugeMetricFamily("chengshu_database_bytes", "Size of the database.", value=size)
        yield GaugeMetricFamily("chengshu_database_connections", "Open connections.", value=connections)


def may_read_metrics(request: HttpRequest) -> bool:
    """Whoever has the token; without a configured token, callers on this machine (not through a proxy)."""
    token = settings.ENV.metrics_token
    if token is not None:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), token.get_secret_value().encode())
    if request.headers.get("X-Forwarded-For") or request.headers.get("Forwarded"):
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


@public
def metrics(request: HttpRequest) -> HttpResponse:
    """All metrics in the text format of Prometheus; 403 for callers who may not read them."""
    if not may_read_metrics(request):
        return HttpResponse(status=403, content_type="text/plain")
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        body = generate_latest(registry)
    else:
        body = generate_latest(REGISTRY)
    fresh = CollectorRegistry()
    fresh.register(DatabaseCollector())
    return HttpResponse(body + generate_latest(fresh), content_type=CONTENT_TYPE_LATEST)
