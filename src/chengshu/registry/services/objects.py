"""What can happen to a regulated object: it is entered, changed, in ones or by the hundred thousand.

Everything that writes an object comes through `write_many`: it fills town, grid, squad and the search
columns and adds a `FactRecord` that says who stated what, and when.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.forms.models import model_to_dict
from django.utils.translation import gettext as _

from chengshu.bureau.models import District, User
from chengshu.bureau.services.areas import NOWHERE, area_index
from chengshu.kernel.copying import new_ids
from chengshu.registry.derive import derived
from chengshu.registry.models import FactRecord, ObjectClass, ObjectIdentifier, Permit, RegulatedObject
from chengshu.registry.services import bulk
from chengshu.registry.services.values import ATTRIBUTE, IDENTIFIER, InvalidValues, Values, check_values

Source = FactRecord.Source
PLAIN_FIELDS = (
    "name", "address", "uscc", "responsible_name", "responsible_phone", "responsible_id", "position",
    "status", "credit", "verified_on",
)  # fmt: skip
DEFAULTS: Values = {
    "address": "", "uscc": "", "responsible_name": "", "responsible_phone": "", "responsible_id": "",
    "position": None, "status": RegulatedObject.Status.OPERATING.value, "credit": "", "verified_on": None,
}  # fmt: skip
MARKS = frozenset({"status", "verified_on"})


class StaleVersion(Exception):
    """Somebody else changed the object meanwhile; ``current`` is how it stands now."""

    def __init__(self, current: RegulatedObject) -> None:
        super().__init__(_("Somebody else has changed this object in the meantime. Compare and save again."))
        self.current = current


@dataclass(frozen=True)
class Provenance:
    """Who says so: the source of facts and the day it speaks of."""

    source: FactRecord.Source
    observed_on: date
    label: str = ""
    ref: str = ""
    fingerprint: str = ""


@dataclass
class Draft:
    """Clean values on their way into the registry; with ``object_id`` a change, without a new object."""

    values: Values
    provenance: Provenance
    object_id: int | None = None


@dataclass
class WriteResult:
    """Ids in the order of the drafts."""

    created: list[int] = field(default_factory=list)
    updated: list[int] = field(default_factory=list)


def create_object(
    *,
    district: District,
    object_class: ObjectClass,
    values: Mapping[str, Any],
    provenance: Provenance,
    by: User | None,
    permission: str = "registry.edit",
) -> RegulatedObject:
    """Enter one object. Raises `InvalidValues`, and PermissionDenied outside the person's area."""
    clean = check_values(object_class, values)
    with transaction.atomic():
        result = write_many(district, object_class, [Draft(clean, provenance)], by=by)
        created = RegulatedObject.objects.get(pk=result.created[0])
        require(by, created, permission)
    return created


def change_object(
    obj: RegulatedObject,
    values: Mapping[str, Any],
    provenance: Provenance,
    by: User | None,
    *,
    expected_version: int | None = None,
    permission: str = "registry.edit",
) -> list[str]:
    """Change some fields; returns those that really changed.

    Raises `InvalidValues`, `StaleVersion` when ``expected_version`` is no longer current, and
    PermissionDenied outside the person's area.
    """
    clean = check_values(obj.object_class, values, complete=False)
    with transaction.atomic():
        current = RegulatedObject.objects.select_for_update(of=("self",)).get(pk=obj.pk)
        require(by, current, permission)
        if expected_version is not None and current.version != expected_version:
            raise StaleVersion(current)
        before = stored_values(current)
        changed = [name for name, value in clean.items() if not same_value(before.get(name), value)]
        if changed:
            draft = Draft({name: clean[name] for name in changed}, provenance, current.pk)
            write_many(current.district, current.object_class, [draft], by=by)
    obj.refresh_from_db()
    return changed


