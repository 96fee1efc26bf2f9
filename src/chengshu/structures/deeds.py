"""Steps of the ledger as part of what a person did (`chengshu.bureau.deeds`)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from chengshu.bureau import deeds
from chengshu.bureau.deeds import Deed
from chengshu.bureau.models import User
from chengshu.structures.lifecycle import Action
from chengshu.structures.models import Step
from chengshu.structures.settings import steps


def steps_of(person: User, start: datetime, end: datetime) -> Iterator[Deed]:
    """What the person recorded in the ledger in a span of time; one query."""
    rows = Step.objects.filter(by=person.pk, at__gte=start, at__lt=end).order_by("at", "pk")
    fields = (
        "at", "action", "procedure", "structure", "structure__number", "structure__address",
        "structure__position",
    )  # fmt: skip
    known = steps()
    for row in rows.values(*fields):
        rule = known.get(row["procedure"])
        words = {
            "number": row["structure__number"],
            "address": row["structure__address"],
            "step": rule.label if rule else Action(row["action"]).label,
        }
        yield Deed(
            at=row["at"],
            kind="structure",
            text=_("Illegal structure %(number)s, %(address)s: %(step)s") % words,
            url=reverse("structures:entry", args=[row["structure"]]),
            position=row["structure__position"],
            data={"structure": row["structure"], "action": row["action"]},
        )


def register() -> None:
    """Called once the app is loaded."""
    deeds.register("structures.steps", steps_of)
