"""Between the coordinate systems met in a Chinese city; everything is kept as WGS 84 degrees.

CGCS2000 and WGS 84 agree to within centimetres and are treated as the same. GCJ-02 (国测局, commercial base
maps) and BD-09 (Baidu) are offset systems by formulas that are widely published; their inverse is found by
iteration, to far below a millimetre. The local metric system (城市坐标系) comes from a PROJ definition.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import overload

import numpy as np
import numpy.typing as npt
from django.conf import settings
from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pyproj import CRS as ProjCRS
from pyproj import Transformer
from pyproj.exceptions import CRSError, ProjError

Floats = npt.NDArray[np.float64]
ArrayLike = Floats | list[float] | tuple[float, ...]
Pair = tuple[Floats, Floats]


class CRS(TextChoices):
    """Coordinate systems that a file may use."""

    WGS84 = "wgs84", gettext_lazy("WGS 84 (GPS)")
    CGCS2000 = "cgcs2000", gettext_lazy("CGCS2000 (national)")
    GCJ02 = "gcj02", gettext_lazy("GCJ-02 (Amap, Tencent)")
    BD09 = "bd09", gettext_lazy("BD-09 (Baidu)")
    LOCAL = "local", gettext_lazy("Local metric grid (metres)")


CRS_CHOICES = CRS.choices

#: The old Shanghai plane system, approximately and unverified: Krasovsky ellipsoid, central meridian
#: 121°28′, origin at the flagpole of the Park Hotel (31°14′7.56″ N, 121°28′1.81″ E), metres east and north.
#: The datum shift is unknown and left out. For display only: a bureau sets the official parameters
#: (CHENGSHU_LOCAL_CRS).
SHANGHAI_APPROXIMATE = (
    "+proj=tmerc +lat_0=31.2354333333 +lon_0=121.4666666667 +k=1 +x_0=-47.9 +y_0=0 "
    "+ellps=krass +units=m +no_defs +type=crs"
)

_A = 6378245.0  # Krasovsky 1940, as the published GCJ-02 formula has it
_EE = 0.00669342162296594323
_X_PI = np.pi * 3000.0 / 180.0
_CHINA = (72.004, 0.8293, 137.8347, 55.8271)  # outside this box the offset systems do not apply
_MAX_ITERATIONS = 30
_TOLERANCE = 1e-12  # degrees: a ten-millionth of a millimetre


class CoordinateError(ValueError):
    """A position that cannot be one; carries one translated sentence."""


def outside_china(lng: ArrayLike | float, lat: ArrayLike | float) -> npt.NDArray[np.bool_]:
    """Where GCJ-02 and BD-09 do not apply (outside the box of the published formula)."""
    x, y = _arrays(lng, lat)
    west, south, east, north = _CHINA
    return np.asarray((x < west) | (x > east) | (y < south) | (y > north))


@overload
def to_wgs84(lng: float, lat: float, crs: str, *, local: str | None = None) -> tuple[float, float]: ...
@overload
def to_wgs84(lng: ArrayLike, lat: ArrayLike, crs: str, *, local: str | None = None) -> Pair: ...
def to_wgs84(
    lng: ArrayLike | float, lat: ArrayLike | float, crs: str, *, local: str | None = None
) -> Pair | tuple[float, float]:
    """WGS 84 longitude and latitude of positions in ``crs`` (for ``local``: east, north in metres).

    Numbers give numbers, sequences give arrays. ``local`` is a PROJ definition; by default the setting
    CHENGSHU_LOCAL_CRS. Positions outside China are returned as they are. Raises :class:`CoordinateError` for
    an unknown system or an unusable definition; check values with :func:`check_position` or
    :func:`in_range` first.
    """
    return _convert(lng, lat, crs, local, inverse=True)


@overload
def from_wgs84(lng: float, lat: float, crs: str, *, local: str | None = None) -> tuple[float, float]: ...
@overload
def from_wgs84(lng: ArrayLike, lat: ArrayLike, crs: str, *, local: str | None = None) -> Pair: ...
def from_wgs84(
    lng: ArrayLike | float, lat: ArrayLike | float, crs: str, *, local: str | None = None
) -> Pair | tuple[float, float]:
    """The inverse of :func:`to_wgs84`."""
    return _convert(lng, lat, crs, local, inverse=False)


def check_position(lng: float, lat: float, crs: str = CRS.WGS84) -> None:
    """Raise :class:`CoordinateError` with the reason if the two numbers cannot be a position in ``crs``."""
    _system(crs)
    if not (np.isfinite(lng) and np.isfinite(lat)):
        raise CoordinateError(_("The coordinates are not numbers."))
    if in_range(lng, lat, crs).all():
        if crs != CRS.LOCAL and 3 < lng < 54 and 73 < lat <= 90:
            raise CoordinateError(_("Longitude and latitude seem to be swapped."))
        return
    if crs == CRS.LOCAL:
        raise CoordinateError(
            _("The local coordinates lie more than 1,000 km from the origin: %(east)s, %(north)s.")
            % {"east": lng, "north": lat}
        )
    if -90 <= lng <= 90 and 90 < abs(lat) <= 180:
        raise CoordinateError(_("Longitude and latitude seem to be swapped."))
    raise CoordinateError(
        _("Longitude must lie between -180 and 180 and latitude between -90 and 90, not %(lng)s, %(lat)s.")
        % {"lng": lng, "lat": lat}
    )


def in_range(lng: ArrayLike | float, lat: ArrayLike | float, crs: str = CRS.WGS84) -> npt.NDArray[np.bool_]:
    """Where the values can be positions in ``crs``: finite and within the system's bounds."""
    x, y = _arrays(lng, lat)
    if crs == CRS.LOCAL:
        return np.asarray((np.abs(x) <= 1e6) & (np.abs(y) <= 1e6))
    return np.asarray((np.abs(x) <= 180) & (np.abs(y) <= 90))


