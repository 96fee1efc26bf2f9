"""The reference year's flights: suspects decided by two readers, sent as leads, dealt with by the towns."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from chengshu.bureau.models import District
from chengshu.cases.models import Case
from chengshu.demo.flights import AirYear, load_suspects, plan_of
from chengshu.demo.load import first_start
from chengshu.leads.lifecycle import Stage
from chengshu.leads.models import Lead
from chengshu.sensing.lifecycle import SecondState, SuspectState
from chengshu.sensing.models import Decision, Suspect

pytestmark = pytest.mark.django_db
PART = 0.02
FIGURES = Path(__file__).resolve().parents[3] / "shared" / "reference" / "figures-2020.csv"


@pytest.fixture
def district() -> District:
    """The demo district."""
    first_start()
    return District.objects.get()


@pytest.mark.skipif(not FIGURES.exists(), reason="the reference figures, which must lie beside, are absent")
def test_the_plan_of_the_whole_year_has_the_reference_figure(district: District) -> None:
    with FIGURES.open(encoding="utf-8") as stream:
        figures = {row["id"]: row["value"] for row in csv.DictReader(stream)}
    assert figures["drone_suspects"] == str(plan_of("310107")["suspects"]["sent"])


def test_what_was_sent_became_a_lead_of_the_year_that_its_squad_closed(district: District) -> None:
    cases = Case.objects.count()
    load_suspects(district, scale=PART)
    sent = Suspect.objects.filter(state=SuspectState.LEAD)
    assert sent.count() == AirYear(district, scale=PART).count("sent")
    leads = Lead.objects.filter(source="aerial", reported_at__year=2020)
    assert set(sent.values_list("lead", flat=True)) == set(leads.values_list("pk", flat=True))
    assert {lead.stage for lead in leads} == {Stage.CLOSED}
    assert sent.exclude(result="").count() == sent.count()
    assert Case.objects.count() == cases


def test_samples_were_read_by_another_person(district: District) -> None:
    load_suspects(district, scale=PART)
    samples = Suspect.objects.exclude(second=SecondState.NONE)
    assert samples.exists() and not samples.filter(second=SecondState.DUE).exists()
    for suspect in samples:
        first, second = Decision.objects.filter(suspect=suspect).order_by("id")
        assert first.by_id != second.by_id


def test_a_second_load_adds_nothing(district: District) -> None:
    first = load_suspects(district, scale=PART)
    rows = Suspect.objects.count()
    assert first == rows
    assert load_suspects(district, scale=PART) == 0 and Suspect.objects.count() == rows
