"""What every service of credit needs: locking, the record, days that do not lie ahead."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Protocol, TypeVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import User
from chengshu.inspections.models import CreditStep
from chengshu.inspections.services.base import InspectionProblem, not_in_the_future, require
from chengshu.kernel import ledger

__all__ = [
    "DECIDE",
    "PROPOSE",
    "VIEW",
    "InspectionProblem",
    "another_person",
    "day_not_ahead",
    "lock",
    "not_in_the_future",
    "record",
    "record_many",
    "require",
    "words",
]

VIEW, PROPOSE, DECIDE = "credit.view", "credit.propose", "credit.decide"
M = TypeVar("M", bound=models.Model)


class Chained(Protocol):
    """A record with a chain in the ledger."""

    @property
    def chain(self) -> str:
        """Its name."""
        ...


def lock(row: M) -> M:
    """The record as it stands, locked until the caller's transaction ends."""
    locked: M = type(row)._default_manager.select_for_update(of=("self",)).get(pk=row.pk)
    return locked


def record(
    about: Chained, action: str, *, by: User | None, at: datetime, note: str = "", **data: Any
) -> CreditStep:
    """Write what happened to a locked record: a step, and an entry in the ledger without personal data."""
    seq = CreditStep.objects.filter(chain=about.chain).count() + 1
    made = CreditStep.objects.create(
        chain=about.chain, seq=seq, action=action, at=at, by=by, note=note[:1000], data=ledger_plain(data)
    )
    payload = {"seq": seq, "note": note[:1000], **data}
    ledger.append(about.chain, action, payload, actor=by.username if by else "system", at=at)
    return made


def record_many(
    rows: Sequence[tuple[str, int, str, dict[str, Any]]], *, by: User | None, at: datetime
) -> None:
    """The same for many records at once: chain, number of the step, action and data of each."""
    steps = [
        CreditStep(chain=chain, seq=seq, action=action, at=at, by=by, data=ledger_plain(data))
        for chain, seq, action, data in rows
    ]
    CreditStep.objects.bulk_create(steps, batch_size=2000)
    drafts = [ledger.Draft(chain, action, {"seq": seq, **data}) for chain, seq, action, data in rows]
    ledger.append_many(drafts, actor=by.username if by else "system", at=at)


def ledger_plain(data: dict[str, Any]) -> dict[str, Any]:
    """Dates and decimals as the ledger keeps them."""
    return {key: str(value) if isinstance(value, date) else value for key, value in data.items()}


def another_person(by: User | None, *others: int | None) -> None:
    """Raise `InspectionProblem` where whoever decides also proposed or recorded it."""
    if by is not None and by.pk in others:
        raise InspectionProblem(_("Whoever proposed or recorded this cannot decide on it."), "by")


def words(text: str, field: str, message: str, *, most: int = 1000) -> str:
    """The text without outer blanks. Raises `InspectionProblem`: with the message for an empty one, and for
    one of more than ``most`` characters, since what a party or an official says is kept whole or not at all.
    """
    text = text.strip()
    if not text:
        raise InspectionProblem(message, field)
    if len(text) > most:
        raise InspectionProblem(
            _("The text has %(n)d characters; shorten it to %(most)d.") % {"n": len(text), "most": most},
            field,
        )
    return text


def day_not_ahead(day: date, field: str, *, not_before: date | None = None) -> date:
    """The day. Raises `InspectionProblem` for one to come, or before what it follows."""
    if day > timezone.localdate():
        raise InspectionProblem(_("The day lies in the future."), field)
    if not_before is not None and day < not_before:
        raise InspectionProblem(
            _("The day lies before %(day)s, on which the step before it happened.") % {"day": not_before},
            field,
        )
    return day
