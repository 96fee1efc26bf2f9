"""Whatever the network does: repeats, cuts and reorderings of uploads apply each record once and in order."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chengshu.field.kinds import Sent
from chengshu.field.models import FieldRecord
from tests.field.phone import Phone

pytestmark = pytest.mark.django_db
N = 6
ODD = st.one_of(
    st.tuples(st.integers(0, N - 1), st.integers(0, N)).map(lambda pair: list(range(pair[0], pair[1]))),
    st.lists(st.integers(0, N - 1), max_size=N),  # any records in any order, some twice
)


@settings(max_examples=25)
@given(requests=st.lists(ODD, max_size=8), refused=st.sets(st.integers(0, N - 1)))
def test_each_record_counts_once_and_in_order(requests: list[list[int]], refused: set[int]) -> None:
    """Whatever was sent, and then whatever the server still lacks."""
    phone, done = Context.phone, Context.done
    done.clear()
    fresh = Phone(phone.user, register=True)
    for n in range(N):
        fresh.record("test.refuse" if n in refused else "test.note", {"n": n})
    records = list(fresh.queue)
    last = 0
    for request in requests:
        answer = fresh.send([records[n] for n in request])
        assert answer["last_seq"] >= last  # never backwards
        last = answer["last_seq"]
        seqs = [n + 1 for n in request[: len(answer["results"])]]
        assert [one["seq"] for one in answer["results"]] == seqs  # results are those of the records sent
    while last < N:  # what the phone does in the end: from the number that the server named
        last = fresh.send(records[last : last + 4])["last_seq"]
    assert [sent.data["n"] for sent in done] == list(range(N))
    kept = FieldRecord.objects.filter(device=fresh.id).order_by("received_at")
    assert [record.seq for record in kept] == list(range(1, N + 1))
    assert {record.seq - 1 for record in kept if record.outcome == "refused"} == refused


class Context:
    """What the examples share."""

    phone: Phone
    done: list[Sent]


@pytest.fixture(autouse=True)
def _shared(phone: Phone, carried_out: list[Sent], monkeypatch: pytest.MonkeyPatch) -> None:
    from chengshu.field.services import devices

    Context.phone, Context.done = phone, carried_out
    many = devices.limits().__class__(**{**vars(devices.limits()), "devices": 1000})
    monkeypatch.setattr(devices, "limits", lambda: many)
