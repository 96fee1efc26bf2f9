"""Opening hours as people write them: “9:00-21:00”, “周一至周五 9:00—17:30”, “24小时”."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from django.utils import timezone
from opening_hours import OpeningHours, ParserError  # type: ignore[attr-defined]

_DAYS = dict(zip("一二三四五六日天", ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su", "Su"), strict=True))
_WORDS = (
    (re.compile(r"24\s*小时(?:营业)?|全天(?:营业|开放)?|00?:00-24:00"), "24/7"),
    (re.compile(r"每天|每日|营业时间|[::]\s*$"), " "),
    (re.compile(r"工作日"), "Mo-Fr "),
    (re.compile(r"(?:周|星期)([一二三四五六日天])"), lambda found: _DAYS[found[1]]),
    (re.compile(r"(?<=[A-Za-z])[,、](?=\d)"), " "),
    (re.compile(r"(\d{1,2})[点时](?:(\d{1,2})分?)?"), lambda found: f"{found[1]}:{found[2] or '00'}"),
    (re.compile(r"[ \t]*-[ \t]*"), "-"),
)
_SIGNS = str.maketrans({"：": ":", "；": ";", "，": ",", "、": ",", "～": "-", "~": "-", "—": "-", "–": "-",
                        "至": "-", "到": "-", "－": "-"})  # fmt: skip


@dataclass(frozen=True)
class Door:
    """Whether a place is open, and until when that stays so; ``open`` None: nobody knows, so at any time."""

    open: bool | None
    until: datetime | None = None


ANY_TIME = Door(None)


def door(text: str, now: datetime) -> Door:
    """The state of a place with these opening hours. Hours that cannot be read count as unknown."""
    hours = read(text.strip()) if text else None
    if hours is None:
        return ANY_TIME
    local = timezone.localtime(now)
    plain = local.replace(tzinfo=None)
    change = hours.next_change(plain)
    until = None
    if change is not None and change - plain < timedelta(days=366):
        until = change.replace(tzinfo=local.tzinfo)
    return Door(bool(hours.is_open(plain)), until)


@lru_cache(maxsize=2_000)
def read(text: str) -> OpeningHours | None:
    """The hours that a text states, None where it states none."""
    plain = re.sub(r"-{2,}", "-", text[:200].translate(_SIGNS))
    for pattern, word in _WORDS:
        plain = pattern.sub(word, plain)
    try:
        return OpeningHours(plain.strip()) if plain.strip() else None
    except ParserError:
        return None
