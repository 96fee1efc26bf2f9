"""What a person did in a span of time, whichever domain keeps it: the duty log is composed from this.

A domain registers a contributor when its app is loaded; it returns the deeds of one person between two
moments, in at most two queries. For logs written together it is asked of many duties at once.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q

from chengshu.bureau.models import User


@dataclass(frozen=True)
class Deed:
    """工作记录: one thing done. ``kind`` is the contributor's code, ``data`` what figures count."""

    at: datetime
    kind: str
    text: str
    url: str = ""
    position: tuple[float, float] | None = None
    data: dict[str, Any] = field(default_factory=dict)


Span = tuple[datetime, datetime]
Row = Mapping[str, Any]
Contributor = Callable[[User, datetime, datetime], Iterable[Deed]]
Many = Callable[[User, Sequence[Span]], Iterable[Iterable[Deed]]]
_contributors: dict[str, Contributor] = {}
_many: dict[str, Many] = {}


def register(name: str, contributor: Contributor, many: Many | None = None) -> None:
    """Add a domain's contributor; the same name again replaces it.

    ``many`` answers for several spans at once, in their order, what the contributor says of each. Without it
    each deed must stand for itself and for its moment: what is said of all the time is cut.
    """
    _contributors[name] = contributor
    _many[name] = many or _cut_from(contributor)


def deeds_of(person: User, start: datetime, end: datetime) -> list[Deed]:
    """Everything on record that the person did from ``start`` until before ``end``, in order of time."""
    found = [deed for contribute in _contributors.values() for deed in contribute(person, start, end)]
    return sorted(found, key=_order)


def deeds_in(person: User, spans: Sequence[Span]) -> list[list[Deed]]:
    """What `deeds_of` says of each of the spans, with as many queries as for one of them."""
    if not spans:
        return []
    found: list[list[Deed]] = [[] for _span in spans]
    for many in _many.values():
        for here, more in zip(found, many(person, spans), strict=True):
            here.extend(more)
    return [sorted(deeds, key=_order) for deeds in found]


def _order(deed: Deed) -> tuple[datetime, str, str]:
    return deed.at, deed.kind, deed.url


# --- for contributors ----------------------------------------------------------------------------------
def in_spans(spans: Iterable[Span]) -> Q:
    """Rows whose ``at`` lies in one of the spans, of which there is one at least."""
    return reduce(or_, (Q(at__gte=start, at__lt=end) for start, end in spans))


def cut(rows: Iterable[Row], spans: Iterable[Span]) -> Iterator[list[Row]]:
    """The rows of each span, out of rows in order of their ``at``."""
    held = list(rows)
    moments = [row["at"] for row in held]
    for start, end in spans:
        yield held[bisect_left(moments, start) : bisect_left(moments, end)]


def _cut_from(contributor: Contributor) -> Many:
    def many(person: User, spans: Sequence[Span]) -> Iterator[list[Deed]]:
        first, last = min(start for start, _end in spans), max(end for _start, end in spans)
        deeds = sorted(contributor(person, first, last), key=_order)
        moments = [deed.at for deed in deeds]
        for start, end in spans:
            yield deeds[bisect_left(moments, start) : bisect_left(moments, end)]

    return many
