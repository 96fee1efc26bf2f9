"""The reference year's inspections, made through the services: a part of it, and the plan of the whole."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from chengshu.bureau.models import District
from chengshu.demo.inspections import Year, load_inspections, plan_of
from chengshu.demo.load import first_start, load_objects
from chengshu.inspections.lifecycle import PROBLEM, Kind, State, TaskState
from chengshu.inspections.models import (
    Draw,
    Inspection,
    InspectionDisclosure,
    InspectionTask,
    QuarterlyPublication,
)
from chengshu.kernel import draw as lot
from chengshu.kernel import files

pytestmark = pytest.mark.django_db
PART = 0.03
FIGURES = Path(__file__).resolve().parents[3] / "shared" / "reference" / "figures-2020.csv"


@pytest.fixture
def district() -> District:
    """The demo district with a few hundred objects."""
    first_start()
    district = District.objects.get()
    load_objects(district, {"shop": 400, "site": 20})
    return district


@pytest.mark.skipif(not FIGURES.exists(), reason="the reference figures, which must lie beside, are absent")
def test_the_plan_of_the_whole_year_has_the_reference_figures(district: District) -> None:
    with FIGURES.open(encoding="utf-8") as stream:
        figures = {row["id"]: row["value"] for row in csv.DictReader(stream)}
    year = Year(district)
    problems = [fate for fate in year.fates.values() if fate in plan_of("310107")["problems"]]
    planned = {
        "random_tasks": sum(year.counts),
        "random_objects": sum(year.sizes),
        "random_findings": len(problems),
        "random_disclosures": len(year.counts),
    }
    assert {name: str(value) for name, value in planned.items()} == {name: figures[name] for name in planned}


def test_a_part_of_the_year_is_drawn_inspected_and_published(district: District) -> None:
    added = load_inspections(district, scale=PART)
    year = Year(district, scale=PART)
    tasks = InspectionTask.objects.all()
    assert {task.state for task in tasks} == {TaskState.PUBLISHED}
    drawn = Inspection.objects.filter(kind=Kind.RANDOM).exclude(state=State.WITHDRAWN)
    assert drawn.count() == sum(year.sizes)
    assert {one.state for one in drawn} == {State.CLOSED}
    problems = drawn.filter(result__in=PROBLEM)
    assert problems.count() == sum(fate in plan_of("310107")["problems"] for fate in year.fates.values())
    assert QuarterlyPublication.objects.count() == 4
    assert InspectionDisclosure.objects.filter(inspection__in=drawn).count() == drawn.count()
    sites = Inspection.objects.filter(kind=Kind.ROUTINE)
    assert added == drawn.count() + sites.count()
    for draw in Draw.objects.all():
        with files.open_verified(draw.proof) as content:
            assert lot.verify(json.load(content)).ok


def test_a_second_load_adds_nothing(district: District) -> None:
    load_inspections(district, scale=PART)
    assert load_inspections(district, scale=PART) == 0
