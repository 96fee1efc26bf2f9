"""Steps of cases as part of what a person did (`chengshu.bureau.deeds`)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from chengshu.bureau import deeds
from chengshu.bureau.deeds import Deed
from chengshu.bureau.models import User
from chengshu.cases.models import CaseStep
from chengshu.cases.procedure.steps import StepKind
from chengshu.cases.procedure.transitions import STEP_LABELS


def steps_of(person: User, start: datetime, end: datetime) -> Iterator[Deed]:
    """The steps that the person recorded in a span, one query; numbers and kinds only, no parties."""
    rows = CaseStep.objects.filter(by=person.pk, at__gte=start, at__lt=end).order_by("at", "pk")
    for row in rows.values("case", "case__number", "kind", "seq", "at"):
        words = {
            "number": row["case__number"] or f"#{row['case']}",
            "step": STEP_LABELS[StepKind(row["kind"])],
        }
        yield Deed(
            at=row["at"],
            kind="case",
            text=_("Case %(number)s: %(step)s") % words,
            url=reverse("cases:case", args=[row["case"]]),
            data={"case": row["case"], "step": row["kind"], "seq": row["seq"]},
        )


def register() -> None:
    """Called once the app is loaded."""
    deeds.register("cases.steps", steps_of)
