"""A report put together: template and figures become headings, paragraphs, tables, charts and maps."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from django.utils import translation

from chengshu.bureau.models import District, Unit
from chengshu.kernel.indicators.asking import Compared, Figure
from chengshu.kernel.indicators.computing import one_moment, place_of
from chengshu.kernel.indicators.declarations import all_declared, declared
from chengshu.kernel.indicators.periods import Period
from chengshu.kernel.indicators.units import unit_name
from chengshu.reports.checking import faults
from chengshu.reports.graphs import Chart, Map, graph_of
from chengshu.reports.numbers import Numbers, numbers_of
from chengshu.reports.template import TARGET, Condition, Part, Sentence, Template
from chengshu.reports.wording import PLACEHOLDER, Form, in_chinese

LANGUAGE = "zh-hans"  # an official document is in Chinese, whoever asks for it
LEVELS = ("{}、", "（{}）", "{}．", "（{}）")
WORD = re.compile(r"\{(year|next_year|last_year|period|bureau|district|squad)\}")
NOTHING = "—"
Draw = Callable[[Part, Numbers], Chart | Map | None]


@dataclass(frozen=True)
class Run:
    """A piece of text; ``figure`` names the indicator whose number it is, ``form`` how it is written."""

    text: str
    figure: str = ""
    form: str = ""


@dataclass(frozen=True)
class Block:
    """A heading, paragraph, table, chart or map as it is printed.

    rows: name, number and unit of each line of a table; more: what stands further right in each line;
    columns: the heads of the number and of what stands further right. number: 表1, 图1. origin: which part
    of the template it is made of.
    """

    kind: str
    level: int = 0
    runs: tuple[Run, ...] = ()
    rows: tuple[tuple[str, Run, str], ...] = ()
    more: tuple[tuple[Run, ...], ...] = ()
    columns: tuple[str, ...] = ()
    graph: Chart | Map | None = None
    number: str = ""
    origin: int = 0

    @property
    def text(self) -> str:
        """Its words; of a table, chart or map its caption with its number."""
        words = "".join(run.text for run in self.runs)
        return f"{self.number}　{words}" if self.number and words else words


@dataclass(frozen=True)
class Report:
    """What is printed, and what it rests on. left_out: sentences not said, with the figures they lack.

    figures: beside those of the year before, alike or not; numbers_told: everything that was told of them.
    """

    title: str
    period: Period
    blocks: tuple[Block, ...]
    figures: Mapping[str, Compared] = field(default_factory=dict)
    left_out: tuple[tuple[str, tuple[str, ...]], ...] = ()
    faults: tuple[str, ...] = ()
    numbers_told: Numbers | None = None

    def numbers(self) -> dict[str, Figure]:
        """The period's figures by their ids."""
        return {id_: both.now for id_, both in self.figures.items()}


def compose(
    template: Template, district: District, period: Period, bureau: str, squad: Unit | None = None
) -> Report:
    """The report of a district, or one of its squads, and period, every number counted in one snapshot.

    Raises `FinesForbidden` where the template ranks, aims or shades by the amount of fines, ValueError where
    it tells of a squad or a quarter and got none.
    """
    if template.of_squad and squad is None:
        raise ValueError(f"{template.code} tells of a squad")
    if template.length == "quarter" and period.kind != "quarter":
        raise ValueError(f"{template.code} tells of a quarter, not of {period.code}")
    with translation.override(LANGUAGE), one_moment():
        numbers = numbers_of(template, figures_of(template), district, period, squad)
        return composed(template, district, bureau, squad, numbers)


def figures_of(template: Template) -> list[str]:
    """Ids of what a template names or checks, as far as they are counted."""
    known = {one.id for one in all_declared()}
    return sorted((template.figures() | {p for c in template.checks for p in (c.whole, *c.parts)}) & known)


def composed(
    template: Template,
    district: District,
    bureau: str,
    squad: Unit | None,
    numbers: Numbers,
    *,
    drawn: bool = True,
) -> Report:
    """The report of given numbers: its words depend on nothing else. drawn: with charts and maps of now."""
    period = numbers.period
    words = words_of(district, period, bureau, squad)
    place = place_of(district.pk, squad=squad.pk if squad else None)

    def draw(part: Part, numbers: Numbers) -> Chart | Map | None:
        graph = part.graph
        if not drawn or graph is None or graph.figure not in numbers.year:
            return None
        return graph_of(graph, district, period, place, beside=graph.figure in numbers.like_year)

    with translation.override(LANGUAGE):
        writer = _Writer(numbers, words, draw)
        blocks = tuple(writer.blocks(template.parts))
    return Report(
        _filled(template.title, words),
        period,
        blocks,
        numbers.year,
        tuple(writer.left_out),
        faults(template.checks, numbers, blocks),
        numbers,
    )


def words_of(district: District, period: Period, bureau: str, squad: Unit | None) -> dict[str, str]:
    """What ``{year}``, ``{period}`` … stand for in titles and sentences."""
    year = period.start.year
    quarter = f"{year}年第{in_chinese((period.start.month + 2) // 3)}季度"
    return {
        "year": str(year),
        "next_year": str(year + 1),
        "last_year": str(year - 1),
        "period": quarter if period.kind == "quarter" else f"{year}年",
        "bureau": bureau,
        "district": district.name,
        "squad": squad.name if squad else "",
    }


def _filled(text: str, words: Mapping[str, str]) -> str:
    return WORD.sub(lambda found: words[found[1]], text)


