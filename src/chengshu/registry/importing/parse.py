"""From the cells of a list to values of fields, column by column.

Each distinct text of a column is read once: real lists repeat themselves. What cannot be read in an optional
attribute becomes a remark and the row goes on; what makes a row unusable becomes a reason to refuse it.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import polars as pl

from chengshu.kernel.tables import ROW
from chengshu.registry.attributes import EMPTY, UnreadableValue, read_value
from chengshu.registry.derive import address_key, name_key
from chengshu.registry.models import AttributeDefinition, ObjectClass
from chengshu.registry.services.values import ATTRIBUTE, IDENTIFIER, TEXT_FIELDS, clean_values, definitions_of

from . import coordinates
from .columns import LAT, LNG, OBJECT_ID, STATED_DISTRICT, STATED_TOWN, column_key
from .permits import read_permits
from .reasons import Reason

Kind = AttributeDefinition.Kind
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

MAX_TEXT = 500
"""Characters of a text attribute."""
MAX_IDENTIFIER = 80
_NUMERIC = frozenset({Kind.INTEGER, Kind.DECIMAL})
_PLAIN_NUMBER = re.compile(r"[-+]?\d{1,15}(?:\.\d{1,12})?(?P<wan>万)?")
_NUMBER_WORDS = sorted(
    (
        "数据", "数量", "总数", "总计", "共计", "合计", "总共", "共有", "大约",
        "约", "共", "总", "计", "有", "为", "是",
        "个", "只", "户", "幢", "栋", "座", "套", "间", "辆", "人", "名", "家", "位", "台", "块", "处", "眼",
        "平方米", "平米", "平方", "㎡", "m2", "m²", "立方米", "立方", "m3", "米", "m", "吨", "元", "%",
    ),
    key=len, reverse=True,
)  # fmt: skip
_TRAILING = " 。.，,；;：:"
_EMPTY_CELL = EMPTY | {"\\", "——", "－", "空", "nan", "#n/a", "无数据", "未填", "未填写", "待核", "待定"}


@dataclass
class Parsed:
    """A list as fields: one Python list per field, None where the list says nothing."""

    frame: pl.DataFrame
    rows: list[int]
    values: dict[str, list[Any]]
    lng: Floats
    lat: Floats
    stated_town: list[str | None]
    stated_district: list[str | None]
    reasons: dict[int, list[Reason]] = field(default_factory=dict)
    name_keys: list[str] = field(default_factory=list)
    address_keys: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.rows)

    def remark(self, index: int, code: str, **parameters: Any) -> None:
        """Add a reason to a row."""
        self.reasons.setdefault(index, []).append({"code": code, **parameters})

    def position(self, index: int) -> list[float] | None:
        """Longitude and latitude of a row in WGS 84 degrees, as stored."""
        lng, lat = float(self.lng[index]), float(self.lat[index])
        return [lng, lat] if lng == lng and lat == lat else None  # NaN is not equal to itself

    def understood(self, index: int) -> dict[str, Any]:
        """The row's stated values under the names that drafts use; what it leaves out is left out."""
        found = {name: column[index] for name, column in self.values.items() if column[index] is not None}
        found.pop(OBJECT_ID, None)
        if position := self.position(index):
            found["position"] = position
        return found

    def fingerprint(self, index: int) -> str:
        """A hash of everything the row states but its position, which each coordinate system writes anew."""
        return fingerprint_of(
            {
                name: column[index]
                for name, column in self.values.items()
                if column[index] is not None and name != OBJECT_ID
            }
        )


def fingerprint_of(values: Mapping[str, Any]) -> str:
    """See `Parsed.fingerprint`."""
    stated = {name: value for name, value in values.items() if name != "position"}
    return hashlib.sha256(orjson.dumps(stated, option=orjson.OPT_SORT_KEYS)).hexdigest()


def parse(frame: pl.DataFrame, mapping: Mapping[str, str], crs: str, object_class: ObjectClass) -> Parsed:
    """Read all mapped columns."""
    definitions = definitions_of(object_class)
    parsed = Parsed(
        frame=frame,
        rows=frame.get_column(ROW).to_list(),
        values={},
        lng=np.empty(0),
        lat=np.empty(0),
        stated_town=_texts(frame, mapping.get(STATED_TOWN)),
        stated_district=_texts(frame, mapping.get(STATED_DISTRICT)),
    )
    for name, column in mapping.items():
        if name in (LNG, LAT, STATED_TOWN, STATED_DISTRICT):
            continue
        reader = _reader(name, definitions, object_class)
        if reader is not None:
            _read_column(parsed, name, column, reader)
    for index, value in enumerate(parsed.values.get("name") or [None] * len(parsed)):
        if not value and not any(r["code"] == "text_too_long" for r in parsed.reasons.get(index, ())):
            parsed.remark(index, "name_missing")
    read_positions(parsed, mapping, crs)
    parsed.name_keys = _keys(parsed.values.get("name"), name_key, len(parsed))
    parsed.address_keys = _keys(parsed.values.get("address"), address_key, len(parsed))
    return parsed


