"""Opening pictures that somebody handed in: only GeoTIFF, only from known places, nothing beside the file."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path, PurePosixPath
from typing import Any
from xml.sax.saxutils import escape

import rasterio
from django.conf import settings
from django.utils.translation import gettext as _
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError
from rasterio.enums import Interleaving
from rasterio.errors import RasterioError
from shapely.geometry import Polygon, mapping

from chengshu.sensing.refusing import SensingProblem
from chengshu.sensing.rules import rules

S3 = "s3://"
SUFFIXES = (".tif", ".tiff")
CLOUDS = (".las", ".laz")  # point clouds, in the place of a surface model
CHUNK = 1 << 22
METRES_PER_DEGREE = 111_320.0
EDGE_STEPS = 8  # points on each side of a footprint: a straight side in one projection bends in another
DSM_TYPES = frozenset({"float32", "float64", "int16", "uint16", "int32"})


@dataclass(frozen=True)
class Picture:
    """What a mosaic or surface model says of itself. ``area``: GeoJSON polygon in WGS 84."""

    crs: str
    crs_stated: bool
    gsd_m: float
    width: int
    height: int
    bands: int
    area: dict[str, Any]
    has_overviews: bool
    size: int


def place_of(source: str) -> str:
    """The address to open for a path within the folder of flights or an ``s3://`` address.

    Raises `SensingProblem` for anything outside of what the operator allows.
    """
    source = source.strip()
    if not source.lower().endswith((*SUFFIXES, *CLOUDS)):
        raise SensingProblem(_("Flights are GeoTIFF files (.tif)."), "mosaic")
    if source.startswith(S3):
        bucket = source[len(S3) :].partition("/")[0]
        if bucket not in settings.FLIGHT_BUCKETS:
            raise SensingProblem(
                _("Flights may not be read from this bucket: %(name)s") % {"name": bucket}, "mosaic"
            )
        return source
    whole = in_folder(source)
    if not whole.is_file():
        raise SensingProblem(
            _("There is no such file in the folder of flights: %(name)s") % {"name": source}, "mosaic"
        )
    return str(whole)


def in_folder(source: str) -> Path:
    """A file by its path within the folder of flights; `SensingProblem` for one that leads out of it."""
    path, root = PurePosixPath(source), Path(settings.FLIGHT_FOLDER).resolve()
    whole = (root / path).resolve()
    if path.is_absolute() or not whole.is_relative_to(root):
        raise SensingProblem(_("Give a path within the folder of flights."), "mosaic")
    return whole


@contextmanager
def opened(source: str) -> Iterator[Any]:
    """The open dataset. Raises `SensingProblem` if it is no GeoTIFF or cannot be read."""
    place = place_of(source)
    options: dict[str, Any] = {"GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR", **_s3_options(place)}
    with rasterio.Env(**options):
        try:
            dataset = rasterio.open(place, driver="GTiff")
        except (RasterioError, OSError):
            raise SensingProblem(
                _("The file is not a GeoTIFF that can be read: %(name)s") % {"name": name_of(source)},
                "mosaic",
            ) from None
        with dataset:
            yield dataset


def through(transform: Any, x: Any, y: Any) -> tuple[Any, Any]:
    """A place, or arrays of them, through an affine transform of six numbers."""
    a, b, c, d, e, f = (float(value) for value in tuple(transform)[:6])
    return a * x + b * y + c, d * x + e * y + f


def name_of(source: str) -> str:
    """The file's own name."""
    return PurePosixPath(source).name


def look_at(source: str, *, stated_crs: str = "", surface: bool = False) -> Picture:
    """Read what the file says of itself; ``surface``: it is a surface model. Raises `SensingProblem`."""
    field = "dsm" if surface else "mosaic"
    with opened(source) as dataset:
        crs, stated = _crs(dataset, stated_crs, field)
        _check(dataset, surface, field)
        area = _area(dataset, crs, field)
        gsd = _gsd(dataset, crs, area)
        least, most = rules().flights.gsd_m
        if not surface and not least <= gsd <= most:
            raise SensingProblem(
                _("A pixel of %(gsd).3f m is outside of what is accepted (%(least)s to %(most)s m).")
                % {"gsd": gsd, "least": least, "most": most},
                field,
            )
        size = size_of(source)
        if not _whole(dataset, size):
            raise SensingProblem(
                _("The file is cut off: part of the picture is missing: %(name)s")
                % {"name": name_of(source)},
                field,
            )
        return Picture(
            crs.to_string()[:300], stated, gsd, dataset.width, dataset.height, dataset.count,
            mapping(area), bool(dataset.overviews(1)), size,
        )  # fmt: skip


def _whole(dataset: Any, size: int) -> bool:
    """Whether every block of the picture ends within the file of so many bytes; an upload may break off."""
    rows, columns = dataset.block_shapes[0]
    down, across = math.ceil(dataset.height / rows), math.ceil(dataset.width / columns)
    bands = dataset.indexes if dataset.interleaving == Interleaving.band else dataset.indexes[:1]
    for band in bands:
        for row, column in product(range(down), range(across)):
            begin, length = (
                dataset.get_tag_item(f"BLOCK_{what}_{column}_{row}", "TIFF", bidx=band)
                for what in ("OFFSET", "SIZE")
            )
            if begin is not None and length is not None and int(begin) + int(length) > size:
                return False
    return True


def _crs(dataset: Any, stated: str, field: str) -> tuple[CRS, bool]:
    try:
        if dataset.crs:
            return CRS.from_user_input(dataset.crs), False
        if stated.strip():
            return CRS.from_user_input(stated.strip()), True
    except CRSError:
        raise SensingProblem(
            _("The coordinate system is not known: %(name)s") % {"name": (stated or "?")[:80]}, "crs"
        ) from None
    raise SensingProblem(_("The file names no coordinate system. State it."), "crs" if not stated else field)


