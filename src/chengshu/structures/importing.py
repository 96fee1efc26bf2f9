"""An existing ledger taken in from a list: checked row by row as the registry's imports are, then applied.

Only what still stands is taken in: what was written off elsewhere was not looked at here by two people.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, BinaryIO

import numpy as np
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from shapely.geometry import Point

from chengshu.bureau.models import District, Town, User
from chengshu.kernel import files, ledger
from chengshu.kernel.tables import ROW, Table, TableError, read_table
from chengshu.registry.attributes import UnreadableValue
from chengshu.registry.derive import address_key
from chengshu.registry.importing import columns, coordinates, reasons
from chengshu.registry.importing.columns import LAT, LNG, STATED_DISTRICT, STATED_TOWN, Target
from chengshu.registry.importing.parse import Parsed, is_empty, plain_number, read_positions
from chengshu.registry.importing.places import Places, town_key
from chengshu.registry.importing.source import limits
from chengshu.registry.models import AttributeDefinition
from chengshu.structures import settings
from chengshu.structures.known import entries_at
from chengshu.structures.lifecycle import STANDING, Built, Method, Source
from chengshu.structures.models import LedgerImport, Structure
from chengshu.structures.services.base import MANAGE, StructureProblem, require
from chengshu.structures.services.entering import NewEntry, enter

NEW, KNOWN, DOUBT, REFUSED = "new", "known", "doubt", "refused"
OUTCOMES = (NEW, DOUBT, KNOWN, REFUSED)
TEXTS = ("address", "source_ref", "material", "use", "owner_name", "owner_phone", "occupant_name")
MOST = {"address": 300, "source_ref": 80, "material": 60, "use": 60}
PERSONAL = ("owner_name", "owner_phone", "occupant_name")
_YEAR = re.compile(r"(?:19|20)\d{2}")
_PARTS = re.compile(r"[、,，;；/|]+")
_DAY = re.compile(r"(\d{4})\D+(\d{1,2})\D+(\d{1,2})")
Tell = Callable[[int, int], None]


@dataclass
class Row:
    """One row of the list: what it would become and why not."""

    number: int
    outcome: str = NEW
    values: dict[str, Any] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    def refuse(self, why: str) -> None:
        """The row cannot be taken in."""
        self.outcome = REFUSED
        self.remarks.append(why)

    def doubt(self, why: str) -> None:
        """Somebody must say whether the row is right."""
        if self.outcome == NEW:
            self.outcome = DOUBT
        self.remarks.append(why)


@dataclass
class Checked:
    """A list after its check."""

    rows: list[Row]
    mapping: dict[str, str]
    unused: list[str]
    crs: str = ""

    def counts(self) -> dict[str, int]:
        """Rows by outcome."""
        return {name: sum(row.outcome == name for row in self.rows) for name in OUTCOMES}


@cache
def _data() -> dict[str, Any]:
    found: dict[str, Any] = settings.read("ledger_columns.yaml")
    return found


def targets() -> list[Target]:
    """Every field a column can be."""
    return [Target(name, name, tuple(names), "core") for name, names in _data()["fields"].items()]


# --- keeping ----------------------------------------------------------------------------------------
@transaction.atomic
def keep(file: BinaryIO, name: str, district: District, *, by: User) -> LedgerImport:
    """Keep a list and read it once. Raises `StructureProblem` for what is no table with addresses."""
    require(by, MANAGE, district_id=district.pk)
    try:
        stored = files.store(file, name=name, kind="table")
    except files.FileProblem as problem:
        raise StructureProblem(str(problem), "file") from problem
    made = LedgerImport.objects.create(district=district, file=stored, name=name[:255], by=by)
    table = read(made)
    if "address" not in columns.guess(table.columns, targets()):
        raise StructureProblem(_("The list has no column of addresses."), "file")
    return made


def read(batch: LedgerImport) -> Table:
    """The list behind a batch. Raises `StructureProblem`."""
    try:
        with files.open_stored(batch.file) as file:
            return read_table(file, filename=batch.name, limits=limits())
    except TableError as problem:
        raise StructureProblem(str(problem), "file") from problem


# --- checking ---------------------------------------------------------------------------------------
def check(batch: LedgerImport) -> Checked:
    """What each row would become; writes nothing."""
    table = read(batch)
    mapping = dict(columns.guess(table.columns, targets()))
    pairs = columns.coordinate_pairs(table.columns)
    chosen = coordinates.best(coordinates.options(table.frame, pairs, batch.district))
    if chosen is not None:
        mapping |= {LNG: chosen.lng, LAT: chosen.lat}
    parsed = _parsed(table, mapping, chosen.crs if chosen else "")
    rows = [Row(number) for number in parsed.rows]
    towns = {town_key(t.name): t.pk for t in Town.objects.filter(district=batch.district).defer("boundary")}
    places = Places(batch.district, parsed)
    for index, row in enumerate(rows):
        _read_row(row, {name: column[index] for name, column in parsed.values.items()})
        places.judge(index)
        _place(row, parsed, index, towns, batch.district.name)
    _find_known(rows, batch.district)
    unused = [name for name in table.columns if name not in mapping.values()]
    return Checked(rows, mapping, unused, chosen.crs if chosen else "")


def _parsed(table: Table, mapping: dict[str, str], crs: str) -> Parsed:
    def texts(name: str) -> list[str | None]:
        if name not in mapping:
            return [None] * len(table)
        cells = table.frame.get_column(mapping[name]).to_list()
        return [None if cell is None or is_empty(cell) else cell for cell in cells]

    parsed = Parsed(
        frame=table.frame, rows=table.frame.get_column(ROW).to_list(), values={}, lng=np.empty(0),
        lat=np.empty(0), stated_town=texts(STATED_TOWN), stated_district=texts(STATED_DISTRICT),
    )  # fmt: skip
    apart = (LNG, LAT, STATED_TOWN, STATED_DISTRICT)
    parsed.values = {name: texts(name) for name in mapping if name not in apart}
    read_positions(parsed, mapping, crs)
    return parsed


def _read_row(row: Row, cells: dict[str, str | None]) -> None:
    values = row.values
    for name in TEXTS:
        text = " ".join((cells.get(name) or "").split())
        if name in PERSONAL and "*" in text:
            row.remarks.append(_("Masked names and numbers are left out."))
            text = ""
        values[name] = text[: MOST.get(name, 80)]
    if not values["address"]:
        row.refuse(_("The address is missing."))
    status = cells.get("status")
    if status and unicodedata.normalize("NFKC", status).strip() not in _data()["standing"]:
        row.refuse(_("“%(state)s”: only what still stands is taken in.") % {"state": status[:20]})
    values["types"] = _types(row, cells.get("types"))
    values["built"] = _built(row, cells.get("built"))
    values["built_year"] = _year(row, cells.get("built_year"))
    for name, unit in (("area_m2", "平方米"), ("height_m", "米"), ("storeys", "层")):
        values[name] = _number(row, cells.get(name), unit, whole=name == "storeys")
    values["found_at"] = _found(row, cells.get("found_on"))
    values["key_task"] = (cells.get("key_task") or "").lower() in _data()["marked"]


def _types(row: Row, text: str | None) -> list[str]:
    known = {one.zh: code for code, one in settings.types().items()}
    known |= {one.en.lower(): code for code, one in settings.types().items()}
    found: list[str] = []
    strange: list[str] = []
    for part in _PARTS.split(text or ""):
        if name := part.strip():
            code = known.get(name) or known.get(name.lower())
            (found if code else strange).append(code or name)
    if strange:
        row.remarks.append(_("Type not known, entered as “other”: %(types)s") % {"types": "、".join(strange)})
    return list(dict.fromkeys(found)) or ["other"]


def _built(row: Row, text: str | None) -> str:
    for code, words in _data()["built"].items():
        if text and text.strip() in words:
            return str(code)
    if text:
        row.remarks.append(
            _("Not known whether stock or new, entered as stock: %(text)s") % {"text": text[:20]}
        )
    return Built.STOCK


def _year(row: Row, text: str | None) -> int | None:
    found = _YEAR.search(text or "")
    if text and (found is None or int(found[0]) > timezone.localdate().year):
        row.remarks.append(_("The year of building could not be read: %(text)s") % {"text": text[:20]})
        return None
    return int(found[0]) if found else None


def _number(row: Row, text: str | None, unit: str, *, whole: bool) -> Any:
    if not text:
        return None
    definition = AttributeDefinition(
        kind=AttributeDefinition.Kind.DECIMAL, unit=unit, label_zh="", label_en="", aliases=[]
    )
    try:
        value = Decimal(plain_number(text, definition)).quantize(Decimal("0.01"))
        fits = 0 < value < (200 if whole else 1_000_000 if unit == "平方米" else 1000)
    except (UnreadableValue, InvalidOperation, OverflowError):
        fits = False
    if not fits:
        row.remarks.append(_("A number could not be read and was left out: %(text)s") % {"text": text[:20]})
        return None
    return int(value) if whole else value


def _found(row: Row, text: str | None) -> datetime | None:
    if not text:
        return None
    parts = _DAY.search(unicodedata.normalize("NFKC", text))
    try:
        day = date(*(int(part) for part in parts.groups())) if parts else None
    except ValueError:
        day = None
    if day is None or day > timezone.localdate():
        row.remarks.append(_("The day could not be read: %(text)s") % {"text": text[:20]})
        return None
    return datetime.combine(day, time(), timezone.get_current_timezone())


def _place(row: Row, parsed: Parsed, index: int, towns: dict[str, int], district: str) -> None:
    position = parsed.position(index)
    stated = parsed.stated_town[index]
    row.values["position"] = tuple(position) if position else None
    row.values["town_id"] = towns.get(town_key(stated, district)) if stated else None
    for reason in parsed.reasons.get(index, []):
        if reason["code"] == "no_position":  # here the stated street or town stands in for it
            continue
        words = reasons.describe(reason, {})
        refused = reason["code"] in reasons.REJECTS or reason["code"] == "outside_district"
        row.refuse(words) if refused else row.doubt(words)
    if position is None and row.values["town_id"] is None:
        row.refuse(_("Neither a position nor a street or town of the district."))


def _find_known(rows: list[Row], district: District) -> None:
    """What stands twice in the list, what came with an earlier list, what stands in the ledger near by."""
    refs = {row.values["source_ref"] for row in rows} - {""}
    there = Structure.objects.filter(district=district, source=Source.IMPORT, source_ref__in=refs)
    numbers = dict(there.values_list("source_ref", "number"))
    seen: dict[Any, int] = {}
    usable = [row for row in rows if row.outcome in (NEW, DOUBT)]
    for row in usable:
        ref = row.values["source_ref"]
        if ref in numbers:
            row.outcome = KNOWN
            row.remarks.append(_("Stands in the ledger as %(number)s.") % {"number": numbers[ref]})
            continue
        key = ref or (address_key(row.values["address"]), *row.values["types"], row.values["area_m2"])
        if key in seen:
            row.refuse(_("The same as row %(row)s.") % {"row": seen[key]})
        seen.setdefault(key, row.number)
    placed = [row for row in usable if row.outcome in (NEW, DOUBT) and row.values["position"]]
    near = entries_at(district, [Point(*row.values["position"]) for row in placed])
    for row, found in zip(placed, near, strict=True):
        standing = [one for one in found if one.data["status"] in STANDING]
        if standing:
            row.doubt(_("Near by stands %(entry)s.") % {"entry": standing[0].title})


# --- applying ---------------------------------------------------------------------------------------
def apply(batch: LedgerImport, *, by: User, doubts: bool = False, tell: Tell | None = None) -> dict[str, int]:
    """Enter the new rows, and those in doubt where somebody says so; all or none. Once only.

    Returns the rows by outcome, with ``entered``. Raises `StructureProblem`.
    """
    require(by, MANAGE, district_id=batch.district_id)
    with transaction.atomic():
        held = LedgerImport.objects.select_for_update(of=("self",)).get(pk=batch.pk)
        if held.applied_at is not None:
            raise StructureProblem(_("The list is taken in already."), "state")
        checked = check(batch)
        wanted = [row for row in checked.rows if row.outcome == NEW or (doubts and row.outcome == DOUBT)]
        for done, row in enumerate(wanted):
            enter(_entry(row), district=batch.district, by=by, source=Source.IMPORT)
            if tell:
                tell(done + 1, len(wanted))
        counts = {**checked.counts(), "entered": len(wanted)}
        held.applied_at, held.counts = timezone.now(), counts
        held.save(update_fields=["applied_at", "counts"])
        payload = {"file": batch.file.sha256, "doubts": doubts, **counts}
        ledger.append(f"structures:import:{batch.pk}", "import", payload, actor=by.username)
    return counts


def _entry(row: Row) -> NewEntry:
    values = dict(row.values)
    height = values.pop("height_m")
    return NewEntry(**values, height_m=height, method=Method.STATED, extra={"row": row.number})
