"""Classes and attributes as a bureau sets them up: no code needed, and no value lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.forms.models import model_to_dict
from django.utils.translation import gettext as _

from chengshu.bureau.models import District, User
from chengshu.kernel import ledger
from chengshu.registry.attributes import UnreadableValue, read_value
from chengshu.registry.models import AttributeDefinition, ObjectClass, RegulatedObject
from chengshu.registry.services.values import InvalidValues

PERMISSION = "registry.configure"
SHOWN = 3
"""So many values that do not fit are quoted."""


def is_used(definition: AttributeDefinition) -> bool:
    """Whether any object has a value for it, merged ones too."""
    return RegulatedObject.objects.filter(
        object_class_id=definition.object_class_id, attributes__has_key=definition.key
    ).exists()


def chain(class_id: int) -> str:
    """The ledger's chain of a class and its attributes."""
    return f"registry.class:{class_id}"


def _require(by: User, district_id: int) -> None:
    """A class holds for the whole district; whoever answers for a squad only may not change it."""
    if district_id not in by.scope_for(PERMISSION).districts:
        raise PermissionDenied(PERMISSION)


def _record(class_id: int, action: str, before: Any, after: Any, by: User) -> None:
    if before != after:
        payload = {"before": before, "after": after}
        ledger.append(chain(class_id), action, payload, actor=by.username)


def _stored(model: type[ObjectClass] | type[AttributeDefinition], pk: int | None) -> dict[str, Any] | None:
    """A row as the database has it, locked; None while there is none."""
    found = model._default_manager.select_for_update().filter(pk=pk).first() if pk else None
    return model_to_dict(found) if found else None


@transaction.atomic
def save_class(instance: ObjectClass, district: District, by: User) -> ObjectClass:
    """Store a class and record who changed what.

    Raises `InvalidValues` for a code that is taken, PermissionDenied unless ``by`` may set up the whole
    district.
    """
    before = _stored(ObjectClass, instance.pk)
    for district_id in {district.pk, before["district"] if before else district.pk}:
        _require(by, district_id)
    instance.district = district
    taken = ObjectClass.objects.filter(district=district, code=instance.code).exclude(pk=instance.pk)
    if taken.exists():
        raise InvalidValues({"code": _("There is already a class with this code.")})
    instance.save()
    _record(instance.pk, "class.changed", before, model_to_dict(instance), by)
    return instance


@transaction.atomic
def save_attribute(
    object_class: ObjectClass, values: Mapping[str, Any], known: AttributeDefinition | None, by: User
) -> AttributeDefinition:
    """Add or change an attribute; ``values`` as the fields of `AttributeDefinition`.

    The key stays once objects use it. A change of type, or of the choices, is refused while stored values do
    not fit; those that do are stored anew in their new form. Records who changed what. Raises
    `InvalidValues`, and PermissionDenied unless ``by`` may set up the whole district.
    """
    _require(by, object_class.district_id)
    ObjectClass.objects.select_for_update().get(pk=object_class.pk)  # one set-up of a class at a time
    changed = known or AttributeDefinition(object_class=object_class)
    before = _stored(AttributeDefinition, changed.pk)
    old_kind, old_key, old_choices = changed.kind, changed.key, list(changed.choices)
    for name, value in values.items():
        setattr(changed, name, value)
    taken = AttributeDefinition.objects.filter(object_class=object_class, key=changed.key).exclude(
        pk=changed.pk
    )
    if taken.exists():
        raise InvalidValues({"key": _("The class already has an attribute with this key.")})
    if known is not None:
        if changed.key != old_key and is_used(AttributeDefinition(object_class=object_class, key=old_key)):
            raise InvalidValues({"key": _("Objects already use this key; it can no longer be changed.")})
        if changed.kind != old_kind or changed.choices != old_choices:
            _convert(changed)
    changed.save()
    _record(object_class.pk, "attribute.changed", before, model_to_dict(changed), by)
    return changed


def _convert(definition: AttributeDefinition) -> None:
    """Read every stored value by the new type; store what reads differently, refuse what does not read."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attributes->%s, count(*) FROM registry_regulatedobject"
            " WHERE object_class_id = %s AND attributes ? %s GROUP BY 1",
            [definition.key, definition.object_class_id, definition.key],
        )
        stored = [
            (orjson.loads(value) if isinstance(value, str) else value, n) for value, n in cursor.fetchall()
        ]
    changes, misfits, rows = [], [], 0
    for value, n in stored:
        try:
            fresh = read_value(definition, _written(value))
        except UnreadableValue:
            misfits.append(str(value))
            rows += n
            continue
        if fresh != value:
            changes.append((value, fresh))
    if misfits:
        quoted = "、".join(f"“{value}”" for value in misfits[:SHOWN])
        raise InvalidValues(
            {
                "kind": _("%(n)d objects hold values that do not fit, e.g. %(values)s.")
                % {"n": rows, "values": quoted}
            }
        )
    _store(definition, changes)


def _written(value: Any) -> Any:
    """A stored value as somebody would write it."""
    return ("是" if value else "否") if isinstance(value, bool) else value


def _store(definition: AttributeDefinition, changes: Iterable[tuple[Any, Any]]) -> None:
    def as_json(value: Any) -> str:
        return orjson.dumps(value).decode()

    with connection.cursor() as cursor:
        for value, fresh in changes:
            cursor.execute(
                "UPDATE registry_regulatedobject SET attributes = CASE WHEN %s::jsonb = 'null'"
                " THEN attributes - %s ELSE jsonb_set(attributes, ARRAY[%s], %s::jsonb) END,"
                " version = version + 1, updated_at = now()"
                " WHERE object_class_id = %s AND attributes->%s = %s::jsonb",
                [
                    as_json(fresh),
                    definition.key,
                    definition.key,
                    as_json(fresh),
                    definition.object_class_id,
                    definition.key,
                    as_json(value),
                ],
            )


@transaction.atomic
def reorder(object_class: ObjectClass, keys: Iterable[str], by: User) -> None:
    """Put the attributes into the order of the keys; those not named follow.

    Raises PermissionDenied unless ``by`` may set up the whole district.
    """
    _require(by, object_class.district_id)
    place = {key: number for number, key in enumerate(keys, start=1)}
    known = list(object_class.attributes.select_for_update())
    before = [definition.key for definition in known]
    known.sort(key=lambda definition: (place.get(definition.key, len(place) + 1), definition.order))
    for number, definition in enumerate(known, start=1):
        if definition.order != number * 10:
            definition.order = number * 10
            definition.save(update_fields=["order"])
    after = [definition.key for definition in known]
    _record(object_class.pk, "class.changed", {"attributes": before}, {"attributes": after}, by)
