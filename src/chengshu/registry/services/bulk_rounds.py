"""Many results of a round at once (a round of the past): the same rules as for reports from the spot.

The caller vouches for what a phone would have proved: that the newly found objects are new, and that whoever
reported stood there.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import User
from chengshu.kernel import ledger
from chengshu.kernel.copying import copy_rows, json_text, new_ids
from chengshu.kernel.models import StoredFile
from chengshu.registry.models import ObjectClass, RegulatedObject, RoundItem, RoundResult, VerificationRound
from chengshu.registry.services.objects import Draft, mark_many, write_many
from chengshu.registry.services.round_reports import (
    Outcome,
    found_values,
    jsonable,
    provenance_of,
    require_outcome,
)
from chengshu.registry.services.rounds import (
    WORK,
    RoundProblem,
    chain,
    digest_of_lines,
    locked,
    mobile_squad,
    require,
    require_state,
)
from chengshu.registry.services.values import check_values

RESULT_COLUMNS = (
    "client_id", "item_id", "outcome", "values", "note", "photo_id", "position", "at", "by_id",
)  # fmt: skip


@dataclass(frozen=True)
class Seen:
    """What an officer found at an object of the list. ``values``: corrected fields."""

    object_id: int
    outcome: str
    at: datetime
    by: User
    values: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True)
class Found:
    """An object that the registry lacked; ``values`` with its position (WGS 84)."""

    values: Mapping[str, Any]
    photo: StoredFile
    at: datetime
    by: User


@dataclass(frozen=True)
class _Result:
    item: int
    object: int
    outcome: str
    values: dict[str, Any]
    note: str
    photo: int | None
    position: tuple[float, float] | None
    at: datetime
    by: User


@transaction.atomic
def keep_results(which: VerificationRound, seen: Sequence[Seen]) -> int:
    """Results of objects of the list that have none yet, all or none; how many were kept.

    Raises `RoundProblem`, `InvalidValues` and PermissionDenied as a single report does.
    """
    current = locked(which.pk, "report")
    ids = [one.object_id for one in seen]
    if len(set(ids)) != len(ids):
        raise RoundProblem(_("The same object stands twice in one change."))
    rows = current.items.filter(object__in=ids, outcome="").select_for_update(of=("self", "object"))
    items = {item.object_id: item for item in rows.select_related("object")}
    if len(items) != len(ids):
        raise RoundProblem(_("Some of the objects are not open in this round."))
    _require_reach(current, {(one.by, items[one.object_id].squad_id) for one in seen})
    # one class for all its objects: checking values reads its attributes
    classes = {one.pk: one for one in current.classes.prefetch_related("attributes")}
    drafts: dict[tuple[User, ObjectClass], list[Draft]] = defaultdict(list)
    marks: list[tuple[Draft, User]] = []
    results = []
    for one in seen:
        item, day = items[one.object_id], timezone.localdate(one.at)
        item.object.object_class = classes[item.object.object_class_id]
        _require_moment(current, one.at)
        require_outcome(item, one.outcome, one.values)
        corrected, written = found_values(item.object, one.outcome, one.values, day)
        if written:
            draft = Draft(written, provenance_of(current, one.at), item.object_id)
            if corrected:
                drafts[one.by, item.object.object_class].append(draft)
            else:
                marks.append((draft, one.by))
        results.append(
            _Result(item.pk, item.object_id, one.outcome, corrected, one.note, None, None, one.at, one.by)
        )
    for (by, object_class), changes in drafts.items():
        write_many(current.district, object_class, changes, by=by)
    if marks:
        mark_many(marks)
    _note_outcomes(results)
    _keep(current, results)
    return len(results)


@transaction.atomic
def keep_found(which: VerificationRound, object_class: ObjectClass, found: Sequence[Found]) -> list[int]:
    """Newly found objects of one class, all or none; their ids in the order given. Raises as above."""
    current = locked(which.pk, "report")
    require_state(current, "report")
    if not current.classes.filter(pk=object_class.pk).exists():
        raise RoundProblem(_("This class is not part of the round."))
    prefetch_related_objects([object_class], "attributes")
    created: dict[int, Found] = {}
    by_officer: dict[User, list[Found]] = defaultdict(list)
    for one in found:
        _require_moment(current, one.at)
        if not one.values.get("position"):
            raise RoundProblem(_("A newly found object needs a photo and a position."))
        by_officer[one.by].append(one)
    for by, several in by_officer.items():
        drafts = [_draft(current, object_class, one) for one in several]
        made = write_many(current.district, object_class, drafts, by=by).created
        created.update(zip(made, several, strict=True))
    squads = _places(current, created)
    _require_reach(current, {(one.by, squads[pk]) for pk, one in created.items()})
    numbers = new_ids(RoundItem, len(created))
    results = [
        _Result(number, pk, Outcome.ADDED.value, dict(one.values), "", one.photo.pk,
                one.values["position"], one.at, one.by)
        for number, (pk, one) in zip(numbers, created.items(), strict=True)
    ]  # fmt: skip
    copy_rows(
        RoundItem._meta.db_table,
        ("id", "round_id", "object_id", "squad_id", "assignee_id", "outcome", "done_at", "done_by_id"),
        (
            (one.item, current.pk, one.object, squads[one.object], one.by.pk, one.outcome, one.at, one.by.pk)
            for one in results
        ),
    )
    _keep(current, results)
    order = {id(one): pk for pk, one in created.items()}
    return [order[id(one)] for one in found]


def _draft(which: VerificationRound, object_class: ObjectClass, one: Found) -> Draft:
    values = check_values(object_class, {**one.values, "verified_on": timezone.localdate(one.at)})
    return Draft(values, provenance_of(which, one.at))


def _places(which: VerificationRound, created: Iterable[int]) -> dict[int, int | None]:
    """The squad of each new object; refused where one lies outside the area of the round."""
    towns = set(which.towns.values_list("pk", flat=True))
    mobile = mobile_squad(which.district)
    rows = RegulatedObject.objects.filter(pk__in=list(created)).values_list("pk", "squad", "town")
    squads = {}
    for pk, squad, town in rows:
        if town is None or (towns and town not in towns):
            raise RoundProblem(_("The position lies outside the area of the round."))
        squads[pk] = squad or (mobile.pk if mobile else None)
    return squads


def _require_reach(which: VerificationRound, wanted: set[tuple[User, int | None]]) -> None:
    for by, squad in wanted:
        require(by, WORK, which.district_id, squad)


def _require_moment(which: VerificationRound, at: datetime) -> None:
    if at > timezone.now():
        raise RoundProblem(_("The time lies in the future."))
    if which.opened_at and at < which.opened_at:
        raise RoundProblem(_("The time of the report lies before the round was opened."))


def _note_outcomes(results: Sequence[_Result]) -> None:
    """The outcome on the items, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {RoundItem._meta.db_table} AS i "  # noqa: S608 - a name of this code
            "SET outcome = n.outcome, done_at = n.at, done_by_id = n.by FROM unnest("
            "%s::bigint[], %s::text[], %s::timestamptz[], %s::bigint[]) AS n(id, outcome, at, by) "
            "WHERE i.id = n.id",
            [
                [one.item for one in results],
                [str(one.outcome) for one in results],
                [one.at for one in results],
                [one.by.pk for one in results],
            ],
        )


def _keep(which: VerificationRound, results: Sequence[_Result]) -> None:
    """The results themselves, and one entry in the ledger that proves them all."""
    rows = [(str(uuid.uuid4()), one) for one in results]
    copy_rows(
        RoundResult._meta.db_table,
        [f'"{column}"' for column in RESULT_COLUMNS],
        (
            (
                client_id, one.item, one.outcome, json_text(jsonable(one.values)), one.note[:500],
                one.photo, f"({one.position[0]!r},{one.position[1]!r})" if one.position else None,
                one.at, one.by.pk,
            )
            for client_id, one in rows
        ),
    )  # fmt: skip
    lines = (
        f"{client_id}:{one.item}:{one.object}:{one.outcome}:{one.at.isoformat()}:{one.by.username}"
        for client_id, one in rows
    )
    payload = {"results": len(rows), "sha256": digest_of_lines(lines)}
    ledger.append(chain(which.pk), "results", payload, actor="system")
