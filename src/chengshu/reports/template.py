"""What a report consists of, as data: sections, sentences, conditions, tables, charts, maps, checks."""

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
CONDITION = re.compile(r"([a-z][a-z0-9_]*)(?::(同比|环比|位次))? *(>=|<=|>|<|=) *(-?\d+(?:\.\d+)?)")
MONTH = "month"
CHARTS = ("columns", "bars", "lines")
RANK, TARGET = "位次", "目标"
COLUMNS = ("上年", "同比", "上期", "环比", "全区", RANK, TARGET)
"""What a table may say of a figure beside its number."""


@dataclass(frozen=True)
class Condition:
    """A figure compared with a number. of: its change (同比, 环比) or rank (位次) instead of its value."""

    figure: str
    of: str
    compare: str
    value: Decimal

    @classmethod
    def parse(cls, text: str) -> Condition:
        """Read ``cases_total > 0`` or ``cases_total:同比 >= 5``. Raises ValueError."""
        found = CONDITION.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is no condition")
        return cls(found[1], found[2] or "", found[3], Decimal(found[4]))

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
class Graph:
    """A chart or a map of a figure. by: ``month`` or a dimension; kind: of `CHARTS`, or ``map``.

    beside: with the year before, where the two are alike. most: only so many parts, the rest in one.
    form: how its numbers are written (`Form`).
    """

    figure: str
    by: str
    kind: str
    beside: bool = False
    most: int = 0
    form: str = ""


@dataclass(frozen=True)
class Part:
    """A heading (level 1 to 4), a paragraph of sentences, a table of figures, a chart or a map.

    columns: what a table says of each figure beside its number (`COLUMNS`); ranked: those whose rank it says.
    when: a line whose figure does not meet its condition is left out.
    """

    kind: str
    level: int = 0
    sentences: tuple[Sentence, ...] = ()
    rows: tuple[tuple[str, str], ...] = ()
    caption: str = ""
    columns: tuple[str, ...] = ()
    ranked: frozenset[str] = frozenset()
    when: tuple[Condition, ...] = ()
    graph: Graph | None = None


@dataclass(frozen=True)
class Check:
    """Something that must be so before a report is frozen: parts add up, a ratio is that of its parts."""

    kind: str
    whole: str
    parts: tuple[str, ...]


@dataclass(frozen=True)
class Template:
    """A kind of report. title: with ``{year}``, ``{bureau}`` and the other words of `composing.words_of`.

    length: of the period it tells of, ``year`` or ``quarter``. of_squad: it tells of one squad.
    """

    code: str
    title: str
    parts: tuple[Part, ...]
    checks: tuple[Check, ...]
    length: str = "year"
    of_squad: bool = False

    def figures(self) -> set[str]:
        """Ids of everything that the text names."""
        named: set[str] = set()
        for part in self.parts:
            named |= {id_ for id_, _form in part.rows} | ({part.graph.figure} if part.graph else set())
            named |= {one.figure for one in part.when}
            for sentence in part.sentences:
                named |= sentence.figures()
        return named

    def asks(self) -> set[str]:
        """What is said of figures beside their values: kinds of `Form`, 同比, 全区 …"""
        said: set[str] = set()
        for part in self.parts:
            said |= set(part.columns)
            for sentence in part.sentences:
                said |= {form.kind for _id, form in sentence.placeholders()}
                said |= {one.of for one in sentence.conditions}
        return said

    def ranked(self) -> set[str]:
        """The figures whose rank is said."""
        said: set[str] = set()
        for part in self.parts:
            said |= part.ranked
            for sentence in part.sentences:
                said |= {id_ for id_, form in sentence.placeholders() if form.kind == RANK}
                said |= {one.figure for one in sentence.conditions if one.of == RANK}
        return said


@cache
def template(code: str) -> Template:
    """A shipped template. Raises FileNotFoundError, ValueError for one that cannot be read."""
    raw = yaml.safe_load((DATA / f"{code}.yaml").read_text(encoding="utf-8"))
    made = Template(
        code,
        raw["title"],
        tuple(read_part(one) for one in raw["parts"]),
        tuple(Check(one["kind"], one["whole"], tuple(one["parts"])) for one in raw.get("checks", ())),
        raw.get("length", "year"),
        raw.get("of_squad", False),
    )
    for part in made.parts:  # a form that cannot be read is found when the template is, not in a report
        for sentence in part.sentences:
            list(sentence.placeholders())
        for form in (*(form for _id, form in part.rows), part.graph.form if part.graph else ""):
            Form.parse(form)
    return made


def read_part(raw: Mapping[str, Any]) -> Part:
    """A part as templates and drafts keep it: ``h1`` … ``h4``, ``p`` or ``table``. Raises ValueError."""
    for level in range(1, 5):
        if (words := raw.get(f"h{level}")) is not None:
            return Part("heading", level, (Sentence(words),))
    if "table" in raw:
        return _table(raw)
    for kind in ("chart", "map"):
        if kind in raw:
            return Part(kind, caption=raw["caption"], graph=_graph(kind, raw[kind]))
    return Part("paragraph", sentences=tuple(_sentence(one) for one in raw["p"]))


def _table(raw: Mapping[str, Any]) -> Part:
    rows = tuple((one["figure"], one.get("form", "")) for one in raw["table"])
    columns = tuple(raw.get("columns", ()))
    if unknown := set(columns) - set(COLUMNS):
        raise ValueError(f"{sorted(unknown)} cannot be columns of a table")
    ranked = frozenset(one["figure"] for one in raw["table"] if one.get("rank"))
    when = tuple(Condition.parse(one["if"]) for one in raw["table"] if "if" in one)
    caption = raw.get("caption", "")
    return Part("table", rows=rows, caption=caption, columns=columns, ranked=ranked, when=when)


def _graph(kind: str, raw: dict[str, Any]) -> Graph:
    if kind == "map":
        return Graph(raw["figure"], "town", "map", form=raw.get("form", ""))
    if raw["kind"] not in CHARTS:
        raise ValueError(f"{raw['kind']!r} is no kind of chart")
    return Graph(
        raw["figure"],
        raw["by"],
        raw["kind"],
        bool(raw.get("beside", False)),
        int(raw.get("most", 0)),
        raw.get("form", ""),
    )


def _sentence(raw: str | dict[str, Any]) -> Sentence:
    if isinstance(raw, str):
        return Sentence(raw)
    conditions = raw.get("if", [])
    listed = [conditions] if isinstance(conditions, str) else conditions
    return Sentence(raw["say"], tuple(Condition.parse(one) for one in listed))