# --- columns --------------------------------------------------------------------------------------
class _Refusal(Exception):
    """The cell cannot be used: reason code with parameters."""

    def __init__(self, code: str, **parameters: Any) -> None:
        super().__init__(code)
        self.reason: Reason = {"code": code, **parameters}


_Reader = Callable[[str], Any]


def _read_column(parsed: Parsed, name: str, column: str, reader: _Reader) -> None:
    known: dict[str | None, Any] = {None: None}
    refused: dict[str, Reason] = {}
    cells = parsed.frame.get_column(column)
    for text in cells.unique().to_list():
        if text is None:
            continue
        if is_empty(text) and not _may_be_no(reader):
            known[text] = None
            continue
        try:
            known[text] = reader(text)
        except _Refusal as refusal:
            known[text], refused[text] = None, refusal.reason
    texts = cells.to_list()
    values = [known[text] for text in texts]
    if name == "permits":
        for index, value in enumerate(values):
            if value:
                values[index], bad = value
                for entry in bad:
                    parsed.remark(index, "permit_unreadable", value=entry)
    parsed.values[name] = values
    if refused:
        for index, text in enumerate(texts):
            if text in refused:
                parsed.reasons.setdefault(index, []).append(refused[text])


def is_empty(text: str) -> bool:
    """Whether a cell says that nothing is known."""
    return text.strip(" 。").lower() in _EMPTY_CELL


def _may_be_no(reader: _Reader) -> bool:
    return getattr(reader, "may_be_no", False)


def _reader(
    name: str, definitions: Mapping[str, AttributeDefinition], object_class: ObjectClass
) -> _Reader | None:
    if name.startswith(ATTRIBUTE):
        definition = definitions.get(name.removeprefix(ATTRIBUTE))
        return _attribute_reader(name, definition) if definition else None
    if name.startswith(IDENTIFIER):
        return lambda text: _limited(name, text, MAX_IDENTIFIER)
    if name == "permits":
        return read_permits
    if name == OBJECT_ID:
        return _file_number
    if name == "verified_on":
        day = AttributeDefinition(kind=Kind.DATE, label_zh="", label_en="")
        return _attribute_reader(name, day)
    if name in TEXT_FIELDS:
        limit = TEXT_FIELDS[name]
        personal = name.startswith("responsible")
        return lambda text: _limited(name, _unmasked(name, text) if personal else text, limit)
    codes = {"uscc": "uscc_invalid", "responsible_id": "resident_id_invalid", "status": "status_unknown",
             "credit": "credit_unknown"}  # fmt: skip
    if name in codes:
        return _checked_reader(name, codes[name], object_class)
    return None


def _checked_reader(name: str, code: str, object_class: ObjectClass) -> _Reader:
    def read(text: str) -> Any:
        if name == "responsible_id":
            _unmasked(name, text)
        clean, problems = clean_values(object_class, {name: text}, definitions={}, complete=False)
        if problems:
            raise _Refusal(code, value=text[:60])
        return clean[name] or None

    return read


def _attribute_reader(name: str, definition: AttributeDefinition) -> _Reader:
    kind = Kind(definition.kind)

    def read(text: str) -> Any:
        if definition.personal:
            _unmasked(name, text)
        if kind in (Kind.TEXT, Kind.PHONE):
            return _limited(name, text, MAX_TEXT)
        try:
            plain = (
                plain_number(text, definition) if kind in _NUMERIC else unicodedata.normalize("NFKC", text)
            )
            return read_value(definition, plain)
        except (UnreadableValue, OverflowError):
            raise _Refusal("unreadable_value", field=name, value=text[:80]) from None

    if kind == Kind.BOOLEAN:
        read.may_be_no = True  # type: ignore[attr-defined]
    return read


