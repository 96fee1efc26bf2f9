"""Inspections outside the draw: routine, special and follow-up ones, never mixed into its figures."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import User
from chengshu.inspections.lifecycle import Action, Kind, State
from chengshu.inspections.models import CityTaskObject, Inspection, InspectionOfficer
from chengshu.inspections.queries.people import interested
from chengshu.kernel.numbers import next_number
from chengshu.registry.models import RegulatedObject

from . import bulk, people
from .base import InspectionProblem, locked, require, require_action, save, step
from .planning import required_reason


@dataclass(frozen=True)
class _Stated:
    """What `arrange` was asked for."""

    target: RegulatedObject
    kind: str
    officers: Sequence[User]
    by: User | None
    reason: str
    due_on: date
    starts_on: date | None
    follows: Inspection | None
    client_id: uuid.UUID | None


LETTER = {Kind.ROUTINE: "R", Kind.SPECIAL: "S", Kind.FOLLOW_UP: "F", Kind.RANDOM: "D"}


def arrange(
    target: RegulatedObject,
    kind: str,
    officers: Sequence[User],
    *,
    by: User | None,
    reason: str,
    due_on: date,
    starts_on: date | None = None,
    follows: Inspection | None = None,
    client_id: uuid.UUID | None = None,
) -> Inspection:
    """Arrange an inspection of one object by at least two officers with a valid certificate.

    An officer may arrange one for oneself and a colleague; for others ``inspections.assign`` is needed.
    ``by`` None: the system itself, for what another authority has decided.
    The same ``client_id`` again returns what it made.
    """
    if kind == Kind.RANDOM or kind not in Kind.values:
        raise InspectionProblem(_("A random inspection comes out of a draw only."), "kind")
    permission = "inspections.work" if by in officers else "inspections.assign"
    require(by, permission, district_id=target.district_id, squad_id=target.squad_id)
    stated = _Stated(target, kind, officers, by, reason, due_on, starts_on, follows, client_id)
    try:
        with transaction.atomic():
            return _arranged(stated) or _made(stated)
    except IntegrityError:  # the same request a moment ago
        if known := _arranged(stated):
            return known
        raise


def _arranged(stated: _Stated) -> Inspection | None:
    if stated.client_id is None:
        return None
    batch = bulk.current()
    known = batch.arranged(stated.client_id) if batch else None
    known = known or Inspection.objects.filter(client_id=stated.client_id).first()
    if known is not None and known.object_id != stated.target.pk:
        raise InspectionProblem(_("This record belongs to another inspection."), "client_id")
    return known


def _made(stated: _Stated) -> Inspection:
    target, officers, by = stated.target, stated.officers, stated.by
    kind, due_on = stated.kind, stated.due_on
    starts_on = stated.starts_on or timezone.localdate()
    if due_on < starts_on:
        raise InspectionProblem(_("The inspection is due before it begins."), "due_on")
    if target.merged_into_id is not None:
        raise InspectionProblem(_("This object was merged into another. Choose that one."), "object")
    certificates = checked_officers(officers, district_id=target.district_id, since=starts_on, on=due_on)
    _require_no_interest(target, officers)
    inspection = Inspection(
        district_id=target.district_id,
        squad_id=target.squad_id or officers[0].unit_id,
        town_id=target.town_id,
        number=inspection_number(target.district_id, kind, starts_on.year),
        kind=kind,
        object=target,
        object_class=target.object_class.code,
        follows=stated.follows,
        reason=required_reason(stated.reason),
        starts_on=starts_on,
        due_on=due_on,
        client_id=stated.client_id,
        created_by=by,
    )
    if (batch := bulk.current()) is not None:
        batch.bear([inspection])
    else:
        inspection.save(force_insert=True)
    bulk.keep(
        [
            InspectionOfficer(inspection=inspection, user=officer, certificate=certificates[officer.pk])
            for officer in officers
        ]
    )
    step(
        inspection,
        Action.ASSIGN,
        by=by,
        at=timezone.now(),
        note=stated.reason,
        officers=sorted(certificates.values()),
    )
    return inspection


@transaction.atomic
def cancel(
    inspection: Inspection, reason: str, *, by: User, expected_version: int | None = None
) -> Inspection:
    """Take back an inspection outside the draw that was arranged by mistake; never once it has a result.

    By whoever arranged it, or who assigns there. The number stays used; an object that the city drew waits
    for its officers again. Raises `InspectionProblem`, PermissionDenied.
    """
    current = locked(inspection.pk, expected_version=expected_version)
    if not may_cancel(current, by):
        raise PermissionDenied("inspections.assign")
    if current.kind == Kind.RANDOM:
        raise InspectionProblem(_("What was drawn is withdrawn from the draw, not cancelled."), "kind")
    require_action(current, Action.CANCEL)
    reason, at = required_reason(reason), timezone.now()
    current.state, current.withdrawn_at = State.WITHDRAWN, at
    changed = ["state", "withdrawn_at"]
    if CityTaskObject.objects.filter(inspection=current).update(inspection=None):
        current.client_id = None  # the next one arranged for the city's task bears it
        changed.append("client_id")
    save(current, *changed)
    step(current, Action.CANCEL, by=by, at=at, note=reason)
    return current


def may_cancel(inspection: Inspection, by: User) -> bool:
    """Whether the person arranged it, or assigns in its squad."""
    if inspection.created_by_id == by.pk and by.may("inspections.work"):
        return True
    scope = by.scope_for("inspections.assign")
    return bool(scope.covers(district_id=inspection.district_id, squad_id=inspection.squad_id))


def _require_no_interest(target: RegulatedObject, officers: Sequence[User]) -> None:
    """Recusal holds outside the draw as well (行政处罚法 2021 art. 43); its reason is not told."""
    recused = interested(target)
    for officer in officers:
        if officer.pk in recused:
            raise InspectionProblem(
                _("%(name)s may not inspect here: an interest has been declared.")
                % {"name": officer.full_name},
                "officers",
            )


def inspection_number(district_id: int, kind: str, year: int) -> str:
    """The next number of a kind of inspections in a year."""
    letter = LETTER[Kind(kind)]
    batch = bulk.current()
    next_one = batch.number if batch else next_number
    seq = next_one(f"inspections/{letter}{year}", district_id=district_id)
    return f"{year}{letter}{seq:05d}"


def checked_officers(
    officers: Sequence[User], *, district_id: int, on: date, since: date | None = None
) -> dict[int, str]:
    """The certificate of each officer until the day. Raises `InspectionProblem` (行政处罚法 2021 art. 42)."""
    if len({officer.pk for officer in officers}) < 2:
        raise InspectionProblem(_("An inspection needs two officers at least."), "officers")
    numbers = people.certified(district_id, since=since or on, until=on)
    valid = {officer.pk: numbers[officer.pk] for officer in officers if officer.pk in numbers}
    without = [officer for officer in officers if officer.pk not in valid]
    if without:
        raise InspectionProblem(
            _("%(name)s has no certificate that is valid on that day.") % {"name": without[0].full_name},
            "officers",
        )
    return valid
