"""The duty logs of the reference year: rostered, walked, signed and confirmed by the rules of every day."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from chengshu.bureau.models import District
from chengshu.demo import patrol
from chengshu.demo.cast import Cast
from chengshu.demo.duty_year import load_duty_year
from chengshu.kernel import ledger
from chengshu.kernel.indicators.asking import figure
from chengshu.kernel.indicators.computing import place_of
from chengshu.kernel.indicators.periods import Period
from chengshu.patrol.log.composing import digest_of, with_line
from chengshu.patrol.models import CheckIn, DutyLog
from chengshu.patrol.services.log_contents import gather

FIGURES = Path(__file__).resolve().parents[3] / "shared" / "reference" / "figures-2020.csv"


@pytest.fixture
def district(db: None) -> District:
    district = District.objects.get(code="310107")
    patrol.set_up(district, Cast(district))
    return district


def test_every_officer_has_a_log_a_week_and_a_second_call_adds_none(district: District) -> None:
    officers = sum(len(crew.officers) for crew in Cast(district).crews)
    added = load_duty_year(district, weeks=4)
    assert added == DutyLog.objects.count() == 4 * officers
    assert set(DutyLog.objects.values_list("starts_at__year", flat=True)) == {2020}
    assert load_duty_year(district, weeks=4) == 0
    patrols = DutyLog.objects.filter(duty__duty="patrol").count()
    assert CheckIn.objects.count() == 4 * patrols > 0


def test_a_log_says_what_is_on_record_and_the_ledger_proves_it(district: District) -> None:
    load_duty_year(district, weeks=2)
    for log in DutyLog.objects.exclude(content=None).select_related("user", "squad", "duty")[:12]:
        assert log.content == with_line(gather(log), log.line)
        assert digest_of(log.content) == log.digest
        assert ledger.verify_chain(log.chain).ok


@pytest.mark.skipif(not FIGURES.exists(), reason="the reference figures, which must lie beside, are absent")
def test_the_year_reaches_the_city_s_target(district: District) -> None:
    load_duty_year(district, weeks=12)
    with FIGURES.open(encoding="utf-8") as stream:
        target = next(row for row in csv.DictReader(stream) if row["id"] == "duty_log_validity")
    value = figure("duty_log_validity", Period.year(2020), place_of(district.pk)).value
    assert value is not None and target["bound"] == "ge" and Decimal(value) >= Decimal(target["value"])
