"""What the bureau aims at in a year, as its plan prints it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from chengshu.bureau.models import District
from chengshu.kernel.indicators.asking import refuse_fines
from chengshu.kernel.indicators.declarations import all_declared, declared
from chengshu.kernel.indicators.units import unit_name
from chengshu.reports.models import Target
from chengshu.reports.targets import Prepared, prepared
from chengshu.reports.wording import plain

WORDS = {">=": "不低于", "<=": "不高于"}


class Aim(Prepared):
    """What a figure is to reach. value: in the figure's unit; unverified: a proposal that nobody set yet."""

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


def aims(district: District, year: int) -> Mapping[str, Aim]:
    """The targets of a whole district and year by figure: those set, and shipped ones as proposals.

    A shipped one that somebody set or withdrew is no proposal any more. Those of figures nobody counts yet
    are left out. Raises `FinesForbidden` for one that rests on the amount of fines.
    """
    known = {one.id for one in all_declared()}
    rows = list(Target.objects.filter(district=district, squad=None, town=None, year=year))
    decided = {one.figure for one in rows}
    shipped = [one for one in prepared() if one.year == year and one.figure not in decided]
    standing = [one for one in rows if one.withdrawn_at is None and one.figure in known]
    found = _by_figure(replace(_aim(one), unverified=True) for one in shipped)
    found |= _by_figure(_aim(one) for one in standing)
    for id_ in found:
        refuse_fines(id_)
    return found


def _aim(one: Target | Prepared) -> Aim:
    return Aim(one.figure, str(one.comparison), one.value, one.year, one.source, one.unverified)


def _by_figure(listed: Iterable[Aim]) -> dict[str, Aim]:
    return {one.figure: one for one in listed}
