"""Finding the newest leads of a filter in the packed days: an exact total without reading a row.

A list that is filtered by what the packed days know (source, class, squad, town, officer, stage, outcome,
days, numbers of the statistics) would otherwise read most of a large table to find fifty rows and a total.
Words, lights, alarms, objects and the neighbourhood of an object are left to the database's own indexes, and
so are open leads: they are few.
"""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from chengshu.bureau.models import User
from chengshu.leads.lifecycle import Stage
from chengshu.leads.queries.catalogue import ids_of_major
from chengshu.leads.statistics import days
from chengshu.leads.statistics.asked import Choice, mask_of
from chengshu.leads.statistics.figures import NAMES, bits_at
from chengshu.leads.statistics.indicators import DURATIONS
from chengshu.leads.statistics.records import OUTCOMES, STAGES, Array, Block, joined
from chengshu.registry.queries.reference import districts_of

if TYPE_CHECKING:
    from chengshu.leads.queries.lists import LeadFilter

UNKNOWN_TO_DAYS = ("light", "q", "object", "near", "alarm")
_REACHED = {duration.code for duration in DURATIONS}


def answers(wanted: LeadFilter) -> bool:
    """Whether the packed days know everything that the filter asks, and it asks something of closed leads."""
    if any(getattr(wanted, name) for name in UNKNOWN_TO_DAYS):
        return False
    if wanted.stage and wanted.stage != Stage.CLOSED:
        return False
    return any(getattr(wanted, one.name) for one in fields(wanted))


def newest(
    user: User, wanted: LeadFilter, now: datetime, *, page: int, size: int, permission: str = "leads.view"
) -> tuple[list[int], int, int]:
    """Ids of a page of ``size`` leads, the newest first, how many there are in all, and the page's number.

    A page past the end means the last; the first has number 1. One query.
    """
    scope = user.scope_for(permission)
    found = days.read(districts_of(scope), wanted.reported_from, wanted.reported_to)
    block = joined((one for _day, one in found), _columns(wanted))
    ids = block["id"][_mask(block, user, wanted, now, permission)]
    total = int(ids.size)
    page = min(page, max(1, -(-total // size)))
    last = min(page * size, total)
    if not last:
        return [], 0, page
    top = np.sort(np.partition(ids, total - last)[total - last :])[::-1]
    return top[(page - 1) * size : last].tolist(), total, page


def _columns(wanted: LeadFilter) -> list[str]:
    names = ["id", "district", "squad", "source", "kind", "town"]
    names += [name for name in ("stage", "outcome", "officer", "severity") if getattr(wanted, name)]
    if wanted.counted:
        names += ["flags", "runs_out", *(code for code in wanted.counted if code in _REACHED)]
    return names


def _mask(block: Block, user: User, wanted: LeadFilter, now: datetime, permission: str) -> Array:
    kinds = {wanted.kind} if wanted.kind else None
    if wanted.major:
        majors = ids_of_major(wanted.major)
        kinds = majors if kinds is None else kinds & majors
        if not kinds:
            return np.zeros(block.n, bool)
    choice = Choice(wanted.source, tuple(sorted(kinds or ())), wanted.squad or None, wanted.town or None)
    masks = [mask_of(block, user.scope_for(permission), choice)]
    if wanted.stage:
        masks.append(block["stage"] == STAGES.index(wanted.stage) + 1)
    if wanted.outcome:
        masks.append(block["outcome"] == OUTCOMES.index(wanted.outcome) + 1)
    if wanted.officer:
        masks.append(block["officer"] == wanted.officer)
    if wanted.severity:
        masks.append(block["severity"] == wanted.severity)
    if wanted.counted:
        bits = bits_at(block, now)
        for code in wanted.counted:
            reached = code in _REACHED
            masks.append(block[code] >= 0 if reached else (bits & (1 << NAMES.index(code))) != 0)
    applied = [mask for mask in masks if mask is not None]
    mask: Array = np.logical_and.reduce(applied) if applied else np.ones(block.n, bool)
    return mask
