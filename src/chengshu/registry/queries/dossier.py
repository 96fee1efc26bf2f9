"""What the object's file shows: facts with source and age, neighbours, history, rounds, merges."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext as _

from chengshu.bureau.models import Grid, User
from chengshu.kernel.geometry import haversine_m
from chengshu.kernel.privacy_masks import mask_text, mask_value
from chengshu.registry.attributes import show_value
from chengshu.registry.dossier import TimelineEntry, register_timeline
from chengshu.registry.forms.objects import PERSONAL, personal_kind, stored
from chengshu.registry.models import (
    AttributeDefinition,
    FactRecord,
    RegulatedObject,
    RoundResult,
)
from chengshu.registry.models.objects import DERIVED
from chengshu.registry.queries.filters import compiled, visible
from chengshu.registry.queries.reference import area_label, reference
from chengshu.registry.services.values import ATTRIBUTE, IDENTIFIER

NEIGHBOURS = 10
NEIGHBOUR_METRES = 200.0
FACTS_READ = 300
CHANGES_READ = 150
METRES_PER_DEGREE = 111_320.0
SAME_WRITE = timedelta(seconds=60)
"""A change and its fact are written in one transaction; its start and the fact's own time differ by less."""


@dataclass(frozen=True)
class FieldOnFile:
    """One field with what is known of where it comes from."""

    name: str
    label: str
    value: str
    masked: bool
    source: str = ""
    observed_on: Any = None


@dataclass(frozen=True)
class Neighbour:
    """An object nearby."""

    id: int
    name: str
    address: str
    class_id: int
    status: str
    lng: float
    lat: float
    metres: int

    @property
    def class_label(self) -> str:
        """The class in words."""
        known = reference().classes.get(self.class_id)
        return known.label if known else ""

    @property
    def url(self) -> str:
        """Its file."""
        return reverse("registry:object", args=[self.id])


def field_label(name: str, definitions: Mapping[str, AttributeDefinition] | None = None) -> str:
    """What a field is called on pages."""
    if name.startswith(ATTRIBUTE):
        definition = (definitions or {}).get(name.removeprefix(ATTRIBUTE))
        return definition.label if definition else name.removeprefix(ATTRIBUTE)
    if name.startswith(IDENTIFIER):
        return name.removeprefix(IDENTIFIER)
    labels = {
        "name": _("Name"), "address": _("Address"), "uscc": _("USCC"), "position": _("Position"),
        "responsible_name": _("Responsible person"), "responsible_phone": _("Phone"),
        "responsible_id": _("Resident ID"), "status": _("Status"), "credit": _("Credit class"),
        "verified_on": _("Last verified"), "town": _("Street or town"), "squad": _("Squad"),
        "grid": _("Grid"), "permits": _("Permits and filings"), "merged_into": _("Merged into"),
        "object_class": _("Class"),
    }  # fmt: skip
    return labels.get(name, name)


def field_value(
    name: str, value: Any, definitions: Mapping[str, AttributeDefinition], *, masked: bool = True
) -> str:
    """A value as people read it; personal data masked unless said otherwise."""
    if value in (None, "", []):
        return ""
    if name.startswith(ATTRIBUTE):
        definition = definitions.get(name.removeprefix(ATTRIBUTE))
        if definition is None:
            return str(value)
        shown = show_value(definition, value)
        return mask_value(personal_kind(definition), shown) if masked and definition.personal else shown
    if name in PERSONAL:
        return mask_value(PERSONAL[name], str(value)) if masked else str(value)
    if name == "status":
        return (
            str(RegulatedObject.Status(value).label) if value in RegulatedObject.Status.values else str(value)
        )
    if name == "position":
        return f"{float(value[0]):.6f}, {float(value[1]):.6f}"
    if name == "permits":
        return "、".join(str(permit.get("kind", "")) for permit in value)
    return str(value)


