"""What officers decided becomes tiles to train on, split by place."""

from __future__ import annotations

import dataclasses
import json
import tempfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import rasterio
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from rasterio.transform import from_origin

from chengshu.vision.raster.training import Example, export_training
from chengshu.vision.raster.types import RasterError

CRS, WEST, NORTH, PIXEL_M = "EPSG:4549", 500_224.0, 3_460_096.0, 1.0


def flight(path: Path, seed: int, size: int = 1024, pixel_m: float = PIXEL_M, shift: float = 0.0) -> Path:
    """An orthomosaic with noise, its north-west corner at (WEST + shift, NORTH)."""
    rng = np.random.default_rng(seed)
    with rasterio.open(
        path, "w", driver="GTiff", width=size, height=size, count=3, dtype="uint8", crs=CRS,
        transform=from_origin(WEST + shift, NORTH, pixel_m, pixel_m), nodata=0,
    ) as target:  # fmt: skip
        target.write(rng.integers(1, 255, (3, size, size)).astype(np.uint8))
    return path


def surface(path: Path, size: int = 1024) -> Path:
    with rasterio.open(
        path, "w", driver="GTiff", width=size, height=size, count=1, dtype="float32", crs=CRS,
        transform=from_origin(WEST, NORTH, 1, 1), nodata=-9999,
    ) as target:  # fmt: skip
        target.write(np.full((1, size, size), 12.5, np.float32))
    return path


@pytest.fixture
def flights(tmp_path: Path) -> tuple[Path, Path]:
    return flight(tmp_path / "spring.tif", 1), flight(tmp_path / "autumn.tif", 2, 2048, 0.5)


def square(x: float, y: float, side: float = 20) -> dict[str, Any]:
    """A square in metres east and south of the flight's corner."""
    west, north = WEST + x, NORTH - y
    ring = [(west, north), (west + side, north), (west + side, north - side), (west, north - side)]
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}


def example(identity: str, flights: tuple[Path, Path], x: float, y: float, verdict: str = "lead") -> Example:
    return Example(identity, *flights, square(x, y), verdict, "new_building")


def index_of(folder: Path) -> list[dict[str, Any]]:
    return json.loads((folder / "index.geojson").read_text())["features"]


def test_a_verdict_becomes_a_tile_with_pictures_label_and_place(
    tmp_path: Path, flights: tuple[Path, Path]
) -> None:
    folder = tmp_path / "out"
    done = export_training(folder, [example("a", flights, 300, 310)], tile=128)
    assert (done.tiles, done.examples, done.verdicts) == (1, 1, {"lead": 1})
    (entry,) = index_of(folder)
    name = entry["properties"]["tile"]
    assert entry["properties"]["crs"] == CRS
    assert entry["properties"]["transform"] == [1, 0, WEST + 256, 0, -1, NORTH - 256]
    label = cv2.imread(str(folder / "label" / name), cv2.IMREAD_GRAYSCALE)
    assert label.shape == (128, 128)
    assert (label == 255).sum() == 400 and label[54, 44] == 255 and label[53, 44] == 0
    with rasterio.open(flights[0]) as picture:
        expected = picture.read()[:, 256:384, 256:384].transpose(1, 2, 0)
    assert (cv2.imread(str(folder / "A" / name))[..., ::-1] == expected).all()
    assert cv2.imread(str(folder / "B" / name)).shape == (128, 128, 3)
    listed = "".join((folder / "list" / f"{split}.txt").read_text() for split in ("train", "val"))
    assert listed == f"{name}\n"


def test_no_change_is_known_ground_without_a_label(tmp_path: Path, flights: tuple[Path, Path]) -> None:
    folder = tmp_path / "out"
    export_training(folder, [example("a", flights, 300, 310, "no_change")], tile=128)
    name = index_of(folder)[0]["properties"]["tile"]
    assert not cv2.imread(str(folder / "label" / name)).any()
    assert cv2.imread(str(folder / "known" / name), cv2.IMREAD_GRAYSCALE).sum() == 400 * 255


def test_doubt_is_not_taught_as_fact(tmp_path: Path, flights: tuple[Path, Path]) -> None:
    given = [example("a", flights, 300, 310), example("b", flights, 340, 340, "unclear")]
    given.append(example("c", flights, 700, 700))
    done = export_training(tmp_path / "out", given, tile=128)
    assert done.left_out == {"unclear": 1} and done.examples == 1


def test_heights_travel_as_metres_with_their_place(tmp_path: Path, flights: tuple[Path, Path]) -> None:
    model = surface(tmp_path / "dsm.tif")
    one = Example("a", *flights, square(300, 310), "illegal", "storey_added", model, model)
    export_training(tmp_path / "out", [one], tile=128)
    (path,) = (tmp_path / "out" / "A_dsm").iterdir()
    with rasterio.open(path) as heights:
        assert heights.read(1).min() == heights.read(1).max() == 12.5
        assert (heights.transform.c, heights.crs.to_string()) == (WEST + 256, CRS)


