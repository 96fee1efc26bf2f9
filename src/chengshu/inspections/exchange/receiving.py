"""Taking tasks of the city's system in: all of a file or nothing, the same again changes nothing."""

from __future__ import annotations

import hashlib
import io
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, BinaryIO, Literal

import orjson
from django.db import transaction
from django.utils.translation import gettext as _
from pydantic import ValidationError

from chengshu.bureau.models import Certificate, District, User
from chengshu.inspections.lifecycle import Kind
from chengshu.inspections.models import (
    AnnualPlan,
    CityTask,
    CityTaskObject,
    Inspection,
    InspectionItem,
    InspectionTask,
)
from chengshu.inspections.services.arranging import arrange, checked_officers
from chengshu.inspections.services.base import InspectionProblem, require
from chengshu.inspections.services.planning import QUARTERS, TaskDraft, create_task
from chengshu.kernel import ledger
from chengshu.registry.derive import address_key, name_key
from chengshu.registry.models import ObjectClass, RegulatedObject

from .schema import TASKS_MOST, CityTaskIn, DrawnObjectIn
from .table import COLUMNS, LIMITS, ExchangeProblem, Stated, read_tasks

PERMISSION = "inspections.plan"
NAMESPACE = uuid.UUID("6f1f6d2a-6f0e-5b0c-9a53-0d2a3f6f7a11")
"""Names the inspections of objects that the city drew, so that none is arranged twice."""


class CityTaskProblem(Exception):
    """A task cannot be taken: sentences with the number of the object (None: the task itself).

    ``conflict``: the number is known with other particulars.
    """

    def __init__(self, faults: Sequence[tuple[int | None, str]], *, conflict: bool = False) -> None:
        super().__init__(" ".join(text for _n, text in faults))
        self.faults = list(faults)
        self.conflict = conflict


@dataclass(frozen=True)
class Line:
    """What becomes of a task of the file; ``faults``: (row, sentence)."""

    row: int
    number: str
    title: str
    outcome: Literal["new", "same", "rejected"]
    objects: int = 0
    city_task: int | None = None
    faults: tuple[tuple[int, str], ...] = ()


@dataclass
class Received:
    """A file, decided task by task. ``written``: whether anything was kept."""

    sha256: str
    lines: list[Line] = field(default_factory=list)
    written: bool = False

    @property
    def faulty(self) -> bool:
        """Whether nothing can be taken because something is wrong."""
        return any(line.outcome == "rejected" for line in self.lines)

    def count(self, outcome: str) -> int:
        """How many tasks have the outcome."""
        return sum(line.outcome == outcome for line in self.lines)

    @property
    def new(self) -> int:
        """Tasks that are new."""
        return self.count("new")

    @property
    def same(self) -> int:
        """Tasks that are known already, unchanged."""
        return self.count("same")

    @property
    def rejected(self) -> int:
        """Tasks with something wrong."""
        return self.count("rejected")


class _Undo(Exception):
    """Ends the transaction of a trial."""


def read_file(source: BinaryIO, filename: str) -> tuple[list[Stated], str]:
    """The tasks a file states and its SHA-256; JSON by its first character. Raises `ExchangeProblem`."""
    content = source.read(LIMITS.max_bytes + 1)
    if len(content) > LIMITS.max_bytes:
        limit = LIMITS.max_bytes >> 20
        raise ExchangeProblem(_("The file is larger than %(limit)s MB.") % {"limit": limit})
    digest = hashlib.sha256(content).hexdigest()
    if content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        return _json_tasks(content.removeprefix(b"\xef\xbb\xbf")), digest
    return read_tasks(io.BytesIO(content), filename), digest


def _json_tasks(content: bytes) -> list[Stated]:
    try:
        data = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise ExchangeProblem(_("The file is not valid JSON: %(why)s") % {"why": error}) from error
    tasks = data.get("tasks") if isinstance(data, dict) and set(data) == {"tasks"} else None
    if not isinstance(tasks, list) or not tasks or not all(isinstance(task, dict) for task in tasks):
        raise ExchangeProblem(_("The file needs exactly one list “tasks” with a task at least."))
    return [Stated(n, task, object_rows=[n] * len(_objects(task))) for n, task in enumerate(tasks, start=1)]


