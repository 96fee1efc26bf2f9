"""Reports from the spot in a re-verification round: results of listed objects, newly found ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import User
from chengshu.bureau.services.areas import Placement, place
from chengshu.kernel import ledger
from chengshu.kernel.models import StoredFile
from chengshu.registry.indicators import CHECKED_OUTCOMES
from chengshu.registry.matching.score import Match
from chengshu.registry.models import (
    FactRecord,
    ObjectClass,
    RegulatedObject,
    RoundItem,
    RoundResult,
    VerificationRound,
)
from chengshu.registry.services.doubles import close_doubles
from chengshu.registry.services.objects import (
    Draft,
    Provenance,
    create_object,
    same_value,
    stored_values,
    write_many,
)
from chengshu.registry.services.rounds import (
    WORK,
    RoundProblem,
    chain,
    locked,
    mobile_squad,
    require,
    require_state,
)
from chengshu.registry.services.values import check_values

Position = tuple[float, float]
Outcome = RoundItem.Outcome
Status = RegulatedObject.Status
CLOCK_SKEW = timedelta(minutes=10)  # how far a phone's clock may run ahead
# Which outcome may follow which ("" = not looked at yet). A later one corrects the earlier.
OUTCOMES: dict[str, frozenset[str]] = {
    "": frozenset(CHECKED_OUTCOMES),
    **{outcome: frozenset(CHECKED_OUTCOMES) for outcome in CHECKED_OUTCOMES},
    Outcome.ADDED: frozenset({Outcome.ADDED}),
}
STATUS_AFTER = {Outcome.CLOSED: Status.CLOSED, Outcome.NOT_FOUND: Status.NOT_FOUND}


class CloseDoubles(RoundProblem):
    """Something very like the new object is in the registry; ``found`` says what, the likeliest first."""

    def __init__(self, found: Sequence[tuple[RegulatedObject, Match]]) -> None:
        super().__init__(_("This may already be in the registry. Choose it, or confirm that it is new."))
        self.found = found


def report(
    item: RoundItem,
    *,
    outcome: str,
    client_id: UUID,
    by: User,
    at: datetime | None = None,
    values: Mapping[str, Any] | None = None,
    note: str = "",
    photo: StoredFile | None = None,
    position: Position | None = None,
) -> RoundResult:
    """Record what was found at one object; a later report corrects an earlier one.

    `client_id` is made by whoever reports: the same one again returns the result already kept and changes
    nothing. `values`: corrected fields, with outcome ``corrected`` (or of an object newly found in this
    round). `position`: where the officer stood, WGS 84. Raises `RoundProblem`, and `InvalidValues` for a
    value that may not be stored.
    """
    with transaction.atomic():
        current = locked(item.round_id, "")
        if (known := _already(client_id, item.pk, by)) is not None:
            return known
        require_state(current, "report")
        row = RoundItem.objects.select_for_update(of=("self",)).select_related("object").get(pk=item.pk)
        require(by, WORK, current.district_id, row.squad_id)
        at = _moment(at, current)
        require_outcome(row, outcome, values)
        corrected = _apply(row, outcome, values or {}, at, current, by)
        result = _keep_result(row, outcome, corrected, note, photo, position, client_id, at, by)
    item.refresh_from_db()
    return result


def report_new(
    which: VerificationRound,
    *,
    object_class: ObjectClass,
    values: Mapping[str, Any],
    photo: StoredFile | None,
    position: Position | None,
    client_id: UUID,
    by: User,
    at: datetime | None = None,
    note: str = "",
    confirmed_new: bool = False,
) -> RoundResult:
    """Enter an object found on the spot that the registry lacks. Photo and position are required.

    Unless `confirmed_new`, an object very like it raises `CloseDoubles` and nothing is entered. The position
    must lie in the area of the round and of the person.
    """
    with transaction.atomic():
        current = locked(which.pk, "")
        if (known := _already(client_id, None, by)) is not None:
            return known
        require_state(current, "report")
        if not by.may(WORK):
            raise PermissionDenied(WORK)
        if photo is None or position is None:
            raise RoundProblem(_("A newly found object needs a photo and a position."))
        if not current.classes.filter(pk=object_class.pk).exists():
            raise RoundProblem(_("This class is not part of the round."))
        where = _place_new(current, position, by)
        stated = {**values, "position": position}
        if not confirmed_new and (found := close_doubles(current.district, object_class, stated)):
            raise CloseDoubles(found)
        at = _moment(at, current)
        created = create_object(
            district=current.district,
            object_class=object_class,
            values={**stated, "verified_on": timezone.localdate(at)},
            provenance=provenance_of(current, at),
            by=by,
            permission=WORK,
        )
        squad_id = where.squad or getattr(mobile_squad(current.district), "pk", None)
        row = RoundItem.objects.create(round=current, object=created, squad_id=squad_id, assignee=by)
        return _keep_result(row, Outcome.ADDED, values, note, photo, position, client_id, at, by)


def _place_new(which: VerificationRound, position: Position, by: User) -> Placement:
    """Where a new object lies; refused outside the round's and the person's area."""
    where = place(which.district, *position)
    towns = set(which.towns.values_list("pk", flat=True))
    if where.town is None:
        raise RoundProblem(_("The position lies outside the district."))
    if towns and where.town not in towns:
        raise RoundProblem(_("The position lies outside the area of the round."))
    if not by.scope_for(WORK).covers(district_id=which.district_id, squad_id=where.squad):
        raise RoundProblem(_("The position lies outside your squad's area."))
    return where


def _already(client_id: UUID, item_id: int | None, by: User) -> RoundResult | None:
    """The result kept under this id, if it is the same report once more."""
    known = RoundResult.objects.select_related("item").filter(client_id=client_id).first()
    if known is None:
        return None
    if known.by_id != by.pk or (item_id is not None and known.item_id != item_id):
        raise RoundProblem(_("This report's number has been used for another one."))
    return known


def require_outcome(item: RoundItem, outcome: str, values: Mapping[str, Any] | None) -> None:
    if outcome not in Outcome.values:
        raise RoundProblem(_("There is no such outcome."))
    if outcome not in OUTCOMES[item.outcome]:
        if item.outcome == Outcome.ADDED:
            raise RoundProblem(_("A newly found object stays newly found; correct its values instead."))
        raise RoundProblem(_("An object of the list cannot be newly found."))
    if outcome in (Outcome.CORRECTED, Outcome.ADDED) and not values:
        raise RoundProblem(_("Say what is to be corrected."))
    if values and outcome not in (Outcome.CORRECTED, Outcome.ADDED):
        raise RoundProblem(_("Only a corrected object carries new values."))


def _apply(
    item: RoundItem,
    outcome: str,
    stated: Mapping[str, Any],
    at: datetime,
    which: VerificationRound,
    by: User,
) -> dict[str, Any]:
    """Bring the object's file up to date with what was found; returns the corrected values."""
    obj = RegulatedObject.objects.select_for_update(of=("self",)).get(pk=item.object_id)
    while obj.merged_into_id is not None:  # merged since the list was frozen
        obj = RegulatedObject.objects.select_for_update(of=("self",)).get(pk=obj.merged_into_id)
    corrected, written = found_values(obj, outcome, stated, timezone.localdate(at))
    if written:
        # The person's area was checked on the item: a corrected pin may have left it
        draft = Draft(written, provenance_of(which, at), obj.pk)
        write_many(which.district, obj.object_class, [draft], by=by)
    return corrected


