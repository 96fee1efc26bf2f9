"""What becomes of an entry: demolished and written off, legalised, deferred, a false report; and back again.

Whoever proposes does not approve. What a write-off rests on is looked at twice: when it is proposed and when
it is approved.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from shapely.geometry import Point, shape
from shapely.geometry.base import BaseGeometry

from chengshu.bureau.models import User
from chengshu.kernel.geometry import haversine_m
from chengshu.registry import neighbourhood
from chengshu.structures import settings
from chengshu.structures.lifecycle import (
    DISPOSALS,
    ELIMINATED,
    MEASURED,
    Action,
    Built,
    Disposal,
    Finding,
    Moment,
    Status,
    Way,
)
from chengshu.structures.models import Proposal, Structure, Survey
from chengshu.structures.queries import clocks

from . import telling
from .base import (
    APPROVE,
    WORK,
    StructureProblem,
    locked,
    moment,
    require,
    require_action,
    require_undecided,
    save,
    step,
    text,
)

logger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Offer:
    """A proposed disposal, as somebody states it."""

    kind: str
    reason: str
    permit_number: str = ""
    review_on: date | None = None


@transaction.atomic
def demolish(
    structure: Structure, way: str, *, by: User, at: datetime | None = None, note: str = ""
) -> Structure:
    """It is demolished: voluntarily, for the owner, or by force where the procedure allows it.

    The entry is not written off by this. Raises `StructureProblem`.
    """
    held = locked(structure.pk, by)
    require_action(held, Action.DEMOLISH)
    require_undecided(held)
    at = moment(at, held)
    steps = clocks.steps_of(held)
    if way not in Way.values:
        raise StructureProblem(_("Say how it was demolished."), "way")
    if way == Way.FORCED and (why := clocks.may_force(held, steps, at)):
        raise StructureProblem(why, "way")
    if way == Way.ASSISTED and "order" not in clocks.taken(steps):
        raise StructureProblem(_("Demolition for the owner follows the order to demolish."), "way")
    held.status, held.way, held.demolished_on = Status.DEMOLISHED, way, timezone.localdate(at)
    held.review_on, held.eliminated_on, held.disposal = None, None, ""
    step(held, Action.DEMOLISH, by=by, at=at, note=note, way=way)
    save(held, "status", "way", "demolished_on", "review_on", "eliminated_on", "disposal")
    return held


@transaction.atomic
def propose(structure: Structure, offer: Offer, *, by: User, at: datetime | None = None) -> Proposal:
    """Propose a disposal; nothing changes until another person approves. Raises `StructureProblem`."""
    held = locked(structure.pk, by)
    at = moment(at, held)
    if offer.kind not in Disposal.values:
        raise StructureProblem(_("Choose the disposal."), "kind")
    require_undecided(held)
    reason = text(offer.reason, _("Say why."), "reason")
    rests_on = _require_grounds(held, offer, at)
    made = Proposal.objects.create(
        structure=held, kind=offer.kind, reason=reason, permit_number=offer.permit_number.strip()[:80],
        review_on=offer.review_on, data=rests_on, proposed_by=by, proposed_at=at,
    )  # fmt: skip
    step(held, Action.PROPOSE, by=by, at=at, note=reason, proposal=made.pk, kind=offer.kind, **rests_on)
    save(held)
    telling.proposed(held, made)
    return made


@transaction.atomic
def approve(proposal: Proposal, *, by: User, note: str = "", at: datetime | None = None) -> Structure:
    """Approve what another proposed; what it rests on must still be so. Raises `StructureProblem`."""
    held, waiting = _waiting(proposal, by)
    at = moment(at, held)
    offer = Offer(waiting.kind, waiting.reason, waiting.permit_number, waiting.review_on)
    rests_on = _require_grounds(held, offer, at)
    held.status = DISPOSALS[Disposal(waiting.kind)][1]
    held.disposal = waiting.kind
    held.permit_number, held.review_on = waiting.permit_number, waiting.review_on
    held.written_off_at = at if waiting.kind == Disposal.WRITE_OFF else None
    held.eliminated_on = timezone.localdate(at) if waiting.kind in ELIMINATED else None
    _decide(waiting, True, by, at, note)
    step(held, Action.APPROVE, by=by, at=at, note=note, proposal=waiting.pk, kind=waiting.kind, **rests_on)
    save(held, "status", "disposal", "permit_number", "review_on", "written_off_at", "eliminated_on")
    telling.decided(held, waiting, at)
    return held


@transaction.atomic
def refuse(proposal: Proposal, *, by: User, note: str, at: datetime | None = None) -> Structure:
    """Refuse a proposal with the reason; the entry stays as it is. Raises `StructureProblem`."""
    held, waiting = _waiting(proposal, by)
    at = moment(at, held)
    note = text(note, _("Say why."), "note")
    _decide(waiting, False, by, at, note)
    step(held, Action.REFUSE, by=by, at=at, note=note, proposal=waiting.pk, kind=waiting.kind)
    save(held)
    telling.decided(held, waiting, at)
    return held


@transaction.atomic
def relapse(
    structure: Structure, *, by: User, note: str, building: bool = False, at: datetime | None = None
) -> Structure:
    """Built again: the entry reopens with its history, and its clocks begin anew."""
    held = locked(structure.pk, by)
    require_action(held, Action.RELAPSE)
    require_undecided(held)
    if held.status == Status.DEMOLISHED and not held.written_off_at:
        raise StructureProblem(_("It is not written off yet."), "state")
    at = moment(at, held)
    if held.eliminated_on and timezone.localdate(at) < held.eliminated_on:
        raise StructureProblem(_("That was before the structure was disposed of."), "at")
    note = text(note, _("Say what was found."), "note")
    before = {"status": held.status, "disposal": held.disposal, "eliminated_on": str(held.eliminated_on)}
    held.status, held.built = Status.PENDING, Built.BUILDING if building else Built.NEW
    _take_back(held, at)
    held.way = held.permit_number = ""
    held.demolished_on = held.written_off_at = None
    held.relapses += 1
    held.found_at = held.relapsed_at = at
    step(held, Action.RELAPSE, by=by, at=at, note=note, before=before)
    save(held, "status", "built", "disposal", "way", "permit_number", "demolished_on", "written_off_at",
         "eliminated_on", "relapses", "found_at", "relapsed_at")  # fmt: skip
    return held


@transaction.atomic
def come_back(
    structure: Structure, *, by: User | None, note: str = "", at: datetime | None = None
) -> Structure:
    """A deferral is over: on its day by itself (``by`` None), before it by whoever may approve."""
    held = locked(structure.pk, by, APPROVE)
    require_action(held, Action.COME_BACK)
    at = moment(at, held)
    if by is None and (held.review_on is None or timezone.localdate(at) < held.review_on):
        raise StructureProblem(_("The deferral is not over yet."), "state")
    if by is not None:
        note = text(note, _("Say why."), "note")
    until = held.review_on
    held.status, held.review_on = Status.PENDING, None
    _take_back(held, at)
    step(held, Action.COME_BACK, by=by, at=at, note=note, review_on=str(until))
    save(held, "status", "disposal", "review_on", "eliminated_on")
    if by is None:
        telling.came_back(held, at, str(until))
    return held


def _take_back(held: Structure, at: datetime) -> None:
    """What was eliminated in this year no longer counts; the figures of a year that is over stay."""
    if held.eliminated_on is None or held.eliminated_on.year == timezone.localdate(at).year:
        held.disposal, held.eliminated_on = "", None


def come_back_all(today: date | None = None) -> int:
    """Every deferral whose day has come; how many. One that fails does not stop the others."""
    today = today or timezone.localdate()
    due = Structure.objects.filter(status=Status.DEFERRED, review_on__lte=today).order_by("pk")
    done = 0
    for structure in due:
        try:
            come_back(structure, by=None)
            done += 1
        except StructureProblem as problem:
            logger.warning("deferral stays", structure=structure.number, why=str(problem))
    return done


# --- grounds ----------------------------------------------------------------------------------------
def _require_grounds(held: Structure, offer: Offer, at: datetime) -> dict[str, Any]:
    """What the disposal rests on, as it is recorded. Raises `StructureProblem` where it lacks."""
    kind = Disposal(offer.kind)
    if held.status not in DISPOSALS[kind][0] or held.written_off_at:
        raise StructureProblem(
            _("“%(action)s” is not possible while the structure is “%(state)s”.")
            % {"action": kind.label, "state": Status(held.status).label},
            "state",
        )
    if kind == Disposal.WRITE_OFF:
        return write_off_grounds(held)
    if kind == Disposal.LEGALISE:
        number = text(offer.permit_number, _("Give the number of the permit."), "permit_number", 80)
        return {"permit": number}
    if kind == Disposal.DEFER:
        return _deferral_grounds(held, offer.review_on, timezone.localdate(at))
    if clocks.last_finding(held) not in (Finding.LEGAL, Finding.NOT_FOUND):
        raise StructureProblem(_("A false report needs the finding that it is legal or not there."), "kind")
    return {}


def _deferral_grounds(held: Structure, review_on: date | None, today: date) -> dict[str, Any]:
    most = today + timedelta(days=settings.rules().deferral_most_days)
    if clocks.last_finding(held) != Finding.ILLEGAL:
        raise StructureProblem(_("A deferral needs the finding that the structure is illegal."), "kind")
    if review_on is None or not today < review_on <= most:
        raise StructureProblem(
            _("Set a day of review after today, not later than %(day)s.") % {"day": most}, "review_on"
        )
    return {"review_on": str(review_on)}


def write_off_grounds(held: Structure) -> dict[str, Any]:
    """Photos of the same place, a measured area, and for large ones a comparison of flights.

    Raises `StructureProblem` with the first that lacks.
    """
    rules = settings.rules()
    measured = Survey.objects.filter(structure=held, method__in=MEASURED).order_by("-id")
    if held.relapsed_at:
        measured = measured.filter(at__gte=held.relapsed_at)
    survey = measured.first()
    if survey is None or survey.area_m2 != held.area_m2:
        raise StructureProblem(_("The write-off needs a measured area."), "area_m2")
    before, after, metres = _photo_pair(held)
    if metres > rules.same_place_m:
        raise StructureProblem(
            _("The photos before and after lie %(n)d m apart; up to %(most)d m is the same place.")
            % {"n": round(metres), "most": rules.same_place_m},
            "photos",
        )
    grounds: dict[str, Any] = {
        "survey": survey.pk, "area": str(survey.area_m2), "before": before, "after": after,
        "metres": round(metres, 1),
    }  # fmt: skip
    if float(survey.area_m2) >= rules.large_area_m2:
        grounds["flight"] = _seen_gone(held)
    return grounds


def _photo_pair(held: Structure) -> tuple[int, int, float]:
    """The photos before and after that lie nearest to each other: their ids and the metres between."""
    rows = held.photos.filter(round=held.relapses, moment__in=[Moment.BEFORE, Moment.AFTER])
    found: dict[str, list[tuple[int, tuple[float, float]]]] = {Moment.BEFORE: [], Moment.AFTER: []}
    without = set()
    for pk, when, position in rows.values_list("pk", "moment", "position"):
        if position is None:
            without.add(when)
        else:
            found[when].append((pk, position))
    for when in (Moment.BEFORE, Moment.AFTER):
        if not found[when]:
            words = {"moment": when.label}
            if when in without:
                raise StructureProblem(_("No photo “%(moment)s” says where it was taken.") % words, "photos")
            raise StructureProblem(_("The write-off needs a photo “%(moment)s”.") % words, "photos")
    pairs = [
        (b, a, float(haversine_m(*here, *there)))
        for b, here in found[Moment.BEFORE]
        for a, there in found[Moment.AFTER]
    ]
    return min(pairs, key=lambda pair: pair[2])


def _seen_gone(held: Structure) -> str:
    """The key of a comparison of flights after the demolition that shows it gone."""
    place, share = geometry_of(held), settings.rules().removed_share
    if place is None or held.demolished_on is None:
        raise StructureProblem(
            _("A large structure needs its outline for the comparison of flights."), "flight"
        )
    for seen in neighbourhood.seen_over(held.district, place, held.demolished_on):
        gone = seen.removed_share is not None and seen.removed_share >= share
        if seen.after >= held.demolished_on and gone:
            return seen.key
    raise StructureProblem(
        _("From %(area)d m² the write-off needs a flight after the demolition that shows %(share)d %% gone.")
        % {"area": settings.rules().large_area_m2, "share": round(100 * share)},
        "flight",
    )


def geometry_of(structure: Structure) -> BaseGeometry | None:
    """The outline, else the position, in WGS 84 degrees."""
    if structure.polygon:
        return shape(structure.polygon)
    return Point(structure.position) if structure.position else None


def _waiting(proposal: Proposal, by: User) -> tuple[Structure, Proposal]:
    held = locked(proposal.structure_id, by, APPROVE)
    waiting = Proposal.objects.select_for_update(of=("self",)).get(pk=proposal.pk)
    if waiting.decided_at is not None:
        raise StructureProblem(_("This is decided already."), "state")
    if waiting.proposed_by_id == by.pk:
        raise StructureProblem(_("Whoever proposed it does not decide on it."), "by")
    return held, waiting


def _decide(waiting: Proposal, approved: bool, by: User, at: datetime, note: str) -> None:
    waiting.approved, waiting.decided_by, waiting.decided_at = approved, by, at
    waiting.decision_note = note.strip()[:500]
    waiting.save(update_fields=["approved", "decided_by", "decided_at", "decision_note"])


def may(user: User, structure: Structure, permission: str) -> bool:
    """Whether the person holds the permission where the structure stands."""
    try:
        require(user, permission, district_id=structure.district_id, squad_id=structure.squad_id)
    except PermissionDenied:
        return False
    return True


__all__ = [
    "APPROVE", "WORK", "Offer", "approve", "come_back", "come_back_all", "demolish", "geometry_of", "may",
    "propose", "refuse", "relapse", "write_off_grounds",
]  # fmt: skip
