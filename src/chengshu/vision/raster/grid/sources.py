"""One raster file on disk, read in pixels of the common grid, whatever its own pixels are."""

from __future__ import annotations

import warnings
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import rasterio
from affine import Affine
from rasterio.enums import ColorInterp, Resampling
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.io import DatasetReader, MemoryFile
from rasterio.vrt import WarpedVRT
from rasterio.windows import Window as FileWindow

from chengshu.vision.raster.grid.box import Box
from chengshu.vision.raster.types import Heights, Image, Mask, RasterError

# By the first bytes; no VRT and the like: such a file can name any other file or address.
DRIVERS = {
    b"II*\0": "GTiff", b"MM\0*": "GTiff", b"II+\0": "GTiff", b"MM\0+": "GTiff",
    b"\x89PNG": "PNG", b"\xff\xd8\xff": "JPEG",
}  # fmt: skip
PLAIN = {"PNG", "JPEG"}  # decoded from the top at every look back, so taken into memory once
PLAIN_PIXELS = 100_000_000
MOST_PIXELS = 20_000_000_000
BLOCK_BYTES = 256 << 20  # GDAL decodes a whole block to read a pixel of it
WARP_MB = 64
TYPES = {"uint8", "uint16", "int16", "float32", "float64"}
HEIGHT_TYPES = TYPES | {"int32", "uint32"}
NOTHING = (-9999.0, -32767.0, -32768.0)  # usual marks for "nothing measured", also where none is declared
FARTHEST_M = 9_000.0  # as are heights beyond this (3.4e38)
SAMPLES, SAMPLE_PX = 5, 256  # per axis: what the grey range of more than 8 bits is measured on
DAMAGED = "%(file)s is damaged: a part of it cannot be read."
Remark = tuple[str, dict[str, Any]]


@dataclass
class Source:
    """An opened and checked file. ``place`` says where it lies on the grid; then it is read by boxes."""

    path: Path
    dataset: DatasetReader
    heights: bool = False
    transform: Affine | None = None
    crs: Any = None
    bands: list[int] = field(default_factory=list)
    palette: npt.NDArray[np.uint8] | None = None
    grey_range: tuple[float, float] | None = None
    black_is_nothing: bool = False
    remarks: list[Remark] = field(default_factory=list)
    _reader: Any = None
    _offset: tuple[int, int] = (0, 0)
    _alpha: int | None = None

    @property
    def name(self) -> str:
        """The file's name, as the user knows it."""
        return self.path.name

    def place(self, reader: Any, offset: tuple[int, int], alpha: int | None = None) -> None:
        """``reader`` has the grid's pixels; the grid's pixel (0, 0) is its pixel ``offset``.

        ``alpha``: the band that says what is missing, where not the reader's own mask does.
        """
        self._reader, self._offset, self._alpha = reader, offset, alpha

    def read_image(self, box: Box, shape: tuple[int, int] | None = None) -> tuple[Image, Mask]:
        """RGB of 8 bits and where there is an image at all; ``shape`` (rows, columns) for a smaller copy.

        Raises RasterError where the file is damaged.
        """
        values, mask = self._read(box, shape)
        if self.black_is_nothing:
            mask &= ~_patches(values.max(axis=0) == 0)
        return self._to_rgb(values, mask), mask

    def read_heights(self, box: Box, shape: tuple[int, int] | None = None) -> Heights:
        """Metres, NaN where nothing was measured. Raises RasterError where the file is damaged."""
        values, mask = self._read(box, shape)
        heights: Heights = values[0].astype(np.float32)
        scale, offset = self.dataset.scales[0], self.dataset.offsets[0]
        mask &= np.isfinite(heights) & ~np.isin(heights, NOTHING)
        if (scale, offset) != (1.0, 0.0):
            heights = heights * np.float32(scale) + np.float32(offset)
        with np.errstate(invalid="ignore"):
            mask &= np.abs(heights) < FARTHEST_M
        heights[~mask] = np.nan
        return heights

    def _read(self, box: Box, shape: tuple[int, int] | None) -> tuple[npt.NDArray[Any], Mask]:
        reader = self._reader
        wanted = Box(box.x0 + self._offset[0], box.y0 + self._offset[1], box.width, box.height)
        inside = wanted.clipped(reader.width, reader.height)
        rows, columns = shape or (box.height, box.width)
        down, across = rows / box.height, columns / box.width
        values = np.zeros((len(self.bands), rows, columns), reader.dtypes[0])
        mask = np.zeros((rows, columns), bool)
        top, left = round((inside.y0 - wanted.y0) * down), round((inside.x0 - wanted.x0) * across)
        size = (
            min(round(inside.height * down), rows - top),
            min(round(inside.width * across), columns - left),
        )
        if min(*size, inside.width, inside.height) <= 0:
            return values, mask
        window = FileWindow(inside.x0, inside.y0, inside.width, inside.height)
        options: dict[str, Any] = {"window": window}
        if shape:
            options["resampling"] = Resampling.nearest if self.palette is not None else Resampling.average
        part = (slice(top, top + size[0]), slice(left, left + size[1]))
        try:
            values[:, *part] = reader.read(self.bands, out_shape=(len(self.bands), *size), **options)
            options.pop("resampling", None)
            if self._alpha:
                mask[part] = reader.read(self._alpha, out_shape=size, **options) > 0
            else:
                mask[part] = reader.dataset_mask(out_shape=size, **options) > 0
        except RasterioError as error:
            raise RasterError(DAMAGED, file=self.name) from error
        return values, mask

    def _to_rgb(self, values: npt.NDArray[Any], mask: Mask) -> Image:
        if self.palette is not None:
            coloured: Image = self.palette[values[0]]
            return coloured
        if self.grey_range:
            low, high = self.grey_range
            with np.errstate(invalid="ignore"):
                scaled = (values.astype(np.float32) - low) * (255 / (high - low))
            values = np.clip(np.where(mask, scaled, 0), 0, 255).astype(np.uint8)
        if len(values) == 1:
            values = np.repeat(values, 3, axis=0)
        return np.ascontiguousarray(values.transpose(1, 2, 0))


