"""Suspects that come with their whole history (old ones, a demo): the same rules, rows written together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from chengshu.bureau.models import User
from chengshu.bureau.services.areas import area_index
from chengshu.leads.models import Lead
from chengshu.sensing.lifecycle import VERDICTS, Kind, Role, SecondState, SuspectState
from chengshu.sensing.models import Comparison, Decision, Suspect
from chengshu.sensing.refusing import DECIDE, SensingProblem, require

from .deciding import is_sample

SOURCE = "aerial"


@dataclass(frozen=True)
class Read:
    """A suspect and what was decided about it. ``outline`` in WGS 84, m² and metres, scores 0 to 1.

    ``second``, ``again``: whoever read it as a sample, and that verdict; ``lead``: what it was sent as.
    """

    number: int
    outline: BaseGeometry
    kind: Kind
    score: float
    area_m2: float
    verdict: SuspectState
    by: User
    at: datetime
    height_gain_m: float | None = None
    second: User | None = None
    again: SuspectState | None = None
    lead: Lead | None = None
    under_construction: bool = False
    note: str = ""


@transaction.atomic
def enter_read(comparison: Comparison, reads: Sequence[Read]) -> list[Suspect]:
    """Write them with their decisions, all or none. A sample without a second reading waits for one.

    Raises `SensingProblem` where a rule of deciding or sending would have refused, PermissionDenied.
    """
    spots = [one.outline.representative_point() for one in reads]
    index = area_index(comparison.district)
    placed = index.place_many([spot.x for spot in spots], [spot.y for spot in spots]) if spots else []
    rows, decisions = [], []
    for one, spot, where in zip(reads, spots, placed, strict=True):
        _check(one)
        row = Suspect(
            district_id=comparison.district_id, comparison=comparison, number=one.number,
            outline=mapping(one.outline), position=(spot.x, spot.y), area_m2=one.area_m2,
            height_gain_m=one.height_gain_m, kind=one.kind, score_raw=one.score, score=one.score,
            town_id=where.town, squad_id=where.squad, state=one.verdict, decided_by=one.by, decided_at=one.at,
            under_construction=one.under_construction, lead=one.lead,
            sent_at=one.lead.reported_at if one.lead else None,
        )  # fmt: skip
        row.second = _second(row, one)
        rows.append(row)
        decisions.append(_decision(row, Role.FIRST, one.verdict, one.by, one.at, one.note))
        if row.second != SecondState.NONE and one.second is not None and one.again is not None:
            decisions.append(_decision(row, Role.SECOND, one.again, one.second, one.at, ""))
    for person in {one.by for one in reads} | {one.second for one in reads if one.second is not None}:
        require(person, DECIDE, district_id=comparison.district_id)
    made = Suspect.objects.bulk_create(rows)
    Decision.objects.bulk_create(decisions)
    Comparison.objects.filter(pk=comparison.pk).update(suspects=F("suspects") + len(made))
    return made


def _check(one: Read) -> None:
    if one.verdict not in VERDICTS:
        raise SensingProblem(_("There is no such verdict."), "verdict")
    if one.lead is not None and (one.verdict != SuspectState.LEAD or one.lead.source != SOURCE):
        raise SensingProblem(_("Only a suspect that was decided to be illegal can be sent."), "state")
    if one.second is not None and one.second.pk == one.by.pk:
        raise SensingProblem(_("The second reader is another person than the first."), "state")


def _second(row: Suspect, one: Read) -> SecondState:
    if not is_sample(row):
        return SecondState.NONE
    if one.second is None or one.again is None:
        return SecondState.DUE
    return SecondState.AGREED if one.again == one.verdict else SecondState.DISAGREED


def _decision(row: Suspect, role: Role, verdict: SuspectState, by: User, at: datetime, note: str) -> Decision:
    return Decision(suspect=row, role=role, verdict=verdict, by=by, at=at, score=row.score, note=note[:300])
