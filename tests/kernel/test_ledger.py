"""Appending, the database's refusals, sealing, proofs."""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, connections, transaction

from chengshu.kernel import ledger
from chengshu.kernel.ledger import Draft, LedgerBusy, LedgerProblem, merkle, seals
from chengshu.kernel.models import DailyRoot, LedgerEntry, UnmaskRecord
from chengshu.kernel.tasks import seal_ledger
from tests.factories import make_user

MONDAY = datetime(2021, 1, 4, 10, 0, tzinfo=UTC)  # 18:00 in Shanghai
TODAY = datetime(2021, 1, 8, 4, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """A clock at Monday 4 January 2021, 18:00 in Shanghai; ``clock.move_to`` turns it."""
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


def write(chain: str, *names: str) -> list[LedgerEntry]:
    return [ledger.append(chain, "test.changed", {"name": name}, actor="clerk") for name in names]


@pytest.mark.django_db
def test_entries_of_a_record_form_a_chain() -> None:
    first, second = write("registry.round:1", "甲", "乙")
    (other,) = write("registry.round:2", "丙")
    assert [(e.seq, e.previous) for e in (first, second, other)] == [(1, ""), (2, first.hash), (1, "")]
    assert len({first.hash, second.hash, other.hash}) == 3
    assert ledger.verify_chain("registry.round:1").ok
    assert ledger.verify_chain("registry.round:1").entries == 2


@pytest.mark.django_db
@pytest.mark.parametrize("algorithm", ["sha256", "sm3"])
def test_what_the_database_gives_back_has_the_same_hash(settings: Any, algorithm: str) -> None:
    settings.LEDGER_ALGORITHM = algorithm
    payload = {
        "text": '换行\n引号"反斜杠\\ 😀',
        "numbers": [0, -1, 1.0, 0.1, 1e-7, 123456.789, 2**53 - 1],
        "nested": {"b": None, "a": [True, {"z": 1}]},
        "day": date(2021, 1, 4),
        "moment": datetime(2021, 1, 4, 1, 2, 3, 456789, tzinfo=UTC),
        "amount": Decimal("50000.00"),
        "é": "组合",
    }
    entry = ledger.append("a:1", "test", payload, actor="clerk", at=datetime(2020, 2, 29, tzinfo=UTC))
    assert entry.algorithm == algorithm
    report = ledger.verify_chain("a:1")
    assert (report.entries, report.findings) == (1, [])


@pytest.mark.django_db
@pytest.mark.parametrize(
    "payload", [{"n": float("nan")}, {"n": 2**60}, {"n": 1e21}, {"t": "\0"}, {"s": "\ud800"}, {"o": object()}]
)
def test_a_payload_that_would_come_back_changed_is_refused(payload: dict[str, Any]) -> None:
    with pytest.raises(LedgerProblem):
        ledger.append("a:1", "test", payload, actor="clerk")
    assert not LedgerEntry.objects.exists()


@pytest.mark.django_db
def test_many_at_once_keep_their_order() -> None:
    write("a:1", "first")
    drafts = [Draft(f"a:{n % 3}", "test", {"n": n}) for n in range(30)]
    entries = ledger.append_many(drafts, actor="clerk")
    assert [entry.payload["n"] for entry in entries] == list(range(30))
    assert [entry.seq for entry in entries if entry.chain == "a:1"] == list(range(2, 12))
    assert ledger.verify_all().entries == 31
    assert ledger.verify_all().ok
    assert ledger.append_many([], actor="clerk") == []


@pytest.mark.django_db
def test_entries_appended_together_stand_in_their_chains_as_if_one_by_one() -> None:
    ledger.append("a:1", "test", {"n": 0}, actor="clerk")
    with transaction.atomic(), ledger.together():
        for n in range(1, 15):
            ledger.append("a:1", "test", {"n": n}, actor="clerk")
            ledger.append("b:1", "test", {"n": n, "day": datetime(2020, 2, 29, tzinfo=UTC)}, actor="chief")
        with pytest.raises(LedgerProblem):
            ledger.append("", "test", {}, actor="clerk")
        assert ledger.verify_all().entries == 1
    assert ledger.verify_chain("a:1").entries == 15
    assert ledger.verify_all().ok
    assert ledger.verify_all().entries == 29


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement", ["UPDATE {} SET id = id + 1000", "DELETE FROM {}", "TRUNCATE {} CASCADE"]
)
@pytest.mark.parametrize("table", ["kernel_ledgerentry", "kernel_dailyroot", "kernel_unmaskrecord"])
def test_the_database_refuses_changes(statement: str, table: str, clock: time_machine.Traveller) -> None:
    user = make_user()
    write("a:1", "甲")
    clock.move_to(TODAY)
    ledger.seal_missed()
    UnmaskRecord.objects.create(user=user, subject="a:1", fields=["phone"], reason="核实")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            cursor.execute(statement.format(table))


@pytest.mark.django_db
def test_the_refusal_also_holds_for_a_session_that_plays_a_replica() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, count(*), bool_and(tgenabled = 'A') FROM pg_trigger"
            " WHERE tgname LIKE 'append_only%' GROUP BY 1 ORDER BY 1"
        )
        assert cursor.fetchall() == [
            ("cases_casedocument", 1, True),
            ("cases_caseevent", 1, True),
            ("cases_casestep", 1, True),
            ("cases_custodyentry", 1, True),
            ("cases_documentdraft", 1, True),
            ("cases_evidenceitem", 1, True),
            ("kernel_dailyroot", 3, True),
            ("kernel_ledgerentry", 2, True),
            ("kernel_unmaskrecord", 2, True),
        ]