@settings(max_examples=8, deadline=None)
@given(st.permutations(range(12)))
def test_the_order_of_the_verdicts_changes_nothing(order: list[int]) -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        both = flight(root / "a.tif", 1, 512), flight(root / "b.tif", 2, 512)
        given = [example(f"{n:02}", both, 40 * n, 37 * n % 480) for n in range(12)]
        export_training(root / "one", given, tile=64)
        export_training(root / "two", [given[n] for n in order], tile=64)
        content = [
            {file.relative_to(folder): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
            for folder in (root / "one", root / "two")
        ]
    assert content[0] == content[1]


def test_one_place_stays_on_one_side_in_every_flight(tmp_path: Path) -> None:
    """The next flight begins 37.5 m further east; no ground is both trained on and tested on."""
    sides: dict[tuple[int, int], set[str]] = {}
    for number, shift in enumerate((0.0, 37.5)):
        both = (
            flight(tmp_path / f"{number}a.tif", 1, shift=shift),
            flight(tmp_path / f"{number}b.tif", 2, shift=shift),
        )
        given = [example(f"{x}-{y}", both, x, y) for x in range(60, 940, 97) for y in range(60, 940, 97)]
        folder = tmp_path / f"out{number}"
        export_training(folder, given, tile=64, validation_share=0.5)
        for entry in index_of(folder):
            values = entry["properties"]
            west, north = values["transform"][2], values["transform"][5]
            for x in (west + 1, west + 63):
                for y in (north - 1, north - 63):
                    sides.setdefault((int(x // 256), int(y // 256)), set()).add(values["split"])
    assert {len(found) for found in sides.values()} == {1}
    assert {side for found in sides.values() for side in found} == {"train", "val"}


def test_plain_pictures_are_cut_in_pixels(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        cv2.imwrite(str(tmp_path / name), np.full((200, 300, 3), 90, np.uint8))
    ring = [(250, 150), (290, 150), (290, 190), (250, 190), (250, 150)]
    one = Example(
        "x", tmp_path / "a.png", tmp_path / "b.png", {"type": "Polygon", "coordinates": [ring]}, "lead"
    )
    done = export_training(tmp_path / "out", [one], tile=128)
    assert done.tiles == 2, "rows 128 and beyond; columns 128 to 255 and 256 to 299"
    for entry in index_of(tmp_path / "out"):
        assert entry["properties"]["crs"] is None
        assert cv2.imread(str(tmp_path / "out" / "A" / entry["properties"]["tile"])).shape == (128, 128, 3)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"verdict": "perhaps"}, "perhaps is not a verdict"),
        ({"geometry": {"type": "Point", "coordinates": [1, 2]}}, "not a polygon"),
        ({"geometry": square(90_000, 0)}, "outside the picture"),
        ({"after": Path("nowhere.tif")}, "cannot be read"),
    ],
)
def test_what_cannot_be_exported_is_refused_and_leaves_nothing(
    tmp_path: Path, flights: tuple[Path, Path], change: dict[str, Any], sentence: str
) -> None:
    sound = example("a", flights, 9, 9)
    with pytest.raises(RasterError, match=sentence):
        export_training(tmp_path / "out", [dataclasses.replace(sound, **change)])
    assert not (tmp_path / "out").exists()


def test_a_folder_in_use_is_left_alone(tmp_path: Path, flights: tuple[Path, Path]) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    with pytest.raises(RasterError, match="not empty"):
        export_training(tmp_path / "out", [example("a", flights, 9, 9)])
    with pytest.raises(RasterError, match="no verdicts"):
        export_training(tmp_path / "new", [])


def command(*arguments: Any) -> Any:
    from chengshu.config.commands.drone_training import export_training as exported

    return CliRunner().invoke(exported, [str(one) for one in arguments])


def geojson(path: Path, geometry: dict[str, Any], crs: str | None = None) -> Path:
    feature = {"type": "Feature", "geometry": geometry, "properties": {"verdict": "lead", "id": "7"}}
    content: dict[str, Any] = {"type": "FeatureCollection", "features": [feature]}
    if crs:
        content["crs"] = {"type": "name", "properties": {"name": crs}}
    path.write_text(json.dumps(content))
    return path


def test_the_command_takes_the_files_coordinates_or_degrees(
    tmp_path: Path, flights: tuple[Path, Path]
) -> None:
    from rasterio.warp import transform_geom

    own = square(300, 310)
    degrees = transform_geom(CRS, "EPSG:4326", own)
    for number, (geometry, crs) in enumerate(
        [(own, None), (own, "urn:ogc:def:crs:EPSG::4549"), (degrees, None), (degrees, "EPSG:4326")]
    ):
        examples = geojson(tmp_path / f"{number}.geojson", geometry, crs)
        folder = tmp_path / f"out{number}"
        result = command(
            folder, "--from", examples, "--before", flights[0], "--after", flights[1], "--tile", 128, "--json"
        )
        assert result.exit_code == 0, result.output
        assert json.loads(result.output)["tiles"] == 1
        found = cv2.imread(str(next((folder / "label").iterdir())), cv2.IMREAD_GRAYSCALE)
        assert (found > 0).sum() == pytest.approx(400, abs=25)


def test_the_command_says_in_one_line_what_is_wrong(
    tmp_path: Path, flights: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHENGSHU_LANGUAGE", "en")
    broken = tmp_path / "x.geojson"
    both = ("--before", flights[0], "--after", flights[1])
    for text, sentence in [
        ("{", "x.geojson is not GeoJSON."),
        ('{"type": "Feature"}', "x.geojson: a feature lacks features."),
        ('{"features": [{"geometry": null, "properties": {}}]}', "x.geojson: a feature lacks verdict."),
        ('{"features": []}', "There are no verdicts to export."),
    ]:
        broken.write_text(text)
        result = command(tmp_path / "out", "--from", broken, *both)
        assert str(result.exception) == sentence
    monkeypatch.setenv("CHENGSHU_LANGUAGE", "zh-hans")
    good = geojson(tmp_path / "good.geojson", square(300, 310))
    result = command(tmp_path / "out", "--from", good, *both, "--tile", 128)
    assert result.output.startswith(("已由 1 条研判结果导出样本 1 幅", "1 tiles from 1 verdicts"))
