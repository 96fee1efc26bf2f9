"""Which object of the registry a row speaks of. All look-ups are by set, however many rows there are.

In falling order of certainty: the file number, a conflict settled before, a row stated before (fingerprint),
a number in another system, name and address, name and USCC, the same name within `NEAR_M`. An object that was
merged stands for the one it was merged into.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.db import connection
from rapidfuzz import fuzz

from chengshu.bureau.models import District
from chengshu.kernel.copying import copy_rows
from chengshu.kernel.geometry import haversine_m
from chengshu.registry.derive import name_key
from chengshu.registry.models import FactRecord, ObjectClass, ObjectIdentifier, RegulatedObject
from chengshu.registry.services.values import IDENTIFIER

from .columns import OBJECT_ID
from .parse import Parsed

#: Positions closer than this say the same. Two published ways back from BD-09 to WGS 84 differ by up to 1.5 m
#: (measured over the 288 compounds whose list carries both), and no address is surveyed better than that.
POSITION_TOLERANCE_M = 5.0
#: The same name within this distance is taken to be the same object.
NEAR_M = 60.0
#: Names less alike than this (0 to 100) do not belong to one object, whatever number they share.
LEAST_LIKENESS = 45.0

BY_FILE_NUMBER, BY_SETTLED, BY_STATEMENT, BY_IDENTIFIER, BY_ADDRESS, BY_USCC, NEAR = range(7)
_OBJECT = RegulatedObject._meta.db_table
_NEAR_DEGREES = 0.001


@dataclass
class Found:
    """What was found for one row: an object with how sure that is, or several that fit equally."""

    object_id: int | None = None
    level: int = NEAR
    stated_for: int | None = None
    """The object the list spoke of, where that one has since been merged into ``object_id``."""
    several: list[int] = field(default_factory=list)
    other_name: str = ""
    value: str = ""


@dataclass(frozen=True)
class _Candidate:
    id: int
    root: int
    name: str
    address_key: str
    uscc: str
    position: tuple[float, float] | None


def same_position(a: Any, b: Any) -> bool:
    """Whether two positions (longitude, latitude) or Nones are the same for our purposes."""
    if not a or not b:
        return not a and not b
    return bool(haversine_m(float(a[0]), float(a[1]), float(b[0]), float(b[1])) <= POSITION_TOLERANCE_M)


class Matcher:
    """Finds objects for the rows of one list. Lives within one transaction."""

    def __init__(self, district: District, object_class: ObjectClass, parsed: Parsed) -> None:
        self.district = district
        self.object_class = object_class
        self.parsed = parsed
        self.found: dict[int, Found] = {}

    def run(self, rows: Sequence[int], settled: dict[int, int]) -> dict[int, Found]:
        """Match the rows given by index; ``settled``: row → object decided on before."""
        numbers = self.parsed.values.get(OBJECT_ID) or []
        stated = {index: numbers[index] for index in rows if index < len(numbers) and numbers[index]}
        wanted = {*stated.values(), *settled.values()}
        known = self._objects(wanted)
        for index, object_id in stated.items():
            self._by_number(index, known.get(object_id), object_id)
        for index, object_id in settled.items():
            if index not in self.found and object_id in known:
                self._take(index, known[object_id], BY_SETTLED)
        self._load_keys(index for index in rows if index not in self.found)
        self._by_statement()
        self._by_identifier(rows)
        self._by_name()
        return self.found

    # --- the levels -------------------------------------------------------------------------------
    def _by_number(self, index: int, candidate: _Candidate | None, number: int) -> None:
        if candidate is None:
            self.found[index] = Found(level=BY_FILE_NUMBER, value=str(number))
        elif not self._alike(index, candidate):
            self.found[index] = Found(
                level=BY_FILE_NUMBER, other_name=candidate.name, value=str(number), several=[candidate.root]
            )
        else:
            self._take(index, candidate, BY_FILE_NUMBER)

    def _by_statement(self) -> None:
        fits: dict[int, dict[int, _Candidate]] = {}
        for index, object_id, position in self._rows(
            f"""SELECT k.idx, f.object_id, f."values"->'position' FROM import_keys k
                JOIN {FactRecord._meta.db_table} f ON f.fingerprint = k.fingerprint AND f.source = 'import'
                JOIN {_OBJECT} o ON o.id = f.object_id
                WHERE o.district_id = %s AND o.object_class_id = %s""",  # noqa: S608
        ):
            point = orjson.loads(position) if isinstance(position, str) else position
            fits.setdefault(index, {})[object_id] = point
        known = self._objects({object_id for found in fits.values() for object_id in found})
        for index, points in fits.items():
            here = self.parsed.position(index)
            chosen = [
                known[object_id]
                for object_id, point in points.items()
                if same_position(point or known[object_id].position, here)
            ]
            if len({candidate.root for candidate in chosen}) == 1:
                self._take(index, chosen[0], BY_STATEMENT)

    def _by_identifier(self, rows: Sequence[int]) -> None:
        columns = {
            name.removeprefix(IDENTIFIER): values
            for name, values in self.parsed.values.items()
            if name.startswith(IDENTIFIER)
        }
        stated = [
            (index, scheme, str(values[index]))
            for scheme, values in columns.items()
            for index in rows
            if values[index] is not None
        ]
        if not stated:
            return
        holders = self._holders(stated)
        known = self._objects(set(holders.values()))
        for index, scheme, value in stated:
            object_id = holders.get((scheme, value))
            if object_id is None:
                continue
            candidate, before = known.get(object_id), self.found.get(index)
            if candidate is None or (before and before.object_id not in (None, candidate.root)):
                name = candidate.name if candidate else self._name_of(object_id)
                self.found[index] = Found(
                    level=BY_IDENTIFIER, value=value, other_name=name, several=[object_id]
                )
            elif before and before.object_id:
                continue
            elif not self._alike(index, candidate):
                self.found[index] = Found(
                    level=BY_IDENTIFIER, value=value, other_name=candidate.name, several=[candidate.root]
                )
            else:
                self._take(index, candidate, BY_IDENTIFIER)

    def _by_name(self) -> None:
        pairs: dict[int, list[int]] = {}
        for index, object_id in self._rows(
            f"""SELECT k.idx, o.id FROM import_keys k
                JOIN {_OBJECT} o ON o.district_id = %s AND o.object_class_id = %s AND o.name_key = k.name_key
                WHERE k.name_key <> '' AND (
                   k.address_key = o.address_key OR (k.uscc <> '' AND k.uscc = o.uscc)
                   OR (abs(o.position[0] - k.lng) < {_NEAR_DEGREES}
                       AND abs(o.position[1] - k.lat) < {_NEAR_DEGREES}))""",  # noqa: S608
        ):
            if index not in self.found:
                pairs.setdefault(index, []).append(object_id)
        known = self._objects({object_id for ids in pairs.values() for object_id in ids})
        once = self._stated_once()
        for index, ids in pairs.items():
            self._choose(index, [known[object_id] for object_id in ids], once)

    def _choose(self, index: int, candidates: list[_Candidate], once: set[tuple[str, str]]) -> None:
        key, here = self.parsed.address_keys[index], self.parsed.position(index)
        uscc = self._uscc(index)
        same_address = [c for c in candidates if c.address_key == key and (key or not here or not c.position)]
        if same_address:
            self._settle(index, self._narrow(same_address, uscc, here), BY_ADDRESS)
            return
        if uscc and (self.parsed.name_keys[index], uscc) in once:
            same_uscc = [c for c in candidates if c.uscc == uscc]
            if same_uscc:
                self._settle(index, self._narrow(same_uscc, uscc, here), BY_USCC)
                return
        near = [
            c
            for c in candidates
            if self._distance(c, here) <= NEAR_M and not (uscc and c.uscc and c.uscc != uscc)
        ]
        if near:
            self._settle(index, near, NEAR)

    def _narrow(self, candidates: list[_Candidate], uscc: str, here: Any) -> list[_Candidate]:
        """Fewer candidates by USCC, then by position, as far as that leaves any."""
        for test in (
            lambda c: bool(uscc) and c.uscc == uscc,
            lambda c: self._distance(c, here) <= NEAR_M,
            lambda c: c.id == c.root,
        ):
            if len({c.root for c in candidates}) > 1:
                candidates = [c for c in candidates if test(c)] or candidates
        return candidates

    def _settle(self, index: int, candidates: list[_Candidate], level: int) -> None:
        roots = sorted({candidate.root for candidate in candidates})
        if len(roots) == 1:
            self._take(index, candidates[0], level)
        else:
            self.found[index] = Found(level=level, several=roots)

    # --- helpers ----------------------------------------------------------------------------------
    def _take(self, index: int, candidate: _Candidate, level: int) -> None:
        merged = candidate.id if candidate.id != candidate.root else None
        self.found[index] = Found(candidate.root, level, stated_for=merged)

    def _alike(self, index: int, candidate: _Candidate) -> bool:
        mine, theirs = self.parsed.name_keys[index], name_key(candidate.name)
        return max(fuzz.ratio(mine, theirs), fuzz.partial_ratio(mine, theirs)) >= LEAST_LIKENESS

    def _uscc(self, index: int) -> str:
        column = self.parsed.values.get("uscc")
        return (column[index] or "") if column else ""

    def _distance(self, candidate: _Candidate, here: Any) -> float:
        if not here or not candidate.position:
            return float("inf")
        lng, lat = candidate.position
        return float(haversine_m(float(here[0]), float(here[1]), lng, lat))

    def _stated_once(self) -> set[tuple[str, str]]:
        """(name, USCC) that only one row states: shops of a chain share both."""
        counts: dict[tuple[str, str], int] = {}
        for index, key in enumerate(self.parsed.name_keys):
            if uscc := self._uscc(index):
                counts[key, uscc] = counts.get((key, uscc), 0) + 1
        return {pair for pair, count in counts.items() if count == 1}

    def _load_keys(self, rows: Iterable[int]) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS import_keys")
            cursor.execute(
                'CREATE TEMP TABLE import_keys (idx int, name_key text COLLATE "C",'
                ' address_key text COLLATE "C", uscc text, fingerprint text, lng float8, lat float8)'
                " ON COMMIT DROP"
            )
        parsed = self.parsed
        copy_rows(
            "import_keys",
            ("idx", "name_key", "address_key", "uscc", "fingerprint", "lng", "lat"),
            (
                (
                    index, parsed.name_keys[index], parsed.address_keys[index], self._uscc(index),
                    parsed.fingerprint(index), *(parsed.position(index) or (None, None)),
                )
                for index in rows
            ),
        )  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE import_keys")

    def _rows(self, statement: str) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(statement, [self.district.pk, self.object_class.pk])
            return list(cursor.fetchall())

    def _holders(self, stated: Sequence[tuple[int, str, str]]) -> dict[tuple[str, str], int]:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT i.scheme, i.value, i.object_id FROM {ObjectIdentifier._meta.db_table} i "  # noqa: S608
                "JOIN unnest(%s::text[], %s::text[]) AS s(scheme, value) USING (scheme, value) "
                "WHERE i.district_id = %s",
                [[row[1] for row in stated], [row[2] for row in stated], self.district.pk],
            )
            return {(scheme, value): object_id for scheme, value, object_id in cursor.fetchall()}

    def _name_of(self, object_id: int) -> str:
        return RegulatedObject.objects.values_list("name", flat=True).get(pk=object_id)

    def _objects(self, ids: set[int]) -> dict[int, _Candidate]:
        """Objects of this class and district by id, each with the one it was merged into."""
        if not ids:
            return {}
        with connection.cursor() as cursor:
            cursor.execute(
                f"""WITH RECURSIVE up AS (
                      SELECT id, id AS root, merged_into_id FROM {_OBJECT}
                      WHERE id = ANY(%s) AND district_id = %s AND object_class_id = %s
                      UNION ALL
                      SELECT up.id, o.id, o.merged_into_id
                      FROM up JOIN {_OBJECT} o ON o.id = up.merged_into_id)
                    SELECT up.id, up.root, o.name, o.address_key, o.uscc, o.position[0], o.position[1]
                    FROM up JOIN {_OBJECT} o ON o.id = up.id WHERE up.merged_into_id IS NULL""",  # noqa: S608
                [list(ids), self.district.pk, self.object_class.pk],
            )
            return {
                pk: _Candidate(pk, root, name, key, uscc, (lng, lat) if lng is not None else None)
                for pk, root, name, key, uscc, lng, lat in cursor.fetchall()
            }
