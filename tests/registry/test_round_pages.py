"""Pages of rounds: who sees what, how many queries, the way from list to the two numbers."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from chengshu.bureau.models import District, Unit, User
from chengshu.kernel.tables import read_table
from chengshu.registry.models import RegulatedObject, RoundItem, RoundResult, VerificationRound
from chengshu.registry.queries.dossier import verifications
from chengshu.registry.queries.reference import reference
from chengshu.registry.services import rounds
from chengshu.registry.services.round_reports import report
from tests import factories

pytestmark = pytest.mark.django_db
HERE = {"lng": "121.4334", "lat": "31.2424"}


@pytest.fixture
def district() -> District:
    return factories.make_district()


@pytest.fixture
def clerk(district: District) -> User:
    return factories.make_user("registry_clerk")


@pytest.fixture
def squad(district: District) -> Unit:
    return factories.unit(district, Unit.Kind.SQUAD, "长寿路街道")


@pytest.fixture
def officer(squad: Unit) -> User:
    return factories.make_user("officer", squad)


@pytest.fixture
def opened(district: District, clerk: User) -> VerificationRound:
    for _ in range(3):
        factories.make_object(district)
    factories.make_object(district, position=factories.IN_TAOPU)
    made = rounds.create_round(
        district, name="秋季核查", classes=[factories.object_class(district, "shop")], by=clerk
    )
    rounds.open_round(made, by=clerk)
    return made


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="chengshu.bureau.backends.BureauBackend")
    return client


def photo() -> SimpleUploadedFile:
    picture = io.BytesIO()
    Image.new("RGB", (8, 8), "green").save(picture, "JPEG")
    return SimpleUploadedFile("door.jpg", picture.getvalue(), "image/jpeg")


def test_a_clerk_draws_up_opens_and_finishes_a_round(district: District, clerk: User) -> None:
    factories.make_object(district)
    client = signed_in(clerk)
    fields = {"name": "秋季核查", "classes": [factories.object_class(district).pk], "towns": []}
    answer = client.post(reverse("registry:round_new"), fields, follow=True)
    made = VerificationRound.objects.get()
    assert "草稿" in answer.content.decode()
    answer = client.post(reverse("registry:round_open", args=[made.pk]), follow=True)
    assert "清单已锁定" in answer.content.decode()
    answer = client.post(reverse("registry:round_close", args=[made.pk]), follow=True)
    assert "核查0个，新增0个" in answer.content.decode()
    answer = client.post(reverse("registry:round_close", args=[made.pk]), follow=True)
    assert "核查已结束，内容不再变动" in answer.content.decode()


def test_a_form_without_class_is_sent_back(clerk: User) -> None:
    answer = signed_in(clerk).post(reverse("registry:round_new"), {"name": "核查"})
    assert answer.status_code == 422
    assert not VerificationRound.objects.exists()


def test_the_list_of_items_takes_three_queries(
    opened: VerificationRound, clerk: User, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    client, address = signed_in(clerk), reverse("registry:round_items", args=[opened.pk])
    client.get(address)
    reference()
    with django_assert_max_num_queries(3):
        answer = client.get(address + "?outcome=open")
    assert answer.status_code == 200
    assert len(answer.context["rows"]) == 4


def test_numbers_open_the_list_behind_them(opened: VerificationRound, clerk: User, officer: User) -> None:
    done = opened.items.filter(squad=officer.unit)[0]
    report(done, outcome="closed", client_id=uuid4(), by=officer)
    client = signed_in(clerk)
    page = client.get(reverse("registry:round", args=[opened.pk])).content.decode()
    items = reverse("registry:round_items", args=[opened.pk])
    assert f"{items}?squad={officer.unit_id}&amp;outcome=closed" in page
    listed = client.get(f"{items}?squad={officer.unit_id}&outcome=checked")
    assert [row["item"] for row in listed.context["rows"]] == [done]
    assert [row["item"].outcome for row in client.get(f"{items}?outcome=added").context["rows"]] == []


def test_an_officer_sees_the_own_squads_items_only(opened: VerificationRound, officer: User) -> None:
    client = signed_in(officer)
    listed = client.get(reverse("registry:round_items", args=[opened.pk]))
    assert {row["item"].squad_id for row in listed.context["rows"]} == {officer.unit_id}
    other = opened.items.exclude(squad=officer.unit)[0]
    assert client.get(reverse("registry:round_item", args=[other.pk])).status_code == 404
    assert client.post(reverse("registry:round_report", args=[other.pk]), {}).status_code == 404


def test_a_round_of_another_district_does_not_exist(opened: VerificationRound) -> None:
    factories.make_other_district()
    stranger = factories.make_user("registry_clerk", Unit.objects.get(district__code="310106", code="B"))
    client = signed_in(stranger)
    for name in ("round", "round_items", "round_export", "round_next"):
        assert client.get(reverse(f"registry:{name}", args=[opened.pk])).status_code == 404, name
    assert client.post(reverse("registry:round_close", args=[opened.pk])).status_code == 404


# --- on the spot ------------------------------------------------------------------------------------
def test_a_report_by_one_button_leads_to_the_next_item(opened: VerificationRound, officer: User) -> None:
    client = signed_in(officer)
    start = client.get(reverse("registry:round_next", args=[opened.pk]), follow=True)
    item = start.context["item"]
    fields = {
        "outcome": "unchanged",
        "client_id": str(uuid4()),
        "note": "正常",
        "photo": photo(),
        "at_lng": "121.4330",
        "at_lat": "31.2430",
    }
    answer = client.post(reverse("registry:round_report", args=[item.pk]), fields)
    item.refresh_from_db()
    assert item.outcome == "unchanged"
    assert answer.headers["Location"] != reverse("registry:round_item", args=[item.pk])
    result = RoundResult.objects.get()
    assert (result.position, result.note) == ((121.433, 31.243), "正常")
    picture = client.get(reverse("registry:round_photo", args=[result.pk]))
    assert picture.headers["Content-Type"] == "image/jpeg"


def test_sending_the_form_twice_reports_once(opened: VerificationRound, officer: User) -> None:
    client, item = signed_in(officer), opened.items.filter(squad=officer.unit)[0]
    fields = {"outcome": "closed", "client_id": str(uuid4()), "note": ""}
    for _ in range(2):
        assert client.post(reverse("registry:round_report", args=[item.pk]), fields).status_code == 302
    assert RoundResult.objects.count() == 1


def test_a_file_that_is_no_photo_is_refused_in_words(opened: VerificationRound, officer: User) -> None:
    client, item = signed_in(officer), opened.items.filter(squad=officer.unit)[0]
    fields = {
        "outcome": "closed",
        "client_id": str(uuid4()),
        "photo": SimpleUploadedFile("a.jpg", b"MZ no picture"),
    }
    answer = client.post(reverse("registry:round_report", args=[item.pk]), fields)
    assert answer.status_code == 422
    assert RoundResult.objects.count() == 0


def test_a_correction_keeps_what_was_left_empty(opened: VerificationRound, officer: User) -> None:
    item = opened.items.filter(squad=officer.unit)[0]
    RegulatedObject.objects.filter(pk=item.object_id).update(responsible_phone="13800000000")
    client, address = signed_in(officer), reverse("registry:round_correct", args=[item.pk])
    page = client.get(address)
    assert "13800000000" not in page.content.decode()
    fields = {"client_id": str(uuid4()), "name": "新名面馆", "address": "长寿路9号", "status": "operating"}
    assert client.post(address, fields).status_code == 302
    item.object.refresh_from_db()
    item.refresh_from_db()
    assert (item.outcome, item.object.name, item.object.responsible_phone) == (
        "corrected",
        "新名面馆",
        "13800000000",
    )
    assert item.object.position is not None
    assert set(item.results.get().values) == {"name", "address"}


def test_a_correction_that_corrects_nothing_is_sent_back(opened: VerificationRound, officer: User) -> None:
    item = opened.items.filter(squad=officer.unit)[0]
    obj = item.object
    fields = {
        "client_id": str(uuid4()),
        "name": obj.name,
        "address": obj.address,
        "status": "operating",
    }
    answer = signed_in(officer).post(reverse("registry:round_correct", args=[item.pk]), fields)
    assert answer.status_code == 422
    assert "与现有记录一致" in answer.content.decode()


def test_a_newly_found_object_is_entered_after_a_look_at_likely_doubles(
    opened: VerificationRound, officer: User, district: District
) -> None:
    factories.make_object(district, name="巷口水果", address="长寿路88号", position=(121.4334, 31.2424))
    client, address = signed_in(officer), reverse("registry:round_found", args=[opened.pk])
    fields = {
        "client_id": str(uuid4()),
        "object_class": str(factories.object_class(district).pk),
        "name": "巷口水果店",
        "address": "长寿路88号",
        **HERE,
    }
    assert client.post(address, fields).status_code == 422  # no photo
    answer = client.post(address, {**fields, "photo": photo()})
    assert answer.status_code == 409
    assert "巷口水果" in answer.content.decode()
    # The photo need not be sent again
    kept = {"kept_photo": answer.context["kept_photo"], "confirmed_new": "on"}
    answer = client.post(address, {**fields, **kept})
    item = RoundItem.objects.get(outcome="added")
    assert answer.headers["Location"] == reverse("registry:round_item", args=[item.pk])
    assert item.results.get().photo is not None


def test_somebody_elses_kept_photo_is_not_taken(
    opened: VerificationRound, officer: User, district: District
) -> None:
    fields = {
        "client_id": str(uuid4()),
        "object_class": str(factories.object_class(district).pk),
        "name": "巷口水果店",
        "kept_photo": "forged",
        **HERE,
    }
    answer = signed_in(officer).post(reverse("registry:round_found", args=[opened.pk]), fields)
    assert answer.status_code == 422
    assert "照片" in answer.content.decode()


# --- assignment, export, map ------------------------------------------------------------------------
def test_a_leader_assigns_selected_items_or_the_whole_list(
    opened: VerificationRound, squad: Unit, officer: User
) -> None:
    client = signed_in(factories.make_user("squad_leader", squad))
    address = reverse("registry:round_assign", args=[opened.pk])
    dialog = client.get(address).content.decode()
    assert officer.full_name in dialog
    one = opened.items.filter(squad=squad)[0]
    client.post(address, {"officer": officer.pk, "id": [one.pk], "query": "outcome=open"})
    assert list(opened.items.filter(assignee=officer)) == [one]
    client.post(address, {"officer": officer.pk, "everything": "on", "query": "outcome=open"})
    assert opened.items.filter(assignee=officer).count() == 3
    listed = client.get(reverse("registry:round_items", args=[opened.pk]) + f"?assignee={officer.pk}")
    assert len(listed.context["rows"]) == 3


def test_the_export_holds_every_item_and_no_personal_data(
    opened: VerificationRound, clerk: User, officer: User
) -> None:
    done = opened.items.filter(squad=officer.unit)[0]
    RegulatedObject.objects.filter(pk=done.object_id).update(responsible_phone="13800000000")
    report(done, outcome="closed", client_id=uuid4(), by=officer, note="已清空")
    answer = signed_in(clerk).get(reverse("registry:round_export", args=[opened.pk]))
    table = read_table(io.BytesIO(answer.content), filename="round.xlsx")
    assert table.frame.height == 4
    text = str(table.frame.rows())
    assert "已清空" in text and "已歇业" in text
    assert "13800000000" not in text


def test_the_map_shows_points_in_the_window(opened: VerificationRound, clerk: User) -> None:
    client, address = signed_in(clerk), reverse("registry:round_map", args=[opened.pk])
    points = client.get(address + "?bbox=121.43,31.24,121.44,31.25&zoom=15").json()
    assert (points["kind"], points["total"]) == ("points", 3)
    assert client.get(address + "?bbox=nonsense").status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        "bbox=nan,nan,nan,nan",
        "bbox=-inf,-inf,inf,inf",
        "bbox=1,2,3",
        "bbox=121.5,31.2,121.4,31.3",
        "bbox=121,31,122,32&zoom=nan",
        "bbox=121,31,122,32&zoom=inf",
        "bbox=121,31,122,32&zoom=-1",
    ],
)
def test_the_map_refuses_what_is_no_window(opened: VerificationRound, clerk: User, query: str) -> None:
    answer = signed_in(clerk).get(reverse("registry:round_map", args=[opened.pk]) + f"?{query}")
    assert answer.status_code == 400
    assert "地图范围" in answer.content.decode()


def test_a_likely_double_of_another_squad_is_told_but_not_shown(
    opened: VerificationRound, officer: User, district: District
) -> None:
    other = factories.make_object(
        district, name="巷口水果", address="普陀区长寿路88号", position=(121.4334, 31.2424)
    )
    RegulatedObject.objects.filter(pk=other.pk).update(
        squad=factories.unit(district, Unit.Kind.SQUAD, "桃浦镇")
    )
    fields = {
        "client_id": str(uuid4()),
        "object_class": str(factories.object_class(district).pk),
        "name": "巷口水果店",
        "address": "长寿路88号",
        "photo": photo(),
        **HERE,
    }
    answer = signed_in(officer).post(reverse("registry:round_found", args=[opened.pk]), fields)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "其他中队已建档" in page
    assert "普陀区长寿路88号" not in page and reverse("registry:object", args=[other.pk]) not in page


def test_numbers_of_people_in_notes_are_masked(opened: VerificationRound, clerk: User, officer: User) -> None:
    done = opened.items.filter(squad=officer.unit)[0]
    report(done, outcome="closed", client_id=uuid4(), by=officer, note="房东13812345678")
    client = signed_in(clerk)
    item = client.get(reverse("registry:round_item", args=[done.pk])).content.decode()
    file = client.get(reverse("registry:round_export", args=[opened.pk])).content
    exported = str(read_table(io.BytesIO(file), filename="round.xlsx").frame.rows())
    dossier = str(verifications(done.object, clerk))
    for shown in (item, exported, dossier):
        assert "13812345678" not in shown and "138****5678" in shown
