"""The pages of flights, comparisons and suspects, and the tiles and figures the viewer asks for."""

from __future__ import annotations

import io
import math
from datetime import date
from typing import Any

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image
from shapely.geometry import shape

from chengshu.kernel.models import LedgerEntry
from chengshu.sensing.lifecycle import ComparisonState, FlightState, SuspectState
from chengshu.sensing.models import Comparison, Decision, Flight, PermittedFootprint, Suspect
from chengshu.sensing.queries.tiles import zoom_of
from chengshu.sensing.services import deciding
from tests import factories
from tests.jobs import run_jobs
from tests.leads.pages import browser as client_of
from tests.sensing import scene
from tests.sensing.conftest import Sky


def tile_at(place: tuple[float, float], z: int) -> tuple[int, int, int]:
    """The tile that shows a place."""
    x = int((place[0] + 180) / 360 * 2**z)
    y = int((1 - math.asinh(math.tan(math.radians(place[1]))) / math.pi) / 2 * 2**z)
    return z, x, y


def tile_url(flight: Flight, z: int, x: int, y: int) -> str:
    return reverse("sensing:tile", args=[flight.pk, z, x, y])


def read(answer: Any) -> np.ndarray[Any, Any]:
    return np.asarray(Image.open(io.BytesIO(answer.content)).convert("RGBA"))


# --- tiles ------------------------------------------------------------------------------------------
def test_a_tile_shows_the_ground_and_is_not_made_twice(sky: Sky) -> None:
    client = client_of(sky.officer)
    url = tile_url(sky.before, *tile_at(scene.MIDDLE, 21))
    answer = client.get(url)
    assert answer.status_code == 200 and answer["Content-Type"] == "image/webp"
    picture = read(answer)
    assert picture.shape == (256, 256, 4) and picture[128, 128, 3] == 255
    assert np.allclose(picture[128, 128, :3], (110, 130, 90), atol=12)
    again = client.get(url, headers={"if-none-match": answer["ETag"]})
    assert again.status_code == 304 and "private" in answer["Cache-Control"]


def test_a_tile_beside_the_flight_is_empty(sky: Sky) -> None:
    z, x, y = tile_at(scene.MIDDLE, 18)
    picture = read(client_of(sky.clerk).get(tile_url(sky.before, z, x + 9, y)))
    assert picture[..., 3].max() == 0


@pytest.mark.parametrize("wrong", [(3, 1, 1), (30, 1, 1), (18, 2**19, 1)])
def test_tiles_that_do_not_exist_are_not_found(sky: Sky, wrong: tuple[int, int, int]) -> None:
    assert client_of(sky.clerk).get(tile_url(sky.before, *wrong)).status_code == 404


def test_tiles_of_another_district_are_not_found(sky: Sky) -> None:
    stranger = factories.make_user("dispatcher", factories.unit(factories.make_other_district()))
    url = tile_url(sky.before, *tile_at(scene.MIDDLE, 20))
    assert client_of(stranger).get(url).status_code == 404


def test_a_stated_coordinate_system_places_the_tiles(sky: Sky) -> None:
    scene.write_mosaic(sky.folder / "july.tif", [], crs=None)
    from tests.sensing.conftest import fly

    july = fly(sky.district, sky.clerk, "july", date(2020, 7, 1), dsm="", crs=scene.CRS)
    picture = read(client_of(sky.clerk).get(tile_url(july, *tile_at(scene.MIDDLE, 21))))
    assert picture[128, 128, 3] == 255
    assert 2 * math.pi * 6378137 / 256 / 2 ** zoom_of(july) * math.cos(math.radians(31.2)) <= scene.GSD


# --- heights ----------------------------------------------------------------------------------------
def line_across(sky: Sky, kind: str = "new_building") -> str:
    west, south, east, north = shape(sky.suspect(kind).outline).bounds
    margin = (east - west) / 2
    middle = (south + north) / 2
    return f"{west - margin:.8f},{middle:.8f};{east + margin:.8f},{middle:.8f}"


def test_heights_of_both_dates_along_a_line(sky: Sky) -> None:
    comparison = sky.compare()
    url = reverse("sensing:profile", args=[comparison.pk])
    answer = client_of(sky.officer).get(url, {"line": line_across(sky)}).json()
    assert answer["distance"][0] == 0 and answer["distance"][-1] == pytest.approx(12.0, rel=0.05)
    assert set(answer["before"]) == {4.0} and set(answer["after"]) == {4.0, 10.5}
    middle = len(answer["after"]) // 2
    assert answer["after"][middle] == 10.5 and answer["after"][0] == 4.0