def write_many(
    district: District, object_class: ObjectClass, drafts: Sequence[Draft], *, by: User | None
) -> WriteResult:
    """Write clean drafts in the caller's transaction; new objects and changes may be mixed."""
    new = [draft for draft in drafts if draft.object_id is None]
    known = [draft for draft in drafts if draft.object_id is not None]
    result = WriteResult(updated=[draft.object_id for draft in known if draft.object_id is not None])
    rows: list[tuple[Draft, dict[str, Any]]] = []
    if new:
        result.created = new_ids(RegulatedObject, len(new))
        for draft, object_id in zip(new, result.created, strict=True):
            row = {
                "id": object_id,
                "district_id": district.pk,
                "object_class_id": object_class.pk,
                "version": 1,
            }
            rows.append((draft, {**row, **_merged({**DEFAULTS, "attributes": {}}, draft.values)}))
        _derive(district, rows)
        bulk.insert_objects([row for _draft, row in rows])
    if known:
        changes = _changed_rows(district, known)
        bulk.update_objects([row for _draft, row in changes])
        rows += changes
    _write_relations(district, rows)
    bulk.insert_facts(_fact(draft, row["id"], by) for draft, row in rows)
    return result


def mark_many(drafts: Sequence[tuple[Draft, User]]) -> None:
    """Write changes that state nothing but status and day of verification, each with who says so.

    Much faster than `write_many`: neither place nor search columns follow from these. In the caller's
    transaction, which holds the objects. Raises ValueError for a draft that states anything else.
    """
    if odd := {name for draft, _by in drafts for name in draft.values} - MARKS:
        raise ValueError(f"not a mark: {sorted(odd)}")
    bulk.mark_objects(
        [
            (draft.object_id or 0, draft.values.get("status"), draft.values.get("verified_on"))
            for draft, _by in drafts
        ]
    )
    bulk.insert_facts(_fact(draft, draft.object_id or 0, by) for draft, by in drafts)


def stored_values(obj: RegulatedObject) -> Values:
    """An object's values under the names that drafts use."""
    values: Values = {name: getattr(obj, name) for name in PLAIN_FIELDS}
    return values | {ATTRIBUTE + key: value for key, value in obj.attributes.items()}


def same_value(before: Any, after: Any) -> bool:
    """Whether a stored and a stated value say the same; empty is empty however written."""
    if before in (None, "", []) and after in (None, "", []):
        return True
    if isinstance(before, (tuple, list)) and isinstance(after, (tuple, list)):
        return list(before) == list(after)
    return bool(before == after)


def require(by: User | None, obj: RegulatedObject, permission: str) -> None:
    """Raise PermissionDenied unless the object lies where the person may use the permission."""
    if by is not None and not by.scope_for(permission).covers(
        district_id=obj.district_id, squad_id=obj.squad_id
    ):
        raise PermissionDenied(permission)


def _merged(row: Values, values: Values) -> Values:
    """The row with the stated values in it."""
    attributes = dict(row["attributes"])
    for name, value in values.items():
        if name.startswith(ATTRIBUTE):
            key = name.removeprefix(ATTRIBUTE)
            if value in (None, "", []):
                attributes.pop(key, None)
            else:
                attributes[key] = value
        elif name in PLAIN_FIELDS:
            row[name] = value
    return {**row, "attributes": attributes}


def _changed_rows(district: District, drafts: Sequence[Draft]) -> list[tuple[Draft, dict[str, Any]]]:
    ids = [draft.object_id for draft in drafts if draft.object_id is not None]
    if len(set(ids)) != len(ids):
        raise InvalidValues({"object": _("The same object stands twice in one change.")})
    current = RegulatedObject.objects.select_for_update(of=("self",)).filter(pk__in=ids, district=district)
    by_id = {obj.pk: obj for obj in current}
    rows = []
    for draft in drafts:
        obj = by_id[draft.object_id or 0]
        row = {name: getattr(obj, name) for name in PLAIN_FIELDS}
        row |= {
            "id": obj.pk,
            "district_id": obj.district_id,
            "object_class_id": obj.object_class_id,
            "version": obj.version + 1,
            "attributes": obj.attributes,
        }
        rows.append((draft, _merged(row, draft.values)))
    _derive(district, rows)
    return rows


