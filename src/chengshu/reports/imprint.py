"""What an official document (GB/T 9704-2012) bears beside its text, and its layout in Word and PDF."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

LINES, CHARACTERS = 22, 28
TOP, BOTTOM, LEFT, RIGHT = 37, 35, 28, 26
"""Margins of an A4 page in mm; what is left is the type area of 156 × 225 mm."""

WIDTH, HEIGHT = 210 - LEFT - RIGHT, 297 - TOP - BOTTOM
POINTS = 72 / 25.4
SIZE_2, SIZE_3, SIZE_4 = 22, 16, 14
"""2号, 3号, 4号 in points."""

LINE = math.floor(HEIGHT * POINTS / LINES * 20) / 20
"""Points from line to line, in whole twentieths so that the 22nd still fits on 225 mm."""

HEAD_BELOW = 35
"""Millimetres from the top of the type area to the red head."""

HEAD_LARGEST = 48
"""Points: characters of the red head stay well below 22 mm × 15 mm, the most the standard allows."""

SEAL_ROOM = 2
"""Empty lines above the signature, so that a seal of 42 mm over it ends within a line of the text."""


@dataclass(frozen=True)
class Imprint:
    """Who issues the document: the authority as it signs, the number of the document, the day.

    head: of the red head, empty for none. addressee: 主送机关. copies: 抄送机关. printed_by: 印发机关.
    printed_on: 印发日期, the day of the document if none. serial: 份号, six digits. secrecy: 密级.
    urgency: 紧急程度.
    """

    authority: str
    number: str
    on: date
    head: str = ""
    addressee: str = ""
    copies: tuple[str, ...] = ()
    printed_by: str = ""
    printed_on: date | None = None
    serial: str = ""
    secrecy: str = ""
    urgency: str = ""

    @property
    def day(self) -> str:
        """成文日期: 2021年1月15日, in Arabic numerals without noughts in front."""
        return written(self.on)

    @property
    def printed(self) -> str:
        """2021年1月15日印发."""
        return f"{written(self.printed_on or self.on)}印发"

    @property
    def copied(self) -> str:
        """抄送：甲，乙。, empty for none."""
        return f"抄送：{'，'.join(self.copies)}。" if self.copies else ""

    @property
    def marks(self) -> tuple[str, ...]:
        """What stands at the top left above a red head, line by line."""
        return tuple(mark for mark in (self.serial, self.secrecy, self.urgency) if mark)

    @property
    def head_size(self) -> float:
        """Points of the red head: as large as one line of the type area takes, up to `HEAD_LARGEST`."""
        return min(HEAD_LARGEST, int(WIDTH * POINTS / max(len(self.head), 1)))

    def title_lines(self, title: str) -> tuple[str, ...]:
        """A title that is longer than a line breaks after the authority's name, not inside a word (7.3.1)."""
        rest = title.removeprefix(self.authority)
        if ems(title) * SIZE_2 <= WIDTH * POINTS or rest in ("", title):
            return (title,)
        return self.authority, rest

    @property
    def signature_indents(self) -> tuple[float, float]:
        """Characters right of the authority and of the day: the day four in, the authority centred on it.

        A long name pushes the day further in.
        """
        middle = 4 + ems(self.day) / 2
        name = middle - ems(self.authority) / 2
        return max(name, 0.0), 4 + max(-name, 0.0)


def written(day: date) -> str:
    """A day as documents write it."""
    return f"{day.year}年{day.month}月{day.day}日"


def ems(text: str) -> float:
    """Width of a text in characters; letters and figures are half as wide."""
    return sum(0.5 if character.isascii() else 1.0 for character in text)
