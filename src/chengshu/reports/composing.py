"""A report put together: template and figures become headings, paragraphs and tables with live numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from django.utils import translation

from chengshu.bureau.models import District
from chengshu.kernel.indicators.asking import Compared, Figure, year_on_year
from chengshu.kernel.indicators.computing import one_moment, place_of
from chengshu.kernel.indicators.declarations import all_declared, declared
from chengshu.kernel.indicators.periods import Period
from chengshu.kernel.indicators.units import unit_name
from chengshu.reports.template import Check, Condition, Part, Sentence, Template
from chengshu.reports.wording import PLACEHOLDER, Form, in_chinese

LANGUAGE = "zh-hans"  # an official document is in Chinese, whoever asks for it
LEVELS = ("{}、", "（{}）", "{}．", "（{}）")


@dataclass(frozen=True)
class Run:
    """A piece of text; ``figure`` names the indicator whose number it is."""

    text: str
    figure: str = ""


@dataclass(frozen=True)
class Block:
    """A heading, paragraph or table as it is printed. rows: name, number and unit of each line of a table.

    origin: which part of the template it is made of.
    """

    kind: str
    level: int = 0
    runs: tuple[Run, ...] = ()
    rows: tuple[tuple[str, Run, str], ...] = ()
    origin: int = 0

    @property
    def text(self) -> str:
        """Its words."""
        return "".join(run.text for run in self.runs)


@dataclass(frozen=True)
class Report:
    """What is printed, and what it rests on. left_out: sentences not said, with the figures they lack."""

    title: str
    period: Period
    blocks: tuple[Block, ...]
    figures: Mapping[str, Compared] = field(default_factory=dict)
    left_out: tuple[tuple[str, tuple[str, ...]], ...] = ()
    faults: tuple[str, ...] = ()

    def numbers(self) -> dict[str, Figure]:
        """The period's figures by their ids."""
        return {id_: both.now for id_, both in self.figures.items()}


def compose(template: Template, district: District, period: Period, bureau: str) -> Report:
    """The report of a district and period, every number counted in one snapshot."""
    with one_moment():
        found = year_on_year(figures_of(template), period, place_of(district.pk))
    return composed(template, period, bureau, found)


def figures_of(template: Template) -> list[str]:
    """Ids of what a template names or checks, as far as they are counted."""
    known = {one.id for one in all_declared()}
    return sorted((template.figures() | {p for c in template.checks for p in (c.whole, *c.parts)}) & known)


def composed(template: Template, period: Period, bureau: str, found: Mapping[str, Compared]) -> Report:
    """The report of given figures: what is said depends on nothing else."""
    writer = _Writer(found)
    with translation.override(LANGUAGE):
        blocks = writer.blocks(template.parts)
    title = template.title.replace("{year}", str(period.start.year)).replace("{bureau}", bureau)
    faults = tuple(faults_of(template.checks, {id_: both.now for id_, both in found.items()}))
    return Report(title, period, tuple(blocks), found, tuple(writer.left_out), faults)


def faults_of(checks: Iterable[Check], found: Mapping[str, Figure]) -> Iterable[str]:
    """Checks that do not hold, as the ids in question; those whose figures are missing are passed over."""
    for one in checks:
        values = [found[id_].value if id_ in found else None for id_ in (one.whole, *one.parts)]
        if any(value is None for value in values):
            continue
        whole, parts = values[0], sum((value or Decimal(0) for value in values[1:]), Decimal(0))
        right = whole == parts if one.kind == "sum" else parts <= (whole or 0)
        if not right:
            yield f"{one.whole} {'=' if one.kind == 'sum' else '>='} {' + '.join(one.parts)}"


class _Writer:
    """Says what can be said and remembers what could not."""

    def __init__(self, found: Mapping[str, Compared]) -> None:
        self.found = found
        self.left_out: list[tuple[str, tuple[str, ...]]] = []

    def blocks(self, parts: Iterable[Part]) -> list[Block]:
        made: list[Block] = []
        for n, part in enumerate(parts):
            if part.kind == "heading":
                made.append(Block("heading", part.level, (Run(part.sentences[0].text),), origin=n))
            elif part.kind == "table":
                rows = tuple(row for id_, form in part.rows for row in self._row(id_, form))
                if rows:
                    made.append(Block("table", runs=(Run(part.caption),), rows=rows, origin=n))
            elif runs := tuple(run for one in part.sentences for run in self._said(one)):
                made.append(Block("paragraph", runs=runs, origin=n))
        return _numbered(_without_empty(made))

    def _row(self, id_: str, form: str) -> Iterable[tuple[str, Run, str]]:
        """A line of a table; 万 and 亿 stand with the unit there, not with the number."""
        how = Form.parse(form)
        if (text := self._number(id_, how)) is not None:
            number = Run(text.removesuffix(how.scale), id_)
            yield str(declared(id_).name), number, how.scale + unit_name(declared(id_).unit)

    def _said(self, sentence: Sentence) -> list[Run]:
        if not all(self._holds(one) for one in sentence.conditions):
            return []
        runs, at, lacking = [], 0, []
        for found in PLACEHOLDER.finditer(sentence.text):
            number = self._number(found[1], Form.parse(found[2] or ""))
            if number is None:
                lacking.append(found[1])
                continue
            runs += [Run(sentence.text[at : found.start()]), Run(number, found[1])]
            at = found.end()
        if lacking:
            self.left_out.append((sentence.text, tuple(lacking)))
            return []
        return [run for run in (*runs, Run(sentence.text[at:])) if run.text]

    def _holds(self, condition: Condition) -> bool:
        both = self.found.get(condition.figure)
        if both is None:
            return False
        return condition.holds(both.change if condition.change else both.now.value)

    def _number(self, id_: str, form: Form) -> str | None:
        """A figure's number; None where it is not counted yet or has no value."""
        both = self.found.get(id_)
        if both is None:
            return None
        value = both.change if form.kind == "同比" and declared(id_).unit != "%" else both.now.value
        return None if value is None else form.write(value, declared(id_).decimals)


def _without_empty(blocks: list[Block]) -> list[Block]:
    """Without headings that nothing stands under."""
    kept: list[Block] = []
    for block in reversed(blocks):
        under = kept[-1] if kept else None
        empty = under is None or (under.kind == "heading" and under.level <= block.level)
        if block.kind != "heading" or not empty:
            kept.append(block)
    return kept[::-1]


def _numbered(blocks: list[Block]) -> list[Block]:
    """Headings with their numbers: 一、 （一） 1． （1） (GB/T 9704-2012, 7.3.3)."""
    seen = [0] * len(LEVELS)
    numbered = []
    for block in blocks:
        if block.kind == "heading":
            at = block.level - 1
            seen[at] += 1
            seen[at + 1 :] = [0] * (len(LEVELS) - at - 1)
            number = in_chinese(seen[at]) if at < 2 else str(seen[at])
            block = replace(block, runs=(Run(LEVELS[at].format(number)), *block.runs))
        numbered.append(block)
    return numbered
