"""A real PostgreSQL for the tests, loaded before Django's settings are.

By default an embedded server in a temporary directory, shared by all xdist workers; with ``DATABASE_URL``
that server. One database is migrated once and marked as a template; every worker copies it, and a test that
commits (``transaction=True``, ``live_server``) gets a fresh copy afterwards instead of a flush, which the
append-only tables would refuse. ``CHENGSHU_TEST_HOME`` keeps server and template between runs while the
migrations stay the same.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

CONTROLLER = "PYTEST_XDIST_WORKER" not in os.environ
KEPT_HOME = os.environ.get("CHENGSHU_TEST_HOME")
FAST = {  # a crash may cost this server its data; its tests live for minutes
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "shared_buffers": "256MB",
}

if CONTROLLER:
    for name in [
        name for name in os.environ if name.startswith("CHENGSHU_") and name != "CHENGSHU_TEST_HOME"
    ]:
        del os.environ[name]
    os.environ.pop("PORT", None)
    os.environ["CHENGSHU_HOME"] = KEPT_HOME or tempfile.mkdtemp(prefix="chengshu-test-")
    os.environ["CHENGSHU_TEST_RUN"] = str(os.getpid())
    Path(os.environ["CHENGSHU_HOME"], "static").mkdir(exist_ok=True)


def _home() -> Path:
    return Path(os.environ["CHENGSHU_HOME"])


@contextmanager
def _administration() -> Iterator[Any]:
    """A connection that may create and drop databases."""
    import psycopg
    from django.conf import settings

    options = settings.DATABASES["default"]
    target = {"host": options["HOST"], "port": options["PORT"], "user": options["USER"]}
    target["password"] = options["PASSWORD"]
    target = {key: value for key, value in target.items() if value}
    with psycopg.connect(**target, dbname=_base_name(), autocommit=True) as connection:
        yield connection


def _base_name() -> str:
    from chengshu.config.database import django_database
    from chengshu.config.env import load

    return str(django_database(load())["NAME"])


def _execute(connection: Any, statement: str) -> None:
    """Run one statement on whole databases, waiting for a passing autovacuum to leave them."""
    import psycopg

    for attempt in range(20):
        try:
            connection.execute(statement)
            return
        except (psycopg.errors.ObjectInUse, psycopg.errors.InsufficientPrivilege):
            if attempt == 19:
                raise
            time.sleep(0.1)


def _prefix() -> str:
    return f"test_{_base_name()[:20]}_"


def _template_name() -> str:
    if not KEPT_HOME:
        return f"{_prefix()}{os.environ['CHENGSHU_TEST_RUN']}_template"
    from importlib import import_module

    from django.db.migrations.loader import MigrationLoader

    digest = hashlib.sha256()
    for _, migration in sorted(MigrationLoader(None).disk_migrations.items()):
        digest.update(Path(import_module(migration.__module__).__file__ or "").read_bytes())
    for data in sorted(Path(import_module("chengshu").__path__[0]).glob("*/data/**/*.*")):
        digest.update(data.read_bytes())
    return f"{_prefix()}{digest.hexdigest()[:16]}_template"


def _use(name: str) -> None:
    """Point Django's default connection at another database of the same server."""
    from django.conf import settings
    from django.db import connections

    connections["default"].close()
    settings.DATABASES["default"]["NAME"] = name
    connections["default"].settings_dict["NAME"] = name


def _build_template(name: str) -> None:
    from django.core.management import call_command
    from django.db import connections

    with (_home() / "template.lock").open("a") as lock, _administration() as connection:
        fcntl.flock(lock, fcntl.LOCK_EX)
        query = "SELECT datistemplate FROM pg_database WHERE datname = %s"
        found = connection.execute(query, [name]).fetchone()
        if found and found[0]:
            return
        _execute(connection, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        _execute(connection, f'CREATE DATABASE "{name}"')
        _use(name)
        call_command("migrate", verbosity=0, interactive=False)
        _load_reference()
        connections.close_all()
        _execute(connection, f'ALTER DATABASE "{name}" WITH IS_TEMPLATE true')


def _load_reference() -> None:
    """The shipped district in every database: loading it in each test would be most of the tests' time."""
    from tests import factories

    factories.make_district()


def _copy_template(template: str, name: str) -> None:
    with _administration() as connection:
        _execute(connection, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        _execute(connection, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: Any) -> Iterator[None]:
    """Have this worker's own copy of the migrated database (instead of pytest-django's own set-up)."""
    from django.db import connections
    from django.test import TransactionTestCase

    from chengshu.config import database
    from chengshu.config.env import load

    database.ensure_running(load(), FAST)
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    mine = f"{_prefix()}{os.environ['CHENGSHU_TEST_RUN']}_{worker}"
    with django_db_blocker.unblock():
        template = _template_name()
        _build_template(template)
        _copy_template(template, mine)
        _use(mine)

    def renew(_: TransactionTestCase) -> None:
        connections.close_all()
        _copy_template(template, mine)

    flush = TransactionTestCase._fixture_teardown
    TransactionTestCase._fixture_teardown = renew  # type: ignore[method-assign]
    yield
    TransactionTestCase._fixture_teardown = flush  # type: ignore[method-assign]
    with django_db_blocker.unblock():
        connections.close_all()
        with _administration() as connection:
            _execute(connection, f'DROP DATABASE IF EXISTS "{mine}" WITH (FORCE)')


def pytest_unconfigure(config: pytest.Config) -> None:
    """After the last worker: drop the template, stop the server, remove its directory."""
    if not CONTROLLER or "CHENGSHU_TEST_RUN" not in os.environ:
        return
    from chengshu.config import database
    from chengshu.config.env import load

    shutil.rmtree(
        Path(tempfile.gettempdir(), f"cs-migrated-{os.environ['CHENGSHU_TEST_RUN']}"), ignore_errors=True
    )
    env = load()
    run = f"{_prefix()}{os.environ['CHENGSHU_TEST_RUN']}_"
    if env.database_url:
        with suppress(Exception), _administration() as connection:
            query = "SELECT datname FROM pg_database WHERE starts_with(datname, %s)"
            for (name,) in connection.execute(query, [run]).fetchall():
                _execute(connection, f'ALTER DATABASE "{name}" WITH IS_TEMPLATE false')
                _execute(connection, f'DROP DATABASE "{name}" WITH (FORCE)')
    database.release(env)
    if not KEPT_HOME:
        database.cluster(env).stop()
        shutil.rmtree(env.home_path, ignore_errors=True)
