"""Suspects looked at, as part of what a person did (`chengshu.bureau.deeds`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db.models import Count, Min
from django.urls import reverse
from django.utils.translation import gettext as _

from chengshu.bureau import deeds
from chengshu.bureau.deeds import Deed, Span
from chengshu.bureau.models import User
from chengshu.sensing.lifecycle import Role
from chengshu.sensing.models import Decision


def verdicts_of(person: User, start: datetime, end: datetime) -> Iterator[Deed]:
    """How many suspects of each comparison the person decided on in a span of time; one query.

    Verdicts come at one a second: one deed a comparison, dated by its first verdict.
    """
    rows = Decision.objects.filter(by=person.pk, at__gte=start, at__lt=end).exclude(role=Role.UNDO)
    of = ("suspect__comparison", "suspect__comparison__after__name")
    found = rows.order_by().values(*of).annotate(first=Min("at"), n=Count("suspect", distinct=True))
    for row in found.order_by("first"):
        pk = row["suspect__comparison"]
        words = {"n": row["n"], "flight": row["suspect__comparison__after__name"]}
        yield Deed(
            at=row["first"],
            kind="suspect",
            text=_("Decided on %(n)d suspects of flight %(flight)s") % words,
            url=reverse("sensing:comparison", args=[pk]),
            data={"comparison": pk, "suspects": row["n"]},
        )


def verdicts_in(person: User, spans: Sequence[Span]) -> list[list[Deed]]:
    """The same of each span; one query for whoever decided on nothing, as hardly anybody on duty does."""
    if not Decision.objects.filter(deeds.in_spans(spans), by=person.pk).exists():
        return [[] for _span in spans]
    return [list(verdicts_of(person, start, end)) for start, end in spans]


def register() -> None:
    """Called once the app is loaded."""
    deeds.register("sensing.verdicts", verdicts_of, verdicts_in)