def open_source(path: Path, stack: ExitStack, heights: bool = False) -> Source:
    """Opens and checks one file; it is closed with ``stack``. Raises RasterError."""
    path = Path(path)
    dataset = _open(path, stack)
    _check_size(path, dataset)
    source = Source(path, dataset, heights)
    if dataset.transform != Affine.identity() and dataset.transform.determinant != 0:
        source.transform, source.crs = dataset.transform, dataset.crs
    _remark_layout(source)
    if heights:
        _choose_height_band(source)
    else:
        _choose_bands(source)
    if dataset.driver in PLAIN:
        source.dataset = _into_memory(path, dataset, stack)
    if not heights:
        _measure_range(source)
    source.place(source.dataset, (0, 0))
    return source


def warped(source: Source, transform: Affine, width: int, height: int, crs: Any, stack: ExitStack) -> None:
    """Places a file whose pixels are not those of the grid: resampled while it is read.

    ``crs`` None: both lie in one coordinate system, known or not; any stand-in does, as nothing is converted.
    """
    stand_in = rasterio.CRS.from_epsg(3857)
    dataset = source.dataset
    options: dict[str, Any] = {}
    if not source.heights:
        # A pixel is missing where all its bands say so: a roof without any blue is none.
        options["UNIFIED_SRC_NODATA"] = "YES"
    nodata = dataset.nodata
    if nodata is None and dataset.dtypes[0].startswith("float"):
        nodata = float("nan")
    added = ColorInterp.alpha not in dataset.colorinterp
    try:
        reader = stack.enter_context(
            WarpedVRT(
                dataset,
                src_crs=stand_in if crs is None else source.crs,
                src_transform=source.transform,
                crs=stand_in if crs is None else crs,
                transform=transform,
                width=width,
                height=height,
                resampling=Resampling.nearest if source.palette is not None else Resampling.bilinear,
                src_nodata=nodata,
                nodata=nodata,
                add_alpha=added,
                warp_mem_limit=WARP_MB,
                **options,
            )
        )
    except RasterioError as error:
        raise RasterError(
            "%(file)s cannot be brought into the coordinate system of the other image.", file=source.name
        ) from error
    source.place(reader, (0, 0), reader.count if added else None)


def _open(path: Path, stack: ExitStack) -> DatasetReader:
    if not path.is_file():
        raise RasterError("There is no file %(file)s.", file=path.name)
    with path.open("rb") as file:
        start = file.read(4)
        file.seek(max(0, path.stat().st_size - 4096))
        end = file.read()
    driver = next((name for magic, name in DRIVERS.items() if start.startswith(magic)), "")
    if driver == "PNG" and b"IEND" not in end:  # GDAL would fill what is missing with black
        raise RasterError(DAMAGED, file=path.name)
    try:
        if not driver:
            raise ValueError(start)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            return stack.enter_context(rasterio.open(path, driver=driver))
    except (RasterioError, ValueError) as error:
        raise RasterError(
            "%(file)s is not an image that can be read (GeoTIFF, PNG or JPEG).", file=path.name
        ) from error


def _check_size(path: Path, dataset: DatasetReader) -> None:
    pixels = dataset.width * dataset.height
    if dataset.driver in PLAIN and pixels > PLAIN_PIXELS:
        raise RasterError(
            "%(file)s has %(mpx)s million pixels, too many for PNG or JPEG; save it as a COG.",
            file=path.name,
            mpx=round(pixels / 1e6),
        )
    if pixels > MOST_PIXELS:
        raise RasterError(
            "%(file)s claims %(width)s × %(height)s pixels, more than can be compared; cut it.",
            file=path.name,
            width=dataset.width,
            height=dataset.height,
        )
    rows, columns = dataset.block_shapes[0]
    each = np.dtype(dataset.dtypes[0]).itemsize * dataset.count
    if rows * columns * each > BLOCK_BYTES:
        raise RasterError(
            "%(file)s is stored in one piece that does not fit into memory; save it as a COG.",
            file=path.name,
        )