def fields_on_file(
    obj: RegulatedObject, facts: Iterable[FactRecord], *, unmasked: frozenset[str] = frozenset()
) -> tuple[list[FieldOnFile], list[FieldOnFile]]:
    """Common fields and attributes of the class, each with the newest source that stated it."""
    definitions = {definition.key: definition for definition in obj.object_class.attributes.all()}
    newest: dict[str, FactRecord] = {}
    for fact in facts:
        for name in fact.values:
            newest.setdefault(name, fact)

    def on_file(name: str) -> FieldOnFile:
        value, fact = stored(obj, name), newest.get(name)
        definition = definitions.get(name.removeprefix(ATTRIBUTE)) if name.startswith(ATTRIBUTE) else None
        personal = name in PERSONAL or (definition is not None and definition.personal)
        hidden = personal and bool(value) and name not in unmasked
        return FieldOnFile(
            name,
            field_label(name, definitions),
            field_value(name, value, definitions, masked=hidden),
            hidden,
            (fact.source_label or str(fact.get_source_display())) if fact and value not in (None, "") else "",
            fact.observed_on if fact and value not in (None, "") else None,
        )

    common = (
        "name", "address", "uscc", "responsible_name", "responsible_phone", "responsible_id", "status",
        "credit", "verified_on", "position",
    )  # fmt: skip
    attributes = [
        d for d in definitions.values() if d.active or obj.attributes.get(d.key) not in (None, "", [])
    ]
    return [on_file(name) for name in common], [on_file(ATTRIBUTE + d.key) for d in attributes]


def neighbours(user: User, obj: RegulatedObject) -> list[Neighbour]:
    """The nearest visible objects within 200 m."""
    return near(user, obj.position, exclude=obj.pk) if obj.position else []


def near(
    user: User, position: tuple[float, float], *, exclude: int | None = None,
    metres: float = NEIGHBOUR_METRES, limit: int = NEIGHBOURS, permission: str = "registry.view",
) -> list[Neighbour]:  # fmt: skip
    """The nearest visible objects around a position (WGS 84 degrees), nearest first."""
    lng, lat = position
    dy = metres / METRES_PER_DEGREE
    dx = dy / math.cos(math.radians(lat))
    found = visible(user, permission).filter(position__in_box=(lng - dx, lat - dy, lng + dx, lat + dy))
    sql, params = compiled(
        found.exclude(pk=exclude or 0).values_list(
            "id", "name", "address", "object_class_id", "status", "position"
        )
    )
    stretch = math.cos(math.radians(lat))
    order = "ORDER BY power((position[0] - %s) * %s, 2) + power(position[1] - %s, 2) LIMIT %s"
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} {order}", [*params, lng, stretch, lat, limit])
        rows = cursor.fetchall()
    result = []
    for pk, name, address, class_id, status, point in rows:
        x, y = (float(part) for part in point.strip("()").split(","))
        away = float(haversine_m(lng, lat, x, y))
        if away <= metres:
            result.append(Neighbour(pk, name, address, class_id, status, x, y, round(away)))
    return result


# --- the timeline's own sources --------------------------------------------------------------------
def changes(obj: RegulatedObject, user: User) -> list[TimelineEntry]:
    """Entries from the database's own history: what changed, when, by whom, and on whose word."""
    event_model: Any = obj._meta.apps.get_model("registry", "RegulatedObjectEvent")
    events = list(
        event_model.objects.filter(pgh_obj_id=obj.pk, pgh_label="before")
        .select_related("pgh_context")
        .order_by("-pgh_id")[:CHANGES_READ]
    )
    facts = list(obj.facts.select_related("recorded_by").order_by("-id")[:FACTS_READ])
    people = _people(events)
    definitions = {d.key: d for d in obj.object_class.attributes.all()}
    entries, after, used = [], _state(obj), set()
    for event in events:
        before = _state(event)
        fact = next(
            (
                f
                for f in facts
                if f.pk not in used
                and event.pgh_created_at <= f.recorded_at <= event.pgh_created_at + SAME_WRITE
            ),
            None,
        )
        if fact:
            used.add(fact.pk)
        text = "；".join(
            _difference(name, before.get(name), after.get(name), definitions)
            for name in _changed(before, after)
        )
        after = before
        if not text:
            if fact:  # permits and numbers in other systems stand beside the object
                entries.append(_entered(fact, first=False))
            continue
        who = people.get((event.pgh_context.metadata or {}).get("user")) if event.pgh_context else None
        by = who or (fact.recorded_by.full_name if fact and fact.recorded_by else "")
        source = (fact.source_label or str(fact.get_source_display())) if fact else ""
        entries.append(
            TimelineEntry(event.pgh_created_at, _("Changed"), text, " · ".join(filter(None, [by, source])))
        )
    for fact in facts:
        if fact.pk not in used:
            entries.append(_entered(fact, first=fact is facts[-1]))
    return entries


