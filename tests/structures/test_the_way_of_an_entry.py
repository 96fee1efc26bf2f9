"""From entry to write-off, and what is refused on the way."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.utils import timezone

from chengshu.bureau.deeds import deeds_of
from chengshu.kernel.models import LedgerEntry
from chengshu.leads.services import NewLead, report
from chengshu.leads.services.classes import load_classes
from chengshu.structures.models import Proposal, Step, Structure, StructureEvent
from chengshu.structures.services import disposing, entering, recording
from chengshu.structures.services.base import StructureProblem
from chengshu.structures.services.disposing import Offer
from chengshu.structures.services.entering import NewEntry
from tests import factories

from .conftest import LAT, LNG, Ledger, flight, square

refused = pytest.raises(StructureProblem)


def days(n: float) -> timedelta:
    return timedelta(days=n)


# --- into the ledger --------------------------------------------------------------------------------
def test_an_entry_gets_its_number_town_and_squad_from_its_place(ledger: Ledger) -> None:
    made = ledger.entry(polygon=square(), position=None, area_m2=Decimal("40"))
    assert made.number.startswith(f"WJ{made.found_at.year}")
    assert made.town is not None and made.town.name == "长寿路街道"
    assert made.squad == ledger.squad
    assert made.area_m2 == Decimal("40.00")
    assert [step.action for step in made.steps.all()] == ["enter", "survey"]
    assert LedgerEntry.objects.filter(chain=made.chain).count() == 2


def test_nobody_enters_a_structure_in_another_squads_area(ledger: Ledger) -> None:
    with pytest.raises(PermissionDenied):
        ledger.entry(position=factories.IN_TAOPU)


def test_a_position_outside_the_district_is_refused(ledger: Ledger) -> None:
    with refused as problem:
        ledger.entry(position=factories.OUTSIDE)
    assert "区" in str(problem.value)


@pytest.mark.parametrize(
    "stated",
    [
        {"types": []}, {"types": ["castle"]}, {"built": "old"}, {"address": " "}, {"built_year": 1000},
        {"polygon": {"type": "Point", "coordinates": [LNG, LAT]}}, {"polygon": {"type": "Polygon"}},
        {"position": None}, {"position": (float("nan"), 1.0)},
    ],
)  # fmt: skip
def test_what_cannot_be_is_not_entered(ledger: Ledger, stated: dict) -> None:
    with refused:
        ledger.entry(**stated)
    assert not Structure.objects.exists()


def test_a_lead_enters_once_with_its_place(ledger: Ledger) -> None:
    load_classes(ledger.district)
    lead = report(
        NewLead("patrol", "E0201", "屋顶搭建", address="长寿路1号", position=(LNG, LAT)),
        district=ledger.district, by=None, route=False,
    ).lead  # fmt: skip
    new = NewEntry("长寿路1号", ["rooftop"], "building")
    first = entering.enter_from_lead(lead, new, by=ledger.officer)
    again = entering.enter_from_lead(lead, new, by=ledger.officer)
    assert first == again
    assert (first.lead, first.position, first.source) == (lead, (LNG, LAT), "lead")


# --- the area and what is evidence ------------------------------------------------------------------
def test_the_area_changes_by_a_survey_only(ledger: Ledger) -> None:
    structure = ledger.entry()
    ledger.measured(structure, "36.50")
    with pytest.raises(DatabaseError), transaction.atomic():
        Structure.objects.filter(pk=structure.pk).update(area_m2=1, version=structure.version + 1)
    assert ledger.again(structure).area_m2 == Decimal("36.50")
    with refused:
        entering.change(structure, {"area_m2": 1}, by=ledger.officer, note="改面积")
    for area in ("0", "-3", "9999999", "NaN"):
        with refused:
            ledger.measured(structure, area)


def test_the_database_keeps_what_the_entry_was(ledger: Ledger) -> None:
    structure = ledger.entry()
    entering.change(structure, {"material": "彩钢"}, by=ledger.officer, note="现场核实")
    assert ledger.again(structure).material == "彩钢"
    assert StructureEvent.objects.filter(pgh_obj=structure, material="").exists()
    with refused:
        entering.change(structure, {"material": "砖"}, by=ledger.officer, note=" ")
    with pytest.raises(DatabaseError), transaction.atomic():
        Structure.objects.filter(pk=structure.pk).update(status="false")
    for row in (Step.objects.filter(structure=structure), Structure.objects.filter(pk=structure.pk)):
        with pytest.raises(DatabaseError), transaction.atomic():
            row._raw_delete(row.db)
    with pytest.raises(DatabaseError), transaction.atomic():
        Step.objects.filter(structure=structure).update(note="anders")


# --- demolition and write-off -----------------------------------------------------------------------
def test_demolished_photographed_measured_and_seen_by_two_it_is_written_off(ledger: Ledger) -> None:
    structure = ledger.demolished()
    assert structure.status == "demolished" and structure.written_off_at is None
    waiting = ledger.offer(structure, "write_off")
    done = disposing.approve(waiting, by=ledger.leader)
    assert done.written_off_at is not None
    assert done.eliminated_on == timezone.localdate()
    assert Proposal.objects.get(pk=waiting.pk).data["area"] == "36.50"
    assert Structure.objects.eliminated(timezone.localdate().year).get() == done


def test_whoever_proposes_does_not_approve(ledger: Ledger) -> None:
    structure = ledger.demolished()
    waiting = disposing.propose(structure, Offer("write_off", "已拆除"), by=ledger.leader)
    with refused:
        disposing.approve(waiting, by=ledger.leader)
    with pytest.raises(PermissionDenied):
        disposing.approve(waiting, by=ledger.officer)
    assert disposing.approve(waiting, by=ledger.chief).written_off_at


def test_a_decided_proposal_stays_decided(ledger: Ledger) -> None:
    structure = ledger.demolished()
    waiting = ledger.offer(structure, "write_off")
    disposing.refuse(waiting, by=ledger.leader, note="照片看不清")
    with refused:
        disposing.approve(waiting, by=ledger.leader)
    with pytest.raises(DatabaseError), transaction.atomic():
        Proposal.objects.filter(pk=waiting.pk).update(approved=True)
    assert ledger.offer(structure, "write_off").pk != waiting.pk


def test_no_write_off_without_photos_of_the_same_place(ledger: Ledger) -> None:
    structure = ledger.entry()
    ledger.measured(structure)
    disposing.demolish(structure, "voluntary", by=ledger.officer)
    with refused as none:
        ledger.offer(structure, "write_off")
    assert "拆除前" in str(none.value)
    yesterday = timezone.now() - days(1)
    ledger.photo(structure, "before", taken_at=yesterday)
    ledger.photo(structure, "after", position=None)
    with refused as nowhere:
        ledger.offer(structure, "write_off")
    assert "拆除后" in str(nowhere.value)
    ledger.photo(structure, "after", position=(LNG + 0.001, LAT))
    with refused as apart:
        ledger.offer(structure, "write_off")
    assert "95" in str(apart.value)
    ledger.photo(structure, "after", position=(LNG + 0.0001, LAT))
    assert ledger.disposed(structure, "write_off").written_off_at


def test_no_write_off_of_an_area_that_was_only_stated(ledger: Ledger) -> None:
    structure = ledger.entry(area_m2=Decimal(20))
    ledger.photo(structure, "before")
    disposing.demolish(structure, "voluntary", by=ledger.officer)
    ledger.photo(structure, "after")
    with refused:
        ledger.offer(structure, "write_off")
    ledger.measured(structure)
    assert ledger.disposed(structure, "write_off").written_off_at


def test_a_large_one_is_written_off_only_when_a_later_flight_shows_it_gone(
    ledger: Ledger, flights: list
) -> None:
    structure = ledger.demolished(area="250", polygon=square(degrees=0.0002), position=None)
    today = timezone.localdate()
    for seen in ([], [flight(today - days(1))], [flight(today, 0.5)], [flight(today, None)]):
        flights[:] = seen
        with refused:
            ledger.offer(structure, "write_off")
    flights[:] = [flight(today)]
    waiting = ledger.offer(structure, "write_off")
    flights[:] = []
    with refused:  # looked at again when it is approved
        disposing.approve(waiting, by=ledger.leader)
    flights[:] = [flight(today)]
    assert disposing.approve(waiting, by=ledger.leader).written_off_at


def test_photos_must_show_what_their_moment_says(ledger: Ledger) -> None:
    structure = ledger.entry()
    with refused:
        ledger.photo(structure, "after")
    with refused:
        ledger.photo(structure, "sometime")
    disposing.demolish(structure, "voluntary", by=ledger.officer, at=timezone.now() - days(2))
    with refused:
        ledger.photo(structure, "before")
    with refused:
        ledger.photo(structure, "before", taken_at=timezone.now())
    with refused:
        ledger.photo(structure, "after", taken_at=timezone.now() - days(5))


def test_after_the_write_off_what_it_rests_on_stays(ledger: Ledger) -> None:
    structure = ledger.written_off()
    with refused:
        ledger.measured(structure, "10")
    with refused:
        ledger.photo(structure, "after")
    with refused:
        ledger.offer(structure, "write_off")


# --- the other ways ---------------------------------------------------------------------------------
def test_legal_by_its_permit(ledger: Ledger) -> None:
    structure = ledger.entry()
    with refused:
        ledger.offer(structure, "legalise")
    done = ledger.disposed(structure, "legalise", permit_number="沪普建(2020)001")
    assert (done.status, done.permit_number) == ("legalised", "沪普建(2020)001")


def test_a_deferral_comes_back_by_itself_on_its_day(ledger: Ledger) -> None:
    structure = ledger.found_illegal(ledger.entry())
    today = timezone.localdate()
    for wrong in (None, today, today + days(400)):
        with refused:
            ledger.offer(structure, "defer", review_on=wrong)
    held = ledger.disposed(structure, "defer", review_on=today + days(30))
    assert held.status == "deferred" and held.eliminated_on == today
    with refused:
        disposing.come_back(held, by=None)
    assert disposing.come_back_all(today + days(29)) == 0
    Structure.objects.filter(pk=held.pk).update(review_on=today, version=held.version + 1)
    assert disposing.come_back_all() == 1
    back = ledger.again(held)
    assert (back.status, back.eliminated_on, back.review_on) == ("pending", None, None)
    assert back.steps.last().action == "come_back"


def test_a_deferral_ends_early_only_by_whoever_approves_and_with_a_reason(ledger: Ledger) -> None:
    held = ledger.disposed(
        ledger.found_illegal(ledger.entry()), "defer", review_on=timezone.localdate() + days(9)
    )
    with pytest.raises(PermissionDenied):
        disposing.come_back(held, by=ledger.officer, note="提前")
    with refused:
        disposing.come_back(held, by=ledger.leader)
    assert disposing.come_back(held, by=ledger.leader, note="公共服务已迁出").status == "pending"


def test_only_what_is_found_illegal_is_deferred(ledger: Ledger) -> None:
    with refused:
        ledger.offer(ledger.entry(), "defer", review_on=timezone.localdate() + days(5))


def test_a_false_report_needs_its_finding(ledger: Ledger) -> None:
    structure = ledger.found_illegal(ledger.entry())
    with refused:
        ledger.offer(structure, "false_report")
    with refused:
        recording.find(structure, "legal", by=ledger.officer)
    recording.find(structure, "legal", by=ledger.officer, note="有规划许可证")
    assert ledger.disposed(structure, "false_report").status == "false"


def test_built_again_it_reopens_with_its_history(ledger: Ledger) -> None:
    structure = ledger.written_off()
    with refused:
        disposing.relapse(structure, by=ledger.officer, note=" ")
    back = disposing.relapse(structure, by=ledger.officer, note="原址又搭", building=True)
    assert (back.status, back.relapses, back.built) == ("pending", 1, "building")
    assert back.written_off_at is None and back.eliminated_on is None
    assert back.photos.count() == 2 and back.surveys.count() == 1
    assert StructureEvent.objects.filter(pgh_obj=structure, written_off_at__isnull=False).exists()
    disposing.demolish(back, "voluntary", by=ledger.officer)
    with refused:  # neither the old survey nor the old photos count
        ledger.offer(back, "write_off")


def test_demolished_but_not_written_off_is_no_relapse(ledger: Ledger) -> None:
    with refused:
        disposing.relapse(ledger.demolished(), by=ledger.officer, note="又搭")


def test_a_waiting_proposal_holds_everything_that_would_change_the_state(ledger: Ledger) -> None:
    structure = ledger.entry()
    ledger.offer(structure, "legalise", permit_number="1")
    with refused:
        disposing.demolish(structure, "voluntary", by=ledger.officer)
    with refused:
        ledger.offer(structure, "legalise", permit_number="2")


def test_the_note_is_recorded_on_a_finding_and_released_on_proof(ledger: Ledger) -> None:
    structure = ledger.entry()
    note = recording.note_in_register
    with refused:
        note(structure, "recorded", by=ledger.officer, number="注1")
    with refused:
        note(structure, "released", by=ledger.officer, number="注1")
    ledger.found_illegal(structure)
    with refused:
        note(structure, "recorded", by=ledger.officer, number="")
    assert note(structure, "recorded", by=ledger.officer, number="注1").note_state == "recorded"
    with refused:
        note(structure, "recorded", by=ledger.officer, number="注2")
    with refused:
        note(structure, "released", by=ledger.officer, number="解1")
    ledger.disposed(structure, "legalise", permit_number="证1")
    assert note(structure, "released", by=ledger.officer, number="解1").note_number == "解1"
    with refused:
        note(structure, "elsewhere", by=ledger.officer, number="x")


def test_nothing_is_dated_in_the_future_or_before_it_was_found(ledger: Ledger) -> None:
    structure = ledger.entry()
    for at in (timezone.now() + days(1), structure.found_at - days(1)):
        with refused:
            recording.find(structure, "illegal", by=ledger.officer, at=at)


def test_what_an_officer_did_stands_in_the_duty_log(ledger: Ledger) -> None:
    ledger.found_illegal(ledger.entry())
    now = timezone.now()
    texts = [one.text for one in deeds_of(ledger.officer, now - days(11), now + days(1))]
    assert len(texts) == 2 and "长寿路88号屋顶" in texts[0]
