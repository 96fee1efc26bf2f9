"""Which pairs are worth comparing: records that share at least one key."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import pairwise

import h3

from .score import COMMON, THRESHOLD, Match, Record, compare

CELL = 9  # H3 resolution: an edge of about 200 m
BLOCK_LIMIT = 300  # records under one key; a longer list is divided by sounds of the name
Pair = tuple[int, int]


def mark_common(records: Sequence[Record]) -> None:
    """Mark names that many records carry (chains, 兰州拉面): sharing one says little."""
    carriers = Counter(record.name.core_sound for record in records)
    for record in records:
        record.common = carriers[record.name.core_sound] > COMMON


def sound_grams(record: Record) -> set[str]:
    """Pairs of syllables of the name's core, with one left out between as well (a dropped character)."""
    syllables = record.name.core_sound
    if len(syllables) == 1:
        return {syllables[0]}
    grams = {a + b for a, b in pairwise(syllables)}
    return grams | {a + b for a, b in zip(syllables, syllables[2:], strict=False)}


def blocking_keys(record: Record) -> Iterator[str]:
    """Keys that do not need the neighbourhood: identity, door, road with part of the name."""
    kind = record.class_id
    if record.uscc:
        yield f"{kind}u{record.uscc}"
    if record.phone:
        yield f"{kind}p{record.phone}"
    yield f"{kind}n{' '.join(record.name.core_sound)}"
    address = record.address
    if address.known:
        for number in {address.lane, *((address.low, address.high) if address.lane is None else ())}:
            if number is not None:
                yield f"{kind}a{address.roads[0]}|{number}"
        if len(address.roads) > 1:
            yield f"{kind}c{'|'.join(sorted(address.roads[:2]))}"
        for road in address.roads:
            for gram in sound_grams(record):
                yield f"{kind}r{road}|{gram}"


def candidate_pairs(
    records: Sequence[Record],
    only: Collection[int] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> set[Pair]:
    """Pairs of indexes into `records`, smaller first.

    `only`: indexes of which at least one must be in the pair (newly imported objects). `progress(done,
    total)` is called now and then.
    """
    blocks: dict[str, list[int]] = defaultdict(list)
    for index, record in enumerate(records):
        for key in blocking_keys(record):
            blocks[key].append(index)
    wanted = None if only is None else set(only)
    pairs: set[Pair] = set()
    for key, members in blocks.items():
        if len(members) > 1:
            _pair_up(members, records, wanted, pairs, divide=key.lstrip("0123456789")[0] != "r")
    if progress:
        progress(1, 2)
    _pair_neighbours(records, wanted, pairs)
    if progress:
        progress(2, 2)
    return pairs


def _pair_up(
    members: Sequence[int],
    records: Sequence[Record],
    wanted: set[int] | None,
    pairs: set[Pair],
    *,
    divide: bool,
) -> None:
    if len(members) > BLOCK_LIMIT:
        if divide:  # a shopping centre with one number: only names that sound alike in part
            parts: dict[str, list[int]] = defaultdict(list)
            for index in members:
                for gram in sound_grams(records[index]):
                    parts[gram].append(index)
            for part in parts.values():
                if 1 < len(part) <= BLOCK_LIMIT:
                    _pair_up(part, records, wanted, pairs, divide=False)
        return
    if wanted is None:
        for position, first in enumerate(members):
            for second in members[position + 1 :]:
                pairs.add((first, second))
        return
    for first in members:
        if first in wanted:
            pairs.update((min(first, other), max(first, other)) for other in members if other != first)


def _pair_neighbours(records: Sequence[Record], wanted: set[int] | None, pairs: set[Pair]) -> None:
    """Records in the same H3 cell or one beside it whose names share a pair of syllables."""
    cells: dict[tuple[int, str, str], list[int]] = defaultdict(list)
    homes: list[str] = []
    for index, record in enumerate(records):
        home = ""
        if record.position:
            lng, lat = record.position
            home = h3.latlng_to_cell(lat, lng, CELL)
            for gram in sound_grams(record):
                cells[record.class_id, home, gram].append(index)
        homes.append(home)
    rings: dict[str, list[str]] = {}
    for index in range(len(records)) if wanted is None else wanted:
        record, home = records[index], homes[index]
        if not home:
            continue
        ring = rings.get(home)
        if ring is None:
            ring = rings[home] = list(h3.grid_disk(home, 1))
        for gram in sound_grams(record):
            for cell in ring:
                for other in cells.get((record.class_id, cell, gram), ()):
                    if other > index or (wanted is not None and other != index):
                        pairs.add((min(index, other), max(index, other)))


def find_matches(
    records: Sequence[Record],
    *,
    only: Collection[int] | None = None,
    threshold: float = THRESHOLD,
    skip: Collection[Pair] = (),
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[tuple[Record, Record, Match]]:
    """All pairs at or above the threshold. `only`, `skip`: object ids (pairs with the smaller id first)."""
    mark_common(records)
    indexes = None
    if only is not None:
        chosen = set(only)
        indexes = {index for index, record in enumerate(records) if record.id in chosen}
    pairs = sorted(candidate_pairs(records, indexes))
    skipped = set(skip)
    for done, (i, j) in enumerate(pairs):
        if progress and done % 2000 == 0:
            progress(done, len(pairs))
        a, b = records[i], records[j]
        if (min(a.id, b.id), max(a.id, b.id)) in skipped:
            continue
        match = compare(a, b, threshold)
        if match is not None:
            yield a, b, match
    if progress:
        progress(len(pairs), len(pairs))
