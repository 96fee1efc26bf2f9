"""Results of re-verification as part of what a person did (`chengshu.bureau.deeds`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from chengshu.bureau import deeds
from chengshu.bureau.deeds import Deed, Row, Span
from chengshu.bureau.models import User
from chengshu.registry.models import RoundItem, RoundResult


def results_of(person: User, start: datetime, end: datetime) -> Iterator[Deed]:
    """The objects that the person re-verified in a span, one query."""
    return _told(_rows(person, [(start, end)]))


def results_in(person: User, spans: Sequence[Span]) -> Iterator[Iterator[Deed]]:
    """The same of each span, one query."""
    return map(_told, deeds.cut(_rows(person, spans), spans))


def _rows(person: User, spans: Sequence[Span]) -> Iterable[Row]:
    rows = RoundResult.objects.filter(deeds.in_spans(spans), by=person.pk).order_by("at", "pk")
    return rows.values("item__object", "item__object__name", "outcome", "item", "at", "position")


def _told(rows: Iterable[Row]) -> Iterator[Deed]:
    for row in rows:
        words = {"object": row["item__object__name"], "outcome": RoundItem.Outcome(row["outcome"]).label}
        yield Deed(
            at=row["at"],
            kind="round",
            text=_("Re-verified %(object)s: %(outcome)s") % words,
            url=reverse("registry:object", args=[row["item__object"]]),
            position=row["position"],
            data={"item": row["item"], "outcome": row["outcome"]},
        )


def register() -> None:
    """Called once the app is loaded."""
    deeds.register("registry.rounds", results_of, results_in)
