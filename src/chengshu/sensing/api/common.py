"""What every operation of sensing needs: rows in the caller's area, refusals as the API puts them, pages."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.models import Q
from django.http import Http404
from ninja import Query
from ninja.errors import HttpError, ValidationError

from chengshu.leads.api.filters import cursor_of, read_cursor
from chengshu.leads.api.schemas import NO_ID
from chengshu.sensing.refusing import SensingProblem

CONFLICTS = frozenset({"", "state"})
"""What the present state refuses (409); the rest are values that do not fit (422)."""
PAGE_MOST = 200
CURSOR: Any = Query("", max_length=120, description="`next` of the page before")  # type: ignore[type-arg]
LIMIT: Any = Query(50, ge=1, le=PAGE_MOST)  # type: ignore[type-arg]


@contextmanager
def refusals(source: str = "body", **names: str) -> Iterator[None]:
    """Turn what services refuse into 409 or 422; ``names``: fields that are called otherwise here."""
    try:
        yield
    except SensingProblem as problem:
        if problem.field in CONFLICTS:
            raise HttpError(409, str(problem)) from problem
        where = (source, names.get(problem.field, problem.field))
        raise ValidationError([{"loc": where, "type": "refused", "msg": str(problem)}]) from problem


def find(rows: Any, pk: int) -> Any:
    """The row of this id among those the caller may see; else there is none (404)."""
    found = rows.filter(pk=pk).first() if 0 < pk <= NO_ID else None
    if found is None:
        raise Http404
    return found


def newest(rows: Any, cursor: str, limit: int) -> tuple[list[Any], str | None]:
    """A page, the newest row first, and the cursor of the next. Raises `HttpError` 400 for a foreign one."""
    if after := read_cursor(cursor, "i", 1):
        rows = rows.filter(Q(pk__lt=after[0]))
    found = list(rows.order_by("-pk")[: limit + 1])
    more = cursor_of("i", found[limit - 1].pk) if len(found) > limit else None
    return found[:limit], more