def _derive(district: District, rows: Sequence[tuple[Draft, dict[str, Any]]]) -> None:
    """Fill place and search columns in place."""
    index = area_index(district)
    placed = [row for _draft, row in rows if row["position"]]
    places = index.place_many([row["position"][0] for row in placed], [row["position"][1] for row in placed])
    by_id = {row["id"]: place for row, place in zip(placed, places, strict=True)}
    known = _identifiers([row["id"] for draft, row in rows if draft.object_id])
    for draft, row in rows:
        place = by_id.get(row["id"], NOWHERE)
        row["town_id"], row["grid_id"], row["squad_id"] = place.town, place.grid, place.squad
        stated = {name: value for name, value in draft.values.items() if name.startswith(IDENTIFIER)}
        row.update(derived(row, {**known.get(row["id"], {}), **stated}.values()))


def _identifiers(ids: Sequence[int]) -> dict[int, dict[str, str]]:
    known: dict[int, dict[str, str]] = {}
    if ids:
        for item in ObjectIdentifier.objects.filter(object_id__in=ids):
            known.setdefault(item.object_id, {})[IDENTIFIER + item.scheme] = item.value
    return known


def _write_relations(district: District, rows: Sequence[tuple[Draft, dict[str, Any]]]) -> None:
    bulk.insert_identifiers(
        [
            (district.pk, row["id"], name.removeprefix(IDENTIFIER), value)
            for draft, row in rows
            for name, value in draft.values.items()
            if name.startswith(IDENTIFIER)
        ]
    )
    stated = [
        (row["id"], permit, draft.provenance.source)
        for draft, row in rows
        for permit in draft.values.get("permits", ())
    ]
    if not stated:
        return
    # What was withdrawn stays as it was; the same permit granted again is a new one. A list that merely
    # repeats one does not grant it again.
    on_file = list(Permit.objects.filter(object_id__in={object_id for object_id, *_more in stated}))
    known = {
        _permit_key(permit.object_id, model_to_dict(permit)): permit
        for permit in on_file
        if permit.withdrawn_on is None
    }
    withdrawn = {
        _permit_as_stated(permit.object_id, model_to_dict(permit))
        for permit in on_file
        if permit.withdrawn_on
    }
    fresh = []
    for object_id, values, source in stated:
        permit = known.get(_permit_key(object_id, values))
        if permit is None and source == Source.IMPORT and _permit_as_stated(object_id, values) in withdrawn:
            continue
        if permit is None:
            fresh.append(Permit(object_id=object_id, **values))
        else:
            for name, value in values.items():
                setattr(permit, name, value)
            permit.save()
    Permit.objects.bulk_create(fresh)


def _permit_key(object_id: int, values: Mapping[str, Any]) -> tuple[Any, ...]:
    """What tells permits of one object apart: kind and number, without a number the first day."""
    start = "" if values["number"] else str(values.get("valid_from") or "")
    return (object_id, values["kind"], values["number"], start)


def _permit_as_stated(object_id: int, values: Mapping[str, Any]) -> tuple[Any, ...]:
    names = ("kind", "number", "issuer", "valid_from", "valid_to")
    return (object_id, *(str(values.get(name) or "") for name in names))


def _fact(draft: Draft, object_id: int, by: User | None) -> dict[str, Any]:
    source = draft.provenance
    return {
        "object_id": object_id,
        "source": source.source.value,
        "source_label": source.label[:200],
        "source_ref": source.ref[:80],
        "observed_on": source.observed_on,
        "values": {
            name: value
            for name, value in draft.values.items()
            if draft.object_id is not None or value not in (None, "", [])
        },
        "fingerprint": source.fingerprint,
        "recorded_by_id": by.pk if by else None,
    }
