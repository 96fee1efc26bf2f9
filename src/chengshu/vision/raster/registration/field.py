"""The displacement that a registration says, at any place of the grid."""

from __future__ import annotations

from typing import Any

import numpy as np

from chengshu.vision.raster.types import Plane, Registration

PLACES = {1: 20, 2: 36}  # different places that a field of that order takes
FOLDS = 4
CLEARLY, AT_LEAST_PX = 0.7, 0.1


def terms(u: Any, v: Any, order: int) -> list[Any]:
    """The terms of a polynomial of that order (1 or 2) in two variables."""
    found = [np.ones_like(u * v), u + 0 * v, v + 0 * u]
    return found if order < 2 else [*found, u * u + 0 * v, u * v, v * v + 0 * u]


def local_field(
    places: list[tuple[float, float, float, float]], shift: tuple[float, float]
) -> tuple[dict[str, Any], float]:
    """A smooth field of local shifts (``Registration.local``) and the median distance (px) that it leaves.

    ``places``: x, y, dx, dy of single tiles. Empty where there are too few of them, or where the field does
    not foretell tiles that it was not fitted to clearly better than the common shift does.
    """
    table = np.array(places, float).reshape(-1, 4)
    rest = table[:, 2:] - np.array(shift)
    plain = float(np.median(np.hypot(*rest.T))) if len(rest) else 0.0
    different = len(np.unique(table[:, :2], axis=0))
    if different < min(PLACES.values()):
        return {}, plain
    centre = (table[:, :2].max(axis=0) + table[:, :2].min(axis=0)) / 2
    scale = float(max(np.ptp(table[:, 0]), np.ptp(table[:, 1])) / 2)
    if min(np.ptp(table[:, 0]), np.ptp(table[:, 1])) < scale / 2:
        return {}, plain
    u, v = ((table[:, :2] - centre) / scale).T
    best: tuple[dict[str, Any], float] = ({}, plain)
    for order in (order for order, least in PLACES.items() if different >= least):
        columns = np.stack(terms(u, v, order), axis=1)
        unseen = np.empty_like(rest)
        for fold in range(FOLDS):
            out = np.arange(len(table)) % FOLDS == fold
            unseen[out] = columns[out] @ _robust(columns[~out], rest[~out])
        left = float(np.median(np.hypot(*(rest - unseen).T)))
        if left < best[1] * CLEARLY and left < best[1] - AT_LEAST_PX:
            weights = _robust(columns, rest)
            found = {"order": order, "centre": centre.tolist(), "scale": scale}
            best = ({**found, "x": weights[:, 0].tolist(), "y": weights[:, 1].tolist()}, left)
    return best


def _robust(columns: Any, rest: Any) -> Any:
    """Least squares in which what lies far off counts little."""
    weight = np.ones(len(rest))
    found = np.zeros((columns.shape[1], 2))
    for _ in range(5):
        root = np.sqrt(weight)[:, None]
        found = np.linalg.lstsq(columns * root, rest * root, rcond=None)[0]
        away = np.hypot(*(rest - columns @ found).T)
        weight = 1 / (1 + (away / max(2 * float(np.median(away)), 0.05)) ** 2)
    return found


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
