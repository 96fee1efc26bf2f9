"""研判结果转训练样本: officers' verdicts as labelled tiles, for training a model elsewhere.

The folder is laid out as public change-detection sets are::

    A/ B/            the picture before and after, PNG tiles of one size
    label/           255 where something changed, 0 elsewhere
    known/           255 where a person looked; outside, 0 in label/ means "nobody said"
    A_dsm/ B_dsm/    surface models of the same tiles (GeoTIFF, metres), where there are any
    list/train.txt   names of the tiles to train on; val.txt those to test on
    index.geojson    outline, verdict, kind, tile, split, CRS and georeference of every example

Tiles are split by place and not at random: everything within a block of ground, from all flights, falls on
the same side, so that a model is never tested on a roof it was trained with. The side follows from the block
alone: exporting again, with more verdicts, moves nothing.
"""

from __future__ import annotations

import hashlib
import json
import math
import tempfile
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import rasterio
from rasterio.enums import Resampling
from rasterio.errors import NotGeoreferencedWarning
from rasterio.features import rasterize
from rasterio.transform import Affine
from rasterio.vrt import WarpedVRT
from rasterio.windows import Window

from chengshu.vision.raster.types import Mask, RasterError

# What a verdict says about the pictures: a legal building is as much a change as an illegal one.
CHANGED = frozenset({"lead", "known_legal", "illegal", "legal", "in_ledger"})
UNCHANGED = frozenset({"no_change", "not_found"})
UNCLEAR = frozenset({"unclear"})
BLOCK_M = 256.0  # side of the blocks of ground that stay together
BLOCK_TILES = 4  # the same in pictures without coordinates
VALIDATION_SHARE = 0.2
TILE = 256
MOST_TILES_OF_ONE = 400  # a single outline of more is no building but a mistake
DEGREE_M = 111_320.0


@dataclass(frozen=True)
class Example:
    """One place a person looked at in two flights.

    ``geometry``: a GeoJSON polygon in the coordinates of ``before`` (in pixels where that has none).
    ``verdict``: one of CHANGED, UNCHANGED, UNCLEAR; ``kind``: what changed (`types.KINDS`), empty if nothing.
    """

    identity: str
    before: Path
    after: Path
    geometry: dict[str, Any]
    verdict: str
    kind: str = ""
    before_dsm: Path | None = None
    after_dsm: Path | None = None


@dataclass(frozen=True)
class Exported:
    """What was written. ``verdicts`` counts examples by verdict, ``left_out`` tiles by the reason."""

    tiles: int
    train: int
    val: int
    examples: int
    verdicts: dict[str, int]
    left_out: dict[str, int]


Flights = tuple[Path, Path, Path | None, Path | None]
Cell = tuple[int, int]  # column and row of a tile in its flight


