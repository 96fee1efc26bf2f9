"""Which column of a list is which field: by name, as clerks write them, and correctable."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml
from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chengshu.bureau.models import District
from chengshu.registry.models import AttributeDefinition, ObjectClass, ObjectIdentifier
from chengshu.registry.services.values import ATTRIBUTE, IDENTIFIER

#: Fields that are only compared with the position and stored nowhere.
STATED_DISTRICT, STATED_TOWN = "stated_district", "stated_town"
#: The object's number in this platform, as an export writes it.
OBJECT_ID = "object_id"
LNG, LAT = "lng", "lat"
CITY_SCHEME = "city"

Mapping_ = dict[str, str]

_EDGES = re.compile(r"^[\s:：*＊?？、,，。.#]+|[\s:：*＊?？、,，。.]+$")
_BLANKS = re.compile(r"[\s\u200b]+")
_TAIL = re.compile(r"[_(（\[【].*$")
_SCHEME = re.compile(r"^(?:编号|id)[:：](?P<scheme>[^:：]{1,40})$", re.IGNORECASE)
DATA = yaml.safe_load(
    (Path(__file__).resolve().parent.parent / "data/columns.yaml").read_text(encoding="utf-8")
)
_CRS_WORDS = {word: crs for crs, words in DATA["systems"].items() for word in words}
_CRS = re.compile(
    "|".join(sorted(map(re.escape, _CRS_WORDS), key=len, reverse=True)) + r"|wgs[-_ ]84|bd[-_ ]09|gcj[-_ ]0?2"
)
_LNG, _LAT = (frozenset(DATA["coordinates"][axis]) for axis in (LNG, LAT))
_LABELS = {
    "name": gettext_lazy("Name"),
    "address": gettext_lazy("Address"),
    "uscc": gettext_lazy("USCC"),
    "responsible_name": gettext_lazy("Responsible person"),
    "responsible_phone": gettext_lazy("Phone"),
    "responsible_id": gettext_lazy("Resident ID"),
    LNG: gettext_lazy("Longitude / x"),
    LAT: gettext_lazy("Latitude / y"),
    "status": gettext_lazy("Status"),
    "credit": gettext_lazy("Credit class"),
    "verified_on": gettext_lazy("Last verified"),
    "permits": gettext_lazy("Permits and filings"),
    STATED_TOWN: gettext_lazy("Stated town (compared with the position)"),
    STATED_DISTRICT: gettext_lazy("Stated district (compared with the position)"),
    OBJECT_ID: gettext_lazy("Chengshu file number"),
}


@dataclass(frozen=True)
class Target:
    """A field that a column can be mapped to."""

    name: str
    label: str
    aliases: tuple[str, ...]
    group: str
    required: bool = False


@dataclass(frozen=True)
class Pair:
    """A column of longitudes with its column of latitudes; ``crs`` where their names tell it."""

    lng: str
    lat: str
    crs: str = ""


def targets(object_class: ObjectClass, schemes: Iterable[str] = ()) -> list[Target]:
    """Every field of the class in the order of the mapping page."""
    found = [
        Target(name, str(label), tuple(DATA["fields"][name]), "core", required=name == "name")
        for name, label in _LABELS.items()
    ]
    for item in object_class.attributes.all():
        if item.active:
            names = (item.label_zh, item.label_en, *item.aliases)
            label = f"{item.label} ({item.unit})" if item.unit else item.label
            found.append(Target(ATTRIBUTE + item.key, label, names, "attributes", item.required))
    for scheme in dict.fromkeys([CITY_SCHEME, *schemes]):
        if scheme == CITY_SCHEME:
            label, names = _("Number in the city's system"), tuple(DATA["identifiers"][CITY_SCHEME])
        else:
            label, names = _("Number in %(system)s") % {"system": scheme}, ()
        found.append(Target(IDENTIFIER + scheme, label, names, "identifiers"))
    return found


def known_schemes(district: District) -> list[str]:
    """Systems that objects of the district have numbers in (skips along the index, however many rows)."""
    table = ObjectIdentifier._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"""WITH RECURSIVE step AS (
                  SELECT min(scheme) AS scheme FROM {table} WHERE district_id = %(d)s
                  UNION ALL
                  SELECT (SELECT min(scheme) FROM {table} WHERE district_id = %(d)s AND scheme > step.scheme)
                  FROM step WHERE step.scheme IS NOT NULL)
                SELECT scheme FROM step WHERE scheme IS NOT NULL""",  # noqa: S608 (a table name of ours)
            {"d": district.pk},
        )
        return [row[0] for row in cursor.fetchall()]


def column_key(name: str) -> str:
    """A column name without width, case, blanks and the punctuation at its ends."""
    text = unicodedata.normalize("NFKC", name).lower()
    return _BLANKS.sub("", _EDGES.sub("", text))


def guess(columns: Sequence[str], fields: Sequence[Target]) -> Mapping_:
    """Field → column by name: whole names first, then names without a tail such as ``（米）``."""
    mapping: Mapping_ = {}
    by_key = {column_key(column): column for column in reversed(columns)}
    by_head = {_TAIL.sub("", key): column for key, column in reversed(by_key.items())}
    taken: set[str] = set()
    for names in (by_key, by_head):
        for field in fields:
            if field.name in mapping or field.name in (LNG, LAT):
                continue
            checked_only = field.name in (STATED_TOWN, STATED_DISTRICT)
            for alias in field.aliases:
                column = names.get(column_key(alias))
                if column is not None and (checked_only or column not in taken):
                    mapping[field.name] = column
                    if not checked_only:
                        taken.add(column)
                    break
    for column in columns:
        if match := _SCHEME.match(unicodedata.normalize("NFKC", column).strip()):
            mapping[IDENTIFIER + match["scheme"].strip()] = column
    if mapping.get(STATED_DISTRICT) and mapping[STATED_DISTRICT] == mapping.get(STATED_TOWN):
        del mapping[STATED_DISTRICT]
    return mapping


def coordinate_pairs(columns: Sequence[str]) -> list[Pair]:
    """Columns of longitudes and latitudes that belong together, in the order of the file."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for column in columns:
        key = column_key(column)
        crs = ""
        if match := _CRS.search(key):
            crs = _CRS_WORDS.get(match[0]) or _CRS_WORDS[re.sub(r"[-_ ]|(?<=gcj)(?=2$)", "", match[0])]
            key = key.replace(match[0], "")
        base = re.sub(r"[-_()（）\[\]坐标]+$|^[-_]+", "", key) or key
        tail = ""
        if base not in _LNG | _LAT:
            base, tail = _TAIL.sub("", base), base
            tail = tail[len(base) :]
        axis = LNG if base in _LNG else LAT if base in _LAT else ""
        if axis:
            found.setdefault((crs, tail), {}).setdefault(axis, column)
    return [Pair(pair[LNG], pair[LAT], crs) for (crs, _tail), pair in found.items() if len(pair) == 2]


