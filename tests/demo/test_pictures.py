"""The pair with pictures: something to look at, outside of the reference year."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from chengshu.bureau.models import District
from chengshu.demo.load import first_start
from chengshu.demo.pictures import load_pictures
from chengshu.kernel.jobs import Progress
from chengshu.sensing.lifecycle import ComparisonState, FlightState, SuspectState
from chengshu.sensing.models import Comparison, Flight, Suspect
from chengshu.sensing.services import comparing, flights

pytestmark = pytest.mark.django_db


@pytest.fixture
def district(tmp_path: Path, settings: Any) -> District:
    """The demo district with an empty folder of flights."""
    settings.FLIGHT_FOLDER, settings.FLIGHT_WORK = tmp_path / "flights", tmp_path / "work"
    first_start()
    return District.objects.get()


def test_a_pair_with_pictures_waits_for_verdicts_and_counts_for_no_year(district: District) -> None:
    added = load_pictures(district)
    comparison = Comparison.objects.select_related("before", "after").get()
    assert comparison.state == ComparisonState.DONE and comparison.has_heights
    assert added == comparison.suspects == Suspect.objects.count() > 5
    assert set(Suspect.objects.values_list("state", flat=True)) == {SuspectState.OPEN}
    assert not Suspect.objects.exclude(lead=None).exists()
    assert not Suspect.objects.filter(town=None).exists()
    for flight in Flight.objects.all():
        assert flight.state == FlightState.READY and flight.flown_on.year > 2020 and flight.width
    assert load_pictures(district) == 0
    # The queued jobs find the work done.
    with closing(Progress(0)) as progress:
        assert comparing.run(progress, comparison.pk) == {"suspects": added}
        assert flights.check(progress, comparison.before_id) == {"state": FlightState.READY}