def test_the_later_heights_are_read_where_the_shift_puts_the_place(sky: Sky) -> None:
    by_chance = {"dx": 20.0, "dy": 0.0, "accepted": False, "matches": True, "residual_px": 9.0}
    comparison = sky.compare(registration=by_chance)
    line, url = {"line": line_across(sky)}, reverse("sensing:profile", args=[comparison.pk])
    client = client_of(sky.officer)
    kept = client.get(url, line).json()
    Comparison.objects.update(registration=by_chance | {"accepted": True})
    moved = client.get(url, line).json()

    def wall(answer: dict[str, Any]) -> float:
        """Metres along the line at which the house of the later date begins."""
        return float(answer["distance"][answer["after"].index(10.5)])

    assert wall(kept) - wall(moved) == pytest.approx(2.0, abs=0.15)  # 20 px of 0.1 m
    assert kept["before"] == moved["before"]


@pytest.mark.parametrize(
    "line", ["", "1,2", "a,b;c,d", "121.43,31.24;121.43,31.24", "120,30;121,31", "999,0;0,0"]
)
def test_a_line_that_is_none_is_refused(sky: Sky, line: str) -> None:
    url = reverse("sensing:profile", args=[sky.compare().pk])
    answer = client_of(sky.clerk).get(url, {"line": line})
    assert answer.status_code == 400 and answer.json()["detail"]


def test_what_was_torn_down_is_seen_from_above(sky: Sky) -> None:
    from chengshu.registry.neighbourhood import seen_over

    sky.compare()
    gone, house = (shape(sky.suspect(kind).outline) for kind in ("demolition", "new_building"))
    (down,) = seen_over(sky.district, gone.buffer(-2e-6))
    assert down.removed_share == pytest.approx(1.0) and down.height_change_m == pytest.approx(-6.0)
    assert down.before == date(2020, 5, 1) and "100%" in down.words
    (up,) = seen_over(sky.district, house.buffer(-2e-6))
    assert up.removed_share == 0.0 and up.height_change_m == pytest.approx(6.5)
    assert seen_over(sky.district, gone, date(2020, 7, 1)) == []
    (sky.folder / "after_dsm.tif").unlink()
    (unread,) = seen_over(sky.district, gone)
    assert unread.removed_share == 0.0  # what nobody has looked at is a clue only
    deciding.decide(sky.suspect("demolition"), "known_legal", by=sky.clerk)
    assert seen_over(sky.district, gone.representative_point())[0].removed_share == 1.0
    (kept,) = seen_over(sky.district, gone)
    assert kept.removed_share == pytest.approx(1.0, abs=0.01)
    Flight.objects.update(dsm="")
    Comparison.objects.update(has_heights=False)
    (plain,) = seen_over(sky.district, gone)
    assert plain.removed_share is None and "拆除" in plain.words
    assert seen_over(sky.district, gone.buffer(0.1)) == []


def test_all_comparisons_of_a_place_are_asked_for_at_once(sky: Sky, django_assert_num_queries: Any) -> None:
    from chengshu.registry.neighbourhood import seen_over

    first = sky.compare()
    deciding.decide(sky.suspect("demolition"), "known_legal", by=sky.clerk)
    gone = shape(sky.suspect("demolition").outline)
    later = Flight.objects.get(pk=sky.after.pk)
    later.pk, later.mosaic, later.flown_on = None, "later.tif", date(2020, 8, 1)
    later.save()
    Comparison.objects.create(
        district=sky.district, before=sky.after, after=later, state=ComparisonState.DONE, has_heights=True
    )
    (sky.folder / "after_dsm.tif").unlink()
    with django_assert_num_queries(2):  # the comparisons, and what they suspected there
        new, old = seen_over(sky.district, gone)
    assert old.key == f"comparison:{first.pk}" and old.removed_share == pytest.approx(1.0, abs=0.01)
    assert new.removed_share == 0.0  # what one comparison saw is not said of another


