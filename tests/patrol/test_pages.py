"""The desk's pages of beats, points, tags, keys, frequencies and check-ins."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from chengshu.bureau.models import Unit
from chengshu.kernel.models import LedgerEntry
from chengshu.kernel.secrets import unseal
from chengshu.patrol.models import Beat, BeatPoint, Requirement, Tag, TagKeySet
from chengshu.patrol.services import beats, tags
from tests import factories
from tests.leads.pages import browser
from tests.patrol.conftest import AT, FILE, META, Patrol, square


@pytest.fixture
def clerk(patrol: Patrol) -> Client:
    return browser(patrol.clerk)


@pytest.fixture
def officer(patrol: Patrol) -> Client:
    return browser(patrol.officer)


def text(response: Any) -> str:
    return str(response.content.decode())


# --- beats and points ----------------------------------------------------------------------------------
def test_a_beat_is_drawn_and_changed(patrol: Patrol, clerk: Client) -> None:
    stated = {
        "code": "CS-2", "name": "江宁路", "squad": patrol.squad.pk, "street_class": "controlled",
        "boundary": json.dumps(square(AT)), "active": "on",
    }  # fmt: skip
    made = clerk.post(reverse("patrol:beat_new"), stated)
    beat = Beat.objects.get(code="CS-2")
    assert made["Location"] == reverse("patrol:beat", args=[beat.pk])
    assert beat.boundary is not None and beat.boundary["type"] == "Polygon"
    clerk.post(reverse("patrol:beat_change", args=[beat.pk]), {**stated, "name": "江宁路北段"})
    beat.refresh_from_db()
    assert beat.name == "江宁路北段"
    assert LedgerEntry.objects.filter(chain=f"patrol.beat:{beat.pk}").count() == 2
    assert "江宁路北段" in text(clerk.get(reverse("patrol:beats")))


def test_a_boundary_comes_as_a_file_too_and_nonsense_is_refused(patrol: Patrol, clerk: Client) -> None:
    stated = {"code": "CS-3", "name": "武宁路", "squad": patrol.squad.pk, "street_class": "general"}
    feature = {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": square(AT)}]}
    for content, saved in ((b"\xff\xfe", 0), (b'{"type": "Point", "coordinates": [1, 2]}', 0), (b"[]", 0)):
        upload = SimpleUploadedFile("beat.geojson", content)
        answer = clerk.post(reverse("patrol:beat_new"), {**stated, "file": upload})
        assert answer.status_code == 422
        assert Beat.objects.filter(code="CS-3").count() == saved
    upload = SimpleUploadedFile("beat.geojson", json.dumps(feature).encode())
    clerk.post(reverse("patrol:beat_new"), {**stated, "file": upload})
    assert Beat.objects.get(code="CS-3").boundary is not None


def test_a_point_lies_inside_its_beat(patrol: Patrol, clerk: Client) -> None:
    address = reverse("patrol:point_new", args=[patrol.beat.pk])
    stated = {"code": "9", "name": "九号点", "lng": AT[0], "lat": AT[1], "active": "on"}
    assert clerk.get(address).status_code == 200
    outside = clerk.post(address, {**stated, "lng": AT[0] + 0.1})
    assert outside.status_code == 422 and "不在巡区范围内" in text(outside)
    clerk.post(address, stated)
    point = BeatPoint.objects.get(code="9")
    clerk.post(reverse("patrol:point", args=[point.pk]), {**stated, "active": ""})
    point.refresh_from_db()
    assert not point.active
    assert clerk.get(reverse("patrol:point", args=[point.pk])).status_code == 200


def test_the_page_of_a_beat_says_what_today_wants_and_what_was_done(patrol: Patrol, officer: Client) -> None:
    beats.load_requirements(patrol.district)
    patrol.sight(patrol.chip.read())
    page = officer.get(reverse("patrol:beat", args=[patrol.beat.pk]))
    (stop,) = page.context["stops"]
    assert (stop.wanted, stop.done, stop.missing) == (5, 1, 4)
    shapes = officer.get(reverse("patrol:beat_shapes")).json()
    assert [one["properties"]["name"] for one in shapes["features"]] == ["长寿路"]


def test_beats_of_another_squad_are_out_of_sight(patrol: Patrol) -> None:
    other = browser(
        factories.make_user("officer", factories.unit(patrol.district, Unit.Kind.SQUAD, "桃浦镇"))
    )
    assert other.get(reverse("patrol:beat", args=[patrol.beat.pk])).status_code == 404
    assert "长寿路江宁路口" not in text(other.get(reverse("patrol:beats")))
    assert other.get(reverse("patrol:beat_shapes")).json()["features"] == []


# --- tags and keys -------------------------------------------------------------------------------------
def test_a_tag_is_mounted_and_its_keys_are_shown_once(patrol: Patrol, clerk: Client) -> None:
    address = reverse("patrol:tag_mount", args=[patrol.point.pk])
    clerk.post(address, {"kind": "dynamic", "uid": "04:77:66:55:44:33:22", "keys": patrol.keys.pk})
    tag = Tag.objects.get(uid="04776655443322")
    write = reverse("patrol:tag_write", args=[tag.pk])
    assert clerk.post(write, {"reason": ""}).status_code == 422
    shown = text(clerk.post(write, {"reason": "现场写入"}))
    assert META.upper() in shown and f"/t/{tag.code}?picc_data=" in shown
    assert FILE.upper() not in shown  # the tag's own key, not the one it is derived from
    again = clerk.post(write, {"reason": "再看一次"})
    assert again.status_code == 422 and META.upper() not in text(again)
    told = LedgerEntry.objects.filter(chain=f"patrol.tag:{tag.pk}").order_by("seq")
    assert [entry.action for entry in told] == ["tag.mounted", "tag.keys_shown"]
    assert told[1].payload["reason"] == "现场写入"


def test_offsets_of_the_template_are_those_of_the_ndef_file(patrol: Patrol) -> None:
    tag = tags.mount(patrol.point, by=patrol.clerk, kind="dynamic", uid="04776655443322", keys=patrol.keys)
    writing = tags.writing_of(tag, by=patrol.clerk, reason="写入", site="https://a.example")
    file = b"\0\0\xd1\x01\0U\x04" + writing.url.removeprefix("https://").encode()
    assert writing.picc_data_offset is not None and writing.mac_offset is not None
    assert file[writing.picc_data_offset :].startswith(b"0" * 32 + b"&cmac=")
    assert file[writing.mac_offset :] == b"0" * 16


def test_a_tag_is_taken_out_or_mounted_anew(patrol: Patrol, clerk: Client) -> None:
    other = tags.generate_keys(patrol.district, by=patrol.clerk, name="二号密钥")
    clerk.post(reverse("patrol:tag_rewrite", args=[patrol.tag.pk]), {"keys": other.pk, "reason": "更换密钥"})
    patrol.tag.refresh_from_db()
    anew = Tag.objects.get(uid=patrol.tag.uid, state="active")
    assert (patrol.tag.state, anew.keys, anew.counter) == ("retired", other, -1)
    clerk.post(reverse("patrol:tag_out", args=[anew.pk]), {"state": "lost", "reason": "丢失"})
    anew.refresh_from_db()
    assert anew.state == "lost"
    refused = clerk.post(reverse("patrol:tag_out", args=[anew.pk]), {"state": "lost", "reason": "丢失"})
    assert refused.status_code == 422
    for page in (reverse("patrol:tag_page", args=[anew.pk]), reverse("patrol:tags")):
        assert clerk.get(page).status_code == 200


@pytest.mark.parametrize(
    "stated",
    [
        {"kind": "dynamic", "uid": "04776655443322"},
        {"kind": "dynamic", "uid": "nonsense", "keys": True},
        {"kind": "plain", "uid": "04A1B2C3D4E5F6"},
        {"kind": "qr", "code": "a b"},
        {"kind": "paper"},
    ],
)
def test_a_tag_that_cannot_work_is_not_mounted(patrol: Patrol, clerk: Client, stated: dict[str, Any]) -> None:
    if stated.get("keys"):
        stated = {**stated, "keys": patrol.keys.pk}
    clerk.post(reverse("patrol:tag_mount", args=[patrol.point.pk]), stated)
    assert Tag.objects.count() == 1


def test_key_sets_are_sealed_and_retired_only_when_unused(patrol: Patrol, clerk: Client) -> None:
    address = reverse("patrol:tag_keys")
    assert clerk.post(address, {"name": "坏密钥", "meta_key": "12", "file_key": "34"}).status_code == 422
    clerk.post(address, {"name": "新密钥", "diversified": "on"})
    made = TagKeySet.objects.get(name="新密钥")
    assert len(unseal(made.meta_key_sealed)) == 32
    assert unseal(made.meta_key_sealed) not in made.meta_key_sealed
    assert unseal(made.meta_key_sealed) not in text(clerk.get(address))
    for keys in (made, patrol.keys):
        clerk.post(reverse("patrol:tag_keys_retire", args=[keys.pk]))
        keys.refresh_from_db()
    assert made.retired_at is not None and patrol.keys.retired_at is None


def test_qr_codes_are_printed_with_their_address(patrol: Patrol, clerk: Client) -> None:
    tag = tags.mount(patrol.point, by=patrol.clerk, kind="qr")
    page = text(clerk.get(reverse("patrol:tag_sheet") + f"?beat={patrol.beat.pk}"))
    assert page.count("<svg") >= 1 and tag.code in page and patrol.tag.code not in page


# --- frequencies ---------------------------------------------------------------------------------------
def test_required_frequencies_are_kept_and_never_overlap(patrol: Patrol, clerk: Client) -> None:
    assert beats.load_requirements(patrol.district) == 7
    assert beats.load_requirements(patrol.district) == 0
    assert clerk.get(reverse("patrol:requirements")).context["unverified"]
    row = Requirement.objects.filter(street_class="general").get()
    stated = {
        "street_class": "general", "first_hour": 7, "end_hour": 22, "visits": 2,
        "valid_from": "2020-01-01", "source": "区局巡查方案", "verified": "on",
    }  # fmt: skip
    clerk.post(reverse("patrol:requirement", args=[row.pk]), stated)
    row.refresh_from_db()
    assert (row.visits, row.verified) == (2, True)
    clash = clerk.post(reverse("patrol:requirement_new"), stated)
    assert clash.status_code == 422 and Requirement.objects.count() == 7


# --- what came in --------------------------------------------------------------------------------------
def test_lists_show_what_came_in_and_filter_it(patrol: Patrol, officer: Client) -> None:
    said = patrol.chip.read()
    patrol.sight(said)
    patrol.sight(said)
    patrol.sight(patrol.chip.read(), clock_offset_s=None)
    address = reverse("patrol:checkins")
    assert len(officer.get(address).context["rows"]) == 2
    assert len(officer.get(address, {"light": "clock"}).context["rows"]) == 1
    assert len(officer.get(address, {"light": "any", "way": "nfc_dynamic"}).context["rows"]) == 1
    tomorrow = timezone.localdate() + timedelta(days=1)
    for nothing in ({"first": f"{tomorrow}"}, {"way": "qr"}, {"q": "没有"}, {"beat": "1"}):
        assert officer.get(address, nothing).context["rows"] == []
    attempts = officer.get(reverse("patrol:attempts"), {"fault": "replayed"}).context["rows"]
    assert [one["row"].counter for one in attempts] == [1]


def test_a_squad_sees_its_own_day(patrol: Patrol, officer: Client) -> None:
    beats.load_requirements(patrol.district)
    patrol.sight(patrol.chip.read())
    page = officer.get(reverse("patrol:squad_room"))
    assert (page.context["squad"], page.context["done"], page.context["wanted"]) == (patrol.squad, 1, 5)
    leader = browser(factories.make_user("bureau_leader"))
    chosen = leader.get(reverse("patrol:squad_room"), {"squad": patrol.squad.pk})
    assert chosen.context["squad"] == patrol.squad and len(chosen.context["squads"]) > 1


@pytest.mark.parametrize("name", ["checkins", "attempts", "beats", "requirements", "tags"])
def test_lists_ask_the_database_three_times_at_most(
    patrol: Patrol, clerk: Client, name: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    said = patrol.chip.read()
    for _n in range(3):
        patrol.sight(said)
        patrol.sight(patrol.chip.read())
        tags.mount(patrol.point, by=patrol.clerk, kind="qr")
    clerk.get(reverse(f"patrol:{name}"))
    with django_assert_max_num_queries(3):
        assert clerk.get(reverse(f"patrol:{name}")).status_code == 200


# --- the address in the tag ----------------------------------------------------------------------------
def test_an_officer_goes_on_into_the_app_with_the_read(patrol: Patrol, officer: Client) -> None:
    said = patrol.chip.read()
    went = officer.get(reverse("tag", args=[patrol.tag.code]), {"e": said["picc_data"], "c": said["cmac"]})
    assert went["Location"] == (
        f"/field/#/checkin?code={patrol.tag.code}&way=nfc_dynamic"
        f"&picc_data={said['picc_data']}&cmac={said['cmac']}"
    )
    assert "no-store" in went["Cache-Control"]
    patrol.tag.refresh_from_db()
    assert patrol.tag.counter == -1  # opening the address consumed nothing
    assert patrol.sight(said).pk


def test_the_open_form_and_a_spoilt_read_go_on_too(patrol: Patrol, officer: Client) -> None:
    said = patrol.chip.read_open()
    went = officer.get(reverse("tag", args=[patrol.tag.code]), said)
    assert f"uid={said['uid']}&ctr={said['ctr']}&cmac={said['cmac']}" in went["Location"]
    spoilt = officer.get(reverse("tag", args=[patrol.tag.code]), {"picc_data": "nonsense"})
    assert "picc_data=nonsense" in spoilt["Location"]


def test_a_stranger_learns_what_the_sign_is_for_and_may_sign_in(patrol: Patrol) -> None:
    said = patrol.chip.read()
    page = Client().get(reverse("tag", args=[patrol.tag.code]), said)
    assert page.status_code == 200
    assert patrol.point.name not in text(page)
    assert "next=%2Ft%2F" in text(page) and said["cmac"] in text(page)
    unknown = Client().get(reverse("tag", args=["NOSUCHTAG"]), said)
    assert text(unknown).replace("NOSUCHTAG", patrol.tag.code).count("<p>") == text(page).count("<p>")
    assert Client().post(reverse("tag", args=[patrol.tag.code])).status_code == 405
