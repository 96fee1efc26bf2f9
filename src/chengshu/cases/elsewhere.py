"""Fines in other cases of the same parties at the same place (一事不二罚, 行政处罚法 2021 art. 29).

Asked before a decision and by the file review with the same function: three queries for any number of cases.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet
from django.db.models.functions import Coalesce

from chengshu.cases.models import Party
from chengshu.cases.procedure.party_view import Elsewhere

COLUMNS = (
    "case_id", "key", "kind", "name", "id_number", "details__birth", "fine",
    "case__district_id", "case__object_id", "case__place", "case__number", "case__cause",
    "case__act_on", "case__act_until", "case__decided_on",
)  # fmt: skip


@dataclass(frozen=True)
class _Row:
    """A party with what is needed of its case."""

    case: int
    key: str
    kind: str
    name: str
    id_number: str
    birth: str | None
    fine: Decimal
    district: int
    object: int | None
    place: str
    number: str
    cause: str
    act_on: date | None
    act_until: date | None
    decided_on: date | None

    def is_the_same_as(self, other: _Row) -> bool:
        """Whether both rows are one party: by number where both have one, a person also by birth."""
        if self.kind != other.kind or self.district != other.district:
            return False
        if self.id_number and other.id_number:
            return self.id_number == other.id_number
        same_person = self.kind == Party.Kind.ORGANISATION or bool(self.birth and self.birth == other.birth)
        return self.name == other.name and same_person

    def lies_where(self, other: _Row) -> bool:
        """Whether both acts were done at the same object or place."""
        if self.object and other.object:
            return self.object == other.object
        return bool(self.place) and self.place == other.place


def fined_elsewhere(ids: Sequence[int]) -> dict[int, list[Elsewhere]]:
    """For each of these cases the fines of its parties in other cases at the same place, by the case's id.

    Whether the acts are one is the rules' question. Later decisions are left out: of two, the second errs.
    """
    own = [row for row in _rows(Party.objects.filter(case_id__in=list(ids))) if row.act_on is not None]
    if not own:
        return {}
    fined = _fined(own)
    by_name, by_number = defaultdict[str, list[_Row]](list), defaultdict[str, list[_Row]](list)
    for row in fined:
        by_name[row.name].append(row)
        if row.id_number:
            by_number[row.id_number].append(row)
    found = defaultdict[int, list[Elsewhere]](list)
    for row in own:
        near = {*by_name[row.name], *(by_number[row.id_number] if row.id_number else ())}
        for other in sorted(near, key=lambda one: one.case):
            if _counts(row, other):
                found[row.case].append(_elsewhere(row.key, other))
    return dict(found)


def _counts(row: _Row, other: _Row) -> bool:
    decided = (row.decided_on or date.max, row.case)
    earlier = row.decided_on is None or (other.decided_on or date.max, other.case) < decided
    return other.case != row.case and earlier and row.is_the_same_as(other) and row.lies_where(other)


def _elsewhere(key: str, other: _Row) -> Elsewhere:
    begun = other.act_on or date.min
    return Elsewhere(key, other.number, other.cause, begun, other.act_until or begun, other.fine)


def _fined(own: Sequence[_Row]) -> set[_Row]:
    """Fined parties with one of the names or numbers, for acts in the days in question."""
    begin = min(row.act_on for row in own if row.act_on)
    end = max(row.act_until or row.act_on for row in own if row.act_on)
    fined = Party.objects.filter(fine__gt=0, case__decided_on__isnull=False, case__act_on__lte=end)
    fined = fined.annotate(act_end=Coalesce("case__act_until", "case__act_on")).filter(act_end__gte=begin)
    numbers = {row.id_number for row in own if row.id_number}
    found = set(_rows(fined.filter(name__in={row.name for row in own})))
    if numbers:
        found.update(_rows(fined.exclude(id_number="").filter(id_number__in=numbers)))
    return found


def _rows(parties: QuerySet[Party]) -> Iterable[_Row]:
    return (_Row(*row) for row in parties.order_by().values_list(*COLUMNS))
