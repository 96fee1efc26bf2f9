"""Two flights to a list of candidates: tile by tile, bounded in memory, resumable, on one machine or on many.

The work list is the same wherever it runs: each task reads its own window, so a task that died is simply
done again, and the result does not depend on the order. Finished tiles are kept in the work folder under the
digest of inputs and settings; an interrupted comparison goes on from there.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import shapely
from shapely.geometry import Polygon

from chengshu.vision.raster import opinion, segments
from chengshu.vision.raster.candidates import Place, approved, named
from chengshu.vision.raster.grid import Box, open_pair
from chengshu.vision.raster.heights import Cells, Surface, fit_surface, greenness
from chengshu.vision.raster.models import read_manifest
from chengshu.vision.raster.options import Options
from chengshu.vision.raster.registration import register_pair
from chengshu.vision.raster.tilework import compare_tile, surface_cells
from chengshu.vision.raster.types import Candidate, RasterError, Registration

VERSION = 2  # of the method: raised when the same input would give another result
SAMPLE_PX, SAMPLE_SIDE = 256, 8  # windows that the level of the heights is measured in
Progress = Callable[[int, int], None]
Remark = tuple[str, dict[str, Any]]


@dataclass
class Result:
    """成果: what a comparison found. ``grid`` is the common grid (grid.Grid), outlines are in its pixels.

    ``remarks`` are sentences for the person (English msgid, values): what could not be seen, and why.
    """

    grid: Any
    registration: Registration
    candidates: list[Candidate]
    has_heights: bool
    remarks: list[Remark] = field(default_factory=list)
    surface: Surface = field(default_factory=Surface)


@dataclass(frozen=True)
class Task:
    """One tile's work, complete in itself so that any machine that sees the files can do it."""

    number: int
    sources: tuple[str, ...]
    window: Any
    place: Place
    registration: Registration
    surface: Surface
    options: Options
    folder: str = ""


Executor = Callable[[Sequence[Task], Callable[[Task], list[dict[str, Any]]], Progress | None], list[Any]]


def compare(
    before: Path,
    after: Path,
    *,
    before_dsm: Path | None = None,
    after_dsm: Path | None = None,
    out: Path | None = None,
    work: Path | None = None,
    options: Options | None = None,
    progress: Progress | None = None,
    executor: Executor | None = None,
    approved_file: Path | None = None,
) -> Result:
    """Compare two flights; ``out`` receives GeoJSON, ``work`` keeps finished tiles for a later continuation.

    ``progress(done, total)`` is called after each tile; ``executor`` runs the tasks elsewhere (by default one
    after another here). ``approved_file``: GeoJSON of permitted footprints, subtracted. ``RasterError`` (one
    sentence) when the input cannot be read or the two do not show the same place.
    """
    from chengshu.vision.raster import output

    options = options or Options()
    if options.model:
        read_manifest(Path(options.model))  # a mistake in it shows before the work begins
    sources = tuple(str(path) if path else "" for path in (before, after, before_dsm, after_dsm))
    with open_pair(before, after, before_dsm, after_dsm) as pair:
        grid = pair.grid
        if approved_file is not None:
            options = options.with_approved(output.rings_on_grid(approved_file, grid))
        registration = register_pair(pair, max_shift_px=options.max_shift_px)
        if not registration.matches:
            raise RasterError("The two images do not show the same place.")
        pixel_m = grid.pixel_m or options.pixel_m
        has_heights = pair.has_heights and pixel_m is not None
        seen = list(pair.remarks)
        surface = Surface()
        if has_heights and pixel_m is not None:
            surface = whole_surface(pair, registration, options, pixel_m)
        tasks = work_list(pair, sources, registration, surface, options, pixel_m, work)
        found = _run(tasks, pair, progress, executor)
    candidates = finish([one for part in found for one in part], pixel_m, options)
    result = Result(grid, registration, opinion.say(candidates, options), has_heights, [], surface)
    result.remarks = remarks(result, bool(before_dsm and after_dsm)) + seen
    if out is not None:
        output.write_geojson(result, out)
    return result


def work_list(
    pair: Any,
    sources: tuple[str, ...],
    registration: Registration,
    surface: Surface,
    options: Options,
    pixel_m: float | None,
    work: Path | None,
) -> list[Task]:
    """The tiles of a pair as tasks; with ``work`` their results lie under the digest of all that counts."""
    folder = ""
    if work is not None:
        chosen = Path(work) / digest(sources, options, registration, surface)
        try:
            chosen.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RasterError(
                "The work folder cannot be written: %(why)s.", why=error.strerror or ""
            ) from error
        folder = str(chosen)
    extent = (pair.grid.width, pair.grid.height)
    return [
        Task(
            number, sources, window, Place(_corners(window.core), extent, pixel_m),
            registration, surface, options, folder,
        )
        for number, window in enumerate(pair.windows(options.tile, options.halo))
    ]  # fmt: skip


