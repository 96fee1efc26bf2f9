"""勤务日志有效率: valid ÷ due, for a month, by squad or officer. Every number is a link to its list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q
from django.db.models.functions import TruncMonth
from django.utils import timezone

from chengshu.bureau.models import User
from chengshu.patrol.log.rules import rules
from chengshu.patrol.models import DutyLog

from .logs import Month, is_due, is_valid

MONTHS = 12


@dataclass(frozen=True)
class Validity:
    """Logs that count and those of them that are valid; ``key`` is a squad's, an officer's id or a month."""

    key: int | str
    due: int
    valid: int
    confirmed: int = 0

    @property
    def invalid(self) -> int:
        """Due and not valid."""
        return self.due - self.valid

    @property
    def percent(self) -> float | None:
        """Valid of due, in percent with one decimal, never rounded up to the target; None without any."""
        return None if not self.due else self.valid * 1000 // self.due / 10

    @property
    def reached(self) -> bool | None:
        """Whether the target of the rules is reached."""
        return None if not self.due else self.valid * 100 >= self.due * rules().target_percent


def _counts(now: datetime) -> dict[str, Count]:
    return {
        "due": Count("pk", filter=is_due(now)),
        "valid_n": Count("pk", filter=is_valid(now)),
        "confirmed_n": Count("pk", filter=Q(state=DutyLog.State.CONFIRMED)),
    }


def by_squad(user: User, month: Month, now: datetime) -> list[Validity]:
    """The squads one may see; one query."""
    return _grouped(user, month, "squad", now)


def by_officer(user: User, month: Month, squad: int, now: datetime) -> list[Validity]:
    """The officers of a squad; one query."""
    return _grouped(user, month, "user", now, Q(squad=squad))


def _grouped(user: User, month: Month, by: str, now: datetime, where: Q | None = None) -> list[Validity]:
    begin, end = month.span
    rows = DutyLog.objects.visible_to(user).filter(where or Q(), starts_at__gte=begin, starts_at__lt=end)
    found = rows.order_by(by).values_list(by).annotate(**_counts(now))
    return [Validity(key, due, valid, confirmed) for key, due, valid, confirmed in found]


def by_month(user: User, last: Month, now: datetime, squad: int | None = None) -> list[Validity]:
    """The twelve months up to ``last``, those without logs left out; one query."""
    begin, end = last.moved(1 - MONTHS).span[0], last.span[1]
    rows = DutyLog.objects.visible_to(user).filter(starts_at__gte=begin, starts_at__lt=end)
    if squad:
        rows = rows.filter(squad=squad)
    zone = timezone.get_current_timezone()
    grouped = rows.annotate(of_month=TruncMonth("starts_at", tzinfo=zone)).order_by("of_month")
    found = grouped.values_list("of_month").annotate(**_counts(now))
    return [Validity(f"{month:%Y-%m}", due, valid, confirmed) for month, due, valid, confirmed in found]


def total(rows: Iterable[Validity]) -> Validity:
    """The sum of the parts."""
    listed = list(rows)
    return Validity(
        "", sum(r.due for r in listed), sum(r.valid for r in listed), sum(r.confirmed for r in listed)
    )