def problems(mapping: Mapping[str, str], columns: Sequence[str], fields: Sequence[Target]) -> list[str]:
    """Sentences about a mapping that cannot be used."""
    known = {field.name: field for field in fields}
    found = []
    if not mapping.get("name"):
        found.append(_("Say which column holds the name."))
    for field, column in mapping.items():
        if field not in known and not field.startswith(IDENTIFIER):
            found.append(_("There is no field “%(field)s”.") % {"field": field})
        elif column not in columns:
            found.append(_("The file has no column “%(column)s”.") % {"column": column})
    if bool(mapping.get(LNG)) != bool(mapping.get(LAT)) or (
        mapping.get(LNG) and mapping[LNG] == mapping[LAT]
    ):
        found.append(_("Longitude and latitude need a column each."))
    stored = [c for f, c in mapping.items() if f not in (STATED_TOWN, STATED_DISTRICT)]
    for column in sorted({c for c in stored if stored.count(c) > 1 and c not in (mapping.get(LNG),)}):
        found.append(_("Column “%(column)s” is mapped to two fields.") % {"column": column})
    return found


def field_label(name: str, definitions: Mapping[str, AttributeDefinition]) -> str:
    """What a person calls a field, in the language of the page."""
    if name.startswith(ATTRIBUTE):
        definition = definitions.get(name.removeprefix(ATTRIBUTE))
        return definition.label if definition else name.removeprefix(ATTRIBUTE)
    if name.startswith(IDENTIFIER):
        scheme = name.removeprefix(IDENTIFIER)
        if scheme == CITY_SCHEME:
            return _("Number in the city's system")
        return _("Number in %(system)s") % {"system": scheme}
    if name == "position":
        return _("Position")
    return str(_LABELS.get(name, name))
