"""The API of leads under callers at the same time: real commits on several connections."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction

from chengshu.leads.models import Lead
from chengshu.leads.services import NewLead, report
from tests.leads.api import STALL, Caller
from tests.leads.conftest import Loop

pytestmark = pytest.mark.django_db(transaction=True)


def closing(work: Any) -> Any:
    """The work, with the thread's connection given back afterwards."""

    def done(*args: Any) -> Any:
        try:
            return work(*args)
        finally:
            connection.close()

    return done


@pytest.mark.parametrize("source", ["api", "hotline"])
def test_twenty_callers_with_the_same_key_make_one_lead(platform: Caller, source: str) -> None:
    body = {**STALL, "source": source}
    start = threading.Barrier(20)

    def once(_n: int) -> tuple[int, int]:
        start.wait()
        answer = platform.post(body=body, key="one-for-all")
        return answer.status_code, answer.json()["id"]

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(closing(once), range(20)))
    assert sorted(status for status, _pk in answers) == [200] * 19 + [201]
    assert len({pk for _status, pk in answers}) == 1
    assert Lead.objects.count() == 1


def test_a_reader_of_changes_misses_nothing_that_is_committed_late(platform: Caller, loop: Loop) -> None:
    loop.lead()
    page = platform.get("/changes").json()
    written, seen = threading.Event(), threading.Event()

    @closing
    def slow() -> int:
        with transaction.atomic():
            new = NewLead("patrol", "E0201", "慢的", address="长寿路", position=None)
            lead = report(new, district=loop.district, by=None, route=False).lead
            written.set()
            seen.wait(20)
        return int(lead.pk)

    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(slow)
        written.wait(20)
        after = loop.lead(description="快的")  # later, and committed earlier
        meanwhile = platform.get("/changes", cursor=page["next"]).json()
        seen.set()
        late_pk = late.result()
    assert meanwhile["items"] == []
    rest = platform.get("/changes", cursor=meanwhile["next"]).json()["items"]
    assert [item["id"] for item in rest] == [late_pk, after.pk]


def test_a_copy_is_complete_while_many_write(platform: Caller, loop: Loop) -> None:
    writing = threading.Event()
    writing.set()
    copy: dict[int, int] = {}

    def write(n: int) -> None:
        for turn in range(6):
            platform.post(body={**STALL, "source": ("api", "hotline")[turn % 2]})

    def read(cursor: str) -> str:
        page = platform.get("/changes", cursor=cursor, limit=3).json()
        copy.update({item["id"]: item["version"] for item in page["items"]})
        return str(page["next"])

    cursor = ""
    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(closing(write), n) for n in range(4)]
        while not all(writer.done() for writer in writers):
            cursor = read(cursor)
        for writer in writers:
            writer.result()
    while (after := read(cursor)) != cursor:
        cursor = after
    assert copy == dict(Lead.objects.values_list("pk", "version"))
    assert len(copy) == 24


def test_two_who_act_at_once_on_the_same_version_do_not_both_succeed(platform: Caller, loop: Loop) -> None:
    lead = loop.lead()
    start = threading.Barrier(4)

    def urge(n: int) -> int:
        start.wait()
        return int(platform.act(lead.pk, "urge", expected_version=1, note=str(n)).status_code)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(closing(urge), range(4))) == [200, 409, 409, 409]
