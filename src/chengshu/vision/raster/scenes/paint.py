"""Painting a town as seen from straight above at one flight: colours, relief and heights of a window."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import shapely

from chengshu.vision.raster.scenes.parts import COVER, Box, Contents, Solid, Tree, terrain
from chengshu.vision.raster.types import Heights, Image, Mask, Plane

TILE = 2048  # cells of the noise that gives surfaces their grain
FINE_M, COARSE_M = 0.1, 0.4  # metres a cell
SHADE_M = 0.2  # shadows are cast on heights of this pixel size, or coarser
LEAF_TURN = {"summer": (0, 0, 0), "autumn": (34, 6, -6), "winter": (22, -8, 4), "spring": (14, 20, 2)}


@dataclass(frozen=True)
class View:
    """A window of the world: the world coordinates of its upper left corner, pixels and pixel size (m)."""

    x: float
    y: float
    width: int
    height: int
    gsd: float

    def box(self, margin: float = 0.0) -> Box:
        """Its bounds in metres, widened."""
        right, lower = self.x + self.width * self.gsd, self.y + self.height * self.gsd
        return self.x - margin, self.y - margin, right + margin, lower + margin


@dataclass
class Canvas:
    """``light`` is the relief and grain of the surface about 1; without colours only heights are painted."""

    view: View
    heights: Heights
    colour: Image | None
    light: Plane | None
    water: Mask
    grain: Plane | None


def paint(contents: Contents, flight: int, view: View, season: str | None) -> Canvas:
    """The window as it is at ``flight``; ``season`` None leaves the colours out."""
    shape = (view.height, view.width)
    xs = view.x + (np.arange(view.width) + 0.5) * view.gsd
    ys = view.y + (np.arange(view.height) + 0.5) * view.gsd
    heights = _ground(xs, ys)
    colour = light = grain = None
    if season is not None:
        colour = np.full((*shape, 3), (150, 146, 138), np.uint8)
        grain = 0.5 * noise("fine", view) + noise("coarse", view)
        light = 1 + 0.07 * grain
    canvas = Canvas(view, heights, colour, light, np.zeros(shape, bool), grain)
    bounds = view.box(0.5)
    seen = [s for s in contents.solids if s.flights & flight and _touches(s.box, bounds)]
    for solid in sorted(seen, key=lambda item: item.level):
        _paint_solid(canvas, solid, season)
    for tree in contents.trees:
        radius, _height = tree.at(flight)
        if _touches((tree.x - radius, tree.y - radius, tree.x + radius, tree.y + radius), bounds):
            _paint_tree(canvas, tree, flight, season)
    return canvas


def _ground(xs: np.ndarray, ys: np.ndarray) -> Heights:
    """The bare ground, worked out on a coarse grid (it is smooth) and drawn out."""
    step = max(1, min(16, len(xs) // 8, len(ys) // 8))
    if step == 1:
        return terrain(*np.meshgrid(xs, ys))
    pixel = xs[1] - xs[0]
    us = np.arange(xs[0], xs[-1] + (step + 1) * pixel, step * pixel)
    vs = np.arange(ys[0], ys[-1] + (step + 1) * pixel, step * pixel)
    matrix = np.array([[1 / step, 0, 0], [0, 1 / step, 0]])
    plane = terrain(*np.meshgrid(us, vs))
    drawn = cv2.warpAffine(
        plane, matrix, (len(xs), len(ys)), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    return np.asarray(drawn, dtype=np.float32)


def _touches(one: Box, other: Box) -> bool:
    return one[0] < other[2] and one[2] > other[0] and one[1] < other[3] and one[3] > other[1]


@lru_cache(maxsize=4)
def noise_tile(kind: str) -> Plane:
    """Noise about 0 with deviation 1 that repeats: fine grain or coarse stains."""
    rng = np.random.default_rng(20_170_601 + len(kind))
    plane = rng.standard_normal((TILE, TILE), dtype=np.float32)
    wide = (3, 9) if kind == "coarse" else (0.7,)
    total = np.zeros_like(plane)
    for sigma in wide:
        padded = cv2.copyMakeBorder(plane, 40, 40, 40, 40, cv2.BORDER_WRAP)
        smooth = cv2.GaussianBlur(padded, (0, 0), sigma)[40:-40, 40:-40]
        total += smooth / smooth.std()
    return np.asarray(total / total.std(), dtype=np.float32)


def noise(kind: str, view: View, cell: float | None = None, offset: float = 0.0) -> Plane:
    """The noise over a window, fixed to the ground: the same place has the same grain in every window."""
    cell = cell or (COARSE_M if kind == "coarse" else max(FINE_M, view.gsd))
    scale = view.gsd / cell
    matrix = np.array([
        [scale, 0, ((view.x + offset) / cell + scale / 2) % TILE],
        [0, scale, ((view.y + offset) / cell + scale / 2) % TILE],
    ])  # fmt: skip
    size = (view.width, view.height)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    plane = cv2.warpAffine(noise_tile(kind), matrix, size, flags=flags, borderMode=cv2.BORDER_WRAP)
    return np.asarray(plane, dtype=np.float32)


def _patch(view: View, box: Box) -> tuple[slice, slice]:
    """Rows and columns of the window that ``box`` reaches into."""
    left, upper = int((box[0] - view.x) / view.gsd), int((box[1] - view.y) / view.gsd)
    right, lower = int((box[2] - view.x) / view.gsd) + 2, int((box[3] - view.y) / view.gsd) + 2
    return (
        slice(max(upper - 1, 0), min(max(lower, 0), view.height)),
        slice(max(left - 1, 0), min(max(right, 0), view.width)),
    )


def fill(mask: npt.NDArray[Any], pixels: npt.NDArray[np.float64], value: int) -> None:
    """Fill an outline in pixel coordinates: the pixels whose centre lies inside, no more.

    OpenCV fills every pixel that the outline touches, half a pixel too much on all sides, which on a small
    shed is a tenth of its area; so the outline is drawn in by half a pixel first.
    """
    shape = shapely.Polygon(pixels).buffer(-0.5, join_style="mitre")
    if not isinstance(shape, shapely.Polygon) or shape.is_empty:
        shape = shapely.Polygon(pixels)  # thinner than a pixel
    inner = np.array(shape.exterior.coords)
    cv2.fillPoly(mask, [np.round((inner - 0.5) * 16).astype(np.int32)], value, shift=4)


def _inside(view: View, solid: Solid, rows: slice, columns: slice) -> Mask:
    """Which pixels of a part of the window the outline covers.

    Drawn on a canvas that holds all of it: OpenCV bends edges that leave the canvas, and neighbouring windows
    would not meet.
    """
    box = solid.box
    left, upper = math.floor((box[0] - view.x) / view.gsd) - 1, math.floor((box[1] - view.y) / view.gsd) - 1
    width = math.ceil((box[2] - view.x) / view.gsd) + 2 - left
    height = math.ceil((box[3] - view.y) / view.gsd) + 2 - upper
    whole = View(view.x + left * view.gsd, view.y + upper * view.gsd, width, height, view.gsd)
    mask = np.zeros((height, width), np.uint8)
    pixels = (solid.ring - (whole.x, whole.y)) / whole.gsd
    if solid.level == COVER and solid.texture != "rubble":  # grounds side by side must leave no crack
        cv2.fillPoly(mask, [np.round((pixels - 0.5) * 16).astype(np.int32)], 1, shift=4)
    else:
        fill(mask, pixels, 1)
    part = mask[rows.start - upper : rows.stop - upper, columns.start - left : columns.stop - left]
    return part.astype(bool)


def _paint_solid(canvas: Canvas, solid: Solid, season: str | None) -> None:
    view = canvas.view
    rows, columns = _patch(view, solid.box)
    if rows.stop <= rows.start or columns.stop <= columns.start:
        return
    plain = solid.texture == "plain" and solid.roof == "flat"
    if plain and canvas.colour is None and solid.relative and not solid.top:
        return  # a cover on the ground has no height of its own
    inside = _inside(view, solid, rows, columns)
    if plain:
        if not solid.relative:
            canvas.heights[rows, columns][inside] = solid.top
        elif solid.top:
            canvas.heights[rows, columns][inside] += solid.top
        if canvas.colour is not None:
            canvas.colour[rows, columns][inside] = solid.colour
        return
    corner = (view.x + columns.start * view.gsd, view.y + rows.start * view.gsd)
    local = View(*corner, columns.stop - columns.start, rows.stop - rows.start, view.gsd)
    _raise(canvas.heights[rows, columns], inside, solid, local)
    if solid.texture == "water":
        canvas.water[rows, columns] |= inside
    if canvas.colour is not None and canvas.light is not None and canvas.grain is not None:
        tone = canvas.colour[rows, columns]
        tone[inside] = _turned(solid, season)
        _texture(canvas.light[rows, columns], canvas.grain[rows, columns], inside, solid, local)


def _raise(heights: Heights, inside: Mask, solid: Solid, local: View) -> None:
    if solid.relative:
        if solid.top or solid.texture == "rubble":
            lumps = 0.12 * noise("coarse", local) if solid.texture == "rubble" else 0.0
            heights[inside] += (solid.top + lumps * np.ones_like(heights))[inside]
        return
    if solid.roof == "flat":
        heights[inside] = solid.top
        return
    # height across the ridge: 0 at one eave, 1 at the other
    across = (-solid.axis[1], solid.axis[0])
    far = solid.ring @ np.array(across)
    t = (_along(local, across) - far.min()) / max(far.max() - far.min(), 1e-6)
    slope = 1 - np.abs(2 * t - 1) if solid.roof == "gable" else t
    heights[inside] = (solid.top + solid.rise * slope)[inside]


def _along(local: View, axis: tuple[float, float]) -> Plane:
    us = (local.x + (np.arange(local.width) + 0.5) * local.gsd) * axis[0]
    vs = (local.y + (np.arange(local.height) + 0.5) * local.gsd) * axis[1]
    return np.asarray(us[None, :] + vs[:, None], dtype=np.float32)


def _turned(solid: Solid, season: str | None) -> tuple[int, int, int]:
    if solid.texture != "grass" or season is None:
        return solid.colour
    red, green, blue = (int(a + b) for a, b in zip(solid.colour, LEAF_TURN[season], strict=True))
    return red, green, blue


def _texture(light: Plane, grain: Plane, inside: Mask, solid: Solid, local: View) -> None:
    if solid.texture in ("stripes", "tiles"):
        # sheets are corrugated along the fall of the roof, tiles lie in rows along the ridge
        axis = solid.axis if solid.texture == "stripes" else (-solid.axis[1], solid.axis[0])
        if solid.period < 2 * local.gsd:
            return
        rows = np.sin(_along(local, axis) * (2 * math.pi / solid.period))
        light[inside] += (0.09 * rows)[inside]
    elif solid.texture == "water":
        light[inside] = 1.0
    elif solid.texture == "roof":
        light[inside] += (0.06 * grain)[inside]
    else:
        light[inside] += ((0.12 if solid.texture == "rubble" else 0.05) * grain)[inside]


def _paint_tree(canvas: Canvas, tree: Tree, flight: int, season: str | None) -> None:
    view = canvas.view
    radius, height = tree.at(flight)
    box = (tree.x - radius, tree.y - radius, tree.x + radius, tree.y + radius)
    rows, columns = _patch(view, box)
    if rows.stop <= rows.start or columns.stop <= columns.start:
        return
    local = View(
        view.x + columns.start * view.gsd - tree.x, view.y + rows.start * view.gsd - tree.y,
        columns.stop - columns.start, rows.stop - rows.start, view.gsd,
    )  # fmt: skip
    us, vs = _along(local, (1 / radius, 0.0))[:1], _along(local, (0.0, 1 / radius))[:, :1]
    far = us * us + vs * vs
    phase = np.float32(tree.tint * 9 + flight)
    lumps = np.sin(us * 7 + phase) * np.sin(vs * 6 + 2 * phase)
    far += 0.12 * lumps
    crown = tree.ground + height * (1 - 0.4 * far) + 0.05 * height * lumps
    heights = canvas.heights[rows, columns]
    inside = (far < 1) & (crown > heights)
    heights[inside] = crown[inside]
    canvas.water[rows, columns][inside] = False
    if canvas.colour is not None and canvas.light is not None and season is not None:
        turn = LEAF_TURN[season]
        leaf = (62 + 10 * tree.tint + turn[0], 88 + 9 * tree.tint + turn[1], 48 + 6 * tree.tint + turn[2])
        canvas.colour[rows, columns][inside] = np.clip(leaf, 0, 255)
        light = canvas.light[rows, columns]
        light[inside] += (0.16 * lumps)[inside]


def relief(canvas: Canvas, azimuth: float, elevation: float) -> Plane:
    """How much brighter or darker each surface is by its slope towards the sun (0 = level), bounded."""
    gx = cv2.Sobel(canvas.heights, cv2.CV_32F, 1, 0, ksize=3, scale=1 / (8 * canvas.view.gsd))
    gy = cv2.Sobel(canvas.heights, cv2.CV_32F, 0, 1, ksize=3, scale=1 / (8 * canvas.view.gsd))
    level = math.tan(math.radians(elevation))
    east, south = math.sin(math.radians(azimuth)), -math.cos(math.radians(azimuth))
    slope = cv2.addWeighted(gx, -east / level, gy, -south / level, 0)
    return np.asarray(np.clip(0.8 * slope, -0.4, 0.3), dtype=np.float32)


def shadows(
    contents: Contents, flight: int, view: View, azimuth: float, elevation: float, tallest: float
) -> Plane:
    """Share of the sun that each pixel of the window does not get (0..1), soft at the edges.

    ``azimuth`` and ``elevation`` of the sun in degrees; ``tallest`` bounds how far a shadow may fall.
    """
    gsd = max(view.gsd, SHADE_M)
    tangent = math.tan(math.radians(elevation))
    reach = math.ceil(tallest / tangent / gsd) + 2
    # the coarse raster is fixed to the world, so that neighbouring windows meet without a seam
    first = (math.floor(view.x / gsd) - reach, math.floor(view.y / gsd) - reach)
    width = math.ceil(view.width * view.gsd / gsd) + 2 * reach + 2
    height = math.ceil(view.height * view.gsd / gsd) + 2 * reach + 2
    wide = View(first[0] * gsd, first[1] * gsd, width, height, gsd)
    heights = paint(contents, flight, wide, None).heights
    top = heights.copy()
    step, fall = 1.0, gsd * tangent
    east, south = math.sin(math.radians(azimuth)), -math.cos(math.radians(azimuth))
    while step < reach:  # the horizon towards the sun, doubling the distance looked at
        matrix = np.array([[1, 0, step * east], [0, 1, step * south]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        moved = cv2.warpAffine(top, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
        top = np.maximum(top, moved - step * fall)
        step *= 2
    dark = np.clip((top - heights - 0.1) * 2.0, 0, 1)
    scale = view.gsd / gsd
    matrix = np.array([
        [scale, 0, view.x / gsd - first[0] + scale / 2 - 0.5],
        [0, scale, view.y / gsd - first[1] + scale / 2 - 0.5],
    ])  # fmt: skip
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(dark, matrix, (view.width, view.height), flags=flags), dtype=np.float32)
