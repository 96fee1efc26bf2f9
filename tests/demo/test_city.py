"""A city for load work: districts side by side, each with a year of its own."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from click.testing import CliRunner
from django.test import Client
from django.urls import reverse
from shapely.geometry import shape

from chengshu.bureau.models import District, Town, Unit, User
from chengshu.cases.models import Case
from chengshu.config.commands.demo import demo
from chengshu.demo.cast import Cast
from chengshu.demo.city import districts
from chengshu.demo.duty_logs import stock
from chengshu.demo.inspections import load_inspections
from chengshu.demo.load import first_start, load_objects
from chengshu.demo.parts import Wanted, load_city
from chengshu.demo.patrol import set_up
from chengshu.kernel.indicators.asking import figures
from chengshu.kernel.indicators.computing import place_of
from chengshu.kernel.indicators.periods import Period
from chengshu.leads.models import Lead, LeadClass
from chengshu.leads.services.classes import load_classes as load_lead_classes
from chengshu.patrol.models import BeatPoint, Equipment
from chengshu.registry.models import RegulatedObject

pytestmark = pytest.mark.django_db
LITTLE = Wanted(objects=400, leads=20, cases=0.02, inspections=0, structures=0.02, patrols=False)


@pytest.fixture
def shipped() -> District:
    """The demo district on its first start."""
    first_start()
    return District.objects.get()


def quiet(done: int, total: int, label: str) -> None:
    """Nobody watches."""


def test_the_districts_lie_beside_each_other_and_are_made_once(shipped: District) -> None:
    made = list(districts(shipped, 16))
    assert (
        len({one.code for one in made}) == len({one.name for one in made}) == District.objects.count() == 16
    )
    outlines = [shape(one.boundary) for one in made]
    assert not any(a.intersects(b) for n, a in enumerate(outlines) for b in outlines[:n])
    areas = {round(one.area, 9) for one in outlines}
    assert len(areas) == 1
    assert [one.pk for one in districts(shipped, 16)] == [one.pk for one in made]


def test_each_district_has_a_bureau_and_accounts_of_its_own(shipped: District) -> None:
    second = list(districts(shipped, 2))[1]
    assert second.name == "示范二区"
    ours, theirs = (list(Unit.objects.filter(district=one).order_by("code")) for one in (shipped, second))
    assert len(ours) == len(theirs)
    assert not {one.code for one in ours} & {one.code for one in theirs}
    assert not any("普陀" in one.name for one in theirs)
    squads = Town.objects.filter(district=second, units__kind=Unit.Kind.SQUAD)
    assert squads.count() == Town.objects.filter(district=second).count()
    chief = User.objects.with_roles().get(username="chief.02")
    assert chief.unit is not None
    assert chief.unit.district == second
    assert not chief.has_usable_password()  # nobody would be told that it stands open


def test_each_district_has_its_year_and_nobody_sees_anothers(shipped: District) -> None:
    made = load_city(shipped, LITTLE, 3, quiet)
    everywhere = District.objects.order_by("code")
    for model in (RegulatedObject, Lead, Case):
        counted = Counter(model.objects.values_list("district", flat=True))
        assert set(counted) == {one.pk for one in everywhere}, model
    assert made["cases"] > 0
    year = Period.year(2020)
    told = [figures(["cases_total"], year, place_of(one.pk))["cases_total"] for one in everywhere]
    assert len({one.value for one in told}) == 1
    assert told[0].value
    numbered = Case.objects.exclude(number="")
    assert len(set(numbered.values_list("number", "district"))) == numbered.count()
    client = Client()
    for name, district in (("chief", shipped), ("chief.02", everywhere.get(name="示范二区"))):
        client.force_login(User.objects.get(username=name), backend="chengshu.bureau.backends.BureauBackend")
        page = client.get(reverse("reports:records", args=["cases_total"]), {"period": "2020"})
        mine = Case.objects.filter(district=district).count()
        assert page.context["page"].total <= mine
        assert page.context["page"].total == told[0].value
    assert not any(load_city(shipped, LITTLE, 3, quiet).values())


def test_equipment_and_tags_of_two_districts_are_told_apart(shipped: District) -> None:
    for one in districts(shipped, 3):
        cast = Cast(one)
        assert stock(one, cast) == Equipment.objects.filter(squad__district=one).count() > 0
        assert set_up(one, cast) == BeatPoint.objects.filter(beat__district=one).count() > 0
    terminals = Equipment.objects.exclude(terminal="").values_list("terminal", flat=True)
    assert len(set(terminals)) == terminals.count()


def test_what_an_inspection_hands_over_is_closed_with_all_photos_asked_for(shipped: District) -> None:
    second = list(districts(shipped, 2))[1]
    load_objects(second, {"shop": 600, "restaurant": 300, "site": 60, "compound": 60}, seed=2021)
    load_lead_classes(second)
    LeadClass.objects.filter(district=second).update(photos_closing=2)
    assert load_inspections(second, seed=2021, scale=0.1) > 0
    handed = Lead.objects.filter(district=second, source="inspection")
    assert handed.exists()
    assert set(handed.values_list("stage", flat=True)) == {"closed"}
    for lead in handed:
        closing = lead.attachments.filter(moment="closing").count()
        assert closing == 2


@pytest.mark.parametrize("scale", ["1.5", "100", "inf", "nan"])
def test_a_city_has_whole_districts(scale: str) -> None:
    done = CliRunner().invoke(demo, ["load", "--scale", scale])
    assert done.exit_code != 0
    assert str(done.exception) == "规模大于1时应为整数，即区的个数，最多99个。"


def test_the_amounts_of_a_city_are_told(shipped: District) -> None:
    done = CliRunner().invoke(
        demo,
        ["load", "--scale", "2", "--objects", "40", "--leads", "0", "--cases", "0",
         "--inspections", "0", "--structures", "0", "--no-patrols", "--json"],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    told = json.loads(done.output.splitlines()[-1])
    assert told["added"] == RegulatedObject.objects.count() >= 80