def found_values(
    obj: RegulatedObject, outcome: str, stated: Mapping[str, Any], day: date
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a result corrects, and all that it writes. Raises `RoundProblem` where nothing differs."""
    before = stored_values(obj)
    clean = check_values(obj.object_class, stated, complete=False) if stated else {}
    corrected = {name: value for name, value in clean.items() if not same_value(before.get(name), value)}
    if stated and not corrected:
        raise RoundProblem(_("Nothing differs from what is recorded; report it as unchanged."))
    values: dict[str, Any] = {}
    if obj.verified_on is None or obj.verified_on < day:
        values["verified_on"] = day
    if outcome in STATUS_AFTER:
        values["status"] = STATUS_AFTER[Outcome(outcome)].value
    elif obj.status != Status.OPERATING and "status" not in corrected:  # it is there after all
        values["status"] = Status.OPERATING.value
    differing = {name: value for name, value in values.items() if not same_value(before.get(name), value)}
    return corrected, corrected | differing


def _keep_result(
    item: RoundItem,
    outcome: str,
    values: Mapping[str, Any] | None,
    note: str,
    photo: StoredFile | None,
    position: Position | None,
    client_id: UUID,
    at: datetime,
    by: User,
) -> RoundResult:
    result = RoundResult.objects.create(
        client_id=client_id,
        item=item,
        outcome=outcome,
        values=jsonable(values or {}),
        note=note.strip()[:500],
        photo=photo,
        position=position,
        at=at,
        by=by,
    )
    before = item.outcome
    item.outcome, item.done_at, item.done_by = outcome, at, by
    item.save(update_fields=["outcome", "done_at", "done_by"])
    payload = {
        "item": item.pk,
        "object": item.object_id,
        "outcome": outcome,
        "before": before,
        "fields": sorted(values or {}),
        "photo": photo.sha256 if photo else "",
        "position": list(position) if position else None,
        "client_id": str(client_id),
        "reported_at": at,
    }
    ledger.append(chain(item.round_id), "result", payload, actor=by.username)
    return result


def _moment(at: datetime | None, which: VerificationRound) -> datetime:
    """When it was reported; a phone whose clock is wrong is told so."""
    now = timezone.now()
    if at is None:
        return now
    if at > now + CLOCK_SKEW:
        raise RoundProblem(_("The time of the report lies in the future; check the clock of the device."))
    if which.opened_at and at < which.opened_at - CLOCK_SKEW:
        raise RoundProblem(_("The time of the report lies before the round was opened."))
    return min(at, now)


def provenance_of(which: VerificationRound, at: datetime) -> Provenance:
    return Provenance(FactRecord.Source.ROUND, timezone.localdate(at), which.name, f"round:{which.pk}")


def jsonable(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat()
        if isinstance(value, date)
        else list(value)
        if isinstance(value, tuple)
        else value
        for name, value in values.items()
    }


def next_item(user: User, which: VerificationRound, after: int = 0) -> RoundItem | None:
    """The next open item for an officer: assigned to them first, then free ones of their squad."""
    scope = user.scope_for(WORK)
    waiting = RoundItem.objects.filter(scope.q(district="round__district"), round=which, outcome="")
    mine = waiting.filter(Q(assignee=user) | Q(assignee=None))
    ahead = mine.filter(pk__gt=after)
    return next(
        (
            found
            for rows in (ahead.filter(assignee=user), mine.filter(assignee=user), ahead, mine)
            if (found := rows.order_by("pk").first()) is not None
        ),
        None,
    )
