"""What people hand in or do at the wrong moment: one clear sentence, and nothing is left behind."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from chengshu.sensing.lifecycle import FlightState
from chengshu.sensing.models import Comparison, Decision, Flight, Suspect
from chengshu.sensing.words import score_words
from tests.leads.pages import browser as client_of
from tests.sensing import scene
from tests.sensing.conftest import Sky

NEW = {"name": "七月", "flown_on": "2020-07-01"}


def handed_in(client: Client, **files: bytes) -> Any:
    uploads = {name: SimpleUploadedFile("飞行.tif", content) for name, content in files.items()}
    return client.post(reverse("sensing:flight_new"), {**NEW, **uploads})


def kept(sky: Sky) -> list[Any]:
    return list((sky.folder / "uploads").glob("*")) if (sky.folder / "uploads").exists() else []


@pytest.fixture
def whole(sky: Sky) -> bytes:
    """A mosaic as it should be."""
    return scene.write_mosaic(sky.folder / "july.tif", [scene.HOUSE]).read_bytes()


def test_a_text_that_is_called_tif_is_refused_by_its_own_name(sky: Sky) -> None:
    answer = handed_in(client_of(sky.clerk), upload=b"not a picture")
    assert answer.status_code == 422 and "不是可读取的 GeoTIFF：飞行.tif" in answer.content.decode()
    assert list(answer.context["form"].errors) == ["upload"]
    assert kept(sky) == []


def test_an_empty_file_is_called_empty_and_nothing_more(sky: Sky) -> None:
    answer = handed_in(client_of(sky.clerk), upload=b"")
    assert list(answer.context["form"].errors) == ["upload"]


@pytest.mark.parametrize("share", [0.3, 0.6, 0.98])
def test_a_file_that_broke_off_is_refused(sky: Sky, whole: bytes, share: float) -> None:
    answer = handed_in(client_of(sky.clerk), upload=whole[: int(len(whole) * share)])
    assert answer.status_code == 422 and "飞行.tif" in answer.content.decode()
    assert not Flight.objects.filter(name="七月").exists() and kept(sky) == []


def test_a_wrong_surface_model_is_named_beside_its_own_field(sky: Sky, whole: bytes) -> None:
    answer = handed_in(client_of(sky.clerk), upload=whole, dsm_upload=b"no heights")
    assert list(answer.context["form"].errors) == ["dsm_upload"] and kept(sky) == []
    assert handed_in(client_of(sky.clerk), upload=whole).status_code == 302


def test_what_a_flight_uses_is_not_taken_away_by_a_second_try(sky: Sky, whole: bytes) -> None:
    client = client_of(sky.clerk)
    assert handed_in(client, upload=whole).status_code == 302
    again = handed_in(client, upload=whole)
    assert again.status_code == 422 and len(kept(sky)) == 1


def test_two_people_decide_on_the_same_suspect_and_the_second_is_told(sky: Sky) -> None:
    sky.compare()
    suspect = sky.suspect()
    decide = reverse("sensing:queue_decide", args=["first", suspect.pk])
    assert client_of(sky.clerk).post(decide, {"verdict": "lead", "key": "a"}).status_code == 200
    late = client_of(sky.dispatcher).post(decide, {"verdict": "no_change", "key": "b"})
    assert late.status_code == 409 and late.json()["detail"] == "该疑似点已有判定：疑似违建。"
    assert Decision.objects.get().by == sky.clerk


def test_whoever_only_looks_on_is_told_so(sky: Sky) -> None:
    answer = client_of(sky.officer).get(reverse("sensing:queue"))
    assert answer.status_code == 403 and "无权访问" in answer.content.decode()


def test_a_flight_of_which_only_the_record_is_left(sky: Sky) -> None:
    old = Flight.objects.create(
        district=sky.district, name="旧架次", flown_on=date(2019, 1, 1), mosaic="gone.tif",
        dsm="gone-dsm.tif", area=sky.before.area, gsd_m=0.05, state=FlightState.READY,
    )  # fmt: skip
    comparison = Comparison.objects.create(
        district=sky.district, before=old, after=sky.before, state="done", has_heights=True, seed="0" * 32
    )
    client = client_of(sky.clerk)
    assert "没有影像文件" in client.get(reverse("sensing:flight", args=[old.pk])).content.decode()
    assert "0 × 0" not in client.get(reverse("sensing:flights")).content.decode()
    offered = client.get(reverse("sensing:comparison_new")).context["form"].fields["before"].queryset
    assert old not in offered and sky.before in offered
    pair = client.get(reverse("sensing:comparison", args=[comparison.pk])).context["viewer"]["pair"]
    assert not pair["before"]["pictures"] and pair["after"]["pictures"] and pair["profileUrl"] is None


def test_a_comparison_is_called_by_its_days(sky: Sky) -> None:
    page = client_of(sky.clerk).get(reverse("sensing:comparison", args=[sky.compare().pk]))
    assert "2020-05-01 – 2020-06-01" in page.content.decode()


def test_no_score_claims_to_be_certain() -> None:
    assert [score_words(score) for score in (0.0, 0.004, 0.5, 0.994, 0.999, 1.0)] == [
        "<1%", "<1%", "50%", "99%", ">99%", ">99%",
    ]  # fmt: skip


def test_a_suspect_shows_its_score_like_the_list(sky: Sky) -> None:
    sky.compare()
    Suspect.objects.update(score=1.0)
    client = client_of(sky.clerk)
    for url in (reverse("sensing:suspects"), reverse("sensing:suspect", args=[sky.suspect().pk])):
        page = client.get(url).content.decode()
        assert "&gt;99%" in page and "100%" not in page
