"""Steps of cases as part of what a person did (`chengshu.bureau.deeds`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from chengshu.bureau import deeds
from chengshu.bureau.deeds import Deed, Row, Span
from chengshu.bureau.models import User
from chengshu.cases.models import CaseStep
from chengshu.cases.procedure.steps import StepKind
from chengshu.cases.procedure.transitions import STEP_LABELS


def steps_of(person: User, start: datetime, end: datetime) -> Iterator[Deed]:
    """The cases in which the person recorded a step in a span or acted in one, each once; one query.

    Numbers and kinds of steps only, no parties. A decision with six photos and signatures is one thing done.
    """
    return _told(_rows(person, [(start, end)]))


def steps_in(person: User, spans: Sequence[Span]) -> Iterator[Iterator[Deed]]:
    """The same of each span, each case once in each; one query."""
    return map(_told, deeds.cut(_rows(person, spans), spans))


def _rows(person: User, spans: Sequence[Span]) -> Iterable[Row]:
    acted = Q(by=person.pk) | Q(officers__contains=[{"id": person.username}])
    rows = CaseStep.objects.filter(acted, deeds.in_spans(spans)).order_by("at", "case", "seq")
    return rows.values("case", "case__number", "kind", "seq", "at")


def _told(rows: Iterable[Row]) -> Iterator[Deed]:
    cases: dict[int, list[Row]] = {}
    for row in rows:
        cases.setdefault(row["case"], []).append(row)
    for pk, steps in cases.items():
        kinds = Counter(str(row["kind"]) for row in steps)
        yield Deed(
            at=steps[0]["at"],
            kind="case",
            text=_("Case %(number)s: %(steps)s")
            % {"number": steps[0]["case__number"] or f"#{pk}", "steps": "、".join(_said(kinds))},
            url=reverse("cases:case", args=[pk]),
            data={"case": pk, "steps": dict(sorted(kinds.items()))},
        )


def _said(kinds: Counter[str]) -> Iterator[str]:
    for kind, count in kinds.items():
        label = str(STEP_LABELS[StepKind(kind)])
        yield label if count == 1 else f"{label}×{count}"


def register() -> None:
    """Called once the app is loaded."""
    deeds.register("cases.steps", steps_of, steps_in)