def _entered(fact: FactRecord, *, first: bool) -> TimelineEntry:
    by = fact.recorded_by.full_name if fact.recorded_by else ""
    return TimelineEntry(
        fact.recorded_at,
        _("Entered into the registry") if first else str(fact.get_source_display()),
        _("As of %(day)s") % {"day": fact.observed_on},
        " · ".join(filter(None, [by, fact.source_label or str(fact.get_source_display())])),
        tone="ok" if first else "",
    )


def _people(events: Iterable[Any]) -> dict[Any, str]:
    ids = {(event.pgh_context.metadata or {}).get("user") for event in events if event.pgh_context}
    return dict(User.objects.filter(pk__in=ids - {None}).values_list("pk", "full_name"))


_NOT_SHOWN = {
    "id", "version", "updated_at", "created_at", "district_id", "attributes",
    "merged_into_id",  # merges have their own entries
    *DERIVED,
}  # fmt: skip


def _state(row: Any) -> dict[str, Any]:
    names = [
        field.attname for field in RegulatedObject._meta.concrete_fields if field.attname not in _NOT_SHOWN
    ]
    values = {name: getattr(row, name) for name in names}
    return values | {ATTRIBUTE + key: value for key, value in (row.attributes or {}).items()}


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return [name for name in {**before, **after} if (before.get(name) or None) != (after.get(name) or None)]


def _difference(name: str, was: Any, now: Any, definitions: Mapping[str, AttributeDefinition]) -> str:
    known = reference()
    areas: dict[str, Mapping[int, Any]] = {"town_id": known.towns, "squad_id": known.squads}
    if name in areas:
        was, now = area_label(areas[name].get(was)), area_label(areas[name].get(now))
    elif name == "grid_id":
        grids = dict(Grid.objects.filter(pk__in=[v for v in (was, now) if v]).values_list("pk", "name"))
        was, now = grids.get(was), grids.get(now)
    elif name == "object_class_id":
        was, now = (known.classes[v].label if v in known.classes else "" for v in (was, now))
    else:
        was, now = (field_value(name, value, definitions) for value in (was, now))
    label = field_label(name.removesuffix("_id") if name != "responsible_id" else name, definitions)
    return _("%(field)s: %(was)s → %(now)s") % {"field": label, "was": was or "—", "now": now or "—"}


def verifications(obj: RegulatedObject, user: User) -> list[TimelineEntry]:
    """What officers reported in rounds."""
    results = (
        RoundResult.objects.filter(item__object=obj).select_related("item__round", "by").order_by("-id")[:50]
    )
    tones = {"closed": "", "not_found": "warn", "unchanged": "ok", "corrected": "info", "added": "ok"}
    return [
        TimelineEntry(
            result.at,
            _("Re-verified: %(outcome)s") % {"outcome": result.get_outcome_display()},
            " · ".join(filter(None, [result.item.round.name, mask_text(result.note)])),
            result.by.full_name,
            tone=tones.get(result.outcome, ""),
        )
        for result in results
    ]


def merges(obj: RegulatedObject, user: User) -> list[TimelineEntry]:
    """Objects that were found to be this one."""
    return [
        TimelineEntry(
            other.updated_at, _("Merged with “%(name)s”") % {"name": other.name}, other.address,
            url=reverse("registry:object", args=[other.pk]) + "?merged=show", tone="info",
        )
        for other in obj.merged_from.all()[:50]
    ]  # fmt: skip


register_timeline("registry.changes", changes)
register_timeline("registry.verifications", verifications)
register_timeline("registry.merges", merges)
