"""Results made public: one by one, by quarter, and withdrawn when they no longer hold."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson
from django.db import transaction
from django.db.models import Exists, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import District, User
from chengshu.inspections.lifecycle import DONE, PROBLEM, Action, Result, TaskAction, TaskState
from chengshu.inspections.models import (
    Inspection,
    InspectionDisclosure,
    InspectionReport,
    InspectionStep,
    InspectionTask,
    QuarterlyPublication,
)
from chengshu.inspections.signals import published
from chengshu.kernel import ledger, workdays
from chengshu.kernel.privacy_masks import mask_text, public_name
from chengshu.law import applicable
from chengshu.law.collection import LawProblem
from chengshu.registry.models import RegulatedObject

from . import bulk
from .base import InspectionProblem, locked_task, not_in_the_future, record, require, save, task_state_after
from .planning import required_reason

BATCH = 500


@dataclass(frozen=True)
class Due:
    """A result to be published, and until when; None where the law or the calendar has no answer."""

    inspection: Inspection
    until: date | None

    def overdue(self, today: date) -> bool:
        """Whether the day has passed."""
        return self.until is not None and self.until < today


def unpublished(district_id: int) -> QuerySet[Inspection]:
    """Inspections with a result that the public does not see yet, the longest waiting first."""
    live = InspectionDisclosure.objects.filter(inspection=OuterRef("pk"), withdrawn_at=None)
    rows = Inspection.objects.filter(district=district_id, state__in=DONE).exclude(Exists(live))
    rows = rows.exclude(Exists(_taken_down()))
    return rows.select_related("object", "task", "squad").order_by("done_at", "pk")


def _later_reports() -> QuerySet[InspectionReport]:
    """Reports of a disclosure's inspection after the one that was published."""
    published_one = Cast(KeyTextTransform("report", OuterRef("content")), IntegerField())
    return InspectionReport.objects.filter(inspection=OuterRef("inspection"), seq__gt=published_one)


def _taken_down() -> QuerySet[InspectionDisclosure]:
    """Withdrawn publications of a result not corrected since: they do not come back by themselves."""
    later = _later_reports()
    gone = InspectionDisclosure.objects.filter(inspection=OuterRef("pk"), withdrawn_at__isnull=False)
    return gone.exclude(Exists(later))


def publish_by(inspection: Inspection) -> date | None:
    """The last day on which its result may be published."""
    return _until("inspection_disclosure", inspection.done_at)


def withdraw_by(since: datetime) -> date | None:
    """The last day on which what was published and no longer holds must be gone."""
    return _until("disclosure_withdrawal", since)


def taken_down(district_id: int) -> QuerySet[InspectionDisclosure]:
    """Results withdrawn from the public and not corrected since, the latest first; one for an inspection."""
    live = InspectionDisclosure.objects.filter(inspection=OuterRef("inspection"), withdrawn_at=None)
    later = InspectionDisclosure.objects.filter(inspection=OuterRef("inspection"), pk__gt=OuterRef("pk"))
    rows = InspectionDisclosure.objects.filter(district=district_id, withdrawn_at__isnull=False)
    rows = rows.exclude(Exists(live)).exclude(Exists(later)).exclude(Exists(_later_reports()))
    return rows.select_related("inspection").order_by("-withdrawn_at", "-pk")


def _until(period: str, since: datetime | None) -> date | None:
    if since is None:
        return None
    try:
        return applicable.due(period, timezone.localdate(since))
    except (LawProblem, workdays.WorkingDayCalendarError):
        return None


def outdated(district_id: int) -> QuerySet[InspectionDisclosure]:
    """What the public sees although the result was corrected since."""
    later = _later_reports()
    rows = InspectionDisclosure.objects.filter(district=district_id, withdrawn_at=None)
    since = Subquery(later.order_by("recorded_at").values("recorded_at")[:1])
    return rows.filter(Exists(later)).annotate(corrected_at=since).select_related("inspection")


def corrected_at(disclosure: InspectionDisclosure) -> datetime:
    """When the result was corrected first after it was published; of a row of `outdated`."""
    since: datetime = disclosure.corrected_at  # type: ignore[attr-defined]
    return since


