"""How a statute counts its periods (期间计算): dated data in ``data/periods.yaml``, checked here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, cast, get_args

import yaml
from django.utils.translation import gettext as _

from chengshu.kernel.workdays import DayUnit, add_period

CountingUnit = Literal["calendar_day", "working_day"]
Confidence = Literal["verified", "unverified"]

PERIODS_FILE = Path(__file__).parent / "data" / "periods.yaml"
_RULE_FIELDS = {
    "valid_from",
    "valid_to",
    "lengths",
    "max",
    "unit",
    "roll",
    "article",
    "text",
    "note",
    "source",
    "confidence",
}


class CountingDataError(ValueError):
    """The data of periods cannot be used; says which entry and why."""


class UnknownInstrument(LookupError):
    """No instrument of that code is described."""


@dataclass(frozen=True)
class CountingRule:
    """One rule on counting: in which unit a period of days runs, and where that is written.

    ``lengths`` and ``max`` limit it to certain numbers of days; ``valid_to`` is the last day it applies.
    ``roll``: a last day of rest moves to the next working day. ``is_default``: the instrument has no rule
    of its own for the number and date. ``text``: words of the article, to find it in ``source``.
    """

    unit: CountingUnit
    source: str
    article: str
    verified: bool
    roll: bool = False
    is_default: bool = False
    valid_from: date | None = None
    valid_to: date | None = None
    lengths: frozenset[int] | None = None
    max: int | None = None
    text: tuple[str, ...] = ()
    note: str = ""

    def covers(self, n: int, on: date) -> bool:
        """Whether the rule counts a period of ``n`` days for a step taken on the day."""
        return (
            (self.valid_from is None or self.valid_from <= on)
            and (self.valid_to is None or on <= self.valid_to)
            and (self.lengths is None or n in self.lengths)
            and (self.max is None or n <= self.max)
        )


@dataclass(frozen=True)
class Instrument:
    """A statute (法律规范) by code, with its rules on counting in order of precedence."""

    code: str
    title: str
    rules: tuple[CountingRule, ...]


@dataclass(frozen=True)
class CountingData:
    """All instruments by code, and what applies where one says nothing."""

    default: CountingRule
    instruments: dict[str, Instrument]


def counting_unit(instrument: str, n: int, on: date) -> CountingRule:
    """The rule by which ``instrument`` counts a period of ``n`` days for a step taken ``on`` a day.

    Procedure follows the law in force on the day of the step. Raises :class:`UnknownInstrument`.
    """
    data = periods()
    if instrument not in data.instruments:
        raise UnknownInstrument(
            _("It is not known how “%(instrument)s” counts periods.") % {"instrument": instrument}
        )
    for rule in data.instruments[instrument].rules:
        if rule.covers(n, on):
            return rule
    return data.default


def deadline(
    instrument: str, start: date, n: int, on: date | None = None, *, roll: bool | None = None
) -> date:
    """The last day of a period of ``n`` days that ``instrument`` sets, begun on ``start`` (not counted).

    ``on`` is the day whose law applies, by default ``start``. ``roll`` overrides whether a last day of rest
    moves to the next working day. A provision that itself says 工作日 is added with
    :func:`~chengshu.kernel.workdays.add_period` directly.
    """
    rule = counting_unit(instrument, n, start if on is None else on)
    return add_period(start, n, cast(DayUnit, rule.unit), roll=rule.roll if roll is None else roll)


@lru_cache(maxsize=1)
def periods() -> CountingData:
    """The shipped data, read once."""
    return load_periods(PERIODS_FILE)


def load_periods(path: Path) -> CountingData:
    """Read and check a file of periods. Raises :class:`CountingDataError` naming the entry at fault."""
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise CountingDataError(f"{path.name}: {error}") from error
    if not isinstance(raw, dict) or set(raw) != {"default", "instruments"}:
        raise CountingDataError(f"{path.name}: needs exactly the keys default and instruments")
    default = _rule(raw["default"], f"{path.name}: default", is_default=True)
    instruments: dict[str, Instrument] = {}
    for index, entry in enumerate(_list(raw["instruments"], f"{path.name}: instruments")):
        where = f"{path.name}: instrument {index + 1}"
        if not isinstance(entry, dict) or set(entry) != {"code", "title", "rules"}:
            raise CountingDataError(f"{where}: needs exactly the keys code, title and rules")
        code = str(entry["code"])
        if code in instruments:
            raise CountingDataError(f"{where}: code {code} is there twice")
        rules = tuple(
            _rule(rule, f"{path.name}: {code}, rule {number + 1}")
            for number, rule in enumerate(_list(entry["rules"], where))
        )
        instruments[code] = Instrument(code, str(entry["title"]), rules)
    return CountingData(default, instruments)


def _rule(raw: Any, where: str, *, is_default: bool = False) -> CountingRule:
    if not isinstance(raw, dict):
        raise CountingDataError(f"{where}: must be a mapping")
    if unknown := set(raw) - _RULE_FIELDS:
        raise CountingDataError(f"{where}: unknown field {', '.join(sorted(map(str, unknown)))}")
    if missing := {"unit", "source", "article", "confidence"} - set(raw):
        raise CountingDataError(f"{where}: {', '.join(sorted(missing))} missing")
    for key, allowed in (("unit", get_args(CountingUnit)), ("confidence", get_args(Confidence))):
        if raw[key] not in allowed:
            raise CountingDataError(f"{where}: {key} must be one of {', '.join(allowed)}")
    valid_from, valid_to = _day(raw, "valid_from", where), _day(raw, "valid_to", where)
    if not is_default and valid_from is None:
        raise CountingDataError(f"{where}: valid_from missing")
    if valid_from and valid_to and valid_to < valid_from:
        raise CountingDataError(f"{where}: valid_to lies before valid_from")
    lengths = raw.get("lengths")
    if lengths is not None and not (isinstance(lengths, list) and all(_is_count(n) for n in lengths)):
        raise CountingDataError(f"{where}: lengths must be a list of positive whole numbers")
    if raw.get("max") is not None and not _is_count(raw["max"]):
        raise CountingDataError(f"{where}: max must be a positive whole number")
    if not isinstance(raw.get("roll", False), bool):
        raise CountingDataError(f"{where}: roll must be true or false")
    verified = raw["confidence"] == "verified"
    text = tuple(str(part) for part in _list(raw.get("text") or [], where))
    if verified and not (text and raw["article"]):
        raise CountingDataError(f"{where}: a verified rule needs its article and words of its text")
    return CountingRule(
        unit=raw["unit"],
        source=str(raw["source"]),
        article=str(raw["article"]),
        verified=verified,
        roll=raw.get("roll", False),
        is_default=is_default,
        valid_from=valid_from,
        valid_to=valid_to,
        lengths=None if lengths is None else frozenset(lengths),
        max=raw.get("max"),
        text=text,
        note=str(raw.get("note", "")),
    )


def _day(raw: dict[str, Any], key: str, where: str) -> date | None:
    value = raw.get(key)
    if value is not None and type(value) is not date:
        raise CountingDataError(f"{where}: {key} must be a date (YYYY-MM-DD)")
    return value


def _list(value: Any, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise CountingDataError(f"{where}: must be a list")
    return value


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
