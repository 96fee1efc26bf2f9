"""Why a row is refused, held back or remarked on: codes with parameters, turned into sentences when shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from chengshu.kernel.identifiers import InvalidIdentifier, check_resident_id, check_uscc
from chengshu.kernel.privacy_masks import mask_resident_id, mask_text, mask_value
from chengshu.registry.models import AttributeDefinition, RegulatedObject
from chengshu.registry.services.values import ATTRIBUTE

from .columns import field_label

Reason = dict[str, Any]
Definitions = Mapping[str, AttributeDefinition]

REJECTS = frozenset({
    "name_missing", "uscc_invalid", "resident_id_invalid", "status_unknown", "credit_unknown",
    "coordinate_not_number", "coordinate_half", "coordinate_range", "coordinate_swapped", "required_missing",
    "text_too_long", "file_number_unknown",
})  # fmt: skip
CONFLICTS = frozenset({
    "outside_district", "stated_district_differs", "stated_town_differs", "duplicate_in_file",
    "same_object_as_row", "ambiguous_match", "identifier_name_differs", "identifier_taken",
})  # fmt: skip
REMARKS = frozenset({
    "unreadable_value", "permit_unreadable", "masked_value", "no_position", "older_than_known",
    "stated_before",
    "settled_before", "dismissed_before", "repeats_row", "known_conflict",
})  # fmt: skip
#: Codes by which the queue of conflicts can be filtered, in the order of the filter.
CONFLICT_ORDER = (
    "outside_district", "stated_district_differs", "stated_town_differs", "duplicate_in_file",
    "same_object_as_row", "ambiguous_match", "identifier_name_differs", "identifier_taken",
)  # fmt: skip


def sort(found: Iterable[Reason]) -> list[Reason]:
    """Refusals first, then doubts, then remarks."""
    return sorted(found, key=lambda reason: (reason["code"] not in REJECTS, reason["code"] not in CONFLICTS))


def tone(code: str) -> str:
    """How the page shows a reason."""
    return "danger" if code in REJECTS else "warn" if code in CONFLICTS else "info"


def title(code: str) -> str:
    """A conflict's reason in a few words, for filters."""
    return {
        "outside_district": _("Outside the district"),
        "stated_district_differs": _("Stated district differs"),
        "stated_town_differs": _("Stated town differs"),
        "duplicate_in_file": _("Twice in the file"),
        "same_object_as_row": _("Two rows, one object"),
        "ambiguous_match": _("Several objects fit"),
        "identifier_name_differs": _("Number of another object"),
        "identifier_taken": _("Number already in use"),
    }.get(code, code)


def describe(reason: Reason, definitions: Definitions) -> str:
    """The sentence for a reason, in the language of the page."""
    code = reason.get("code", "")
    special = _SPECIAL.get(code)
    if special is not None:
        return special(reason, definitions)
    template = _templates().get(code)
    if template is None:
        return str(code)
    fields = reason.get("fields") or ([reason["field"]] if reason.get("field") else [])
    names = _("、").join(field_label(name, definitions) for name in fields)
    shown = {**reason, "value": _value(reason, definitions)} if "value" in reason else reason
    return template % {**_Blank(), **shown, "fields": names, "field": names}


def _value(reason: Reason, definitions: Definitions) -> str:
    """The value a reason speaks of, masked as its field is."""
    value = str(reason["value"])
    kind = masked_as(str(reason.get("field") or ""), definitions)
    if kind:
        return mask_value(kind, value)
    return mask_text(value) if reason["code"] in ("unreadable_value", "permit_unreadable") else value


def masked_as(field: str, definitions: Definitions) -> str:
    """How a field is masked (a kind of `mask_value`), ``""`` if it is not personal."""
    from chengshu.registry.forms.objects import PERSONAL, personal_kind

    definition = definitions.get(field.removeprefix(ATTRIBUTE)) if field.startswith(ATTRIBUTE) else None
    if definition is not None:
        return personal_kind(definition) if definition.personal else ""
    return PERSONAL.get(field, "")


def safe(reason: Reason, definitions: Definitions) -> Reason:
    """A reason with its sentence, for machines: without the value where that is personal."""
    personal = reason["code"] == "resident_id_invalid" or masked_as(
        str(reason.get("field") or ""), definitions
    )
    kept = {name: value for name, value in reason.items() if name != "value" or not personal}
    if "value" in kept:
        kept["value"] = _value(reason, definitions)
    return {**kept, "text": describe(reason, definitions)}