@transaction.atomic
def publish(
    inspections: Iterable[Inspection], *, by: User, at: datetime | None = None
) -> list[InspectionDisclosure]:
    """Publish results; those published already are left alone. Natural persons are masked now, for good.

    Raises `InspectionProblem` for one without a result, PermissionDenied outside the person's district.
    """
    bulk.settle()
    at = not_in_the_future(at)
    ids = [inspection.pk for inspection in inspections]
    rows = list(
        Inspection.objects.filter(pk__in=ids)
        .select_for_update(of=("self",))
        .select_related(
            "object", "object__object_class", "task", "task__item", "town", "checklist", "district"
        )
        .defer("district__boundary", "town__boundary")
        .order_by("pk")
    )
    for district_id in {row.district_id for row in rows}:
        require(by, "inspections.publish", district_id=district_id)
    for row in rows:
        if row.state not in DONE:
            raise InspectionProblem(_("%(number)s has no result yet.") % {"number": row.number})
        if row.done_at is not None and row.done_at > at:
            raise InspectionProblem(_("%(number)s was inspected later than that.") % {"number": row.number})
    known = set(
        InspectionDisclosure.objects.filter(inspection__in=rows, withdrawn_at=None).values_list(
            "inspection_id", flat=True
        )
    )
    reports, rechecks = _last_reports(rows), _last_rechecks(rows)
    made = [
        InspectionDisclosure(
            inspection=row,
            district_id=row.district_id,
            content=content_of(row, reports[row.pk], rechecks.get(row.pk)),
            published_at=at,
            published_by=by,
            shown_until=_until("inspection_display", row.done_at),
        )
        for row in rows
        if row.pk not in known
    ]
    InspectionDisclosure.objects.bulk_create(made, batch_size=BATCH)
    drafts = [
        ledger.Draft(one.inspection.chain, "publish", {"sha256": content_digest(one.content)}) for one in made
    ]
    ledger.append_many(drafts, actor=by.username, at=at)
    for district_id in {one.district_id for one in made}:
        published.send(InspectionDisclosure, district_id=district_id)
    return made


@transaction.atomic
def publish_recheck(inspection: Inspection, *, by: User, at: datetime) -> None:
    """Add what a re-check found to the result on display; nothing where none is on display.

    Whoever re-checks needs no right to publish: the result is public by decision already, and of the re-check
    only day, outcome and new date are told, never what was written.
    """
    bulk.settle()
    rows = InspectionDisclosure.objects.select_for_update()
    current = rows.filter(inspection=inspection, withdrawn_at=None).first()
    if current is None:
        return
    last = _last_rechecks([inspection])[inspection.pk]
    current.content = {**current.content, "recheck": told_recheck(last)}
    current.save(update_fields=["content"])
    digest = {"sha256": content_digest(current.content)}
    ledger.append(inspection.chain, "publish_recheck", digest, actor=by.username, at=at)
    published.send(InspectionDisclosure, district_id=current.district_id)


@transaction.atomic
def withdraw(
    disclosure: InspectionDisclosure, reason: str, *, by: User, at: datetime | None = None
) -> InspectionDisclosure:
    """Take a published result down, with the reason; it can be published anew from the corrected result."""
    current = InspectionDisclosure.objects.select_for_update().get(pk=disclosure.pk)
    require(by, "inspections.publish", district_id=current.district_id)
    if current.withdrawn_at is not None:
        raise InspectionProblem(_("This result is withdrawn already."))
    at = not_in_the_future(at)
    current.withdrawn_at, current.withdrawn_reason = at, required_reason(reason)
    current.save(update_fields=["withdrawn_at", "withdrawn_reason"])
    chain = f"inspections.inspection:{current.inspection_id}"
    ledger.append(
        chain, "withdraw_publication", {"reason": current.withdrawn_reason}, actor=by.username, at=at
    )
    published.send(InspectionDisclosure, district_id=current.district_id)
    return current


@transaction.atomic
def publish_again(
    disclosure: InspectionDisclosure, reason: str, *, by: User, at: datetime | None = None
) -> InspectionDisclosure:
    """Withdraw what no longer holds and publish what holds, in one step."""
    withdraw(disclosure, reason, by=by, at=at)
    inspection = Inspection.objects.get(pk=disclosure.inspection_id)
    return publish([inspection], by=by, at=at)[0]


@transaction.atomic
def put_back(
    disclosure: InspectionDisclosure, reason: str, *, by: User, at: datetime | None = None
) -> InspectionDisclosure:
    """Publish once more, with the reason, what was withdrawn by mistake: the result as it stands."""
    current = InspectionDisclosure.objects.select_for_update().get(pk=disclosure.pk)
    require(by, "inspections.publish", district_id=current.district_id)
    if not taken_down(current.district_id).filter(pk=current.pk).exists():
        raise InspectionProblem(_("This result is not withdrawn, or was published or corrected since."))
    why = required_reason(reason)
    made = publish([Inspection.objects.get(pk=current.inspection_id)], by=by, at=at)
    if not made:
        raise InspectionProblem(_("Somebody else has changed this in the meantime. Look at it again."))
    chain = f"inspections.inspection:{current.inspection_id}"
    ledger.append(chain, "put_back_publication", {"reason": why}, actor=by.username, at=made[0].published_at)
    return made[0]


