"""Permits are imported with checks, decisions recalibrate scores, verdicts become examples."""

from __future__ import annotations

import io
from typing import Any

import orjson
import pytest
from django.core.exceptions import PermissionDenied
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import mapping, shape

from chengshu.kernel.tables import write_xlsx
from chengshu.sensing import library
from chengshu.sensing import rules as rules_module
from chengshu.sensing.lifecycle import SuspectState
from chengshu.sensing.models import CalibrationCurve, PermittedFootprint
from chengshu.sensing.queries.curves import judged
from chengshu.sensing.refusing import SensingProblem
from chengshu.sensing.services import deciding, permits, recalibrating, training
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

    def fit(scores: list[float], real: list[bool], steps: int) -> list[list[float]]:
        heard.append((scores, real, steps))
        return [[0.0, 0.0], [1.0, 0.5]]

    sky.monkeypatch.setattr(library, "fit_curve", fit)
    sky.compare(*(scene.candidate(score=score) for score in (0.9, 0.8, 0.6, 0.4)))
    first, second, third, fourth = sky.district and list(sky_suspects())
    deciding.decide(first, "lead", by=sky.clerk)
    assert recalibrating.recalibrate(sky.district, by=sky.clerk) == []
    deciding.decide(second, "no_change", by=sky.clerk)
    deciding.decide(third, "unclear", by=sky.clerk)
    (curve,) = recalibrating.recalibrate(sky.district, by=sky.clerk)
    assert heard == [([0.9, 0.8], [True, False], few.calibration_steps)]
    assert (curve.verdicts, curve.real) == (2, 1)
    fourth.refresh_from_db()
    first.refresh_from_db()
    assert fourth.score == pytest.approx(0.2) and fourth.score_raw == 0.4 and first.score == 0.9
    assert recalibrating.recalibrate(sky.district, by=None) == []
    assert CalibrationCurve.objects.count() == 1
    with pytest.raises(PermissionDenied):
        recalibrating.recalibrate(sky.district, by=sky.officer)


def sky_suspects() -> Any:
    from chengshu.sensing.models import Suspect

    return Suspect.objects.select_related("comparison").order_by("number")


@given(raw=st.floats(0, 1), ends=st.tuples(st.floats(0, 1), st.floats(0, 1)).map(sorted))
def test_a_judged_score_stays_a_share_and_keeps_the_order(raw: float, ends: list[float]) -> None:
    curve = [[0.0, ends[0]], [1.0, ends[1]]]
    assert ends[0] - 1e-9 <= judged(curve, raw) <= ends[1] + 1e-9
    assert judged(curve, raw / 2) <= judged(curve, raw) + 1e-9
    assert judged(None, raw) == raw


# --- examples ---------------------------------------------------------------------------------------
def test_verdicts_become_examples_in_pixels_of_the_grid(sky: Sky) -> None:
    sky.compare()
    assert list(training.examples(sky.district)) == []
    deciding.decide(sky.suspect(), "lead", by=sky.clerk)
    deciding.decide(sky.suspect("temporary_shed"), "no_change", by=sky.clerk)
    deciding.decide(sky.suspect("demolition"), "unclear", by=sky.clerk)
    (example,) = training.examples(sky.district)
    assert example.before == sky.folder / "before.tif" and example.after_dsm == sky.folder / "after_dsm.tif"
    assert [(one.kind, one.real) for one in example.labels] == [
        ("new_building", True),
        ("temporary_shed", False),
    ]
    corners = {(round(x), round(y)) for x, y in example.labels[0].outline}
    assert corners == {(round(x), round(y)) for x, y in scene.HOUSE}
