"""What becomes of an entry: demolished and written off, legalised, deferred, a false report; and back again.

Whoever proposes does not approve. What a write-off rests on is looked at twice: when it is proposed and when
it is approved.
"""

from __future__ import annotations

from datetime import date, datetime

import structlog
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import User
from chengshu.structures.lifecycle import DISPOSALS, ELIMINATED, Action, Built, Disposal, Status, Way
from chengshu.structures.models import Elimination, Proposal, Structure
from chengshu.structures.queries import clocks, records

from . import bulk, telling
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
from .grounds import Offer, require_grounds, require_other_hands

logger = structlog.get_logger(__name__)


@transaction.atomic
def demolish(
    structure: Structure,
    way: str,
    *,
    by: User,
    at: datetime | None = None,
    note: str = "",
    urgent: bool = False,
) -> Structure:
    """It is demolished: voluntarily, for the owner, or by force where the procedure allows it.

    ``urgent``: why it was done by force at night or on a public holiday stands in the note. The entry is not
    written off by this. Raises `StructureProblem`.
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
    if way == Way.FORCED and clocks.at_rest(held, at):
        if not urgent:
            raise StructureProblem(
                _("Nothing is demolished by force at night or on a public holiday, unless it is urgent."),
                "at",
            )
        note = text(note, _("Say why it was urgent."), "note")
    if way == Way.ASSISTED and "order" not in clocks.taken(steps, at):
        raise StructureProblem(_("Demolition for the owner follows the order to demolish."), "way")
    held.status, held.way, held.demolished_on = Status.DEMOLISHED, way, timezone.localdate(at)
    held.review_on = None
    _take_back(held, at)
    step(held, Action.DEMOLISH, by=by, at=at, note=note, way=way, urgent=urgent)
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
    rests_on = require_grounds(held, offer, at)
    made = Proposal(
        structure=held, kind=offer.kind, reason=reason, permit_number=offer.permit_number.strip()[:80],
        review_on=offer.review_on, data=rests_on, proposed_by=by, proposed_at=at,
    )  # fmt: skip
    bulk.insert(made)
    step(held, Action.PROPOSE, by=by, at=at, note=reason, proposal=made.pk, kind=offer.kind, **rests_on)
    save(held)
    telling.proposed(held, made)
    return made


@transaction.atomic
def approve(proposal: Proposal, *, by: User, note: str = "", at: datetime | None = None) -> Structure:
    """Approve what another proposed; what it rests on must still be so. Raises `StructureProblem`."""
    held, waiting = _waiting(proposal, by)
    at = _decided_at(at, held, waiting)
    offer = Offer(waiting.kind, waiting.reason, waiting.permit_number, waiting.review_on)
    rests_on = require_grounds(held, offer, at)
    if waiting.kind == Disposal.WRITE_OFF:
        require_other_hands(held, rests_on, by)
    _take_back(held, at)
    held.status = DISPOSALS[Disposal(waiting.kind)][1]
    held.disposal = waiting.kind
    held.permit_number, held.review_on = waiting.permit_number, waiting.review_on
    held.written_off_at = at if waiting.kind == Disposal.WRITE_OFF else None
    held.eliminated_on = timezone.localdate(at) if waiting.kind in ELIMINATED else None
    if held.eliminated_on:
        bulk.insert(Elimination(
            structure=held, district_id=held.district_id, town_id=held.town_id, kind=waiting.kind,
            on=held.eliminated_on, area_m2=held.area_m2, types=held.types, key_task=held.key_task,
        ))  # fmt: skip
    _decide(waiting, True, by, at, note)
    step(held, Action.APPROVE, by=by, at=at, note=note, proposal=waiting.pk, kind=waiting.kind, **rests_on)
    save(held, "status", "disposal", "permit_number", "review_on", "written_off_at", "eliminated_on")
    telling.decided(held, waiting, at)
    return held


@transaction.atomic
def refuse(proposal: Proposal, *, by: User, note: str, at: datetime | None = None) -> Structure:
    """Refuse a proposal with the reason; the entry stays as it is. Raises `StructureProblem`."""
    held, waiting = _waiting(proposal, by)
    at = _decided_at(at, held, waiting)
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
    """The disposal stands no more. What counted in this year no longer does; a year that is over stays."""
    year = timezone.localdate(at).year
    for row in records.eliminations(held):
        if row.on.year == year and row.taken_back_at is None:
            row.taken_back_at = at
            bulk.update(row, "taken_back_at")
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


def _waiting(proposal: Proposal, by: User) -> tuple[Structure, Proposal]:
    held = locked(proposal.structure_id, by, APPROVE)
    mine = bulk.records(Proposal, held)
    if mine is None:
        waiting = Proposal.objects.select_for_update(of=("self",)).get(pk=proposal.pk)
    else:
        waiting = next(one for one in mine if one.pk == proposal.pk)
    if waiting.decided_at is not None:
        raise StructureProblem(_("This is decided already."), "state")
    if waiting.proposed_by_id == by.pk:
        raise StructureProblem(_("Whoever proposed it does not decide on it."), "by")
    return held, waiting


def _decided_at(at: datetime | None, held: Structure, waiting: Proposal) -> datetime:
    at = moment(at, held)
    if at < waiting.proposed_at:
        raise StructureProblem(_("That was before it was proposed."), "at")
    return at


def _decide(waiting: Proposal, approved: bool, by: User, at: datetime, note: str) -> None:
    waiting.approved, waiting.decided_by, waiting.decided_at = approved, by, at
    waiting.decision_note = note.strip()[:500]
    bulk.update(waiting, "approved", "decided_by", "decided_at", "decision_note")


def may(user: User, structure: Structure, permission: str) -> bool:
    """Whether the person holds the permission where the structure stands."""
    try:
        require(user, permission, district_id=structure.district_id, squad_id=structure.squad_id)
    except PermissionDenied:
        return False
    return True


__all__ = [
    "APPROVE", "WORK", "Offer", "approve", "come_back", "come_back_all", "demolish", "may", "propose",
    "refuse", "relapse",
]  # fmt: skip
