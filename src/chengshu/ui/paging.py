"""Pages of long lists, with totals that are counted only up to a cap."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

PER_PAGE = 50
COUNT_CAP = 10_000


@dataclass(frozen=True)
class Page:
    """One page of a list. ``total`` is exact unless ``capped``; then there are at least that many."""

    items: Sequence[Any]
    number: int
    per_page: int
    total: int
    capped: bool

    def __iter__(self) -> Iterator[Any]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    @property
    def last(self) -> int:
        """Number of the last page that can be opened."""
        return max(1, -(-self.total // self.per_page))

    @property
    def previous(self) -> int | None:
        """Number of the page before, if any."""
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        """Number of the page after, if any."""
        return self.number + 1 if self.number < self.last else None

    @property
    def first_row(self) -> int:
        """Position of the first row in the whole list, from 1."""
        return (self.number - 1) * self.per_page + 1 if self.items else 0

    @property
    def last_row(self) -> int:
        """Position of the last row in the whole list."""
        return self.first_row + len(self.items) - 1 if self.items else 0

    @property
    def window(self) -> list[int | None]:
        """Page numbers to offer; ``None`` stands for a gap."""
        wanted = {1, self.last, *range(self.number - 1, self.number + 2)}
        shown: list[int | None] = []
        for number in sorted(n for n in wanted if 1 <= n <= self.last):
            if shown and shown[-1] is not None and number - shown[-1] > 1:
                shown.append(None)
            shown.append(number)
        return shown


@dataclass(frozen=True)
class Cut:
    """The order of a list and the part of it that is shown, as SQL. ``cap`` is where totals stop."""

    order: str
    limit: int
    offset: int
    cap: int

    @property
    def key(self) -> str:
        """The column that the order begins with."""
        return self.order.split()[0]

    @property
    def page(self) -> str:
        """The part of rows of which there are enough."""
        return f"ORDER BY {self.order} LIMIT {self.limit:d} OFFSET {self.offset:d}"

    @property
    def page_or_last(self) -> str:
        """The part, or the last one that exists; the statement has a CTE ``total`` with the number ``n``."""
        if not self.offset:
            return self.page
        last = f"(least(n, {self.cap:d}) - 1) / {self.limit:d} * {self.limit:d}"
        start = f"(SELECT least({self.offset:d}, greatest(0, {last})) FROM total)"  # noqa: S608  numbers
        return f"ORDER BY {self.order} LIMIT {self.limit:d} OFFSET {start}"


def page_number(request: HttpRequest, *, per_page: int = PER_PAGE, cap: int = COUNT_CAP) -> int:
    """The page that ``?page=`` asks for, from 1; no number means the first, one past the cap the last."""
    try:
        wanted = int(request.GET.get("page", "1"))
    except ValueError:
        return 1
    return min(max(wanted, 1), max(1, -(-cap // per_page)))


def paginate(
    rows: QuerySet[Any] | Sequence[Any],
    request: HttpRequest,
    *,
    per_page: int = PER_PAGE,
    cap: int = COUNT_CAP,
    total: int | None = None,
) -> Page:
    """Cut the page that ``?page=`` asks for: two queries, one where ``total`` is known already.

    A number that is no number means the first page, one past the end the last.
    """
    if total is None:
        total = rows[: cap + 1].count() if isinstance(rows, QuerySet) else len(rows)
    capped = total > cap
    total = min(total, cap)
    try:
        wanted = int(request.GET.get("page", "1"))
    except ValueError:
        wanted = 1
    last = max(1, -(-total // per_page))
    number = min(max(wanted, 1), last)
    start = (number - 1) * per_page
    return Page(list(rows[start : start + per_page]), number, per_page, total, capped)