def wgs84_to_gcj02(lng: ArrayLike | float, lat: ArrayLike | float) -> Pair:
    """GCJ-02 of WGS 84 positions, by the published formula."""
    x, y = _arrays(lng, lat)
    dx, dy = _gcj02_offset(x, y)
    away = outside_china(x, y)
    return np.where(away, x, x + dx), np.where(away, y, y + dy)


def gcj02_to_wgs84(lng: ArrayLike | float, lat: ArrayLike | float) -> Pair:
    """WGS 84 of GCJ-02 positions, by iteration."""
    x, y = _arrays(lng, lat)
    return _keep_outside(x, y, _invert(lambda u, v: _plus(u, v, _gcj02_offset(u, v)), x, y))


def gcj02_to_bd09(lng: ArrayLike | float, lat: ArrayLike | float) -> Pair:
    """BD-09 of GCJ-02 positions, by the published formula."""
    x, y = _arrays(lng, lat)
    return _keep_outside(x, y, _bd09(x, y))


def bd09_to_gcj02(lng: ArrayLike | float, lat: ArrayLike | float) -> Pair:
    """GCJ-02 of BD-09 positions, by iteration."""
    x, y = _arrays(lng, lat)
    return _keep_outside(x, y, _invert(_bd09, x, y))


def wgs84_to_bd09(lng: ArrayLike | float, lat: ArrayLike | float) -> Pair:
    """BD-09 of WGS 84 positions."""
    return gcj02_to_bd09(*wgs84_to_gcj02(lng, lat))


def bd09_to_wgs84(lng: ArrayLike | float, lat: ArrayLike | float) -> Pair:
    """WGS 84 of BD-09 positions."""
    return gcj02_to_wgs84(*bd09_to_gcj02(lng, lat))


_TO_WGS84: dict[CRS, Callable[[Floats, Floats], Pair]] = {
    CRS.GCJ02: gcj02_to_wgs84,
    CRS.BD09: bd09_to_wgs84,
}
_FROM_WGS84: dict[CRS, Callable[[Floats, Floats], Pair]] = {
    CRS.GCJ02: wgs84_to_gcj02,
    CRS.BD09: wgs84_to_bd09,
}