def plain_number(text: str, definition: AttributeDefinition) -> str:
    """The one number that a cell states in words such as ``共107个停车位。``; more than one is none.

    A text with a ratio, a price beside a count or a doubtful word (余, 多) is not guessed at.
    Raises `UnreadableValue`.
    """
    plain = unicodedata.normalize("NFKC", text).replace(" ", "").replace("\n", "").lower()
    if _PLAIN_NUMBER.fullmatch(plain):
        return plain
    own = {column_key(word) for word in (definition.unit, definition.label_zh, *definition.aliases) if word}
    unit = unicodedata.normalize("NFKC", definition.unit).lower()
    for word in [unit, *sorted(own, key=len, reverse=True), *_NUMBER_WORDS]:
        if word:
            plain = plain.replace(word, "")
    plain = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", plain.strip(_TRAILING))
    match = _PLAIN_NUMBER.fullmatch(plain)
    if match is None:
        raise UnreadableValue(text)
    return f"{float(plain[:-1]) * 10_000:f}" if match["wan"] else plain


def _limited(name: str, text: str, limit: int) -> str:
    if len(text) > limit:
        raise _Refusal("text_too_long", field=name, limit=limit)
    return text.replace("\x00", "")


def _unmasked(name: str, text: str) -> str:
    if "*" in text or "＊" in text:
        raise _Refusal("masked_value", field=name)
    return text


def _file_number(text: str) -> int:
    if not re.fullmatch(r"\d{1,18}", text):
        raise _Refusal("file_number_unknown", value=text[:40])
    return int(text)


def _texts(frame: pl.DataFrame, column: str | None) -> list[str | None]:
    if column is None:
        return [None] * frame.height
    return [None if text is None or is_empty(text) else text for text in frame.get_column(column).to_list()]


def _keys(values: list[Any] | None, make: Callable[[str], str], count: int) -> list[str]:
    if values is None:
        return [""] * count
    known = {value: make(value) if value else "" for value in set(values)}
    return [known[value] for value in values]


# --- positions ------------------------------------------------------------------------------------
def read_positions(parsed: Parsed, mapping: Mapping[str, str], crs: str) -> None:
    """Fill in the positions in WGS 84 degrees, with a reason on rows whose coordinates cannot be."""
    count = len(parsed)
    if not mapping.get(LNG) or not mapping.get(LAT):
        parsed.lng = parsed.lat = np.full(count, np.nan)
        return
    lng, lat = (coordinates.numbers(parsed.frame, mapping[axis]) for axis in (LNG, LAT))
    given = [_given(parsed.frame, mapping[axis]) for axis in (LNG, LAT)]
    # Many systems write 0, 0 for a position they do not have.
    nowhere = (lng == 0) & (lat == 0)
    lng[nowhere], lat[nowhere] = np.nan, np.nan
    given = [column & ~nowhere for column in given]
    parsed.lng, parsed.lat = (np.round(axis, 7) for axis in coordinates.positions(lng, lat, crs))
    _judge_positions(parsed, mapping, crs, (lng, lat), (given[0], given[1]))


def _given(frame: pl.DataFrame, column: str) -> Bools:
    cells = frame.get_column(column).to_list()
    return np.array([cell is not None and not is_empty(cell) for cell in cells], dtype=bool)


def _judge_positions(
    parsed: Parsed,
    mapping: Mapping[str, str],
    crs: str,
    numbers: tuple[Floats, Floats],
    given: tuple[Bools, Bools],
) -> None:
    lng, lat = numbers
    half = given[0] != given[1]
    unread = given[0] & given[1] & ~(np.isfinite(lng) & np.isfinite(lat))
    swapped = np.zeros(len(parsed), dtype=bool)
    if crs != "local":
        with np.errstate(invalid="ignore"):
            swapped = (lng > 3) & (lng < 54) & (lat > 73) & (lat < 136)
    impossible = given[0] & given[1] & ~unread & ~swapped & ~np.isfinite(parsed.lng)
    columns = [parsed.frame.get_column(mapping[axis]) for axis in (LNG, LAT)]
    for code, rows in (
        ("coordinate_half", half),
        ("coordinate_not_number", unread),
        ("coordinate_swapped", swapped),
        ("coordinate_range", impossible),
    ):
        for index in np.flatnonzero(rows).tolist():
            shown = ", ".join(str(column[index])[:40] for column in columns)
            parsed.remark(index, code, value=shown)
            parsed.lng[index] = parsed.lat[index] = np.nan
    for index in np.flatnonzero(~given[0] & ~given[1]).tolist():
        parsed.remark(index, "no_position")
