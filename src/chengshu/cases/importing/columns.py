"""The columns and words of the table of old cases, from ``columns.yaml``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).parent / "columns.yaml"


@dataclass(frozen=True)
class Column:
    """A column of the table; ``needed``: it must be there and filled in."""

    code: str
    name: str
    aliases: tuple[str, ...] = ()
    needed: bool = False
    width: int = 12
    example: Any = ""


@cache
def _data() -> Mapping[str, Any]:
    data: Mapping[str, Any] = yaml.safe_load(DATA.read_text(encoding="utf-8"))
    return data


@cache
def columns() -> tuple[Column, ...]:
    """Every column, in the order of the template."""
    return tuple(Column(**{**raw, "aliases": tuple(raw["aliases"])}) for raw in _data()["columns"])


@cache
def words(section: str) -> Mapping[str, str]:
    """Word → code for ``party_kinds``, ``procedures`` or ``statuses``; the codes stand for themselves."""
    entries: Mapping[str, list[str]] = _data()[section]
    return {word: code for code, listed in entries.items() for word in (code, *listed)}


@cache
def answers(section: str) -> frozenset[str]:
    """The words for ``yes`` or ``no``."""
    return frozenset(_data()[section])


def first_words(section: str) -> list[str]:
    """One word for each meaning, for messages and the template's explanation."""
    entries: Mapping[str, list[str]] = _data()[section]
    return [listed[0] for listed in entries.values()]


def find(names: Iterable[str]) -> dict[str, str]:
    """Code → name in the file, for the columns that are there."""
    there = {_plain(name): name for name in names}
    found = {}
    for column in columns():
        wanted = (column.name, *column.aliases, column.code)
        name = next((there[_plain(word)] for word in wanted if _plain(word) in there), None)
        if name is not None:
            found[column.code] = name
    return found


def _plain(name: str) -> str:
    return name.replace("(", "（").replace(")", "）").replace(" ", "").lower()
