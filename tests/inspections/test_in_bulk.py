"""Inspections made at once (`services.bulk`) leave the same records as those made one by one."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.utils import timezone

from chengshu.bureau.models import User
from chengshu.inspections.lifecycle import Action, Kind, State, TaskState, Withdrawal
from chengshu.inspections.models import (
    Draw,
    Inspection,
    InspectionDisclosure,
    InspectionReport,
    InspectionStep,
    InspectionTask,
)
from chengshu.inspections.services import arranging, bulk, drawing, inspecting, publishing, teams
from chengshu.inspections.services.base import InspectionProblem
from chengshu.inspections.services.inspecting import Photo, report_digest
from chengshu.kernel import draw as lot
from chengshu.kernel import ledger
from chengshu.kernel.models import LedgerEntry, NumberSeries
from chengshu.leads.models import Lead
from tests.inspections.conftest import Checks, picture
from tests.inspections.verbs.states import record

pytestmark = pytest.mark.django_db
Way = Callable[[], Any]
OWN = {"id", "pk", "inspection", "draw", "lead", "recorded_at", "created_at", "digest", "pgh_id", "pgh_obj"}
OWN |= {"pgh_created_at", "pgh_context", "follows", "proof", "candidates", "officers", "signature", "file"}
"""Keys of rows and when the row was written: these differ between any two ways."""
MORE = {"number": 9, "strata": ["class"], "recent_days": 0}


def secrets() -> Callable[[], bytes]:
    """The same secrets in the same order, where a draw takes new ones."""
    turns = count(1)
    return lambda: hashlib.sha256(b"%d" % next(turns)).digest()


def officers_of(one: Inspection) -> list[User]:
    """The team as it is now."""
    people = User.objects.with_roles().in_bulk(teams.own_officers(one))
    return [people[pk] for pk in teams.own_officers(one)]


def signed(one: Inspection, number: int, **stated: Any) -> inspecting.Report:
    """A record that the party signed, with an id of its own."""
    given = {"signing": "signed", "party_name": "王某", "unsigned_because": "", "signature": picture("blue")}
    return record(one, client_id=uuid.UUID(int=number), **{**given, **stated})


def whole_way(checks: Checks, task: InspectionTask, now: datetime) -> None:
    """A task from its draw to its last inspection with everything that may happen on the way."""
    made = checks.drawn(task, at=now - timedelta(days=20))
    at = now - timedelta(days=19)
    follower = drawing.withdraw(made[0], Withdrawal.CLOSED, by=checks.supervisor, note="已关店", at=at)
    leaving = officers_of(made[1])[0]
    changed = drawing.withdraw(
        made[1], Withdrawal.UNAVAILABLE, officer=leaving, by=checks.supervisor, note="病假", at=at
    )
    assert follower is not None and changed is not None
    rows = [*made[1:], follower]
    photo = [Photo(picture(), "店招.png", "1", at)]
    for number, one in enumerate(rows):
        by, at = officers_of(one)[0], at + timedelta(hours=3)
        current = inspecting.start(one, by=by, at=at, client_id=uuid.UUID(int=900 + number))
        inspecting.start(one, by=by, at=at, client_id=uuid.UUID(int=900 + number))  # a retry
        found: dict[str, Any] = {}
        if number in (1, 2, 3):
            found = {"result": 5, "problems": ("1",)}
            found |= {"corrected": True} if number == 1 else {"rectify_by": at.date() + timedelta(days=3)}
        elif number == 4:
            found = {"result": 8, "problems": ("1",)}
        stated = signed(current, number + 1, **found)
        inspecting.report(one, stated, by=by, photos=photo if found else [], at=at)
        inspecting.report(one, stated, by=by, photos=photo if found else [], at=at)  # a retry
        later = at + timedelta(hours=1)
        if number == 2:
            inspecting.recheck(one, complied=True, by=by, note="已整改", at=later)
        elif number == 3:
            again = at.date() + timedelta(days=9)
            inspecting.recheck(one, complied=False, rectify_by=again, by=by, photos=photo, at=later)
            inspecting.recheck(one, complied=False, by=by, at=later)
        elif number == 5:
            why = {"correction_reason": "看错了", "result": 8, "problems": ("1",)}
            more = [Photo(picture("green"), "补拍.png", "1")]
            inspecting.correct(one, signed(current, 50, **why), by=by, photos=more, at=later)


def arranged_way(checks: Checks, now: datetime) -> None:
    """Three outside the draw: one inspected, one asked for twice, one taken back."""
    today = timezone.localdate(now)
    by, pair = checks.officers[0], checks.officers[:2]
    for number in range(3):
        asked: dict[str, Any] = {"by": by, "reason": "日常检查", "client_id": uuid.UUID(int=70 + number)}
        asked |= {"starts_on": today, "due_on": today + timedelta(days=3)}
        one = arranging.arrange(checks.shops[2 * number], Kind.ROUTINE, pair, **asked)
        if number == 0:
            inspecting.report(one, signed(one, 80), by=by, at=now)
        elif number == 1:
            again = arranging.arrange(checks.shops[2], Kind.ROUTINE, pair, **asked)
            assert again.number == one.number
            inspecting.add_photos(one, [Photo(picture(), "门头.png")] * 2, by=by)
        else:
            arranging.cancel(one, "安排错了", by=by)


def snapshot(since: int) -> dict[str, Any]:
    """Everything that was written, without keys of rows: inspections by their numbers."""
    numbers = dict(Inspection.objects.values_list("pk", "number"))
    leads = dict(Lead.objects.values_list("pk", "description"))
    seen: dict[str, Any] = {}
    for model in (*_models(), NumberSeries):
        rows = [_plain(row, numbers, leads) for row in model._default_manager.all()]
        seen[model.__name__] = sorted(rows, key=repr)
    seen["ledger"] = sorted(
        (_named(entry.chain, numbers), entry.seq, entry.action, _plain_payload(entry.payload), entry.at)
        for entry in LedgerEntry.objects.filter(pk__gt=since, chain__startswith="inspections")
    )
    return seen


def _models() -> list[type[models.Model]]:
    names = ("Inspection", "InspectionTask", "Draw")
    found = [apps.get_model("inspections", name) for name in names]
    found += [apps.get_model("inspections", f"{name}Event") for name in names]
    parts = ("Officer", "Step", "Report", "Photo", "Disclosure")
    return found + [apps.get_model("inspections", f"Inspection{name}") for name in parts]


def _plain(row: models.Model, numbers: dict[int, str], leads: dict[int, str]) -> dict[str, Any]:
    fields = row._meta.concrete_fields
    said = {field.attname: getattr(row, field.attname) for field in fields if field.name not in OWN}
    said["of"] = numbers.get(getattr(row, "inspection_id", 0))
    if isinstance(said.get("data"), dict):
        said["data"] = _without_lead(said["data"])
    lead_id = getattr(row, "lead_id", None)
    said["handed_over_as"] = leads[lead_id] if lead_id else ""
    signature = getattr(row, "signature", None) or getattr(row, "file", None)
    said["sha256"] = signature.sha256 if signature else ""
    return said


def _plain_payload(payload: dict[str, Any]) -> str:
    return repr(sorted((name, value) for name, value in _without_lead(payload).items() if name != "digest"))


def _without_lead(said: dict[str, Any]) -> dict[str, Any]:
    """The number of a lead is not given back by a rollback."""
    gone = {"lead", "number"} if "lead" in said else set()
    return {name: value for name, value in said.items() if name not in gone}


def _named(chain: str, numbers: dict[int, str]) -> str:
    kind, _colon, key = chain.partition(":")
    return f"{kind}:{numbers[int(key)]}" if kind == "inspections.inspection" else chain


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside is looked at, then rolled back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def both_ways(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    """Go the way one by one and in a batch, and compare what is there afterwards."""
    since = LedgerEntry.objects.order_by("pk").values_list("pk", flat=True).last() or 0
    seen = []
    for together in (nullcontext, bulk.batch):
        monkeypatch.setattr(lot, "new_secret", secrets())
        with undone():
            with together():
                way()
            seen.append(snapshot(since))
            for chain in LedgerEntry.objects.values_list("chain", flat=True).distinct():
                assert not ledger.verify_chain(chain).findings, chain
            for report in InspectionReport.objects.all():
                assert report.digest == report_digest(report)
    one_by_one, at_once = seen
    for name, rows in one_by_one.items():
        assert rows, f"{name}: nothing to compare"
        for one, other in zip(rows, at_once[name], strict=True):
            assert other == one, name


def test_a_batch_writes_what_one_by_one_writes(checks: Checks, monkeypatch: pytest.MonkeyPatch) -> None:
    now = timezone.now()
    task = checks.task(MORE, starts_on=timezone.localdate() - timedelta(days=25))

    def way() -> None:
        whole_way(checks, task, now)
        arranged_way(checks, now)
        publishing.publish_quarter(checks.district, task.year, task.quarter, by=checks.clerk, at=now)

    with time_machine.travel(now, tick=False):
        both_ways(way, monkeypatch)


def test_a_task_from_before_goes_on_in_a_batch(checks: Checks) -> None:
    made = checks.drawn()
    checks.reported(made[0])
    with bulk.batch():
        for one in made[1:]:
            inspecting.report(one, signed(one, one.pk), by=officers_of(one)[0])
        held = inspecting.locked_task(made[0].task_id or 0)
        assert (held.state, held.done_count) == (TaskState.DONE, 5)
        assert InspectionTask.objects.get().done_count == 1  # nothing is written before the end
    task = InspectionTask.objects.get()
    assert (task.state, task.done_count, task.version) == (held.state, 5, held.version)
    events = apps.get_model("inspections", "InspectionTaskEvent").objects.order_by("pgh_id")
    assert list(events.values_list("version", flat=True)) == list(range(1, task.version))
    assert {one.state for one in Inspection.objects.all()} == {State.CLOSED}
    assert Draw.objects.get().proof is not None


def _twice(one: Inspection, by: User) -> None:
    for _n in range(2):
        inspecting.start(one, by=by)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (_twice, "state"),
        (lambda one, by: inspecting.report(one, record(one, answers=[]), by=by), "answers"),
        (
            lambda one, by: inspecting.report(one, record(one, ("1",), result=5, corrected=True), by=by),
            "photos",
        ),
        (lambda one, by: inspecting.report(one, signed(one, 1, signature=None), by=by), "signature"),
        (lambda one, by: inspecting.start(one, by=by, at=timezone.now() + timedelta(hours=1)), "at"),
        (lambda one, by: inspecting.start(one, by=by, at=timezone.now() - timedelta(days=2)), "at"),
        (lambda one, by: inspecting.recheck(one, complied=True, by=by), "state"),
        (lambda one, by: inspecting.report(one, record(one), by=by, expected_version=7), "version"),
    ],
)
def test_a_batch_refuses_what_is_refused_one_by_one_and_writes_nothing(
    checks: Checks, wrong: Callable[[Inspection, User], Any], field: str
) -> None:
    with pytest.raises(InspectionProblem) as refused, transaction.atomic(), bulk.batch():
        made = checks.drawn()
        inspecting.start(made[1], by=officers_of(made[1])[0])
        wrong(made[0], officers_of(made[0])[0])
    assert refused.value.field == field
    assert not Inspection.objects.exists() and not InspectionStep.objects.exists()


def test_in_a_batch_too_only_the_team_inspects(checks: Checks) -> None:
    with transaction.atomic(), pytest.raises(PermissionDenied), bulk.batch():
        one = checks.drawn()[0]
        inspecting.start(one, by=User.objects.with_roles().get(pk=checks.squad_leader.pk))


@pytest.mark.parametrize("before", [True, False])
def test_the_id_of_a_report_counts_for_one_inspection(checks: Checks, before: bool) -> None:
    """Also where the other one was reported before the batch: that is seen when it is written."""
    other = checks.drawn()[0]
    if before:
        inspecting.report(other, signed(other, 5), by=officers_of(other)[0])
    task = checks.task(starts_on=timezone.localdate() - timedelta(days=4))
    with pytest.raises(InspectionProblem) as refused, transaction.atomic(), bulk.batch():
        made = checks.drawn(task)
        if not before:
            inspecting.report(made[1], signed(made[1], 5), by=officers_of(made[1])[0])
        inspecting.report(made[0], signed(made[0], 5), by=officers_of(made[0])[0])
    assert refused.value.field == "client_id"
    assert InspectionReport.objects.count() == before


def test_in_a_batch_the_next_draw_knows_what_the_last_one_drew(checks: Checks) -> None:
    with bulk.batch():
        first = {one.object_id for one in checks.drawn()}
        second = {one.object_id for one in checks.drawn(checks.task({**MORE, "number": 8}))}
    assert len(first | second) == len(first) + len(second)


def test_what_is_published_in_a_batch_is_what_was_reported_there(checks: Checks) -> None:
    with bulk.batch():
        one = checks.drawn()[0]
        inspecting.report(one, signed(one, 1), by=officers_of(one)[0])
        made = publishing.publish([one], by=checks.clerk)
        inspecting.correct(one, signed(one, 2, result=7, correction_reason="看错了"), by=officers_of(one)[0])
        publishing.publish_again(made[0], "看错了", by=checks.clerk)
    shown = InspectionDisclosure.objects.order_by("pk").values_list("content__result", flat=True)
    assert list(shown) == [1, 7]


def test_a_set_aside_draw_in_a_batch(checks: Checks) -> None:
    with bulk.batch():
        task = checks.task()
        first = checks.drawn(task)
        drawing.abandon(first[0].draw, "名单有误", by=checks.supervisor)  # type: ignore[arg-type]
        made = checks.drawn(task)
        for one in made:
            inspecting.report(one, signed(one, one.pk), by=officers_of(one)[0])
    states = Inspection.objects.filter(pk__in=[one.pk for one in first]).values_list("state", flat=True)
    assert set(states) == {State.WITHDRAWN}
    assert InspectionTask.objects.get().done_count == len(made) == 5
    assert all(draw.proof is not None for draw in Draw.objects.all())


def test_a_step_once_asked_for_is_known_in_a_batch(checks: Checks) -> None:
    one, asked = checks.drawn()[0], uuid.UUID(int=3)
    by = officers_of(one)[0]
    inspecting.start(one, by=by, client_id=asked)
    with bulk.batch():
        assert inspecting.taken(inspecting.start(one, by=by, client_id=asked), Action.START, asked)
    assert one.steps.filter(action=Action.START).count() == 1


def test_a_batch_within_a_batch_is_a_part_of_it(checks: Checks) -> None:
    with bulk.batch() as whole:
        one = checks.drawn()[0]
        with bulk.batch() as part:
            assert part is whole
            inspecting.start(one, by=officers_of(one)[0])
        assert not Inspection.objects.exists()
    assert Inspection.objects.filter(state=State.STARTED).count() == 1