def _objects(task: Mapping[str, Any]) -> list[Any]:
    drawn = task.get("drawn")
    found = drawn.get("objects") if isinstance(drawn, dict) else None
    return found if isinstance(found, list) else []


def check_file(source: BinaryIO, filename: str, district: District, *, by: User) -> Received:
    """What would become of every task of the file; writes nothing. Raises `ExchangeProblem`."""
    return _take(source, filename, district, by=by, trial=True)


def receive_file(source: BinaryIO, filename: str, district: District, *, by: User) -> Received:
    """Take all tasks of the file, or none where one is faulty (``written`` says which).

    Raises `ExchangeProblem` for what is no such file; PermissionDenied.
    """
    return _take(source, filename, district, by=by, trial=False)


def _take(source: BinaryIO, filename: str, district: District, *, by: User, trial: bool) -> Received:
    require(by, PERMISSION, district_id=district.pk)
    stated, digest = read_file(source, filename)
    if len(stated) > TASKS_MOST:
        raise ExchangeProblem(_("More than %(n)d tasks: split the file.") % {"n": TASKS_MOST})
    received = Received(digest)
    try:
        with transaction.atomic():
            for task in stated:
                received.lines.append(_line(task, district, by, digest, received.lines))
            if trial or received.faulty:
                raise _Undo
            if received.new:
                payload = {"sha256": digest, "tasks": received.new, "known": received.same}
                ledger.append(chain(district), "tasks.received", payload, actor=by.username)
    except _Undo:
        return received
    received.written = received.new > 0
    return received


def chain(district: District) -> str:
    """The ledger's chain of what is exchanged with the city's system."""
    return f"inspections.exchange:{district.code}"


def _line(task: Stated, district: District, by: User, digest: str, before: Sequence[Line]) -> Line:
    raw = {key: value for key, value in task.raw.items() if key != "_cells"}
    number, title = str(raw.get("number", ""))[:100], str(raw.get("title", ""))[:160]
    faults = list(task.problems)
    if number and any(line.number == number for line in before):
        faults.append((task.row, _("The number of the task is there twice.")))
    if not faults:
        try:
            read = CityTaskIn.model_validate(raw)
            with transaction.atomic():
                made, created = receive(read, district, by=by, file_sha256=digest)
            outcome: Literal["new", "same"] = "new" if created else "same"
            return Line(task.row, number, title, outcome, len(_objects(raw)), made.pk)
        except ValidationError as error:
            faults += [
                (_row(task, fault["loc"]), _sentence(fault, in_table="_cells" in task.raw))
                for fault in error.errors()
            ]
        except CityTaskProblem as problem:
            rows = task.object_rows
            faults += [
                (task.row if n is None or n >= len(rows) else rows[n], text) for n, text in problem.faults
            ]
    return Line(task.row, number, title, "rejected", len(_objects(raw)), None, tuple(faults))


def _row(task: Stated, place: Sequence[int | str]) -> int:
    if tuple(place[:2]) == ("drawn", "objects") and len(place) > 2:
        at = int(place[2])
        return task.object_rows[at] if at < len(task.object_rows) else task.row
    return task.row


def _sentence(fault: Any, *, in_table: bool) -> str:
    """What is wrong with a field, which is named as the file names it."""
    names = [str(part) for part in fault["loc"] if not isinstance(part, int)]
    where = ".".join(names) or _("task")
    if in_table and names:
        key = {"per_mille": "shares", "reference": "draw_ref", "objects": "name"}.get(names[-1], names[-1])
        where = next((column.name for column in COLUMNS if column.key == key), where)
    text = _("“%(field)s”: %(why)s.")
    return text % {"field": where, "why": _why(fault["type"])}


def _why(kind: str) -> str:
    """What pydantic says of a value, in our words."""
    if kind in ("missing", "string_too_short", "too_short"):
        return _("is missing")
    if kind in ("string_too_long", "too_long"):
        return _("is too long")
    if kind.startswith("int_"):
        return _("is not a whole number")
    if kind.startswith(("greater_than", "less_than", "calendar")):
        return _("lies outside of what is possible")
    if kind.startswith("date_"):
        return _("is not a date such as 2020-07-06")
    known = {
        "extra_forbidden": _("is not a field of a task"),
        "city_object_named": _("needs a USCC, or a name and an address"),
        "city_task_way": _("number, share and objects drawn by the city exclude each other"),
    }
    return known.get(kind) or _("cannot be read")