# --- pages ------------------------------------------------------------------------------------------
def test_registering_a_flight_by_hand(sky: Sky) -> None:
    client = client_of(sky.clerk)
    content = scene.write_mosaic(sky.folder / "july.tif", []).read_bytes()
    url = reverse("sensing:flight_new")
    assert client.get(url).status_code == 200
    assert client.post(url, {"name": "七月", "flown_on": "2020-07-01"}).status_code == 422
    wrong = client.post(url, {"name": "七月", "flown_on": "2020-07-01", "mosaic": "../x.tif"})
    assert wrong.status_code == 422 and "航拍目录" in wrong.content.decode()
    upload = SimpleUploadedFile("july.tif", content)
    made = client.post(url, {"name": "七月", "flown_on": "2020-07-01", "upload": upload})
    flight = Flight.objects.get(name="七月")
    assert made["Location"] == reverse("sensing:flight", args=[flight.pk])
    assert "data-sky" not in client.get(made["Location"]).content.decode()
    run_jobs()
    assert client.get(reverse("sensing:flight_state", args=[flight.pk]))["HX-Refresh"] == "true"
    page = client.get(made["Location"]).content.decode()
    assert "data-sky" in page and "Withdraw" not in page and "撤回架次" in page
    client.post(reverse("sensing:flight_act", args=[flight.pk, "withdraw"]))
    flight.refresh_from_db()
    assert flight.state == FlightState.WITHDRAWN
    assert client.post(reverse("sensing:flight_act", args=[flight.pk, "burn"])).status_code == 404


def test_comparing_by_hand(sky: Sky) -> None:
    from chengshu.sensing import library

    client = client_of(sky.clerk)
    sky.monkeypatch.setattr(library, "compare", scene.answering(scene.found(*sky.three(), has_heights=False)))
    url = reverse("sensing:comparison_new")
    assert client.get(url + f"?after={sky.after.pk}").status_code == 200
    turned = client.post(url, {"before": sky.after.pk, "after": sky.before.pk})
    assert turned.status_code == 422
    made = client.post(url, {"before": sky.before.pk, "after": sky.after.pk})
    comparison = Comparison.objects.get()
    assert "hx-get" in client.get(made["Location"]).content.decode()
    client.post(reverse("sensing:comparison_act", args=[comparison.pk, "cancel"]))
    client.post(reverse("sensing:comparison_act", args=[comparison.pk, "resume"]))
    run_jobs()
    comparison.refresh_from_db()
    assert comparison.state == ComparisonState.DONE
    page = client.get(made["Location"]).content.decode()
    assert "低置信度" in page and "data-sky" in page
    shapes = client.get(reverse("sensing:shapes", args=[comparison.pk])).json()
    assert [one["properties"]["state"] for one in shapes["features"]] == ["open"] * 3
    assert client.get(reverse("sensing:comparison_state", args=[comparison.pk]))["HX-Refresh"] == "true"


@pytest.mark.parametrize("name", ["flights", "comparisons", "suspects", "permits"])
def test_a_list_takes_three_queries(sky: Sky, name: str, django_assert_max_num_queries: Any) -> None:
    sky.compare()
    square = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}
    PermittedFootprint.objects.create(
        district=sky.district, kind="permit", number="1", outline=square, position=(0.5, 0.2), source="x"
    )
    client = client_of(sky.clerk)
    client.get(reverse(f"sensing:{name}"))
    with django_assert_max_num_queries(3):
        client.get(reverse(f"sensing:{name}"))


def test_filters_of_the_list(sky: Sky) -> None:
    comparison = sky.compare()
    deciding.decide(sky.suspect(), "lead", by=sky.clerk)
    client = client_of(sky.officer)

    def count(**asked: Any) -> int:
        return len(client.get(reverse("sensing:suspects"), asked).context["rows"])

    assert count() == 3 and count(state="lead") == 1 and count(kind="demolition") == 1
    assert count(sent="not_sent") == 1 and count(sent="sent") == 0 and count(least="25") == 2
    assert count(comparison=comparison.pk, town=sky.suspect().town_id) == 3 and count(second="due") == 0
    assert count(result="illegal") == 0
    other = factories.make_user("officer", factories.unit(sky.district, "squad", "桃浦镇"))
    assert len(client_of(other).get(reverse("sensing:suspects")).context["rows"]) == 0


def test_a_list_is_taken_away_and_that_stands_in_the_ledger(sky: Sky) -> None:
    sky.compare()
    client = client_of(sky.dispatcher)
    url = reverse("sensing:export")
    table = b"".join(client.post(url, {"kind": "csv", "query": "kind=demolition"}).streaming_content).decode()
    assert table.count("\n") == 2 and "拆除" in table
    shapes = b"".join(client.post(url, {"kind": "geojson", "query": ""}).streaming_content)
    assert shapes.count(b'"Feature"') == 3
    assert client.post(url, {"kind": "exe"}).status_code == 302
    assert LedgerEntry.objects.filter(action="suspects.exported").count() == 2


def act(client: Client, suspect: Suspect, action: str, **said: str) -> Any:
    return client.post(reverse("sensing:suspect_act", args=[suspect.pk, action]), said, follow=True)


