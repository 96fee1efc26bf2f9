"""Steps of leads as part of what a person did (`chengshu.bureau.deeds`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from chengshu.bureau import deeds
from chengshu.bureau.deeds import Deed, Row, Span
from chengshu.bureau.models import User
from chengshu.leads.lifecycle import Action, Outcome
from chengshu.leads.models import LeadStep


def steps_of(person: User, start: datetime, end: datetime) -> Iterator[Deed]:
    """What the person did with leads in a span, one query; numbers and actions only, no particulars."""
    return _told(_rows(person, [(start, end)]))


def steps_in(person: User, spans: Sequence[Span]) -> Iterator[Iterator[Deed]]:
    """The same of each span, one query."""
    return map(_told, deeds.cut(_rows(person, spans), spans))


def _rows(person: User, spans: Sequence[Span]) -> Iterable[Row]:
    rows = LeadStep.objects.filter(
        deeds.in_spans(spans), district=person.unit.district_id, by=person.pk
    ).order_by("at", "pk")
    return rows.values("lead", "lead__number", "action", "outcome", "at", "version")


def _told(rows: Iterable[Row]) -> Iterator[Deed]:
    for row in rows:
        words = {"number": row["lead__number"], "action": Action(row["action"]).label}
        text = _("Lead %(number)s: %(action)s") % words
        if row["outcome"] and row["action"] == Action.HANDLE:
            text = f"{text}（{Outcome(row['outcome']).label}）"
        yield Deed(
            at=row["at"],
            kind="lead",
            text=text,
            url=reverse("leads:lead", args=[row["lead"]]),
            data={name: row[name] for name in ("lead", "action", "outcome", "version")},
        )


def register() -> None:
    """Called once the app is loaded."""
    deeds.register("leads.steps", steps_of, steps_in)