@transaction.atomic
def receive(
    stated: CityTaskIn, district: District, *, by: User, file_sha256: str = ""
) -> tuple[CityTask, bool]:
    """Take one task in; returns it and whether it is new. Raises `CityTaskProblem`, PermissionDenied.

    A task to be drawn here becomes a planned task. What the city drew becomes special inspections: with the
    officers the city drew, or waiting for somebody who assigns.
    """
    require(by, PERMISSION, district_id=district.pk)
    District.objects.select_for_update().only("pk").get(pk=district.pk)  # the same number at once
    known = CityTask.objects.filter(district=district, source_ref=stated.number).first()
    if known is not None:
        if known.digest == stated.digest():
            return known, False
        raise CityTaskProblem(
            [
                (
                    None,
                    _("This number came with other particulars before; a task is not changed by an import."),
                )
            ],
            conflict=True,
        )
    if InspectionTask.objects.filter(district=district, source_ref=stated.number).exists():
        raise CityTaskProblem([(None, _("A task with this number was entered here by hand."))], conflict=True)
    try:
        made = _drawn_by_city(stated, district, by, file_sha256) if stated.drawn else None
        return made or _to_draw(stated, district, by, file_sha256), True
    except InspectionProblem as problem:
        raise CityTaskProblem([(None, str(problem))]) from problem


def _to_draw(stated: CityTaskIn, district: District, by: User, file_sha256: str) -> CityTask:
    item = _item(stated, district)
    plan = AnnualPlan.objects.filter(
        district=district, year=stated.year, state=AnnualPlan.State.APPROVED
    ).first()
    rules = dict(plan.rules) if plan else {}
    if stated.count is not None:
        rules |= {"number": stated.count, "per_mille": {}}
    elif stated.per_mille is not None:
        rules |= {"number": None, "per_mille": stated.per_mille.rules()}
    draft = TaskDraft(
        title=stated.title,
        item=item.code,
        year=stated.year,
        quarter=stated.quarter,
        rules=rules,
        object_classes=_classes(stated, district),
        starts_on=stated.starts_on,
        due_on=stated.due_on,
        origin=InspectionTask.Origin.CITY,
        source_ref=stated.number,
    )
    task = create_task(district, draft, by=by)
    return _keep(stated, district, by, file_sha256, item=item, task=task)


def _item(stated: CityTaskIn, district: District) -> InspectionItem:
    active = InspectionItem.objects.filter(district=district, active=True)
    found = active.filter(code=stated.item).first() or active.filter(title=stated.item).first()
    if found is None:
        raise InspectionProblem(_("There is no such item in the list of items."), "item")
    return found


def _classes(stated: CityTaskIn, district: District) -> list[str]:
    rows = ObjectClass.objects.filter(district=district)
    names = {name: row.code for row in rows for name in (row.label_en, row.label_zh, row.code) if name}
    unknown = [name for name in stated.classes if name not in names]
    if unknown:
        text = _("There is no class of objects “%(name)s”.")
        raise InspectionProblem(text % {"name": unknown[0]}, "classes")
    return list(dict.fromkeys(names[name] for name in stated.classes))


def _keep(stated: CityTaskIn, district: District, by: User, file_sha256: str, **values: Any) -> CityTask:
    first, last = (date(stated.year, *day) for day in QUARTERS[stated.quarter])
    made = CityTask.objects.create(
        district=district,
        source_ref=stated.number,
        title=stated.title,
        year=stated.year,
        quarter=stated.quarter,
        starts_on=stated.starts_on or first,
        due_on=stated.due_on or last,
        content=stated.content(),
        digest=stated.digest(),
        file_sha256=file_sha256,
        received_by=by,
        **values,
    )
    payload = {"number": made.source_ref, "digest": made.digest, "draw": made.draw_ref}
    ledger.append(chain(district), "task.received", payload, actor=by.username)
    return made


