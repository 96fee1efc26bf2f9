"""What the pages of documents share: who sees which, how a draft and a final document are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from chengshu.bureau.models import User
from chengshu.kernel.indicators.declarations import declared
from chengshu.kernel.indicators.units import unit_name
from chengshu.kernel.models import LedgerEntry
from chengshu.reports.composing import Block, Run
from chengshu.reports.documents.base import Deed
from chengshu.reports.documents.freezing import Today, as_blocks, today
from chengshu.reports.documents.standing import Changed, Standing
from chengshu.reports.documents.texts import as_text, kind_of
from chengshu.reports.graphs import data_of
from chengshu.reports.models import Document, DocumentPart
from chengshu.reports.tables import HEADS
from chengshu.reports.views.common import person
from chengshu.reports.views.documents_graphs import ShownGraph, shown_graph
from chengshu.reports.views.documents_numbers import ShownRun, opens
from chengshu.ui import formats

LATEST, LONGEST = 50, 200
"""Entries of the history, and characters of a wording in it."""


@dataclass(frozen=True)
class ShownPart:
    """A part as the page shows it. heads, lines: of a table; graph: a chart or map, or just its words.

    was: its words before, where more than numbers changed; unsaid: what it does not say because figures are
    lacking.
    """

    kind: str
    level: int = 0
    runs: tuple[ShownRun, ...] = ()
    heads: tuple[str, ...] = ()
    lines: tuple[tuple[ShownRun, ...], ...] = ()
    caption: str = ""
    words: str = ""
    graph: ShownGraph | None = None
    was: str = ""
    unsaid: tuple[str, ...] = ()
    part: DocumentPart | None = None
    editable: bool = False


def visible(request: HttpRequest, pk: int) -> Document:
    """A document inside the person's area; 404 for any other."""
    rows = Document.objects.visible_to(person(request)).select_related(
        "district", "squad", "author", "edited_by", "frozen_by", "docx", "pdf", "csv"
    )
    found: Document = get_object_or_404(rows.defer("district__boundary"), pk=pk)
    return found


def may(request: HttpRequest, permission: str, document: Document) -> bool:
    """Whether the person holds the permission where the document belongs."""
    scope = person(request).scope_for(permission)
    return bool(scope.covers(district_id=document.district_id, squad_id=document.squad_id))


def trail(*more: tuple[str, str]) -> list[tuple[str, str]]:
    """Where a page of documents lies."""
    return [(_("Documents (reports)"), reverse("reports:documents")), *more]


def shown_preview(document: Document, block: Block) -> ShownPart:
    """A block with its numbers, each opening its records."""
    return _shown(document, block, lambda run: _run(document, run, run))


def _shown(
    document: Document, block: Block, show: Callable[[Run], ShownRun], kept: Mapping[str, Any] | None = None
) -> ShownPart:
    """A printed block as the page shows it; tables as they are set (`reports.tables`).

    kept: what a final document keeps of it.
    """
    runs = tuple(show(run) for run in block.runs)
    if block.columns:
        heads: tuple[str, ...] = (HEADS[0], HEADS[2], *block.columns)
        lines = tuple(
            (ShownRun(name), ShownRun(unit), show(number), *(show(run) for run in more))
            for (name, number, unit), more in zip(block.rows, block.more, strict=True)
        )
    else:
        heads = HEADS
        lines = tuple((ShownRun(name), show(number), ShownRun(unit)) for name, number, unit in block.rows)
    words = block.graph.words if block.graph else (kept or {}).get("words", "")
    data = data_of(block.graph) if block.graph else (kept or {}).get("graph")
    graph = shown_graph(document, data, block.number) if data else None
    return ShownPart(block.kind, block.level, runs, heads, lines, block.text, words, graph)


def shown_draft(now: Standing) -> list[ShownPart]:
    """The parts of a draft with the numbers of now, changed ones beside what they were."""
    new = {block.origin: block for block in now.report.blocks}
    old = {block.origin: block for block in now.noted.blocks}
    lacking = dict(now.report.left_out)
    return [
        _shown_part(now.document, part, new.get(n), old.get(n), _unsaid(part, lacking))
        for n, part in enumerate(now.parts)
    ]