class _Writer:
    """Says what can be said and remembers what could not."""

    def __init__(self, numbers: Numbers, words: Mapping[str, str], draw: Draw) -> None:
        self.numbers, self.words, self.draw = numbers, words, draw
        self.left_out: list[tuple[str, tuple[str, ...]]] = []

    def blocks(self, parts: Iterable[Part]) -> list[Block]:
        made = [
            replace(block, origin=n)
            for n, part in enumerate(parts)
            if (block := self._block(part)) is not None
        ]
        return _numbered(_without_empty(made))

    def _block(self, part: Part) -> Block | None:
        if part.kind == "heading":
            return Block("heading", part.level, (Run(_filled(part.sentences[0].text, self.words)),))
        caption = (Run(_filled(part.caption, self.words)),)
        if part.graph is not None:
            graph = self.draw(part, self.numbers)
            if graph is None:  # nothing to draw is no fault; nothing counted is said
                if self.numbers.now(part.graph.figure) is None:
                    self.left_out.append((caption[0].text, (part.graph.figure,)))
                return None
            return Block(part.kind, runs=caption, graph=graph)
        if part.kind == "table":
            return self._table(part, caption)
        runs = tuple(run for one in part.sentences for run in self._said(one))
        return Block("paragraph", runs=runs) if runs else None

    def _table(self, part: Part, caption: tuple[Run, ...]) -> Block | None:
        """A table of the figures that have a value, and of the columns in which anything is said."""
        left = {one.figure for one in part.when if not self._holds(one)}
        wanted = [(id_, form) for id_, form in part.rows if id_ not in left]
        aimed = TARGET in part.columns
        rows = [(id_, form, row) for id_, form in wanted if (row := self._row(id_, form, aimed)) is not None]
        if not rows:
            return None
        columns = [
            one
            for one in part.columns
            if one == TARGET or any(self._cell(id_, form, one) for id_, form, _row in rows)
        ]
        more = tuple(tuple(self._told(id_, form, one, part) for one in columns) for id_, form, _row in rows)
        heads = (self._head(""), *(self._head(one) for one in columns)) if part.columns else ()
        return Block("table", runs=caption, rows=tuple(row for *_, row in rows), more=more, columns=heads)

    def _row(self, id_: str, form: str, aimed: bool) -> tuple[str, Run, str] | None:
        """A line of a table; 万 and 亿 stand with the unit there, not with the number.

        aimed: a figure with a target is told of without a value too.
        """
        how = Form.parse(form)
        text = self.numbers.text(id_, how)
        if text is None and not (aimed and id_ in self.numbers.aims):
            return None
        number = Run(NOTHING) if text is None else Run(text.removesuffix(how.scale), id_, form)
        return str(declared(id_).name), number, how.scale + unit_name(declared(id_).unit)

    def _told(self, id_: str, form: str, column: str, part: Part) -> Run:
        if column == "位次" and id_ not in part.ranked:
            return Run(NOTHING)
        return self._cell(id_, form, column) or Run("" if column == TARGET else NOTHING)

    def _cell(self, id_: str, form: str, column: str) -> Run | None:
        """What a column says of a figure: values in the form of its number, changes and ranks in theirs."""
        if column == TARGET:
            aim = self.numbers.aims.get(id_)
            return Run(aim.text) if aim else None
        how = Form.parse(form)
        told = f"{column}{form}" if column in ("上年", "上期", "全区") and not how.kind else column
        text = self.numbers.text(id_, Form.parse(told))
        return None if text is None else Run(text.removesuffix(how.scale), id_, told)

    def _head(self, column: str) -> str:
        year, quarter = int(self.words["year"]), self.numbers.period.kind == "quarter"
        named = {
            "": "本中队" if self.words["squad"] else ("本季度" if quarter else f"{year}年"),
            "上年": "上年同期" if quarter else f"{year - 1}年",
            "上期": "上季度" if quarter else f"{year - 1}年",
            TARGET: f"{year + 1}年目标",
        }
        return named.get(column, column)

    def _said(self, sentence: Sentence) -> list[Run]:
        if not all(self._holds(one) for one in sentence.conditions):
            return []
        text = _filled(sentence.text, self.words)
        runs, at, lacking = [], 0, []
        for found in PLACEHOLDER.finditer(text):
            number = self.numbers.text(found[1], Form.parse(found[2] or ""))
            if number is None:
                lacking.append(found[1])
                continue
            runs += [Run(text[at : found.start()]), Run(number, found[1], found[2] or "")]
            at = found.end()
        if lacking:
            self.left_out.append((sentence.text, tuple(lacking)))
            return []
        return [run for run in (*runs, Run(text[at:])) if run.text]

    def _holds(self, condition: Condition) -> bool:
        if condition.figure not in self.numbers.year:
            return False
        return condition.holds(self.numbers.value(condition.figure, condition.of))


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
    """Headings with their numbers, 一、 （一） 1． （1） (GB/T 9704-2012, 7.3.3); tables, pictures too."""
    seen, counted = [0] * len(LEVELS), {"表": 0, "图": 0}
    numbered = []
    for block in blocks:
        if block.kind == "heading":
            at = block.level - 1
            seen[at] += 1
            seen[at + 1 :] = [0] * (len(LEVELS) - at - 1)
            number = in_chinese(seen[at]) if at < 2 else str(seen[at])
            block = replace(block, runs=(Run(LEVELS[at].format(number)), *block.runs))
        elif block.kind != "paragraph" and block.text:
            word = "表" if block.kind == "table" else "图"
            counted[word] += 1
            block = replace(block, number=f"{word}{counted[word]}")
        numbered.append(block)
    return numbered
