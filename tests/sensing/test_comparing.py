"""A comparison: queued, stopped and taken up again; refused with the reason; made into suspects."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from shapely.geometry import mapping, shape

from chengshu.bureau.models import Town
from chengshu.kernel import jobs
from chengshu.kernel.geometry import square_metres
from chengshu.kernel.models import Job
from chengshu.registry import neighbourhood
from chengshu.sensing import library
from chengshu.sensing import rules as rules_module
from chengshu.sensing.lifecycle import STARTABLE, ComparisonState, FlightState, Kind, SuspectState
from chengshu.sensing.models import Comparison, Decision, Flight, Suspect
from chengshu.sensing.refusing import SensingProblem
from chengshu.sensing.services import comparing
from chengshu.sensing.services.suspects import make_suspects
from chengshu.vision.raster.types import KINDS, RasterError
from tests.jobs import run_jobs
from tests.sensing import scene
from tests.sensing.conftest import Sky, work

ELSEWHERE = "The flights do not show the same place."


def test_our_kinds_are_those_of_the_library() -> None:
    assert set(Kind.values) == set(KINDS)


def test_what_the_library_finds_becomes_suspects(sky: Sky) -> None:
    comparison = sky.compare(remarks=[("%(n)d holes.", {"n": 2})])
    assert comparison.state == ComparisonState.DONE and comparison.suspects == 3
    assert comparison.has_heights and comparison.registration["dx"] == 0.4
    assert not comparing.work_folder(comparison.pk).exists()
    house = sky.suspect()
    assert house.town == Town.objects.get(district=sky.district, name="长寿路街道")
    assert house.squad == sky.squad and house.score == house.score_raw == 0.9
    assert square_metres(shape(house.outline)) == pytest.approx(house.area_m2, rel=0.01)
    assert house.reasons == [["Height gained: %(m)s m.", {"m": "6.5"}]]
    assert Job.objects.get(pk=comparison.job_id).state == Job.State.DONE


def test_the_library_gets_files_heights_and_options(sky: Sky) -> None:
    heard: dict[str, Any] = {}

    def compare(before: Path, after: Path, **rest: Any) -> Any:
        heard.update(rest, before=before, after=after)
        return scene.found()

    sky.monkeypatch.setattr(library, "compare", compare)
    comparing.compare(sky.before, sky.after, by=sky.clerk, parameters={"tile": 512})
    run_jobs()
    assert heard["before"] == sky.folder / "before.tif" and heard["after_dsm"] == sky.folder / "after_dsm.tif"
    assert heard["options"] == {"tile": 512}


def test_a_pair_that_does_not_match_is_refused_with_the_reason(sky: Sky) -> None:
    comparison = sky.compare(
        registration={"matches": False, "reason": "The flights do not show the same place."}
    )
    assert (
        comparison.state == ComparisonState.REFUSED and comparison.problem == "两次航拍的画面不是同一地点。"
    )
    assert not Suspect.objects.exists()


def test_pictures_that_cannot_be_compared_are_refused_in_words(sky: Sky) -> None:
    def compare(*_files: Any, **_rest: Any) -> Any:
        raise RasterError(ELSEWHERE)

    sky.monkeypatch.setattr(library, "compare", compare)
    made = comparing.compare(sky.before, sky.after, by=sky.clerk)
    run_jobs()
    made.refresh_from_db()
    assert made.state == ComparisonState.REFUSED and made.problem == "两次航拍的画面不是同一地点。"
    with pytest.raises(SensingProblem):
        comparing.resume(made, by=sky.clerk)


def test_stopped_work_goes_on_with_what_is_done(sky: Sky) -> None:
    seen: list[list[str]] = []

    def stopped(*_files: Any, work: Path, **_rest: Any) -> Any:
        work.mkdir(parents=True, exist_ok=True)
        (work / "tile-1").write_text("done")
        raise jobs.Cancelled

    def whole(*_files: Any, work: Path, **_rest: Any) -> Any:
        seen.append([one.name for one in work.iterdir()])
        return scene.found(*sky.three())

    sky.monkeypatch.setattr(library, "compare", stopped)
    made = comparing.compare(sky.before, sky.after, by=sky.clerk)
    assert comparing.cancel(made, by=sky.clerk)
    comparing.resume(made, by=sky.clerk)
    run_jobs()
    made.refresh_from_db()
    assert made.state == ComparisonState.WAITING
    assert not comparing.cancel(made, by=sky.clerk)
    sky.monkeypatch.setattr(library, "compare", whole)
    comparing.resume(made, by=sky.clerk)
    run_jobs()
    made.refresh_from_db()
    assert made.state == ComparisonState.DONE and seen == [["tile-1"]]


def test_work_that_breaks_off_can_be_started_again(sky: Sky) -> None:
    def broken(*_files: Any, **_rest: Any) -> Any:
        raise RuntimeError("disk full")

    sky.monkeypatch.setattr(library, "compare", broken)
    made = comparing.compare(sky.before, sky.after, by=sky.clerk)
    run_jobs()
    made.refresh_from_db()
    assert made.state == ComparisonState.FAILED and made.problem
    assert Job.objects.get(pk=made.job_id).state == Job.State.FAILED
    with pytest.raises(SensingProblem):
        comparing.compare(sky.before, sky.after, by=sky.clerk)
    comparing.resume(made, by=sky.clerk)
    with pytest.raises(SensingProblem):
        comparing.resume(made, by=sky.clerk)


@pytest.mark.parametrize("state", sorted(set(ComparisonState) - STARTABLE))
def test_only_waiting_or_broken_work_is_started(sky: Sky, state: str) -> None:
    made = sky.compare()
    Comparison.objects.filter(pk=made.pk).update(state=state)
    with pytest.raises(SensingProblem):
        comparing.resume(made, by=sky.clerk)


def test_flights_that_do_not_belong_together_are_refused(sky: Sky) -> None:
    for before, after in ((sky.after, sky.before), (sky.before, sky.before)):
        with pytest.raises(SensingProblem):
            comparing.compare(before, after, by=sky.clerk)
    Flight.objects.filter(pk=sky.after.pk).update(state=FlightState.REFUSED)
    sky.after.refresh_from_db()
    with pytest.raises(SensingProblem):
        comparing.compare(sky.before, sky.after, by=sky.clerk)
    far = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}
    Flight.objects.filter(pk=sky.after.pk).update(state=FlightState.READY, area=far)
    sky.after.refresh_from_db()
    with pytest.raises(SensingProblem):
        comparing.compare(sky.before, sky.after, by=sky.clerk)


def test_undecided_suspects_are_replaced_and_decided_ones_never(sky: Sky) -> None:
    comparison = sky.compare()
    assert make_suspects(comparison, [scene.candidate()]).suspects == 1
    assert Suspect.objects.count() == 1
    Suspect.objects.update(state=SuspectState.LEAD, decided_by=sky.clerk, decided_at="2020-06-02T00:00Z")
    with pytest.raises(SensingProblem):
        make_suspects(comparison, [scene.candidate()])


def test_crooked_outlines_are_mended_or_left_out(sky: Sky) -> None:
    bow = [(10.0, 10.0), (30.0, 30.0), (30.0, 10.0), (10.0, 32.0), (10.0, 10.0)]
    line = [(10.0, 10.0), (30.0, 30.0), (10.0, 10.0)]
    comparison = sky.compare(
        scene.candidate(bow), scene.candidate(line), scene.candidate([(1.0, 1.0), (2.0, 2.0), (1.0, 1.0)])
    )
    assert comparison.suspects == 1 and shape(Suspect.objects.get().outline).is_valid


def test_what_is_known_of_the_place_is_noted(sky: Sky) -> None:
    def knower(_district: Any, places: list[Any], _viewer: Any) -> list[list[neighbourhood.Known]]:
        return [
            [neighbourhood.Known("structure", "违建台账1号", "/structures/1/", since=date(2019, 1, 2))]
            for _ in places
        ]

    sky.monkeypatch.setitem(neighbourhood._knowers, "test", knower)
    sky.compare(scene.candidate())
    assert sky.suspect().known == [
        {
            "kind": "structure",
            "title": "违建台账1号",
            "url": "/structures/1/",
            "since": "2019-01-02",
            "until": None,
        }
    ]


def test_a_permit_valid_that_day_suppresses_what_lies_in_it(sky: Sky) -> None:
    from chengshu.sensing.models import PermittedFootprint

    outline = shape(sky_outline(sky))
    spot = outline.centroid
    stated = {"outline": mapping(outline.buffer(1e-5)), "position": (spot.x, spot.y), "source": "x.csv"}
    permit = PermittedFootprint.objects.create(
        district=sky.district, kind="permit", number="1", valid_to=date(2020, 5, 31), **stated
    )
    comparison = sky.compare()
    assert comparison.suppressed == 0
    permit.valid_to = date(2020, 6, 30)
    permit.save()
    made = make_suspects(comparison, sky.three())
    assert made.suppressed == 1
    house = sky.suspect()
    assert house.state == SuspectState.KNOWN_LEGAL and house.footprint == permit and house.decided_by is None
    assert house.footprint_share == pytest.approx(1.0)
    assert Decision.objects.get(suspect=house).role == "permit"


def sky_outline(sky: Sky) -> dict[str, Any]:
    from chengshu.sensing.services.suspects import outlines

    grid = scene.found().grid
    (place,) = outlines(grid, sky.after, [scene.candidate()])
    assert place is not None
    return mapping(place)


def test_the_network_of_the_settings_goes_to_the_library(sky: Sky) -> None:
    (sky.folder / "net.onnx").write_bytes(b"weights")
    ours = rules_module.Rules(**{**vars(rules_module.rules()), "model": "net.yaml"})
    sky.monkeypatch.setattr(comparing, "rules", lambda: ours)
    with pytest.raises(SensingProblem, match=r"net\.yaml"):
        comparing.compare(sky.before, sky.after, by=sky.clerk)
    (sky.folder / "net.yaml").write_text(
        f"{{file: net.onnx, sha256: {'0' * 64}, tile: 64, inputs: {{order: stacked, names: [x]}}}}"
    )
    given: list[Any] = []
    answer = scene.answering(scene.found(scene.candidate()))

    def library_compare(*files: Path, **how: Any) -> Any:
        given.append(how["options"])
        return answer(*files, **how)

    sky.monkeypatch.setattr(library, "compare", library_compare)
    made = comparing.compare(sky.before, sky.after, by=sky.clerk)
    work()
    assert given == [{"model": str((sky.folder / "net.yaml").resolve())}]
    assert made.parameters == {"model": "net.yaml"}