def _unsaid(part: DocumentPart, lacking: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    sentences = part.content.get("p", ())
    words = [one if isinstance(one, str) else one["say"] for one in sentences]
    return tuple(text for text in words if text in lacking)


def _shown_part(
    document: Document, part: DocumentPart, new: Block | None, old: Block | None, unsaid: tuple[str, ...]
) -> ShownPart:
    kind = kind_of(part.content)
    editable = kind != "other"
    if new is None:
        words = as_text(part.content) if kind == "heading" else ""
        was = old.text if old is not None and kind != "heading" else ""
        return ShownPart(
            "left_out", 0, (ShownRun(words),), was=was, unsaid=unsaid, part=part, editable=editable
        )
    same = old is not None and [run.figure for run in old.runs] == [run.figure for run in new.runs]
    before: Sequence[Run] = old.runs if same and old is not None and new.kind != "heading" else new.runs
    shown = _shown(document, new, _beside(document, old.rows if old is not None else ()))
    runs = tuple(_run(document, now, then) for now, then in zip(new.runs, before, strict=True))
    was = "" if same or new.kind != "paragraph" else (old.text if old is not None else "—")
    return replace(shown, runs=runs, was=was, unsaid=unsaid, part=part, editable=editable)


def _beside(document: Document, rows: Iterable[tuple[str, Run, str]]) -> Callable[[Run], ShownRun]:
    """Shows a number of a table beside what it was."""
    before = {(run.figure, run.form): run for _name, run, _unit in rows}
    return lambda run: _run(document, run, before.get((run.figure, run.form), run))


def _run(document: Document, now: Run, before: Run) -> ShownRun:
    if not now.figure:
        return ShownRun(now.text)
    return ShownRun(now.text, opens(document, now.figure), before.text if before.text != now.text else "")


def shown_final(document: Document, later: Iterable[Today]) -> list[ShownPart]:
    """A final document as it was printed; beside a number what it would be today."""
    notes = {one.published.indicator: _note(one) for one in later if one.differs}

    def run(one: Run) -> ShownRun:
        url = opens(document, one.figure) if one.figure else ""
        return ShownRun(one.text, url, today=notes.get(one.figure, ""))

    kept = document.blocks or ()
    pairs = zip(as_blocks(kept), kept, strict=True)
    return [_shown(document, block, run, data) for block, data in pairs]


def _note(one: Today) -> str:
    if one.gone:
        return _("not counted any more")
    words = []
    if one.value != one.published.value:
        words.append(
            _("today it would be %(number)s") % {"number": _number(one.value, one.published.decimals)}
        )
    if one.redefined:
        words.append(_("the definition has changed since"))
    return ", ".join(words)


def later_changes(document: Document) -> tuple[list[Today], list[dict[str, str]]]:
    """The published figures beside those of now, and a line for each that differs."""
    found = today(document)
    lines = [
        {
            "name": one.published.name,
            "url": opens(document, one.published.indicator),
            "old": _number(one.published.value, one.published.decimals),
            "unit": unit_name(one.published.unit),
            "note": _note(one),
        }
        for one in found
        if one.differs
    ]
    return found, lines


def _number(value: Any, decimals: int) -> str:
    return "—" if value is None else formats.number(value, decimals)


def changed_lines(document: Document, changed: Iterable[Changed]) -> list[dict[str, Any]]:
    """Old and new value of each changed figure."""
    made = []
    for one in changed:
        shown = declared(one.id)
        difference = one.difference
        made.append({
            "name": shown.name, "url": opens(document, one.id), "old": _number(one.old, shown.decimals),
            "new": _number(one.new, shown.decimals), "unit": unit_name(shown.unit),
            "year_before": one.year_before,
            "difference": "" if difference is None else f"{'+' if difference > 0 else '−'}"
            f"{formats.number(abs(difference), shown.decimals)}",
        })  # fmt: skip
    return made


def history(document: Document) -> list[dict[str, Any]]:
    """What happened to the document, newest first, from its chain of the ledger."""
    entries = list(LedgerEntry.objects.filter(chain=document.chain).order_by("-seq")[:LATEST])
    people = User.objects.filter(username__in={one.actor for one in entries})
    names = dict(people.values_list("username", "full_name"))
    deeds = dict(Deed.choices)
    return [
        {
            "at": one.at,
            "title": deeds.get(one.action, one.action),
            "text": str(one.payload.get("words") or one.payload.get("number") or "")[:LONGEST],
            "by": names.get(one.actor, one.actor),
        }
        for one in entries
    ]
