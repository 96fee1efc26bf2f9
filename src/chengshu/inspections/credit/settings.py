"""The rules on credit, read from ``data/credit.yaml`` and checked; see there what each means."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, cast

import orjson
import yaml
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from chengshu.kernel.workdays import DayUnit, WorkingDayCalendarError, add_period
from chengshu.law.catalogue import LawProblem, catalogue
from chengshu.law.model import Citation

from .rules import CLASSES, ClassRules, Kind

DATA = Path(__file__).parent.parent / "data"
ORDINARY, SERIOUS = LEVELS = ("ordinary", "serious")


class CreditDataError(ValueError):
    """The data on credit cannot be used; says which entry and why."""


@dataclass(frozen=True)
class Named:
    """A ground or a measure, with its provision."""

    code: str
    zh: str
    en: str
    levels: tuple[str, ...]
    citation: Citation | None
    verified: bool
    valid_from: date
    needs_case: bool = False

    @property
    def label(self) -> str:
        """The name in the language of the page."""
        return self.en if (get_language() or "").startswith("en") else self.zh

    @property
    def cited(self) -> str:
        """The provision as documents print it; empty where none is known."""
        return catalogue().cite(self.citation) if self.citation else ""


@dataclass(frozen=True)
class Length:
    """A period in force from a day on, ``valid_to`` its last day; ``text`` are words of its source."""

    valid_from: date
    valid_to: date | None
    n: int
    unit: DayUnit
    verified: bool
    citation: Citation | None = None
    text: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Column:
    """A column of the exchange: its code, its name, and which kinds of parties must have a value."""

    code: str
    zh: str
    en: str
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Exchange:
    """How the credit office wants its table."""

    columns: tuple[Column, ...]
    categories: Mapping[str, str]
    household_prefix: str
    papers: Mapping[str, str]
    kinds: Mapping[str, str]
    remarks: Mapping[str, str]


@dataclass(frozen=True)
class EntryExchange:
    """The sheet of dishonesty entries beside the penalties: its name, columns, and remark of each kind."""

    sheet: str
    columns: tuple[Column, ...]
    levels: Mapping[str, str]
    remarks: Mapping[str, str]


@dataclass(frozen=True)
class CreditData:
    """Everything in the file."""

    class_rules: tuple[ClassRules, ...]
    grounds: Mapping[str, Named]
    measures: Mapping[str, Named]
    periods: Mapping[str, tuple[Length, ...]]
    amber_days: int
    exchange: Exchange = field(repr=False)
    entry_exchange: EntryExchange = field(repr=False)


@cache
def credit_data() -> CreditData:
    """The shipped data, read once."""
    return load(DATA / "credit.yaml")


@cache
def codes_of(district_code: str) -> Mapping[str, str]:
    """What the credit office assigned to a district's bureau; empty where nothing is entered."""
    path = DATA / district_code / "credit.yaml"
    return yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}


def load(path: Path) -> CreditData:
    """Read and check a file. Raises `CreditDataError` naming the entry at fault."""
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    try:
        return CreditData(
            class_rules=tuple(_class_rules(entry) for entry in raw["class_rules"]),
            grounds={
                code: _named(code, {**entry, "levels": [entry["level"]]})
                for code, entry in raw["grounds"].items()
            },
            measures={code: _named(code, entry) for code, entry in raw["measures"].items()},
            periods={code: tuple(_length(entry) for entry in rows) for code, rows in raw["periods"].items()},
            amber_days=int(raw["amber_days"]),
            exchange=_exchange(raw["exchange"]),
            entry_exchange=EntryExchange(
                sheet=raw["entry_exchange"]["sheet"],
                columns=_columns(raw["entry_exchange"]),
                levels={code: raw["levels"][code]["zh"] for code in LEVELS},
                remarks=raw["entry_exchange"]["remarks"],
            ),
        )
    except KeyError as missing:
        raise CreditDataError(f"{path.name}: {missing} missing") from missing
    except CreditDataError as problem:
        raise CreditDataError(f"{path.name}: {problem}") from problem


