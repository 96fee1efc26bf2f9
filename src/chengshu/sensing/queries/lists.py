"""The rows of the lists of suspects: what each page asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from chengshu.bureau.models import User
from chengshu.sensing.lifecycle import SecondState, SuspectState
from chengshu.sensing.models import Suspect
from chengshu.sensing.refusing import DECIDE, VIEW

SENT, NOT_SENT = "sent", "not_sent"


@dataclass(frozen=True)
class SuspectFilter:
    """Which suspects are asked for; empty means all."""

    state: str = ""
    kind: str = ""
    town: int | None = None
    sent: str = ""
    second: str = ""
    result: str = ""
    least_m2: float | None = None
    comparison: int | None = None


def suspect_rows(user: User, wanted: SuspectFilter, permission: str = VIEW) -> QuerySet[Suspect]:
    """Suspects one may see, the likeliest first, of equal ones the largest."""
    rows: QuerySet[Suspect] = Suspect.objects.visible_to(user, permission)
    for name in ("state", "kind", "town", "second", "result", "comparison"):
        if value := getattr(wanted, name):
            rows = rows.filter(**{name: value})
    if wanted.sent == SENT:
        rows = rows.exclude(lead=None)
    elif wanted.sent == NOT_SENT:
        rows = rows.filter(lead=None, state=SuspectState.LEAD)
    if wanted.least_m2:
        rows = rows.filter(area_m2__gte=wanted.least_m2)
    rows = rows.select_related("comparison__before", "comparison__after", "town", "decided_by", "lead")
    return rows.defer("town__boundary", "measures").order_by("-score", "-area_m2", "id")


def queue(user: User, *, comparison: int | None = None) -> QuerySet[Suspect]:
    """What waits for a first verdict of this person, in the order in which it is shown."""
    return suspect_rows(user, SuspectFilter(state=SuspectState.OPEN, comparison=comparison), DECIDE)


def second_queue(user: User, *, comparison: int | None = None) -> QuerySet[Suspect]:
    """Samples that wait for a second reader who is not the first."""
    wanted = SuspectFilter(second=SecondState.DUE, comparison=comparison)
    return suspect_rows(user, wanted, DECIDE).exclude(decided_by=user.pk)


def disagreed(user: User) -> QuerySet[Suspect]:
    """Where two readers disagree, with all that was decided."""
    rows: Any = suspect_rows(user, SuspectFilter(second=SecondState.DISAGREED))
    return rows.prefetch_related("decisions__by")  # type: ignore[no-any-return]