def export_training(
    folder: Path,
    examples: Iterable[Example],
    *,
    tile: int = TILE,
    validation_share: float = VALIDATION_SHARE,
) -> Exported:
    """Writes the tiles around ``examples`` to ``folder``, new or empty; returns what was written.

    Deterministic: the order of the examples does not matter. One tile is held in memory at a time. A tile in
    which something unclear lies is left out: it would teach doubt as fact. The folder appears only when all
    is written. Raises `RasterError` for a folder in use, an unknown verdict, an outline outside the picture,
    or pictures that cannot be read.
    """
    if not 32 <= tile <= 4096:
        raise RasterError("A tile measures between 32 and 4096 pixels.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise RasterError("%(folder)s is not empty; choose a new folder.", folder=folder)
    by_flights: dict[Flights, list[Example]] = defaultdict(list)
    for one in examples:
        if one.verdict not in CHANGED | UNCHANGED | UNCLEAR:
            raise RasterError("%(verdict)s is not a verdict this export knows.", verdict=one.verdict)
        by_flights[one.before, one.after, one.before_dsm, one.after_dsm].append(one)
    if not by_flights:
        raise RasterError("There are no verdicts to export.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".export-") as scratch:
        inside = Path(scratch) / "all"
        try:
            done = _write_all(inside, by_flights, tile, validation_share)
        except rasterio.errors.RasterioError as error:
            raise RasterError("A picture cannot be read: %(reason)s", reason=error) from error
        inside.replace(folder)
    return done


def _write_all(folder: Path, by_flights: dict[Flights, list[Example]], tile: int, share: float) -> Exported:
    """Tiles, lists and index into ``folder``."""
    for name in ("A", "B", "label", "known", "list"):
        (folder / name).mkdir(parents=True)
    left_out, features = Counter[str](), list[dict[str, Any]]()
    lists: dict[str, list[str]] = {"train": [], "val": []}
    for flights in sorted(by_flights, key=str):
        ordered = sorted(by_flights[flights], key=lambda one: one.identity)
        with _Reader(flights, tile) as reader:
            for name, split, written in _tiles(folder, reader, ordered, share, left_out):
                lists[split].append(name)
                features += written
    for split, names in lists.items():
        text = "".join(f"{name}\n" for name in sorted(names))
        (folder / "list" / f"{split}.txt").write_text(text, encoding="utf-8")
    index = {"type": "FeatureCollection", "features": features}
    (folder / "index.geojson").write_text(json.dumps(index, ensure_ascii=False, indent=1), encoding="utf-8")
    seen = {one["properties"]["id"]: one["properties"]["verdict"] for one in features}
    return Exported(
        tiles=len(lists["train"]) + len(lists["val"]),
        train=len(lists["train"]),
        val=len(lists["val"]),
        examples=len(seen),
        verdicts=dict(sorted(Counter(seen.values()).items())),
        left_out=dict(left_out),
    )


def _tiles(
    folder: Path, reader: _Reader, examples: list[Example], share: float, left_out: Counter[str]
) -> Iterator[tuple[str, str, list[dict[str, Any]]]]:
    """Writes the tiles of one pair of flights; name, split and index entries of each."""
    cells: dict[Cell, list[Example]] = defaultdict(list)
    for one in examples:
        for cell in reader.cells(one):
            cells[cell].append(one)
    for cell in sorted(cells):
        here = cells[cell]
        if any(one.verdict in UNCLEAR for one in here):
            left_out["unclear"] += 1
            continue
        split = reader.split(cell, share)
        if split is None:
            left_out["on the border of two blocks"] += 1
            continue
        name = reader.write(folder, cell, here)
        if name is None:
            left_out["no picture"] += 1
            continue
        yield name, split, [reader.entry(name, split, cell, one) for one in here]


class _Reader:
    """One pair of flights, read tile by tile on the grid of the picture before."""

    def __init__(self, flights: Flights, tile: int) -> None:
        self.flights, self.tile = flights, tile
        self._open = ExitStack()

    def __enter__(self) -> _Reader:
        before, after, *models = self.flights
        self._open.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore", NotGeoreferencedWarning)  # plain pictures are welcome
        try:
            self.before = self._open.enter_context(rasterio.open(before))
            self.plain = self.before.crs is None
            self.transform = Affine.identity() if self.plain else self.before.transform
            self.after = self._on_grid(after, Resampling.bilinear)
            self.models = [one and self._on_grid(one, Resampling.bilinear) for one in models]
        except rasterio.errors.RasterioError as error:
            self._open.close()
            raise RasterError("A picture cannot be read: %(reason)s", reason=error) from error
        except BaseException:
            self._open.close()
            raise
        if self.before.count < 3 or self.after.count < 3:
            self._open.close()
            raise RasterError("The pictures must have three channels.")
        # One stem for both flights: other files of the same names must not meet in one folder.
        both = "\n".join(path.name for path in self.flights if path)
        self.stem = f"{before.stem}-{hashlib.sha256(both.encode()).hexdigest()[:6]}"
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def _on_grid(self, path: Path, how: Resampling) -> Any:
        """``path`` as if it had the grid of the picture before."""
        other = self._open.enter_context(rasterio.open(path))
        if self.plain or other.crs is None:
            if not self.plain or other.crs is not None or other.shape != self.before.shape:
                raise RasterError("Without coordinates, both pictures must have none and be of one size.")
            return other
        return self._open.enter_context(
            WarpedVRT(
                other,
                crs=self.before.crs,
                transform=self.before.transform,
                width=self.before.width,
                height=self.before.height,
                resampling=how,
            )
        )

    def cells(self, example: Example) -> list[Cell]:
        """The tiles that an outline touches."""
        xs, ys = self._pixels(example.geometry)
        if xs.max() <= 0 or ys.max() <= 0 or xs.min() >= self.before.width or ys.min() >= self.before.height:
            raise RasterError("The outline of %(id)s lies outside the picture.", id=example.identity)
        columns, rows = (
            range(max(0, int(low // self.tile)), min(last, math.ceil(high / self.tile) - 1) + 1)
            for low, high, last in (
                (xs.min(), xs.max(), (self.before.width - 1) // self.tile),
                (ys.min(), ys.max(), (self.before.height - 1) // self.tile),
            )
        )
        if len(columns) * len(rows) > MOST_TILES_OF_ONE:
            raise RasterError("The outline of %(id)s is too large for one example.", id=example.identity)
        return [(column, row) for column in columns for row in rows]

    def _pixels(self, geometry: dict[str, Any]) -> tuple[Any, Any]:
        """All corners of a geometry in pixels: columns, rows."""
        try:
            if geometry["type"] not in ("Polygon", "MultiPolygon"):
                raise ValueError(geometry["type"])
            polygons = (
                geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
            )
            corners = np.array(
                [point[:2] for polygon in polygons for ring in polygon for point in ring], float
            )
            if len(corners) < 3 or not np.isfinite(corners).all():
                raise ValueError("corners")
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise RasterError("An example's geometry is not a polygon.") from error
        back = ~self.transform
        xs, ys = corners.T
        return back.a * xs + back.b * ys + back.c, back.d * xs + back.e * ys + back.f

    def split(self, cell: Cell, share: float) -> str | None:
        """``train`` or ``val`` by the block of ground; None where a tile lies in blocks of both."""
        column, row = cell
        inset = 0.5  # pixels: a tile that ends at a block's border lies in one block
        corners = [
            (x, y)
            for x in (column * self.tile + inset, (column + 1) * self.tile - inset)
            for y in (row * self.tile + inset, (row + 1) * self.tile - inset)
        ]
        sides = {self._side(x, y, share) for x, y in corners}
        return sides.pop() if len(sides) == 1 else None

    def _side(self, x: float, y: float, share: float) -> str:
        if self.plain:
            size = float(self.tile * BLOCK_TILES)
            place = self.flights[0].name
        else:
            to = self.transform
            x, y = to.a * x + to.b * y + to.c, to.d * x + to.e * y + to.f
            size = BLOCK_M / (DEGREE_M if self.before.crs.is_geographic else 1.0)
            place = ""
        block = f"{place}:{math.floor(x / size)}:{math.floor(y / size)}"
        drawn = int.from_bytes(hashlib.sha256(block.encode()).digest()[:8], "big") / 2**64
        return "val" if drawn < share else "train"

    def write(self, folder: Path, cell: Cell, examples: list[Example]) -> str | None:
        """The files of one tile; its name, or None where one of the pictures is empty there."""
        window, valid = self._window(cell), np.ones((self.tile, self.tile), bool)
        pictures = []
        for source in (self.before, self.after):
            image = source.read((1, 2, 3), window=window)
            mask = source.dataset_mask(window=window) > 0
            pictures.append(self._filled(image))
            valid &= self._filled(mask[None])[..., 0] > 0
        if not valid.any():
            return None
        name = f"{self.stem}_{cell[0]:05}_{cell[1]:05}.png"
        changed, known = (
            self._burnt(examples, cell, CHANGED),
            self._burnt(examples, cell, CHANGED | UNCHANGED),
        )
        planes = {"A": pictures[0][..., ::-1], "B": pictures[1][..., ::-1]}
        planes |= {"label": np.uint8(255) * (changed & valid), "known": np.uint8(255) * (known & valid)}
        for part, content in planes.items():
            if not cv2.imwrite(str(folder / part / name), content):
                raise RasterError("%(folder)s cannot be written to.", folder=folder)
        for part, model in zip(("A_dsm", "B_dsm"), self.models, strict=True):
            if model:
                self._write_heights(folder / part, name, model, window, cell)
        return name

    def _window(self, cell: Cell) -> Window:
        """The part of a tile that lies inside the picture."""
        left, top = cell[0] * self.tile, cell[1] * self.tile
        return Window(
            left, top, min(self.tile, self.before.width - left), min(self.tile, self.before.height - top)
        )

    def _filled(self, bands: Any) -> Any:
        """Bands × rows × columns as a whole tile, rows × columns × bands, uint8, 0 beyond the picture."""
        if bands.dtype not in (np.uint8, np.bool_):
            raise RasterError("The pictures must have 8-bit channels.")
        whole = np.zeros((self.tile, self.tile, len(bands)), np.uint8)
        whole[: bands.shape[1], : bands.shape[2]] = bands.transpose(1, 2, 0)
        return whole

    def _burnt(self, examples: list[Example], cell: Cell, verdicts: frozenset[str]) -> Mask:
        shapes = [one.geometry for one in examples if one.verdict in verdicts]
        if not shapes:
            return np.zeros((self.tile, self.tile), bool)
        burnt = rasterize(
            shapes, out_shape=(self.tile, self.tile), transform=self._placed(cell), dtype=np.uint8
        )
        return np.asarray(burnt > 0)

    def _placed(self, cell: Cell) -> Affine:
        """From a tile's pixels to the coordinates of the picture before."""
        x, y, to = cell[0] * self.tile, cell[1] * self.tile, self.transform
        return Affine(to.a, to.b, to.a * x + to.b * y + to.c, to.d, to.e, to.d * x + to.e * y + to.f)

    def _write_heights(self, folder: Path, name: str, model: Any, window: Window, cell: Cell) -> None:
        folder.mkdir(exist_ok=True)
        heights = np.full((self.tile, self.tile), np.nan, np.float32)
        read = model.read(1, window=window, masked=True).astype(np.float32).filled(np.nan)
        heights[: read.shape[0], : read.shape[1]] = read
        with rasterio.open(
            folder / f"{Path(name).stem}.tif",
            "w",
            driver="GTiff",
            width=self.tile,
            height=self.tile,
            count=1,
            dtype="float32",
            nodata=np.nan,
            crs=self.before.crs,
            transform=self._placed(cell),
            compress="deflate",
        ) as target:
            target.write(heights, 1)

    def entry(self, name: str, split: str, cell: Cell, example: Example) -> dict[str, Any]:
        """An example in the index, once for every tile it lies in."""
        crs = self.before.crs
        return {
            "type": "Feature",
            "geometry": example.geometry,
            "properties": {
                "id": example.identity,
                "verdict": example.verdict,
                "kind": example.kind,
                "changed": example.verdict in CHANGED,
                "tile": name,
                "split": split,
                "crs": crs.to_string() if crs else None,
                "transform": list(self._placed(cell))[:6],
                "before": self.flights[0].name,
                "after": self.flights[1].name,
            },
        }
