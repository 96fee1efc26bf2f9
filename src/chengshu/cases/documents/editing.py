"""What of a draft may be edited, and a draft with edits in it.

A draft's texts have paths (``2.0`` is the first paragraph of the third section). An edit gives a path another
text; it belongs to the very draft it was made from, which `digest_of` names. What the case's steps recorded
(party, provisions, what was decided) is no matter of wording: `check_recorded` refuses to lose it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace

from django.utils.translation import gettext as _

from chengshu.cases.documents import model as m
from chengshu.cases.documents.composing import compose, lacking, refuse_incomplete
from chengshu.cases.documents.facts import DocumentFacts
from chengshu.cases.documents.field_names import field_name
from chengshu.cases.documents.kinds import DocumentKind, kind
from chengshu.cases.documents.problems import DocumentProblem
from chengshu.cases.documents.words import words

Edits = Mapping[str, str]
RECORDED = ("party_name", "cause", "breached", "applied", "fine_capital", "decision_number", "notice_number")
PROBE = "〔probe〕"


@dataclass(frozen=True)
class Spot:
    """A text of a draft that may be edited: its path, what it is called, what it says."""

    path: str
    label: str
    text: str


@dataclass(frozen=True)
class Change:
    """One field, before and after."""

    path: str
    label: str
    before: str
    after: str


def spots(model: m.DocumentModel) -> Iterator[Spot]:
    """The editable texts in order; notes, signatures, heads of tables and the closing are fixed."""
    paragraph = 0
    for at, section in enumerate(model.sections):
        if isinstance(section, m.Paragraphs) and not section.note:
            for index, text in enumerate(section.texts):
                paragraph += 1
                label = section.heading or _("Paragraph %(n)d") % {"n": paragraph}
                yield Spot(f"{at}.{index}", label, text)
        elif isinstance(section, m.Grid):
            for row, cells in enumerate(section.rows):
                for column, cell in enumerate(cells):
                    label = "".join(cell.label.split())
                    yield Spot(f"{at}.{row}.{column}", label, cell.value)
        elif isinstance(section, m.Table):
            for row, texts in enumerate(section.rows):
                for column, text in enumerate(texts):
                    label = f"{''.join(section.head[column].split())} {row + 1}"
                    yield Spot(f"{at}.{row}.{column}", label, text)
        elif isinstance(section, m.Dialogue):
            for turn, (mark, text) in enumerate(section.turns):
                yield Spot(f"{at}.{turn}", f"{mark} {turn + 1}", text)


def digest_of(model: m.DocumentModel) -> str:
    """Names a draft by what it says; its number and date, which issuing gives, do not count."""
    sections = tuple(
        replace(each, date="") if isinstance(each, m.Closing) else each for each in model.sections
    )
    data = m.as_data(replace(model, number="", date="", issued=False, sections=sections))
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()


def edited(model: m.DocumentModel, edits: Edits, *, split: bool = True) -> m.DocumentModel:
    """The draft with the edits in it.

    With ``split`` a line break inside a paragraph begins a new one; without, every path stays what it was, so
    that the result can be edited again.
    """
    if not edits:
        return model
    return replace(
        model, sections=tuple(_edited(at, each, edits, split) for at, each in enumerate(model.sections))
    )


def _edited(at: int, section: m.Section, edits: Edits, split: bool) -> m.Section:
    if isinstance(section, m.Paragraphs) and not section.note:
        texts = [edits.get(f"{at}.{index}", text) for index, text in enumerate(section.texts)]
        if split:
            texts = [line.strip() for text in texts for line in text.splitlines() if line.strip()]
        return replace(section, texts=tuple(texts))
    if isinstance(section, m.Grid):
        return m.Grid(
            tuple(
                tuple(
                    replace(cell, value=edits.get(f"{at}.{row}.{column}", cell.value))
                    for column, cell in enumerate(cells)
                )
                for row, cells in enumerate(section.rows)
            )
        )
    if isinstance(section, m.Table):
        rows = tuple(
            tuple(edits.get(f"{at}.{row}.{column}", text) for column, text in enumerate(texts))
            for row, texts in enumerate(section.rows)
        )
        return replace(section, rows=rows)
    if isinstance(section, m.Dialogue):
        turns = enumerate(section.turns)
        return m.Dialogue(tuple((mark, edits.get(f"{at}.{turn}", text)) for turn, (mark, text) in turns))
    return section


def changes(model: m.DocumentModel, edits: Edits) -> list[Change]:
    """What the edits change in the draft, in its order."""
    return [
        Change(spot.path, spot.label, spot.text, edits[spot.path])
        for spot in spots(model)
        if edits.get(spot.path, spot.text) != spot.text
    ]


def check_recorded(which: DocumentKind | str, facts: DocumentFacts, edits: Edits) -> None:
    """Raises `DocumentProblem` where an edit drops what the case records: that is changed by a step."""
    draft = compose(which, facts)
    before, after = _all_text(draft), _all_text(edited(draft, edits))
    said = words(facts)
    recorded = [(name, said.get(name, "")) for name in RECORDED]
    recorded += [("decision_items", text.strip()) for text in facts.decision_items]
    for name, text in recorded:
        if text and before.count(text) > after.count(text):
            named = "fine" if name == "fine_capital" else name
            raise DocumentProblem(
                _("“%(text)s” (%(field)s) is recorded in the case and cannot be changed in Word.")
                % {"text": text, "field": field_name(named)}
            )


def _all_text(model: m.DocumentModel) -> str:
    return "\n".join(spot.text for spot in spots(model))


def compose_edited(which: DocumentKind | str, facts: DocumentFacts, edits: Edits) -> m.DocumentModel:
    """The document for issue with the edits in it.

    A field that the facts lack counts as given where every blank for it was filled in. Raises
    `DocumentProblem` for what is still lacking and for recorded words that were dropped.
    """
    each = kind(which) if isinstance(which, str) else which
    check_recorded(each, facts, edits)
    refuse_incomplete(
        each, tuple(name for name in lacking(each, facts) if not _filled(each, facts, edits, name))
    )
    return replace(edited(compose(each, facts), edits), issued=True)


def _filled(each: DocumentKind, facts: DocumentFacts, edits: Edits, name: str) -> bool:
    """Whether the edits fill in every place where the field would stand."""
    probed = _probed(facts, name)
    if probed is None:
        return False
    empty, full = compose(each, facts), compose(each, probed)
    there = {spot.path: spot.text for spot in spots(full)}
    blank = {spot.path: spot.text for spot in spots(empty)}
    if there.keys() != blank.keys():
        return False
    places = [path for path, text in there.items() if PROBE in text and text != blank[path]]
    return bool(places) and all(
        (text := edits.get(path, blank[path]).strip()) and m.BLANK not in text for path in places
    )


def _probed(facts: DocumentFacts, name: str) -> DocumentFacts | None:
    """The facts with a mark in the field, None where it cannot hold a text."""
    if name in ("number", "authority", "date"):
        return None
    types = {each.name: str(each.type) for each in fields(DocumentFacts)}
    if name not in types:
        return replace(facts, values={**facts.values, name: PROBE})
    if types[name] in ("str", "When"):
        return replace(facts, **{name: PROBE})  # type: ignore[arg-type]
    if types[name] == "tuple[str, ...]":
        return replace(facts, **{name: (PROBE,)})  # type: ignore[arg-type]
    return None