def _corners(box: Box) -> tuple[int, int, int, int]:
    return box.x0, box.y0, box.x0 + box.width, box.y0 + box.height


def digest(sources: tuple[str, ...], options: Options, registration: Registration, surface: Surface) -> str:
    """A name for these inputs and settings: two runs share finished tiles only when all of it is equal."""
    files = []
    for source in sources:
        if source:
            about = Path(source).stat()
            files.append([Path(source).name, about.st_size, about.st_mtime_ns])
        else:
            files.append([])
    whole = [VERSION, files, options.digest(), repr(registration), surface.as_dict()]
    if options.model:
        whole.append(read_manifest(Path(options.model)).sha256)
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()[:20]


def whole_surface(pair: Any, registration: Registration, options: Options, pixel_m: float) -> Surface:
    """Level and bowl of the heights over the whole pair, from places spread over it: a bounded number."""
    size = (pair.grid.width, pair.grid.height)
    cells = []
    for x0, y0, width, height in spread(size):
        tile = pair.read(Box(x0, y0, width, height), registration=registration)
        old = np.where(tile.valid, tile.before_heights, np.float32(np.nan))
        plants = greenness(tile.before) | greenness(tile.after)
        cells.append(
            surface_cells(old, tile.after_heights, plants, pixel_m, options, x0=x0, y0=y0, size=size)
        )
    return fit_surface(
        Cells.joined(cells), *size, stable_m=options.stable_m, stable_share=options.stable_share
    )


