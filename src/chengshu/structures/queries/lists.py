"""The list of the ledger: what is asked for, and one page of it by one query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Window
from django.utils import timezone

from chengshu.bureau.models import User
from chengshu.structures.lifecycle import ELIMINATED, STANDING
from chengshu.structures.models import Elimination, Proposal, Structure
from chengshu.structures.queries.figures import of_key_type
from chengshu.structures.settings import key_types
from chengshu.ui.paging import COUNT_CAP, PER_PAGE, Page

VIEW = "structures.view"
STANDING_CODE, WRITTEN_OFF, TO_WRITE_OFF, ELIMINATED_CODE = "standing", "written_off", "to_write_off", "gone"
KEY_TYPES, KEY_TASK, KEY_ANY = "types", "task", "any"


@dataclass(frozen=True)
class StructureFilter:
    """Which entries are asked for; everything empty means all. ``month``: 1 to 12, of the elimination."""

    q: str = ""
    town: int | None = None
    type: str = ""
    status: str = ""
    built: str = ""
    key: str = ""
    overdue: bool = False
    waiting: bool = False
    disposal: str = ""
    year: int | None = None
    month: int | None = None
    entered: int | None = None
    relapsed: bool = False

    def condition(self) -> Q:
        """The filter as a condition on rows."""
        found = Q()
        if self.year:
            found &= Q(Exists(Elimination.objects.filter(self._counted(self.year), structure=OuterRef("pk"))))
        else:
            found &= self._what()
            if self.disposal:
                found &= Q(disposal=self.disposal)
        if self.built:
            found &= Q(built=self.built)
        if self.overdue:
            found &= Q(due_at__lt=timezone.now())
        if self.waiting:
            found &= Q(Exists(Proposal.objects.filter(structure=OuterRef("pk"), decided_at=None)))
        if self.relapsed:
            found &= Q(relapses__gt=0)
        if words := self.q.strip():
            found &= Q(number__iexact=words) | Q(address__icontains=words) | Q(source_ref__iexact=words)
        if self.entered:
            found &= Q(entered_on__year=self.entered)
        return found & self._state()

    def _what(self) -> Q:
        """Town, type and key, which an entry and what counted of it have both."""
        found = Q()
        if self.town:
            found &= Q(town=self.town)
        if self.type:
            found &= Q(types__contains=[self.type])
        if self.key == KEY_ANY:
            found &= of_key_type()
        elif self.key == KEY_TYPES:
            found &= Q(types__overlap=key_types())
        elif self.key == KEY_TASK:
            found &= Q(key_task=True)
        return found

    def _counted(self, year: int) -> Q:
        """What counted for the year as it was then."""
        found = Q(on__year=year, taken_back_at=None) & self._what()
        if self.month:
            found &= Q(on__month=self.month)
        return found & Q(kind=self.disposal) if self.disposal else found

    def _state(self) -> Q:
        if self.status == STANDING_CODE:
            return Q(status__in=STANDING)
        if self.status == WRITTEN_OFF:
            return Q(written_off_at__isnull=False)
        if self.status == TO_WRITE_OFF:
            return Q(status="demolished", written_off_at=None)
        if self.status == ELIMINATED_CODE:
            return Q() if self.year else Q(disposal__in=ELIMINATED, eliminated_on__isnull=False)
        return Q(status=self.status) if self.status else Q()


def chosen(user: User, wanted: StructureFilter, permission: str = VIEW) -> QuerySet[Structure]:
    """The entries that the filters leave: those with the next clock first, then the newest."""
    rows: QuerySet[Structure] = Structure.objects.visible_to(user, permission).filter(wanted.condition())
    return rows.order_by(F("due_at").asc(nulls_last=True), "-id")


def page_of(user: User, wanted: StructureFilter, number: int) -> Page:
    """One page and the total by one query; a number past the end shows nothing."""
    start = (number - 1) * PER_PAGE
    rows = chosen(user, wanted).annotate(
        total=Window(Count("*")),
        waits=Exists(Proposal.objects.filter(structure=OuterRef("pk"), decided_at=None)),
    )
    try:
        found: list[Any] = list(rows.defer("polygon")[start : start + PER_PAGE])
    except EmptyResultSet:
        found = []
    total = found[0].total if found else 0
    return Page(found, number if found else 1, PER_PAGE, min(total, COUNT_CAP), capped=total > COUNT_CAP)


def light_of(structure: Structure, today: date, amber_days: int) -> str:
    """red: a clock is over; amber: it ends within ``amber_days``; empty: no clock runs, or far off."""
    if structure.due_at is None:
        return ""
    if structure.due_at < timezone.now():
        return "red"
    return "amber" if (timezone.localdate(structure.due_at) - today).days <= amber_days else "green"
