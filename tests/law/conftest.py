"""The functions of the law answer from the small book of `tests.law.books` where a test asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chengshu.law import applicable
from chengshu.law.collection import Catalogue
from chengshu.law.load import load
from tests.law import books


def forget() -> None:
    """Make every remembered answer of the law be looked up anew."""
    for function in vars(applicable).values():
        if hasattr(function, "cache_clear"):
            function.cache_clear()


@pytest.fixture
def small_law(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Catalogue]:
    """The small book in place of the shipped law."""
    loaded = load(books.write(books.book(), tmp_path))
    forget()
    monkeypatch.setattr(applicable, "catalogue", lambda: loaded)
    yield loaded
    monkeypatch.undo()
    forget()
