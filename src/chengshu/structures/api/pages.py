"""Pages of lists whose newest row comes first."""

from typing import Any

from chengshu.leads.api.filters import cursor_of, read_cursor


def newest(rows: Any, cursor: str, limit: int) -> tuple[list[Any], str | None]:
    """A page and the cursor of the next. Raises `HttpError` 400 for a cursor that we did not give."""
    if after := read_cursor(cursor, "i", 1):
        rows = rows.filter(pk__lt=after[0])
    found = list(rows.order_by("-pk")[: limit + 1])
    more = cursor_of("i", found[limit - 1].pk) if len(found) > limit else None
    return found[:limit], more
