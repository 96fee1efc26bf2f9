"""What the pages of re-verification rounds ask."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Window
from django.http import HttpRequest

from chengshu.bureau.models import User
from chengshu.registry.indicators import CHECKED_OUTCOMES
from chengshu.registry.models import RoundItem, VerificationRound
from chengshu.registry.queries.reference import districts_of
from chengshu.ui.paging import PER_PAGE, Page

OPEN = "open"
NOBODY, ME = "nobody", "me"


def visible_rounds(user: User) -> QuerySet[VerificationRound]:
    """Rounds of every district in which the person sees anything."""
    return VerificationRound.objects.filter(district__in=districts_of(user.scope_for("registry.view")))


def with_progress(rounds: QuerySet[VerificationRound]) -> QuerySet[VerificationRound]:
    """Rounds with ``checked``, ``added`` and ``unseen`` counted in the same query."""
    return rounds.annotate(
        checked=Count("items", filter=Q(items__outcome__in=CHECKED_OUTCOMES)),
        added=Count("items", filter=Q(items__outcome=RoundItem.Outcome.ADDED)),
        unseen=Count("items", filter=Q(items__outcome="")),
    )


@dataclass(frozen=True)
class ItemFilter:
    """What the list of items is narrowed to; empty means all."""

    squad: int | None = None
    outcome: str = ""
    assignee: str = ""
    q: str = ""

    def apply(self, items: QuerySet[RoundItem], user: User) -> QuerySet[RoundItem]:
        """The items that answer. ``outcome`` also knows ``open`` and ``checked`` (any but newly found)."""
        if self.squad is not None:
            items = items.filter(squad=self.squad)
        if self.outcome == OPEN:
            items = items.filter(outcome="")
        elif self.outcome == "checked":
            items = items.filter(outcome__in=CHECKED_OUTCOMES)
        elif self.outcome:
            items = items.filter(outcome=self.outcome)
        if self.assignee == NOBODY:
            items = items.filter(assignee=None)
        elif self.assignee:
            items = items.filter(assignee=user.pk if self.assignee == ME else int(self.assignee))
        if self.q:
            items = items.filter(Q(object__name__icontains=self.q) | Q(object__address__icontains=self.q))
        return items


def items_of(user: User, round_id: int, wanted: ItemFilter) -> QuerySet[RoundItem]:
    """Items of a round the person may see, narrowed."""
    return wanted.apply(RoundItem.objects.visible_to(user).filter(round=round_id), user)


def item_page(user: User, round_id: int, wanted: ItemFilter, request: HttpRequest) -> Page:
    """One page with its total in one query (two where the page lies past the end)."""
    items = (
        items_of(user, round_id, wanted)
        .select_related("round", "object", "assignee")
        .annotate(total=Window(Count("id")))
        .order_by("squad_id", "object__sort_key", "id")
    )
    return _page(items, request)


def _page(rows: QuerySet[Any], request: HttpRequest) -> Page:
    asked = request.GET.get("page", "1")
    number = max(1, int(asked)) if asked.isdecimal() and len(asked) < 7 else 1
    found = list(rows[(number - 1) * PER_PAGE : number * PER_PAGE])
    if not found and number > 1:
        number = 1
        found = list(rows[:PER_PAGE])
    total = found[0].total if found else 0
    return Page(found, number, PER_PAGE, total, False)


def window_page(rows: QuerySet[Any], request: HttpRequest) -> Page:
    """A page of any list whose rows are to carry their total."""
    return _page(rows.annotate(total=Window(Count("id"))), request)


def exported(items: QuerySet[RoundItem]) -> Iterator[RoundItem]:
    """Items for a table, with the latest result's note; read in pieces."""
    rows = items.select_related(
        "object", "object__town", "object__object_class", "squad", "assignee", "done_by"
    ).order_by(F("squad__code").asc(nulls_last=True), "object__sort_key", "id")
    return rows.prefetch_related("results").iterator(chunk_size=2000)
