"""Point clouds of flights: looked at when registered, made a surface model when first compared."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import shapely
from django.conf import settings
from django.utils.translation import gettext as _
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError
from shapely.geometry import box, mapping

from chengshu.sensing import raster
from chengshu.sensing.models import Flight
from chengshu.sensing.raster import Picture
from chengshu.sensing.refusing import SensingProblem
from chengshu.vision.raster.pointcloud import CloudGrid, cloud_to_surface, own_grid
from chengshu.vision.raster.types import RasterError

SURFACES = "surfaces"
EDGE_SHARE = 1 / 16  # of an extent's side: how finely its edge is followed into degrees


def is_cloud(source: str) -> bool:
    """Whether the name is that of a point cloud."""
    return source.lower().endswith(raster.CLOUDS)


def look_at(source: str, mosaic: Picture) -> Picture:
    """What the head of a cloud says, as of a surface model; one that names no system has the mosaic's.

    Raises `SensingProblem` for what is no cloud, lies on S3 or nowhere on Earth.
    """
    place = _place(source)
    try:
        grid = own_grid(Path(place))
        crs = CRS.from_user_input(grid.crs or mosaic.crs)
        cell, _b, left, _d, _e, top = grid.transform
        whole = box(left, top - grid.height * cell, left + grid.width * cell, top)
        whole = shapely.segmentize(whole, max(grid.width, grid.height) * cell * EDGE_SHARE)
        to_degrees = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
        area = shapely.transform(whole, to_degrees.transform, interleaved=False)
    except RasterError as refused:
        raise SensingProblem(_(refused.message) % refused.values, "dsm") from None
    except (CRSError, ProjError):
        raise SensingProblem(_("The coordinate system of the point cloud is not known."), "dsm") from None
    if not all(math.isfinite(value) for value in area.bounds) or not area.is_valid or not area.area:
        raise SensingProblem(_("The picture lies nowhere on Earth; check its coordinate system."), "dsm")
    return Picture(
        crs.to_string()[:300], grid.crs is None, cell, grid.width, grid.height, 1, mapping(area), False,
        raster.size_of(source),
    )  # fmt: skip


def heights_of(flight: Flight) -> str:
    """The surface model to open: the flight's own, or the one made of its point cloud; empty without."""
    return _made(flight) if is_cloud(flight.dsm) else flight.dsm


def make_surface(flight: Flight, report: Callable[[int, int], None]) -> str:
    """The surface model of a flight, made of its cloud where that is what was handed in, and then kept.

    It lies on the mosaic's extent, so that a cloud cannot ask for more than the mosaic does. ``report`` is
    told points read and all points, and may raise to stop. Raises `SensingProblem`, `RasterError`.
    """
    if not is_cloud(flight.dsm):
        return flight.dsm
    source = _made(flight)
    made = Path(settings.FLIGHT_FOLDER) / source
    if not made.exists():
        cloud = Path(_place(flight.dsm))
        made.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        half = made.with_suffix(f".{flight.pk}.part")
        try:
            cloud_to_surface(cloud, half, _grid_of(flight, cloud), progress=report)
            half.replace(made)
        finally:
            half.unlink(missing_ok=True)
    return source


def _grid_of(flight: Flight, cloud: Path) -> CloudGrid:
    """The mosaic's extent in cells no finer than the mosaic and no finer than the cloud's density bears."""
    own = own_grid(cloud)
    metric = own.crs is None or not CRS.from_user_input(own.crs).is_geographic
    times = max(1.0, own.transform[0] / (flight.gsd_m or own.transform[0])) if metric else 2.0
    with raster.opened(flight.mosaic) as dataset:
        a, b, c, d, e, f = (float(value) for value in tuple(dataset.transform)[:6])
        size = math.ceil(dataset.width / times), math.ceil(dataset.height / times)
    return CloudGrid((a * times, b * times, c, d * times, e * times, f), *size, flight.crs)


def _made(flight: Flight) -> str:
    """Named by cloud and mosaic: the same two give the same surface, whoever registers them."""
    return f"{SURFACES}/{flight.dsm_sha256[:32]}-{flight.mosaic_sha256[:12]}.tif"


def _place(source: str) -> str:
    if source.startswith(raster.S3):
        raise SensingProblem(
            _("A point cloud is read from the folder of flights, not from S3; copy it there."), "dsm"
        )
    return raster.place_of(source)
