"""Whoever owns the database can turn the triggers off; what they then change shows all the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.db import connection

from chengshu.kernel import ledger
from chengshu.kernel.ledger import hashing, seals
from chengshu.kernel.models import DailyRoot, LedgerEntry

pytestmark = pytest.mark.django_db
DAYS = [date(2021, 1, 4), date(2021, 1, 5), date(2021, 1, 6)]


@pytest.fixture(autouse=True)
def _three_sealed_days(request: pytest.FixtureRequest) -> None:
    """Three records, one entry each a day for three days; every day sealed; it is Thursday the 7th."""
    with time_machine.travel(datetime(2021, 1, 4, tzinfo=UTC), tick=False) as clock:
        for day in DAYS:
            clock.move_to(datetime(day.year, day.month, day.day, 8, tzinfo=UTC))
            for record in ("a:1", "a:2", "a:3"):
                ledger.append(record, "test.changed", {"day": day.isoformat()}, actor="clerk")
    traveller = time_machine.travel(datetime(2021, 1, 7, 4, tzinfo=UTC), tick=False)
    traveller.start()
    request.addfinalizer(traveller.stop)
    ledger.seal_missed()
    assert ledger.verify_all().ok


def tamper(statement: str, *params: object) -> None:
    """Do what the triggers refuse, as the owner of the tables can."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("kernel_ledgerentry", "kernel_dailyroot"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(statement, params)
        assert cursor.rowcount > 0
        for table in ("kernel_ledgerentry", "kernel_dailyroot"):
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def found() -> dict[str, set[str]]:
    """The kinds of findings and where they are."""
    result: dict[str, set[str]] = {}
    for finding in ledger.verify_all().findings:
        result.setdefault(finding.kind, set()).add(finding.where)
    return result


def rewrite(chain: str) -> None:
    """Change a chain's first entry and compute all hashes of the chain anew."""
    previous = ""
    for entry in LedgerEntry.objects.filter(chain=chain).order_by("seq"):
        entry.payload = {**entry.payload, "day": "2020-12-31"} if entry.seq == 1 else entry.payload
        entry.previous = previous
        previous = hashing.entry_hash(vars(entry), entry.algorithm)
        tamper(
            "UPDATE kernel_ledgerentry SET payload = jsonb_set(payload, '{day}', to_jsonb(%s::text)),"
            " previous = %s, hash = %s WHERE id = %s",
            entry.payload["day"],
            entry.previous,
            previous,
            entry.pk,
        )


@pytest.mark.parametrize(
    "change",
    [
        """payload = '{"day": "2020-12-31"}'""",
        "action = 'test.other'",
        "actor = 'somebody'",
        "at = at - interval '1 day'",
        "algorithm = 'sm3'",
        "algorithm = 'none'",
    ],
)
def test_an_altered_entry(change: str) -> None:
    tamper(f"UPDATE kernel_ledgerentry SET {change} WHERE chain = 'a:2' AND seq = 2")  # noqa: S608
    assert found() == {"altered_entry": {"a:2 #2"}}
    assert [f.kind for f in ledger.verify_chain("a:2").findings] == ["altered_entry"]
    assert ledger.verify_chain("a:1").ok


def test_an_altered_hash() -> None:
    tamper("UPDATE kernel_ledgerentry SET hash = repeat('0', 64) WHERE chain = 'a:2' AND seq = 2")
    assert found() == {
        "altered_entry": {"a:2 #2"},
        "broken_link": {"a:2 #3"},
        "root_mismatch": {"2021-01-05"},  # whose tree holds this entry as a head
    }


def test_a_chain_rewritten_consistently_shows_in_the_roots() -> None:
    rewrite("a:2")
    assert ledger.verify_chain("a:2").ok  # by itself it cannot be told from a true one
    assert found() == {"root_mismatch": {day.isoformat() for day in DAYS}}


def test_an_entry_dropped_from_the_middle() -> None:
    tamper("DELETE FROM kernel_ledgerentry WHERE chain = 'a:2' AND seq = 2")
    assert found() == {"missing_entry": {"a:2 #3"}, "root_mismatch": {"2021-01-05"}}


