"""Whatever people do in whatever order, the statistics equal a recount from the history."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chengshu.leads import services
from chengshu.leads.models import Lead, LeadDay
from chengshu.leads.statistics import days
from chengshu.leads.statistics.figures import NAMES, figures
from chengshu.leads.statistics.indicators import DURATIONS, choices, condition
from chengshu.leads.statistics.records import joined
from chengshu.leads.statistics.recount import differences, recount
from tests.leads.conftest import SIGN, STALL, Loop
from tests.leads.test_loop_properties import PEOPLE, VERBS

BEGIN = datetime(2020, 11, 2, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
LEADS = 4
VERBS = {
    **VERBS,
    "elsewhere": lambda lead, loop, by, at: services.transfer(
        lead, loop.other_squad, by=by, at=at, note="管辖"
    ),
    "compact": lambda lead, loop, by, at: days.compact(),
}


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    days.forget()


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    moves=st.lists(
        st.tuples(
            st.integers(0, LEADS - 1),
            st.sampled_from(sorted(VERBS)),
            st.sampled_from(PEOPLE),
            st.integers(1, 3000),
        ),
        min_size=10,
        max_size=60,
    )
)
def test_statistics_equal_a_recount_from_the_history(
    loop: Loop, moves: list[tuple[int, str, str, int]]
) -> None:
    leads = [
        loop.lead(
            source="import" if index % 2 else "camera",
            lead_class=STALL if index < 2 else SIGN,
            reported_at=BEGIN + timedelta(hours=10 * index),
        )
        for index in range(LEADS)
    ]
    at = BEGIN + timedelta(days=2)
    for which, verb, person, minutes in moves:
        at += timedelta(minutes=minutes)
        by = None if person == "system" else getattr(loop, person)
        try:
            with transaction.atomic():
                VERBS[verb](leads[which], loop, by, at)
        except (services.LeadProblem, PermissionDenied):
            leads[which].refresh_from_db()
    assert differences(loop.district, None, None, at) == []
    days.compact()
    assert differences(loop.district, None, None, at) == []
    for begin, end in ((BEGIN.date(), BEGIN.date()), (BEGIN.date() + timedelta(days=1), None)):
        assert differences(loop.district, begin, end, at) == []


@pytest.mark.django_db
def test_the_recount_sees_what_the_statistics_do_not(loop: Loop) -> None:
    lead = loop.lead(route=True)
    days.rebuild()
    packed = LeadDay.objects.get()
    services.urge(lead, by=loop.dispatcher)
    days.compact()
    LeadDay.objects.update(data=packed.data)  # as if a day had been packed wrongly
    days.forget()
    wrong = differences(loop.district, None, None, lead.step_at)
    assert any(line.startswith("urged: 0 / 1") for line in wrong)


@pytest.mark.django_db
def test_every_number_counts_what_its_condition_finds(loop: Loop) -> None:
    now = BEGIN + timedelta(days=40)
    for index in range(6):
        lead = loop.lead(source="import", reported_at=BEGIN, handle_by=BEGIN + timedelta(days=index))
        if index:
            services.register(lead, by=None, at=BEGIN)
        if index > 1:
            services.dispatch(lead, loop.squad, by=None, at=BEGIN)
            services.accept(lead, by=None, at=BEGIN + timedelta(hours=1))
        if index > 2:
            services.handle(lead, "unfounded", by=None, note="查无", at=BEGIN + timedelta(days=3, hours=12))
    found = figures(joined([block for _day, block in days.read([loop.district.pk])]), now)
    for code in NAMES:
        assert found.counts[code] == Lead.objects.filter(condition(code, now)).count(), code
    for duration in DURATIONS:
        assert found.durations[duration.code].n == Lead.objects.filter(condition(duration.code, now)).count()
    assert found.counts["on_time"] == 2
    assert found.counts["due"] == 6  # whoever is late and open counts against, even when nobody was sent
    assert recount(loop.district, None, None, now).counts == found.counts


def test_every_number_has_its_formula_in_the_documentation() -> None:
    text = (Path(__file__).parents[2] / "docs" / "lead-statistics.md").read_text(encoding="utf-8")
    for code, _label in choices():
        assert f"`{code}`" in text, code
