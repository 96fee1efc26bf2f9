"""Open data (开放数据): tables to download, with a dictionary that people and machines read.

A part of the portal registers its `Dataset`; pages, files and the metadata (W3C CSV on the Web) follow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

Datatype = Literal["string", "integer", "decimal", "date", "boolean"]


@dataclass(frozen=True)
class Column:
    """A column: its name in the file, its title and meaning for people, the type of its values.

    ``values``: code and meaning of each value that may stand there, where there are only some.
    """

    name: str
    title: Any
    datatype: Datatype = "string"
    meaning: Any = ""
    required: bool = True
    values: tuple[tuple[str, Any], ...] = ()
    source: str = ""
    """The term of the field in Chinese where the title alone would not say it."""


@dataclass(frozen=True)
class Dataset:
    """数据集. ``rows``: given the district's id and the day, plain values in the order of the columns.

    ``changes``: how often it changes, in words. Rows are read while they are sent, so they need no memory.
    """

    code: str
    title: Any
    description: Any
    columns: Sequence[Column]
    rows: Callable[[int, date], Iterable[Sequence[Any]]]
    key: Sequence[str] = ()
    changes: Any = ""
    order: int = 100


_datasets: dict[str, Dataset] = {}


def register(dataset: Dataset) -> None:
    """Add a dataset; the same code again replaces it."""
    _datasets[dataset.code] = dataset


def datasets() -> list[Dataset]:
    """All datasets in order."""
    return sorted(_datasets.values(), key=lambda one: (one.order, one.code))


def dataset(code: str) -> Dataset | None:
    """A dataset by its code."""
    return _datasets.get(code)