def spread(size: tuple[int, int]) -> list[tuple[int, int, int, int]]:
    """Places (x0, y0, width, height) all over an extent: all of it when small, else 8 × 8 windows."""
    axes = []
    for edge in size:
        if edge <= SAMPLE_SIDE * SAMPLE_PX:
            starts = range(0, edge, SAMPLE_PX)
        else:
            starts = range(0, edge - SAMPLE_PX + 1, (edge - SAMPLE_PX) // (SAMPLE_SIDE - 1))
        axes.append([(start, min(SAMPLE_PX, edge - start)) for start in starts])
    return [(x, y, width, height) for y, height in axes[1] for x, width in axes[0]]


def _run(
    tasks: list[Task], pair: Any, progress: Progress | None, executor: Executor | None
) -> list[list[Candidate]]:
    """The results in the order of the tasks; what an earlier run finished is read, not done again."""
    done: dict[int, list[dict[str, Any]]] = {}
    for task in tasks:
        stored = _stored(task)
        if stored is not None:
            done[task.number] = stored
    left = [task for task in tasks if task.number not in done]
    offset, total = len(done), len(tasks)
    if progress and offset:
        progress(offset, total)
    told: Progress | None = None
    if progress:
        told = lambda count, _total: progress(offset + count, total)  # noqa: E731 - a name would say no more
    if executor is not None:
        for task, rows in zip(left, executor(left, run_task, told), strict=True):
            done[task.number] = rows
    else:
        for count, task in enumerate(left, 1):
            done[task.number] = _work(task, pair)
            if told:
                told(count, total)
    return [[candidate_of(row) for row in done[task.number]] for task in tasks]


_open: dict[
    tuple[str, ...], Any
] = {}  # one opened pair a worker process: opening costs more than a tile's reading


def run_task(task: Task) -> list[dict[str, Any]]:
    """One tile in whatever process this is; the function that goes to other machines."""
    if task.sources not in _open:
        for pair in _open.values():
            pair.close()
        _open.clear()
        cv2.setNumThreads(1)
        paths = [Path(source) if source else None for source in task.sources]
        _open[task.sources] = open_pair(*paths)  # type: ignore[arg-type]
    return _work(task, _open[task.sources])


def _work(task: Task, pair: Any) -> list[dict[str, Any]]:
    tile = pair.read(task.window, registration=task.registration)
    found = compare_tile(tile, task.registration, task.options, place=task.place, surface=task.surface)
    found = opinion.hear(found, tile, task.options, task.place)
    rows = [asdict(one) for one in found]
    if task.folder:
        target = Path(task.folder) / f"tile-{task.number:06}.json"
        part = target.with_suffix(f".{multiprocessing.current_process().pid}.part")
        part.write_text(json.dumps(rows), encoding="utf-8")
        part.replace(target)  # at once or not at all: a killed worker leaves no half tile
    return rows


def _stored(task: Task) -> list[dict[str, Any]] | None:
    path = Path(task.folder) / f"tile-{task.number:06}.json"
    if not task.folder or not path.exists():
        return None
    rows: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return rows


def candidate_of(row: dict[str, Any]) -> Candidate:
    """The candidate a finished tile's file holds."""
    values = dict(row)
    values["outline"] = [(float(x), float(y)) for x, y in row["outline"]]
    values["reasons"] = [(str(text), dict(given)) for text, given in row["reasons"]]
    return Candidate(**values)


def in_processes(workers: int) -> Executor:
    """An executor of ``workers`` processes on this machine."""

    def execute(
        tasks: Sequence[Task], function: Callable[[Task], list[dict[str, Any]]], progress: Progress | None
    ) -> list[Any]:
        found: dict[int, Any] = {}
        with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
            waiting = {pool.submit(function, task): index for index, task in enumerate(tasks)}
            for count, future in enumerate(as_completed(waiting), 1):
                found[waiting[future]] = future.result()
                if progress:
                    progress(count, len(tasks))
        return [found[index] for index in range(len(tasks))]

    return execute


def finish(found: list[Candidate], pixel_m: float | None, options: Options) -> list[Candidate]:
    """Join what tiles cut, drop doubles and what scores too little; the surest and largest first."""
    kept: list[Candidate] = []
    for side in (lambda gain: gain is None, lambda gain: gain is not None and gain >= 0, _is_loss):
        alike = [one for one in found if side(one.height_gain_m)]
        shapes = [_sound(one.outline) for one in alike]
        cut = [bool(one.measures.get("crosses")) for one in alike]
        for members in segments.groups(shapes, cut):
            if len(members) == 1 and not cut[members[0]]:
                kept.append(alike[members[0]])
                continue
            joined = _joined(
                [alike[index] for index in members], [shapes[index] for index in members], pixel_m
            )
            if joined is not None and not approved(Polygon(joined.outline), options):
                kept.append(joined)
    least = {False: options.min_score, True: options.min_score_colour}
    kept = [one for one in kept if one.score >= least[one.height_gain_m is None]]
    return sorted(kept, key=lambda one: (-one.score, -one.area_m2, -one.pixels, one.outline))


def _is_loss(gain: float | None) -> bool:
    return gain is not None and gain < 0


def _sound(ring: list[tuple[float, float]]) -> Polygon:
    shape = Polygon(ring)
    return shape if shape.is_valid else _largest(shape.buffer(0))


def _largest(shape: Any) -> Polygon:
    if shape.geom_type == "Polygon":
        return shape
    parts = [part for part in getattr(shape, "geoms", []) if part.geom_type == "Polygon"]
    return max(parts, key=lambda part: part.area, default=Polygon())


def _joined(parts: list[Candidate], shapes: list[Polygon], pixel_m: float | None) -> Candidate | None:
    """Several views of one thing as one: measures by area, sizes from the whole outline."""
    # Outlines are rounded and pieces end on pixel edges: half a pixel closes the seam.
    whole = _largest(shapely.union_all([shape.buffer(0.6, join_style="mitre") for shape in shapes]))
    whole = _largest(whole.buffer(-0.6, join_style="mitre"))
    if whole.is_empty:
        return None
    weights = np.array([max(shape.area, 1e-6) for shape in shapes])
    names = sorted({name for part in parts for name in part.measures})
    measures = {
        name: float(np.average([part.measures.get(name, 0.0) for part in parts], weights=weights))
        for name in names
    }
    size = pixel_m or 1.0
    outline = segments.regular(whole, max(1.0, 0.1 / size))
    edges = shapely.get_coordinates(outline.minimum_rotated_rectangle)
    sides = sorted(float(np.hypot(*(edges[index + 1] - edges[index]))) * size for index in (0, 1))
    measures |= {
        "area": whole.area * size**2, "width": sides[0], "length": sides[1],
        "fill": min(1.0, whole.area * size**2 / max(sides[0] * sides[1], 1e-6)), "crosses": 0.0,
    }  # fmt: skip
    colour = "gain" not in measures
    if pixel_m is None:
        measures.pop("area")
    return named(outline, measures, pixels=round(whole.area), calibrated="colour" if colour else "heights")


def remarks(result: Result, with_files: bool) -> list[Remark]:
    """What the person must know before believing the list."""
    said: list[Remark] = []
    if not result.has_heights:
        said.append(
            (
                "low-confidence candidates: without heights new colours and shadows look like change",
                {},
            )
        )
        said.append(
            ("heights were not compared: a building that rose under the same roof colour is not seen", {})
        )
        if with_files:
            said.append(("the surface models were not used: the size of a pixel is not known", {}))
    registration = result.registration
    if not registration.accepted:
        said.append(("the flights were not moved onto each other: %(why)s", {"why": registration.reason}))
    if result.has_heights and result.surface.order < 0:
        said.append(
            ("too little stayed the same to bring the heights to one level; they were taken as given", {})
        )
    elif result.has_heights and result.surface.order == 0:
        said.append(("the heights were levelled by a constant only: stable ground lies in one part", {}))
    if result.grid.pixel_m is None:
        said.append(("no coordinates: outlines are in pixels and areas are not known in square metres", {}))
    return said
