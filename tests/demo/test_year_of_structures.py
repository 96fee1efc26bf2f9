"""The reference year's ledger of illegal structures: a part of it, and the plan of the whole."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.db.models import Sum

from chengshu.bureau.models import District
from chengshu.demo.load import first_start
from chengshu.demo.structures import LedgerYear, load_structures
from chengshu.kernel.ledger import verify_chain
from chengshu.structures.lifecycle import Disposal
from chengshu.structures.models import KeyPlot, Proposal, Structure
from chengshu.structures.queries.lights import lights

pytestmark = pytest.mark.django_db
PART = 0.04
FIGURES = Path(__file__).resolve().parents[3] / "shared" / "reference" / "figures-2020.csv"


@pytest.fixture
def district() -> District:
    """The demo district."""
    first_start()
    return District.objects.get()


@pytest.mark.skipif(not FIGURES.exists(), reason="the reference figures, which must lie beside, are absent")
def test_the_plan_of_the_whole_year_has_the_reference_figures(district: District) -> None:
    with FIGURES.open(encoding="utf-8") as stream:
        figures = {
            row["id"]: Decimal(row["value"]) for row in csv.DictReader(stream) if row["section"] == "无违创建"
        }
    year = LedgerYear(district)
    gone = [one for one in year.fates if one.disposal == Disposal.WRITE_OFF]
    key = [one for one in year.fates if one.key]
    plots = [one["outcome"] for one in year.words["plots"]]
    planned = {
        "ledger_written_off": len(gone), "ledger_area_removed": sum(one.area for one in gone),
        "key_type_removed": len(key), "key_type_area": sum(one.area for one in key),
        "plots_cleared": plots.count("demolished"), "plots_closed": plots.count("closed"),
    }  # fmt: skip
    assert planned == {name: figures[name] for name in planned}


def test_a_part_of_the_year_keeps_every_rule_and_its_figures_are_counted_from_records(
    district: District,
) -> None:
    added = load_structures(district, scale=PART)
    year = LedgerYear(district, scale=PART)
    assert added == len(year.fates) == Structure.objects.count()
    gone = Structure.objects.eliminated(2020)
    planned = [one for one in year.fates if one.disposal and one.disposal != Disposal.FALSE]
    assert gone.count() == len(planned)
    assert gone.aggregate(area=Sum("area_m2"))["area"] == sum(one.area for one in planned)
    for proposal in Proposal.objects.all():
        assert proposal.approved and proposal.decided_by_id != proposal.proposed_by_id
    large = Proposal.objects.filter(kind=Disposal.WRITE_OFF, structure__area_m2__gte=200)
    assert large.exists() and all(one.data["flight"].startswith("comparison:") for one in large)
    assert all(verify_chain(one.chain).findings == [] for one in Structure.objects.all())
    assert KeyPlot.objects.exclude(outcome="").count() == len(year.words["plots"])
    busy = set(gone.filter(disposal=Disposal.WRITE_OFF).values_list("town__name", flat=True))
    colours = {one.town.name: one.colour for one in lights(district, 2020, date(2020, 12, 31))}
    assert {colours[name] for name in busy} == {"green"}
    assert load_structures(district, scale=PART) == 0
