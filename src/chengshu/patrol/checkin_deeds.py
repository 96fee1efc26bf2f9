"""Check-ins as part of what a person did (`chengshu.bureau.deeds`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from chengshu.bureau import deeds
from chengshu.bureau.deeds import Deed, Row, Span
from chengshu.bureau.models import User
from chengshu.patrol.models import CheckIn


def check_ins_of(person: User, start: datetime, end: datetime) -> Iterator[Deed]:
    """The check-ins of a span, one query."""
    return _told(_rows(person, [(start, end)]))


def check_ins_in(person: User, spans: Sequence[Span]) -> Iterator[Iterator[Deed]]:
    """The check-ins of each span, one query."""
    return map(_told, deeds.cut(_rows(person, spans), spans))


def _rows(person: User, spans: Sequence[Span]) -> Iterable[Row]:
    rows = CheckIn.objects.filter(deeds.in_spans(spans), user=person).order_by("at", "id")
    return rows.values(
        "id", "at", "point", "point__name", "point__position", "beat", "way", "weight", "lights"
    )


def _told(rows: Iterable[Row]) -> Iterator[Deed]:
    for row in rows:
        yield Deed(
            at=row["at"],
            kind="check_in",
            text=_("Checked in at %(point)s") % {"point": row["point__name"]},
            position=row["point__position"],
            data={name: row[name] for name in ("point", "beat", "way", "weight", "lights")},
        )


def register() -> None:
    """Called once the app is loaded."""
    deeds.register("patrol.check_ins", check_ins_of, check_ins_in)