def _remark_layout(source: Source) -> None:
    dataset = source.dataset
    if dataset.driver in PLAIN or dataset.width <= 4 * 512:
        return
    if dataset.block_shapes[0][1] == dataset.width:
        source.remarks.append(
            (
                "%(file)s is stored in rows, not in tiles: reading it takes longer (a COG would be faster).",
                {"file": source.name},
            )
        )


def _choose_height_band(source: Source) -> None:
    dataset = source.dataset
    colours = [kind for kind in dataset.colorinterp if kind != ColorInterp.alpha]
    if len(colours) != 1 or dataset.dtypes[0] not in HEIGHT_TYPES or dataset.dtypes[0] == "uint8":
        raise RasterError(
            "%(file)s is not a surface model: it must have one band with heights in metres.", file=source.name
        )
    source.bands = [1]


def _choose_bands(source: Source) -> None:
    dataset = source.dataset
    kinds = list(dataset.colorinterp)
    colours = [band for band, kind in enumerate(kinds, 1) if kind != ColorInterp.alpha]
    named = [
        kinds.index(kind) + 1
        for kind in (ColorInterp.red, ColorInterp.green, ColorInterp.blue)
        if kind in kinds
    ]
    if dataset.dtypes[0] not in TYPES or len(set(dataset.dtypes)) > 1:
        raise RasterError(
            "%(file)s has pixels of a type that is no image: %(type)s.",
            file=source.name,
            type=dataset.dtypes[0],
        )
    if len(named) == 3:
        source.bands = named
    elif len(colours) in (3, 4):  # red, green, blue and perhaps near infrared
        source.bands = colours[:3]
    elif len(colours) == 1:
        source.bands = colours
        source.palette = _palette(dataset)
    else:
        raise RasterError(
            "%(file)s has %(bands)s bands; an image has 1 (grey), 3 (colours) or 4.",
            file=source.name,
            bands=dataset.count,
        )
    declared = dataset.nodata is not None or len(colours) < len(kinds)
    declared = declared or any("per_dataset" in str(flags) for flags in dataset.mask_flag_enums)
    source.black_is_nothing = not declared and source.transform is not None and source.palette is None


def _palette(dataset: DatasetReader) -> npt.NDArray[np.uint8] | None:
    if dataset.colorinterp[0] != ColorInterp.palette or dataset.dtypes[0] != "uint8":
        return None
    table = np.zeros((256, 3), np.uint8)
    for value, colour in dataset.colormap(1).items():
        table[value] = colour[:3]
    return table


def _into_memory(path: Path, dataset: DatasetReader, stack: ExitStack) -> DatasetReader:
    """The same pixels as tiles in memory, decoded once from top to bottom."""
    profile = dict(dataset.profile, driver="GTiff", tiled=True, blockxsize=512, blockysize=512)
    for key in ("compress", "photometric", "interleave"):
        profile.pop(key, None)
    memory = stack.enter_context(MemoryFile())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        try:
            with memory.open(**profile) as copy:
                for top in range(0, dataset.height, 512):
                    window = FileWindow(0, top, dataset.width, min(512, dataset.height - top))
                    copy.write(dataset.read(window=window), window=window)
                copy.colorinterp = dataset.colorinterp
        except RasterioError as error:
            raise RasterError(DAMAGED, file=path.name) from error
        return stack.enter_context(memory.open())


def _measure_range(source: Source) -> None:
    """More than 8 bits: the grey range that becomes 0 to 255, measured on some spread windows."""
    dataset = source.dataset
    if dataset.dtypes[0] == "uint8":
        return
    values = []
    for row in range(SAMPLES):
        for column in range(SAMPLES):
            left = round((dataset.width - SAMPLE_PX) * column / (SAMPLES - 1))
            top = round((dataset.height - SAMPLE_PX) * row / (SAMPLES - 1))
            box = Box(left, top, SAMPLE_PX, SAMPLE_PX).clipped(dataset.width, dataset.height)
            window = FileWindow(box.x0, box.y0, box.width, box.height)
            try:
                part = dataset.read(source.bands, window=window)
                mask = dataset.dataset_mask(window=window) > 0
            except RasterioError as error:
                raise RasterError(DAMAGED, file=source.name) from error
            part = part[:, mask]
            values.append(part[np.isfinite(part)].astype(np.float64))
    found = np.concatenate(values)
    if not found.size:
        raise RasterError("%(file)s is empty: no pixel has a value.", file=source.name)
    low, high = np.percentile(found, [0.2, 99.8])
    source.grey_range = (float(low), float(max(high, low + 1e-6)))


def _patches(black: Mask) -> Mask:
    """Black areas of some size, as mosaics without a nodata value have around them."""
    if not black.any():
        return black
    kernel = np.ones((9, 9), np.uint8)
    return cv2.morphologyEx(black.astype(np.uint8), cv2.MORPH_OPEN, kernel).astype(bool)
