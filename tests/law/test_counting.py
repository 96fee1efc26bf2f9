"""Which statute counts how, against the statutes' own texts where they are at hand."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from chengshu.law.counting import (
    CountingDataError,
    CountingRule,
    UnknownInstrument,
    counting_unit,
    deadline,
    load_periods,
    periods,
)

LAWS = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "laws"
PENALTY, COMPULSION = "administrative-penalty-law", "administrative-compulsion-law"
VERIFIED = [rule for one in periods().instruments.values() for rule in one.rules if rule.verified]


@pytest.mark.parametrize("rule", VERIFIED, ids=lambda rule: f"{rule.source}-{rule.unit}-{rule.max or ''}")
def test_a_verified_rule_stands_in_the_article_it_names(rule: CountingRule) -> None:
    file = LAWS / rule.source
    if not file.exists():
        pytest.skip("the texts of the laws are not beside the project")
    text = file.read_text(encoding="utf-8")
    article = re.search(
        rf"^\W*{rule.article}\s(.*?)(?=^\W*第[一二三四五六七八九十百]+条\s|\Z)", text, re.M | re.S
    )
    assert article, rule.article
    for words in rule.text:
        assert words in article[1]


@pytest.mark.parametrize(
    ("instrument", "n", "on", "unit", "verified"),
    [
        (PENALTY, 5, date(2021, 7, 15), "working_day", True),
        (PENALTY, 7, date(2024, 1, 2), "working_day", True),
        (PENALTY, 15, date(2024, 1, 2), "calendar_day", True),
        (PENALTY, 90, date(2024, 1, 2), "calendar_day", True),
        (PENALTY, 3, date(2021, 7, 14), "calendar_day", False),
        (COMPULSION, 10, date(2021, 1, 4), "working_day", True),
        (COMPULSION, 30, date(2021, 1, 4), "calendar_day", True),
        ("administrative-licensing-law", 20, date(2021, 1, 4), "working_day", True),
        ("administrative-reconsideration-law", 10, date(2024, 1, 2), "working_day", True),
        ("administrative-reconsideration-law", 60, date(2024, 1, 2), "calendar_day", True),
        ("administrative-reconsideration-law", 5, date(2021, 1, 4), "working_day", False),
        ("petition-work-regulations", 15, date(2023, 1, 4), "calendar_day", False),
    ],
)
def test_the_unit(instrument: str, n: int, on: date, unit: str, verified: bool) -> None:
    rule = counting_unit(instrument, n, on)
    assert (rule.unit, rule.verified) == (unit, verified)


def test_deadlines_follow_the_law_of_the_day_of_the_step() -> None:
    # asking for a hearing: three calendar days under the 2017 text, five working days under that of 2021
    assert deadline(PENALTY, date(2021, 7, 9), 3) == date(2021, 7, 12)
    assert deadline(PENALTY, date(2021, 7, 16), 5) == date(2021, 7, 23)
    assert deadline(PENALTY, date(2021, 7, 9), 3, on=date(2021, 7, 15)) == date(2021, 7, 14)
    assert deadline(PENALTY, date(2021, 7, 16), 90) == date(2021, 10, 14)


def test_a_last_day_of_rest() -> None:
    assert deadline("administrative-litigation-law", date(2021, 9, 16), 15) == date(2021, 10, 8)
    assert deadline(PENALTY, date(2021, 9, 16), 15) == date(2021, 10, 1)
    assert deadline(PENALTY, date(2021, 9, 16), 15, roll=True) == date(2021, 10, 8)


def test_the_default_says_that_it_is_one() -> None:
    assert counting_unit("petition-work-regulations", 15, date(2023, 1, 4)).is_default
    assert not counting_unit(PENALTY, 5, date(2023, 1, 4)).is_default
    assert counting_unit(PENALTY, 5, date(1990, 1, 1)).is_default  # before the first text


def test_an_unknown_instrument_is_not_guessed() -> None:
    with pytest.raises(UnknownInstrument, match="penalty-low"):
        counting_unit("administrative-penalty-low", 5, date(2023, 1, 4))


GOOD = """
default: {unit: calendar_day, article: "", source: x, confidence: unverified}
instruments:
  - code: a
    title: A
    rules:
      - {valid_from: 2020-01-01, unit: working_day, article: "", source: x, confidence: unverified}
"""


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("unit: working_day", "unit: fortnight", "rule 1: unit must be one of"),
        ("valid_from: 2020-01-01", "valid_from: soon", "valid_from must be a date"),
        ("valid_from: 2020-01-01, ", "", "valid_from missing"),
        ("valid_from: 2020-01-01", "valid_from: 2020-01-01, valid_to: 2019-01-01", "before valid_from"),
        ("unit: working_day", "unit: working_day, lengths: [0]", "lengths must be"),
        ("unit: working_day", "unit: working_day, max: -1", "max must be"),
        ("unit: working_day", "unit: working_day, roll: maybe", "roll must be"),
        ("unit: working_day", "unit: working_day, size: 3", "unknown field size"),
        (r"source: x, confidence: unverified}\n\Z", "confidence: unverified}\n", "source missing"),
        (r"confidence: unverified}\n\Z", "confidence: verified}\n", "needs its article"),
        ("title: A", "name: A", "exactly the keys"),
        ("default:", "standard:", "exactly the keys"),
        ("rules:\n", "rules: 3\n    x:\n", "exactly the keys"),
        ("instruments:", "instruments: [", "periods.yaml"),
    ],
)
def test_wrong_data_is_named(tmp_path: Path, old: str, new: str, says: str) -> None:
    file = tmp_path / "periods.yaml"
    file.write_text(GOOD, encoding="utf-8")
    assert load_periods(file).instruments["a"].rules[0].unit == "working_day"
    file.write_text(re.sub(old, new, GOOD, count=1), encoding="utf-8")
    with pytest.raises(CountingDataError, match=says):
        load_periods(file)
