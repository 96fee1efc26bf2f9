"""The user's own ONNX weights through `OnnxModel`: seconds a megapixel on one core, and on a GPU if there.

Usage: python benchmarks/vision_onnx.py [--pixels 1984]

No weights ship, so a network with random ones stands in: a U-shaped one on both pictures, six channels, of
about 23 GFLOP a megapixel. FLOP are counted from the convolutions themselves: 2 × kernel² × channels in ×
channels out × output pixels, for each; the rest (ReLU, enlarging) is below one per cent.
Target: ≤ 0.5 s a megapixel on one core (one thread within an operation).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))
import cv2
from onnx import TensorProto, helper, numpy_helper

from chengshu.vision.raster.models import OnnxModel

TILE, OVERLAP = 1024, 64
# channels in, channels out, kernel, stride, and the scale of its output against the picture
LAYERS = [
    (6, 24, 3, 2, 1 / 2),
    (24, 32, 3, 2, 1 / 4),
    (32, 64, 3, 1, 1 / 4),
    (64, 64, 3, 2, 1 / 8),
    (64, 128, 3, 1, 1 / 8),
    (128, 128, 3, 1, 1 / 8),
    (128, 64, 3, 1, 1 / 8),
    (64, 64, 3, 1, 1 / 4),
    (64, 64, 3, 1, 1 / 4),
    (64, 1, 3, 1, 1 / 4),
]


def gflop_per_megapixel() -> float:
    """Of all convolutions, for one million pixels of picture."""
    return sum(2 * k * k * i * o * scale**2 for i, o, k, _stride, scale in LAYERS) * 1e6 / 1e9


def write_network(folder: Path) -> Path:
    """Weights and manifest; the path of the manifest."""
    rng = np.random.default_rng(1)
    nodes, weights, name, scale = [], [], "x", 1.0
    for number, (inputs, outputs, kernel, stride, target) in enumerate(LAYERS):
        if scale / stride < target:
            sizes = numpy_helper.from_array(np.float32([1, 1, 2, 2]), f"s{number}")
            weights.append(sizes)
            nodes.append(helper.make_node("Resize", [name, "", f"s{number}"], [f"u{number}"], mode="nearest"))
            name, scale = f"u{number}", scale * 2
        bound = (6 / (inputs * kernel * kernel)) ** 0.5
        values = rng.uniform(-bound, bound, (outputs, inputs, kernel, kernel)).astype(np.float32)
        weights.append(numpy_helper.from_array(values, f"w{number}"))
        last = number == len(LAYERS) - 1
        made = "y" if last else f"c{number}"
        pads = [kernel // 2] * 4
        nodes.append(
            helper.make_node("Conv", [name, f"w{number}"], [made], pads=pads, strides=[stride, stride])
        )
        if not last:
            nodes.append(helper.make_node("Relu", [made], [f"r{number}"]))
        name, scale = f"r{number}", target
    graph = helper.make_graph(
        nodes,
        "random",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 6, TILE, TILE])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1, TILE // 4, TILE // 4])],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    content = model.SerializeToString()
    (folder / "random.onnx").write_bytes(content)
    manifest = folder / "random.json"
    manifest.write_text(
        json.dumps(
            {
                "file": "random.onnx",
                "sha256": hashlib.sha256(content).hexdigest(),
                "inputs": {"order": "stacked", "names": ["x"]},
                "tile": TILE,
                "overlap": OVERLAP,
            }
        )
    )
    return manifest


def seconds_per_megapixel(model: OnnxModel, pixels: int) -> tuple[float, float]:
    """Wall and processor time of the best of three passes over a picture of ``pixels``², a megapixel."""
    rng = np.random.default_rng(2)
    before, after = rng.integers(0, 255, (2, pixels, pixels, 3)).astype(np.uint8)
    wall = cpu = float("inf")
    for _ in range(3):
        begun, used = time.perf_counter(), time.process_time()
        model.predict(before, after)
        wall = min(wall, time.perf_counter() - begun)
        cpu = min(cpu, time.process_time() - used)
    return wall / (pixels**2 / 1e6), cpu / (pixels**2 / 1e6)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pixels", type=int, default=2 * TILE - OVERLAP)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    print(f"network: {gflop_per_megapixel():.1f} GFLOP a megapixel, {len(LAYERS)} convolutions, tiles {TILE}")
    with tempfile.TemporaryDirectory() as folder:
        manifest = write_network(Path(folder))
        wall, cpu = seconds_per_megapixel(OnnxModel.load(manifest, gpu=False, threads=1), args.pixels)
        print(f"one core: {cpu:.3f} s of it a megapixel (target ≤ 0.5); {wall:.3f} s by the clock")
        model = OnnxModel.load(manifest, threads=1)
        if model.provider.startswith("CUDA"):
            print(f"GPU: {seconds_per_megapixel(model, args.pixels)[0]:.3f} s a megapixel")
        else:
            print("GPU: none that ONNX Runtime offers here")


if __name__ == "__main__":
    main()
