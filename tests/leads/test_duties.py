"""The duties of a day: nothing lost, in an order that anybody can repeat, on a phone."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from chengshu.kernel.geometry import haversine_m
from chengshu.kernel.models import LedgerEntry
from chengshu.leads import services
from chengshu.leads.duties import Duty, Urgency, plan
from chengshu.leads.models import DutyCapacity
from chengshu.leads.opening_hours import door
from chengshu.leads.queries import duties as queries
from chengshu.leads.services.capacities import set_capacity
from tests import factories
from tests.leads.conftest import Loop
from tests.leads.test_rules import browser

NOW = datetime(2020, 11, 2, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
HERE = (121.43, 31.24)
POSITIONS = st.tuples(st.floats(121.3, 121.5), st.floats(31.2, 31.3))
HOURS = st.sampled_from(["", "9:00-21:00", "18:00-02:00", "24小时", "看心情", "周一至周五 8:30-17:00"])
DUTIES = st.lists(
    st.builds(
        Duty,
        lead=st.integers(1, 50),
        due=st.none() | st.integers(-5000, 5000).map(lambda n: NOW + timedelta(minutes=n)),
        amber_at=st.none() | st.integers(-5000, 0).map(lambda n: NOW + timedelta(minutes=n)),
        position=st.none() | POSITIONS,
        hours=HOURS,
        recheck=st.booleans(),
        severity=st.integers(1, 3),
    ),
    max_size=15,
    unique_by=lambda duty: duty.lead,
)


@given(duties=DUTIES, start=st.none() | POSITIONS, capacity=st.none() | st.integers(0, 20))
def test_no_duty_is_lost_or_done_twice(
    duties: list[Duty], start: tuple[float, float] | None, capacity: int | None
) -> None:
    found = plan(duties, now=NOW, start=start, capacity=capacity)
    listed = [stop.duty for stop in (*found.today, *found.beyond)]
    assert sorted(duty.lead for duty in listed) == sorted(duty.lead for duty in duties)
    assert capacity is None or len(found.today) <= capacity
    assert not found.beyond or len(found.today) == capacity


@given(duties=DUTIES, seed=st.randoms())
def test_the_order_does_not_depend_on_how_the_duties_came(duties: list[Duty], seed: object) -> None:
    shuffled = list(duties)
    seed.shuffle(shuffled)  # type: ignore[attr-defined]
    assert plan(duties, now=NOW, start=HERE) == plan(shuffled, now=NOW, start=HERE)


@given(duties=DUTIES)
def test_what_is_more_urgent_comes_first(duties: list[Duty]) -> None:
    stops = plan(duties, now=NOW, start=HERE).today
    assert all(before.urgency <= after.urgency for before, after in pairwise(stops))
    assert all(stop.urgency == stop.duty.urgency(NOW) for stop in stops)


@given(places=st.lists(POSITIONS, min_size=1, max_size=10))
def test_each_next_place_is_the_nearest_of_those_left(places: list[tuple[float, float]]) -> None:
    duties = [Duty(lead=n, position=place) for n, place in enumerate(places)]
    here, left = HERE, list(places)
    for stop in plan(duties, now=NOW, start=HERE).today:
        away = [float(haversine_m(*here, *place)) for place in left]
        assert stop.metres is not None and stop.metres <= min(away) + 1
        assert stop.duty.position is not None
        here = stop.duty.position
        left.remove(here)


def test_lights_make_the_urgency_and_a_recheck_is_due_on_its_day() -> None:
    tonight = NOW.replace(hour=0) + timedelta(days=1)
    assert Duty(1, due=NOW - timedelta(minutes=1)).urgency(NOW) == Urgency.RED
    assert Duty(1, due=tonight, amber_at=NOW).urgency(NOW) == Urgency.AMBER
    assert Duty(1, due=tonight).urgency(NOW) == Urgency.TODAY
    assert Duty(1, due=tonight + timedelta(days=2)).urgency(NOW) == Urgency.LATER
    assert Duty(1, recheck=True).urgency(NOW) == Urgency.TODAY


def test_what_opens_later_waits_behind_what_is_open() -> None:
    shut = Duty(1, position=HERE, hours="18:00-02:00")
    far = Duty(2, position=(121.49, 31.29), hours="9:00-21:00")
    assert [stop.duty.lead for stop in plan([shut, far], now=NOW, start=HERE).today] == [2, 1]


@pytest.mark.parametrize(
    ("text", "open_now"),
    [
        ("9:00-21:00", True), ("09:00—09:30", False), ("9：00至21：00", True), ("18:00-02:00", False),
        ("24小时", True), ("全天", True), ("每天 8:00-22:00", True), ("周一至周五 8:30-17:00", True),
        ("周六、周日 9:00-17:00", False), ("8点-12点，13点30分-18点", True), ("营业时间：9:00~20:00", True),
        ("看老板心情", None), ("", None), ("9-21", None),
    ],
)  # fmt: skip
def test_opening_hours_are_read_as_people_write_them(text: str, open_now: bool | None) -> None:
    assert door(text, NOW).open is open_now


def test_an_unreadable_text_means_any_time() -> None:
    assert door("9:00-21:00", NOW).until == NOW.replace(hour=21)
    assert door("随时", NOW).until is None


@given(text=st.text(max_size=30))
def test_no_text_breaks_the_reader(text: str) -> None:
    assert door(text, NOW).open in (True, False, None)


# --- the page -----------------------------------------------------------------------------------------
def test_the_list_has_ones_own_and_nobodys_leads_and_rechecks_on_their_day(loop: Loop) -> None:
    with time_machine.travel(NOW, tick=False):
        nobodys, own, others, waiting = (loop.lead(source="import", route=True) for _n in range(4))
        services.accept(own, by=loop.officer)
        services.assign(others, loop.leader, by=loop.leader)
        services.accept(waiting, by=loop.officer)
        services.order(waiting, NOW.date() + timedelta(days=3), by=loop.officer, note="限期改正")
        assert {lead.pk for lead in queries.leads_of(loop.officer, NOW)} == {nobodys.pk, own.pk}
    then = NOW + timedelta(days=3)
    assert waiting.pk in {lead.pk for lead in queries.leads_of(loop.officer, then)}
    assert queries.duty_of(queries.leads_of(loop.officer, then)[-1], then).recheck


def test_the_phone_page_orders_from_where_one_is(loop: Loop) -> None:
    near = loop.lead(route=True, position=(121.4335, 31.2435))
    far = loop.lead(route=True, position=factories.IN_CHANGSHOU)
    client = browser(loop.officer)
    page = client.post(reverse("leads:duties"), {"lng": "121.4336", "lat": "31.2436"})
    assert [row["lead"].pk for row in page.context["groups"][0]["stops"]] == [near.pk, far.pk]
    assert page.context["from_here"]
    plain = client.get(reverse("leads:duties"))
    assert not plain.context["from_here"] and near.address in plain.content.decode()


def test_what_a_day_cannot_hold_stays_in_sight(loop: Loop) -> None:
    for _n in range(3):
        loop.lead(route=True)
    set_capacity(loop.squad, None, 2, loop.leader)
    page = browser(loop.officer).get(reverse("leads:duties"))
    assert [len(group["stops"]) for group in page.context["groups"]] == [2, 1]
    set_capacity(loop.squad, loop.officer, 3, loop.leader)
    assert queries.capacity_of(loop.officer) == 3 and queries.capacity_of(loop.leader) == 2


def test_a_capacity_is_set_by_the_squads_leader_and_recorded(loop: Loop) -> None:
    client = browser(loop.leader)
    url = reverse("leads:capacities")
    client.post(url, {"unit": loop.squad.pk, "officer": loop.officer.pk, "per_day": "8"})
    assert DutyCapacity.objects.get(officer=loop.officer).per_day == 8
    client.post(url, {"unit": loop.squad.pk, "officer": loop.officer.pk, "per_day": "0"})
    assert DutyCapacity.objects.get(officer=loop.officer).per_day == 8
    client.post(url, {"unit": loop.squad.pk, "officer": loop.officer.pk, "per_day": ""})
    assert not DutyCapacity.objects.exists()
    chain = f"leads.capacity:{loop.squad.pk}"
    payloads = [entry.payload for entry in LedgerEntry.objects.filter(chain=chain).order_by("seq")]
    assert [(one["before"], one["after"]) for one in payloads] == [(None, 8), (8, None)]
    assert client.post(url, {"unit": loop.other_squad.pk, "per_day": "5"}).status_code == 404
    with pytest.raises(PermissionDenied):
        set_capacity(loop.squad, None, 5, loop.officer)


def test_a_leader_sees_the_lists_of_the_squad_and_an_officer_only_ones_own(loop: Loop) -> None:
    loop.lead(route=True)
    url = reverse("leads:duties")
    page = browser(loop.leader).get(url, {"officer": loop.officer.pk})
    assert page.status_code == 200 and page.context["officer"] == loop.officer
    assert browser(loop.officer).get(url, {"officer": loop.leader.pk}).status_code == 404