def test_one_suspect_from_verdict_to_result(sky: Sky) -> None:
    sky.compare()
    suspect, clerk, officer = sky.suspect(), client_of(sky.clerk), client_of(sky.officer)
    page = act(clerk, suspect, "decide", verdict="lead", building="on", note="外墙未封")
    assert "外墙未封" in page.content.decode()
    assert (
        "已有判定" in act(client_of(sky.dispatcher), suspect, "decide", verdict="no_change").content.decode()
    )
    act(clerk, suspect, "undo")
    act(clerk, suspect, "decide", verdict="lead", building="on")
    assert act(officer, suspect, "send").status_code == 403
    sent = act(clerk, suspect, "send", building="on").context["suspect"]
    assert sent.lead.lead_class.code == "E0401"
    lead = officer.get(reverse("leads:lead", args=[sent.lead_id])).content.decode()
    assert reverse("sensing:suspect", args=[suspect.pk]) in lead
    assert act(officer, suspect, "result", result="legal").context["suspect"].result == "legal"
    assert act(clerk, suspect, "burn").status_code == 404


def test_everything_decided_is_sent_at_once(sky: Sky) -> None:
    sky.compare()
    for kind in ("new_building", "temporary_shed"):
        deciding.decide(sky.suspect(kind), "lead", by=sky.clerk)
    client = client_of(sky.clerk)
    client.post(reverse("sensing:send"), {"query": "kind=temporary_shed"})
    assert [one.kind for one in Suspect.objects.exclude(lead=None)] == ["temporary_shed"]
    client.post(reverse("sensing:send"), {"query": ""})
    assert Suspect.objects.exclude(lead=None).count() == 2
    assert client.post(reverse("sensing:scores")).status_code == 302


def test_permits_by_hand(sky: Sky) -> None:
    client = client_of(sky.clerk)
    url = reverse("sensing:permits")
    rows = '许可证号,轮廓\n7,"POLYGON((121.43 31.24,121.431 31.24,121.431 31.241,121.43 31.24))"\n8,x\n'
    page = client.post(url, {"file": SimpleUploadedFile("许可.csv", rows.encode())}).content.decode()
    assert "轮廓不是多边形" in page
    one = PermittedFootprint.objects.get(number="7")
    client.post(reverse("sensing:permit_switch", args=[one.pk]))
    one.refresh_from_db()
    assert not one.active
    assert client.post(url, {"file": SimpleUploadedFile("a.csv", "甲\n1\n".encode())}).status_code == 422


# --- the queue --------------------------------------------------------------------------------------
def test_the_queue_hands_out_the_likeliest_first_and_takes_verdicts(sky: Sky) -> None:
    comparison = sky.compare()
    client = client_of(sky.clerk)
    assert client.get(reverse("sensing:queue")).status_code == 200
    url = reverse("sensing:queue_next", args=["first"])
    answer = client.get(url, {"comparison": comparison.pk}).json()
    assert answer["left"] == 3 and [one["score"] for one in answer["suspects"]] == ["90%", "70%", "60%"]
    first = answer["suspects"][0]
    assert first["pair"]["after"]["tiles"].startswith("/sensing/flights/") and first["reasons"]
    rest = client.get(url, {"without": f"{first['id']},x"}).json()
    assert [one["id"] for one in rest["suspects"]] == [one["id"] for one in answer["suspects"][1:]]
    decide = reverse("sensing:queue_decide", args=["first", first["id"]])
    for _again in range(2):
        said = {"verdict": "lead", "building": "1", "key": "k-1"}
        assert client.post(decide, said).json() == {"state": "lead", "second": ""}
    assert Decision.objects.count() == 1
    assert client.post(decide, {"verdict": "no_change", "key": "k-2"}).status_code == 409
    undo = reverse("sensing:queue_undo", args=[first["id"]])
    assert client_of(sky.clerk).post(undo).status_code == 404  # another session
    assert client.post(undo).json()["state"] == SuspectState.OPEN
    assert client.get(reverse("sensing:queue_next", args=["third"])).status_code == 404


def test_second_readers_see_samples_of_others_only(sky: Sky) -> None:
    sky.compare()
    suspect = deciding.decide(sky.suspect(), "lead", by=sky.clerk)
    Suspect.objects.filter(pk=suspect.pk).update(second="due")
    url = reverse("sensing:queue_next", args=["second"])
    assert client_of(sky.clerk).get(url).json()["left"] == 0
    other = client_of(sky.dispatcher)
    (card,) = other.get(url).json()["suspects"]
    assert card["earlier"] == []
    said = other.post(reverse("sensing:queue_decide", args=["second", card["id"]]), {"verdict": "unclear"})
    assert said.json()["second"] == "disagreed"
    page = client_of(sky.supervisor).get(reverse("sensing:second")).content.decode()
    assert str(suspect) in page and "疑似违建" in page
