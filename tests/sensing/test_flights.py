"""Registering flights: what is in the file counts, and only files of the folder."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from shapely.geometry import Point, shape

from chengshu.kernel.models import Job, LedgerEntry
from chengshu.sensing.lifecycle import FLIGHT_TABLE, FlightState
from chengshu.sensing.models import Flight
from chengshu.sensing.refusing import SensingProblem
from chengshu.sensing.services import comparing, flights
from tests import factories
from tests.jobs import run_jobs
from tests.sensing import scene
from tests.sensing.conftest import Sky


def register(sky: Sky, **fields: Any) -> Flight:
    stated = {
        "name": "七月架次",
        "flown_on": date(2020, 7, 1),
        "mosaic": "july.tif",
        "by": sky.clerk,
        **fields,
    }
    return flights.register_flight(sky.district, **stated)


def test_a_flight_says_what_its_file_says(sky: Sky) -> None:
    flight = sky.after
    assert flight.state == FlightState.READY
    assert (flight.width, flight.height, flight.bands) == (scene.SIZE, scene.SIZE, 3)
    assert flight.gsd_m == pytest.approx(scene.GSD, rel=0.01)
    assert flight.crs == scene.CRS
    assert shape(flight.area).covers(Point(scene.MIDDLE))
    content = (sky.folder / "after.tif").read_bytes()
    assert flight.mosaic_sha256 == hashlib.sha256(content).hexdigest()
    assert flight.mosaic_bytes == len(content) and flight.dsm_sha256
    actions = LedgerEntry.objects.filter(chain=flights.chain(flight.pk)).order_by("seq")
    assert list(actions.values_list("action", flat=True)) == ["flight.registered", "flight.ready"]


@pytest.mark.parametrize(
    "path", ["../secret.tif", "/etc/passwd.tif", "missing.tif", "s3://elsewhere/a.tif", "before.vrt"]
)
def test_only_files_of_the_folder_are_opened(sky: Sky, path: str) -> None:
    (sky.folder.parent / "secret.tif").write_bytes(b"x")
    with pytest.raises(SensingProblem) as refused:
        register(sky, mosaic=path)
    assert refused.value.field == "mosaic"


def test_a_link_out_of_the_folder_is_not_followed(sky: Sky, tmp_path: Path) -> None:
    outside = scene.write_mosaic(tmp_path / "elsewhere" / "x.tif", [])
    (sky.folder / "july.tif").symlink_to(outside)
    with pytest.raises(SensingProblem):
        register(sky)


def test_a_file_that_is_no_geotiff_is_refused(sky: Sky) -> None:
    (sky.folder / "july.tif").write_text("<VRTDataset/>")
    with pytest.raises(SensingProblem, match="GeoTIFF"):
        register(sky)


def test_a_file_without_coordinate_system_needs_one_stated(sky: Sky) -> None:
    scene.write_mosaic(sky.folder / "july.tif", [], crs=None)
    with pytest.raises(SensingProblem):
        register(sky)
    with pytest.raises(SensingProblem) as refused:
        register(sky, crs="Mars 3000")
    assert refused.value.field == "crs"
    flight = register(sky, crs=scene.CRS)
    assert flight.crs_stated and flight.crs == scene.CRS


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": " "}, "name"),
        ({"flown_on": timezone.localdate() + timedelta(days=2)}, "flown_on"),
        ({"height_m": 1.0}, "height_m"),
        ({"dsm": "july.tif"}, "dsm"),
    ],
)
def test_what_makes_no_sense_is_refused(sky: Sky, fields: dict[str, Any], field: str) -> None:
    scene.write_mosaic(sky.folder / "july.tif", [])
    with pytest.raises(SensingProblem) as refused:
        register(sky, **fields)
    assert refused.value.field == field


def test_a_mosaic_is_registered_once(sky: Sky) -> None:
    with pytest.raises(SensingProblem) as refused:
        register(sky, mosaic="after.tif")
    assert refused.value.field == "mosaic"


def test_a_file_that_goes_away_meanwhile_is_refused_and_can_be_checked_again(sky: Sky) -> None:
    file = scene.write_mosaic(sky.folder / "july.tif", [])
    flight = register(sky)
    file.rename(sky.folder / "away.tif")
    run_jobs()
    flight.refresh_from_db()
    assert flight.state == FlightState.REFUSED and flight.problem
    assert Job.objects.get(pk=flight.job_id).state == Job.State.FAILED
    (sky.folder / "away.tif").rename(file)
    flights.check_again(flight, by=sky.clerk)
    run_jobs()
    flight.refresh_from_db()
    assert flight.state == FlightState.READY and not flight.problem


def test_an_upload_is_kept_by_its_content(sky: Sky, settings: Any) -> None:
    content = scene.write_mosaic(sky.folder / "july.tif", []).read_bytes()

    class Upload:
        def chunks(self) -> Any:
            yield content

    kept = flights.keep_upload(Upload(), "x.tif")
    assert kept == f"uploads/{hashlib.sha256(content).hexdigest()}.tif"
    assert register(sky, mosaic=kept).mosaic == kept
    settings.FLIGHT_UPLOAD_LIMIT_BYTES = 100
    with pytest.raises(SensingProblem, match="MB"):
        flights.keep_upload(Upload(), "y.tif")
    assert not list((sky.folder / "uploads").glob("*.part"))


def test_illegal_moves_are_refused(sky: Sky) -> None:
    for before in FlightState:
        for after in set(FlightState) - FLIGHT_TABLE[before]:
            Flight.objects.filter(pk=sky.before.pk).update(state=before)
            with pytest.raises(SensingProblem):
                flights._move(sky.before, after, sky.clerk)


def test_a_flight_that_was_compared_stays(sky: Sky) -> None:
    sky.compare()
    with pytest.raises(SensingProblem):
        flights.withdraw(sky.after, by=sky.clerk)
    scene.write_mosaic(sky.folder / "july.tif", [])
    flight = register(sky)
    run_jobs()
    assert flights.withdraw(flight, by=sky.clerk).state == FlightState.WITHDRAWN


def test_only_who_may_registers_and_others_see_nothing(sky: Sky) -> None:
    with pytest.raises(PermissionDenied):
        register(sky, by=sky.supervisor, mosaic="after.tif")
    other = factories.make_other_district()
    stranger = factories.make_user("registry_clerk", factories.unit(other))
    assert not Flight.objects.visible_to(stranger).exists()
    assert Flight.objects.visible_to(sky.officer).count() == 2
    with pytest.raises(PermissionDenied):
        comparing.compare(sky.before, sky.after, by=stranger)


def test_s3_is_read_through_the_settings(sky: Sky, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from chengshu.sensing import raster

    content = (sky.folder / "after.tif").read_bytes()

    class Body:
        def iter_chunks(self, _size: int) -> Any:
            yield content

    class Client:
        def get_object(self, **asked: str) -> dict[str, Any]:
            assert asked == {"Bucket": "flights", "Key": "a/b.tif"}
            return {"Body": Body()}

    settings.FLIGHT_BUCKETS = frozenset({"flights"})
    monkeypatch.setattr(raster, "s3_client", Client)
    assert raster.digest_of("s3://flights/a/b.tif", lambda _n: None) == hashlib.sha256(content).hexdigest()
    local = raster.local_file("s3://flights/a/b.tif", sky.folder / "copies")
    assert local.read_bytes() == content
