"""Permits are imported with checks, decisions recalibrate scores, verdicts become examples."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
import rasterio
from click.testing import CliRunner
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pyproj import CRS
from shapely.geometry import mapping, shape

from chengshu.config.commands.drone_training import export_training
from chengshu.config.problems import Problem
from chengshu.kernel.tables import write_xlsx
from chengshu.sensing import library, raster
from chengshu.sensing import rules as rules_module
from chengshu.sensing.lifecycle import SuspectState
from chengshu.sensing.models import PermittedFootprint, ScoreModel, Suspect
from chengshu.sensing.refusing import SensingProblem
from chengshu.sensing.services import deciding, permits, recalibrating, training
from chengshu.vision.raster.grid import open_pair
from tests.sensing import scene
from tests.sensing.conftest import Sky

HEAD = ["许可证号", "类型", "名称", "有效期起", "有效期止", "轮廓"]


def table(*rows: list[Any]) -> io.BytesIO:
    content = io.BytesIO()
    write_xlsx(content, HEAD, rows)
    content.seek(0)
    return content


def take(sky: Sky, content: io.BytesIO, name: str = "许可.xlsx", **how: Any) -> permits.Imported:
    return permits.import_list(sky.district, by=sky.clerk, content=content, filename=name, **how)


def outline_of(sky: Sky) -> Any:
    return shape(sky.suspect().outline)


def test_a_list_explains_suspects_that_wait(sky: Sky) -> None:
    sky.compare()
    outline = outline_of(sky).buffer(1e-5)
    result = take(sky, table(["建字1号", "临时设施", "工棚", "2020-01-01", "2020年12月31日", outline.wkt]))
    assert (result.created, result.updated, result.suppressed, result.refused) == (1, 0, 1, [])
    footprint = PermittedFootprint.objects.get()
    assert footprint.kind == "temporary" and str(footprint.valid_to) == "2020-12-31"
    house = sky.suspect()
    assert house.state == SuspectState.KNOWN_LEGAL and house.footprint == footprint
    again = take(sky, table(["建字1号", "临时设施", "工棚二", "", "", outline.wkt]))
    assert (again.created, again.updated, again.suppressed) == (0, 1, 0)
    assert deciding.undo(house, by=sky.dispatcher).state == SuspectState.OPEN


def test_each_refused_row_says_why(sky: Sky) -> None:
    good = "POLYGON((121.43 31.24,121.431 31.24,121.431 31.241,121.43 31.241,121.43 31.24))"
    bow = "POLYGON((121.43 31.24,121.431 31.241,121.431 31.24,121.43 31.241,121.43 31.24))"
    far = "POLYGON((100 30,100.001 30,100.001 30.001,100 30))"
    huge = "POLYGON((121.3 31.1,121.6 31.1,121.6 31.4,121.3 31.1))"
    metres = "POLYGON((350000 3450000,350010 3450000,350010 3450010,350000 3450000))"
    rows = [
        ["1", "", "", "", "", good], ["", "", "", "", "", good], ["1", "", "", "", "", good],
        ["2", "别墅", "", "", "", good], ["3", "", "", "前天", "", good],
        ["4", "", "", "2020-02-01", "2020-01-01", good], ["5", "", "", "", "", "一块地"],
        ["6", "", "", "", "", bow], ["7", "", "", "", "", far], ["8", "", "", "", "", huge],
        ["9", "", "", "", "", metres], ["10", "", "", "", "", "POINT(121.43 31.24)"],
    ]  # fmt: skip
    result = take(sky, table(*rows))
    assert result.created == 1
    assert [one.row for one in result.refused] == list(range(3, 14))
    assert len({one.why for one in result.refused}) >= 9


def test_geojson_is_a_list_too(sky: Sky) -> None:
    sky.compare()
    feature = {
        "type": "Feature",
        "properties": {"number": "7", "kind": "site"},
        "geometry": mapping(outline_of(sky)),
    }
    content = io.BytesIO(
        orjson.dumps({"type": "FeatureCollection", "features": [feature, {"type": "Feature"}]})
    )
    result = take(sky, content, "sites.geojson", replace=True)
    assert result.created == 1 and result.suppressed == 1 and [one.row for one in result.refused] == [2]


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.geojson", b"[]"), ("a.geojson", b"{"), ("a.csv", "甲,乙\n1,2\n".encode()), ("a.xlsx", b"")],
)
def test_a_file_that_is_no_list_is_refused(sky: Sky, name: str, content: bytes) -> None:
    with pytest.raises(SensingProblem):
        take(sky, io.BytesIO(content), name)


def test_a_whole_list_puts_what_it_lacks_out_of_use(sky: Sky) -> None:
    square = "POLYGON((121.43 31.24,121.431 31.24,121.431 31.241,121.43 31.241,121.43 31.24))"
    take(sky, table(["1", "", "", "", "", square], ["2", "", "", "", "", square]))
    take(sky, table(["2", "", "", "", "", square]), replace=True)
    states = dict(PermittedFootprint.objects.values_list("number", "active"))
    assert states == {"1": False, "2": True}
    one = PermittedFootprint.objects.get(number="1")
    assert permits.switch(one, by=sky.clerk, active=True).active
    with pytest.raises(PermissionDenied):
        permits.switch(one, by=sky.supervisor, active=False)


# --- calibration ------------------------------------------------------------------------------------
def test_decisions_judge_the_scores_of_what_waits(sky: Sky) -> None:
    few = rules_module.Rules(**{**vars(rules_module.rules()), "calibration_least": 2})
    sky.monkeypatch.setattr(recalibrating, "rules", lambda: few)
    heard: list[Any] = []

    def fit(measures: list[Any], real: list[bool], *, has_heights: bool) -> dict[str, Any]:
        heard.append((measures, real, has_heights))
        return {"half": True}

    sky.monkeypatch.setattr(library, "fit_scores", fit)
    sky.monkeypatch.setattr(library, "judge", lambda model, _measures, raw: raw / 2 if model else raw)
    sky.compare(*(scene.candidate(score=score, measures={"gain": score}) for score in (0.9, 0.8, 0.6, 0.4)))
    first, second, third, fourth = all_suspects()
    deciding.decide(first, "lead", by=sky.clerk)
    assert recalibrating.recalibrate(sky.district, by=sky.clerk) == []
    deciding.decide(second, "no_change", by=sky.clerk)
    deciding.decide(third, "unclear", by=sky.clerk)
    (model,) = recalibrating.recalibrate(sky.district, by=sky.clerk)
    assert heard == [([{"gain": 0.9}, {"gain": 0.8}], [True, False], True)]
    assert (model.verdicts, model.real, model.has_heights) == (2, 1, True)
    fourth.refresh_from_db()
    first.refresh_from_db()
    assert fourth.score == pytest.approx(0.2) and fourth.score_raw == 0.4 and first.score == 0.9
    assert recalibrating.recalibrate(sky.district, by=None) == []
    assert ScoreModel.objects.count() == 1
    with pytest.raises(PermissionDenied):
        recalibrating.recalibrate(sky.district, by=sky.officer)


def test_new_suspects_are_judged_by_what_was_learnt(sky: Sky) -> None:
    learnt = {"district": sky.district, "kind": "new_building", "verdicts": 40, "real": 20}
    now = timezone.now()
    ScoreModel.objects.create(**learnt, has_heights=True, model={"half": True}, fitted_at=now)
    sky.monkeypatch.setattr(library, "judge", lambda model, _measures, raw: raw / 2 if model else raw)
    sky.compare()
    assert sky.suspect().score == pytest.approx(0.45) and sky.suspect("demolition").score == 0.7


def test_verdicts_that_teach_nothing_change_nothing(sky: Sky) -> None:
    few = rules_module.Rules(**{**vars(rules_module.rules()), "calibration_least": 1})
    sky.monkeypatch.setattr(recalibrating, "rules", lambda: few)
    sky.monkeypatch.setattr(library, "fit_scores", lambda *_values, **_how: None)
    sky.compare()
    deciding.decide(sky.suspect(), "lead", by=sky.clerk)
    assert recalibrating.recalibrate(sky.district, by=None) == []


def all_suspects() -> list[Suspect]:
    return list(Suspect.objects.select_related("comparison").order_by("number"))


@given(raw=st.floats(0, 1))
def test_without_a_model_the_raw_score_stands(raw: float) -> None:
    assert library.judge(None, {}, raw) == raw


# --- examples ---------------------------------------------------------------------------------------
def test_verdicts_become_examples_in_the_coordinates_of_the_first_flight(sky: Sky) -> None:
    sky.compare()
    assert list(training.examples(sky.district)) == []
    deciding.decide(sky.suspect(), "lead", by=sky.clerk)
    deciding.decide(sky.suspect("temporary_shed"), "no_change", by=sky.clerk)
    deciding.decide(sky.suspect("demolition"), "unclear", by=sky.clerk)
    Suspect.objects.filter(kind="new_building").update(result="in_ledger")
    made = list(training.examples(sky.district))
    assert made[0].before == sky.folder / "before.tif" and made[0].after_dsm == sky.folder / "after_dsm.tif"
    assert [(one.kind, one.verdict) for one in made] == [
        ("new_building", "in_ledger"), ("temporary_shed", "no_change"), ("demolition", "unclear"),
    ]  # fmt: skip
    west, north = scene.origin()
    corners = {(round((x - west) / scene.GSD), round((north - y) / scene.GSD))
               for x, y in shape(made[0].geometry).exterior.coords}  # fmt: skip
    assert corners == {(round(x), round(y)) for x, y in scene.HOUSE}


def test_a_verdict_of_the_desk_is_found_in_the_export_with_its_label_and_tile(
    sky: Sky, tmp_path: Path
) -> None:
    sky.compare()
    deciding.decide(sky.suspect(), "lead", by=sky.clerk)
    deciding.decide(sky.suspect("demolition"), "no_change", by=sky.clerk)
    out = tmp_path / "samples"
    arguments = [str(out), "--from-verdicts", "--district", "310107", "--tile", "64", "--json"]
    ran = CliRunner().invoke(export_training, arguments)
    assert ran.exit_code == 0, ran.output
    assert orjson.loads(ran.output)["verdicts"] == {"lead": 1, "no_change": 1}
    index = orjson.loads((out / "index.geojson").read_bytes())["features"]
    house = [one["properties"] for one in index if one["properties"]["kind"] == "new_building"]
    assert house and all(one["changed"] and one["id"] == f"310107-{sky.suspect()}" for one in house)
    labelled = sum(int((image(out / "label" / one["tile"]) > 0).sum()) for one in house)
    assert labelled == pytest.approx(60 * 50, rel=0.03)  # the house, in pixels of the mosaic
    gone = {one["properties"]["tile"] for one in index if one["properties"]["verdict"] == "no_change"}
    assert not any((image(out / "label" / tile) > 0).any() for tile in gone - {one["tile"] for one in house})
    assert all((out / side / one["tile"]).exists() for one in house for side in ("A", "B", "known"))
    again = CliRunner().invoke(export_training, [str(out), "--from-verdicts", "--from", __file__])
    assert isinstance(again.exception, Problem) and "--from-verdicts" in str(again.exception)


def image(path: Path) -> Any:
    return np.asarray(Image.open(path))


def test_a_stated_coordinate_system_goes_with_the_file(sky: Sky) -> None:
    scene.write_mosaic(sky.folder / "july.tif", [scene.HOUSE], crs=None)
    named = raster.local_file("july.tif", sky.folder / "work", crs=scene.CRS)
    with rasterio.open(named) as dataset:
        assert dataset.crs.to_epsg() == 32651 and dataset.transform.almost_equals(scene.transform())
        assert dataset.read(1)[225, 230] == 220 and dataset.read(1)[10, 10] == 110
    with open_pair(sky.folder / "before.tif", named) as pair:  # as the library opens it
        assert CRS.from_user_input(pair.grid.crs).to_epsg() == 32651
        tile = pair.read(pair.windows(tile=scene.SIZE, halo=0)[0])
        assert (tile.after[225, 230] == 220).all() and (tile.after[10, 10] == (110, 130, 90)).all()
