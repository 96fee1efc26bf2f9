"""Permits, filings and identifiers of one object, by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from chengshu.bureau.models import User
from chengshu.registry.derive import derived
from chengshu.registry.models import FactRecord, ObjectIdentifier, Permit, RegulatedObject
from chengshu.registry.services.objects import Draft, Provenance, write_many
from chengshu.registry.services.values import IDENTIFIER


def _by_hand() -> Provenance:
    return Provenance(FactRecord.Source.CLERK, timezone.localdate())


@transaction.atomic
def add_permit(obj: RegulatedObject, values: Mapping[str, Any], by: User | None) -> None:
    """Record a permit; one of the same kind and number is replaced. ``values`` as the fields of `Permit`."""
    permit = {
        name: value.isoformat() if isinstance(value := values.get(name), date) else value or None
        for name in ("valid_from", "valid_to")
    }
    permit |= {name: str(values.get(name) or "").strip() for name in ("kind", "number", "issuer")}
    write_many(obj.district, obj.object_class, [Draft({"permits": [permit]}, _by_hand(), obj.pk)], by=by)


@transaction.atomic
def withdraw_permit(obj: RegulatedObject, permit: Permit, on: date, by: User | None) -> None:
    """A permit no longer holds from the day given; it stays on file."""
    permit.withdrawn_on = on
    permit.save(update_fields=["withdrawn_on"])
    _note(
        obj, {"permits": [{"kind": permit.kind, "number": permit.number, "withdrawn_on": on.isoformat()}]}, by
    )


@transaction.atomic
def set_identifier(obj: RegulatedObject, scheme: str, value: str, by: User | None) -> None:
    """Record the number in another system; an earlier one of that system gives way.

    Raises IntegrityError when another object of the district has it.
    """
    draft = Draft({IDENTIFIER + scheme: value}, _by_hand(), obj.pk)
    write_many(obj.district, obj.object_class, [draft], by=by)


@transaction.atomic
def withdraw_identifier(obj: RegulatedObject, identifier: ObjectIdentifier, by: User | None) -> None:
    """Take an identifier away and out of the search index."""
    identifier.delete()
    obj.refresh_from_db()
    values = {
        name: getattr(obj, name) for name in ("name", "address", "uscc", "responsible_phone", "position")
    }
    tokens = derived(values, obj.identifiers.values_list("value", flat=True))["search_tokens"]
    RegulatedObject.objects.filter(pk=obj.pk).update(search_tokens=tokens, version=obj.version + 1)
    _note(obj, {IDENTIFIER + identifier.scheme: ""}, by)


def _note(obj: RegulatedObject, values: dict[str, Any], by: User | None) -> None:
    FactRecord.objects.create(
        object=obj,
        source=FactRecord.Source.CLERK,
        observed_on=timezone.localdate(),
        values=values,
        recorded_by=by,
    )
