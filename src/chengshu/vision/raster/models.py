"""变化检测模型插件: the user's own ONNX weights, as a small manifest describes them. None are shipped.

The manifest (YAML or JSON) lies beside the weights::

    name: houses-2026            # how results call it
    file: houses.onnx            # beside the manifest
    sha256: 9f2c…                # of that file: other weights are refused
    inputs: {order: stacked, names: [x]}     # one input of six channels, before first;
                                             # or order: separate, names: [before, after]
    channels: rgb                # or bgr
    normalisation: {scale: 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225]}
    tile: 512                    # pixels; what the network takes at once
    overlap: 64                  # pixels shared with the neighbour, blended
    output: {activation: sigmoid, channel: 0}    # sigmoid | softmax | none; name: optional
    pixel_m: 0.5                 # optional: metres a pixel the weights were trained on
    device: auto                 # optional: auto (a GPU where there is one), cpu, or gpu (refused without)

A picture value is divided by ``scale``, then ``mean`` is subtracted and the result divided by ``std``.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import yaml

from chengshu.vision.raster.types import Image, Plane, RasterError

DEVICES = ("auto", "cpu", "gpu")
ACTIVATIONS = ("sigmoid", "softmax", "none")
SMALLEST_TILE, LARGEST_TILE = 32, 4096
LARGEST_MANIFEST = 1 << 20
GPU = "CUDAExecutionProvider"


@dataclass(frozen=True)
class Manifest:
    """What a manifest says, checked. ``mean`` and ``std`` have three values, used for both pictures."""

    name: str
    file: Path
    sha256: str
    stacked: bool
    inputs: tuple[str, ...]
    bgr: bool
    scale: float
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    tile: int
    overlap: int
    activation: str
    channel: int
    output: str | None
    pixel_m: float | None
    device: str = "auto"


def read_manifest(path: Path) -> Manifest:
    """The manifest at ``path``; raises `RasterError` with one sentence that says what is wrong with it."""
    try:
        if path.stat().st_size > LARGEST_MANIFEST:
            raise RasterError("%(file)s is not a model's manifest.", file=path.name)
        content = yaml.safe_load(path.read_text(encoding="utf-8"))  # JSON is YAML, too
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise RasterError("%(file)s cannot be read as a manifest.", file=path.name) from error
    if not isinstance(content, dict):
        raise RasterError("%(file)s is not a model's manifest.", file=path.name)
    try:
        return _manifest(content, path.parent)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, RasterError):
            raise
        reason = f"{error.args[0]}" if isinstance(error, KeyError) else str(error)
        raise RasterError(
            "The manifest %(file)s lacks or misspells: %(what)s", file=path.name, what=reason
        ) from error


def _manifest(given: dict[str, Any], folder: Path) -> Manifest:
    inputs, values, output = given["inputs"], given.get("normalisation") or {}, given.get("output") or {}
    order, names = inputs["order"], tuple(str(name) for name in inputs["names"])
    _require(order in ("stacked", "separate"), "inputs.order")
    _require(len(names) == (1 if order == "stacked" else 2), "inputs.names")
    _require(given.get("channels", "rgb") in ("rgb", "bgr"), "channels")
    tile, overlap = int(given["tile"]), int(given.get("overlap", int(given["tile"]) // 8))
    _require(SMALLEST_TILE <= tile <= LARGEST_TILE, "tile")
    _require(0 <= overlap <= tile // 2, "overlap")
    activation, pixel_m = str(output.get("activation", "sigmoid")), given.get("pixel_m")
    _require(activation in ACTIVATIONS, "output.activation")
    _require(pixel_m is None or 0 < float(pixel_m) < 100, "pixel_m")
    device = str(given.get("device", "auto"))
    _require(device in DEVICES, "device")
    file = Path(str(given["file"]))
    _require(file.name == str(file) and file.name not in ("", "..", "."), "file")
    std, scale = _three(values.get("std", 1.0), "normalisation.std"), float(values.get("scale", 255))
    _require(scale > 0 and min(std) > 0, "normalisation")
    return Manifest(
        name=str(given.get("name", file.stem)),
        file=folder / file,
        sha256=str(given["sha256"]).lower(),
        stacked=order == "stacked",
        inputs=names,
        bgr=given.get("channels", "rgb") == "bgr",
        scale=scale,
        mean=_three(values.get("mean", 0.0), "normalisation.mean"),
        std=std,
        tile=tile,
        overlap=overlap,
        activation=activation,
        channel=int(output.get("channel", 0)),
        output=output.get("name"),
        pixel_m=None if pixel_m is None else float(pixel_m),
        device=device,
    )


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise ValueError(what)


def _three(value: Any, what: str) -> tuple[float, float, float]:
    values = [float(one) for one in value] if isinstance(value, list) else [float(value)] * 3
    _require(len(values) == 3 and all(np.isfinite(values)), what)
    return values[0], values[1], values[2]


class OnnxModel:
    """A loaded model: `load` it once, `predict` per pair of pictures. Not to be shared between processes."""

    def __init__(self, manifest: Manifest, session: Any) -> None:
        self.manifest, self._session = manifest, session
        self.provider: str = session.get_providers()[0]
        self._output: str = manifest.output or session.get_outputs()[0].name

    @classmethod
    def load(cls, manifest: Path, *, gpu: bool = True, threads: int = 0) -> OnnxModel:
        """The model a manifest declares, on the ``device`` it names; ``gpu`` False keeps it off the GPU.

        ``threads``: within one operation, 0 = as many as there are cores. Raises `RasterError` when manifest
        and weights do not fit together.
        """
        import onnxruntime

        declared = read_manifest(manifest)
        _check_hash(declared)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        offered = onnxruntime.get_available_providers()
        if declared.device == "gpu" and GPU not in offered:
            raise RasterError("The manifest %(file)s asks for a GPU; there is none here.", file=manifest.name)
        chosen = [GPU] if gpu and GPU in offered and declared.device != "cpu" else []
        try:
            session = onnxruntime.InferenceSession(
                str(declared.file), options, providers=[*chosen, "CPUExecutionProvider"]
            )
        except Exception as error:  # its exceptions share no base of their own
            raise RasterError("%(file)s is not a model that can be run.", file=declared.file.name) from error
        _check_shapes(declared, session)
        return cls(declared, session)

    def predict(self, before: Image, after: Image, pixel_m: float | None = None) -> Plane:
        """Probability of change per pixel, 0..1, at the pictures' size.

        Resampled to the manifest's ``pixel_m`` and back when both pixel sizes are known. Memory: the result,
        one tile, and the pictures at the model's pixel size. Raises `RasterError` on unequal sizes or when
        the network refuses.
        """
        if before.shape != after.shape or before.ndim != 3 or before.shape[2] != 3:
            raise RasterError("The two images must be RGB and of one size.")
        rows, columns = before.shape[:2]
        scale = pixel_m / self.manifest.pixel_m if pixel_m and self.manifest.pixel_m else 1.0
        if 0.95 < scale < 1.05:
            return self._blended(before, after)
        size = (max(1, round(columns * scale)), max(1, round(rows * scale)))
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        pair = [np.asarray(cv2.resize(one, size, interpolation=how), np.uint8) for one in (before, after)]
        found = self._blended(*pair)
        return np.asarray(cv2.resize(found, (columns, rows), interpolation=cv2.INTER_LINEAR), np.float32)

    def _blended(self, before: Image, after: Image) -> Plane:
        """All tiles, their overlaps blended: weights fall linearly towards a tile's edges."""
        tile, overlap = self.manifest.tile, self.manifest.overlap
        rows, columns = before.shape[:2]
        total = np.zeros((rows, columns), np.float32)
        ramp = _ramp(tile, overlap)
        tops, lefts = _starts(rows, tile, overlap), _starts(columns, tile, overlap)
        for top in tops:
            for left in lefts:
                here = np.s_[top : top + tile, left : left + tile]
                cut = total[here]
                found = self._run(_padded(before[here], tile), _padded(after[here], tile))
                height, width = cut.shape
                cut += found[:height, :width] * ramp[:height, None] * ramp[None, :width]
        # Tiles stand in a grid, so the sum of their weights is a product of two lines.
        for axis, starts, length in ((0, tops, rows), (1, lefts, columns)):
            line = np.zeros(length, np.float32)
            for start in starts:
                line[start : start + tile] += ramp[: length - start]
            total /= line[:, None] if axis == 0 else line[None, :]
        return np.clip(total, 0, 1)

    def _run(self, before: Image, after: Image) -> Plane:
        """One tile through the network."""
        pair = [self._prepared(before), self._prepared(after)]
        tensors = [np.concatenate(pair, axis=1)] if self.manifest.stacked else pair
        try:
            out = self._session.run([self._output], dict(zip(self.manifest.inputs, tensors, strict=True)))[0]
        except Exception as error:  # its exceptions share no base of their own
            raise RasterError(
                "The model %(name)s cannot process a tile: %(reason)s",
                name=self.manifest.name,
                reason=str(error).splitlines()[0],
            ) from error
        return self._probability(np.asarray(out, np.float32))

    def _prepared(self, image: Image) -> Any:
        """As the network wants it: 1 × 3 × rows × columns, float32."""
        values = image[..., ::-1] if self.manifest.bgr else image
        factor = np.float32(1) / (np.array(self.manifest.std, np.float32) * np.float32(self.manifest.scale))
        shift = np.array(self.manifest.mean, np.float32) / np.array(self.manifest.std, np.float32)
        return np.ascontiguousarray((values * factor - shift).transpose(2, 0, 1)[None], np.float32)

    def _probability(self, out: Any) -> Plane:
        """The network's answer as probabilities of change, tile × tile."""
        tile, activation, channel = self.manifest.tile, self.manifest.activation, self.manifest.channel
        planes = out[0] if out.ndim == 4 else out
        if planes.ndim != 3 or not 0 <= channel < len(planes):
            raise RasterError(
                "The model %(name)s has no output channel %(channel)d.",
                name=self.manifest.name,
                channel=channel,
            )
        if activation == "softmax":
            high = np.exp(planes - planes.max(axis=0))
            plane = high[channel] / high.sum(axis=0)
        elif activation == "sigmoid":
            plane = 1 / (1 + np.exp(-np.clip(planes[channel], -60, 60)))
        else:
            plane = planes[channel]
        if plane.shape != (tile, tile):  # many networks answer at half or a quarter of the size
            plane = cv2.resize(plane, (tile, tile), interpolation=cv2.INTER_LINEAR)
        return np.asarray(np.nan_to_num(plane), np.float32)