@pytest.mark.django_db(transaction=True)
def test_appends_to_one_chain_queue_up_and_those_rolled_back_leave_no_gap() -> None:
    def work(number: int) -> None:
        try:
            for step in range(10):
                try:
                    with transaction.atomic():
                        ledger.append("a:1", "test", {"by": number, "step": step}, actor="clerk")
                        if step % 2:
                            raise RuntimeError
                except RuntimeError:
                    pass
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=[number]) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(LedgerEntry.objects.values_list("seq", flat=True)) == list(range(1, 31))
    assert ledger.verify_chain("a:1").ok


@pytest.mark.django_db
def test_a_day_is_sealed_after_its_end_over_the_heads_of_all_chains(clock: time_machine.Traveller) -> None:
    write("b:1", "甲")
    last = write("a:1", "甲", "乙")[-1]
    with pytest.raises(LedgerProblem, match="not ended"):
        ledger.seal_day(date(2021, 1, 4))
    clock.move_to(datetime(2021, 1, 4, 15, 59, 59, tzinfo=UTC))
    late = write("c:1", "最后一秒")[0]
    clock.move_to(datetime(2021, 1, 4, 16, 0, tzinfo=UTC))  # midnight in Shanghai
    write("a:1", "次日")
    root = ledger.seal_day(date(2021, 1, 4))
    assert (root.chains, root.up_to_entry, root.previous_seal) == (3, late.pk, "")
    assert [head[:2] for head in seals.heads(root.up_to_entry)] == [("a:1", 2), ("b:1", 1), ("c:1", 1)]
    assert (last.chain, last.seq, last.hash) in list(seals.heads(root.up_to_entry))
    assert merkle.root_of(seals.hashing.hasher("sha256"), list(seals.leaf_hashes(root))).hex() == root.root
    assert ledger.seal_day(date(2021, 1, 4)) == root  # a second time changes nothing


@pytest.mark.django_db
def test_missed_days_are_sealed_in_order_and_linked(clock: time_machine.Traveller) -> None:
    assert ledger.seal_missed() == []  # nothing to seal before the first entry
    write("a:1", "甲")
    clock.move_to(TODAY)
    with pytest.raises(LedgerProblem, match="follow") as refused:
        ledger.seal_day(date(2021, 1, 4))
        ledger.seal_day(date(2021, 1, 6))
    assert "2021-01-04" in str(refused.value)
    seal_ledger(timestamp=0)
    roots = list(DailyRoot.objects.order_by("day"))
    assert [root.day.day for root in roots] == [4, 5, 6, 7]
    assert [root.previous_seal for root in roots] == ["", *(root.seal for root in roots[:-1])]
    assert len({root.seal for root in roots}) == 4
    assert len({root.root for root in roots}) == 1  # nothing happened in between
    assert ledger.verify_all().ok
    seal_ledger(timestamp=0)
    assert DailyRoot.objects.count() == 4


@pytest.mark.django_db(transaction=True)
def test_a_seal_waits_for_open_appends_and_then_covers_them(
    clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("a:1", "甲")
    appended, finish = threading.Event(), threading.Event()

    def slow() -> None:
        try:
            with transaction.atomic():
                write("b:1", "未提交")
                appended.set()
                finish.wait()
        finally:
            connections.close_all()

    thread = threading.Thread(target=slow)
    thread.start()
    appended.wait()
    clock.move_to(TODAY)
    monkeypatch.setattr(seals, "WAIT", "100ms")
    with pytest.raises(LedgerBusy):
        ledger.seal_day(date(2021, 1, 4))
    finish.set()
    thread.join()
    assert ledger.seal_day(date(2021, 1, 4)).chains == 2


@pytest.mark.django_db
def test_a_proof_can_be_checked_without_the_database(clock: time_machine.Traveller) -> None:
    for number in range(7):
        write(f"a:{number}", "甲", "乙")
    clock.move_to(TODAY)
    ledger.seal_missed()
    root = DailyRoot.objects.get(day=date(2021, 1, 4))
    given = ledger.proof("a:3", root.day)
    assert [entry["seq"] for entry in given["entries"]] == [1, 2]
    assert ledger.verify_proof(given) == root.seal
    assert ledger.verify_proof(given, seal=root.seal) == root.seal
    with pytest.raises(LedgerProblem, match="公布"):
        ledger.verify_proof(given, seal="00" * 32)
    for spoil in (
        lambda p: p["entries"][0]["payload"].update(name="丁"),
        lambda p: p["entries"].pop(),
        lambda p: p["entries"].pop(0),
        lambda p: p.update(entries=[]),
        lambda p: p["path"].pop(),
        lambda p: p.update(index=4),
        lambda p: p["day"].update(day="2021-01-05"),
        lambda p: p["day"].update(root="00" * 32),
        lambda p: p["day"].update(algorithm="md5"),
        lambda p: p.update(format="other"),
        lambda p: p.pop("day"),
    ):
        spoiled = copy.deepcopy(given)
        spoil(spoiled)
        with pytest.raises((LedgerProblem, ValueError)):
            ledger.verify_proof(spoiled)


@pytest.mark.django_db
def test_no_proof_for_a_day_not_sealed_or_a_record_not_there(clock: time_machine.Traveller) -> None:
    write("a:1", "甲")
    with pytest.raises(LedgerProblem, match="尚未封存"):
        ledger.proof("a:1", date(2021, 1, 4))
    clock.move_to(TODAY)
    ledger.seal_missed()
    with pytest.raises(LedgerProblem, match="a:2"):
        ledger.proof("a:2", date(2021, 1, 4))
