"""The rows of the lists of duty logs, and which of them count as due and as valid."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from chengshu.bureau.models import RosterEntry, User
from chengshu.patrol.log.judging import Fault
from chengshu.patrol.log.lifecycle import TO_SIGN
from chengshu.patrol.log.rules import rules
from chengshu.patrol.models import DutyLog
from chengshu.patrol.services.logs import RELATED, draft_of

from .frequency import span_of

State = DutyLog.State
WIDE = ("content",)  # a list never needs it, and it is large


def is_due(now: datetime) -> Q:
    """Logs that count: signed ones, and those whose time to sign is over."""
    return Q(state__in=[State.SIGNED, State.CONFIRMED]) | Q(sign_by__lt=now)


def is_valid(now: datetime) -> Q:
    """Logs that count as valid: signed without a fault, and confirmed or still to be confirmed in time."""
    return Q(state=State.CONFIRMED, valid=True) | Q(state=State.SIGNED, valid=True, confirm_by__gte=now)


def lights_of(log: DutyLog, now: datetime) -> list[str]:
    """Why the log is not valid as things stand; codes of `Fault`. Empty while nothing is late."""
    found = list(log.faults)
    if log.state in TO_SIGN and log.sign_by < now:
        found.append(Fault.UNSIGNED)
    if log.state == State.SIGNED and log.confirm_by is not None and log.confirm_by < now:
        found.append(Fault.UNCONFIRMED)
    return found


@dataclass(frozen=True)
class Month:
    """A calendar month in local time."""

    year: int
    month: int

    @classmethod
    def of(cls, text: str, today: date) -> Month:
        """``2026-11``; this month for anything else."""
        shaped = re.fullmatch(r"(2[0-9]{3})-(0[1-9]|1[0-2])", text)
        return cls(int(shaped[1]), int(shaped[2])) if shaped else cls(today.year, today.month)

    @property
    def code(self) -> str:
        """``2026-11``."""
        return f"{self.year:04}-{self.month:02}"

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, self.month, 1)

    def moved(self, months: int) -> Month:
        """So many months later."""
        place = self.year * 12 + self.month - 1 + months
        return Month(place // 12, place % 12 + 1)

    @property
    def span(self) -> tuple[datetime, datetime]:
        """From its beginning until before its end."""
        zone = timezone.get_current_timezone()
        return (
            datetime.combine(self.first, time(), zone),
            datetime.combine(self.moved(1).first, time(), zone),
        )


@dataclass(frozen=True)
class LogFilter:
    """Which logs are asked for; empty means all. ``counted``: due, valid or invalid."""

    day: date | None = None
    month: Month | None = None
    squad: int | None = None
    officer: int | None = None
    state: str = ""
    counted: str = ""
    mine: bool = False
    q: str = ""


def log_rows(user: User, wanted: LogFilter, now: datetime) -> QuerySet[DutyLog]:
    """Logs one may see, the newest duty first."""
    rows: QuerySet[DutyLog] = DutyLog.objects.visible_to(user)
    rows = rows.select_related("user", "duty", "confirmed_by").defer(*WIDE)
    if wanted.day:
        begin, end = span_of(wanted.day)
        rows = rows.filter(starts_at__gte=begin, starts_at__lt=end)
    elif wanted.month:
        begin, end = wanted.month.span
        rows = rows.filter(starts_at__gte=begin, starts_at__lt=end)
    if wanted.squad:
        rows = rows.filter(squad=wanted.squad)
    if wanted.officer:
        rows = rows.filter(user=wanted.officer)
    if wanted.state:
        rows = rows.filter(state=wanted.state)
    if wanted.counted == "due":
        rows = rows.filter(is_due(now))
    elif wanted.counted == "valid":
        rows = rows.filter(is_valid(now))
    elif wanted.counted == "invalid":
        rows = rows.filter(is_due(now)).exclude(is_valid(now))
    if wanted.mine:
        rows = rows.filter(user=user.pk)
    if words := wanted.q.strip().replace("\x00", ""):
        rows = rows.filter(user__full_name__icontains=words)
    return rows.order_by("-starts_at", "user_id")


def to_confirm(user: User) -> QuerySet[DutyLog]:
    """Signed logs that the person may confirm, the most urgent first."""
    rows: QuerySet[DutyLog] = DutyLog.objects.filter(user.scope_for("patrol.confirm").q(), state=State.SIGNED)
    return rows.exclude(user=user.pk).order_by("confirm_by", "pk")


def to_sign(user: User, now: datetime) -> QuerySet[DutyLog]:
    """The person's own logs of duties that are over and wait for a signature."""
    rows: QuerySet[DutyLog] = DutyLog.objects.filter(user=user.pk, state__in=TO_SIGN)
    return rows.filter(Q(ends_at__lte=now) | Q(ended_at__lte=now)).order_by("starts_at")


def current_log(user: User, now: datetime) -> DutyLog | None:
    """The log of the duty that runs, else the oldest that waits for a signature, else the latest of today.

    Opens nothing: a duty whose log is not open yet gives one that is not saved.
    """
    margin = rules().start_margin
    running = (
        RosterEntry.objects.filter(
            user=user.pk, duty__in=sorted(rules().duties), starts_at__lte=now + margin, ends_at__gt=now
        )
        .select_related("unit", "user__unit")
        .order_by("starts_at")
        .first()
    )
    rows = DutyLog.objects.select_related(*RELATED)
    if running is not None:
        found = rows.filter(duty=running.pk).first() or draft_of(running)
        if found.state in TO_SIGN:
            return found
    waiting = rows.filter(pk__in=to_sign(user, now).values("pk")[:1]).first()
    recent = rows.filter(user=user.pk, ends_at__gt=now - timedelta(hours=12), starts_at__lte=now)
    return waiting or recent.order_by("-starts_at").first()