def _check_hash(manifest: Manifest) -> None:
    try:
        with manifest.file.open("rb") as weights:
            found = hashlib.file_digest(weights, "sha256").hexdigest()
    except OSError as error:
        raise RasterError("The weights %(file)s cannot be read.", file=manifest.file.name) from error
    if found != manifest.sha256:
        raise RasterError(
            "The weights %(file)s are not those the manifest names (SHA-256 differs).",
            file=manifest.file.name,
        )


def _check_shapes(manifest: Manifest, session: Any) -> None:
    """Names, channels and tile size of the network against the manifest."""
    shapes = {one.name: list(one.shape) for one in session.get_inputs()}
    if set(shapes) != set(manifest.inputs):
        raise RasterError(
            "The model takes the inputs %(found)s, the manifest names %(named)s.",
            found=", ".join(shapes),
            named=", ".join(manifest.inputs),
        )
    channels = 6 if manifest.stacked else 3
    for name, shape in shapes.items():
        wanted = [1, channels, manifest.tile, manifest.tile]
        fits = len(shape) == 4 and all(
            not isinstance(have, int) or have == want for have, want in zip(shape, wanted, strict=True)
        )
        if not fits:
            raise RasterError(
                "The model's input %(name)s has the shape %(found)s, the manifest means %(wanted)s.",
                name=name,
                found=" × ".join(str(one) for one in shape),
                wanted=" × ".join(str(one) for one in wanted),
            )
    outputs = [one.name for one in session.get_outputs()]
    if manifest.output and manifest.output not in outputs:
        raise RasterError(
            "The model has no output %(name)s, only %(found)s.",
            name=manifest.output,
            found=", ".join(outputs),
        )


def _starts(length: int, tile: int, overlap: int) -> list[int]:
    """Where tiles begin so that they cover ``length``, the last one flush with the end."""
    if length <= tile:
        return [0]
    step = tile - overlap
    starts = list(range(0, length - tile, step))
    return [*starts, length - tile]


def _ramp(tile: int, overlap: int) -> Any:
    """Weights along one side of a tile: 1 inside, falling linearly over the overlap, never 0."""
    place = np.minimum(np.arange(tile), np.arange(tile)[::-1]) + 1
    return np.minimum(place / max(1, overlap), 1).astype(np.float32)


def _padded(image: Image, tile: int) -> Image:
    """``image`` filled up to ``tile`` by mirroring; as it is when it has that size."""
    rows, columns = image.shape[:2]
    if (rows, columns) == (tile, tile):
        return image
    # numpy and not cv2: it mirrors more than once where the picture is much smaller than the tile.
    return np.pad(image, ((0, tile - rows), (0, tile - columns), (0, 0)), mode="symmetric")
