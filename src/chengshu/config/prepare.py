"""Bring the database to this version: migrations, then the reference data on first start.

Run by ``chengshu up`` in a process of its own (``python -m chengshu.config.prepare``), so that the supervisor
stays small. Progress goes to standard error; the demo accounts come out as JSON.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from chengshu.config.problems import Problem, say

LOCK = 0x43484E47  # "CHNG": of several servers starting at once on one database, one migrates


def main() -> None:
    """Prepare, print the accounts, or print one line and end with status 2."""
    from chengshu.config.env import EnvironmentProblem
    from chengshu.config.process import tie_to_parent

    tie_to_parent()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chengshu.config.settings")
    try:
        print(json.dumps(prepare(), ensure_ascii=False))
    except EnvironmentProblem as error:
        print(error, file=sys.stderr)
        sys.exit(2)


def prepare() -> dict[str, Any]:
    """Migrate and load; returns ``{"accounts": [...]}``. Raises `Problem`."""
    import django
    import psycopg
    from django.db import DatabaseError

    django.setup()
    try:
        with _one_at_a_time():
            _refuse_newer_database()
            _migrate()
            return {"accounts": _reference_data()}
    except DatabaseError as error:
        causes = list(_causes(error))
        if any(isinstance(cause, psycopg.errors.DiskFull) for cause in causes):
            raise Problem("The disk of the database is full. Free some space and start again.") from error
        for cause in causes:
            if isinstance(cause, psycopg.errors.InsufficientPrivilege):
                raise Problem(
                    "The user of DATABASE_URL may not create tables in this database: %(reason)s",
                    reason=str(cause).splitlines()[0],
                ) from error
        raise


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    from django.db import connection

    lock = connection.copy()
    try:
        with lock.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
            yield
    finally:
        lock.close()


def _refuse_newer_database() -> None:
    """A database that a later version has migrated must not be written by this one."""
    from django.apps import apps
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader

    loader = MigrationLoader(connection)
    ours = {config.label for config in apps.get_app_configs() if config.name.startswith("chengshu.")}
    unknown = [
        key for key in loader.applied_migrations if key[0] in ours and key not in loader.disk_migrations
    ]
    if unknown and not any(key in loader.replacements for key in unknown):
        raise Problem(
            "The database was made by a later version of Chengshu (it knows %(name)s). Install that version.",
            name=".".join(sorted(unknown)[-1]),
        )


def _migrate() -> None:
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        print(say("Preparing the database …"), file=sys.stderr, flush=True)
        call_command("migrate", verbosity=0, interactive=False)


def _reference_data() -> list[dict[str, str]]:
    """Load what an empty database needs; returns the demo accounts, none where there is no demo."""
    from chengshu.bureau.models import User
    from chengshu.config.env import load

    demo = None
    if load().wants_demo and importlib.util.find_spec("chengshu.demo.load"):
        demo = importlib.import_module("chengshu.demo.load")
    if demo and demo.plans.is_shipped() and not User.objects.exists():
        from procrastinate.contrib.django import app

        app.perform_import_paths()  # type: ignore[no-untyped-call]
        if demo.first_start():
            print(
                say("The reference data is in place; more of it is loaded in the background."),
                file=sys.stderr,
            )
    _districts_and_classes()
    if not User.objects.exists():
        print(_how_to_begin(), file=sys.stderr)
    return [asdict(account) for account in demo.accounts()] if demo else []


def _districts_and_classes() -> None:
    """The district of the settings, where it comes with the package; classes and checklists for all."""
    from django.conf import settings

    from chengshu.bureau.models import District
    from chengshu.bureau.services.reference import load_district, shipped_districts
    from chengshu.inspections.services.catalogue import load_catalogue
    from chengshu.patrol.services.beats import load_requirements
    from chengshu.registry.services.classes import load_classes

    if not District.objects.exists() and settings.DEFAULT_DISTRICT in shipped_districts():
        load_district(settings.DEFAULT_DISTRICT)
    for district in District.objects.filter(object_classes=None):
        load_classes(district)
    for district in District.objects.filter(inspection_items=None):
        load_catalogue(district)
    for district in District.objects.defer("boundary"):
        load_requirements(district)


def _how_to_begin() -> str:
    """The line for the operator of a system in which nobody has an account."""
    from django.conf import settings

    from chengshu.bureau.models import District

    code = settings.DEFAULT_DISTRICT
    if District.objects.filter(code=code).exists():
        text = (
            "Nobody has an account yet. chengshu district administrators %(code)s makes the first "
            "administrators; chengshu district import FILE stores another district."
        )
    else:
        text = (
            "The data of district %(code)s do not come with Chengshu. Store its towns with chengshu district "
            "import FILE, then make its first administrators with chengshu district administrators %(code)s."
        )
    return say(text, code=code)


if __name__ == "__main__":
    main()
