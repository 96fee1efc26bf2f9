"""References to provisions as printed: 第二十八条第一款第（四）项."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_TENS = {"十": 10, "百": 100, "千": 1000}
_NUMBER = "[零〇一二两三四五六七八九十百千0-9]+"
_REFERENCE = re.compile(
    rf"第(?P<article>{_NUMBER})条(?:之(?P<inserted>{_NUMBER}))?"
    rf"(?:第(?P<paragraph>{_NUMBER})款)?"
    rf"(?:第?[（(]?(?P<item>{_NUMBER})[）)]?项)?"
)
_TITLE = re.compile("《([^《》]+)》")


@dataclass(frozen=True)
class Reference:
    """条, 款 and 项 as numbers. ``inserted``: 之一 of an inserted article; None: the reference has none."""

    article: int
    inserted: int = 0
    paragraph: int | None = None
    item: int | None = None


@dataclass(frozen=True)
class Named:
    """An instrument between 《》 in a free text, and the provisions named after it."""

    title: str
    references: tuple[Reference, ...]


@lru_cache(maxsize=4096)
def parse_named(text: str) -> tuple[Named, ...]:
    """The instruments that a free text names between 《》, in order, each with its provisions."""
    pieces = _TITLE.split(text)  # text, title, text, title, text …
    return tuple(
        Named("".join(title.split()), tuple(map(_reference, _REFERENCE.finditer(after))))
        for title, after in zip(pieces[1::2], pieces[2::2], strict=True)
    )


@lru_cache(maxsize=4096)
def parse_reference(text: str) -> Reference | None:
    """The first provision that the text names; None if it names no article."""
    found = _REFERENCE.search(text)
    return None if found is None else _reference(found)


def _reference(found: re.Match[str]) -> Reference:
    parts = {name: number(value) for name, value in found.groupdict().items() if value}
    return Reference(parts["article"], parts.get("inserted", 0), parts.get("paragraph"), parts.get("item"))


def number(text: str) -> int:
    """A Chinese (or Arabic) whole number below ten thousand: 一百二十三 is 123."""
    if text.isdecimal() and text.isascii():
        return int(text)
    total = digit = 0
    for character in text:
        if character in _TENS:
            total += (digit or 1) * _TENS[character]
            digit = 0
        else:
            digit = _DIGITS[character]
    return total + digit
