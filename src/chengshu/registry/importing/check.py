"""What an import would do to each row: new, changed, unchanged, to be settled, refused."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from chengshu.kernel.copying import copy_rows, json_text
from chengshu.kernel.tables import ROW
from chengshu.registry.models import (
    Conflict,
    FactRecord,
    ImportBatch,
    ImportRow,
    ObjectIdentifier,
    Permit,
    RegulatedObject,
)
from chengshu.registry.services.objects import PLAIN_FIELDS
from chengshu.registry.services.values import ATTRIBUTE, IDENTIFIER, definitions_of

from .match import BY_ADDRESS, BY_IDENTIFIER, Found, Matcher, same_position
from .parse import Parsed, parse
from .places import Places
from .progress import Steps
from .reasons import CONFLICTS, REJECTS, Reason

Outcome = ImportRow.Outcome
CHUNK = 5_000


@dataclass
class Decision:
    """What happens to one row."""

    outcome: str
    object_id: int | None = None
    conflict_id: int | None = None
    changes: dict[str, list[Any]] = field(default_factory=dict)


def check_rows(batch: ImportBatch, frame: Any, steps: Steps) -> dict[str, Any]:
    """Decide on every row and write `ImportRow`s in the caller's transaction; outcome → number of rows."""
    steps.say(Steps.READING)
    parsed = parse(frame, batch.mapping, batch.crs, batch.object_class)
    checker = Checker(batch, parsed)
    checker.prepare(steps)
    ImportRow.objects.filter(batch=batch).delete()
    counts: dict[str, int] = dict.fromkeys(Outcome.values, 0)
    for start in range(0, len(parsed), CHUNK):
        rows = range(start, min(start + CHUNK, len(parsed)))
        decisions = checker.decide(rows)
        for decision in decisions:
            counts[decision.outcome] += 1
        _write(batch, checker, rows, decisions)
        steps.advance(len(rows))
    remarked = sum(_has_remark(reasons) for reasons in parsed.reasons.values())
    return {**counts, "rows": len(parsed), "remarks": remarked, "marker": state_marker()}


def _has_remark(reasons: Sequence[Reason]) -> bool:
    return any(reason["code"] in ("unreadable_value", "permit_unreadable") for reason in reasons)


