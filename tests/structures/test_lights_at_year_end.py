"""The light of a town at a year's end is kept: what comes later leaves it alone."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone

from chengshu.bureau.models import Town
from chengshu.kernel.indicators.asking import figures
from chengshu.kernel.indicators.computing import place_of
from chengshu.kernel.indicators.periods import Period
from chengshu.structures.models import YearLight
from chengshu.structures.queries.lights import shown
from chengshu.structures.services import years
from chengshu.structures.services.base import StructureProblem
from chengshu.structures.services.year_lights import record, record_all
from tests.structures.conftest import Ledger

pytestmark = pytest.mark.django_db


def this_year() -> int:
    return timezone.localdate().year


@pytest.fixture
def new_year(monkeypatch: pytest.MonkeyPatch) -> date:
    """The service's clock stands at New Year; gives the day."""
    day = date(this_year() + 1, 1, 1)
    clock = SimpleNamespace(localdate=lambda: day, now=timezone.now)
    monkeypatch.setattr("chengshu.structures.services.year_lights.timezone", clock)
    return day


def green_town(ledger: Ledger) -> Town:
    """A town whose year is in order: its task done, the sample right."""
    gone = ledger.written_off()
    assert gone.town is not None
    years.set_quota(gone.town, this_year(), "", 1, by=ledger.clerk)
    before = timezone.now() - timedelta(minutes=5)
    made = years.announce(gone.town, this_year(), 1, "区政务大厅", 3, by=ledger.supervisor, at=before)
    years.draw(made, ["晴", "雨", "雪"], by=ledger.supervisor)
    years.check(made.checks.get(), "right", by=ledger.supervisor)
    return gone.town


@pytest.mark.usefixtures("new_year")
def test_the_lights_of_a_finished_year_are_recorded_once_and_counted(ledger: Ledger) -> None:
    town, year = green_town(ledger), this_year()
    towns = ledger.district.towns.count()
    assert len(record(ledger.district, year, by=None)) == towns
    assert record(ledger.district, year, by=None) == []
    kept = YearLight.objects.get(town=town)
    assert (kept.colour, kept.on) == ("green", date(year, 12, 31))
    assert {one["zh"] for one in kept.reasons} >= {"抽样核查通过"} and kept.measures["quota_percent"] == 100
    value = figures(["towns_green"], Period.year(year), place_of(ledger.district.pk))["towns_green"].value
    assert value == YearLight.objects.filter(colour="green").count() == 1
    assert not figures(["towns_green"], Period.year(year - 1), place_of(ledger.district.pk))[
        "towns_green"
    ].value


@pytest.mark.usefixtures("new_year")
def test_what_happens_afterwards_changes_neither_light_nor_figure(ledger: Ledger) -> None:
    town, year = green_town(ledger), this_year()
    record(ledger.district, year, by=None)
    years.set_quota(town, year, "", 9, by=ledger.clerk)
    found, recorded_at = shown(ledger.district, year, timezone.localdate())
    assert recorded_at is not None
    assert {one.town.pk: one.colour for one in found}[town.pk] == "green"
    for change in (lambda: YearLight.objects.update(colour="red"), lambda: YearLight.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_a_year_that_runs_is_not_recorded_and_its_lights_are_of_today(ledger: Ledger) -> None:
    with pytest.raises(StructureProblem):
        record(ledger.district, timezone.localdate().year, by=None)
    with pytest.raises(PermissionDenied):
        record(ledger.district, this_year() - 1, by=ledger.officer)
    _found, recorded_at = shown(ledger.district, timezone.localdate().year, timezone.localdate())
    assert recorded_at is None


def test_at_new_year_the_clock_records_districts_with_a_ledger(ledger: Ledger, new_year: date) -> None:
    green_town(ledger)
    assert record_all(new_year + timedelta(days=31)) == 0  # too late: these would be the lights of February
    assert record_all(new_year) == ledger.district.towns.count()
    assert record_all(new_year + timedelta(days=1)) == 0


@pytest.mark.usefixtures("new_year")
def test_the_page_of_a_finished_year_says_that_the_lights_were_recorded(ledger: Ledger) -> None:
    green_town(ledger)
    record(ledger.district, this_year(), by=ledger.clerk)
    client = Client()
    client.force_login(ledger.clerk)
    assert "年末已记录" in client.get(f"/structures/towns/?year={this_year()}").content.decode()
    assert "年末已记录" not in client.get(f"/structures/towns/?year={this_year() - 1}").content.decode()
