"""Checking and importing the table: a dry run decides on every row, the import writes in one transaction."""

from __future__ import annotations

import hashlib
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO

from django.db import connection, transaction
from django.utils.translation import gettext as _

from chengshu.bureau.models import District, User
from chengshu.cases.importing.columns import columns, find
from chengshu.cases.importing.rows import OldCase, Places, RowProblem, read_row
from chengshu.cases.models import Case, CaseStep
from chengshu.cases.procedure.review import review
from chengshu.cases.reviewing import Head, ReviewReport, listed
from chengshu.cases.services.bulk import WholeFile, write_files
from chengshu.kernel.tables import ROW, Limits, Table, TableError, read_table

LOCK = 0x63_61_73_65  # "case": one import at a time in a district
AT_ONCE = 2_000
LIMITS = Limits(max_bytes=50 << 20, max_rows=100_000)
Listener = Callable[[int, int], None]


class ImportProblem(ValueError):
    """The table cannot be imported; one translated sentence."""


class Outcome(StrEnum):
    """What becomes of a row."""

    NEW = "new"
    SAME = "same"
    REJECTED = "rejected"


@dataclass(frozen=True)
class Row:
    """What was decided on one row: ``row`` as a spreadsheet shows it, ``reason`` for a rejected one."""

    row: int
    number: str
    outcome: Outcome
    reason: str = ""
    findings: int = 0


@dataclass
class Checked:
    """The table, decided row by row, and what the file review says of the new cases."""

    rows: list[Row] = field(default_factory=list)
    review: ReviewReport = field(default_factory=lambda: ReviewReport(most=500))
    notes: list[str] = field(default_factory=list)
    ids: list[int] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """Rows by outcome."""
        counted = Counter(row.outcome for row in self.rows)
        return {outcome.value: counted[outcome] for outcome in Outcome}

    def as_dict(self, most: int = 500) -> dict[str, Any]:
        """As JSON values, at most ``most`` rejected rows among them."""
        rejected = [row for row in self.rows if row.outcome is Outcome.REJECTED]
        return {
            "rows": len(self.rows),
            "counts": self.counts,
            "notes": self.notes,
            "rejected": [asdict(row) for row in rejected[:most]],
            "review": self.review.as_dict(),
        }


def read(source: str | Path | BinaryIO, filename: str | None = None) -> tuple[Table, str]:
    """The table and the SHA-256 of its file. Raises `ImportProblem` for what is no such table."""
    try:
        table = read_table(source, filename=filename, limits=LIMITS)
    except TableError as error:
        raise ImportProblem(str(error)) from error
    there = find(table.columns)
    lacking = [column.name for column in columns() if column.needed and column.code not in there]
    if lacking:
        raise ImportProblem(_("The table lacks the columns: %(names)s.") % {"names": "、".join(lacking)})
    return table, _digest(source)


def _digest(source: str | Path | BinaryIO) -> str:
    if isinstance(source, str | Path):
        return hashlib.sha256(Path(source).read_bytes()).hexdigest()
    source.seek(0)
    return hashlib.sha256(source.read()).hexdigest()


def check_table(
    source: str | Path | BinaryIO,
    district: District,
    *,
    filename: str | None = None,
    listener: Listener | None = None,
) -> Checked:
    """The dry run: what would become of every row. Writes nothing. Raises `ImportProblem`."""
    table, digest = read(source, filename)
    checked = Checked(notes=list(table.notes))
    for _new in _decide(table, digest, district, checked, listener):
        pass
    return checked


def import_table(
    source: str | Path | BinaryIO,
    district: District,
    *,
    by: User | None,
    filename: str | None = None,
    listener: Listener | None = None,
) -> Checked:
    """Write the new cases of the table, all of them or none; rejected rows are left out and named.

    The same table again writes nothing. Raises `ImportProblem`.
    """
    table, digest = read(source, filename)
    checked = Checked(notes=list(table.notes))
    with transaction.atomic():
        with connection.cursor() as cursor:
            space = zlib.crc32(district.code.encode()) & 0x7FFFFFFF
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, space])
        for new in _decide(table, digest, district, checked, listener):
            made = write_files(district, [_whole(old) for old in new], by=by)
            checked.ids.extend(case.pk for case in made)
    return checked


def _whole(old: OldCase) -> WholeFile:
    return WholeFile(
        old.steps,
        squad=old.squad,
        town=old.town,
        source=Case.Source.OTHER,
        place=old.place,
        number=old.number,
        partial=True,
    )


def _decide(
    table: Table, digest: str, district: District, checked: Checked, listener: Listener | None
) -> Iterator[list[OldCase]]:
    """Decide on the rows batch by batch; gives the new cases of each batch."""
    places, seen = Places.of(district), dict[str, str]()
    for start in range(0, len(table), AT_ONCE):
        batch = _read_rows(table, start, places, digest)
        known = _known(district, [old.number for _row, old in batch if isinstance(old, OldCase)])
        new: list[OldCase] = []
        for row, old in batch:
            decided = _decided(row, old, known, seen)
            if decided.outcome is Outcome.NEW and isinstance(old, OldCase):
                new.append(old)
                decided = _reviewed(decided, old, checked.review)
            checked.rows.append(decided)
        yield new
        if listener is not None:
            listener(min(start + AT_ONCE, len(table)), len(table))


def _read_rows(
    table: Table, start: int, places: Places, digest: str
) -> list[tuple[int, OldCase | tuple[str, str]]]:
    """Row number with the case, or with the number it states and why it cannot be one."""
    named = find(table.columns)
    made: list[tuple[int, OldCase | tuple[str, str]]] = []
    for values in table.frame.slice(start, AT_ONCE).iter_rows(named=True):
        raw = {code: values.get(name) for code, name in named.items()}
        row = int(values[ROW])
        try:
            made.append((row, read_row(raw, places, {"file": digest, "row": row})))
        except RowProblem as problem:
            made.append((row, (raw.get("number") or "", str(problem))))
    return made


def _known(district: District, numbers: Sequence[str]) -> Mapping[str, str]:
    """Number → fingerprint of the row it was imported from, "" for a case that was worked here."""
    # two steps, and the condition of the index said aloud: else the planner reads all steps for each batch
    rows = Case.objects.filter(district=district, number__in=numbers).exclude(number="")
    ids = dict(rows.values_list("pk", "number"))
    first = CaseStep.objects.filter(case_id__in=ids, seq=1)
    found = dict.fromkeys(ids.values(), "")
    for pk, fingerprint in first.values_list("case_id", "data__table__sha256"):
        found[ids[pk]] = fingerprint or ""
    return found


def _decided(row: int, old: OldCase | tuple[str, str], known: Mapping[str, str], seen: dict[str, str]) -> Row:
    if not isinstance(old, OldCase):
        return Row(row, old[0], Outcome.REJECTED, old[1])
    before = seen.get(old.number, known.get(old.number))
    seen.setdefault(old.number, known.get(old.number, old.fingerprint))
    if before is None:
        return Row(row, old.number, Outcome.NEW)
    if before == old.fingerprint:
        return Row(row, old.number, Outcome.SAME)
    if before:
        reason = _("this number was imported with other particulars; a case is not changed by an import")
    else:
        reason = _("a case with this number is worked here")
    return Row(row, old.number, Outcome.REJECTED, reason)


def _reviewed(row: Row, old: OldCase, report: ReviewReport) -> Row:
    """Put the findings of the review to a new row."""
    file, found = review(old.steps, partial=True)
    report.add([listed(Head(row.row, old.number, True), file, one) for one in found])
    return Row(row.row, row.number, row.outcome, findings=len(found))
