"""The statutes' own texts, read for the tests: articles, paragraphs (款) and items (项); amounts in words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

LAWS = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "laws"
DIGITS = "零一二三四五六七八九"
NUMERAL = "一二三四五六七八九十百千万零"
REFERENCE = re.compile(rf"第[{NUMERAL}]+条(第[{NUMERAL}]+款)?(第（[{NUMERAL}]+）项)?")


def in_chinese(number: int) -> str:
    """A whole number below a hundred million as statutes write it: 20 → 二十, 50000 → 五万."""
    if not 0 <= number < 10**8:
        raise ValueError(number)
    if number >= 10**4:
        high, low = divmod(number, 10**4)
        zero = "零" if 0 < low < 1000 else ""
        return f"{in_chinese(high)}万{zero}{in_chinese(low) if low else ''}"
    words, gap = "", False
    for power, unit in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // power % 10
        if digit:
            words += ("零" if gap else "") + DIGITS[digit] + unit
        gap = bool(words) and not digit
    words = words or DIGITS[0]
    return words.removeprefix("一") if words.startswith("一十") else words


def from_chinese(words: str) -> int:
    """The number that `in_chinese` wrote."""
    total, section, digit = 0, 0, 0
    for sign in words:
        if sign in DIGITS:
            digit = DIGITS.index(sign)
        elif sign == "万":
            total, section, digit = (section + digit) * 10**4, 0, 0
        else:
            section, digit = section + (digit or 1) * {"十": 10, "百": 100, "千": 1000}[sign], 0
    return total + section + digit


def ways_to_write(number: int) -> list[str]:
    """How a statute may write a number: 五万, 5万, 50000."""
    short = [f"{number // 10**4}万"] if number >= 10**4 and number % 10**4 == 0 else []
    return [in_chinese(number), *short, str(number)]


@dataclass(frozen=True)
class Paragraph:
    """款 with its items (项) by number."""

    lead: str
    items: dict[int, str]

    @property
    def text(self) -> str:
        return "\n".join([self.lead, *self.items.values()])


def _paragraphs(lines: list[str]) -> list[Paragraph]:
    found: list[Paragraph] = []
    for line in lines:
        item = re.match(rf"[（(]([{NUMERAL}]+)[）)]", line)
        if item and found:
            found[-1].items[from_chinese(item[1])] = line
        else:
            found.append(Paragraph(line, {}))
    return found


@lru_cache
def articles(source: str) -> dict[int, list[Paragraph]]:
    """The articles of a text by number; ``source`` is relative to the folder of texts."""
    body = (LAWS / source).read_text(encoding="utf-8").split("<!-- INFO END -->")[-1]
    lines = (line.strip("\u200b\u3000 \ufeff") for line in body.splitlines())
    collected: dict[int, list[str]] = {}
    current = 0
    for line in lines:
        start = re.match(rf"第([{NUMERAL}]+)条[\s\u3000]+(.*)", line)
        if start:
            current = from_chinese(start[1])
            collected[current] = [start[2]]
        elif line and current and not line.startswith("#"):
            collected[current].append(line)
    return {number: _paragraphs(texts) for number, texts in collected.items()}


def whole_article(source: str, reference: str) -> str:
    """All of the article that a reference points into; "" if there is none."""
    number = re.match(rf"第([{NUMERAL}]+)条", reference)
    paragraphs = articles(source).get(from_chinese(number[1]), []) if number else []
    return "\n".join(paragraph.text for paragraph in paragraphs)


def provision(source: str, reference: str) -> str | None:
    """The words at a reference, an item with the lead of its paragraph; None if there is no such place."""
    if not REFERENCE.fullmatch(reference):
        return None
    numbers = re.findall(rf"第（?([{NUMERAL}]+)）?(条|款|项)", reference)
    place = {kind: from_chinese(number) for number, kind in numbers}
    paragraphs = articles(source).get(place["条"], [])
    if "款" in place:
        paragraphs = paragraphs[place["款"] - 1 : place["款"]]
    if "项" in place:
        paragraphs = [one for one in paragraphs if place["项"] in one.items]
        if len(paragraphs) != 1:
            return None
        return f"{paragraphs[0].lead}\n{paragraphs[0].items[place['项']]}"
    return "\n".join(paragraph.text for paragraph in paragraphs) or None
