"""The statutory steps to demolition, their order, their clocks, and where these are written."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from chengshu.kernel.workdays import add_period, is_public_holiday
from chengshu.law.catalogue import catalogue
from chengshu.law.model import in_force
from chengshu.structures import settings
from chengshu.structures.models import Structure
from chengshu.structures.queries import clocks
from chengshu.structures.services import disposing, recording
from chengshu.structures.services.base import StructureProblem

from .conftest import Ledger

LAWS = Path(__file__).resolve().parents[3] / "shared" / "data" / "laws"
refused = pytest.raises(StructureProblem)


def clock(structure, code):  # type: ignore[no-untyped-def]
    return next(one for one in clocks.clocks_of(structure) if one.rule.code == code)


def working_noon(days_ago: int) -> datetime:
    """Noon of the last day of no public holiday, some days ago."""
    at = timezone.localtime().replace(hour=12, minute=0, second=0) - timedelta(days=days_ago)
    while is_public_holiday(at.date()):
        at -= timedelta(days=1)
    return at


def ordered(ledger: Ledger) -> Structure:
    """An order that was served 296 days ago."""
    structure = ledger.entry(owner_name="王某某", found_at=timezone.now() - timedelta(days=300))
    ledger.step(structure, "on_site", 299.5)
    ledger.found_illegal(structure, at=timezone.now() - timedelta(days=298))
    deadline = timezone.localdate() - timedelta(days=290)
    ledger.step(structure, "order", 297, number="拆1", deadline=deadline)
    ledger.step(structure, "announced", 296)
    ledger.step(structure, "served", 296)
    return structure


def stopped(ledger: Ledger, structure: Structure) -> None:
    """Told in writing to stop, and refused."""
    ledger.step(structure, "on_site", 0.1)
    ledger.found_illegal(structure, at=timezone.now() - timedelta(days=0.095))
    ledger.step(structure, "stop_order", 0.09, number="停1")
    with refused:
        disposing.demolish(structure, "forced", by=ledger.officer)
    ledger.step(structure, "refused", 0.08)


# --- data -------------------------------------------------------------------------------------------
def test_every_provision_is_one_of_a_known_instrument() -> None:
    for one in (*settings.steps().values(), *settings.clocks()):
        assert catalogue().cite(one.citation)
        assert one.citation.article


def test_every_step_that_another_needs_is_there() -> None:
    known = settings.steps()
    codes = {one.code for one in settings.clocks()}
    for rule in known.values():
        assert {*rule.needs, *rule.needs_any} <= known.keys()
        assert set(rule.only_after) <= codes
    for one in settings.clocks():
        assert set(one.start) <= {*known, "found"}
        assert one.until in {*known, "demolished", ""}


def test_verified_clocks_stand_in_the_article_they_cite() -> None:
    if not LAWS.exists():
        pytest.skip("the statute texts are not at hand")
    for one in settings.clocks():
        if not (one.citation.verified and one.text):
            continue
        versions = catalogue().instrument(one.citation.instrument).versions
        version = in_force(versions, timezone.localdate()) or versions[-1]
        source = (LAWS / version.source).read_text(encoding="utf-8")
        article = one.citation.article.split("第一款")[0]
        article = re.match(r"第[一二三四五六七八九十百]+条", article)[0]  # type: ignore[index]
        found = re.search(rf"^{article} (.*?)(?=^第[一二三四五六七八九十百]+条 )", source, re.M | re.S)
        assert found and all(words in found[1] for words in one.text), one.code


# --- clocks -----------------------------------------------------------------------------------------
def test_twenty_four_hours_to_the_site_two_while_it_is_being_built(ledger: Ledger) -> None:
    standing, building = ledger.entry(), ledger.entry(built="building")
    assert clock(standing, "on_site").ends == standing.found_at + timedelta(hours=24)
    assert clock(building, "on_site").ends == building.found_at + timedelta(hours=2)
    assert clock(building, "on_site").late(timezone.now())
    ledger.step(standing, "on_site", 9.5)
    assert not clock(standing, "on_site").late(timezone.now())


def test_the_next_clock_stands_on_the_entry(ledger: Ledger) -> None:
    structure = ledger.entry()
    assert structure.due_at == structure.found_at + timedelta(hours=24)
    ledger.step(structure, "on_site", 9.5)
    assert ledger.again(structure).due_at is None
    ledger.found_illegal(structure, at=timezone.now() - timedelta(days=9))
    deadline = timezone.localdate() + timedelta(days=3)
    ledger.step(structure, "order", 8, number="拆字1号", deadline=deadline)
    assert ledger.again(structure).due_at == clocks.end_of(deadline)
    assert ledger.demolished(ledger.again(structure)).due_at is None


# --- order ------------------------------------------------------------------------------------------
def test_an_order_needs_the_site_the_finding_a_number_and_a_last_day(ledger: Ledger) -> None:
    structure = ledger.entry(owner_name="王某某")
    today = timezone.localdate()
    with refused:
        ledger.step(structure, "order", number="1", deadline=today)
    ledger.step(structure, "on_site", 9)
    with refused:
        ledger.step(structure, "order", number="1", deadline=today)
    ledger.found_illegal(structure)
    for wrong in (
        {"number": "", "deadline": today},
        {"number": "1"},
        {"number": "1", "deadline": today - timedelta(days=1)},
    ):
        with refused:
            ledger.step(structure, "order", **wrong)
    with refused:
        ledger.step(structure, "handshake")
    ledger.step(structure, "order", number="1", deadline=today)


def test_an_unknown_owner_is_told_by_public_notice_of_ten_days_at_least(ledger: Ledger) -> None:
    structure = ledger.entry()
    today = timezone.localdate()
    ledger.step(structure, "on_site", 9)
    ledger.found_illegal(structure)
    ledger.step(structure, "order", number="1", deadline=today + timedelta(days=20))
    with refused as nobody:
        ledger.step(structure, "served")
    assert "通告" in str(nobody.value)
    with refused:
        ledger.step(structure, "notice", deadline=today + timedelta(days=9))
    ledger.step(structure, "notice", deadline=today + timedelta(days=10))
    assert clock(ledger.again(structure), "notice").last_day == today + timedelta(days=10)
    served = clock(ledger.again(structure), "suit")
    assert served.last_day == add_period(today + timedelta(days=10), 6, "month")


def test_force_only_after_demand_hearing_and_the_time_to_go_to_court(ledger: Ledger) -> None:
    structure = ledger.entry(owner_name="王某某", found_at=timezone.now() - timedelta(days=300))
    day = timezone.localdate()
    with refused:
        disposing.demolish(structure, "forced", by=ledger.officer)
    ledger.step(structure, "on_site", 299.5)
    ledger.found_illegal(structure, at=timezone.now() - timedelta(days=298))
    ledger.step(structure, "order", 297, number="拆1", deadline=day - timedelta(days=290))
    ledger.step(structure, "announced", 296)
    ledger.step(structure, "served", 296)
    with refused:
        ledger.step(structure, "urged", 291, number="催1", deadline=day - timedelta(days=280))
    ledger.step(structure, "urged", 289, number="催1", deadline=day - timedelta(days=280))
    with refused:
        ledger.step(structure, "forced_decision", 200, number="强1")
    ledger.step(structure, "urged_served", 288)
    ledger.step(structure, "heard", 281)
    with refused as early:
        ledger.step(structure, "reported", 200)
    assert "行政诉讼" in str(early.value)
    ledger.step(structure, "reported", 101)
    ledger.step(structure, "forced_decision", 100, number="强1")
    with refused:  # nobody has told the party
        disposing.demolish(structure, "forced", by=ledger.officer, at=working_noon(50))
    ledger.step(structure, "decision_served", 99)
    night = working_noon(50).replace(hour=23)
    for said in ({}, {"urgent": True}):
        with refused:
            disposing.demolish(structure, "forced", by=ledger.officer, at=night, **said)
    done = disposing.demolish(structure, "forced", by=ledger.officer, at=working_noon(50))
    assert (done.status, done.way) == ("demolished", "forced")


def test_a_new_order_is_served_anew_before_anything_follows(ledger: Ledger) -> None:
    structure = ordered(ledger)
    ledger.step(structure, "order", 20, number="拆2", deadline=timezone.localdate() - timedelta(days=15))
    for code in ("urged", "contested"):
        with refused:
            ledger.step(structure, code, 10, number="1", deadline=timezone.localdate())
    assert "suit" not in {one.rule.code for one in clocks.clocks_of(structure)}
    ledger.step(structure, "announced", 19)
    ledger.step(structure, "served", 19)
    assert clock(structure, "suit").started > timezone.now() - timedelta(days=20)


def test_a_second_record_of_the_service_shortens_no_period(ledger: Ledger) -> None:
    structure = ordered(ledger)
    before = clock(structure, "suit").ends
    ledger.step(structure, "served", 296.5)
    assert clock(structure, "suit").ends == before


def test_force_waits_for_the_review_or_the_suit_of_the_party(ledger: Ledger) -> None:
    structure = ordered(ledger)
    today = timezone.localdate()
    ledger.step(structure, "urged", 289, number="催1", deadline=today - timedelta(days=280))
    ledger.step(structure, "urged_served", 288)
    ledger.step(structure, "heard", 281)
    ledger.step(structure, "contested", 200)
    with refused as waits:
        ledger.step(structure, "reported", 100)
    assert "复议" in str(waits.value)
    ledger.step(structure, "upheld", 90, number="行终1号")
    with refused:  # fifteen days to go to court
        ledger.step(structure, "reported", 80)
    ledger.step(structure, "reported", 70)
    ledger.step(structure, "contested", 75)  # recorded late: it was sued again
    with refused:
        ledger.step(structure, "forced_decision", 60, number="强1")


def test_no_order_rests_on_a_finding_made_later_and_no_force_on_one_that_fell(ledger: Ledger) -> None:
    structure = ledger.entry(owner_name="王某某")
    ledger.step(structure, "on_site", 9)
    ledger.found_illegal(structure)
    with refused:
        ledger.step(structure, "order", 8, number="1", deadline=timezone.localdate())
    building = ledger.entry(built="building", found_at=timezone.now() - timedelta(hours=3))
    stopped(ledger, building)
    recording.find(building, "legal", by=ledger.officer, note="有许可证")
    with refused:
        disposing.demolish(building, "forced", by=ledger.officer)


def test_seized_things_are_kept_for_thirty_days(ledger: Ledger) -> None:
    structure = ledger.entry(built="building")
    ledger.step(structure, "on_site", 9.95)
    ledger.found_illegal(structure, at=timezone.now() - timedelta(days=9.9))
    ledger.step(structure, "stop_order", 9.8, number="停1")
    ledger.step(structure, "seizure", 9.7, number="扣1")
    disposing.demolish(structure, "voluntary", by=ledger.officer)
    started = timezone.localdate(timezone.now() - timedelta(days=9.7))
    assert clock(ledger.again(structure), "seizure").last_day == started + timedelta(days=30)
    assert ledger.again(structure).due_at == clock(structure, "seizure").ends
    ledger.step(structure, "seizure_over", 0)
    assert ledger.again(structure).due_at is None
    with refused:  # what should have come before cannot be added now
        ledger.step(structure, "order", 1, number="1", deadline=timezone.localdate())


def test_a_second_visit_does_not_make_the_first_one_late(ledger: Ledger) -> None:
    structure = ledger.entry()
    ledger.step(structure, "on_site", 9.5)
    ledger.step(structure, "on_site", 2)
    assert not clock(structure, "on_site").late(timezone.now())


def test_what_is_being_built_comes_down_at_once_on_refusal(ledger: Ledger) -> None:
    structure = ledger.entry(built="building", found_at=timezone.now() - timedelta(hours=3))
    with refused:
        ledger.step(ledger.entry(), "stop_order")
    with refused:  # in writing, on a finding
        ledger.step(structure, "stop_order", 0.09)
    stopped(ledger, structure)
    assert disposing.demolish(structure, "forced", by=ledger.officer).way == "forced"


def test_for_the_owner_only_after_the_order(ledger: Ledger) -> None:
    with refused:
        disposing.demolish(ledger.entry(), "assisted", by=ledger.officer)
    with refused:
        disposing.demolish(ledger.entry(), "magic", by=ledger.officer)
