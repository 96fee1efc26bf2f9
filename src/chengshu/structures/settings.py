"""The ledger's data beside this file: types, thresholds, procedure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import get_language

from chengshu.law.model import Citation

DATA = Path(__file__).parent / "data"


def read(name: str) -> Any:
    """A data file as plain values."""
    return yaml.safe_load((DATA / name).read_text(encoding="utf-8"))


def in_language(zh: str, en: str) -> str:
    """The words in the language of the page."""
    return en if (get_language() or "").startswith("en") and en else zh


@dataclass(frozen=True)
class StructureType:
    """违建类型; ``key``: 重点类型."""

    code: str
    zh: str
    en: str
    key: bool

    @property
    def label(self) -> str:
        """Its name in the language of the page."""
        return in_language(self.zh, self.en)


@cache
def types() -> dict[str, StructureType]:
    """All types by code, in the order of the file."""
    return {one["code"]: StructureType(**one) for one in read("structure_types.yaml")["types"]}


def key_types() -> list[str]:
    """Codes of the key types (重点类型)."""
    return [code for code, one in types().items() if one.key]


@dataclass(frozen=True)
class Rules:
    """Thresholds: metres, square metres, shares, days. ``verified``: whether a source confirms them."""

    verified: bool
    same_place_m: float
    large_area_m2: float
    removed_share: float
    outline_share: float
    moved_most_m: float
    amber_days: int
    near_m: float
    deferral_most_days: int
    most_photos: int
    number: str
    lead_majors: list[str]


@cache
def rules() -> Rules:
    """The thresholds of the ledger."""
    return Rules(**read("rules.yaml"))


@dataclass(frozen=True)
class StepRule:
    """A statutory step: what must stand before it and what it brings along (`data/procedure.yaml`).

    ``anew``: a newer one voids what followed from the one before. ``after``: possible once it is gone, too.
    ``not_while``: not between the first of these two steps and the second.
    """

    code: str
    zh: str
    en: str
    applies: str
    citation: Citation
    needs: tuple[str, ...] = ()
    needs_any: tuple[str, ...] = ()
    only_after: tuple[str, ...] = ()
    number: bool = False
    deadline: bool = False
    finding: bool = False
    owner: str = ""
    anew: bool = False
    after: bool = False
    not_while: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """Its name in the language of the page."""
        return in_language(self.zh, self.en)


@dataclass(frozen=True)
class ClockRule:
    """A statutory clock. ``kind``: due (at the latest), wait (not before), set (by the document itself).

    ``outlives``: it runs on when the structure is gone. ``not_of``: sources of entries for which it is over.
    """

    code: str
    zh: str
    en: str
    kind: str
    start: tuple[str, ...]
    until: str
    applies: str
    citation: Citation
    valid_from: date
    valid_to: date | None = None
    n: int | None = None
    unit: str = ""
    reported: bool = False
    outlives: bool = False
    not_of: tuple[str, ...] = ()
    text: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """Its name in the language of the page."""
        return in_language(self.zh, self.en)

    def applies_to(self, *, building: bool, day: date) -> bool:
        """Whether it runs for such a structure on the day its start lies on."""
        fits = self.applies in ("any", "building" if building else "standing")
        return fits and self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


def _citation(raw: dict[str, Any]) -> Citation:
    verified = raw.pop("confidence") == "verified"
    return Citation(raw.pop("instrument"), raw.pop("article"), verified)


def _tuple(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ())


@dataclass(frozen=True)
class RestHours:
    """When nothing is demolished by force: between two hours of the day over midnight, and on holidays."""

    night_from: int
    night_to: int
    citation: Citation


@cache
def rest_hours() -> RestHours:
    """The hours in which compulsion is not carried out."""
    raw = dict(read("procedure.yaml")["rest_hours"])
    return RestHours(citation=_citation(raw), **raw)


@cache
def steps() -> dict[str, StepRule]:
    """The statutory steps by code, in order."""
    found = {}
    for raw in read("procedure.yaml")["steps"]:
        lists = {
            name: _tuple(raw.pop(name, ())) for name in ("needs", "needs_any", "only_after", "not_while")
        }
        found[raw["code"]] = StepRule(citation=_citation(raw), **{**raw, **lists})
    return found


@cache
def clocks() -> tuple[ClockRule, ...]:
    """The statutory clocks, dated."""
    found = []
    for raw in read("procedure.yaml")["clocks"]:
        start, text = _tuple(raw.pop("from")), _tuple(raw.pop("text", ()))
        until, not_of = raw.pop("until", ""), _tuple(raw.pop("not_of", ()))
        found.append(
            ClockRule(citation=_citation(raw), start=start, text=text, until=until, not_of=not_of, **raw)
        )
    return tuple(found)
