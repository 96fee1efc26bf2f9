"""From packed leads to the figures of a page: plain arithmetic on columns, no database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from chengshu.leads.statistics.indicators import DUE, DURATIONS, NUMBERS, OVERDUE
from chengshu.leads.statistics.records import BITS, Array, Block

EXACT_UP_TO = 100_000
"""For more leads than this medians and 90 % values are read from a histogram, within 0.8 %."""
NAMES = (*(one.code for one in NUMBERS), OVERDUE.code, DUE.code)
_OVERDUE_BIT, _DUE_BIT = 1 << len(NUMBERS), 2 << len(NUMBERS)
_HALF = 8
_SECONDS_BITS = 32
_PARTS_PER_OCTAVE_BITS = 6
_BUCKETS = 32 << _PARTS_PER_OCTAVE_BITS
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Spread:
    """How long something took, in whole seconds: of how many leads, median, 90 % value, mean."""

    n: int = 0
    median: int | None = None
    p90: int | None = None
    mean: float | None = None


@dataclass(frozen=True)
class Group:
    """The figures of the leads that share something. ``key`` is an id, a code's number or an index."""

    key: int
    counts: dict[str, int]
    handling: Spread = Spread()

    def share(self, code: str, of: str) -> float | None:
        """One number as a share of another, None where there is nothing to share."""
        return self.counts[code] / self.counts[of] if self.counts[of] else None


@dataclass(frozen=True)
class Figures:
    """All figures of a period; groups that have no lead are left out."""

    counts: dict[str, int]
    durations: dict[str, Spread]
    groups: dict[str, list[Group]] = field(default_factory=dict)
    exact: bool = True


def microseconds(moment: datetime) -> int:
    """Since 1970, exactly."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def bits_at(block: Block, now: datetime) -> Array:
    """One bit for each of `NAMES`, those that depend on the time of asking included."""
    bits = block["flags"].copy()
    overdue = block["runs_out"] < microseconds(now)
    bits[overdue] |= _OVERDUE_BIT
    bits[overdue | ((bits & BITS["handled"]) != 0)] |= _DUE_BIT
    return bits


def figures(
    block: Block, now: datetime, group_by: Sequence[str] = (), spread_by: Sequence[str] = ()
) -> Figures:
    """Everything about the leads of a block at a moment, grouped by some of its columns.

    ``spread_by`` names those of the groups for which the time of handling is wanted too.
    """
    bits = bits_at(block, now)
    nothing = np.zeros(block.n, np.int64)
    exact = block.n <= EXACT_UP_TO
    spread = exact_spreads if exact else rough_spreads
    total = tally(nothing, bits, 1)[0]
    durations = {d.code: spread(nothing, block[d.code], 1)[0] for d in DURATIONS}
    groups = {}
    for name in group_by:
        keys, index = np.unique(block[name], return_inverse=True)
        counted = tally(index, bits, len(keys))
        times = spread(index, block["to_handled"], len(keys)) if name in spread_by else []
        groups[name] = [
            Group(int(key), _named(counted[row]), times[row] if times else Spread())
            for row, key in enumerate(keys)
        ]
    return Figures(_named(total), durations, groups, exact)


def _named(row: Array) -> dict[str, int]:
    return dict(zip(NAMES, (int(n) for n in row), strict=True))


def tally(index: Array, bits: Array, groups: int) -> Array:
    """How many leads of each group have each bit: groups × `NAMES`.

    Eight bits at a time stand for one of 256 kinds, so that a few passes count all of them.
    """
    parts = []
    for low in range(0, len(NAMES), _HALF):
        kinds = (index << _HALF) | ((bits >> low) & 0xFF)
        seen = np.bincount(kinds, minlength=groups << _HALF).reshape(groups, 1 << _HALF)
        meaning = (np.arange(1 << _HALF)[:, None] >> np.arange(_HALF)) & 1
        parts.append(seen @ meaning)
    return np.hstack(parts)[:, : len(NAMES)]


def exact_spreads(index: Array, seconds: Array, groups: int) -> list[Spread]:
    """Of each group: the smallest values that half and nine tenths of it do not exceed, and the mean."""
    there = seconds >= 0
    index, seconds = index[there], seconds[there]
    sizes = np.bincount(index, minlength=groups)
    # one sort of (group, seconds) as a single number is several times as fast as sorting by both
    ordered = np.sort((index.astype(np.int64) << _SECONDS_BITS) | seconds) & ((1 << _SECONDS_BITS) - 1)
    sums = np.bincount(index, weights=seconds, minlength=groups)
    ends = np.cumsum(sizes)
    result = []
    for n, end, total in zip(sizes.tolist(), ends.tolist(), sums.tolist(), strict=True):
        if not n:
            result.append(Spread())
            continue
        at = end - n
        result.append(Spread(n, int(ordered[at + rank(n, 5)]), int(ordered[at + rank(n, 9)]), total / n))
    return result


def rank(n: int, tenths: int) -> int:
    """The place, from 0, of the smallest of ``n`` ordered values that so many tenths do not exceed."""
    return max(-(-n * tenths // 10) - 1, 0)


def rough_spreads(index: Array, seconds: Array, groups: int) -> list[Spread]:
    """As `exact_spreads` from a histogram of 64 buckets for each doubling; the mean is exact."""
    there = seconds >= 0
    index, seconds = index[there], seconds[there]
    one = 127 << _PARTS_PER_OCTAVE_BITS  # the exponent bits of 1.0
    # the upper bits of a float are the logarithm of its value, piecewise linear
    bucket = ((seconds + 1).astype(np.float32).view(np.int32) >> (23 - _PARTS_PER_OCTAVE_BITS)) - one
    seen = np.bincount(index * _BUCKETS + bucket, minlength=groups * _BUCKETS).reshape(groups, _BUCKETS)
    sums = np.bincount(index, weights=seconds, minlength=groups)
    result = []
    for counts, total in zip(seen, sums.tolist(), strict=True):
        upto = np.cumsum(counts)
        n = int(upto[-1])
        if not n:
            result.append(Spread())
            continue
        middle, high = (int(np.searchsorted(upto, rank(n, t) + 1)) for t in (5, 9))
        result.append(Spread(n, _value(middle), _value(high), total / n))
    return result


def _value(bucket: int) -> int:
    """The middle of a bucket, in seconds."""
    edges = (np.array([bucket, bucket + 1], np.int32) + (127 << _PARTS_PER_OCTAVE_BITS)) << (
        23 - _PARTS_PER_OCTAVE_BITS
    )
    low, high = (float(edge) for edge in edges.view(np.float32))
    return max(round((low + high) / 2 - 1), 0)


def in_groups(block: Block, name: str, wanted: Sequence[int]) -> Any:
    """A mask of the leads whose column has one of the values."""
    if len(wanted) == 1:
        return block[name] == wanted[0]
    return np.isin(block[name], list(wanted))
