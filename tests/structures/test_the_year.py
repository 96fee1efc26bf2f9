"""Tasks, new ones, lights, samples and key plots of a year."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from chengshu.bureau.models import Town
from chengshu.kernel import draw as lot
from chengshu.kernel import files
from chengshu.structures.models import Assessment, SampleCheck, Structure
from chengshu.structures.queries import lights
from chengshu.structures.queries.lights import METRICS, judge, light_rules
from chengshu.structures.queries.years import days_behind, new_ones, progress
from chengshu.structures.services import disposing, years
from chengshu.structures.services.base import StructureProblem

from .conftest import LAT, LNG, Ledger, square

refused = pytest.raises(StructureProblem)
WORDS = ["春风", "梧桐", "苏州河"]


def town(ledger: Ledger) -> Town:
    return Town.objects.get(district=ledger.district, name="长寿路街道")


def this_year() -> int:
    return timezone.localdate().year


def light(ledger: Ledger) -> lights.TownLight:
    found = lights.lights(ledger.district, this_year(), timezone.localdate())
    return next(one for one in found if one.town.name == "长寿路街道")


# --- tasks ------------------------------------------------------------------------------------------
def test_a_task_counts_what_was_eliminated_and_looks_ahead(ledger: Ledger) -> None:
    years.set_quota(town(ledger), this_year(), "", 4, by=ledger.clerk)
    years.set_quota(town(ledger), this_year(), "other", 1, by=ledger.clerk)
    ledger.written_off()
    ledger.disposed(ledger.entry(types=["other"]), "legalise", permit_number="1")
    ledger.demolished()  # not written off: does not count
    key, other = progress(ledger.district, this_year(), date(this_year(), 7, 2))
    assert (key.task.type, key.done, key.percent, other.done, other.percent) == ("", 1, 25, 1, 100)
    past, whole = days_behind(this_year(), date(this_year(), 7, 2))
    assert key.expected == whole // past
    assert progress(ledger.district, this_year(), date(this_year(), 1, 5))[0].expected is None


def test_only_who_manages_sets_a_quota(ledger: Ledger) -> None:
    with pytest.raises(PermissionDenied):
        years.set_quota(town(ledger), 2026, "", 4, by=ledger.leader)
    for type_code, quota in (("castle", 1), ("", -1), ("", 10**9)):
        with refused:
            years.set_quota(town(ledger), 2026, type_code, quota, by=ledger.clerk)


def test_new_ones_are_told_from_stock(ledger: Ledger) -> None:
    ledger.entry(built="stock")
    ledger.entry(built="building")
    old = timezone.now() - timedelta(days=40)
    ledger.entry(built="new", found_at=old)
    ledger.demolished(built="new")
    here = new_ones(ledger.district, this_year(), 15, timezone.localdate())[town(ledger).pk]
    assert (here.entered, here.standing, here.removed) == (3, 2, 1)  # the day of the entry counts
    assert here.late == 1  # and how long ago it was found


# --- lights -----------------------------------------------------------------------------------------
measure = st.one_of(st.none(), st.integers(0, 200))


@given(values=st.fixed_dictionaries(dict.fromkeys(METRICS, measure)))
def test_a_light_always_says_why(values: dict[str, Any]) -> None:
    colour, reasons, missing = judge(values, light_rules())
    assert reasons
    assert (colour == "green") == (not missing and colour != "red")
    if colour == "green":
        assert None not in {values[c.metric] for c in light_rules().green}


@given(values=st.fixed_dictionaries(dict.fromkeys(METRICS, measure)), more=st.integers(1, 9))
def test_a_relapse_never_makes_a_light_better(values: dict[str, Any], more: int) -> None:
    order = ["green", "amber", "red"]
    worse = {**values, "relapses": (values["relapses"] or 0) + more}
    assert order.index(judge(worse, light_rules())[0]) >= order.index(judge(values, light_rules())[0])


def test_a_town_turns_green_when_nothing_is_missing(ledger: Ledger) -> None:
    assert light(ledger).colour == "amber"
    assert "抽样核查通过" in light(ledger).missing
    years.set_quota(town(ledger), this_year(), "", 1, by=ledger.clerk)
    structure = ledger.written_off()
    assessment = sampled(ledger, 1)
    years.check(assessment.checks.get(), "right", by=ledger.supervisor)
    assert (light(ledger).colour, light(ledger).missing) == ("green", ())
    disposing.relapse(structure, by=ledger.officer, note="原址又搭")
    assert light(ledger).colour == "red" and "有违建复发" in light(ledger).reasons


# --- samples ----------------------------------------------------------------------------------------
def sampled(ledger: Ledger, n: int) -> Assessment:
    before = timezone.now() - timedelta(minutes=5)
    made = years.announce(town(ledger), this_year(), n, "区政务大厅", 3, by=ledger.supervisor, at=before)
    years.draw(made, WORDS, by=ledger.supervisor)
    return Assessment.objects.get(pk=made.pk)


def test_a_sample_is_drawn_by_lot_and_anybody_can_draw_it_again(ledger: Ledger) -> None:
    all_of_them = {ledger.written_off(address=f"长寿路{n}号").pk for n in range(4)}
    made = sampled(ledger, 2)
    drawn = {one.structure_id for one in made.checks.all()}
    assert len(drawn) == 2 and drawn < all_of_them
    assert made.proof is not None
    proof = json.loads(files.open_stored(made.proof).read())
    report = lot.verify(proof, {"commitment": made.commitment_sha256})
    assert report.ok, report.reasons
    assert {made.identities[row[0]] for row in proof["final"]} == drawn
    with refused:
        years.draw(made, WORDS, by=ledger.supervisor)


def test_nothing_is_drawn_from_nothing_nor_before_its_time(ledger: Ledger) -> None:
    def announce(n: int) -> Assessment:
        return years.announce(town(ledger), this_year(), n, "大厅", 3, by=ledger.supervisor)

    with refused:
        announce(1)
    ledger.written_off()
    for n in (0, 2):
        with refused:
            announce(n)
    with pytest.raises(PermissionDenied):
        years.announce(town(ledger), this_year(), 1, "大厅", 3, by=ledger.clerk)
    with refused:
        years.draw(announce(1), WORDS, by=ledger.supervisor)


def test_a_check_is_made_once_and_an_error_needs_its_words(ledger: Ledger) -> None:
    ledger.written_off()
    one = sampled(ledger, 1).checks.get()
    for result, note in (("error", " "), ("perhaps", "x")):
        with refused:
            years.check(one, result, by=ledger.supervisor, note=note)
    years.check(one, "error", by=ledger.supervisor, note="现场仍有残留")
    with refused:
        years.check(one, "right", by=ledger.supervisor)
    with pytest.raises(DatabaseError), transaction.atomic():
        SampleCheck.objects.filter(pk=one.pk).update(result="right")
    assert Assessment.objects.get().state == "done"
    assert light(ledger).measures["sample_errors"] == 1


# --- key plots --------------------------------------------------------------------------------------
def test_a_plot_is_cleared_only_when_nothing_stands_on_it(ledger: Ledger) -> None:
    structure = ledger.entry()
    plot = years.save_plot(
        ledger.district, by=ledger.clerk, name="苏州河畔地块", town=town(ledger), year=this_year(),
        boundary=square(degrees=0.002),
    )  # fmt: skip
    outside = ledger.entry(position=(LNG + 0.003, LAT))
    assert years.standing_in(plot) == [Structure.objects.get(pk=structure.pk)] and outside
    first = years.add_milestone(plot, "清退租户", timezone.localdate(), by=ledger.clerk)
    assert years.reach(first, by=ledger.clerk).done_on == timezone.localdate()
    with refused:
        years.reach(first, by=ledger.clerk)
    with refused:
        years.conclude(plot, "demolished", by=ledger.clerk)
    ledger.demolished(structure)
    assert years.conclude(plot, "demolished", by=ledger.clerk).outcome == "demolished"
    for again in (
        lambda: years.conclude(plot, "closed", by=ledger.clerk),
        lambda: years.add_milestone(plot, "再", timezone.localdate(), by=ledger.clerk),
    ):
        with refused:
            again()


def test_two_plots_of_a_year_do_not_share_a_name(ledger: Ledger) -> None:
    stated: dict[str, Any] = {"name": "甲地块", "town": town(ledger), "year": 2026, "by": ledger.clerk}
    years.save_plot(ledger.district, **stated)
    with refused:
        years.save_plot(ledger.district, **stated)
    with refused:
        years.save_plot(ledger.district, **{**stated, "name": "乙", "boundary": {"type": "Point"}})
    with pytest.raises(PermissionDenied):
        years.save_plot(ledger.district, **{**stated, "name": "丙", "by": ledger.leader})
