"""Plain pictures (PNG, JPEG) as flights: laid on the map by hand, since they do not know where they are.

The picture is stretched over the rectangle that somebody states and kept as a GeoTIFF; from there on it is
compared, shown and decided on like any other. That it was placed by hand stands wherever its place counts.
"""

from __future__ import annotations

import hashlib
import math
from pathlib import Path

import numpy as np
import rasterio
from django.conf import settings
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError
from pyproj import Transformer
from rasterio.transform import from_bounds

from chengshu.kernel.geometry import haversine_m
from chengshu.sensing import raster
from chengshu.sensing.refusing import SensingProblem
from chengshu.sensing.rules import rules

PICTURES = (".png", ".jpg", ".jpeg")
FOLDER = "placed"
Box = tuple[float, float, float, float]


def is_plain(source: str) -> bool:
    """Whether the name is that of a picture without coordinates."""
    return source.lower().endswith(PICTURES)


def placed_by_hand(source: str) -> bool:
    """Whether the mosaic at this path was laid on the map by hand."""
    return source.startswith(f"{FOLDER}/")


def read_box(text: str) -> Box:
    """West, south, east and north in degrees. Raises `SensingProblem`."""
    try:
        west, south, east, north = (float(part) for part in text.replace("，", ",").split(","))
        fine = -180 <= west < east <= 180 and -80 <= south < north <= 80
    except ValueError:
        fine = False
    if not fine:
        raise SensingProblem(
            _("A picture without coordinates needs its place: west, south, east, north in degrees."), "area"
        )
    return west, south, east, north


def place(source: str, box: Box) -> str:
    """The path of a GeoTIFF with the picture on the rectangle; made once. Raises `SensingProblem`."""
    file = raster.in_folder(source)
    if not file.is_file():
        raise SensingProblem(
            _("There is no such file in the folder of flights: %(name)s") % {"name": source}, "mosaic"
        )
    digest = hashlib.sha256(repr(box).encode())
    with file.open("rb") as content:
        while chunk := content.read(raster.CHUNK):
            digest.update(chunk)
    made = f"{FOLDER}/{digest.hexdigest()}.tif"
    target = Path(settings.FLIGHT_FOLDER) / made
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(_pixels(file), box, target)
    return made


def _pixels(file: Path) -> np.ndarray:
    """Rows × columns × 3 of what is really a PNG or a JPEG, and no larger than may be decoded at once."""
    try:
        with Image.open(file, formats=["PNG", "JPEG"]) as image:
            if image.width * image.height > rules().flights.plain_mpx * 1_000_000:
                raise SensingProblem(
                    _("A picture without coordinates has at most %(n)d million pixels.")
                    % {"n": rules().flights.plain_mpx},
                    "mosaic",
                )
            return np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        if isinstance(error, SensingProblem):
            raise
        raise SensingProblem(
            _("The file is not a PNG or JPEG that can be read: %(name)s") % {"name": file.name}, "mosaic"
        ) from None


def _write(pixels: np.ndarray, box: Box, target: Path) -> None:
    """In the metric zone of its middle, as wide and as high as the rectangle is on the ground."""
    west, south, east, north = box
    lng, lat = (west + east) / 2, (south + north) / 2
    crs = f"EPSG:{(32600 if lat >= 0 else 32700) + math.floor((min(lng, 179.9) + 180) / 6) + 1}"
    x, y = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(lng, lat)
    wide, high = float(haversine_m(west, lat, east, lat)), float(haversine_m(lng, south, lng, north))
    rows, columns = pixels.shape[:2]
    profile = {
        "driver": "GTiff", "count": 3, "dtype": "uint8", "height": rows, "width": columns, "crs": crs,
        "transform": from_bounds(x - wide / 2, y - high / 2, x + wide / 2, y + high / 2, columns, rows),
        "compress": "deflate",
    }  # fmt: skip
    if min(rows, columns) >= 256:
        profile |= {"tiled": True, "blockxsize": 256, "blockysize": 256}
    half = target.with_suffix(".part")
    with rasterio.open(half, "w", **profile) as written:
        written.write(np.moveaxis(pixels, -1, 0))
    half.replace(target)
