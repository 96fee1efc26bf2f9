"""An exported file held against the database: which step differs, field by field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chengshu.cases.exporting import layout
from chengshu.cases.models import Case
from chengshu.cases.procedure.steps import StepKind
from chengshu.cases.procedure.transitions import STEP_LABELS
from chengshu.cases.stored import step_document
from chengshu.kernel.ledger import hashing
from chengshu.kernel.models import LedgerEntry
from chengshu.kernel.privacy_masks import mask_name, mask_text

LONGEST = 200


@dataclass(frozen=True)
class FieldChange:
    """One value: what was recorded, what the file says; "" where it is not there."""

    name: str
    recorded: str
    in_file: str


@dataclass(frozen=True)
class StepChange:
    """A step that is not in the file as it was recorded. Persons are masked."""

    seq: int
    kind: StepKind
    label: str
    missing: bool
    changes: tuple[FieldChange, ...]


def step_changes(case: Case, documents: Sequence[Mapping[str, Any]]) -> list[StepChange]:
    """The steps of the database that the file holds otherwise or not at all."""
    by_seq = {document.get("seq"): document for document in reversed(documents)}
    found = []
    for record in case.steps.order_by("seq"):
        kind = StepKind(record.kind)
        label = str(STEP_LABELS[kind])
        if record.seq not in by_seq:
            # what was recorded after the export is missing in no copy; the ledger part tells which is which
            found.append(StepChange(record.seq, kind, label, True, ()))
            continue
        ours, theirs = step_document(record), by_seq[record.seq]
        if _same(ours, theirs):
            continue
        found.append(StepChange(record.seq, kind, label, False, tuple(_changes(ours, theirs))))
    return found


def _same(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> bool:
    try:
        return hashing.canonical(dict(ours)) == hashing.canonical(dict(theirs))
    except (ValueError, TypeError, RecursionError):
        return False


def _changes(ours: Any, theirs: Any) -> Iterator[FieldChange]:
    before, now = dict(_flat(ours)), dict(_flat(theirs))
    for name in sorted({*before, *now}):
        if before.get(name) != now.get(name):
            yield FieldChange(name, _shown(name, before.get(name, "")), _shown(name, now.get(name, "")))


def _flat(value: Any, path: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """Every single value with its place: ``data.outcomes.0.fine`` → 200."""
    if isinstance(value, Mapping) and depth < 20:
        for name, inner in value.items():
            yield from _flat(inner, f"{path}.{name}" if path else str(name), depth + 1)
    elif isinstance(value, list) and depth < 20:
        for place, inner in enumerate(value):
            yield from _flat(inner, f"{path}.{place}", depth + 1)
    else:
        yield path, "" if value is None else str(value)


def _shown(name: str, value: str) -> str:
    masked = mask_name(value) if name.endswith((".name", ".receiver")) and value else mask_text(value)
    return masked[:LONGEST]


def exported_as(case: Case, manifest: str, content: str) -> LedgerEntry | None:
    """The entry that recorded this very export, None where the manifest is not one that was given out.

    ``manifest``: SHA-256 of its bytes, as earlier exports recorded it; ``content``: `layout.content_digest`.
    """
    entries: Iterable[LedgerEntry] = LedgerEntry.objects.filter(chain=case.chain, action=layout.EXPORTED)
    known = {("manifest", manifest), ("content", content)}
    return next((entry for entry in entries if known & {*_texts(entry.payload)}), None)


def _texts(payload: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from ((name, value) for name, value in payload.items() if isinstance(value, str) and value)
