"""The command centre: whose room it is, what the screen is told, and what two dispatchers may do at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from chengshu.bureau.models import OfficerPosition, RosterEntry, User
from chengshu.kernel.models import Event
from chengshu.leads import services
from chengshu.leads.lifecycle import Outcome, Stage
from chengshu.leads.models import Lead, ShiftRemark
from chengshu.leads.services.alarms import sweep
from tests import factories
from tests.leads.conftest import Loop
from tests.leads.conftest import loop as loop


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="chengshu.bureau.backends.BureauBackend")
    return client


def on_duty(user: User, *, duty: str = "patrol", at: tuple[float, float] | None = None) -> None:
    now = timezone.now()
    RosterEntry.objects.create(
        unit=user.unit,
        user=user,
        duty=duty,
        starts_at=now - timedelta(hours=1),
        ends_at=now + timedelta(hours=7),
    )
    if at:
        OfficerPosition.objects.create(user=user, position=at, at=now - timedelta(minutes=1))


def state(client: Client, squad: str = "") -> dict[str, Any]:
    return dict(client.get(reverse("command:state"), {"squad": squad} if squad else {}).json())


def act(client: Client, lead: Lead, action: str, **given: Any) -> Any:
    return client.post(
        reverse("command:act", args=[lead.pk]), {"action": action, "version": lead.version, **given}
    )


# --- whose room -------------------------------------------------------------------------------------
def test_a_dispatcher_sees_the_district_and_a_squad_leader_lands_in_the_own_room(loop: Loop) -> None:
    assert signed_in(loop.dispatcher).get("/command/").status_code == 200
    answer = signed_in(loop.leader).get("/command/?mode=wall")
    assert answer.status_code == 302
    assert answer["Location"] == f"/command/squad/{loop.squad.code}/?mode=wall"
    assert signed_in(loop.leader).get(answer["Location"]).status_code == 200


def test_a_squads_room_is_closed_to_other_squads(loop: Loop) -> None:
    leader = signed_in(loop.leader)
    assert leader.get(reverse("command:squad", args=[loop.other_squad.code])).status_code == 404
    assert leader.get(reverse("command:state"), {"squad": loop.other_squad.code}).status_code == 404
    theirs = loop.lead(route=True, position=factories.IN_TAOPU)
    assert leader.get(reverse("command:detail", args=[theirs.pk])).status_code == 404
    assert act(leader, theirs, "urge").status_code == 404


def test_a_squads_room_shows_its_own_leads_and_people(loop: Loop) -> None:
    own, theirs = loop.lead(route=True), loop.lead(route=True, position=factories.IN_TAOPU)
    on_duty(loop.officer)
    on_duty(factories.make_user("officer", loop.other_squad))
    everything = state(signed_in(loop.dispatcher))
    assert {lead["id"] for lead in everything["leads"]} == {own.pk, theirs.pk}
    assert len(everything["officers"]) == 2
    room = state(signed_in(loop.leader))
    assert [lead["id"] for lead in room["leads"]] == [own.pk]
    assert [officer["id"] for officer in room["officers"]] == [loop.officer.pk]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("mode", ["desk", "wall"])
def test_both_modes_open_in_both_languages(loop: Loop, mode: str, language: str) -> None:
    client = signed_in(loop.dispatcher)
    client.cookies["django_language"] = language
    page = client.get("/command/", {"mode": mode}).content.decode()
    assert f'data-mode="{mode}"' in page
    assert ('data-theme="dark"' in page) == (mode == "wall")


# --- the snapshot -----------------------------------------------------------------------------------
def test_the_snapshot_tells_a_lead_as_its_events_do(loop: Loop) -> None:
    lead = loop.lead(route=True)
    event = Event.objects.filter(topic="lead", subject=f"lead:{lead.pk}").latest("id").data
    [row] = state(signed_in(loop.dispatcher))["leads"]
    same = {
        "id",
        "number",
        "version",
        "stage",
        "class",
        "source",
        "squad",
        "officer",
        "town",
        "lng",
        "lat",
        "held",
    }
    assert {name: row[name] for name in same} == {name: event[name] for name in same}


def test_the_snapshot_names_the_position_from_which_the_events_go_on(loop: Loop) -> None:
    loop.lead(route=True)
    assert state(signed_in(loop.dispatcher))["position"] == 0
    newest = Event.objects.latest("id")
    Event.objects.filter(pk=newest.pk).update(position=7)
    assert state(signed_in(loop.dispatcher))["position"] == 7


def test_the_snapshot_counts_what_was_found_and_closed_today(loop: Loop) -> None:
    kept, gone = loop.lead(route=True), loop.lead()
    services.dismiss(gone, Outcome.UNFOUNDED, by=loop.dispatcher, note="已不在")
    told = state(signed_in(loop.dispatcher))
    assert told["found"] == [kept.pk, gone.pk]
    assert told["closed"] == [gone.pk]
    assert [lead["id"] for lead in told["leads"]] == [kept.pk]


def test_the_number_of_queries_does_not_grow_with_the_leads(loop: Loop) -> None:
    client = signed_in(loop.dispatcher)
    on_duty(loop.officer)
    for _ in range(2):
        loop.lead(route=True)
    sweep(timezone.now() + timedelta(days=9))
    state(client)  # session and reference are warm
    with CaptureQueriesContext(
        connection,
    ) as few:
        state(client)
    for _ in range(8):
        loop.lead(route=True)
    with CaptureQueriesContext(connection) as many:
        state(client)
    assert len(many) == len(few) <= 14, [query["sql"][:90] for query in few]


# --- dispatching ------------------------------------------------------------------------------------
def test_a_found_lead_is_registered_and_dispatched_in_one_stroke(loop: Loop) -> None:
    lead = loop.lead()
    answer = act(signed_in(loop.dispatcher), lead, "dispatch", officer=loop.officer.pk)
    assert answer.status_code == 200, answer.content.decode()
    assert answer.json()["lead"]["stage"] == Stage.DISPATCHED
    lead.refresh_from_db()
    assert (lead.officer, lead.squad) == (loop.officer, loop.squad)
    assert [step.action for step in lead.steps.all()] == ["report", "register", "dispatch"]


def test_the_second_of_two_dispatchers_gets_one_sentence_and_the_fresh_row(loop: Loop) -> None:
    lead = loop.lead()
    first, second = signed_in(loop.dispatcher), signed_in(factories.make_user("dispatcher"))
    assert act(first, lead, "dispatch", officer=loop.officer.pk).status_code == 200
    late = act(second, lead, "dispatch", squad=loop.other_squad.pk)
    assert late.status_code == 409
    assert late.json()["code"] == "version"
    assert "他人" in late.json()["problem"]
    assert late.json()["lead"]["stage"] == Stage.DISPATCHED
    lead.refresh_from_db()
    assert lead.officer == loop.officer


def test_sending_it_on_to_another_squad_asks_for_a_reason(loop: Loop) -> None:
    lead = loop.lead(route=True)
    client = signed_in(loop.dispatcher)
    asked = act(client, lead, "dispatch", squad=loop.other_squad.pk)
    assert (asked.status_code, asked.json()["code"]) == (409, "note")
    assert act(client, lead, "dispatch", squad=loop.other_squad.pk, note="属桃浦镇").status_code == 200
    lead.refresh_from_db()
    assert lead.squad == loop.other_squad


def test_a_squad_leader_gives_a_lead_to_an_officer_of_the_squad(loop: Loop) -> None:
    lead = loop.lead(route=True)
    assert act(signed_in(loop.leader), lead, "dispatch", officer=loop.officer.pk).status_code == 200
    lead.refresh_from_db()
    assert (lead.stage, lead.officer) == (Stage.DISPATCHED, loop.officer)


def test_a_supervisor_may_look_but_not_dispatch(loop: Loop) -> None:
    lead = loop.lead()
    answer = act(signed_in(loop.supervisor), lead, "dispatch", officer=loop.officer.pk)
    assert answer.status_code == 403
    assert answer.json()["problem"]
    lead.refresh_from_db()
    assert lead.stage == Stage.FOUND


@pytest.mark.parametrize(
    "given", [{"officer": "999999"}, {"officer": "x"}, {"squad": ""}, {"squad": "999999"}]
)
def test_a_target_that_does_not_exist_is_one_clear_sentence(loop: Loop, given: dict[str, str]) -> None:
    answer = act(signed_in(loop.dispatcher), loop.lead(), "dispatch", **given)
    assert answer.status_code == 409
    assert answer.json()["problem"]


def test_verify_close_and_urge_from_the_queue(loop: Loop) -> None:
    lead = loop.lead(source="import", route=True)
    client = signed_in(loop.dispatcher)
    assert act(client, lead, "urge").status_code == 200
    lead.refresh_from_db()
    services.accept(lead, by=loop.officer)
    services.handle(lead, Outcome.ADVISED, by=loop.officer, note="当场劝离")
    assert act(client, lead, "verify").status_code == 200
    lead.refresh_from_db()
    assert act(client, lead, "close").status_code == 200
    lead.refresh_from_db()
    assert lead.stage == Stage.CLOSED
    assert act(client, lead, "fly").status_code == 409


# --- offers -----------------------------------------------------------------------------------------
def test_the_offers_name_the_squads_own_free_officers_first(loop: Loop) -> None:
    lead = loop.lead()
    stranger = factories.make_user("officer", loop.other_squad)
    clerk = factories.make_user("officer", loop.squad)
    on_duty(loop.officer, at=(121.44, 31.25))
    on_duty(stranger, at=factories.IN_CHANGSHOU)
    on_duty(clerk, duty="office")
    page = signed_in(loop.dispatcher).get(reverse("command:offers", args=[lead.pk])).content.decode()
    own, other = page.index(loop.officer.full_name), page.index(stranger.full_name)
    assert own < other
    assert clerk.full_name not in page
    assert "km" in page or " m<" in page


def test_the_detail_offers_only_what_the_person_may_do(loop: Loop) -> None:
    lead = loop.lead(route=True)
    address = reverse("command:detail", args=[lead.pk])
    assert "data-offer" in signed_in(loop.dispatcher).get(address).content.decode()
    seen = signed_in(loop.supervisor).get(address).content.decode()
    assert "data-offer " not in seen and 'data-act="urge"' in seen


# --- shift log --------------------------------------------------------------------------------------
def test_the_shift_log_writes_itself_and_takes_remarks(loop: Loop) -> None:
    lead = loop.lead(route=True)
    services.urge(lead, by=loop.dispatcher, note="请尽快到场")
    on_duty(loop.officer)
    client = signed_in(loop.dispatcher)
    assert client.post(reverse("command:remark"), {"text": "设备巡检正常"}).status_code == 204
    assert client.post(reverse("command:remark"), {"text": "  "}).status_code == 422
    page = client.get(reverse("command:panel")).content.decode()
    assert "请尽快到场" in page and "设备巡检正常" in page and lead.number in page
    whole = client.get(reverse("command:log")).content.decode()
    assert "设备巡检正常" in whole and loop.dispatcher.full_name in whole


def test_a_squads_log_holds_its_own_lines_only(loop: Loop) -> None:
    own, theirs = loop.lead(route=True), loop.lead(route=True, position=factories.IN_TAOPU)
    signed_in(loop.dispatcher).post(reverse("command:remark"), {"text": "区级记事"})
    leader = signed_in(loop.leader)
    leader.post(reverse("command:remark"), {"text": "中队记事"})
    page = leader.get(reverse("command:log")).content.decode()
    assert own.number in page and theirs.number not in page
    assert "中队记事" in page and "区级记事" not in page
    assert ShiftRemark.objects.get(text="中队记事").unit == loop.squad


@pytest.mark.parametrize("query", [{"day": "soon"}, {"shift": "lunch"}])
def test_a_shift_that_does_not_exist_is_not_found(loop: Loop, query: dict[str, str]) -> None:
    assert signed_in(loop.dispatcher).get(reverse("command:log"), query).status_code == 404


# --- replay -----------------------------------------------------------------------------------------
def test_the_replay_knows_what_stood_open_in_the_morning_and_every_step_since(loop: Loop) -> None:
    yesterday = timezone.now() - timedelta(days=1)
    old = loop.lead(route=True, reported_at=yesterday)
    services.accept(old, by=loop.officer)
    new = loop.lead()
    services.dismiss(new, Outcome.UNFOUNDED, by=loop.dispatcher, note="已不在")
    client = signed_in(loop.dispatcher)
    day = client.get(reverse("command:replay"), {"day": timezone.localdate().isoformat()}).json()
    assert {lead["id"] for lead in day["leads"]} == {old.pk, new.pk}
    assert [step["action"] for step in day["steps"] if step["lead"] == new.pk] == ["report", "dismiss"]
    morning = {one["lead"]: one["stage"] for one in day["before"]}
    began = [step["version"] for step in day["steps"] if step["lead"] == old.pk]
    assert (old.pk in morning) == (1 not in began)
    assert client.get(reverse("command:replay"), {"day": "x"}).status_code == 400
