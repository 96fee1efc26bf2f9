"""What somebody asks of the statistics, and the leads it means as far as he may see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from chengshu.bureau.models import User
from chengshu.bureau.scope import Scope
from chengshu.leads.statistics import days
from chengshu.leads.statistics.figures import Figures, figures, in_groups
from chengshu.leads.statistics.periods import Period
from chengshu.leads.statistics.records import Array, Block, joined, source_number
from chengshu.registry.queries.reference import districts_of

GROUPS = ("source", "squad", "kind", "major", "outcome", "stage")
SPREADS = ("source", "squad", "kind", "major")


@dataclass(frozen=True)
class Choice:
    """Which leads of a period; everything empty means all. ``kinds`` are ids of classes."""

    source: str = ""
    kinds: tuple[int, ...] = ()
    squad: int | None = None
    town: int | None = None


def figures_of(
    user: User,
    period: Period,
    choice: Choice,
    now: datetime,
    majors: Mapping[int, int],
    permission: str = "leads.view",
) -> tuple[Figures, Figures]:
    """The figures of a period and of the one before it: one query.

    ``majors``: for each id of a class the number of its major class, by which they are grouped too.
    """
    earlier = period.before()
    scope = user.scope_for(permission)
    found = days.read(districts_of(scope), earlier.begin, period.end)
    this = block_of([one for day, one in found if day >= period.begin], scope, choice)
    last = block_of([one for day, one in found if day < period.begin], scope, choice)
    kinds, index = np.unique(this["kind"], return_inverse=True)
    this = this.having("major", np.array([majors.get(kind, -1) for kind in kinds.tolist()], np.int64)[index])
    return figures(this, now, GROUPS, SPREADS), figures(last, now)


def block_of(blocks: list[Block], scope: Scope, choice: Choice) -> Block:
    """The leads of some days that the person may see and has asked for."""
    block = joined(blocks)
    mask = mask_of(block, scope, choice)
    return block if mask is None else block.chosen(mask)


def mask_of(block: Block, scope: Scope, choice: Choice) -> Array | None:
    """Which leads are meant; None means all of the districts that were read."""
    masks = []
    if scope.squads and not scope.districts:
        masks.append(in_groups(block, "squad", sorted(scope.squads)))
    elif scope.squads:
        masks.append(
            in_groups(block, "squad", sorted(scope.squads))
            | in_groups(block, "district", sorted(scope.districts))
        )
    if choice.source:
        masks.append(block["source"] == source_number(choice.source))
    if choice.kinds:
        masks.append(in_groups(block, "kind", choice.kinds))
    if choice.squad is not None:
        masks.append(block["squad"] == choice.squad)
    if choice.town is not None:
        masks.append(block["town"] == choice.town)
    return np.logical_and.reduce(masks) if masks else None
