"""What a process remembers of classes, towns and squads, and when it reads it anew."""

from __future__ import annotations

import time

import pytest
from pytest_django import DjangoAssertNumQueries

from chengshu.kernel.memory import SECONDS, STILL_GOOD
from chengshu.registry.queries import reference as memory
from tests import factories


@pytest.mark.django_db(transaction=True)
def test_what_is_a_little_old_is_read_beside_the_request(
    django_assert_num_queries: DjangoAssertNumQueries, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.make_district()
    monkeypatch.setattr("chengshu.kernel.memory.SECONDS", SECONDS)
    empty = memory.Reference()
    monkeypatch.setattr(memory._memory, "kept", (time.monotonic() - SECONDS - 1, empty))
    with django_assert_num_queries(0):
        assert memory.reference() is empty
    for _ in range(600):
        if memory._memory.kept is not None and memory._memory.kept[1] is not empty:
            break
        time.sleep(0.05)
    with django_assert_num_queries(0):
        assert len(memory.reference().towns) == 10
    assert memory._memory.lock.acquire(blocking=False)
    memory._memory.lock.release()


@pytest.mark.django_db
def test_what_is_too_old_is_read_before_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    factories.make_district()
    monkeypatch.setattr(memory._memory, "kept", (time.monotonic() - STILL_GOOD - 1, memory.Reference()))
    assert len(memory.reference().towns) == 10