def _convert(
    lng: ArrayLike | float, lat: ArrayLike | float, crs: str, local: str | None, *, inverse: bool
) -> Pair | tuple[float, float]:
    system = _system(crs)
    x, y = _arrays(lng, lat)
    if system is CRS.LOCAL:
        transformer = local_transformer(local or getattr(settings, "CHENGSHU_LOCAL_CRS", None) or "")
        out_x, out_y = transformer.transform(x, y, direction="INVERSE" if inverse else "FORWARD")
        x, y = np.asarray(out_x, dtype=np.float64), np.asarray(out_y, dtype=np.float64)
    else:
        convert = (_TO_WGS84 if inverse else _FROM_WGS84).get(system)
        if convert is not None:
            x, y = convert(x, y)
    if np.ndim(lng) == 0 and np.ndim(lat) == 0:
        return float(x), float(y)
    return x, y


def _system(crs: str) -> CRS:
    try:
        return CRS(crs)
    except ValueError:
        raise CoordinateError(
            _("“%(crs)s” is not a known coordinate system; known: %(known)s.")
            % {"crs": crs, "known": ", ".join(CRS.values)}
        ) from None


@lru_cache(maxsize=16)
def local_transformer(definition: str) -> Transformer:
    """WGS 84 degrees → metres of a PROJ definition (empty: :data:`SHANGHAI_APPROXIMATE`).

    Raises :class:`CoordinateError` for a definition that PROJ does not understand or that is not metric.
    """
    try:
        target = ProjCRS.from_user_input(definition or SHANGHAI_APPROXIMATE)
        if target.is_geographic or target.axis_info[0].unit_name != "metre":
            raise CoordinateError(_("The local coordinate system must be a grid in metres."))
        return Transformer.from_crs("EPSG:4326", target, always_xy=True)
    except (CRSError, ProjError, IndexError):
        raise CoordinateError(
            _("The definition of the local coordinate system cannot be used: %(definition)s")
            % {"definition": definition}
        ) from None


def _arrays(lng: ArrayLike | float, lat: ArrayLike | float) -> Pair:
    return np.asarray(lng, dtype=np.float64), np.asarray(lat, dtype=np.float64)


def _plus(x: Floats, y: Floats, offset: Pair) -> Pair:
    return x + offset[0], y + offset[1]


def _keep_outside(x: Floats, y: Floats, converted: Pair) -> Pair:
    away = outside_china(x, y)
    return np.where(away, x, converted[0]), np.where(away, y, converted[1])


def _invert(forward: Callable[[Floats, Floats], Pair], x: Floats, y: Floats) -> Pair:
    """The (u, v) for which ``forward`` gives (x, y): both systems shift almost equally nearby positions."""
    u, v = x.copy(), y.copy()
    for _step in range(_MAX_ITERATIONS):
        fx, fy = forward(u, v)
        dx, dy = x - fx, y - fy
        u, v = u + dx, v + dy
        if not np.any((np.abs(dx) > _TOLERANCE) | (np.abs(dy) > _TOLERANCE)):
            break
    return u, v


def _gcj02_offset(lng: Floats, lat: Floats) -> Pair:
    x, y = lng - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    common = (20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + common
    north += (20.0 * np.sin(y * np.pi) + 40.0 * np.sin(y / 3.0 * np.pi)) * 2.0 / 3.0
    north += (160.0 * np.sin(y / 12.0 * np.pi) + 320.0 * np.sin(y * np.pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + common
    east += (20.0 * np.sin(x * np.pi) + 40.0 * np.sin(x / 3.0 * np.pi)) * 2.0 / 3.0
    east += (150.0 * np.sin(x / 12.0 * np.pi) + 300.0 * np.sin(x / 30.0 * np.pi)) * 2.0 / 3.0
    phi = np.radians(lat)
    magic = 1.0 - _EE * np.sin(phi) ** 2
    meridian = _A * (1.0 - _EE) / (magic * np.sqrt(magic))
    parallel = _A / np.sqrt(magic) * np.cos(phi)
    return np.degrees(east / parallel), np.degrees(north / meridian)


def _bd09(x: Floats, y: Floats) -> Pair:
    radius = np.hypot(x, y) + 0.00002 * np.sin(y * _X_PI)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * _X_PI)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006