def _class_rules(raw: dict[str, Any]) -> ClassRules:
    where = f"class_rules from {raw['valid_from']}"
    kinds = {}
    for code, entry in raw["kinds"].items():
        kind = Kind(code, **entry)
        if (kind.points < 0) is not kind.merit or kind.full_months >= kind.ends_months:
            raise CreditDataError(
                f"{where}: {code}: points below zero are for merits, and a fact ends counting"
            )
        if kind.cap is not None and not kind.merit:
            raise CreditDataError(f"{where}: {code}: only a merit has a cap, more offences always count more")
        if kind.at_least and kind.at_least not in CLASSES:
            raise CreditDataError(f"{where}: {code}: at_least must be one of {', '.join(CLASSES)}")
        kinds[code] = kind
    bounds = [raw["best"].get(code) for code in CLASSES[:-1]]
    if None in bounds or bounds != sorted(bounds):
        raise CreditDataError(f"{where}: best needs rising points for {', '.join(CLASSES[:-1])}")
    if raw["default"] not in CLASSES or set(raw["minimum"]) - {*CLASSES[: CLASSES.index(raw["default"])]}:
        raise CreditDataError(f"{where}: only a class better than the default needs a minimum of checks")
    return ClassRules(
        valid_from=raw["valid_from"],
        valid_to=raw.get("valid_to"),
        verified=raw["confidence"] == "verified",
        note=raw.get("note", ""),
        valid_months=raw["valid_months"],
        look_back_months=raw["look_back_months"],
        best=raw["best"],
        minimum=raw["minimum"],
        default=raw["default"],
        kinds=kinds,
        digest=hashlib.sha256(orjson.dumps(raw, option=orjson.OPT_SORT_KEYS, default=str)).hexdigest(),
    )


def _named(code: str, raw: dict[str, Any]) -> Named:
    if unknown := set(raw["levels"]) - set(LEVELS):
        raise CreditDataError(f"{code}: unknown level {', '.join(sorted(unknown))}")
    return Named(
        code=code,
        zh=raw["zh"],
        en=raw["en"],
        levels=tuple(raw["levels"]),
        citation=_citation(raw),
        verified=raw["confidence"] == "verified",
        valid_from=raw.get("valid_from", date.min),
        needs_case=bool(raw.get("needs_case")),
    )


def _citation(raw: dict[str, Any]) -> Citation | None:
    cited = raw.get("citation")
    return Citation(cited["instrument"], cited["article"]) if cited else None


def _length(raw: dict[str, Any]) -> Length:
    return Length(
        valid_from=raw["valid_from"],
        valid_to=raw.get("valid_to"),
        n=int(raw["n"]),
        unit=cast(DayUnit, raw["unit"]),
        verified=raw["confidence"] == "verified",
        citation=_citation(raw),
        text=tuple(raw.get("text", ())),
        note=raw.get("note", ""),
    )


def _columns(raw: dict[str, Any]) -> tuple[Column, ...]:
    return tuple(
        Column(entry["code"], entry["zh"], entry["en"], tuple(entry.get("needs", ())))
        for entry in raw["columns"]
    )


def _exchange(raw: dict[str, Any]) -> Exchange:
    return Exchange(
        _columns(raw),
        raw["categories"],
        str(raw["household_prefix"]),
        raw["papers"],
        raw["kinds"],
        raw["remarks"],
    )


# --- asked of the data -----------------------------------------------------------------------------------
def class_rules_on(day: date) -> ClassRules:
    """The rules on classes in force on the day. Raises `LawProblem` where there are none."""
    for rules in credit_data().class_rules:
        if rules.valid_from <= day and (rules.valid_to is None or day <= rules.valid_to):
            return rules
    raise LawProblem(_("No rules on credit classes were in force on %(day)s.") % {"day": day})


def length(code: str, on: date) -> Length:
    """A period in force on the day. Raises `LawProblem` where there is none."""
    for entry in credit_data().periods[code]:
        if entry.valid_from <= on and (entry.valid_to is None or on <= entry.valid_to):
            return entry
    raise LawProblem(_("No period for this was in force on %(day)s.") % {"day": on})


def due(code: str, start: date) -> date:
    """The last day of a period begun on ``start``, which is not counted. Raises `LawProblem`."""
    period = length(code, start)
    try:
        return add_period(start, period.n, period.unit)
    except WorkingDayCalendarError as unknown:
        raise LawProblem(str(unknown)) from unknown


def due_or_none(code: str, start: date) -> date | None:
    """The same for a page, which shows no deadline where the law or the calendar has no answer."""
    try:
        return due(code, start)
    except LawProblem:
        return None


def light(until: date, today: date) -> str:
    """green, amber or red for a last day."""
    if today > until:
        return "red"
    return "amber" if (until - today).days <= credit_data().amber_days else "green"
