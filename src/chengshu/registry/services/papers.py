"""Permits, filings and identifiers of one object, by hand.

Everything here locks the object and raises PermissionDenied outside the person's area.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from chengshu.bureau.models import User
from chengshu.registry.derive import derived
from chengshu.registry.models import FactRecord, ObjectIdentifier, Permit, RegulatedObject
from chengshu.registry.services.objects import Draft, Provenance, require, write_many
from chengshu.registry.services.values import IDENTIFIER


def _by_hand() -> Provenance:
    return Provenance(FactRecord.Source.CLERK, timezone.localdate())


def _locked(obj: RegulatedObject, by: User | None) -> RegulatedObject:
    """The object as it stands now, held until the transaction ends."""
    current = RegulatedObject.objects.select_for_update(of=("self",)).get(pk=obj.pk)
    require(by, current, "registry.edit")
    return current


@transaction.atomic
def add_permit(obj: RegulatedObject, values: Mapping[str, Any], by: User | None) -> None:
    """Record a permit; one of the same kind and number is replaced. ``values`` as the fields of `Permit`."""
    current = _locked(obj, by)
    permit = {
        name: value.isoformat() if isinstance(value := values.get(name), date) else value or None
        for name in ("valid_from", "valid_to")
    }
    permit |= {name: str(values.get(name) or "").strip() for name in ("kind", "number", "issuer")}
    draft = Draft({"permits": [permit]}, _by_hand(), current.pk)
    write_many(current.district, current.object_class, [draft], by=by)
    obj.refresh_from_db()


@transaction.atomic
def withdraw_permit(obj: RegulatedObject, permit: Permit, on: date, by: User | None) -> None:
    """A permit no longer holds from the day given; it stays on file."""
    current = _locked(obj, by)
    held = current.permits.get(pk=permit.pk)
    if held.withdrawn_on is None:  # the first day counts when two people withdraw it
        held.withdrawn_on = on
        held.save(update_fields=["withdrawn_on"])
        _note(
            current,
            {"permits": [{"kind": held.kind, "number": held.number, "withdrawn_on": on.isoformat()}]},
            by,
        )
        RegulatedObject.objects.filter(pk=current.pk).update(version=F("version") + 1)
    permit.refresh_from_db()
    obj.refresh_from_db()


@transaction.atomic
def set_identifier(obj: RegulatedObject, scheme: str, value: str, by: User | None) -> None:
    """Record the number in another system; an earlier one of that system gives way.

    Raises IntegrityError when another object of the district has it.
    """
    current = _locked(obj, by)
    draft = Draft({IDENTIFIER + scheme: value}, _by_hand(), current.pk)
    write_many(current.district, current.object_class, [draft], by=by)
    obj.refresh_from_db()


@transaction.atomic
def withdraw_identifier(obj: RegulatedObject, identifier: ObjectIdentifier, by: User | None) -> None:
    """Take an identifier away and out of the search index."""
    current = _locked(obj, by)
    scheme = identifier.scheme
    current.identifiers.filter(pk=identifier.pk).delete()
    values = {
        name: getattr(current, name) for name in ("name", "address", "uscc", "responsible_phone", "position")
    }
    tokens = derived(values, current.identifiers.values_list("value", flat=True))["search_tokens"]
    RegulatedObject.objects.filter(pk=current.pk).update(search_tokens=tokens, version=F("version") + 1)
    _note(current, {IDENTIFIER + scheme: ""}, by)
    obj.refresh_from_db()


def _note(obj: RegulatedObject, values: dict[str, Any], by: User | None) -> None:
    FactRecord.objects.create(
        object=obj,
        source=FactRecord.Source.CLERK,
        observed_on=timezone.localdate(),
        values=values,
        recorded_by=by,
    )
