"""Whole or not at all: killed, cancelled, asked twice, two clerks at once, changed in between."""

from __future__ import annotations

import threading
from datetime import date
from typing import Any

import pytest
from django.db import connection, connections

from chengshu.bureau.models import District
from chengshu.kernel.jobs import Cancelled
from chengshu.kernel.models import Job
from chengshu.registry.importing import apply, tasks
from chengshu.registry.models import Conflict, FactRecord, ImportBatch, RegulatedObject
from chengshu.registry.services import imports
from tests import factories
from tests.jobs import run_jobs
from tests.registry.importing import OUTSIDE, checked, outcomes, shop

ROWS = [shop(f"面馆{n}", f"长寿路{n}号") for n in range(1, 6)] + [shop("远方茶叶店", "外滩1号", **OUTSIDE)]


@pytest.fixture
def district(db: None) -> District:
    return factories.make_district()


def nothing_happened() -> bool:
    return not (RegulatedObject.objects.exists() or FactRecord.objects.exists() or Conflict.objects.exists())


@pytest.mark.django_db
def test_a_fault_in_the_middle_leaves_nothing_and_a_retry_does_it_all(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = checked(district, ROWS)

    def broken(*_args: Any) -> None:
        raise RuntimeError("power cut")

    with monkeypatch.context() as patch:
        patch.setattr(apply, "_write_conflicts", broken)
        with pytest.raises(RuntimeError):
            tasks.run_apply(batch, None)
    assert nothing_happened()
    tasks.run_apply(batch, None)
    tasks.run_apply(batch, None)  # the job taken up again after a crash at the very end
    assert RegulatedObject.objects.count() == 5
    assert Conflict.objects.count() == 1


class StopAt:
    """A listener that cancels when a step is reached."""

    def __init__(self, step: str) -> None:
        self.step = step

    def set(self, done: int | None = None, total: int | None = None, message: str | None = None) -> None:
        if message == self.step:
            raise Cancelled


@pytest.mark.django_db
def test_cancelled_it_leaves_nothing(district: District) -> None:
    batch = checked(district, ROWS)
    with pytest.raises(Cancelled):
        tasks.run_apply(batch, None, StopAt("正在写入…"))
    assert nothing_happened()


@pytest.mark.django_db
def test_asked_twice_there_is_one_job(district: District) -> None:
    batch = checked(district, ROWS)
    first = imports.start_apply(batch, None)
    second = imports.start_apply(ImportBatch.objects.get(pk=batch.pk), None)
    assert first == second
    run_jobs()
    assert Job.objects.filter(kind="registry.import.apply").count() == 1
    assert RegulatedObject.objects.count() == 5


@pytest.mark.django_db
def test_an_unchecked_list_cannot_be_imported(district: District) -> None:
    batch = checked(district, ROWS)
    ImportBatch.objects.filter(pk=batch.pk).update(state=ImportBatch.State.UPLOADED)
    with pytest.raises(imports.ImportProblem):
        imports.start_apply(ImportBatch.objects.get(pk=batch.pk), None)


@pytest.mark.django_db
def test_what_changed_since_the_check_is_looked_at_again(district: District) -> None:
    first, second = checked(district, ROWS), checked(district, ROWS, day=date(2020, 11, 1))
    assert outcomes(second)[:5] == ["create"] * 5
    tasks.run_apply(first, None)
    tasks.run_apply(second, None)
    assert outcomes(second)[:5] == ["unchanged"] * 5
    assert RegulatedObject.objects.count() == 5


@pytest.mark.django_db(transaction=True)
def test_two_imports_at_once_double_nothing(transactional_db: None) -> None:
    district = factories.make_district()
    batches = [checked(district, ROWS), checked(district, ROWS, source="另一来源")]
    barrier, failures = threading.Barrier(2), []

    def work(batch: ImportBatch) -> None:
        try:
            barrier.wait()
            tasks.run_apply(ImportBatch.objects.get(pk=batch.pk), None)
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(batch,)) for batch in batches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert RegulatedObject.objects.count() == 5
    assert Conflict.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_killed_connection_leaves_nothing(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    district = factories.make_district()
    batch = checked(district, ROWS)

    def killed(*_args: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    monkeypatch.setattr(apply, "_write_conflicts", killed)
    with pytest.raises(Exception, match=r"terminat|closed|lost"):
        tasks.run_apply(batch, None)
    connection.close()
    assert nothing_happened()
