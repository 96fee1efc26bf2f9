"""What a report consists of, as data: sections, sentences with placeholders, conditions, tables, checks."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from chengshu.reports.wording import PLACEHOLDER, Form

DATA = Path(__file__).parent / "data"
COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le, "=": operator.eq,
}  # fmt: skip
CONDITION = re.compile(r"([a-z][a-z0-9_]*)(:同比)? *(>=|<=|>|<|=) *(-?\d+(?:\.\d+)?)")
CHANGE = "同比"


@dataclass(frozen=True)
class Condition:
    """A figure, or its change against the year before, compared with a number."""

    figure: str
    change: bool
    compare: str
    value: Decimal

    @classmethod
    def parse(cls, text: str) -> Condition:
        """Read ``cases_total > 0`` or ``cases_total:同比 >= 5``. Raises ValueError."""
        found = CONDITION.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is no condition")
        return cls(found[1], bool(found[2]), found[3], Decimal(found[4]))

    def holds(self, value: Decimal | None) -> bool:
        """Whether a value meets it; what is not known does not."""
        return value is not None and COMPARE[self.compare](value, self.value)


@dataclass(frozen=True)
class Sentence:
    """A piece of text with placeholders, said when every condition holds."""

    text: str
    conditions: tuple[Condition, ...] = ()

    def placeholders(self) -> Iterator[tuple[str, Form]]:
        """Figure and form of each placeholder."""
        for found in PLACEHOLDER.finditer(self.text):
            yield found[1], Form.parse(found[2] or "")

    def figures(self) -> set[str]:
        """Ids of what it names."""
        return {id_ for id_, _form in self.placeholders()} | {one.figure for one in self.conditions}


@dataclass(frozen=True)
class Part:
    """A heading (level 1 to 4), a paragraph of sentences, or a table of figures."""

    kind: str
    level: int = 0
    sentences: tuple[Sentence, ...] = ()
    rows: tuple[tuple[str, str], ...] = ()
    caption: str = ""


@dataclass(frozen=True)
class Check:
    """Something that must be so before a report is frozen: parts add up, a ratio is that of its parts."""

    kind: str
    whole: str
    parts: tuple[str, ...]


@dataclass(frozen=True)
class Template:
    """A kind of report. title: with ``{year}`` and ``{bureau}``."""

    code: str
    title: str
    parts: tuple[Part, ...]
    checks: tuple[Check, ...]

    def figures(self) -> set[str]:
        """Ids of everything that the text names."""
        named: set[str] = set()
        for part in self.parts:
            named |= {id_ for id_, _form in part.rows}
            for sentence in part.sentences:
                named |= sentence.figures()
        return named


@cache
def template(code: str) -> Template:
    """A shipped template. Raises FileNotFoundError, ValueError for one that cannot be read."""
    raw = yaml.safe_load((DATA / f"{code}.yaml").read_text(encoding="utf-8"))
    made = Template(
        code,
        raw["title"],
        tuple(read_part(one) for one in raw["parts"]),
        tuple(Check(one["kind"], one["whole"], tuple(one["parts"])) for one in raw.get("checks", ())),
    )
    for part in made.parts:  # a form that cannot be read is found when the template is, not in a report
        for sentence in part.sentences:
            list(sentence.placeholders())
        for _id, form in part.rows:
            Form.parse(form)
    return made


def read_part(raw: Mapping[str, Any]) -> Part:
    """A part as templates and drafts keep it: ``h1`` … ``h4``, ``p`` or ``table``. Raises ValueError."""
    for level in range(1, 5):
        if (words := raw.get(f"h{level}")) is not None:
            return Part("heading", level, (Sentence(words),))
    if "table" in raw:
        rows = tuple((one["figure"], one.get("form", "")) for one in raw["table"])
        return Part("table", rows=rows, caption=raw.get("caption", ""))
    return Part("paragraph", sentences=tuple(_sentence(one) for one in raw["p"]))


def _sentence(raw: str | dict[str, Any]) -> Sentence:
    if isinstance(raw, str):
        return Sentence(raw)
    conditions = raw.get("if", [])
    listed = [conditions] if isinstance(conditions, str) else conditions
    return Sentence(raw["say"], tuple(Condition.parse(one) for one in listed))
