"""失信认定报送: dishonesty entries for the credit office, a sheet beside penalties, incremental too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from chengshu.bureau.models import District, User
from chengshu.cases.models import Party
from chengshu.inspections.credit.lifecycle import EntryState
from chengshu.inspections.credit.queries import authority_of
from chengshu.inspections.credit.settings import codes_of, credit_data
from chengshu.inspections.models import CreditExport, CreditRepair, DishonestyEntry, ExportedEntry
from chengshu.kernel.identifiers import InvalidIdentifier, check_resident_id
from chengshu.kernel.privacy_masks import mask_name, mask_resident_id, mask_text, mask_value
from chengshu.kernel.tables import Sheet

from . import entries, repairs
from .rows import RESIDENT_ID, Row, RowProblem, category_of, digest_of, require_mandatory

Kind = ExportedEntry.Kind
GONE = {
    EntryState.REVOKED: Kind.WITHDRAWN,
    EntryState.REPAIRED: Kind.REPAIRED,
    EntryState.ENDED: Kind.ENDED,
}


@dataclass
class PreparedEntries:
    """What would be given of entries now, and what had to be left out."""

    rows: list[tuple[DishonestyEntry, ExportedEntry.Kind, Row]] = field(default_factory=list)
    problems: list[dict[str, Any]] = field(default_factory=list)

    @property
    def corrections(self) -> int:
        """Rows that take the place of earlier ones."""
        return sum(kind != Kind.NEW for _entry, kind, _row in self.rows)

    def sheet(self) -> Sheet:
        """The sheet as it is written, with its header also where nothing changed."""
        known = credit_data().entry_exchange
        columns = [column.code for column in known.columns]
        return Sheet(
            known.sheet, columns, [[row[code] for code in columns] for _one, _kind, row in self.rows]
        )


def row_of(entry: DishonestyEntry) -> Row:
    """A published entry in the columns of the sheet. Raises `RowProblem`, `LawProblem`."""
    known, named = credit_data(), credit_data().entry_exchange
    if entry.decided_on is None or entry.shown_from is None or entry.shown_until is None:
        raise RowProblem(_("The entry is not published."))
    category = category_of(entry.party_kind, entry.id_number)
    ground = known.grounds.get(entry.ground)
    measures = [known.measures[code].zh for code in entry.measures if code in known.measures]
    row = dict.fromkeys((column.code for column in named.columns), "")
    row |= {
        "SX_XDR_MC": entry.party_name,
        "SX_XDR_LB": known.exchange.categories[category],
        "SX_BH": entry.number,
        "SX_CD": named.levels[entry.level],
        "SX_SY": ground.zh if ground else entry.ground,
        "SX_YJ": ground.cited if ground else "",
        "SX_SS": mask_text(entry.facts),
        "SX_CS": "；".join(measures),
        "SX_CFWSH": entry.case.decision_number if entry.case else "",
        "SX_RDRQ": entry.decided_on.isoformat(),
        "SX_GSRQ": entry.shown_from.isoformat(),
        "SX_JZRQ": entry.shown_until.isoformat(),
        "SX_RDJG": authority_of(entry),
        "SX_RDJGDM": str(codes_of(entry.district.code).get("authority_code") or ""),
        **_identity(entry),
    }
    require_mandatory(row, category, named.columns)
    return row


def _identity(entry: DishonestyEntry) -> Row:
    number = entry.id_number
    if entry.party_kind != Party.Kind.PERSON:
        return {"SX_XDR_SHXYM": number}
    papers = credit_data().exchange.papers
    if len(number) != RESIDENT_ID:
        return {"SX_XDR_ZJLX": papers["other"], "SX_XDR_ZJHM": number}
    try:
        number = check_resident_id(number)
    except InvalidIdentifier as problem:
        raise RowProblem(str(problem)) from problem
    return {"SX_XDR_ZJLX": papers["resident_id"], "SX_XDR_ZJHM": number}


# --- what is to be given ---------------------------------------------------------------------------------
def prepare(district: District, today: date) -> PreparedEntries:
    """Every entry published, changed or gone since the last export. Raises `LawProblem`."""
    made = PreparedEntries()
    last = _last_given(district)
    for entry in _published(district):
        before = last.get(entry.pk)
        gone = GONE.get(EntryState(entry.state))
        if gone is not None:
            if before is not None and before.kind not in (gone, Kind.WITHDRAWN):
                made.rows.append((entry, gone, _marked(before.content, gone)))
            continue
        try:
            row = row_of(entry)
        except RowProblem as problem:
            made.problems.append({"entry": entry.pk, "number": entry.number, "says": str(problem)})
            continue
        if before is None and row["SX_JZRQ"] >= today.isoformat():
            made.rows.append((entry, Kind.NEW, _marked(row, Kind.NEW)))
        elif before is not None and before.digest != digest_of(row):
            made.rows.append((entry, Kind.CORRECTION, _marked(row, Kind.CORRECTION)))
    return made


def _published(district: District) -> Iterator[DishonestyEntry]:
    rows = DishonestyEntry.objects.filter(district=district, shown_from__isnull=False)
    rows = rows.select_related("district", "case__town").defer("case__search_tokens", "district__boundary")
    return rows.order_by("pk").iterator(chunk_size=1000)


def _last_given(district: District) -> dict[int, ExportedEntry]:
    rows = ExportedEntry.objects.filter(export__district=district).order_by("entry_id", "-id")
    return {row.entry_id: row for row in rows.distinct("entry_id")}


def _marked(row: Row, kind: ExportedEntry.Kind) -> Row:
    return {**row, "BZ": credit_data().entry_exchange.remarks[kind.value]}


def remember(export: CreditExport, prepared: PreparedEntries) -> None:
    """Keep what the export gave of each entry."""
    ExportedEntry.objects.bulk_create(
        [
            ExportedEntry(export=export, entry=entry, kind=kind, digest=digest_of(row), content=row)
            for entry, kind, row in prepared.rows
        ]
    )


def tell(prepared: PreparedEntries, today: date, *, by: User | None) -> None:
    """An export that says that an entry is gone tells the exchange; a repair's own duty ends with it."""
    gone = [entry for entry, kind, _row in prepared.rows if kind in GONE.values()]
    for entry in gone:
        repair = CreditRepair.objects.filter(entry=entry, state="granted", told_on=None).first()
        if repair is not None:
            repairs.tell_exchange(repair, today, by=by)
        entry.refresh_from_db(fields=["told_on"])
        if entry.told_on is None:
            entries.tell_exchange(entry, today, by=by)


def masked(row: Row) -> Row:
    """The row for a page: natural persons only so far that one knows whom it is about."""
    person = row["SX_XDR_LB"] == credit_data().exchange.categories["person"]
    number = row["SX_XDR_ZJHM"]
    hidden = mask_resident_id(number) if len(number) == RESIDENT_ID else mask_value("other", number)
    return {
        **row,
        "SX_XDR_MC": mask_name(row["SX_XDR_MC"]) if person else row["SX_XDR_MC"],
        "SX_XDR_ZJHM": hidden,
    }