def test_a_dropped_tail() -> None:
    tamper("DELETE FROM kernel_ledgerentry WHERE chain = 'a:2' AND seq = 3")
    assert ledger.verify_chain("a:2").ok
    assert found() == {"root_mismatch": {"2021-01-06"}}


def test_a_dropped_record() -> None:
    tamper("DELETE FROM kernel_ledgerentry WHERE chain = 'a:2'")
    assert found() == {"root_mismatch": {day.isoformat() for day in DAYS}}


def test_a_record_slipped_in_before_a_sealed_day() -> None:
    tamper("UPDATE kernel_dailyroot SET up_to_entry = up_to_entry + 3 WHERE day = '2021-01-04'")
    assert found() == {"root_mismatch": {"2021-01-04"}}


def test_a_dropped_root_in_the_middle() -> None:
    tamper("DELETE FROM kernel_dailyroot WHERE day = '2021-01-05'")
    assert found() == {"missing_root": {"2021-01-06"}}


def test_a_dropped_first_root() -> None:
    tamper("DELETE FROM kernel_dailyroot WHERE day = '2021-01-04'")
    assert found() == {"missing_root": {"2021-01-05"}}


def test_a_dropped_last_root() -> None:
    tamper("DELETE FROM kernel_dailyroot WHERE day = '2021-01-06'")
    assert found() == {"missing_root": {"2021-01-06"}}


@pytest.mark.parametrize(
    ("change", "kinds"),
    [
        ("root = repeat('0', 64)", {"altered_root", "root_mismatch"}),
        ("chains = chains + 1", {"altered_root", "root_mismatch"}),
        ("algorithm = 'sm3'", {"altered_root", "root_mismatch"}),
        ("previous_seal = repeat('0', 64)", {"altered_root"}),
        ("seal = repeat('0', 64)", {"altered_root"}),
        ("algorithm = 'none'", {"altered_root"}),
    ],
)
def test_an_altered_root(change: str, kinds: set[str]) -> None:
    tamper(f"UPDATE kernel_dailyroot SET {change} WHERE day = '2021-01-05'")  # noqa: S608
    assert set(found()) == kinds
    assert "2021-01-05" in set().union(*found().values())


def test_a_chain_rewritten_together_with_all_seals_differs_from_what_was_published() -> None:
    published = {root.day.isoformat(): root.seal for root in DailyRoot.objects.all()}
    rewrite("a:2")
    previous = ""
    for root in DailyRoot.objects.order_by("day"):
        fresh, chains = seals.root_over(root.up_to_entry, root.algorithm)
        document = hashing.seal_document(root.day.isoformat(), fresh, chains, root.algorithm, previous)
        seal = hashing.seal_hash(document)
        tamper(
            "UPDATE kernel_dailyroot SET root = %s, previous_seal = %s, seal = %s WHERE id = %s",
            fresh,
            previous,
            seal,
            root.pk,
        )
        previous = seal
    assert ledger.verify_all().ok  # the database agrees with itself
    report = ledger.verify_all(published=published)
    assert {(f.kind, f.where) for f in report.findings} == {
        ("other_than_published", day.isoformat()) for day in DAYS
    }
    gone = ledger.verify_all(published={"2020-12-31": "00"})
    assert [(f.kind, f.where) for f in gone.findings] == [("missing_root", "2020-12-31")]


def test_progress_is_told_and_findings_are_counted_beyond_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    from chengshu.kernel.ledger import verification

    monkeypatch.setattr(verification, "MOST_FINDINGS", 2)
    monkeypatch.setattr(verification, "AT_ONCE", 4)
    tamper("UPDATE kernel_ledgerentry SET actor = 'somebody'")
    steps: list[tuple[int, int]] = []
    step: Callable[[int, int], None] = lambda done, total: steps.append((done, total))  # noqa: E731
    report = ledger.verify_all(step)
    assert (report.found, len(report.findings), report.entries, report.chains) == (9, 2, 9, 3)
    assert steps == [(0, 12), (4, 12), (8, 12), (10, 12), (11, 12), (12, 12)]
