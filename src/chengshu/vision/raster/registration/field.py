"""The displacement that a registration says, at any place of the grid."""

from __future__ import annotations

from typing import Any

import numpy as np

from chengshu.vision.raster.types import Plane, Registration


def terms(u: Any, v: Any, order: int) -> list[Any]:
    """The terms of a polynomial of that order (1 or 2) in two variables."""
    found = [np.ones_like(u * v), u + 0 * v, v + 0 * u]
    return found if order < 2 else [*found, u * u + 0 * v, u * v, v * v + 0 * u]


def displacement(registration: Registration, xs: Any, ys: Any) -> tuple[Plane, Plane]:
    """(dx, dy) in pixels at positions ``xs``, ``ys`` of the grid (arrays that broadcast)."""
    xs, ys = np.asarray(xs, np.float32), np.asarray(ys, np.float32)
    if not registration.accepted:
        return np.zeros((1, 1), np.float32), np.zeros((1, 1), np.float32)
    dx = np.full((1, 1), registration.dx, np.float32)
    dy = np.full((1, 1), registration.dy, np.float32)
    local = registration.local
    if not local:
        return dx, dy
    u, v = (xs - local["centre"][0]) / local["scale"], (ys - local["centre"][1]) / local["scale"]
    parts = terms(u, v, local["order"])
    for weight_x, weight_y, part in zip(local["x"], local["y"], parts, strict=True):
        dx, dy = dx + np.float32(weight_x) * part, dy + np.float32(weight_y) * part
    return dx, dy
