"""Which day it is on the public's pages."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.utils import timezone


def today() -> date:
    """The day of the place; the day of `CHENGSHU_PUBLIC_DAY` where a demonstration shows an earlier one."""
    chosen: date | None = settings.PUBLIC_DAY
    return chosen or timezone.localdate()


def is_demonstration() -> bool:
    """Whether the pages show another day than today's, which they then say."""
    return settings.PUBLIC_DAY is not None
