"""What the registry's tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chengshu.bureau.models import District
from chengshu.registry.queries import reference
from tests import factories


@pytest.fixture(autouse=True)
def _fresh_memory() -> Iterator[None]:
    """What the process remembers of classes and towns belongs to one test."""
    reference.forget()
    yield
    reference.forget()


@pytest.fixture
def district(db: None) -> District:
    """The shipped district."""
    return factories.make_district()
