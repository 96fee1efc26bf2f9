"""The product for the journeys, and people who sign in to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.journeys.product import DESK, PHONE, Product, Somebody, started


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    """``chengshu up`` on a fresh home, with the accounts it prints."""
    with started() as running:
        yield running


@pytest.fixture
def somebody(browser: Browser, product: Product) -> Iterator[Callable[..., Somebody]]:
    """Sign somebody in: ``somebody("clerk", phone=True, language="en")``; no page may fail."""
    people: list[tuple[Somebody, BrowserContext]] = []

    def arrive(username: str, *, phone: bool = False, language: str = "zh-CN") -> Somebody:
        context = browser.new_context(
            viewport=PHONE if phone else DESK,
            has_touch=phone,
            locale=language,
            geolocation={"longitude": 121.433, "latitude": 31.243},
            permissions=["geolocation"],
        )
        person = Somebody(context, product)
        people.append((person, context))
        person.sign_in(username)
        return person

    yield arrive
    problems = [problem for person, _context in people for problem in person.problems]
    for _person, context in people:
        context.close()
    assert problems == []
