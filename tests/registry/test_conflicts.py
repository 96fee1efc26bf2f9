"""Settling rows that an import held back."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from chengshu.bureau.models import District, User
from chengshu.registry.models import Conflict, FactRecord, RegulatedObject
from chengshu.registry.services import conflicts
from tests import factories
from tests.registry.importing import OUTSIDE, imported, outcomes, row, shop, the_object

pytestmark = pytest.mark.django_db


@pytest.fixture
def district() -> District:
    return factories.make_district()


@pytest.fixture
def clerk(district: District) -> User:
    return factories.make_user("registry_clerk")


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="chengshu.bureau.backends.BureauBackend")
    return client


def held_back(district: District, **more: str) -> Conflict:
    """A row whose stated district differs."""
    imported(district, [shop(所属区="静安区", **more)])
    return Conflict.objects.get()


def test_accepted_as_stated_it_is_an_object_and_not_asked_again(district: District, clerk: User) -> None:
    conflict = held_back(district)
    obj = conflicts.accept(conflict, clerk)
    conflict.refresh_from_db()
    assert (conflict.state, conflict.object, conflict.decided_by) == ("accepted", obj, clerk)
    again = imported(district, [shop(所属区="静安区")], day=date(2020, 12, 1))
    assert outcomes(again) == ["unchanged"]
    assert row(again).reasons[-1]["code"] == "settled_before"
    assert the_object() == obj


def test_a_settled_row_still_brings_news(district: District, clerk: User) -> None:
    conflicts.accept(held_back(district), clerk)
    again = imported(district, [shop(所属区="静安区", 联系电话="021-52564588")], day=date(2020, 12, 1))
    assert outcomes(again) == ["update"]
    assert the_object().responsible_phone == "021-52564588"


def test_corrections_are_the_clerks_and_survive_the_list(district: District, clerk: User) -> None:
    imported(district, [shop(**OUTSIDE)])
    conflict = Conflict.objects.get()
    corrections = {"name": "福顺牛肉面", "position": factories.IN_TAOPU}
    obj = conflicts.accept(conflict, clerk, corrections=corrections)
    assert (obj.name, obj.town.name) == ("福顺牛肉面", "桃浦镇")
    sources = list(obj.facts.order_by("id").values_list("source", flat=True))
    assert sources == [FactRecord.Source.IMPORT, FactRecord.Source.CLERK]
    again = imported(district, [shop(**OUTSIDE)], day=date(2020, 12, 1))
    assert outcomes(again) == ["unchanged"]
    assert the_object().position == factories.IN_TAOPU


def test_outside_the_district_only_by_express_word(district: District, clerk: User) -> None:
    imported(district, [shop(**OUTSIDE)])
    conflict = Conflict.objects.get()
    with pytest.raises(conflicts.ConflictProblem, match="区以外"):
        conflicts.accept(conflict, clerk)
    conflict.refresh_from_db()
    assert conflict.state == Conflict.State.OPEN
    assert not RegulatedObject.objects.exists()
    obj = conflicts.accept(conflict, clerk, keep_outside=True)
    assert (obj.town, obj.squad) == (None, None)


def test_attached_to_an_object_it_changes_that_one(district: District, clerk: User) -> None:
    known = factories.make_object(district, name="福顺面馆总店", address="武宁路1号")
    conflict = held_back(district, 联系电话="021-52564588")
    changed = conflicts.attach(conflict, known, clerk)
    assert "responsible_phone" in changed
    known.refresh_from_db()
    assert (known.name, known.responsible_phone) == ("福顺面馆总店", "021-52564588")
    again = imported(district, [shop(所属区="静安区", 联系电话="021-52564588")], day=date(2020, 12, 1))
    assert outcomes(again) == ["unchanged"]
    known.refresh_from_db()
    assert known.name == "福顺面馆总店"


def test_dismissed_with_a_reason_it_is_not_asked_again(district: District, clerk: User) -> None:
    conflict = held_back(district)
    with pytest.raises(conflicts.ConflictProblem):
        conflicts.dismiss(conflict, clerk, note=" ")
    conflicts.dismiss(conflict, clerk, note="属静安区")
    again = imported(district, [shop(所属区="静安区")])
    assert outcomes(again) == ["unchanged"]
    assert not RegulatedObject.objects.exists()


def test_a_new_doubt_is_asked_although_another_was_settled(district: District, clerk: User) -> None:
    conflicts.dismiss(held_back(district), clerk, note="属静安区")
    again = imported(district, [shop(所属区="静安区", 所属街道="桃浦镇")])
    assert outcomes(again) == ["conflict"]
    conflict = Conflict.objects.get()
    assert conflict.state == Conflict.State.OPEN
    assert (conflict.decided_by, conflict.decided_at, conflict.decision_note) == (None, None, "")


def test_asked_again_it_proposes_the_object_it_was_settled_with(district: District, clerk: User) -> None:
    obj = conflicts.accept(held_back(district), clerk)
    imported(district, [shop(所属区="静安区", 所属街道="桃浦镇")])
    conflict = Conflict.objects.get()
    assert (conflict.state, conflict.object, conflict.candidate) == (Conflict.State.OPEN, None, obj)


def test_a_row_that_comes_right_is_no_longer_asked(district: District) -> None:
    held_back(district)
    imported(district, [shop(所属区="普陀区")])
    conflict = Conflict.objects.get()
    assert (conflict.state, conflict.object) == ("superseded", the_object())


def test_the_second_to_decide_gets_a_sentence(district: District, clerk: User) -> None:
    conflict = held_back(district)
    stale = Conflict.objects.get(pk=conflict.pk)
    conflicts.accept(conflict, clerk)
    second = factories.make_user("registry_clerk")
    with pytest.raises(conflicts.AlreadySettled, match=clerk.get_full_name()):
        conflicts.dismiss(stale, second, note="重复")
    assert the_object()


def test_nobody_settles_for_another_district(district: District) -> None:
    conflict = held_back(district)
    other = factories.make_other_district()
    stranger = factories.make_user("registry_clerk", factories.unit(other))
    with pytest.raises(PermissionDenied):
        conflicts.accept(conflict, stranger)
    assert client_of(stranger).get(reverse("registry:conflict", args=[conflict.pk])).status_code == 404


def test_a_number_that_has_an_owner_by_now_is_left_out(district: District, clerk: User) -> None:
    conflict = held_back(district, 市级编号="SH1")
    imported(district, [shop("国大药房", "武宁路5号", 市级编号="SH1")])
    obj = conflicts.accept(conflict, clerk)
    assert not obj.identifiers.exists()


# --- pages ----------------------------------------------------------------------------------------
def test_the_queue_and_its_filters(district: District, clerk: User) -> None:
    imported(district, [shop(所属区="静安区"), shop("远方茶叶店", "外滩1号", **OUTSIDE)])
    client = client_of(clerk)
    everything = client.get(reverse("registry:conflicts")).content.decode()
    assert "福顺面馆" in everything
    assert "远方茶叶店" in everything
    some = client.get(reverse("registry:conflicts") + "?reason=outside_district").content.decode()
    assert "福顺面馆" not in some
    assert "远方茶叶店" in some


def test_settling_on_the_page(district: District, clerk: User) -> None:
    imported(district, [shop(**OUTSIDE)])
    conflict = Conflict.objects.get()
    client = client_of(clerk)
    page = client.get(reverse("registry:conflict", args=[conflict.pk]))
    assert "福顺面馆" in page.content.decode()
    url = reverse("registry:conflict_accept", args=[conflict.pk])
    refused = client.post(url, {"name": "福顺面馆", "address": "长寿路18号", "lng": "121.5", "lat": "31.23"})
    assert refused.status_code == 422
    assert "区以外" in refused.content.decode()
    done = client.post(url, {"name": "福顺面馆", "address": "长寿路18号", "lng": "121.433", "lat": "31.243"})
    assert done.status_code == 302
    assert the_object().town.name == "长寿路街道"
    late = client.post(
        reverse("registry:conflict_dismiss", args=[conflict.pk]), {"note": "不要"}, follow=True
    )
    assert clerk.get_full_name() in late.content.decode()


def test_raw_cells_hide_numbers_of_people(district: District, clerk: User) -> None:
    conflict = held_back(district, 联系电话="13812345678")
    page = client_of(clerk).get(reverse("registry:conflict", args=[conflict.pk])).content.decode()
    assert "13812345678" not in page
    assert "138****5678" in page
