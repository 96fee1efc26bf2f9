"""The user's own weights: declared, checked, tiled; never trusted blindly."""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chengshu.vision.raster.models import OnnxModel, read_manifest
from chengshu.vision.raster.types import RasterError

onnx = pytest.importorskip("onnx", reason="builds its tiny network with the onnx package")


def network(
    folder: Path, *, separate: bool = False, size: int | None = None, stride: int = 1, reach: int = 3
) -> str:
    """Writes tiny.onnx: ten times (after - before) of the first channel, a mean over ``reach``²; its hash."""
    from onnx import TensorProto, helper, numpy_helper

    kernel = np.zeros((1, 6, reach, reach), np.float32)
    kernel[0, 0], kernel[0, 3] = -10 / reach**2, 10 / reach**2
    side: Any = size or "side"
    value = helper.make_tensor_value_info
    names = ["before", "after"] if separate else ["x"]
    inputs = [value(name, TensorProto.FLOAT, [1, 3 if separate else 6, side, side]) for name in names]
    nodes = [helper.make_node("Concat", names, ["six"], axis=1)] if separate else []
    nodes.append(
        helper.make_node(
            "Conv", ["six" if separate else "x", "w"], ["y"], pads=[reach // 2] * 4, strides=[stride, stride]
        )
    )
    graph = helper.make_graph(
        nodes,
        "tiny",
        inputs,
        [value("y", TensorProto.FLOAT, [1, 1, "rows", "columns"])],
        [numpy_helper.from_array(kernel, "w")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    content = model.SerializeToString()
    (folder / "tiny.onnx").write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def declared(folder: Path, sha256: str, **changes: Any) -> Path:
    """A manifest for the tiny network with ``changes``."""
    manifest = {
        "name": "tiny",
        "file": "tiny.onnx",
        "sha256": sha256,
        "inputs": {"order": "stacked", "names": ["x"]},
        "normalisation": {"scale": 255},
        "tile": 64,
        "overlap": 16,
        "output": {"activation": "sigmoid"},
        **changes,
    }
    path = folder / "tiny.json"
    path.write_text(json.dumps(manifest))
    return path


def pair(rows: int = 150, columns: int = 200) -> tuple[np.ndarray, np.ndarray]:
    """Grey before; after with a bright block in the middle."""
    before = np.full((rows, columns, 3), 100, np.uint8)
    after = before.copy()
    after[rows // 3 : rows // 2, columns // 3 : columns // 2] = 230
    return before, after


def test_changes_come_out_where_they_are(tmp_path: Path) -> None:
    model = OnnxModel.load(declared(tmp_path, network(tmp_path)), gpu=False)
    found = model.predict(*pair())
    assert found.shape == (150, 200) and found.dtype == np.float32
    assert found[60, 80] > 0.99
    assert found[10, 10] == pytest.approx(0.5)


@settings(max_examples=12, deadline=None)
@given(st.integers(5, 180), st.integers(5, 180), st.integers(0, 32))
def test_tiles_leave_no_seams(rows: int, columns: int, overlap: int) -> None:
    """A network that looks at single pixels answers the same tiled as it would in one piece."""
    rng = np.random.default_rng(rows * columns)
    before, after = rng.integers(0, 255, (2, rows, columns, 3)).astype(np.uint8)
    with tempfile.TemporaryDirectory() as folder:
        manifest = declared(Path(folder), network(Path(folder), reach=1), overlap=overlap)
        found = OnnxModel.load(manifest, gpu=False).predict(before, after)
    change = after[..., 0].astype(float) - before[..., 0]
    assert np.allclose(found, 1 / (1 + np.exp(-10 / 255 * change)), atol=1e-4)


def test_two_inputs_give_what_one_of_six_channels_gives(tmp_path: Path) -> None:
    stacked = OnnxModel.load(declared(tmp_path, network(tmp_path)), gpu=False).predict(*pair())
    sha = network(tmp_path, separate=True)
    manifest = declared(tmp_path, sha, inputs={"order": "separate", "names": ["before", "after"]})
    assert np.allclose(OnnxModel.load(manifest, gpu=False).predict(*pair()), stacked)


def test_pictures_are_brought_to_the_pixel_size_of_the_weights(tmp_path: Path) -> None:
    model = OnnxModel.load(declared(tmp_path, network(tmp_path), pixel_m=0.5), gpu=False)
    found = model.predict(*pair(600, 800), pixel_m=0.1)
    assert found.shape == (600, 800)
    assert found[250, 330] > 0.99 and found[20, 20] == pytest.approx(0.5)


def test_a_network_that_answers_at_half_size_is_enlarged(tmp_path: Path) -> None:
    model = OnnxModel.load(declared(tmp_path, network(tmp_path, stride=2)), gpu=False)
    assert model.predict(*pair()).shape == (150, 200)


def test_yaml_serves_as_well_as_json(tmp_path: Path) -> None:
    sha = network(tmp_path)
    path = tmp_path / "tiny.yaml"
    path.write_text(
        f"file: tiny.onnx\nsha256: '{sha}'\ninputs: {{order: stacked, names: [x]}}\ntile: 64\n"
        "normalisation: {mean: [0.5, 0.4, 0.3], std: [0.2, 0.2, 0.2]}\nchannels: bgr\n"
    )
    manifest = read_manifest(path)
    assert (manifest.overlap, manifest.activation, manifest.mean) == (8, "sigmoid", (0.5, 0.4, 0.3))
    assert OnnxModel.load(path, gpu=False).provider == "CPUExecutionProvider"


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"inputs": {"order": "sideways", "names": ["x"]}}, "inputs.order"),
        ({"inputs": {"order": "stacked", "names": ["x", "y"]}}, "inputs.names"),
        ({"inputs": None}, "lacks or misspells"),
        ({"tile": 8}, "tile"),
        ({"tile": "wide"}, "wide"),
        ({"overlap": 60}, "overlap"),
        ({"output": {"activation": "relu"}}, "output.activation"),
        ({"normalisation": {"std": [0, 1, 1]}}, "normalisation"),
        ({"normalisation": {"mean": [1, 2]}}, "normalisation.mean"),
        ({"file": "../../elsewhere.onnx"}, "file"),
        ({"pixel_m": -1}, "pixel_m"),
        ({"channels": "hsv"}, "channels"),
    ],
)
def test_a_bad_manifest_is_refused_naming_the_entry(tmp_path: Path, changes: dict, named: str) -> None:
    with pytest.raises(RasterError, match=named):
        OnnxModel.load(declared(tmp_path, network(tmp_path), **changes))


