"""The calendar against the State Council's notices for 2020 and 2021, and periods counted on it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chengshu.kernel import workdays
from chengshu.kernel.workdays import (
    WorkingDayCalendarError,
    add_hours,
    add_period,
    add_year,
    covered_years,
    is_working_day,
    next_working_day,
    working_days_between,
)

# 国办发明电〔2019〕16号, with the Spring Festival extended by 国办发明电〔2020〕1号;
# 国办发明电〔2020〕27号.
HOLIDAYS = {
    2020: ["0101-0101", "0124-0202", "0404-0406", "0501-0505", "0625-0627", "1001-1008"],
    2021: ["0101-0103", "0211-0217", "0403-0405", "0501-0505", "0612-0614", "0919-0921", "1001-1007"],
}
MAKEUP_DAYS = {
    2020: ["0119", "0426", "0509", "0628", "0927", "1010"],
    2021: ["0207", "0220", "0425", "0508", "0918", "0926", "1009"],
}


def day(year: int, text: str) -> date:
    return date(year, int(text[:2]), int(text[2:]))


def days_of(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(days=i) for i in range((date(year + 1, 1, 1) - first).days)]


def official_holidays(year: int) -> set[date]:
    spans = [(day(year, span[:4]), day(year, span[5:])) for span in HOLIDAYS[year]]
    return {one for one in days_of(year) if any(begin <= one <= end for begin, end in spans)}


@pytest.mark.parametrize("year", [2020, 2021])
def test_every_day_of_the_year_is_as_the_notices_say(year: int) -> None:
    rest = official_holidays(year)
    makeup = {day(year, text) for text in MAKEUP_DAYS[year]}
    expected = {one for one in days_of(year) if one in makeup or (one.weekday() < 5 and one not in rest)}
    assert {one for one in days_of(year) if is_working_day(one)} == expected


def test_the_extended_spring_festival_of_2020() -> None:
    assert not is_working_day(date(2020, 1, 31))
    assert not is_working_day(date(2020, 2, 1))  # first announced as a make-up day
    assert is_working_day(date(2020, 2, 3))
    assert add_period(date(2020, 1, 23), 1, "working_day") == date(2020, 2, 3)


@pytest.mark.parametrize(
    ("start", "n", "unit", "end"),
    [
        ((2021, 7, 15), 1, "calendar_day", (2021, 7, 16)),  # the first day is not counted
        ((2021, 7, 15), 90, "calendar_day", (2021, 10, 13)),
        ((2021, 9, 24), 5, "working_day", (2021, 9, 30)),  # Sunday the 26th was worked
        ((2021, 9, 30), 5, "working_day", (2021, 10, 13)),  # so was Saturday 9 October
        ((2021, 5, 10), -7, "working_day", (2021, 4, 27)),
        ((2021, 1, 31), 1, "month", (2021, 2, 28)),
        ((2020, 1, 31), 1, "month", (2020, 2, 29)),
        ((2021, 12, 15), 2, "month", (2022, 2, 15)),
        ((2020, 2, 29), 2, "year", (2022, 2, 28)),
        ((2021, 3, 31), -1, "month", (2021, 2, 28)),
        ((2021, 3, 31), 0, "working_day", (2021, 3, 31)),
    ],
)
def test_add_period(start: tuple, n: int, unit: workdays.DayUnit, end: tuple) -> None:
    assert add_period(date(*start), n, unit) == date(*end)


def test_a_last_day_of_rest_moves_on_only_when_asked() -> None:
    assert add_period(date(2021, 9, 16), 15, "calendar_day") == date(2021, 10, 1)
    assert add_period(date(2021, 9, 16), 15, "calendar_day", roll=True) == date(2021, 10, 8)
    assert add_period(date(2021, 9, 1), 1, "month", roll=True) == date(2021, 10, 8)
    assert next_working_day(date(2021, 10, 9)) == date(2021, 10, 9)


def test_an_aware_moment_counts_from_its_local_date() -> None:
    late_evening_utc = datetime(2021, 7, 14, 17, 0, tzinfo=UTC)  # already the 15th in Shanghai
    assert add_period(late_evening_utc, 1, "calendar_day") == date(2021, 7, 16)
    assert add_period(datetime(2021, 7, 14, 17, 0), 1, "calendar_day") == date(2021, 7, 15)


@given(st.dates(date(2005, 1, 1), date(2025, 6, 1)), st.integers(1, 60))
def test_working_days_are_counted_back_by_working_days_between(start: date, n: int) -> None:
    end = add_period(start, n, "working_day")
    assert is_working_day(end)
    assert working_days_between(start, end) == n
    assert working_days_between(end, start) == -n


@pytest.mark.parametrize("unknown", [date(1999, 5, 1), date(2091, 5, 4)])
def test_a_year_without_a_notice_is_refused_not_guessed(unknown: date) -> None:
    with pytest.raises(WorkingDayCalendarError, match=str(unknown.year)):
        is_working_day(unknown)
    with pytest.raises(WorkingDayCalendarError):
        add_period(unknown, 3, "working_day")
    assert add_period(unknown, 3, "calendar_day") == unknown + timedelta(days=3)


def test_a_year_can_be_added_from_its_notice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workdays, "_added", {})
    add_year(2091, holidays=[date(2091, 5, 1)], makeup_days=[date(2091, 5, 5)])
    assert not is_working_day(date(2091, 5, 1))
    assert is_working_day(date(2091, 5, 5))  # a Saturday
    assert is_working_day(date(2091, 5, 2))
    assert 2091 in covered_years()
    with pytest.raises(ValueError, match="2091"):
        add_year(2091, holidays=[date(2090, 1, 1)], makeup_days=[])


def test_hours_and_working_hours() -> None:
    zone = ZoneInfo("Asia/Shanghai")
    friday = datetime(2021, 9, 17, 16, 30, tzinfo=zone)
    assert add_hours(friday, 4) == friday + timedelta(hours=4)
    # one hour on Friday until 17:30, then Saturday the 18th (worked) from 9:00
    assert add_hours(friday, 4, "working_hour") == datetime(2021, 9, 18, 12, 0, tzinfo=zone)
    assert add_hours(friday, 4.5, "working_hour") == datetime(2021, 9, 18, 14, 0, tzinfo=zone)
    in_a_holiday = datetime(2021, 10, 3, 3, 0, tzinfo=zone)
    hours = ((time(8, 30), time(17, 0)),)
    assert add_hours(in_a_holiday, 2, "working_hour", office_hours=hours) == datetime(
        2021, 10, 8, 10, 30, tzinfo=zone
    )


def test_what_cannot_be_counted_is_refused() -> None:
    moment = datetime(2021, 9, 17, 16, 30)
    with pytest.raises(ValueError):
        add_hours(moment, -1)
    with pytest.raises(ValueError, match="hour"):
        add_period(date(2021, 1, 1), 1, "hour")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="day"):
        add_hours(moment, 1, "day")  # type: ignore[arg-type]
    for wrong in ((), ((time(9), time(8)),), ((time(9), time(12)), (time(11), time(13)))):
        with pytest.raises(ValueError):
            add_hours(moment, 1, "working_hour", office_hours=wrong)