class _Blank(dict[str, Any]):
    """Older rows may lack a parameter that a sentence has gained."""

    def __missing__(self, key: str) -> str:
        return ""


def _templates() -> dict[str, str]:
    return {
        "name_missing": _("The name is missing."),
        "status_unknown": _("“%(value)s” is not a known status."),
        "credit_unknown": _("“%(value)s” is not a credit class (A, B, C, D)."),
        "coordinate_not_number": _("The coordinates are not numbers: %(value)s."),
        "coordinate_half": _("Of longitude and latitude only one is given."),
        "coordinate_range": _("The coordinates cannot be a position: %(value)s."),
        "coordinate_swapped": _("Longitude and latitude seem to be swapped: %(value)s."),
        "required_missing": _("“%(field)s” is required and missing."),
        "text_too_long": _("“%(field)s” is longer than %(limit)s characters."),
        "file_number_unknown": _("There is no object with the file number %(value)s in this class."),
        "outside_district": _("The position lies outside the district (%(distance)s m from its border)."),
        "stated_district_differs": _("The list says “%(stated)s”, the position lies in %(found)s."),
        "stated_town_differs": _("The list says “%(stated)s”, the position lies in %(found)s."),
        "duplicate_in_file": _("The same object as in row %(row)s, with other values."),
        "same_object_as_row": _("Row %(row)s already stands for the same object."),
        "ambiguous_match": _("%(count)s objects in the registry fit this row."),
        "identifier_name_differs": _("The number %(value)s belongs to “%(name)s”."),
        "identifier_taken": _("The number %(value)s belongs to another object, “%(name)s”."),
        "unreadable_value": _("“%(field)s” could not be read and was left out: %(value)s"),
        "permit_unreadable": _("A permit could not be read and was left out: %(value)s"),
        "masked_value": _("“%(field)s” is masked and was left as it is."),
        "no_position": _("No position: the object will have no town."),
        "older_than_known": _("Newer facts are known: %(fields)s"),
        "stated_before": _("Corrected since this list stated it: %(fields)s"),
        "settled_before": _("Settled before; not asked again."),
        "dismissed_before": _("Decided before: not taken over."),
        "repeats_row": _("The same as row %(row)s."),
        "known_conflict": _("Already waiting to be settled."),
    }


def _uscc(reason: Reason, definitions: Definitions) -> str:
    return _identifier(check_uscc, str(reason.get("value", "")), _("The USCC is wrong."))


def _resident_id(reason: Reason, definitions: Definitions) -> str:
    value = str(reason.get("value", ""))
    return _identifier(check_resident_id, value, _("The resident ID is wrong.")).replace(
        value, mask_resident_id(value)
    )


def _identifier(check: Callable[[str], str], value: str, otherwise: str) -> str:
    try:
        check(value)
    except InvalidIdentifier as error:
        return str(error)
    return otherwise


def _outside(reason: Reason, definitions: Definitions) -> str:
    if reason.get("distance") is None:
        return _("The position lies outside the district.")
    return _templates()["outside_district"] % reason


_SPECIAL: dict[str, Callable[[Reason, Definitions], str]] = {
    "uscc_invalid": _uscc,
    "resident_id_invalid": _resident_id,
    "outside_district": _outside,
}


def show_value(field: str, value: Any, definitions: Definitions) -> str:
    """A value as people read it, personal data masked."""
    from chengshu.registry.attributes import show_value as show_attribute

    if value in (None, "", []):
        return ""
    if field == "position":
        return f"{value[0]:.6f}, {value[1]:.6f}"
    if field == "status":
        return str(RegulatedObject.Status(value).label) if value in RegulatedObject.Status else str(value)
    if kind := masked_as(field, definitions):
        return mask_value(kind, "、".join(map(str, value)) if isinstance(value, list) else str(value))
    if field == "permits":
        return _("、").join(f"{permit['kind']} {permit.get('number', '')}".strip() for permit in value)
    if field.startswith(ATTRIBUTE):
        definition = definitions.get(field.removeprefix(ATTRIBUTE))
        if definition is not None:
            return show_attribute(definition, value)
    return str(value)
