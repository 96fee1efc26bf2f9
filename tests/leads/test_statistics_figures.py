"""Medians from a histogram stay near the exact ones; lists from packed days are those of the database."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from chengshu.leads import services
from chengshu.leads.queries import packed
from chengshu.leads.queries.lists import LeadFilter, chosen
from chengshu.leads.statistics import days
from chengshu.leads.statistics.figures import exact_spreads, rough_spreads
from tests.leads.conftest import SIGN, Loop

SECONDS = st.lists(st.integers(-1, 400 * 86_400), min_size=1, max_size=200)


@given(seconds=SECONDS, groups=st.integers(1, 4))
def test_a_histogram_is_within_one_part_in_a_hundred(seconds: list[int], groups: int) -> None:
    index = np.arange(len(seconds)) % groups
    values = np.array(seconds, np.int32)
    exact, rough = exact_spreads(index, values, groups), rough_spreads(index, values, groups)
    for one, other in zip(exact, rough, strict=True):
        assert one.n == other.n
        if one.n:
            assert one.mean == pytest.approx(other.mean)
            assert other.median == pytest.approx(one.median, rel=0.01, abs=1)
            assert other.p90 == pytest.approx(one.p90, rel=0.01, abs=1)


@given(seconds=st.lists(st.integers(0, 10_000), min_size=1, max_size=60))
def test_half_and_nine_tenths_do_not_exceed_the_values(seconds: list[int]) -> None:
    spread = exact_spreads(np.zeros(len(seconds), np.int64), np.array(seconds, np.int32), 1)[0]
    for value, share in ((spread.median, 0.5), (spread.p90, 0.9)):
        assert value in seconds
        assert sum(one <= value for one in seconds) >= share * len(seconds) - 1e-9
        assert sum(one < value for one in seconds) < share * len(seconds)


@pytest.mark.django_db
def test_a_list_from_packed_days_is_that_of_the_database(loop: Loop) -> None:
    days.forget()
    now = timezone.now()
    for index in range(9):
        at = now - timedelta(days=index % 4, hours=index)
        lead = loop.lead(
            source="hotline" if index % 2 else "patrol",
            lead_class=SIGN if index % 3 else "E0201",
            reported_at=at,
            severity=1 + index % 2,
        )
        if index == 4:
            services.dismiss(lead, "unfounded", by=None, note="查无")
        if index == 5:
            days.rebuild()
    kind = lead.lead_class
    for wanted in (
        LeadFilter(source="hotline"),
        LeadFilter(kind=kind.pk, severity=1),
        LeadFilter(major=kind.major_zh, counted=("open",)),
        LeadFilter(stage="closed"),
        LeadFilter(outcome="unfounded", squad=loop.squad.pk),
        LeadFilter(reported_from=timezone.localdate() - timedelta(days=1)),
        LeadFilter(officer=loop.officer.pk),
    ):
        assert packed.answers(wanted)
        for user in (loop.dispatcher, loop.officer):
            expected = list(chosen(user, wanted).values_list("pk", flat=True))
            ids, total, _page = packed.newest(user, wanted, now, page=1, size=50)
            assert (ids, total) == (expected, len(expected))
            second, _total, page = packed.newest(user, wanted, now, page=2, size=2)
            assert page == (2 if total > 2 else 1), "a page past the end means the last"
            assert second == expected[2 * (page - 1) : 2 * page]
