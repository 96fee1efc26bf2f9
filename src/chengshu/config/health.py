"""Health for whoever watches the service: alive is one thing, ready to serve is another."""

from __future__ import annotations

import time
from dataclasses import dataclass

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse

from chengshu import __version__
from chengshu.kernel.access import public

HEARTBEAT_SECONDS = 30  # three times the interval at which a worker reports


@dataclass(frozen=True)
class Check:
    """One condition: whether it holds, and a word about it."""

    ok: bool
    detail: str


_migrated = False  # applied migrations stay applied while this process lives


def check_database() -> Check:
    """Does the database answer, and how fast."""
    started = time.perf_counter()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return Check(False, type(error).__name__)
    return Check(True, f"{(time.perf_counter() - started) * 1000:.1f} ms")


def check_migrations() -> Check:
    """Are all migrations of this version applied."""
    global _migrated
    if _migrated:
        return Check(True, "applied")
    try:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        return Check(False, type(error).__name__)
    _migrated = not pending
    return Check(_migrated, "applied" if _migrated else f"{len(pending)} pending")


def check_worker() -> Check:
    """Has any job worker reported lately."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT extract(epoch FROM now() - max(last_heartbeat)) FROM procrastinate_workers"
            )
            (age,) = cursor.fetchone()
    except DatabaseError as error:
        return Check(False, type(error).__name__)
    if age is None:
        return Check(False, "none")
    return Check(float(age) <= HEARTBEAT_SECONDS, f"{float(age):.0f} s")


def readiness() -> dict[str, Check]:
    """All conditions for serving, by name."""
    return {"database": check_database(), "migrations": check_migrations(), "worker": check_worker()}


def _answer(checks: dict[str, Check]) -> JsonResponse:
    ready = all(check.ok for check in checks.values())
    body = {
        "status": "ok" if ready else "unavailable",
        "live": True,
        "ready": ready,
        "version": __version__,
        "checks": {name: {"ok": check.ok, "detail": check.detail} for name, check in checks.items()},
    }
    response = JsonResponse(body, status=200 if ready else 503)
    response["Cache-Control"] = "no-store"
    return response


@public
def summary(request: HttpRequest) -> JsonResponse:
    """Liveness and readiness in one answer: 200 when ready, else 503."""
    return _answer(readiness())


@public
def live(request: HttpRequest) -> JsonResponse:
    """This process answers. Asks nobody else, so that a lost database does not restart the web server."""
    response = JsonResponse({"status": "ok", "live": True})
    response["Cache-Control"] = "no-store"
    return response


@public
def ready(request: HttpRequest) -> JsonResponse:
    """The database answers, its migrations are applied, a worker works: else 503 with the reason."""
    return _answer(readiness())
