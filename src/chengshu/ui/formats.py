"""Numbers and times as text: grouped digits, Shanghai time, plain words for what is recent."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext, ngettext

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOTHING = "—"


def local(moment: datetime) -> datetime:
    """The moment in Shanghai time; a moment without a zone is taken as Shanghai time already."""
    return moment.replace(tzinfo=SHANGHAI) if moment.tzinfo is None else moment.astimezone(SHANGHAI)


def number(value: float | Decimal | str | None, places: int | None = None) -> str:
    """``10098`` → ``10,098``. ``places`` fixes the decimals; a dash stands for nothing."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, str):
        value = Decimal(value)
    if places is not None:
        return f"{value:,.{places}f}"
    return f"{value:,}"


def moment(value: datetime | None) -> str:
    """Date and minute, ``2020-06-01 14:05``."""
    return f"{local(value):%Y-%m-%d %H:%M}" if value else NOTHING


def day(value: date | datetime | None) -> str:
    """Date, ``2020-06-01``."""
    if value is None:
        return NOTHING
    return f"{local(value) if isinstance(value, datetime) else value:%Y-%m-%d}"


def ago(value: datetime | None, now: datetime | None = None) -> str:
    """How long ago, in one unit; the date once it is a month or more, or in the future."""
    if value is None:
        return NOTHING
    now = now or timezone.now()
    seconds = (now.astimezone(UTC) - local(value).astimezone(UTC)).total_seconds()
    if seconds < -60 or seconds >= 30 * 86_400:
        return day(value)
    minutes, hours, days = int(seconds // 60), int(seconds // 3600), int(seconds // 86_400)
    if minutes < 1:
        return gettext("just now")
    if hours < 1:
        return ngettext("%(n)d minute ago", "%(n)d minutes ago", minutes) % {"n": minutes}
    if days < 1:
        return ngettext("%(n)d hour ago", "%(n)d hours ago", hours) % {"n": hours}
    return ngettext("%(n)d day ago", "%(n)d days ago", days) % {"n": days}
