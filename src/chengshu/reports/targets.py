"""What the bureau aims at in a year, from ``data/targets.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

import yaml

from chengshu.kernel.indicators.asking import refuse_fines
from chengshu.kernel.indicators.declarations import all_declared, declared
from chengshu.kernel.indicators.units import unit_name
from chengshu.reports.wording import plain

FILE = Path(__file__).parent / "data" / "targets.yaml"
WORDS = {">=": "不低于", "<=": "不高于", "=": "为"}


@dataclass(frozen=True)
class Aim:
    """What a figure is to reach. value: in the figure's unit; unverified: nobody set it in writing yet."""

    figure: str
    comparison: str
    value: Decimal
    year: int
    source: str
    unverified: bool

    @property
    def text(self) -> str:
        """As it is printed in a table beside the unit: 不低于98."""
        return WORDS[self.comparison] + plain(self.value) + self._proposed

    @property
    def words(self) -> str:
        """As it is said in a sentence, with the unit: 不低于98%."""
        unit = unit_name(declared(self.figure).unit)
        return f"{WORDS[self.comparison]}{plain(self.value)}{unit}{self._proposed}"

    @property
    def _proposed(self) -> str:
        return "（建议）" if self.unverified else ""


def aims(year: int) -> Mapping[str, Aim]:
    """The shipped targets of a year by figure; those of figures nobody counts yet are left out.

    Raises `FinesForbidden` for a target that rests on the amount of fines.
    """
    known = {one.id for one in all_declared()}
    found = {one.figure: one for one in _read() if one.year == year and one.figure in known}
    for id_ in found:
        refuse_fines(id_)
    return found


@cache
def _read() -> tuple[Aim, ...]:
    raw = yaml.safe_load(FILE.read_text(encoding="utf-8")) or []
    read = tuple(
        Aim(
            one["figure"],
            one["comparison"],
            Decimal(str(one["value"])),
            int(one["year"]),
            one["source"],
            bool(one["unverified"]),
        )
        for one in raw
    )
    for one in read:
        if one.comparison not in WORDS:
            raise ValueError(f"{one.comparison!r} compares nothing; say >=, <= or =")
    return read
