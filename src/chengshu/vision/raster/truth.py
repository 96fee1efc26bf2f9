"""Scoring a result against what is known to be true: pixels, ranking, and single objects by size.

Objects are matched one to one, the best overlap first. A pair matches when the intersection over union of
the outlines reaches ``min_iou``. For things below ``SMALL_M2``, where a smeared edge of two pixels already
halves the overlap, it is enough that each one's centre lies inside the other's outline. A truth that does not
count (too small, too low, hidden) is neither missed nor is it wrong to find it. Whatever else is found is a
false alarm, a second fragment of the same thing too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
import shapely

from chengshu.vision.raster.types import Candidate, Mask, Plane, RasterError, Ring

MIN_IOU = 0.3
SMALL_M2 = 20.0
SIZE_EDGES_M2 = (4.0, 10.0, 30.0, 100.0)


class Known(Protocol):
    """What scoring needs of a true object; ``scenes.Truth`` is one. An unknown gain is NaN."""

    @property
    def outline(self) -> Ring: ...
    @property
    def kind(self) -> str: ...
    @property
    def height_gain_m(self) -> float: ...
    @property
    def area_m2(self) -> float: ...
    @property
    def counts(self) -> bool: ...


@dataclass(frozen=True)
class PixelScore:
    """Precision, recall, F1 and intersection over union of the changed pixels; all 1 when nothing changed
    and nothing was found."""

    precision: float
    recall: float
    f1: float
    iou: float


@dataclass(frozen=True)
class SizeScore:
    """Objects of one size class: how many there are, how many were found, and what was found in that size."""

    objects: int
    hit: int
    found: int
    right: int

    @property
    def recall(self) -> float:
        """Share of the objects that were found (NaN: none there)."""
        return _share(self.hit, self.objects)

    @property
    def precision(self) -> float:
        """Share of the finds of this size that are right (NaN: none found)."""
        return _share(self.right, self.found)


@dataclass(frozen=True)
class ObjectScore:
    """How single objects were found. NaN where there is nothing to measure.

    ``area_error`` is the sum of the errors of area over the sum of the true areas of what was found,
    ``area_error_median`` the median error of the single ones; ``height_rmse`` in metres; ``kind_share`` the
    share of the matched whose kind is right. ``missed`` and ``wrong`` are indices into truth and found.
    """

    recall: float
    precision: float
    by_size: dict[str, SizeScore]
    area_error: float
    area_error_median: float
    height_rmse: float
    kind_share: float
    objects: int
    found: int
    matched: int
    ignored: int
    pairs: list[tuple[int, int]] = field(default_factory=list)
    missed: list[int] = field(default_factory=list)
    wrong: list[int] = field(default_factory=list)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total > 0 else 0.0

    def as_dict(self) -> dict[str, Any]:
        """Plain numbers for JSON; NaN becomes null."""
        plain: dict[str, Any] = {"f1": _plain(self.f1)}
        for name, value in asdict(self).items():
            plain[name] = _plain(value) if isinstance(value, float) else value
        plain["by_size"] = {
            label: {**asdict(one), "recall": _plain(one.recall), "precision": _plain(one.precision)}
            for label, one in self.by_size.items()
        }
        return plain


def _share(part: float, whole: float) -> float:
    return part / whole if whole else math.nan


def _plain(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 4)


def pixel_score(hit: float, found: float, true: float) -> PixelScore:
    """The score from three areas: rightly found, found, true."""
    if not found and not true:
        return PixelScore(1.0, 1.0, 1.0, 1.0)
    return PixelScore(
        hit / found if found else 0.0,
        hit / true if true else 0.0,
        2 * hit / (found + true),
        hit / (found + true - hit),
    )


def score_mask(found: Mask, truth: Mask, valid: Mask | None = None) -> PixelScore:
    """Compare masks, inside ``valid`` where it is given. :raises RasterError: not of the same size."""
    if found.shape != truth.shape or (valid is not None and valid.shape != truth.shape):
        raise RasterError("The result and the truth are not of the same size.")
    found, truth = found.astype(bool), truth.astype(bool)
    if valid is not None:
        found, truth = found & valid, truth & valid
    return pixel_score(
        int(np.count_nonzero(found & truth)), int(np.count_nonzero(found)), int(np.count_nonzero(truth))
    )


def auc(score: Plane, truth: Mask) -> float:
    """Area under the ROC curve: how often a changed pixel scores above an unchanged one (ties half).

    :raises RasterError: other sizes, or only one of the two sorts of pixels is there.
    """
    if score.shape != truth.shape:
        raise RasterError("The result and the truth are not of the same size.")
    values, known = score.ravel(), truth.ravel().astype(bool)
    usable = ~np.isnan(values)
    values, known = values[usable], known[usable]
    positive = int(known.sum())
    negative = len(known) - positive
    if not positive or not negative:
        raise RasterError("A ranking needs changed and unchanged pixels.")
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    first = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    last = np.r_[first[1:], len(ordered)]
    ranks = np.repeat((first + 1 + last) / 2, last - first)
    above = float(ranks[known[order]].sum()) - positive * (positive + 1) / 2
    return above / (positive * negative)


def score_objects(
    found: Sequence[Candidate],
    truth: Sequence[Known],
    gsd: float | None,
    min_iou: float = MIN_IOU,
    *,
    small_m2: float = SMALL_M2,
    edges: tuple[float, ...] = SIZE_EDGES_M2,
) -> ObjectScore:
    """Match what was found with what is true (rules: see the module) and measure it, also by size.

    Outlines of both in the same coordinates; ``gsd`` is the size of their unit in metres (``None``: areas are
    in units). ``edges`` are the limits of the size classes in m².
    """
    unit = (gsd or 1.0) ** 2
    finds = [_polygon(candidate.outline) for candidate in found]
    knowns = [_polygon(item.outline) for item in truth]
    ranked = _candidates(finds, knowns, min_iou, small_m2 / unit)
    counted = [n for n, item in enumerate(truth) if item.counts]
    pairs, used, hit = _greedy(ranked, set(counted))
    ignored = _ignored(finds, knowns, used, [n for n in range(len(truth)) if not truth[n].counts])
    judged = [n for n in range(len(found)) if n not in ignored]
    areas = [abs(found[f].area_m2 - truth[t].area_m2) for f, t in pairs]
    true_areas = [truth[t].area_m2 for _f, t in pairs]
    gains = [_gain_error(found[f], truth[t]) for f, t in pairs]
    gains = [gain for gain in gains if not math.isnan(gain)]
    return ObjectScore(
        recall=_share(len(hit), len(counted)),
        precision=_share(len(used), len(judged)),
        by_size=_by_size(found, truth, judged, counted, used, hit, edges),
        area_error=_share(sum(areas), sum(true_areas)),
        area_error_median=float(np.median(np.array(areas) / np.array(true_areas))) if areas else math.nan,
        height_rmse=math.sqrt(sum(g * g for g in gains) / len(gains)) if gains else math.nan,
        kind_share=_share(sum(found[f].kind == truth[t].kind for f, t in pairs), len(pairs)),
        objects=len(counted),
        found=len(judged),
        matched=len(pairs),
        ignored=len(ignored),
        pairs=pairs,
        missed=[n for n in counted if n not in hit],
        wrong=[n for n in judged if n not in used],
    )


def _polygon(ring: Ring) -> shapely.Geometry:
    shape = shapely.Polygon(ring) if len(ring) >= 4 else shapely.Polygon()
    return shape if shape.is_valid else shape.buffer(0)


def _candidates(
    finds: list[shapely.Geometry], knowns: list[shapely.Geometry], min_iou: float, small: float
) -> list[tuple[float, int, int]]:
    """All pairs that may match: (overlap, find, known), the best first."""
    if not finds or not knowns:
        return []
    tree = shapely.STRtree(knowns)
    ranked = []
    for f, t in tree.query(np.array(finds, dtype=object), predicate="intersects").T.tolist():
        one, other = finds[f], knowns[t]
        shared = one.intersection(other).area
        overlap = shared / (one.area + other.area - shared) if shared else 0.0
        centred = other.area < small and one.contains(other.centroid) and other.contains(one.centroid)
        if overlap >= min_iou or centred:
            ranked.append((overlap, f, t))
    return sorted(ranked, key=lambda row: (-row[0], row[1], row[2]))


def _greedy(
    ranked: list[tuple[float, int, int]], counted: set[int]
) -> tuple[list[tuple[int, int]], set[int], set[int]]:
    pairs: list[tuple[int, int]] = []
    used: set[int] = set()
    hit: set[int] = set()
    for _overlap, f, t in ranked:
        if t in counted and f not in used and t not in hit:
            pairs.append((f, t))
            used.add(f)
            hit.add(t)
    return pairs, used, hit


def _ignored(
    finds: list[shapely.Geometry], knowns: list[shapely.Geometry], used: set[int], uncounted: list[int]
) -> set[int]:
    """Finds on something that changed but does not count: half of the find or of that thing."""
    if not uncounted or not finds:
        return set()
    tree = shapely.STRtree([knowns[n] for n in uncounted])
    found = set()
    for f, t in tree.query(np.array(finds, dtype=object), predicate="intersects").T.tolist():
        one, other = finds[f], knowns[uncounted[t]]
        if f not in used and one.intersection(other).area >= 0.5 * min(one.area, other.area):
            found.add(f)
    return found


def _gain_error(found: Candidate, truth: Known) -> float:
    return math.nan if found.height_gain_m is None else found.height_gain_m - truth.height_gain_m


def _by_size(
    found: Sequence[Candidate], truth: Sequence[Known], judged: list[int], counted: list[int],
    used: set[int], hit: set[int], edges: tuple[float, ...],
) -> dict[str, SizeScore]:  # fmt: skip
    labels = [f"<{edges[0]:g}", *(f"{a:g}-{b:g}" for a, b in pairwise(edges))]
    labels.append(f">={edges[-1]:g}")
    of_truth = {n: labels[int(np.searchsorted(edges, truth[n].area_m2, "right"))] for n in counted}
    of_found = {n: labels[int(np.searchsorted(edges, found[n].area_m2, "right"))] for n in judged}
    return {
        label: SizeScore(
            objects=sum(of_truth[n] == label for n in counted),
            hit=sum(of_truth[n] == label for n in hit),
            found=sum(of_found[n] == label for n in judged),
            right=sum(of_found[n] == label for n in used),
        )
        for label in labels
    }
