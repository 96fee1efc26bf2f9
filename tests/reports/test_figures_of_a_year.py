"""The figures of a year come from the records, each opens them, and each depends on nothing else."""

from __future__ import annotations

import csv
import io
import re
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.db.models import F, Sum

from chengshu.bureau.models import District
from chengshu.cases.indicators import HOUSEHOLD_WASTE, law_fingerprint
from chengshu.cases.models import Case
from chengshu.config.commands.report import report
from chengshu.demo.cases import load_cases
from chengshu.kernel.indicators.asking import (
    FinesForbidden,
    breakdown,
    dimensions_of,
    figure,
    ranking,
    records,
    series,
)
from chengshu.kernel.indicators.computing import place_of, sources_of
from chengshu.kernel.indicators.declarations import Indicator, all_declared, declared, uses_fines
from chengshu.kernel.indicators.periods import Period
from chengshu.kernel.indicators.units import UNITS
from chengshu.kernel.indicators.versions import watched
from chengshu.reports.figures_file import as_csv, figures_of
from tests import factories

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT.parent / "shared" / "reference" / "figures-2020.csv"
YEAR = Period.year(2020)
COUNTED = [one for one in all_declared() if isinstance(one, Indicator)]


@pytest.fixture
def district(db: None) -> District:
    made = factories.make_district()
    load_cases(made, scale=0.02)
    return made


def values(district: District) -> dict[str, str]:
    rows = csv.DictReader(io.StringIO(as_csv(figures_of(district, YEAR))))
    return {row["id"]: row["value"] for row in rows}


def test_a_fine_of_one_yuan_more_changes_exactly_the_figures_that_depend_on_it(district: District) -> None:
    case = Case.objects.filter(cause="waste.person-unsorted").order_by("pk")[0]
    before = values(district)
    Case.objects.filter(pk=case.pk).update(fine=F("fine") + 1)
    after = values(district)
    changed = {id_: Decimal(after[id_]) - Decimal(before[id_]) for id_ in after if after[id_] != before[id_]}
    assert changed == {"fines_total": 1, "waste_fines": 1, "waste_fines_individual": 1}


def test_the_figures_are_those_of_the_records(district: District) -> None:
    found = values(district)
    penal = Case.objects.filter(exempt_amount=None, decided_on__year=2020)
    assert found["cases_total"] == str(penal.count())
    assert Decimal(found["fines_total"]) == penal.aggregate(sum=Sum("fine"))["sum"]
    assert int(found["cases_simple"]) + int(found["cases_general"]) == penal.count()
    assert int(found["waste_cases_individual"]) <= int(found["waste_cases"])


def test_every_number_opens_its_records(district: District) -> None:
    leader, place = factories.make_user("bureau_leader"), place_of(district.pk)
    for one in COUNTED:
        sample, behind = figure(one.id, YEAR, place).sample, records(one, YEAR, place)
        assert sample == behind.count(), one.id
        for record in behind[:2]:
            assert one.population.title(record)
            assert one.population.link(record).startswith("/")
        assert records(one, YEAR, place, viewer=leader).count() <= behind.count()


def test_parts_of_a_figure_add_up_to_it(district: District) -> None:
    place = place_of(district.pk)
    for one in COUNTED:
        if one.measure.kind not in ("count", "sum"):
            continue  # different values and means do not add up
        whole = figure(one.id, YEAR, place).value
        for by in dimensions_of(one.id):
            lines = breakdown(one.id, YEAR, by, place)
            assert sum(line.figure.value or 0 for line in lines) == whole, (one.id, by)
            assert all(line.label for line in lines)
        if one.population.time:
            assert sum(month.value or 0 for _when, month in series(one.id, YEAR, place)) == whole, one.id


def test_squads_are_ranked_by_cases_and_never_by_fines(district: District) -> None:
    lines = ranking("cases_total", YEAR, "squad", place_of(district.pk))
    assert [line.rank for line in lines] == sorted(line.rank or 0 for line in lines)
    for one in all_declared():
        if uses_fines(one.id) and "squad" in dimensions_of(one.id):
            with pytest.raises(FinesForbidden):
                ranking(one.id, YEAR, "squad", place_of(district.pk))
    assert {"fines_total", "exempt_amount", "new_field_confiscated"} <= {
        one.id for one in all_declared() if uses_fines(one.id)
    }


@pytest.mark.django_db
def test_changes_of_every_source_are_noted() -> None:
    for one in COUNTED:
        assert sources_of(one) <= watched(), one.id


def test_every_figure_has_a_name_a_definition_an_owner_and_a_unit() -> None:
    for one in all_declared():
        assert str(one.name) and str(one.definition) and one.owner
        assert one.unit in UNITS
    assert len(law_fingerprint()) == 16 and HOUSEHOLD_WASTE


@pytest.mark.skipif(not REFERENCE.exists(), reason="the reference figures, which must lie beside, are absent")
def test_every_figure_of_the_reference_is_counted_or_named_as_missing() -> None:
    with REFERENCE.open(encoding="utf-8") as stream:
        wanted = {row["id"]: row["unit"] for row in csv.DictReader(stream)}
    text = (ROOT / "docs" / "indicators.md").read_text(encoding="utf-8")
    missing = set(re.findall(r"`(\w+)`", text.partition("## Not counted yet")[2].partition("## ")[0]))
    have = {one.id for one in all_declared()}
    assert set(wanted) - have == missing & set(wanted)
    assert not missing & have
    for id_ in set(wanted) & have:
        assert declared(id_).unit == wanted[id_]


def test_the_command_writes_the_file(
    district: District, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chengshu.config.commands.report.setup_django", lambda: None)
    target = tmp_path / "figures.csv"
    answer = CliRunner().invoke(report, ["annual", "--year", "2020", "--figures", str(target), "--json"])
    assert answer.exit_code == 0, answer.output
    assert target.read_text(encoding="utf-8") == as_csv(figures_of(district, YEAR))
    wrong = CliRunner().invoke(
        report, ["annual", "--year", "2020", "--figures", str(tmp_path / "none" / "f.csv")]
    )
    assert wrong.exit_code != 0 and not (tmp_path / "none").exists()
