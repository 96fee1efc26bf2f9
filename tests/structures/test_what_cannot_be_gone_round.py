"""Ways round the rules of the ledger that somebody may try, and figures of years that are over."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from chengshu.bureau.models import Town
from chengshu.leads.services import NewLead, report
from chengshu.leads.services.classes import load_classes
from chengshu.structures.models import AnnualTask, Elimination, Structure
from chengshu.structures.queries import lights
from chengshu.structures.queries.figures import year_figures
from chengshu.structures.queries.lists import StructureFilter, chosen
from chengshu.structures.queries.years import progress
from chengshu.structures.services import disposing, entering, recording, years
from chengshu.structures.services.base import StructureProblem
from chengshu.structures.services.entering import NewEntry
from chengshu.structures.services.recording import Photo
from tests import factories

from .conftest import LAT, LNG, Ledger, flight, picture, square
from .test_pages import signed_in, text

refused = pytest.raises(StructureProblem)
THIS = date.today().year


def days(n: float) -> timedelta:
    return timedelta(days=n)


def town(ledger: Ledger) -> Town:
    return Town.objects.get(district=ledger.district, name="长寿路街道")


# --- the write-off ----------------------------------------------------------------------------------
def test_photos_of_another_place_write_nothing_off(ledger: Ledger) -> None:
    structure = ledger.entry()
    ledger.measured(structure)
    elsewhere = (LNG + 0.003, LAT)
    ledger.photo(structure, "before", position=elsewhere)
    disposing.demolish(structure, "voluntary", by=ledger.officer)
    ledger.photo(structure, "after", position=elsewhere)
    with refused as problem:
        ledger.offer(structure, "write_off")
    assert "位置" in str(problem.value)


def test_a_photo_taken_after_the_demolition_is_none_of_before(ledger: Ledger) -> None:
    structure = ledger.entry()
    ledger.measured(structure, at=timezone.now() - days(6))
    ledger.photo(structure, "before", taken_at=timezone.now() - days(1))
    disposing.demolish(structure, "voluntary", by=ledger.officer, at=timezone.now() - days(5))
    ledger.photo(structure, "after")
    with refused:
        ledger.offer(structure, "write_off")


def test_one_picture_is_not_before_and_after(ledger: Ledger) -> None:
    structure, same = ledger.entry(), picture().getvalue()

    def add(moment: str) -> None:
        import io

        shot = Photo(io.BytesIO(same), "a.png", moment, position=(LNG, LAT))
        recording.add_photos(structure, [shot], by=ledger.officer)

    add("before")
    disposing.demolish(structure, "voluntary", by=ledger.officer)
    with refused:
        add("after")


def test_whoever_made_the_proof_does_not_approve(ledger: Ledger) -> None:
    structure = ledger.entry()
    recording.survey(structure, Decimal(20), "tape", by=ledger.leader)
    ledger.photo(structure, "before")
    disposing.demolish(structure, "voluntary", by=ledger.officer)
    ledger.photo(structure, "after")
    waiting = ledger.offer(structure, "write_off")
    with refused:
        disposing.approve(waiting, by=ledger.leader)
    assert disposing.approve(waiting, by=ledger.chief).written_off_at


def test_a_smaller_area_afterwards_does_not_spare_the_flight(ledger: Ledger, flights: list[Any]) -> None:
    structure = ledger.demolished(area="250", polygon=square(degrees=0.0002), position=None)
    ledger.measured(structure, "199")
    with refused:
        ledger.offer(structure, "write_off")
    flights[:] = [flight(timezone.localdate())]
    assert ledger.offer(structure, "write_off").data["flight"]


def test_a_flight_over_a_corner_does_not_show_the_whole(ledger: Ledger, flights: list[Any]) -> None:
    structure = ledger.demolished(area="5000", polygon=square(), position=None)
    flights[:] = [flight(timezone.localdate())]
    with refused:
        ledger.offer(structure, "write_off")


def test_an_outline_stays_where_the_entry_is(ledger: Ledger) -> None:
    structure = ledger.entry()

    def outline(lng: float, lat: float) -> None:
        recording.survey(structure, Decimal(9), "gnss", by=ledger.officer, polygon=square(lng, lat))

    for place in (factories.IN_TAOPU, factories.OUTSIDE, (LNG + 0.005, LAT)):
        with refused:
            outline(*place)
    outline(LNG + 0.0003, LAT)
    disposing.demolish(structure, "voluntary", by=ledger.officer)
    with refused:
        outline(LNG, LAT)


# --- facts ------------------------------------------------------------------------------------------
def test_stock_does_not_become_new_or_being_built_by_one_person(ledger: Ledger) -> None:
    structure = ledger.entry()
    with pytest.raises(PermissionDenied):
        entering.change(structure, {"built": "building"}, by=ledger.officer, note="在建")
    ledger.step(structure, "on_site", 9)
    with refused:
        entering.change(structure, {"built": "building"}, by=ledger.leader, note="在建")
    assert entering.change(structure, {"built": "new"}, by=ledger.leader, note="新增").built == "new"
    own = entering.enter(
        NewEntry("长寿路2号", ["rooftop"], "new", position=(LNG, LAT)),
        district=ledger.district,
        by=ledger.leader,
    )
    with refused:
        entering.change(own, {"built": "stock"}, by=ledger.leader, note="存量")


def test_the_clocks_of_a_lead_run_from_its_report(ledger: Ledger) -> None:
    load_classes(ledger.district)
    found = NewLead("patrol", "E0201", "屋顶搭建", address="长寿路1号", position=(LNG, LAT))
    lead = report(found, district=ledger.district, by=None, route=False).lead
    later = NewEntry("长寿路1号", ["rooftop"], "new", found_at=timezone.now())
    made = entering.enter_from_lead(lead, later, by=ledger.officer)
    assert made.found_at == lead.reported_at
    other = factories.make_user("officer", factories.unit(ledger.district, "squad", "桃浦镇"))
    with pytest.raises(PermissionDenied):
        entering.enter_from_lead(lead, later, by=other)


def test_what_comes_from_a_list_is_not_overdue_on_site(ledger: Ledger) -> None:
    made = entering.enter(
        NewEntry("长寿路3号", ["rooftop"], "stock", position=(LNG, LAT), found_at=timezone.now() - days(400)),
        district=ledger.district, by=None, source="import",
    )  # fmt: skip
    assert made.due_at is None


# --- figures of years that are over -----------------------------------------------------------------
def shifted(ledger: Ledger, years_back: int, kind: str, **more: Any) -> Structure:
    """An entry whose disposal counted in an earlier year."""
    at = datetime(THIS - years_back, 6, 1, 10, tzinfo=timezone.get_current_timezone())
    structure = ledger.entry(found_at=at - days(20), area_m2=Decimal(30), method="tape")
    ledger.found_illegal(structure, at=at - days(10))
    offer = disposing.Offer(kind, "按规定处置", **more)
    waiting = disposing.propose(structure, offer, by=ledger.officer, at=at)
    return disposing.approve(waiting, by=ledger.leader, at=at)


def test_a_year_that_is_over_keeps_its_figures(ledger: Ledger) -> None:
    deferred = shifted(ledger, 2, "defer", review_on=date(THIS - 1, 3, 1))
    legal = shifted(ledger, 1, "legalise", permit_number="证1")
    assert disposing.come_back_all() == 1
    back = ledger.again(deferred)
    assert (back.status, back.eliminated_on, back.disposal) == ("pending", None, "")
    ledger.demolished(back, "500")
    disposing.relapse(legal, by=ledger.officer, note="原址又搭")
    ledger.measured(legal, "3")
    for year in (THIS - 2, THIS - 1):
        figures = year_figures(ledger.chief, year, timezone.now())
        assert (figures.eliminated.count, figures.eliminated.area) == (1, Decimal(30))
        listed = chosen(ledger.chief, StructureFilter(year=year, status="gone", type="rooftop", key="any"))
        assert listed.count() == 1
        assert Structure.objects.eliminated(year).count() == 1
    assert year_figures(ledger.chief, THIS, timezone.now()).eliminated.count == 0


def test_within_the_year_a_structure_counts_once(ledger: Ledger) -> None:
    structure = ledger.found_illegal(ledger.entry())
    ledger.disposed(structure, "defer", review_on=timezone.localdate() + days(30))
    ledger.disposed(ledger.again(structure), "legalise", permit_number="证1")
    year = timezone.localdate().year
    assert [row.kind for row in Elimination.objects.of_year(year)] == ["legalise"]
    for change in ({"kind": "defer"}, {"area_m2": 1}, {"taken_back_at": None}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Elimination.objects.update(**change)


def test_an_earlier_relapse_stays_in_its_year(ledger: Ledger) -> None:
    legal = shifted(ledger, 2, "legalise", permit_number="证1")
    at = datetime(THIS - 1, 2, 1, 10, tzinfo=timezone.get_current_timezone())
    disposing.relapse(legal, by=ledger.officer, note="又搭", at=at)
    ledger.disposed(ledger.again(legal), "legalise", permit_number="证2")
    disposing.relapse(ledger.again(legal), by=ledger.officer, note="再搭")
    for year in (THIS - 1, timezone.localdate().year):
        (here,) = [
            one
            for one in lights.lights(ledger.district, year, timezone.localdate())
            if one.town == town(ledger)
        ]
        assert here.measures["relapses"] == 1


def test_a_town_without_anything_to_do_can_be_green(ledger: Ledger) -> None:
    years.set_quota(town(ledger), THIS, "", 0, by=ledger.clerk)
    (here,) = [
        one for one in lights.lights(ledger.district, THIS, timezone.localdate()) if one.town == town(ledger)
    ]
    assert here.measures["behind"] == 0
    assert progress(ledger.district, THIS, timezone.localdate())[0].percent == 100
    assert AnnualTask.objects.count() == 1


# --- samples and plots ------------------------------------------------------------------------------
def test_nobody_draws_until_the_sample_pleases_nor_checks_own_work(ledger: Ledger) -> None:
    ledger.written_off()
    before, year = timezone.now() - timedelta(minutes=5), timezone.localdate().year

    def announce() -> Any:
        return years.announce(town(ledger), year, 1, "大厅", 1, by=ledger.supervisor, at=before)

    made = announce()
    (one,) = years.draw(made, ["春风"], by=ledger.supervisor)
    with refused:
        announce()
    both = factories.make_user("supervisor")
    one.structure.steps.create(seq=99, action="note", at=before, by=both)
    with refused:
        years.check(one, "right", by=both)
    years.check(one, "right", by=ledger.supervisor)
    assert announce().pk != made.pk


def test_a_plot_without_a_boundary_is_not_cleared(ledger: Ledger) -> None:
    plot = years.save_plot(ledger.district, by=ledger.clerk, name="甲", town=town(ledger), year=THIS)
    with refused:
        years.conclude(plot, "demolished", by=ledger.clerk)
    assert years.conclude(plot, "closed", by=ledger.clerk).outcome == "closed"


def test_another_squad_reads_no_entry_from_plots_and_samples(ledger: Ledger) -> None:
    ledger.written_off(address="长寿路77号")
    standing = ledger.entry(address="长寿路78号")
    plot = years.save_plot(
        ledger.district,
        by=ledger.clerk,
        name="甲",
        town=town(ledger),
        year=THIS,
        boundary=square(degrees=0.01),
    )
    before, year = timezone.now() - timedelta(minutes=5), timezone.localdate().year
    made = years.announce(town(ledger), year, 1, "大厅", 1, by=ledger.supervisor, at=before)
    years.draw(made, ["春风"], by=ledger.supervisor)
    other = factories.make_user("officer", factories.unit(ledger.district, "squad", "桃浦镇"))
    pages = [reverse("structures:plot", args=[plot.pk]), reverse("structures:assessment", args=[made.pk])]
    shown = [text(signed_in(other).get(page)) for page in pages]
    assert not any("长寿路7" in page for page in shown) and standing.number not in shown[0]
    assert "另有1处" in shown[0]
    mine = [text(signed_in(ledger.leader).get(page)) for page in pages]
    assert "长寿路78号" in mine[0] and "长寿路77号" in mine[1]


def test_what_counted_before_there_were_records_of_it_is_taken_over(ledger: Ledger) -> None:
    """The migration: an entry as it stood before, its deferral of an earlier year over."""
    structure = ledger.entry(area_m2=Decimal(30), method="tape")
    rows = Structure.objects.filter(pk=structure.pk)
    rows.update(disposal="defer", eliminated_on=date(THIS - 1, 5, 1), version=F("version") + 1)
    migration = import_module("chengshu.structures.migrations.0003_eliminations_so_far")
    migration.take_over(apps, None)
    row = Elimination.objects.of_year(THIS - 1).get()
    assert (row.structure, row.kind, row.area_m2) == (structure, "defer", Decimal("30.00"))
    assert (ledger.again(structure).disposal, ledger.again(structure).eliminated_on) == ("", None)