def _check(dataset: Any, surface: bool, field: str) -> None:
    limits = rules().flights
    if max(dataset.width, dataset.height) > limits.max_side_px:
        raise SensingProblem(
            _("The picture has more than %(n)s pixels along a side.") % {"n": f"{limits.max_side_px:,}"},
            field,
        )
    if min(dataset.width, dataset.height) < limits.min_side_px:
        raise SensingProblem(_("The picture is too small to compare."), field)
    if surface:
        if dataset.count != 1 or dataset.dtypes[0] not in DSM_TYPES:
            raise SensingProblem(_("A surface model has one band of heights in metres."), field)
        return
    if dataset.count not in limits.bands or set(dataset.dtypes) != {"uint8"}:
        raise SensingProblem(_("A mosaic has 1, 3 or 4 bands of 8 bits."), field)


def _area(dataset: Any, crs: CRS, field: str) -> Polygon:
    w, h, n = dataset.width, dataset.height, EDGE_STEPS
    steps = [step / n for step in range(n)]
    ring = [(s * w, 0) for s in steps] + [(w, s * h) for s in steps]
    ring += [(w - s * w, h) for s in steps] + [(0, h - s * h) for s in steps]
    to_degrees = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    places = [to_degrees.transform(*through(dataset.transform, *corner)) for corner in ring]
    area = Polygon(places)
    if (
        not all(math.isfinite(value) for place in places for value in place)
        or not area.is_valid
        or not area.area
    ):
        raise SensingProblem(_("The picture lies nowhere on Earth; check its coordinate system."), field)
    return area


def _gsd(dataset: Any, crs: CRS, area: Polygon) -> float:
    t = dataset.transform
    size = math.sqrt(abs(t.a * t.e - t.b * t.d))
    if crs.is_geographic:
        return size * METRES_PER_DEGREE * math.sqrt(math.cos(math.radians(area.centroid.y)))
    factor = crs.axis_info[0].unit_conversion_factor if crs.axis_info else 1.0
    return float(size * factor)


def size_of(source: str) -> int:
    """Bytes of the file."""
    place = place_of(source)
    if place.startswith(S3):
        bucket, _slash, key = place[len(S3) :].partition("/")
        return int(s3_client().head_object(Bucket=bucket, Key=key)["ContentLength"])
    return Path(place).stat().st_size


def digest_of(source: str, tell: Callable[[int], None]) -> str:
    """The SHA-256 of the file's bytes; ``tell`` hears the bytes read so far and may raise to stop."""
    digest, done = hashlib.sha256(), 0
    for chunk in _chunks(source):
        digest.update(chunk)
        done += len(chunk)
        tell(done)
    return digest.hexdigest()


def local_file(source: str, folder: Path, *, crs: str = "") -> Path:
    """A file on this machine with the picture: the file itself, or a copy in ``folder`` of one on S3.

    ``crs``: what was stated for a file that names none; then it is a link to it with that beside it, as GDAL
    reads it (PAM), so that large files are not copied.
    """
    found = _copied(source, folder)
    if not crs:
        return found
    folder.mkdir(parents=True, exist_ok=True)
    named = folder / f"{found.stem}-{hashlib.sha256(crs.encode()).hexdigest()[:8]}.tif"
    if not named.is_symlink():
        named.symlink_to(found.resolve())
    words = escape(CRS.from_user_input(crs).to_wkt())
    Path(f"{named}.aux.xml").write_text(f"<PAMDataset><SRS>{words}</SRS></PAMDataset>", encoding="utf-8")
    return named


def _copied(source: str, folder: Path) -> Path:
    place = place_of(source)
    if not place.startswith(S3):
        return Path(place)
    kept = folder / f"{hashlib.sha256(place.encode()).hexdigest()[:16]}.tif"
    if not kept.exists():
        folder.mkdir(parents=True, exist_ok=True)
        half = kept.with_suffix(".part")
        with half.open("wb") as target:
            for chunk in _chunks(source):
                target.write(chunk)
        half.replace(kept)
    return kept


def _chunks(source: str) -> Iterator[bytes]:
    place = place_of(source)
    if place.startswith(S3):
        bucket, _slash, key = place[len(S3) :].partition("/")
        yield from s3_client().get_object(Bucket=bucket, Key=key)["Body"].iter_chunks(CHUNK)
        return
    with Path(place).open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _s3_settings() -> dict[str, Any]:
    stated: Any = settings.STORAGES["default"]
    return dict(stated.get("OPTIONS", {}))


def _s3_options(place: str) -> dict[str, Any]:
    if not place.startswith(S3):
        return {}
    stated = _s3_settings()
    options = {
        "aws_access_key_id": stated.get("access_key"),
        "aws_secret_access_key": stated.get("secret_key"),
    }
    if endpoint := stated.get("endpoint_url"):
        scheme, _mark, host = str(endpoint).partition("://")
        options |= {
            "AWS_S3_ENDPOINT": host,
            "AWS_HTTPS": "YES" if scheme == "https" else "NO",
            "AWS_VIRTUAL_HOSTING": "FALSE",
        }
    return {key: value for key, value in options.items() if value}


def s3_client() -> Any:
    """A client for the object storage that the settings name."""
    import boto3

    stated = _s3_settings()
    return boto3.client(
        "s3", endpoint_url=stated.get("endpoint_url"), aws_access_key_id=stated.get("access_key"),
        aws_secret_access_key=stated.get("secret_key"),
    )  # fmt: skip