class Checker:
    """Looks at one parsed list; decisions come in chunks."""

    def __init__(self, batch: ImportBatch, parsed: Parsed) -> None:
        self.batch = batch
        self.parsed = parsed
        self.required = [
            ATTRIBUTE + item.key for item in definitions_of(batch.object_class).values() if item.required
        ]
        self.repeats: set[int] = set()
        self.keys: list[str] = []
        self.conflicts: dict[str, Conflict] = {}
        self.found: dict[int, Found] = {}
        self.settled: set[int] = set()

    def prepare(self, steps: Steps) -> None:
        """All that needs the whole list: doubles within it, positions, earlier decisions, matches."""
        parsed = self.parsed
        usable = [index for index in range(len(parsed)) if not self._has(index, REJECTS)]
        self._find_repeats(usable)
        places = Places(self.batch.district, parsed)
        for index in usable:
            if index not in self.repeats:
                places.judge(index)
        steps.say(Steps.MATCHING)
        self.keys = conflict_keys(self.batch.object_class.code, parsed)
        self.conflicts = self._known_conflicts()
        rows = [index for index in usable if index not in self.repeats]
        settled = {index: conflict.object_id for index in rows if (conflict := self._answer(index))}
        self.settled = {index for index, object_id in settled.items() if object_id}
        matcher = Matcher(self.batch.district, self.batch.object_class, parsed)
        self.found = matcher.run(rows, {index: number for index, number in settled.items() if number})
        self._note_matches(rows)

    # --- the whole list ---------------------------------------------------------------------------
    def _find_repeats(self, rows: Sequence[int]) -> None:
        """The first of several rows for one thing counts; the same again is skipped, other values asked."""
        first: dict[tuple[str, ...], int] = {}
        parsed = self.parsed
        identifiers = [name for name in parsed.values if name.startswith((IDENTIFIER, "object_id"))]
        for index in rows:
            keys: list[tuple[str, ...]] = [
                (name, str(parsed.values[name][index]))
                for name in identifiers
                if parsed.values[name][index] is not None
            ]
            if parsed.address_keys[index] and parsed.name_keys[index]:
                keys.append(("", parsed.name_keys[index], parsed.address_keys[index]))
            before = next((first[key] for key in keys if key in first), None)
            if before is None:
                first.update(dict.fromkeys(keys, index))
            elif parsed.fingerprint(before) == parsed.fingerprint(index) and same_position(
                parsed.position(before), parsed.position(index)
            ):
                parsed.remark(index, "repeats_row", row=parsed.rows[before])
                self.repeats.add(index)
            else:
                parsed.remark(index, "duplicate_in_file", row=parsed.rows[before])

    def _known_conflicts(self) -> dict[str, Conflict]:
        keys = [key for index, key in enumerate(self.keys) if index not in self.repeats]
        found = Conflict.objects.filter(district=self.batch.district, object_class=self.batch.object_class)
        return {conflict.key: conflict for conflict in found.filter(key__in=keys)}

    def _answer(self, index: int) -> Conflict | None:
        """An earlier decision that answers everything this row is doubted for now."""
        conflict = self.conflicts.get(self.keys[index])
        if conflict is None or conflict.state in (Conflict.State.OPEN, Conflict.State.SUPERSEDED):
            return None
        answered = {reason["code"] for reason in conflict.reasons}
        return conflict if self._codes(index) & CONFLICTS <= answered else None

    def _note_matches(self, rows: Sequence[int]) -> None:
        """Turn uncertain matches into reasons; let the surest row have an object that several claim."""
        claims: dict[int, int] = {}
        for index in sorted(self.found, key=lambda i: (self.found[i].level, i)):
            found = self.found[index]
            if found.several or found.object_id is None:
                self._note_uncertain(index, found)
                continue
            holder = claims.setdefault(found.object_id, index)
            if holder == index:
                continue
            if found.level > BY_ADDRESS:
                del self.found[index]
            elif not self._has(index, {"duplicate_in_file"}):
                self.parsed.remark(index, "same_object_as_row", row=self.parsed.rows[holder])

    def _note_uncertain(self, index: int, found: Found) -> None:
        if found.object_id is None and not found.several:
            self.parsed.remark(index, "file_number_unknown", value=found.value)
        elif found.other_name:
            code = (
                "identifier_taken"
                if found.level == BY_IDENTIFIER and found.object_id
                else "identifier_name_differs"
            )
            self.parsed.remark(
                index, code, value=found.value, name=found.other_name, candidates=found.several
            )
        else:
            self.parsed.remark(
                index, "ambiguous_match", count=len(found.several), candidates=found.several[:20]
            )

    # --- chunk by chunk ---------------------------------------------------------------------------
    def decide(self, rows: Sequence[int]) -> list[Decision]:
        """A decision for each of the rows."""
        objects = self._current(
            [found.object_id for i in rows if (found := self.found.get(i)) and found.object_id]
        )
        decisions: list[Decision] = []
        differing: dict[int, dict[str, list[Any]]] = {}
        for index in rows:
            decision = self._first_decision(index)
            if decision.outcome == Outcome.UPDATE and decision.object_id is not None:
                before = objects[decision.object_id]
                changes = _differences(before, self.parsed.understood(index))
                decision.changes = changes
                if changes:
                    differing[index] = changes
                else:
                    decision.outcome = Outcome.UNCHANGED
            decisions.append(decision)
        self._keep_newer_facts(differing, {index: decisions[index - rows[0]] for index in differing})
        return decisions

    def _first_decision(self, index: int) -> Decision:
        found = self.found.get(index)
        object_id = found.object_id if found else None
        if self._has(index, REJECTS):
            return Decision(Outcome.REJECT)
        if index in self.repeats:
            return Decision(Outcome.UNCHANGED)
        conflict = self.conflicts.get(self.keys[index])
        doubts = self._codes(index) & CONFLICTS
        if doubts and (answer := self._answer(index)):
            if answer.object_id is None:
                self.parsed.remark(index, "dismissed_before")
                return Decision(Outcome.UNCHANGED, conflict_id=answer.pk)
            self.parsed.remark(index, "settled_before")
            return Decision(Outcome.UPDATE, object_id, answer.pk)
        if doubts:
            if conflict and conflict.state == Conflict.State.OPEN:
                self.parsed.remark(index, "known_conflict")
            return Decision(Outcome.CONFLICT, object_id, conflict.pk if conflict else None)
        if object_id is not None:
            return Decision(Outcome.UPDATE, object_id, conflict.pk if conflict else None)
        missing = [name for name in self.required if self._value(name, index) is None]
        for name in missing:
            self.parsed.remark(index, "required_missing", field=name)
        return Decision(
            Outcome.REJECT if missing else Outcome.CREATE, conflict_id=conflict.pk if conflict else None
        )

    def _keep_newer_facts(
        self, differing: dict[int, dict[str, list[Any]]], decisions: dict[int, Decision]
    ) -> None:
        """Leave out what this source has said before, or what is known from a later day."""
        ids: set[int] = set()
        for index in differing:
            found = self.found[index]
            ids |= {i for i in (found.object_id, found.stated_for) if i}
        facts = facts_of(ids, self.batch.source_label)
        for index, changes in differing.items():
            found, decision = self.found[index], decisions[index]
            own = facts.get(found.object_id or 0, _Facts())
            merged = facts.get(found.stated_for or 0, _Facts())
            said: list[str] = []
            older: list[str] = []
            for name, (_before, after) in list(changes.items()):
                stated = {**merged.stated, **own.stated}
                if name in stated and same_stated(name, stated[name], after):
                    said.append(name)
                elif (day := own.newest.get(name)) and day > self.batch.observed_on:
                    older.append(name)
            for code, names in (("stated_before", said), ("older_than_known", older)):
                if names:
                    self.parsed.remark(index, code, fields=names)
                    for name in names:
                        del changes[name]
            if not changes:
                decision.outcome = Outcome.UNCHANGED

    def _current(self, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
        """The objects' values as they stand, with identifiers and permits."""
        wanted = sorted(set(ids))
        stored: dict[int, dict[str, Any]] = {}
        rows = RegulatedObject.objects.filter(pk__in=wanted)
        for object_id, attributes, *plain in rows.values_list("id", "attributes", *PLAIN_FIELDS):
            values = dict(zip(PLAIN_FIELDS, plain, strict=True))
            values |= {ATTRIBUTE + key: value for key, value in attributes.items()}
            values["verified_on"] = values["verified_on"] and values["verified_on"].isoformat()
            values["permits"] = []
            stored[object_id] = values
        if any(name.startswith(IDENTIFIER) for name in self.parsed.values):
            for item in ObjectIdentifier.objects.filter(object_id__in=wanted):
                stored[item.object_id][IDENTIFIER + item.scheme] = item.value
        if "permits" in self.parsed.values:
            for permit in Permit.objects.filter(object_id__in=wanted):
                stored[permit.object_id]["permits"].append(permit_values(permit))
        return stored

    # --- small things -----------------------------------------------------------------------------
    def _codes(self, index: int) -> set[str]:
        return {reason["code"] for reason in self.parsed.reasons.get(index, ())}

    def _has(self, index: int, codes: Any) -> bool:
        return any(reason["code"] in codes for reason in self.parsed.reasons.get(index, ()))

    def _value(self, name: str, index: int) -> Any:
        column = self.parsed.values.get(name)
        return column[index] if column else None


@dataclass
class _Facts:
    """What is on record about one object's fields."""

    stated: dict[str, Any] = field(default_factory=dict)
    """field → what the same source stated last"""
    newest: dict[str, Any] = field(default_factory=dict)
    """field → the latest day any source speaks of"""


def facts_of(ids: set[int], label: str) -> dict[int, _Facts]:
    """The facts of objects, summed up for a list from the source ``label``."""
    facts: dict[int, _Facts] = {}
    records = FactRecord.objects.filter(object_id__in=sorted(ids)).order_by("id")
    for record in records.values_list("object_id", "source", "source_label", "observed_on", "values"):
        object_id, source, source_label, day, values = record
        known = facts.setdefault(object_id, _Facts())
        for name, value in values.items():
            if source == FactRecord.Source.IMPORT and source_label == label:
                known.stated[name] = value
            if name not in known.newest or day >= known.newest[name]:
                known.newest[name] = day
    return facts


def same_stated(name: str, before: Any, after: Any) -> bool:
    """Whether two values of a field say the same; positions within the tolerance, permits if none is new."""
    if name == "position":
        return same_position(before, after)
    if name == "permits":
        known = [tuple(sorted(permit.items())) for permit in before or []]
        return all(tuple(sorted(permit.items())) in known for permit in after or [])
    if before in (None, "", []) and after in (None, "", []):
        return True
    return bool(before == after)


def _differences(before: dict[str, Any], stated: dict[str, Any]) -> dict[str, list[Any]]:
    return {
        name: [list(old) if isinstance(old := before.get(name), tuple) else old, value]
        for name, value in stated.items()
        if not same_stated(name, before.get(name), value)
    }


def permit_values(permit: Permit) -> dict[str, Any]:
    """A stored permit as drafts have it."""
    return {
        "kind": permit.kind,
        "number": permit.number,
        "issuer": permit.issuer,
        "valid_from": permit.valid_from.isoformat() if permit.valid_from else None,
        "valid_to": permit.valid_to.isoformat() if permit.valid_to else None,
    }


def conflict_keys(class_code: str, parsed: Parsed) -> list[str]:
    """One key per row that stays the same when the list comes again: class, name, address.

    A further row of the same name and address is told apart by what it states.
    """
    seen: dict[str, int] = {}
    keys = []
    for index in range(len(parsed)):
        base = f"{class_code}|{parsed.name_keys[index]}|{parsed.address_keys[index]}"
        if seen.setdefault(base, index) != index:
            base = f"{base}|{parsed.fingerprint(index)}"
            count = seen[base] = seen.get(base, 0) + 1
            base = f"{base}|{count}"
        keys.append(hashlib.sha256(base.encode()).hexdigest())
    return keys


# --- writing --------------------------------------------------------------------------------------
def _write(batch: ImportBatch, checker: Checker, rows: Sequence[int], decisions: Sequence[Decision]) -> None:
    copy_rows(
        ImportRow._meta.db_table,
        (
            "batch_id",
            '"row"',
            "outcome",
            "reasons",
            "raw",
            '"values"',
            "changes",
            "object_id",
            "conflict_id",
            '"key"',
        ),
        _copied(batch, checker, rows, decisions),
    )


def _copied(
    batch: ImportBatch, checker: Checker, rows: Sequence[int], decisions: Sequence[Decision]
) -> Iterator[list[Any]]:
    parsed = checker.parsed
    part = parsed.frame.slice(rows[0], len(rows)).drop(ROW)
    names = part.columns
    for index, decision, cells in zip(rows, decisions, part.iter_rows(), strict=True):
        raw = {name: cell for name, cell in zip(names, cells, strict=True) if cell is not None}
        yield [
            batch.pk,
            parsed.rows[index],
            decision.outcome,
            json_text(parsed.reasons.get(index, [])),
            json_text(raw),
            json_text(parsed.understood(index)),
            json_text(decision.changes),
            decision.object_id,
            decision.conflict_id,
            checker.keys[index],
        ]


def state_marker() -> str:
    """Changes whenever something changes that a check depends on: facts, decisions, boundaries, classes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT concat_ws(' ', (SELECT max(id) FROM registry_factrecord),"
            " (SELECT max(id) FROM registry_conflict), (SELECT max(decided_at) FROM registry_conflict),"
            " (SELECT string_agg(version::text, ',' ORDER BY id) FROM bureau_district),"
            " (SELECT md5(string_agg(a::text, '|' ORDER BY a.id)) FROM registry_attributedefinition a))"
        )
        return str(cursor.fetchone()[0])
