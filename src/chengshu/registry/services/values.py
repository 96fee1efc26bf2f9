"""From what a form, a list or an officer states to values that may be stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from chengshu.kernel.identifiers import InvalidIdentifier, check_resident_id, check_uscc
from chengshu.registry.attributes import UnreadableValue, read_value
from chengshu.registry.models import AttributeDefinition, ObjectClass, RegulatedObject

Values = dict[str, Any]
ATTRIBUTE = "attributes."
IDENTIFIER = "identifiers."
TEXT_FIELDS = {"name": 200, "address": 300, "responsible_name": 60, "responsible_phone": 40}
PERMIT_FIELDS = ("kind", "number", "issuer", "valid_from", "valid_to")


class InvalidValues(ValueError):
    """Some values may not be stored; ``errors`` maps each field to one sentence."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(errors.values()))
        self.errors = errors


def definitions_of(object_class: ObjectClass) -> dict[str, AttributeDefinition]:
    """The attributes in use, by key."""
    return {item.key: item for item in object_class.attributes.all() if item.active}


def clean_values(
    object_class: ObjectClass,
    values: Mapping[str, Any],
    *,
    definitions: Mapping[str, AttributeDefinition] | None = None,
    complete: bool = True,
) -> tuple[Values, dict[str, str]]:
    """Stored forms of the stated values, and one sentence per field that cannot be stored.

    With ``complete`` the name and required attributes must be there (a new object); without it only the
    fields given are looked at (a change).
    """
    definitions = definitions_of(object_class) if definitions is None else definitions
    clean: Values = {}
    problems: dict[str, str] = {}
    for field, value in values.items():
        try:
            if field.startswith(ATTRIBUTE):
                definition = definitions.get(field.removeprefix(ATTRIBUTE))
                if definition is None:
                    raise UnreadableValue(_("The class has no such attribute."))
                clean[field] = read_value(definition, value)
            elif field.startswith(IDENTIFIER):
                if text := str(value or "").strip():
                    clean[field] = text[:80]
            else:
                clean[field] = _clean_field(field, value)
        except (UnreadableValue, InvalidIdentifier) as error:
            problems[field] = str(error)
    problems |= _missing(clean, definitions.values(), complete, problems.keys())
    return clean, problems


def check_values(object_class: ObjectClass, values: Mapping[str, Any], *, complete: bool = True) -> Values:
    """Like `clean_values`, but raises `InvalidValues`."""
    clean, problems = clean_values(object_class, values, complete=complete)
    if problems:
        raise InvalidValues(problems)
    return clean


def _missing(
    clean: Values, definitions: Iterable[AttributeDefinition], complete: bool, known: Iterable[str]
) -> dict[str, str]:
    known = set(known)
    problems = {}
    if (complete or "name" in clean) and not clean.get("name") and "name" not in known:
        problems["name"] = _("The name is missing.")
    for definition in definitions:
        field = ATTRIBUTE + definition.key
        looked_at = field not in known and (complete or field in clean)
        if definition.required and looked_at and clean.get(field) in (None, "", []):
            problems[field] = _("“%(attribute)s” is required.") % {"attribute": definition.label}
    return problems


def _clean_field(field: str, value: Any) -> Any:
    text = "" if value is None else str(value).strip()
    if field in TEXT_FIELDS:
        if len(text) > TEXT_FIELDS[field]:
            raise UnreadableValue(
                _("Longer than %(limit)s characters: “%(start)s…”.")
                % {"limit": TEXT_FIELDS[field], "start": text[:20]}
            )
        return text
    if field == "uscc":
        return check_uscc(text) if text else ""
    if field == "responsible_id":
        return check_resident_id(text) if text else ""
    if field == "status":
        return _choice(RegulatedObject.Status, text, RegulatedObject.Status.OPERATING.value)
    if field == "credit":
        return _choice(RegulatedObject.Credit, text.upper(), "")
    if field == "verified_on":
        return _day(value)
    if field == "position":
        return _position(value)
    if field == "permits":
        return [_permit(entry) for entry in value or []]
    raise UnreadableValue(_("There is no field “%(field)s”.") % {"field": field})


def _choice(choices: Any, text: str, empty: str) -> str:
    """A choice by its value or its label in either language."""
    if not text:
        return empty
    by_name = {str(value).lower(): value for value in choices.values}
    by_name |= {str(label).lower(): value for value, label in choices.choices}
    by_name |= {zh: value for value, zh in _CHINESE.items() if value in choices.values}
    if text.lower() not in by_name:
        raise UnreadableValue(
            _("“%(value)s” is not one of: %(choices)s.")
            % {"value": text, "choices": "、".join(str(label) for label in choices.labels)}
        )
    return str(by_name[text.lower()])


# Lists are written in Chinese whatever the language of the page that imports them.
_CHINESE = {"operating": "在营", "closed": "关闭", "moved": "迁出", "not_found": "查无"}


def _day(value: Any) -> date | None:
    if value in (None, ""):
        return None
    day = value if isinstance(value, date) else parse_date(str(value))
    if day is None:
        raise UnreadableValue(_("“%(value)s” is not a date such as 2020-11-30.") % {"value": value})
    return day


def _position(value: Any) -> tuple[float, float] | None:
    if value in (None, ""):
        return None
    try:
        lng, lat = (float(part) for part in (value.split(",") if isinstance(value, str) else value))
    except (TypeError, ValueError) as error:
        raise UnreadableValue(_("A position is longitude and latitude in degrees.")) from error
    if not (-180 <= lng <= 180 and -90 <= lat <= 90):
        raise UnreadableValue(_("Longitude or latitude is out of range."))
    return round(lng, 7), round(lat, 7)


def _permit(entry: Mapping[str, Any]) -> dict[str, Any]:
    kind = str(entry.get("kind") or "").strip()
    if not kind:
        raise UnreadableValue(_("A permit needs its kind."))
    start, end = _day(entry.get("valid_from")), _day(entry.get("valid_to"))
    if start and end and end < start:
        raise UnreadableValue(_("The permit “%(kind)s” ends before it begins.") % {"kind": kind})
    return {
        "kind": kind[:60],
        "number": str(entry.get("number") or "").strip()[:80],
        "issuer": str(entry.get("issuer") or "").strip()[:100],
        "valid_from": start.isoformat() if start else None,
        "valid_to": end.isoformat() if end else None,
    }