def _drawn_by_city(stated: CityTaskIn, district: District, by: User, file_sha256: str) -> CityTask:
    assert stated.drawn is not None  # noqa: S101 - the caller has looked
    item = _item(stated, district)
    classes = _classes(stated, district) or list(item.object_classes)
    if outside := set(classes) - set(item.object_classes):
        text = _("The item does not cover the class %(code)s.")
        raise InspectionProblem(text % {"code": sorted(outside)[0]}, "classes")
    made = _keep(stated, district, by, file_sha256, item=item, draw_ref=stated.drawn.reference)
    if made.due_on < made.starts_on:
        raise InspectionProblem(_("The task ends before it begins."), "due_on")
    faults: list[tuple[int | None, str]] = []
    seen: set[int] = set()
    for n, one in enumerate(stated.drawn.objects):
        try:
            target = _object(one, district, classes)
            if target.pk in seen:
                raise InspectionProblem(_("The object is there twice."))
            seen.add(target.pk)
            _arrange_drawn(made, target, one)
        except InspectionProblem as problem:
            faults.append((n, str(problem)))
    if faults:
        raise CityTaskProblem(faults)
    return made


def _arrange_drawn(made: CityTask, target: RegulatedObject, one: DrawnObjectIn) -> None:
    numbers = list(dict.fromkeys(one.officers))
    waiting = CityTaskObject.objects.create(city_task=made, object=target, certificates=numbers)
    if numbers:
        officers = _officers(numbers, made)
        waiting.inspection = _special(waiting, officers, by=None)
        waiting.save(update_fields=["inspection"])


def _officers(numbers: Sequence[str], made: CityTask) -> list[User]:
    held = Certificate.objects.filter(number__in=numbers, user__unit__district=made.district_id)
    found = {row.number: row.user for row in held.select_related("user")}
    unknown = [number for number in numbers if number not in found]
    if unknown:
        text = _("No officer of the bureau holds the certificate %(number)s.")
        raise InspectionProblem(text % {"number": unknown[0]})
    officers = [found[number] for number in numbers]
    checked_officers(officers, district_id=made.district_id, on=made.due_on)
    return officers


def _object(one: DrawnObjectIn, district: District, classes: Sequence[str]) -> RegulatedObject:
    live = RegulatedObject.objects.live().filter(district=district).select_related("object_class")
    if one.uscc:
        found = list(live.filter(uscc=one.uscc.upper(), object_class__code__in=classes)[:20])
        if one.name and len(found) > 1:
            found = [row for row in found if row.name_key == name_key(one.name)] or found
    else:
        keys = {"name_key": name_key(one.name), "address_key": address_key(one.address)}
        found = list(live.filter(**keys, object_class__code__in=classes)[:2])
    shown = one.uscc or f"{one.name}, {one.address}"
    if not found:
        text = _("The registry has no object “%(object)s” of these classes. Enter it there first.")
        raise InspectionProblem(text % {"object": shown})
    if len(found) > 1:
        text = _(
            "The registry has several objects “%(object)s”. State name and address, or settle them there."
        )
        raise InspectionProblem(text % {"object": shown})
    return found[0]


def _special(waiting: CityTaskObject, officers: Sequence[User], *, by: User | None) -> Inspection:
    city = waiting.city_task
    reason = _("City task %(number)s, drawn by the city under %(draw)s: %(title)s") % {
        "number": city.source_ref,
        "draw": city.draw_ref,
        "title": city.title,
    }
    return arrange(
        waiting.object,
        Kind.SPECIAL,
        officers,
        by=by,
        reason=reason[:300],
        starts_on=city.starts_on,
        due_on=city.due_on,
        client_id=uuid.uuid5(NAMESPACE, f"{city.district_id}/{city.source_ref}/{waiting.object_id}"),
    )


@transaction.atomic
def arrange_waiting(waiting: CityTaskObject, officers: Sequence[User], *, by: User) -> Inspection:
    """Give an object that the city drew to two officers or more; once only.

    Raises `InspectionProblem`; PermissionDenied for whoever may not assign in the object's squad.
    """
    current = (
        CityTaskObject.objects.select_for_update(of=("self",))
        .select_related("city_task", "object", "object__object_class", "inspection")
        .get(pk=waiting.pk)
    )
    if current.inspection is not None:
        return current.inspection
    current.inspection = _special(current, officers, by=by)
    current.save(update_fields=["inspection"])
    return current.inspection
