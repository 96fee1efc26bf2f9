"""Whether stored objects are sound: what is derived still follows from what is stated."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from chengshu.bureau.models import District
from chengshu.bureau.services.areas import NOWHERE, area_index
from chengshu.registry.derive import address_key, name_key
from chengshu.registry.importing.progress import Listener, Steps
from chengshu.registry.models import AttributeDefinition, ObjectIdentifier, RegulatedObject

CHUNK = 5_000
_TYPES: dict[str, tuple[type, ...]] = {
    "integer": (int,), "year": (int,), "decimal": (int, float), "boolean": (bool,), "choices": (list,),
}  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with one object."""

    object_id: int
    name: str
    code: str
    detail: str = ""

    @property
    def sentence(self) -> str:
        """For people."""
        template = {
            "place": _("Town, grid or squad do not follow from the position."),
            "keys": _("The keys for matching do not follow from name and address."),
            "attribute": _("The attribute “%(detail)s” does not have the declared type."),
            "identifier": _("The number %(detail)s also belongs to another object."),
            "no_fact": _("No source is on record."),
        }[self.code]
        return template % {"detail": self.detail}


@dataclass
class Report:
    """What was looked at and what was found."""

    objects: int = 0
    findings: list[Finding] = field(default_factory=list)

    def summary(self) -> str:
        """One line."""
        if not self.findings:
            return _("Everything is sound.")
        counts = Counter(finding.code for finding in self.findings)
        return " ".join(f"{code}={count}" for code, count in sorted(counts.items()))

    def as_dict(self) -> dict[str, Any]:
        """For programs."""
        return {
            "objects": self.objects,
            "findings": [
                {"object": f.object_id, "name": f.name, "code": f.code, "text": f.sentence}
                for f in self.findings
            ],
        }


def verify_district(district: District, listener: Listener | None = None) -> Report:
    """Check every live object of a district, some thousands at a time."""
    report, steps, last = Report(), Steps(listener), 0
    live = RegulatedObject.objects.live().filter(district=district)
    steps.begin(live.count(), Steps.CHECKING)
    definitions: dict[int, dict[str, AttributeDefinition]] = {}
    for item in AttributeDefinition.objects.filter(object_class__district=district):
        definitions.setdefault(item.object_class_id, {})[item.key] = item
    while chunk := list(
        live.filter(pk__gt=last).defer("search_text", "search_tokens").order_by("pk")[:CHUNK]
    ):
        _check_places(district, chunk, report)
        _check_facts(chunk, report)
        for obj in chunk:
            if obj.name_key != name_key(obj.name) or obj.address_key != address_key(obj.address):
                report.findings.append(Finding(obj.pk, obj.name, "keys"))
            _check_attributes(obj, definitions.get(obj.object_class_id, {}), report)
        report.objects += len(chunk)
        last = chunk[-1].pk
        steps.advance(len(chunk))
    _check_identifiers(district, report)
    return report


def _check_places(district: District, chunk: list[RegulatedObject], report: Report) -> None:
    placed = [obj for obj in chunk if obj.position]
    lngs, lats = [obj.position[0] for obj in placed], [obj.position[1] for obj in placed]
    expected = dict(zip((obj.pk for obj in placed), area_index(district).place_many(lngs, lats), strict=True))
    for obj in chunk:
        place = expected.get(obj.pk, NOWHERE)
        if (obj.town_id, obj.grid_id, obj.squad_id) != (place.town, place.grid, place.squad):
            report.findings.append(Finding(obj.pk, obj.name, "place"))


def _check_facts(chunk: list[RegulatedObject], report: Report) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM unnest(%s::bigint[]) AS o(id) WHERE NOT EXISTS"
            " (SELECT 1 FROM registry_factrecord f WHERE f.object_id = o.id)",
            [[obj.pk for obj in chunk]],
        )
        without = {row[0] for row in cursor.fetchall()}
    report.findings += [Finding(obj.pk, obj.name, "no_fact") for obj in chunk if obj.pk in without]


def _check_attributes(
    obj: RegulatedObject, definitions: dict[str, AttributeDefinition], report: Report
) -> None:
    for key, value in obj.attributes.items():
        definition = definitions.get(key)
        if definition is None:
            report.findings.append(Finding(obj.pk, obj.name, "attribute", key))
            continue
        expected = _TYPES.get(definition.kind, (str,))
        if not isinstance(value, expected) or (isinstance(value, bool) and bool not in expected):
            report.findings.append(Finding(obj.pk, obj.name, "attribute", definition.label))


def _check_identifiers(district: District, report: Report) -> None:
    """Numbers that are the same but for blanks and case; exactly the same the database refuses."""
    table = ObjectIdentifier._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT i.object_id, o.name, i.value FROM {table} i "  # noqa: S608 (a table name of ours)
            "JOIN registry_regulatedobject o ON o.id = i.object_id "
            "WHERE i.district_id = %(d)s AND o.merged_into_id IS NULL"
            " AND (i.scheme, lower(replace(i.value, ' ', ''))) IN ("
            f" SELECT scheme, lower(replace(value, ' ', '')) FROM {table} WHERE district_id = %(d)s"
            "  GROUP BY 1, 2 HAVING count(DISTINCT object_id) > 1)",
            {"d": district.pk},
        )
        report.findings += [Finding(row[0], row[1], "identifier", row[2]) for row in cursor.fetchall()]
