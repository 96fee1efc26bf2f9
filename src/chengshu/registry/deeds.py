"""Results of re-verification as part of what a person did (`chengshu.bureau.deeds`)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from chengshu.bureau import deeds
from chengshu.bureau.deeds import Deed
from chengshu.bureau.models import User
from chengshu.registry.models import RoundItem, RoundResult


def results_of(person: User, start: datetime, end: datetime) -> Iterator[Deed]:
    """The objects that the person re-verified in a span, one query."""
    rows = RoundResult.objects.filter(by=person.pk, at__gte=start, at__lt=end).order_by("at", "pk")
    for row in rows.values("item__object", "item__object__name", "outcome", "item", "at", "position"):
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
    deeds.register("registry.rounds", results_of)
