"""/field/api/today: what an officer takes along, and nothing of anybody else."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from chengshu.bureau.models import RosterEntry, User
from chengshu.field import snapshot
from chengshu.field.queries.today import today
from chengshu.leads import services
from chengshu.patrol.services import beats
from tests import factories
from tests.field.phone import Phone
from tests.inspections.conftest import Checks
from tests.leads.conftest import Loop

pytestmark = pytest.mark.django_db


def test_the_list_holds_the_officers_and_the_squads_free_leads(phone: Phone, loop: Loop) -> None:
    mine, free, others, elsewhere = (loop.lead(route=True) for _n in range(4))
    for lead, officer in ((mine, loop.officer), (others, loop.leader)):
        services.assign(lead, officer, by=loop.leader)
    services.transfer(elsewhere, loop.other_squad, by=loop.leader, note="不在辖区")
    body = phone.get("today").json()
    assert {lead["id"]: lead["mine"] for lead in body["leads"]} == {mine.pk: True, free.pk: False}
    shown = next(lead for lead in body["leads"] if lead["id"] == mine.pk)
    assert "accept" in shown["actions"] and shown["position"] == list(factories.IN_CHANGSHOU)
    assert shown["light"]["colour"] == "green" and shown["class"] == "E0201" and shown["class_label"]


def test_a_re_check_of_a_later_day_stays_away_until_then(phone: Phone, loop: Loop) -> None:
    lead = loop.lead(route=True)
    services.accept(lead, by=loop.officer)
    services.order(lead, timezone.localdate() + timedelta(days=9), by=loop.officer, note="限期改正")
    assert phone.get("today").json()["leads"] == []
    services.order(lead, timezone.localdate(), by=loop.officer, note="今日复查")
    [shown] = phone.get("today").json()["leads"]
    assert shown["recheck_on"] == str(timezone.localdate()) and "recheck" in shown["actions"]


def test_the_officers_inspections_come_with_their_checklists(checks: Checks) -> None:
    inspections = checks.drawn()
    officer = checks.member(inspections[0])
    own = [one.pk for one in inspections if one.team.filter(user=officer, replaced_at=None).exists()]
    body = Phone(officer).get("today").json()
    assert sorted(one["id"] for one in body["inspections"]) == sorted(own)
    shown = body["inspections"][0]
    assert shown["checklist"]["entries"][0].keys() == {"code", "text", "photo", "result"}
    assert (len(shown["results"]) == 8 and shown["actions"] == ["start"]) or "start" in shown["actions"]
    assert officer.pk in [member["id"] for member in shown["team"]]
    assert any(one["me"] and one["certificate_valid"] for one in body["colleagues"])


def test_duties_of_now_and_tomorrow(phone: Phone, loop: Loop) -> None:
    now = timezone.now()
    spans = {"now": (-1, 7), "tomorrow": (23, 31), "next week": (150, 158), "last week": (-150, -142)}
    made = {
        name: RosterEntry.objects.create(
            unit=loop.squad,
            user=loop.officer,
            starts_at=now + timedelta(hours=start),
            ends_at=now + timedelta(hours=end),
        ).pk
        for name, (start, end) in spans.items()
    }
    body = phone.get("today").json()
    assert [duty["id"] for duty in body["duty"]] == [made["now"], made["tomorrow"]]
    assert body["duty"][0]["duty_label"] == "巡查"


def test_other_modules_add_their_parts(phone: Phone) -> None:
    assert phone.get("today").json()["beats"] is not None
    known = snapshot.parts()
    snapshot.register("weather", lambda user, now: {"for": user.username})
    try:
        assert phone.get("today").json()["weather"] == {"for": phone.user.username}
    finally:
        snapshot._parts.clear()
        snapshot._parts.update(known)


def test_a_part_that_fails_takes_nothing_else_with_it(phone: Phone, loop: Loop) -> None:
    lead, known = loop.lead(route=True), snapshot.parts()

    def broken(user: User, now: datetime) -> None:
        raise LookupError("no such year")

    snapshot.register("beats", broken)
    try:
        answer = phone.get("today")
    finally:
        snapshot._parts.clear()
        snapshot._parts.update(known)
    body = answer.json()
    assert answer.status_code == 200 and body["beats"] == [] and body["duty"] == []
    assert [one["id"] for one in body["leads"]] == [lead.pk]


def test_the_beats_are_there_in_a_year_whose_holidays_nobody_has_announced(phone: Phone, loop: Loop) -> None:
    """2031-03-03 is a Monday, 2031-03-08 a Saturday; 小区 are to be visited on working days only."""
    clerk = factories.make_user("registry_clerk")
    beats.load_requirements(loop.squad.district)
    beat = beats.save_beat(
        loop.squad.district, by=clerk, code="X-1", name="小区一", squad=loop.squad, street_class="compound",
        boundary=None,
    )  # fmt: skip
    beats.save_point(beat, by=clerk, code="1", name="大门", position=factories.IN_CHANGSHOU)
    for day, wanted in ((3, 1), (8, 0)):
        shown = today(loop.officer, datetime(2031, 3, day, 10, tzinfo=timezone.get_current_timezone()))
        assert [point["wanted"] for one in shown["beats"] for point in one["points"]] == [wanted]


def test_nothing_new_costs_no_transfer(phone: Phone, loop: Loop) -> None:
    first = phone.get("today")
    again = phone.client.get(f"/field/api/today?device={phone.id}", headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304 and first["Cache-Control"] == "private, no-cache"
    loop.lead(route=True)
    changed = phone.client.get(
        f"/field/api/today?device={phone.id}", headers={"If-None-Match": first["ETag"]}
    )
    assert changed.status_code == 200 and changed["ETag"] != first["ETag"]


def test_a_long_list_costs_no_more_queries(
    phone: Phone, loop: Loop, django_assert_max_num_queries: Any
) -> None:
    for _n in range(5):
        loop.lead(route=True)
    with django_assert_max_num_queries(12):
        assert len(today(loop.officer)["leads"]) == 5


def test_the_session_says_who_and_in_which_language(phone: Phone) -> None:
    answer = phone.get("session", device=str(phone.id))
    body = answer.json()
    assert body["user"] == {
        "id": phone.user.pk,
        "name": phone.user.full_name,
        "unit": phone.user.unit.label,
        "username": phone.user.username,
    }
    assert body["device"] == {"known": True, "last_seq": 0, "wipe": False} and body["language"] == "zh-hans"
    assert "field.use" in body["permissions"] and "audit.view" not in body["permissions"] and body["csrf"]
    assert answer["Cache-Control"] == "no-store" and phone.get("session").json()["device"] is None
    assert phone.get("session", device="nonsense").json()["device"]["known"] is False


def test_signed_out_is_401_in_json(phone: Phone) -> None:
    phone.client.logout()
    for path in ("session", "today"):
        answer = phone.get(path)
        assert answer.status_code == 401 and answer.json()["detail"]
    assert phone.post("devices/x").status_code == 404


def test_an_account_with_a_due_password_is_told_so_in_json(phone: Phone) -> None:
    phone.user.must_change_password = True
    phone.user.save(update_fields=["must_change_password"])
    answer = phone.get("session")
    assert answer.status_code == 403 and "/accounts/" in answer.json()["detail"]


def test_the_clock_is_there_for_everybody_without_a_query(
    phone: Phone, django_assert_num_queries: Any
) -> None:
    phone.client.logout()
    with django_assert_num_queries(0):
        answer = phone.get("time")
    assert answer.json()["server_time"][-6:] == "+08:00" and len(answer.json()["server_time"]) == 29
