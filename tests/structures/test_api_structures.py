"""The API of the ledger: entered once, worked on by steps, disposed of by two people, counted with lists."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from chengshu.bureau.models import Unit, User
from chengshu.leads.services import NewLead, report
from chengshu.leads.services.classes import load_classes
from chengshu.registry.queries import reference
from chengshu.structures.api.schemas import EntryDetail
from chengshu.structures.models import Structure
from chengshu.structures.services import years
from tests import factories
from tests.leads.api import Caller, key_of
from tests.structures.conftest import LAT, LNG, Ledger, picture, square

URL = "/api/v1/structures"
NEW = {"address": "长寿路88号屋顶", "types": ["rooftop"], "built": "stock", "position": [LNG, LAT]}
MOST_QUERIES = 3
pytestmark = pytest.mark.django_db


class Office(Caller):
    """A person or system that talks with the API of the ledger."""

    def get(self, path: str = "", **query: Any) -> Any:
        """GET under /api/v1/structures."""
        return self.client.get(URL + path, query)

    def post(self, path: str = "", body: Any = None, key: str = "") -> Any:
        """POST JSON."""
        return self.client.post(URL + path, body or {}, content_type="application/json")

    def act(self, lead: int, action: str, **body: Any) -> Any:
        """One action on an entry."""
        return self.post(f"/{lead}/actions/{action}", body)


def person(user: User) -> Office:
    """Somebody with a session."""
    return Office(person=user)


@pytest.fixture
def officer(ledger: Ledger) -> Office:
    """An officer of the squad."""
    reference.forget()
    return person(ledger.officer)


@pytest.fixture
def leader(ledger: Ledger) -> Office:
    """Who approves in the squad."""
    return person(ledger.leader)


@pytest.fixture
def clerk(ledger: Ledger) -> Office:
    """Who sets tasks and plots."""
    return person(ledger.clerk)


def test_a_structure_is_entered_once_by_its_own_number(officer: Office) -> None:
    body = {**NEW, "source_ref": "PT-1", "area_m2": 36.5, "method": "tape", "owner_name": "张小三"}
    first, again = officer.post("", body), officer.post("", body)
    assert (first.status_code, again.status_code) == (201, 200), first.content
    assert first.json()["id"] == again.json()["id"] and Structure.objects.count() == 1
    one = EntryDetail.model_validate(first.json())
    assert (one.area_m2, one.town_name, one.surveys[0].method) == (36.5, "长寿路街道", "tape")
    assert one.owner_name == "张*三"


def test_an_entry_from_a_lead_is_one_entry(ledger: Ledger, officer: Office) -> None:
    load_classes(ledger.district)
    new = NewLead("patrol", "E0406", "屋顶加建", address="长寿路1号", position=(LNG, LAT))
    lead = report(new, district=ledger.district, by=None).lead
    answers = [officer.post("", {**NEW, "lead": lead.pk}) for _turn in "ab"]
    assert [answer.status_code for answer in answers] == [201, 200], answers[0].content
    assert answers[1].json()["lead"] == lead.number
    assert officer.post("", {**NEW, "lead": 2**40}).json()["errors"][0]["field"] == "lead"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"types": ["castle"]}, "types"),
        ({"position": [121.5, 31.23]}, "position"),
        ({"polygon": {"type": "Point", "coordinates": [1, 2]}}, "polygon"),
        ({"area_m2": -1}, "area_m2"),
        ({"built_year": 1800}, "built_year"),
        ({"found_at": "2099-01-01T00:00:00+08:00"}, "at"),
        ({"found_at": 1606700000}, "found_at"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_does_not_fit_is_named_by_its_field(officer: Office, change: dict[str, Any], field: str) -> None:
    answer = officer.post("", {**NEW, **change})
    assert answer.status_code == 422, answer.content
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert not Structure.objects.exists()


def test_from_the_finding_to_the_write_off_by_two_people(
    ledger: Ledger, officer: Office, leader: Office
) -> None:
    pk = ledger.entry().pk
    found = officer.act(pk, "find", result="illegal", number="认字1号").json()
    assert [row["result"] for row in found["findings"]] == ["illegal"]
    assert officer.act(pk, "propose", kind="write_off", reason="x").status_code == 409
    officer.act(pk, "survey", area_m2=36.5, method="tape")
    assert photo(officer, pk, "before").status_code == 201
    assert officer.act(pk, "demolish", way="forced").json()["errors"][0]["field"] == "way"
    assert officer.act(pk, "demolish", way="voluntary").json()["status"] == "demolished"
    lacking = officer.act(pk, "propose", kind="write_off", reason="已拆")
    assert lacking.json()["errors"][0]["field"] == "photos"
    after = photo(officer, pk, "after")
    assert officer.client.get(after.json()["url"])["Content-Type"] == "image/png"
    waiting = officer.act(pk, "propose", kind="write_off", reason="已拆").json()
    assert waiting["waits"] and waiting["written_off_at"] is None
    path = f"/{pk}/proposals/{waiting['proposals'][0]['id']}"
    assert officer.post(f"{path}/approve").status_code == 403
    done = leader.post(f"{path}/approve").json()
    assert done["written_off_at"] and done["proposals"][0]["approved"] is True
    assert leader.post(f"{path}/refuse", {"note": "x"}).status_code == 409
    assert [row["action"] for row in done["history"]][:2] == ["approve", "propose"]


def photo(caller: Office, pk: int, moment: str) -> Any:
    """Send a photo of before or after."""
    file = SimpleUploadedFile(f"{moment}.png", picture().read())
    body = {"file": file, "moment": moment, "longitude": LNG, "latitude": LAT}
    return caller.client.post(f"{URL}/{pk}/photos", body)


def test_whoever_proposed_does_not_approve(ledger: Ledger, leader: Office) -> None:
    structure = ledger.found_illegal(ledger.entry())
    day = (timezone.localdate() + timedelta(days=30)).isoformat()
    made = leader.act(structure.pk, "propose", kind="defer", reason="历史遗留", review_on=day).json()
    path = f"/{structure.pk}/proposals/{made['proposals'][0]['id']}/approve"
    assert leader.post(path).status_code == 409
    approved = person(ledger.chief).post(path).json()
    assert (approved["status"], approved["review_on"]) == ("deferred", day)
    assert leader.act(structure.pk, "come_back", note="事由消除").json()["status"] == "pending"


def test_a_refused_proposal_leaves_the_entry_as_it_is(ledger: Ledger, leader: Office) -> None:
    structure = ledger.found_illegal(ledger.entry())
    proposal = ledger.offer(structure, "legalise", permit_number="沪建1号")
    path = f"/{structure.pk}/proposals/{proposal.pk}/refuse"
    assert leader.post(path).status_code == 422
    assert leader.post(path, {"note": "许可证不符"}).json()["status"] == "pending"


def test_statutory_steps_are_offered_taken_or_refused_with_the_reason(
    ledger: Ledger, officer: Office
) -> None:
    pk = ledger.entry().pk
    offered = {row["code"]: row["why_not"] for row in officer.get(f"/{pk}").json()["procedure"]}
    assert offered["on_site"] == "" and offered["order"]
    refused = officer.act(pk, "step", code="order", number="限拆1号")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "code")
    taken = officer.act(pk, "step", code="on_site").json()["procedure"]
    assert next(row for row in taken if row["code"] == "on_site")["taken_at"]
    assert officer.act(pk, "step", code="dance").status_code == 422


def test_facts_are_put_right_and_people_stay_who_they_were(ledger: Ledger, officer: Office) -> None:
    pk = ledger.entry(owner_name="张小三").pk
    body = {"address": "长寿路90号", "types": ["rooftop"], "built": "stock", "note": "门牌有误"}
    assert officer.act(pk, "change", **body).json()["address"] == "长寿路90号"
    assert Structure.objects.get(pk=pk).owner_name == "张小三"


def test_the_note_the_relapse_the_key_task(ledger: Ledger, officer: Office, clerk: Office) -> None:
    structure = ledger.found_illegal(ledger.entry())
    noted = officer.act(structure.pk, "note", state="recorded", number="注1号")
    assert noted.json()["note_state"] == "recorded"
    assert officer.act(structure.pk, "note", state="recorded", number="注1号").status_code == 409
    assert clerk.act(structure.pk, "key", on=True).json()["key_task"] is True
    gone = ledger.written_off()
    back = officer.act(gone.pk, "relapse", note="又搭", building=True).json()
    assert (back["status"], back["relapses"], back["built"]) == ("pending", 1, "building")
    assert officer.act(gone.pk, "link_case", number="没有").json()["errors"][0]["field"] == "number"


def test_an_act_on_an_entry_that_changed_meanwhile_is_refused(ledger: Ledger, officer: Office) -> None:
    structure = ledger.entry()
    seen = structure.version
    assert officer.act(structure.pk, "find", result="illegal", expected_version=seen).status_code == 200
    assert officer.act(structure.pk, "find", result="illegal", expected_version=seen).status_code == 409


def test_every_filter_narrows_and_pages_lead_through_all_once(ledger: Ledger, officer: Office) -> None:
    first = ledger.entry(address="武宁路1号", key_task=True)
    gone = ledger.written_off()
    day = timezone.localdate() + timedelta(days=9)
    later = ledger.disposed(ledger.found_illegal(ledger.entry()), "defer", review_on=day)
    waiting = ledger.found_illegal(ledger.entry(built="new"))
    ledger.offer(waiting, "legalise", permit_number="1")
    year = timezone.localdate().year
    expected = {
        ("status", "standing"): {first, later, waiting},
        ("status", "written_off"): {gone},
        ("status", "gone"): {gone, later},
        ("q", "武宁路"): {first},
        ("key", "task"): {first},
        ("built", "new"): {waiting},
        ("waiting", "true"): {waiting},
        ("disposal", "defer"): {later},
        ("year", str(year)): {gone, later},
        ("town", str(first.town_id)): {first, gone, later, waiting},
        ("type", "rooftop"): {first, gone, later, waiting},
        ("relapsed", "true"): set(),
    }
    for (name, value), rows in expected.items():
        got = {item["id"] for item in officer.get(**{name: value}).json()["items"]}
        assert got == {row.pk for row in rows}, name
    paged = [item["id"] for item in officer.all(limit=1)]
    assert paged == [item["id"] for item in officer.get().json()["items"]]
    assert len(paged) == len(set(paged)) == 4
    assert officer.get(cursor="aTE=").status_code == 400


def test_every_figure_opens_the_list_it_counts(ledger: Ledger, officer: Office) -> None:
    ledger.written_off()
    day = timezone.localdate() + timedelta(days=9)
    ledger.disposed(ledger.found_illegal(ledger.entry()), "defer", review_on=day)
    ledger.entry()
    found = officer.get("/figures").json()
    tables = [*found["by_town"], *found["by_type"], *found["by_month"]]
    figures = [one for one in found.values() if isinstance(one, dict)]
    figures += [line["total"] for line in tables]
    figures += [cell for line in tables for cell in line["by_disposal"].values()]
    assert (found["eliminated"]["count"], found["written_off"]["count"]) == (2, 1)
    assert found["written_off"]["area_m2"] == 36.5
    for figure in figures:
        assert len(officer.client.get(figure["list"]).json()["items"]) == figure["count"], figure


def test_tasks_and_lights_tell_what_is_missing_for_green(
    ledger: Ledger, officer: Office, clerk: Office
) -> None:
    gone, year = ledger.written_off(), timezone.localdate().year
    body = {"town": gone.town_id, "year": year, "type": "rooftop", "quota": 4}
    assert officer.post("/tasks", body).status_code == 403
    assert clerk.post("/tasks", {**body, "town": 2**40}).json()["errors"][0]["field"] == "town"
    task = clerk.post("/tasks", body).json()
    assert (task["done"], task["percent"]) == (1, 25)
    assert officer.get("/tasks").json()["items"] == [task]
    assert len(officer.client.get(task["list"]).json()["items"]) == task["done"]
    lights = officer.get("/lights").json()
    mine = next(one for one in lights["items"] if one["town"] == gone.town_id)
    assert mine["colour"] in {"amber", "red"} and mine["missing"]
    assert lights["verified"] is False


def test_a_sample_is_announced_drawn_and_checked(ledger: Ledger) -> None:
    gone, supervisor = ledger.written_off(), person(ledger.supervisor)
    body = {"town": gone.town_id, "year": timezone.localdate().year, "sample": 1, "place": "会议室"}
    assert supervisor.post("/assessments", {**body, "sample": 9}).json()["errors"][0]["field"] == "sample"
    past = timezone.now() - timedelta(minutes=5)
    earlier = years.announce(gone.town, body["year"], 1, "会议室", 1, by=ledger.supervisor, at=past)
    path = f"/assessments/{earlier.pk}"
    assert supervisor.get(f"{path}/proof").status_code == 404
    assert supervisor.post("/assessments", body).status_code == 422  # one at a time
    drawn = supervisor.post(f"{path}/draw", {"words": ["晴"]}).json()
    assert drawn["state"] == "drawn" and drawn["checks"][0]["structure"] == gone.pk
    one = drawn["checks"][0]["id"]
    assert supervisor.post(f"{path}/checks/{one}", {"result": "error"}).status_code == 422
    assert supervisor.post(f"{path}/checks/{one}", {"result": "right"}).json()["state"] == "done"
    assert supervisor.get(f"{path}/proof").status_code == 200
    made = supervisor.post("/assessments", body).json()
    early = supervisor.post(f"/assessments/{made['id']}/draw", {"words": ["晴", "树", "七"]})
    assert (early.status_code, made["state"]) == (422, "announced")  # the words are due a minute later
    assert [row["id"] for row in supervisor.get("/assessments").json()["items"]] == [made["id"], earlier.pk]


def test_a_plot_goes_by_milestones_to_its_outcome(ledger: Ledger, officer: Office, clerk: Office) -> None:
    standing = ledger.entry()
    body = {
        "name": "长寿地块", "town": standing.town_id, "year": 2026, "boundary": square(degrees=0.001),
    }  # fmt: skip
    made = clerk.post("/plots", body).json()
    path = f"/plots/{made['id']}"
    assert made["standing"] == [standing.pk]
    assert clerk.post("/plots", body).json()["errors"][0]["field"] == "name"
    changed = clerk.client.put(URL + path, {**body, "note": "旧改"}, content_type="application/json")
    assert changed.json()["note"] == "旧改"
    milestone = clerk.post(f"{path}/milestones", {"title": "签约", "due_on": "2026-09-30"}).json()
    reach = f"{path}/milestones/{milestone['milestones'][0]['id']}/reach"
    assert clerk.post(reach).json()["milestones"][0]["done_on"]
    assert clerk.post(reach).status_code == 409
    assert clerk.post(f"{path}/outcome", {"outcome": "demolished"}).json()["errors"][0]["field"] == "outcome"
    assert clerk.post(f"{path}/outcome", {"outcome": "closed"}).json()["outcome"] == "closed"
    assert officer.get("/plots").json()["items"][0]["milestones"][0]["title"] == "签约"


def test_people_are_masked_and_nothing_is_seen_outside_the_area(ledger: Ledger, officer: Office) -> None:
    structure = ledger.entry(owner_name="张小三", owner_phone="13812345678", description="电话13812345678")
    said = officer.get(f"/{structure.pk}").content.decode() + officer.get().content.decode()
    assert "张小三" not in said and "13812345678" not in said
    far_squad = factories.unit(ledger.district, Unit.Kind.SQUAD, "桃浦镇")
    far = person(factories.make_user("squad_leader", far_squad))
    assert far.get().json()["items"] == []
    assert far.get(f"/{structure.pk}").status_code == 404
    assert far.act(structure.pk, "find", result="illegal").status_code == 404
    proposal = ledger.offer(ledger.found_illegal(structure), "legalise", permit_number="1")
    assert far.post(f"/{structure.pk}/proposals/{proposal.pk}/approve").status_code == 404
    assert far.get("/figures").json()["standing"]["count"] == 0


def test_a_key_reads_the_ledger_and_changes_nothing(ledger: Ledger) -> None:
    structure = ledger.entry()
    platform = Office(key_of(ledger.squad, ["structures.view"], "中队终端"))
    assert [item["id"] for item in platform.get().json()["items"]] == [structure.pk]
    assert platform.get(f"/{structure.pk}").json()["lead"] is None
    assert platform.post("", NEW).status_code == 403


@pytest.mark.parametrize("path", ["", "/assessments", "/plots", "/tasks"])
def test_a_list_costs_at_most_three_queries(
    ledger: Ledger, officer: Office, clerk: Office, path: str, django_assert_max_num_queries: Any
) -> None:
    gone = ledger.written_off()
    ledger.entry()
    clerk.post("/tasks", {"town": gone.town_id, "year": timezone.localdate().year, "quota": 4})
    clerk.post("/plots", {"name": "地块", "town": gone.town_id, "year": 2026})
    officer.get(path)  # names of towns are in memory afterwards
    with django_assert_max_num_queries(MOST_QUERIES):
        assert officer.get(path).json()["items"] or path == "/assessments"


@pytest.mark.parametrize(("path", "most"), [("/figures", 8), ("/lights", 9)])
def test_figures_and_lights_cost_the_same_however_long_the_ledger(
    ledger: Ledger, officer: Office, path: str, most: int, django_assert_max_num_queries: Any
) -> None:
    for _n in range(3):
        ledger.entry()
    officer.get(path)
    with django_assert_max_num_queries(most):
        assert officer.get(path).status_code == 200
