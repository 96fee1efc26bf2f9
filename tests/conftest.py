"""What every test meets: Chinese, reproducible examples, and a browser or a clear word about it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.plugins.chromium import chromium, find_chromium
from tests.plugins.database import django_db_setup as django_db_setup  # stands before pytest-django's own

if TYPE_CHECKING:
    from playwright.sync_api import Browser

settings.register_profile(
    "fixed", derandomize=True, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("explore", max_examples=1000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real Chromium.

    While Playwright's event loop stands in this thread, Django keeps other connections for it than before and
    after. One left open on the other side would be cut when a test's database is dropped, and the next test
    would find it dead.
    """
    from django.db import connections

    connections.close_all()
    with chromium() as browser:
        yield browser
        connections.close_all()


def pytest_configure(config: pytest.Config) -> None:
    """Cheap password hashes; translations compiled when a part is newer than the catalogue."""
    from django.conf import settings as django_settings

    django_settings.PASSWORD_HASHERS = [
        "tests.plugins.hashers.QuickArgon2",
        *django_settings.PASSWORD_HASHERS,
    ]
    if hasattr(config, "workerinput"):
        return
    from chengshu.config import i18n

    catalogue = i18n.LOCALE / "LC_MESSAGES" / "django.mo"
    made = catalogue.stat().st_mtime if catalogue.exists() else 0.0
    if any(part.stat().st_mtime > made for part in (i18n.LOCALE / "parts").glob("*.tsv")):
        with suppress(i18n.TranslationProblem):  # reported by the test of the catalogue itself
            i18n.compile_catalogue()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Without Chromium a browser test is skipped; in CI its absence is a failure."""
    if item.get_closest_marker("browser") is None:
        return
    if find_chromium() is None:
        if os.environ.get("CI"):
            pytest.fail("no Chromium found, and CI skips no browser test")
        pytest.skip("no Chromium found (set CHROMIUM to its path)")
    # Playwright's synchronous interface keeps an event loop in this thread; the ORM is not used from it
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@pytest.fixture(autouse=True)
def _chinese() -> Iterator[None]:
    """Every test starts in the default language, whatever the one before it chose."""
    from django.utils import translation

    translation.activate("zh-hans")
    yield
    translation.deactivate()


@pytest.fixture(autouse=True)
def _boundaries_are_read_anew() -> Iterator[None]:
    """The index of areas is kept by district and version; what a test rolls back must not stay."""
    yield
    areas = sys.modules.get("chengshu.bureau.services.areas")
    if areas is not None:
        areas._area_index.cache_clear()


@pytest.fixture(autouse=True)
def _nothing_read_beside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread with its own connection does not see what a test has not committed, however slow it is."""
    from chengshu.kernel import memory

    monkeypatch.setattr(memory, "SECONDS", memory.STILL_GOOD)
