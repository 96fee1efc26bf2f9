"""Tables as Word and PDF set them: heads, lines, widths and size of type."""

from __future__ import annotations

from dataclasses import dataclass

from chengshu.reports.composing import Block
from chengshu.reports.imprint import POINTS, SIZE_4, WIDTH, ems

HEADS = ("指标", "数值", "单位")
SIZES = (SIZE_4, 12, 10.5)
"""4号, 小4号, 5号 in points: the largest in which the columns find room."""

CELL_SIDES, NAMES_LEAST = 4.5, 36
"""Millimetres beside the text of a cell, and that a column of names has at least."""


@dataclass(frozen=True)
class Table:
    """size: of the type in points; widths: in mm, the type area in all; numbers: columns set to the right."""

    heads: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]
    size: float
    widths: tuple[float, ...]
    numbers: frozenset[int]


def table_of(block: Block) -> Table:
    """A block's table: name, unit and numbers where it has columns, else name, number, unit."""
    if block.columns:
        heads = (HEADS[0], HEADS[2], *block.columns)
        lines = tuple(
            (name, unit, number.text, *(run.text for run in more))
            for (name, number, unit), more in zip(block.rows, block.more, strict=True)
        )
        numbers = frozenset(range(2, len(heads)))
    else:
        heads, numbers = HEADS, frozenset({1})
        lines = tuple((name, number.text, unit) for name, number, unit in block.rows)
    size, widths = _fit(list(zip(heads, *lines, strict=True)))
    return Table(heads, lines, size, widths, numbers)


def _fit(columns: list[tuple[str, ...]]) -> tuple[float, tuple[float, ...]]:
    """Each column as wide as its longest text; what is left is shared, what lacks is taken from the names."""
    for size in SIZES:
        need = [max(_room(text) for text in column) * size / POINTS + CELL_SIDES for column in columns]
        spare = WIDTH - sum(need)
        if spare >= 0:
            return size, tuple(each + spare / len(need) for each in need)
        if need[0] + spare >= NAMES_LEAST:
            break
    return size, (max(need[0] + spare, NAMES_LEAST), *need[1:])


def _room(text: str) -> float:
    """Characters that a text needs with a font whose figures are wider than half a character."""
    return ems(text) + 0.14 * sum(character.isascii() for character in text)