@transaction.atomic
def publish_quarter(
    district: District, year: int, quarter: int, *, by: User, at: datetime | None = None
) -> QuarterlyPublication:
    """The quarter's publication in one click: every result of its finished tasks, and the figures.

    Tasks of the quarter that are still open are named with their state. Published once more later, it covers
    what has come since. Raises `InspectionProblem` where there is nothing to publish.
    """
    require(by, "inspections.publish", district_id=district.pk)
    District.objects.select_for_update(no_key=True).only("pk").get(pk=district.pk)
    bulk.settle()
    at = not_in_the_future(at)
    tasks = list(
        InspectionTask.objects.filter(district=district, year=year, quarter=quarter).order_by("number")
    )
    done = [
        locked_task(task.pk)
        for task in sorted(tasks, key=lambda task: task.pk)
        if task.state == TaskState.DONE
    ]
    done = [task for task in done if task.state == TaskState.DONE]
    if not done:
        raise InspectionProblem(_("No task of this quarter is done and not published yet."))
    rows = list(Inspection.objects.filter(task__in=done, state__in=DONE).exclude(Exists(_taken_down())))
    publish(rows, by=by, at=at)
    for current in done:
        current.state, current.published_at = task_state_after(current, TaskAction.PUBLISH), at
        save(current, "state", "published_at")
        record(current, "publish", by=by, at=at, year=year, quarter=quarter)
    content = _quarter(tasks, done, rows)
    number = QuarterlyPublication.objects.filter(district=district, year=year, quarter=quarter).count() + 1
    made = QuarterlyPublication.objects.create(
        district=district,
        year=year,
        quarter=quarter,
        number=number,
        content=content,
        digest=content_digest(content),
        published_at=at,
        published_by=by,
    )
    chain = f"inspections.publication:{district.pk}"
    ledger.append(
        chain, "publish", {"year": year, "quarter": quarter, "sha256": made.digest}, actor=by.username
    )
    published.send(QuarterlyPublication, district_id=district.pk)
    return made


def _quarter(
    tasks: Sequence[InspectionTask], done: Sequence[InspectionTask], rows: Sequence[Inspection]
) -> dict[str, Any]:
    results = Counter(row.result for row in rows)
    return {
        "tasks": len(done),
        "tasks_open": [task.number for task in tasks if task.state in OPEN_TASKS],
        "objects": len(rows),
        "problems": sum(count for code, count in results.items() if code in PROBLEM),
        "results": {str(code): results.get(code, 0) for code in Result.values},
        "inspections": [row.number for row in rows],
        "by_task": [
            {
                "number": task.number,
                "title": task.title,
                "objects": task.object_count,
                "problems": task.problem_count,
            }
            for task in done
        ],
    }


OPEN_TASKS = (TaskState.PLANNED, TaskState.COMMITTED, TaskState.DRAWN)


def _last_reports(rows: Sequence[Inspection]) -> dict[int, InspectionReport]:
    last = InspectionReport.objects.filter(inspection__in=rows).order_by("inspection_id", "-seq")
    return {report.inspection_id: report for report in last.distinct("inspection_id")}


def _last_rechecks(rows: Sequence[Inspection]) -> dict[int, InspectionStep]:
    last = InspectionStep.objects.filter(inspection__in=rows, action=Action.RECHECK)
    last = last.order_by("inspection_id", "-seq").distinct("inspection_id")
    return {one.inspection_id: one for one in last}


def told_recheck(step: InspectionStep) -> dict[str, str]:
    """A re-check as the public reads it: its outcome is complied, extended (to a later date) or failed."""
    rectify_by = step.data.get("rectify_by", "")
    outcome = "complied" if step.data["complied"] else "extended" if rectify_by else "failed"
    return {"on": timezone.localdate(step.at).isoformat(), "outcome": outcome, "rectify_by": rectify_by}


def content_of(
    inspection: Inspection, report: InspectionReport, recheck: InspectionStep | None = None
) -> dict[str, Any]:
    """What the public reads: no person's name, no phone, no officer, nothing the checklist does not ask."""
    target = inspection.object
    person = _is_person(target)
    entries = {
        entry["code"]: entry for entry in (inspection.checklist.entries if inspection.checklist else [])
    }
    found = [
        entries[one["code"]] for one in report.answers if one["found"] == "yes" and one["code"] in entries
    ]
    task = inspection.task
    return {
        "number": inspection.number,
        "report": report.seq,
        "kind": inspection.kind,
        "task": task.number if task else "",
        "item": task.item.title if task else "",
        "item_en": task.item.title_en if task else "",
        "object": public_name(target.name) if person else mask_text(target.name),
        "uscc": "" if person else target.uscc,
        "address": "" if person else mask_text(target.address),
        "object_class": target.object_class.label_zh,
        "object_class_en": target.object_class.label_en,
        "town": inspection.town.name if inspection.town else "",
        "inspected_on": timezone.localdate(inspection.done_at).isoformat(),
        "result": int(report.result),
        "problems": [{"zh": entry["zh"], "en": entry.get("en", "")} for entry in found],
        "corrected": report.corrected,
        "rectify_by": report.rectify_by.isoformat() if report.rectify_by else "",
        "recheck": told_recheck(recheck) if recheck and report.result == Result.ORDERED else None,
    }


LONGEST_PERSON = 3
"""Characters of a usual personal name; a firm without a code whose name is no longer is hidden too."""


def _is_person(target: RegulatedObject) -> bool:
    """Whether the object goes by a natural person's name: the responsible person's, or one that may be."""
    if target.uscc:
        return False
    return target.name == target.responsible_name or len("".join(target.name.split())) <= LONGEST_PERSON


def content_digest(content: dict[str, Any]) -> str:
    """SHA-256 of what is published, as the ledger names it."""
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()
