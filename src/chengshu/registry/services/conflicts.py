"""Settling conflicts: rows that an import held back because a person must decide.

A conflict is decided once. The row as stated goes on record as a fact of the list, a correction as a fact of
the clerk, so that the same list coming again changes nothing and asks nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import User
from chengshu.bureau.services.areas import area_index
from chengshu.registry.importing.apply import provenance_of
from chengshu.registry.importing.match import same_position
from chengshu.registry.importing.parse import fingerprint_of
from chengshu.registry.models import Conflict, FactRecord, ObjectIdentifier, RegulatedObject
from chengshu.registry.services import bulk
from chengshu.registry.services.objects import Provenance, change_object, create_object
from chengshu.registry.services.values import IDENTIFIER, InvalidValues

PERMISSION = "registry.import"
State = Conflict.State
Result = TypeVar("Result")
#: What a clerk may correct when taking a row over.
CORRECTABLE = ("name", "address", "position")


class ConflictProblem(Exception):
    """The decision cannot be taken; one translated sentence."""


class AlreadySettled(ConflictProblem):
    """Somebody else was faster."""

    def __init__(self, conflict: Conflict) -> None:
        by = conflict.decided_by.get_full_name() if conflict.decided_by else _("A later import")
        when = timezone.localtime(conflict.decided_at).strftime("%H:%M") if conflict.decided_at else ""
        super().__init__(
            _("%(name)s has already settled this at %(time)s: %(state)s.")
            % {"name": by, "time": when, "state": conflict.get_state_display()}
        )


@dataclass(frozen=True)
class _Split:
    """A row's values: those it may bring along, and numbers that another object has."""

    values: dict[str, Any]
    taken: list[str]


def accept(
    conflict: Conflict,
    by: User,
    *,
    corrections: Mapping[str, Any] | None = None,
    keep_outside: bool = False,
    note: str = "",
) -> RegulatedObject:
    """Take the row over as a new object, with corrections of name, address or position.

    A position outside the district is refused unless ``keep_outside`` says to keep the object without a town.
    Raises `ConflictProblem`, `AlreadySettled`, `InvalidValues`, PermissionDenied.
    """

    def decide(current: Conflict) -> RegulatedObject:
        corrected = {
            name: value
            for name, value in (corrections or {}).items()
            if name in CORRECTABLE and not _same(name, current.values.get(name), value)
        }
        final = {**current.values, **corrected}
        _check_place(current, final.get("position"), keep_outside)
        split = _without_taken(current)
        obj = create_object(
            district=current.district,
            object_class=current.object_class,
            values=split.values,
            provenance=provenance_of(current.last_batch, fingerprint_of(current.values)),
            by=by,
            permission=PERMISSION,
        )
        if corrected:
            change_object(obj, corrected, _by_hand(current), by=by, permission=PERMISSION)
        current.state = State.CORRECTED if corrected else State.ACCEPTED
        current.object = obj
        return obj

    return _settle(conflict, by, decide, note)


def attach(conflict: Conflict, obj: RegulatedObject, by: User, *, note: str = "") -> list[str]:
    """The row speaks of an object that is already there: change that one; returns the fields changed.

    The object's own name, address and a position outside the district are left as they are.
    """

    def decide(current: Conflict) -> list[str]:
        target = (
            RegulatedObject.objects.live()
            .filter(pk=obj.pk, district=current.district, object_class=current.object_class)
            .first()
        )
        if target is None:
            raise ConflictProblem(_("This object is no longer there. Choose another."))
        split = _without_taken(current, target)
        kept = {"name", "address"} & split.values.keys()
        if not _inside(current, split.values.get("position")):
            kept.add("position")
        values = {name: value for name, value in split.values.items() if name not in kept}
        provenance = provenance_of(current.last_batch, fingerprint_of(current.values))
        changed = change_object(target, values, provenance, by=by, permission=PERMISSION)
        _record_kept(target, {name: split.values[name] for name in kept}, provenance, _by_hand(current), by)
        current.state, current.object = State.CORRECTED, target
        return changed

    return _settle(conflict, by, decide, note)


def dismiss(conflict: Conflict, by: User, *, note: str) -> None:
    """Do not take the row over, for a reason; the same row is not asked again."""
    if not note.strip():
        raise ConflictProblem(_("Say why the row is not taken over."))

    def decide(current: Conflict) -> None:
        current.state = State.DISMISSED

    _settle(conflict, by, decide, note)


def _settle(conflict: Conflict, by: User, decide: Callable[[Conflict], Result], note: str) -> Result:
    if not by.scope_for(PERMISSION).covers(district_id=conflict.district_id):
        raise PermissionDenied(PERMISSION)
    try:
        with transaction.atomic():
            current = (
                Conflict.objects.select_for_update(of=("self",))
                .select_related("district", "object_class", "last_batch", "decided_by")
                .get(pk=conflict.pk)
            )
            if current.state != State.OPEN:
                raise AlreadySettled(current)
            result = decide(current)
            current.decided_by, current.decided_at = by, timezone.now()
            current.decision_note = note.strip()[:300]
            current.save(update_fields=["state", "object", "decided_by", "decided_at", "decision_note"])
    except IntegrityError as error:
        raise ConflictProblem(_("A number of this row belongs to another object by now.")) from error
    except InvalidValues as error:
        raise ConflictProblem(str(error)) from error
    return result


def _record_kept(
    obj: RegulatedObject, stated: dict[str, Any], said: Provenance, kept: Provenance, by: User
) -> None:
    """Put on record what the list says otherwise, and that the clerk left the object's own values."""
    if not stated:
        return
    own = {name: getattr(obj, name) for name in stated}
    bulk.insert_facts(
        {
            "object_id": obj.pk,
            "source": source.source.value,
            "source_label": source.label,
            "source_ref": source.ref,
            "observed_on": source.observed_on,
            "values": values,
            "fingerprint": source.fingerprint,
            "recorded_by_id": by.pk,
        }
        for source, values in ((said, stated), (kept, own))
    )


def _by_hand(conflict: Conflict) -> Provenance:
    return Provenance(FactRecord.Source.CLERK, timezone.localdate(), ref=f"conflict:{conflict.pk}")


def _check_place(conflict: Conflict, position: Any, keep_outside: bool) -> None:
    if position and not _inside(conflict, position) and not keep_outside:
        raise ConflictProblem(
            _(
                "The position lies outside the district. Correct it, or say that the object is kept without a"
                " town."
            )
        )


def _inside(conflict: Conflict, position: Any) -> bool:
    if not position:
        return True
    index = area_index(conflict.district)
    return index.towns is None or index.place(float(position[0]), float(position[1])).town is not None


def _same(name: str, before: Any, after: Any) -> bool:
    if name == "position":
        return same_position(before, after)
    return (before or "") == (after or "")


def _without_taken(conflict: Conflict, target: RegulatedObject | None = None) -> _Split:
    """The row's values without numbers that belong to another object."""
    taken = []
    for name, value in conflict.values.items():
        if name.startswith(IDENTIFIER):
            holders = ObjectIdentifier.objects.filter(
                district=conflict.district, scheme=name.removeprefix(IDENTIFIER), value=value
            ).exclude(object=target)
            if holders.exists():
                taken.append(name)
    return _Split({name: value for name, value in conflict.values.items() if name not in taken}, taken)
