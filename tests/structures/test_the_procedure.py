"""The statutory steps to demolition, their order, their clocks, and where these are written."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from chengshu.kernel.workdays import add_period
from chengshu.law.catalogue import catalogue
from chengshu.law.model import in_force
from chengshu.structures import settings
from chengshu.structures.queries import clocks
from chengshu.structures.services import disposing
from chengshu.structures.services.base import StructureProblem

from .conftest import Ledger

LAWS = Path(__file__).resolve().parents[3] / "shared" / "data" / "laws"
refused = pytest.raises(StructureProblem)


def clock(structure, code):  # type: ignore[no-untyped-def]
    return next(one for one in clocks.clocks_of(structure) if one.rule.code == code)


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
    ledger.step(structure, "heard", 281)
    ledger.step(structure, "reported", 280)
    with refused as early:
        ledger.step(structure, "forced_decision", 200, number="强1")
    assert "行政诉讼" in str(early.value)
    ledger.step(structure, "forced_decision", 100, number="强1")
    done = disposing.demolish(structure, "forced", by=ledger.officer)
    assert (done.status, done.way) == ("demolished", "forced")


def test_what_is_being_built_comes_down_at_once_on_refusal(ledger: Ledger) -> None:
    structure = ledger.entry(built="building", found_at=timezone.now() - timedelta(hours=3))
    with refused:
        ledger.step(ledger.entry(), "stop_order")
    ledger.step(structure, "on_site", 0.1)
    ledger.step(structure, "stop_order", 0.09)
    with refused:
        disposing.demolish(structure, "forced", by=ledger.officer)
    ledger.step(structure, "refused", 0.08)
    assert disposing.demolish(structure, "forced", by=ledger.officer).way == "forced"


def test_for_the_owner_only_after_the_order(ledger: Ledger) -> None:
    with refused:
        disposing.demolish(ledger.entry(), "assisted", by=ledger.officer)
    with refused:
        disposing.demolish(ledger.entry(), "magic", by=ledger.officer)
