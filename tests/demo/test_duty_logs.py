"""The demo's duty logs: signed and confirmed through the services, as valid as the city wants them."""

from __future__ import annotations

import csv
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from chengshu.bureau.models import District
from chengshu.demo import patrol
from chengshu.demo.cast import Cast
from chengshu.demo.duty_logs import load_duty_logs, plan_of
from chengshu.kernel.models import LedgerEntry
from chengshu.patrol.log.composing import digest_of, with_line
from chengshu.patrol.log.rules import rules
from chengshu.patrol.models import DutyLog, Equipment, EquipmentUse
from chengshu.patrol.queries.logs import is_due, is_valid
from chengshu.patrol.services.log_contents import gather

UNTIL = timezone.make_aware(datetime(2026, 5, 6, 15, 0))
FIGURES = Path(__file__).resolve().parents[3] / "shared" / "reference" / "figures-2020.csv"


@pytest.fixture
def district(db: None, monkeypatch: pytest.MonkeyPatch) -> District:
    """The demo district with the patrols of two days."""
    district = District.objects.get(code="310107")
    monkeypatch.setitem(patrol.plan_of("310107"), "weeks", 2 / 7)
    patrol.load_patrols(district, until=UNTIL)
    return district


def test_logs_of_the_demo_reach_the_target(district: District) -> None:
    added = load_duty_logs(district, until=UNTIL)
    assert added == DutyLog.objects.count() > 50
    due = DutyLog.objects.filter(is_due(UNTIL))
    valid = due.filter(is_valid(UNTIL))
    assert valid.count() * 100 >= due.count() * rules().target_percent
    assert set(DutyLog.objects.values_list("state", flat=True)) >= {"open", "signed", "confirmed"}
    for log in due.select_related("user", "squad", "duty")[:20]:
        assert log.content is not None and digest_of(log.content) == log.digest
        assert log.content == with_line(gather(log), log.line)
        assert LedgerEntry.objects.filter(chain=log.chain, action="sign").count() == 1
    assert not DutyLog.objects.filter(signed_at__gt=UNTIL).exists()
    assert Equipment.objects.filter(kind="vehicle").count() == len(Cast(district).crews)
    assert EquipmentUse.objects.exists()
    assert load_duty_logs(district, until=UNTIL) == 0
    later = load_duty_logs(district, until=UNTIL + timedelta(hours=18))
    assert 0 <= later < added


def test_what_goes_wrong_leaves_room_to_the_target() -> None:
    odd = plan_of("310107")["odd"]
    assert sum(odd.values()) * 100 < 100 - rules().target_percent


@pytest.mark.skipif(not FIGURES.exists(), reason="the reference figures, which must lie beside, are absent")
def test_the_target_is_the_city_s() -> None:
    with FIGURES.open(encoding="utf-8") as stream:
        figures = {row["id"]: row["value"] for row in csv.DictReader(stream)}
    assert float(figures["duty_log_validity"]) == rules().target_percent
