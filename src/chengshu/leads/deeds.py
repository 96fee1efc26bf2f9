"""Steps of leads as part of what a person did (`chengshu.bureau.deeds`)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from chengshu.bureau import deeds
from chengshu.bureau.deeds import Deed
from chengshu.bureau.models import User
from chengshu.leads.lifecycle import Action, Outcome
from chengshu.leads.models import LeadStep


def steps_of(person: User, start: datetime, end: datetime) -> Iterator[Deed]:
    """What the person did with leads in a span, one query; numbers and actions only, no particulars."""
    rows = LeadStep.objects.filter(
        district=person.unit.district_id, by=person.pk, at__gte=start, at__lt=end
    ).order_by("at", "pk")
    for row in rows.values("lead", "lead__number", "action", "outcome", "at", "version"):
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
    deeds.register("leads.steps", steps_of)
