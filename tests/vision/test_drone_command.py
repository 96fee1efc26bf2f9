"""``chengshu drone compare`` as an operator uses it: honest summaries, JSON, and one line for bad input."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner, Result

from chengshu.config.commands.drone import drone
from chengshu.config.problems import Problem
from chengshu.vision.raster.flights import Pair, write_pair


@pytest.fixture(autouse=True)
def in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHENGSHU_LANGUAGE", "en")


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return write_pair(tmp_path_factory.mktemp("flights"), 31, 1400, 1200, 0.05, dsm_gsd=0.1, per_hectare=40)


def call(*arguments: object) -> Result:
    return CliRunner().invoke(drone, ["compare", *map(str, arguments)])


def test_with_heights_it_lists_what_changed_and_writes_it(pair: Pair, tmp_path: Path) -> None:
    out = tmp_path / "x.geojson"
    done = call(
        pair.before, pair.after, "--dsm-before", pair.before_dsm, "--dsm-after", pair.after_dsm, "--out", out
    )
    assert done.exit_code == 0, done.output
    assert "higher than before" in done.output
    assert "low-confidence" not in done.output
    assert json.loads(out.read_text())["chengshu"]["coordinates"] == "wgs84"


def test_without_heights_it_says_what_it_cannot_see(pair: Pair) -> None:
    done = call(pair.before, pair.after)
    assert done.exit_code == 0
    assert "low-confidence candidates" in done.output
    assert "is not seen" in done.output


def test_json_is_one_object_with_the_same_remarks(pair: Pair) -> None:
    done = call(pair.before, pair.after, "--json")
    told = json.loads(done.stdout)
    assert told["confidence"] == "low"
    assert told["has_heights"] is False
    assert told["remarks"][0].startswith("low-confidence candidates")


def test_it_speaks_chinese(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHENGSHU_LANGUAGE", "zh-hans")
    assert "低可信度线索" in call(pair.before, pair.after).output


def test_any_two_pictures_of_equal_size_will_do(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    base = cv2.GaussianBlur(rng.integers(60, 200, (300, 300, 3)).astype(np.uint8), (0, 0), 3)
    for name in ("A.png", "B.png"):
        cv2.imwrite(str(tmp_path / name), base)
    done = call(tmp_path / "A.png", tmp_path / "B.png", "--out", tmp_path / "x.geojson", "--json")
    assert done.exit_code == 0
    assert json.loads((tmp_path / "x.geojson").read_text())["chengshu"]["coordinates"] == "pixel"


@pytest.mark.parametrize("what", ["missing", "text", "unequal", "folder"])
def test_bad_input_is_one_clear_line(tmp_path: Path, what: str) -> None:
    good = tmp_path / "good.png"
    cv2.imwrite(str(good), np.zeros((50, 60, 3), np.uint8))
    bad = tmp_path / "bad.png"
    if what == "text":
        bad.write_text("no picture")
    elif what == "unequal":
        cv2.imwrite(str(bad), np.zeros((51, 60, 3), np.uint8))
    elif what == "folder":
        bad.mkdir()
    done = call(good, bad)
    assert isinstance(done.exception, Problem)
    assert "\n" not in str(done.exception)
    assert len(str(done.exception)) > 15