def test_a_missing_entry_is_named(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    path.write_text('{"inputs": {"order": "stacked", "names": ["x"]}, "file": "tiny.onnx", "tile": 64}')
    with pytest.raises(RasterError, match="sha256"):
        read_manifest(path)


@pytest.mark.parametrize("text", ["[1, 2]", "{", "\x00"])
def test_what_is_no_manifest_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "m.json"
    path.write_text(text)
    with pytest.raises(RasterError, match="manifest"):
        read_manifest(path)


def test_other_weights_than_declared_are_refused(tmp_path: Path) -> None:
    manifest = declared(tmp_path, network(tmp_path))
    (tmp_path / "tiny.onnx").write_bytes(b"something else")
    with pytest.raises(RasterError, match="SHA-256 differs"):
        OnnxModel.load(manifest)


def test_a_file_that_is_no_network_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tiny.onnx").write_bytes(b"no network")
    manifest = declared(tmp_path, hashlib.sha256(b"no network").hexdigest())
    with pytest.raises(RasterError, match="not a model that can be run"):
        OnnxModel.load(manifest)


def test_wrong_shapes_are_refused_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(RasterError, match="the manifest means 1 × 6 × 64 × 64"):
        OnnxModel.load(declared(tmp_path, network(tmp_path, size=128)))
    with pytest.raises(RasterError, match="the manifest names y"):
        sha = network(tmp_path)
        OnnxModel.load(declared(tmp_path, sha, inputs={"order": "stacked", "names": ["y"]}))
    with pytest.raises(RasterError, match="no output z"):
        OnnxModel.load(declared(tmp_path, sha, output={"name": "z"}))


def test_a_channel_that_is_not_there_and_unequal_pictures_are_refused(tmp_path: Path) -> None:
    model = OnnxModel.load(declared(tmp_path, network(tmp_path), output={"channel": 1}), gpu=False)
    with pytest.raises(RasterError, match="no output channel 1"):
        model.predict(*pair())
    with pytest.raises(RasterError, match="of one size"):
        model.predict(pair()[0], pair(10, 10)[1])
