"""Which duties need a log and when a log is valid: `data/duty_log.yaml`."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from functools import cache
from pathlib import Path

import yaml
from django.utils import timezone
from pydantic import BaseModel, ConfigDict, Field

from chengshu.kernel.workdays import WorkingDayCalendarError, add_period

FILE = Path(__file__).parents[1] / "data" / "duty_log.yaml"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Complete(_Strict):
    """完整: so many deeds, or a line of the officer that is not too short."""

    deeds_least: int = Field(ge=0)
    not_counted: frozenset[str]
    line_least: int = Field(ge=0)
    times_needed: bool


class Matched(_Strict):
    """匹配: check-ins that prove something, or a track."""

    duties: frozenset[str]
    check_ins_least: int = Field(ge=0)
    weight_least: int = Field(ge=0, le=100)
    apart_minutes: int = Field(ge=0)
    unlit_share_least: float = Field(ge=0, le=1)
    doubtful: frozenset[str]
    or_positions_least: int = Field(ge=0)
    or_distance_least_m: float = Field(ge=0)


class Signed(_Strict):
    """及时签名, in hours."""

    hours: float = Field(gt=0)
    again_hours: float = Field(gt=0)


class Confirmed(_Strict):
    """及时确认."""

    working_days: int = Field(ge=0)


class LogRules(_Strict):
    """The whole file; days, hours and minutes as the names say."""

    verified: bool
    source: str
    duties: frozenset[str]
    target_percent: float
    open_back_days: int = Field(ge=0)
    start_margin_minutes: int = Field(ge=0)
    sign_before_end_minutes: int = Field(ge=0)
    line_most: int = Field(ge=1, le=500)
    complete: Complete
    matched: Matched
    signed: Signed
    confirmed: Confirmed

    @property
    def start_margin(self) -> timedelta:
        """How long before and after a duty its start and end may be told."""
        return timedelta(minutes=self.start_margin_minutes)

    def signing_opens(self, ends_at: datetime) -> datetime:
        """From when on a log may be signed although nobody ended the duty."""
        return ends_at - timedelta(minutes=self.sign_before_end_minutes)

    def sign_by(self, ends_at: datetime) -> datetime:
        """Until when a log is signed in time."""
        return ends_at + timedelta(hours=self.signed.hours)

    def sign_again_by(self, returned_at: datetime) -> datetime:
        """Until when a returned log is signed in time."""
        return returned_at + timedelta(hours=self.signed.again_hours)

    def confirm_by(self, signed_at: datetime) -> datetime:
        """Until when a log signed at this moment is confirmed in time: the end of a working day.

        Where the year's calendar is not known yet, calendar days are counted.
        """
        day = timezone.localtime(signed_at).date()
        try:
            last = add_period(day, self.confirmed.working_days, "working_day")
        except WorkingDayCalendarError:
            last = day + timedelta(days=self.confirmed.working_days)
        return datetime.combine(last + timedelta(days=1), time(), timezone.get_current_timezone())


@cache
def rules() -> LogRules:
    """The rules of duty logs."""
    return LogRules.model_validate(yaml.safe_load(FILE.read_text(encoding="utf-8")))
