"""A draft as it stands now: its wording with today's figures, and what has changed since they were noted."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

import orjson

from chengshu.kernel.indicators.asking import Compared, Figure, FinesForbidden, rounded
from chengshu.kernel.indicators.computing import one_moment
from chengshu.kernel.indicators.declarations import declared
from chengshu.reports.composing import Block, Report, composed, figures_of
from chengshu.reports.documents.base import WritingProblem
from chengshu.reports.issuer import issuer
from chengshu.reports.models import Document, DocumentPart
from chengshu.reports.numbers import Numbers, numbers_of
from chengshu.reports.template import Part, Template, read_part
from chengshu.reports.template import template as shipped

PLACES = Decimal(1).scaleb(-10)
"""To so many decimals figures are kept; two that agree so far are the same."""


@dataclass(frozen=True)
class Changed:
    """A figure that is not what it was. year_before: the one it is compared with has changed."""

    id: str
    old: Decimal | None
    new: Decimal | None
    year_before: bool = False

    @property
    def difference(self) -> Decimal | None:
        """By how much."""
        return None if self.old is None or self.new is None else self.new - self.old


@dataclass(frozen=True)
class Standing:
    """What a page of a draft shows. seen: changes with anything that a reader could have seen."""

    document: Document
    parts: tuple[DocumentPart, ...]
    template: Template
    report: Report
    noted: Report
    changed: tuple[Changed, ...]
    seen: str


def standing(document: Document) -> Standing:
    """The draft with the figures of now, all counted in one snapshot."""
    parts = tuple(document.parts.order_by("position"))
    template = template_of(document, parts)
    with one_moment():
        numbers = counted(document, template)
        report = with_figures(document, template, numbers)
    before = replace(numbers, year=as_noted(document, numbers.year))
    shown = [_words(block) for block in report.blocks]
    seen = orjson.dumps([document.version, values_of(numbers.year), shown])
    return Standing(
        document, parts, template, report, with_figures(document, template, before, drawn=False),
        tuple(_changed(document, before.year, numbers.year)), hashlib.sha256(seen).hexdigest(),
    )  # fmt: skip


def template_of(document: Document, parts: Iterable[DocumentPart]) -> Template:
    """The document's wording in the form of a template, with the checks of its kind."""
    made: tuple[Part, ...] = tuple(read_part(part.content) for part in parts)
    return replace(shipped(document.template), parts=made)


def counted(document: Document, template: Template) -> Numbers:
    """The numbers that a wording asks for, in one snapshot. Raises `WritingProblem`."""
    try:
        with one_moment():
            return numbers_of(
                template, figures_of(template), document.district, document.period, document.squad
            )
    except FinesForbidden as problem:
        raise WritingProblem(str(problem), "text") from problem


def with_figures(document: Document, template: Template, numbers: Numbers, *, drawn: bool = True) -> Report:
    """The document's wording with given numbers."""
    authority = issuer(document.district)
    report = composed(template, document.district, authority, document.squad, numbers, drawn=drawn)
    return replace(report, title=document.title or report.title)


def _words(block: Block) -> list[str]:
    """Everything a reader sees of a block, with what is no figure of its own: ranks, targets, drawings."""
    cells = [run.text for row in block.more for run in row]
    return [block.text, *(run.text for _name, run, _unit in block.rows), *cells,
            block.graph.words if block.graph else ""]  # fmt: skip


def kept(value: Decimal | None) -> Decimal | None:
    """A value as it is kept."""
    return None if value is None else value.quantize(PLACES)


def values_of(found: Mapping[str, Compared]) -> dict[str, list[str | None]]:
    """Figures as they are noted: of the period and of the year before."""
    return {id_: [_text(both.now.value), _text(both.then.value)] for id_, both in sorted(found.items())}


def _text(value: Decimal | None) -> str | None:
    exact = kept(value)
    return None if exact is None else format(exact.normalize(), "f")


def as_noted(document: Document, found: Mapping[str, Compared]) -> dict[str, Compared]:
    """The figures as the writer took note of them; where none was noted yet, those of now."""
    return {
        id_: Compared(_at(both.now, noted[0]), _at(both.then, noted[1]))
        if (noted := document.noted.get(id_))
        else both
        for id_, both in found.items()
    }


def _at(figure: Figure, text: str | None) -> Figure:
    if text == _text(figure.value):
        return figure
    return replace(figure, value=None if text is None else Decimal(text))


def _changed(
    document: Document, before: Mapping[str, Compared], found: Mapping[str, Compared]
) -> Iterable[Changed]:
    """Differences that the declared decimals show."""
    for id_, both in found.items():
        if id_ not in document.noted:
            continue
        old = before[id_]
        if _shown(id_, old.now) != _shown(id_, both.now):
            yield Changed(id_, _shown(id_, old.now), _shown(id_, both.now))
        if _shown(id_, old.then) != _shown(id_, both.then):
            yield Changed(id_, _shown(id_, old.then), _shown(id_, both.then), year_before=True)


def _shown(id_: str, figure: Figure) -> Decimal | None:
    return None if figure.value is None else rounded(figure.value, declared(id_).decimals)
