"""The API of sensing: flights compared, suspects in the queue's order, decided once, seen where one may."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chengshu.bureau.models import Unit, User
from chengshu.sensing.api.schemas import ComparisonDetail, FlightDetail, SuspectDetail
from chengshu.sensing.deeds import verdicts_in, verdicts_of
from chengshu.sensing.models import Comparison, Decision, Flight, PermittedFootprint, Suspect
from tests import factories
from tests.leads.api import Caller, key_of
from tests.sensing import scene
from tests.sensing.conftest import Sky, work

URL = "/api/v1/sensing"
pytestmark = pytest.mark.django_db
MOST_QUERIES = 3


class Sight(Caller):
    """A person or system that talks with the API of sensing."""

    def get(self, path: str = "", **query: Any) -> Any:
        """GET under /api/v1/sensing."""
        return self.client.get(URL + path, query)

    def post(self, path: str = "", body: Any = None, key: str = "") -> Any:
        """POST JSON."""
        headers = {"Idempotency-Key": key} if key else {}
        return self.client.post(URL + path, body or {}, content_type="application/json", headers=headers)


def person(user: User) -> Sight:
    """Somebody with a session."""
    return Sight(person=user)


@pytest.fixture
def clerk(sky: Sky) -> Sight:
    """Who registers and compares."""
    return person(sky.clerk)


def test_a_flight_is_registered_once_and_ready_after_its_check(sky: Sky, clerk: Sight) -> None:
    scene.write_mosaic(sky.folder / "july.tif", [])
    body = {"name": "七月", "flown_on": "2020-07-01", "mosaic": "july.tif"}
    first, again = clerk.post("/flights", body), clerk.post("/flights", body)
    assert (first.status_code, again.status_code) == (201, 200), first.content
    assert first.json()["id"] == again.json()["id"]
    work()
    one = FlightDetail.model_validate(clerk.get(f"/flights/{first.json()['id']}").json())
    assert (one.state, one.dsm, len(one.mosaic.sha256)) == ("ready", None, 64)
    listed = clerk.get("/flights").json()["items"]
    assert [item["name"] for item in listed] == ["七月", "after", "before"]


def test_an_uploaded_mosaic_is_named_when_the_flight_is_registered(sky: Sky, clerk: Sight) -> None:
    content = (sky.folder / "after.tif").read_bytes()
    sent = clerk.client.post(f"{URL}/flights/files", {"file": SimpleUploadedFile("六月.tif", content)})
    assert sent.status_code == 201, sent.content
    wrong = clerk.client.post(f"{URL}/flights/files", {"file": SimpleUploadedFile("六月.txt", b"x")})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "file")
    body = {"name": "另存", "flown_on": "2020-06-01", "mosaic": sent.json()["path"]}
    assert clerk.post("/flights", body).status_code == 201


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"mosaic": "nowhere.tif"}, "mosaic"),
        ({"mosaic": "../secret.tif"}, "mosaic"),
        ({"flown_on": "2099-01-01"}, "flown_on"),
        ({"flown_on": 1590969600}, "flown_on"),
        ({"height_m": 9000}, "height_m"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_flight_that_cannot_be_is_refused_by_its_field(
    clerk: Sight, change: dict[str, Any], field: str
) -> None:
    answer = clerk.post("/flights", {"name": "x", "flown_on": "2020-06-01", "mosaic": "after.tif", **change})
    assert answer.status_code == 422, answer.content
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_a_flight_that_was_compared_is_not_withdrawn(sky: Sky, clerk: Sight) -> None:
    sky.compare()
    assert clerk.post(f"/flights/{sky.after.pk}/withdraw").status_code == 409


def test_two_flights_are_compared_once_and_tell_their_progress(sky: Sky, clerk: Sight) -> None:
    pair = {"before": sky.before.pk, "after": sky.after.pk}
    first, again = clerk.post("/comparisons", pair), clerk.post("/comparisons", pair)
    assert (first.status_code, again.status_code) == (201, 200), first.content
    one = ComparisonDetail.model_validate(clerk.get(f"/comparisons/{first.json()['id']}").json())
    assert one.state == "waiting" and one.progress is not None and one.progress.state == "queued"
    assert clerk.post("/comparisons", {"before": 2**40, "after": sky.after.pk}).status_code == 422
    turned = clerk.post("/comparisons", {"before": sky.after.pk, "after": sky.before.pk})
    assert turned.json()["errors"][0]["field"] == "after"


def test_what_is_suspected_comes_as_geojson(sky: Sky, clerk: Sight) -> None:
    made = sky.compare()
    answer = clerk.get(f"/comparisons/{made.pk}/suspects.geojson")
    assert answer["Content-Type"] == "application/geo+json"
    assert [f["properties"]["score"] for f in answer.json()["features"]] == [0.9, 0.7, 0.6]
    assert clerk.get(f"/comparisons/{made.pk}").json()["counts"] == {"open": 3}


def test_suspects_come_in_the_order_of_the_queue_page_by_page(sky: Sky, clerk: Sight) -> None:
    sky.compare()
    scores = [item["score"] for item in clerk.all("/suspects", limit=1)]
    assert scores == [0.9, 0.7, 0.6]
    assert [item["score"] for item in clerk.all("/suspects/queue", limit=2)] == scores
    assert clerk.get("/suspects", cursor="aTE=").status_code == 400


def test_every_filter_of_suspects_narrows(sky: Sky, clerk: Sight) -> None:
    made = sky.compare()
    house = sky.suspect()
    clerk.post(f"/suspects/{house.pk}/actions/decide", {"verdict": "lead"})
    house.refresh_from_db()
    expected = {
        "state": ("lead", 1), "kind": ("demolition", 1), "sent": ("not_sent", 1), "comparison": (made.pk, 3),
        "town": (house.town_id, 3), "least_m2": (10**6, 0), "second": ("due", 0), "result": ("legal", 0),
    }  # fmt: skip
    for name, (value, count) in expected.items():
        assert len(clerk.get("/suspects", **{name: value}).json()["items"]) == count, name


def test_one_suspect_says_why_and_what_was_decided_here(sky: Sky, clerk: Sight) -> None:
    sky.compare()
    house = sky.suspect()
    clerk.post(f"/suspects/{house.pk}/actions/decide", {"verdict": "lead", "note": "张三 13812345678"})
    one = SuspectDetail.model_validate(clerk.get(f"/suspects/{house.pk}").json())
    assert one.state == "lead" and [row.role for row in one.decisions] == ["first"]
    assert "13812345678" not in one.decisions[0].note
    assert one.outline["type"] == "Polygon"


def test_a_verdict_with_the_same_key_counts_once(sky: Sky, clerk: Sight) -> None:
    sky.compare()
    path = f"/suspects/{sky.suspect().pk}/actions/decide"
    assert [clerk.post(path, {"verdict": "lead"}, key="k").status_code for _turn in "ab"] == [200, 200]
    assert Decision.objects.filter(role="first").count() == 1
    other = clerk.post(path, {"verdict": "no_change"}, key="k")
    assert (other.status_code, other.json()["errors"][0]["field"]) == (422, "Idempotency-Key")
    assert clerk.post(path, {"verdict": "no_change"}).status_code == 409


def test_a_sample_is_read_by_another_and_settled_by_a_third(sky: Sky, clerk: Sight) -> None:
    sky.compare()
    house = sky.suspect()
    clerk.post(f"/suspects/{house.pk}/actions/decide", {"verdict": "lead"})
    Suspect.objects.filter(pk=house.pk).update(second="due")
    path, supervisor = f"/suspects/{house.pk}/actions", person(sky.supervisor)
    assert clerk.post(f"{path}/second", {"verdict": "no_change"}).status_code == 409
    second = person(sky.dispatcher).post(f"{path}/second", {"verdict": "no_change"})
    assert second.json()["second"] == "disagreed"
    assert clerk.post(f"{path}/send").status_code == 409
    assert clerk.post(f"{path}/settle", {"verdict": "lead", "note": "x"}).status_code == 403
    assert supervisor.post(f"{path}/settle", {"verdict": "lead"}).status_code == 422
    settled = supervisor.post(f"{path}/settle", {"verdict": "lead", "note": "确有加建"})
    assert (settled.json()["second"], settled.json()["state"]) == ("settled", "lead")


def test_a_suspect_becomes_one_lead_and_gets_its_result(sky: Sky, clerk: Sight) -> None:
    sky.compare()
    path = f"/suspects/{sky.suspect().pk}/actions"
    assert clerk.post(f"{path}/send").status_code == 409
    clerk.post(f"{path}/decide", {"verdict": "lead"})
    sent = [clerk.post(f"{path}/send", {"under_construction": True}).json()["lead"] for _turn in "ab"]
    assert sent[0] and sent[0] == sent[1]
    assert clerk.post(f"{path}/undo").status_code == 409
    assert person(sky.officer).post(f"{path}/result", {"result": "legal"}).json()["result"] == "legal"


def test_nobody_sees_or_decides_outside_the_area(sky: Sky) -> None:
    made = sky.compare()
    far = person(factories.make_user("officer", factories.unit(sky.district, Unit.Kind.SQUAD, "桃浦镇")))
    house = sky.suspect()
    assert far.get("/suspects").json()["items"] == []
    assert far.get(f"/suspects/{house.pk}").status_code == 404
    assert far.get(f"/comparisons/{made.pk}/suspects.geojson").json()["features"] == []
    assert far.post(f"/suspects/{house.pk}/actions/result", {"result": "legal"}).status_code == 404
    bureau = factories.make_other_district().units.get(kind=Unit.Kind.BUREAU)
    other = person(factories.make_user("registry_clerk", bureau))
    for path in ("/flights", "/comparisons", "/permits"):
        assert other.get(path).json()["items"] == []
    assert other.get(f"/flights/{sky.after.pk}").status_code == 404
    assert other.post(f"/suspects/{house.pk}/actions/decide", {"verdict": "lead"}).status_code == 404


def test_permits_are_taken_in_as_rows_or_file_and_withdrawn(sky: Sky, clerk: Sight) -> None:
    sky.compare()
    row = {"number": "沪普建12号", "outline": sky.suspect().outline, "valid_from": "2020-01-01"}
    wrong = {"number": "沪普建13号", "outline": {"type": "Point", "coordinates": [0, 0]}}
    found = clerk.post("/permits", {"permits": [row, wrong]}).json()
    assert (found["created"], found["suppressed"], found["refused"][0]["row"]) == (1, 1, 2)
    assert clerk.post("/permits", {"permits": [row]}).json()["updated"] == 1
    permit = PermittedFootprint.objects.get()
    assert clerk.post(f"/permits/{permit.pk}/withdraw").json()["active"] is False
    assert clerk.get("/permits", active="true").json()["items"] == []
    assert clerk.post(f"/permits/{permit.pk}/restore").json()["active"] is True
    text = '编号,轮廓\n临1,"POLYGON((121.4 31.2, 121.41 31.2, 121.41 31.21, 121.4 31.2))"\n'
    file = SimpleUploadedFile("许可.csv", text.encode())
    answer = clerk.client.post(f"{URL}/permits/file", {"file": file})
    assert answer.status_code == 200, answer.content
    assert answer.json()["created"] + len(answer.json()["refused"]) == 1


@pytest.mark.parametrize("path", ["/flights", "/comparisons", "/suspects", "/suspects/queue", "/permits"])
def test_a_list_costs_at_most_three_queries(
    sky: Sky, clerk: Sight, path: str, django_assert_max_num_queries: Any
) -> None:
    sky.compare()
    clerk.get(path)  # names of towns are in memory afterwards
    with django_assert_max_num_queries(MOST_QUERIES) as counted:
        assert clerk.get(path).status_code == 200
    assert isinstance(counted, CaptureQueriesContext)


def test_the_key_of_a_drone_platform_registers_and_compares_but_decides_nothing(sky: Sky) -> None:
    unit = factories.unit(sky.district)
    platform = Sight(key_of(unit, ["sensing.view", "sensing.manage"], "无人机平台"))
    assert platform.post("/comparisons", {"before": sky.before.pk, "after": sky.after.pk}).status_code == 201
    assert Comparison.objects.count() == 1 and Flight.objects.count() == 2
    made = Comparison.objects.get()
    assert platform.get(f"/comparisons/{made.pk}").json()["before_on"] == date(2020, 5, 1).isoformat()
    assert platform.get("/suspects/queue").status_code == 403


def test_a_hundred_verdicts_are_one_line_of_the_duty_log(sky: Sky, clerk: Sight) -> None:
    made, start = sky.compare(), timezone.now()
    for one in Suspect.objects.filter(comparison=made):
        clerk.post(f"/suspects/{one.pk}/actions/decide", {"verdict": "no_change"})
    end = timezone.now()
    (deed,) = verdicts_of(sky.clerk, start, end)
    assert verdicts_in(sky.clerk, [(start, end), (start - timedelta(hours=1), start)]) == [[deed], []]
    assert deed.data == {"comparison": made.pk, "suspects": 3} and "after" in deed.text
