"""Figures are kept until a record they count from changes, and not a moment longer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from chengshu.kernel.indicators.asking import figure, figures
from chengshu.kernel.indicators.computing import Ask, one_moment
from chengshu.kernel.indicators.periods import Period
from chengshu.kernel.indicators.versions import tidy, watch, watched
from chengshu.kernel.models import OutgoingMessage
from tests.kernel.indicators.declared import DECLARED, known, message

__all__ = ["known"]
TABLE = "kernel_outgoingmessage"
YEAR = Period.year(2020)


@pytest.fixture(autouse=True)
def noted(known: None, transactional_db: None) -> Iterator[None]:
    """Changes of messages are noted while a test runs; nothing is kept from before."""
    was = TABLE in watched()
    watch([TABLE])
    _run("TRUNCATE kernel_keptfigure, kernel_datachange")
    yield
    if not was:
        _run(f"DROP TRIGGER kernel_note_change ON {TABLE}")


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def counting() -> CaptureQueriesContext:
    return CaptureQueriesContext(connection)


def asked_of(queries: CaptureQueriesContext) -> int:
    return sum(f'FROM "{TABLE}"' in query["sql"] for query in queries)


def test_many_figures_of_the_same_records_are_one_query_and_then_none() -> None:
    message(), message(state="sent")
    ids = ["t_messages", "t_sent", "t_tries", "t_share"]
    with counting() as first:
        before = figures(ids, YEAR)
    with counting() as second:
        after = figures(ids, YEAR)
    assert (asked_of(first), asked_of(second), len(second)) == (1, 0, 1)
    assert before == after


@pytest.mark.parametrize("change", ["insert", "update", "delete", "truncate"])
def test_any_change_of_a_source_makes_the_figure_stale(change: str) -> None:
    first = message()
    message()
    assert figure("t_messages", YEAR).value == 2
    if change == "insert":
        message()
    elif change == "update":
        OutgoingMessage.objects.filter(pk=first.pk).update(created_at="2018-01-01T00:00Z")
    elif change == "delete":
        first.delete()
    else:
        _run(f"TRUNCATE {TABLE} CASCADE")
    assert figure("t_messages", YEAR).value == {"insert": 3, "update": 1, "delete": 1, "truncate": 0}[change]


def test_a_writer_who_commits_after_the_count_makes_it_stale() -> None:
    """The figure is counted while another transaction is open that has already written."""
    message()
    _in_another_connection("BEGIN", _insert_like_first())
    assert figure("t_messages", YEAR).value == 1
    assert figure("t_messages", YEAR).value == 1
    _in_another_connection("COMMIT")
    assert figure("t_messages", YEAR).value == 2


def test_a_change_that_is_rolled_back_leaves_the_kept_figure_good() -> None:
    message()
    figure("t_messages", YEAR)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        message()
        assert figure("t_messages", YEAR).value == 2
        raise ZeroDivisionError
    with counting() as queries:
        assert figure("t_messages", YEAR).value == 1
    assert asked_of(queries) == 0


def test_what_a_transaction_counted_before_it_wrote_more_is_believed_by_nobody() -> None:
    """Its own snapshot holds its own writes for visible as soon as later transactions have ended."""
    with transaction.atomic():
        message()
        _in_another_connection("BEGIN", "SELECT pg_current_xact_id()", "COMMIT")
        assert figure("t_messages", YEAR).value == 1
        message()
        assert figure("t_messages", YEAR).value == 2
        message()
    assert figure("t_messages", YEAR).value == 3


def test_two_that_count_in_one_snapshot_do_not_stand_in_each_others_way() -> None:
    message()
    with one_moment():
        assert figure("t_messages", YEAR).value == 1
        _in_another_connection(
            "BEGIN",
            _kept_by_another(Ask(DECLARED[0], YEAR).key),  # type: ignore[arg-type]
            "COMMIT",
        )
        assert figure("t_messages", YEAR).value == 1
    with counting() as queries:
        assert figure("t_messages", YEAR).value == 1
    assert asked_of(queries) == 0


def test_notes_of_another_clusters_dump_are_forgotten() -> None:
    _run("INSERT INTO kernel_datachange VALUES ('kernel_outgoingmessage', '4611686018427387904')")
    message()
    figure("t_messages", YEAR)
    with counting() as queries:
        figure("t_messages", YEAR)
    assert asked_of(queries) == 1  # nothing holds against a transaction that is yet to come
    tidy()
    figure("t_messages", YEAR)
    with counting() as queries:
        figure("t_messages", YEAR)
    assert asked_of(queries) == 0


def test_without_the_trigger_nothing_is_kept() -> None:
    _run(f"DROP TRIGGER kernel_note_change ON {TABLE}")
    message()
    figure("t_messages", YEAR)
    with counting() as queries:
        figure("t_messages", YEAR)
    assert asked_of(queries) == 1
    watch([TABLE])


def test_a_figure_kept_in_another_cluster_proves_nothing() -> None:
    message()
    figure("t_messages", YEAR)
    _run("UPDATE kernel_keptfigure SET cluster = 'another'")
    with counting() as queries:
        figure("t_messages", YEAR)
    assert asked_of(queries) == 1


def test_tidying_forgets_only_notes_that_no_kept_figure_needs() -> None:
    message()
    figure("t_messages", YEAR)
    message()
    tidy()
    assert figure("t_messages", YEAR).value == 2
    _run("UPDATE kernel_keptfigure SET computed_at = computed_at - interval '8 days'")
    assert tidy()[0] == 1
    with connection.cursor() as cursor:
        # What others in the cluster have under way holds newer notes back.
        cursor.execute(
            "SELECT count(*) FROM kernel_datachange WHERE txid < pg_snapshot_xmin(pg_current_snapshot())"
        )
        assert cursor.fetchone() == (0,)


_other = None


def _insert_like_first() -> str:
    return (
        f"INSERT INTO {TABLE} SELECT (jsonb_populate_record(first, "  # noqa: S608  a constant
        f"""'{{"id": 999999, "key": "z", "uid": "z"}}')).* FROM {TABLE} first LIMIT 1"""
    )


def _kept_by_another(key: str) -> str:
    return (
        f"INSERT INTO kernel_keptfigure VALUES ('{key}', '{{}}', '{{}}', "  # noqa: S608  a digest
        "pg_current_snapshot(), pg_current_xact_id(), '', now())"
    )


def _in_another_connection(*statements: str) -> None:
    global _other
    if _other is None:
        _other = connections["default"].copy()
        _other.connect()
    for statement in statements:
        _other.connection.execute(statement)
    if statements[-1] == "COMMIT":
        _other.close()
        _other = None


def test_a_trigger_that_was_turned_off_is_turned_on_again() -> None:
    _run(f"ALTER TABLE {TABLE} DISABLE TRIGGER USER")
    assert TABLE not in watched()
    assert watch([TABLE]) == [TABLE] and TABLE in watched()
