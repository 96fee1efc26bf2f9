"""Annual plans and tasks, before anything is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import District, Town, Unit, User
from chengshu.inspections import drawing_rules
from chengshu.inspections.lifecycle import TaskAction
from chengshu.inspections.models import AnnualPlan, InspectionItem, InspectionTask
from chengshu.kernel import ledger
from chengshu.kernel.numbers import next_number
from chengshu.registry.models import ObjectClass

from .base import InspectionProblem, locked_task, record, require, save, task_state_after

QUARTERS = {1: ((1, 1), (3, 31)), 2: ((4, 1), (6, 30)), 3: ((7, 1), (9, 30)), 4: ((10, 1), (12, 31))}


@dataclass(frozen=True)
class TaskDraft:
    """What a task is made of. Empty ``object_classes`` and ``rules`` come from the item and the plan."""

    title: str
    item: str
    year: int
    quarter: int
    rules: Mapping[str, Any] = field(default_factory=dict)
    object_classes: Sequence[str] = ()
    towns: Sequence[int] = ()
    squads: Sequence[int] = ()
    starts_on: date | None = None
    due_on: date | None = None
    origin: str = InspectionTask.Origin.OWN
    source_ref: str = ""


def checked_rules(data: Mapping[str, Any]) -> dict[str, Any]:
    """The rules as they are kept. Raises `InspectionProblem`."""
    try:
        return drawing_rules.read(data).model_dump()
    except drawing_rules.RulesProblem as error:
        raise InspectionProblem(str(error), "rules") from error


@transaction.atomic
def create_plan(
    district: District, year: int, rules: Mapping[str, Any], *, by: User, note: str = ""
) -> AnnualPlan:
    """A draft of the year's plan; where one is approved already, the next revision of it."""
    require(by, "inspections.plan", district_id=district.pk)
    District.objects.select_for_update().only("pk").get(pk=district.pk)  # revisions follow one another
    last = AnnualPlan.objects.filter(district=district, year=year).first()
    if last is not None and last.state == AnnualPlan.State.DRAFT:
        raise InspectionProblem(_("There is a draft of this year's plan already. Change that one."), "year")
    if not 2000 <= year <= 2100:
        raise InspectionProblem(_("Give the year with four digits."), "year")
    return AnnualPlan.objects.create(
        district=district,
        year=year,
        revision=last.revision + 1 if last else 1,
        rules=checked_rules(rules),
        note=note.strip()[:500],
        created_by=by,
    )


@transaction.atomic
def change_plan(plan: AnnualPlan, rules: Mapping[str, Any], *, by: User, note: str = "") -> AnnualPlan:
    """Change a draft; what was simulated before counts no longer."""
    current = _locked_draft(plan, by, "inspections.plan")
    current.rules, current.note, current.simulation = checked_rules(rules), note.strip()[:500], None
    current.edited_by = by
    current.save(update_fields=["rules", "note", "simulation", "edited_by"])
    return current


@transaction.atomic
def keep_simulation(plan: AnnualPlan, result: Mapping[str, Any], *, rules: Mapping[str, Any]) -> bool:
    """Keep what a simulation of these rules gave; False where the plan has other rules by now."""
    current = AnnualPlan.objects.select_for_update().get(pk=plan.pk)
    if current.state != AnnualPlan.State.DRAFT or current.rules != dict(rules):
        return False
    current.simulation = dict(result)
    current.save(update_fields=["simulation"])
    return True


@transaction.atomic
def approve_plan(plan: AnnualPlan, *, by: User) -> AnnualPlan:
    """Approve a draft whose effect was simulated; neither by who wrote it nor by who changed it last."""
    current = _locked_draft(plan, by, "inspections.approve")
    if wrote(current, by):
        raise InspectionProblem(
            _("Another person than those who wrote the plan or changed it last approves it.")
        )
    if current.simulation is None:
        raise InspectionProblem(_("Have the effect of the rules computed first, and look at it."))
    if not current.tasks.exists():
        raise InspectionProblem(_("The plan has no tasks yet."))
    AnnualPlan.objects.filter(
        district=current.district_id, year=current.year, state=AnnualPlan.State.APPROVED
    ).update(state=AnnualPlan.State.SUPERSEDED)
    current.state = AnnualPlan.State.APPROVED
    current.approved_by, current.approved_at = by, timezone.now()
    current.save(update_fields=["state", "approved_by", "approved_at"])
    payload = {"year": current.year, "revision": current.revision, "rules": current.rules}
    ledger.append(f"inspections.plan:{current.pk}", "approve", payload, actor=by.username)
    return current


def wrote(plan: AnnualPlan, person: User) -> bool:
    """Whether the person made the draft, or changed it or its tasks last."""
    return person.pk in (plan.created_by_id, plan.edited_by_id)


def _locked_draft(plan: AnnualPlan, by: User, permission: str) -> AnnualPlan:
    current = AnnualPlan.objects.select_for_update().get(pk=plan.pk)
    require(by, permission, district_id=current.district_id)
    if current.state != AnnualPlan.State.DRAFT:
        raise InspectionProblem(_("This plan is approved. Make a new revision of it."))
    return current


@transaction.atomic
def create_task(
    district: District, draft: TaskDraft, *, by: User | None, plan: AnnualPlan | None = None
) -> InspectionTask:
    """A task of a quarter, to be drawn later. The same number of the city's system again returns its task."""
    require(by, "inspections.plan", district_id=district.pk)
    if draft.source_ref and (known := _of_city(district, draft.source_ref)):
        return known
    values = _checked(district, draft, plan)
    seq = next_number(f"inspections.task/{draft.year}Q{draft.quarter}", district_id=district.pk)
    task = InspectionTask.objects.create(
        district=district,
        plan=plan,
        number=f"{draft.year}-Q{draft.quarter}-{seq:03d}",
        origin=draft.origin,
        source_ref=draft.source_ref,
        created_by=by,
        **values,
    )
    _set_places(task, draft)
    _edited(plan, by)
    record(task, "create", by=by, number=task.number, title=task.title, rules=task.rules)
    return task


@transaction.atomic
def change_task(
    task: InspectionTask, draft: TaskDraft, *, by: User, expected_version: int | None = None
) -> InspectionTask:
    """Change a task that is not announced yet."""
    current = locked_task(task.pk, expected_version=expected_version)
    require(by, "inspections.plan", district_id=current.district_id)
    task_state_after(current, TaskAction.CHANGE)
    if (draft.year, draft.quarter) != (current.year, current.quarter):
        raise InspectionProblem(_("The quarter is part of the number and stays."), "quarter")
    values = _checked(current.district, draft, current.plan)
    plan = current.plan
    if plan is not None and plan.state != AnnualPlan.State.DRAFT and values["rules"] != current.rules:
        raise InspectionProblem(
            _("The rules were approved with the plan. Change them by a new revision."), "rules"
        )
    for name, value in values.items():
        setattr(current, name, value)
    _edited(plan, by)
    save(current, *values)
    _set_places(current, draft)
    record(current, "change", by=by, title=current.title, rules=current.rules)
    return current


@transaction.atomic
def cancel_task(task: InspectionTask, reason: str, *, by: User) -> InspectionTask:
    """Take a task back before it is announced; the number stays used."""
    current = locked_task(task.pk)
    require(by, "inspections.plan", district_id=current.district_id)
    current.state = task_state_after(current, TaskAction.CANCEL)
    if current.attempts:  # a draw that does not suit cannot be made to disappear
        raise InspectionProblem(
            _("The draw of this task was announced already. It is drawn again, not cancelled.")
        )
    current.cancelled_reason = required_reason(reason)
    save(current, "state", "cancelled_reason")
    _edited(current.plan, by)
    record(current, "cancel", by=by, reason=current.cancelled_reason)
    return current


def _edited(plan: AnnualPlan | None, by: User | None) -> None:
    """Other tasks make another draft: what was computed for it counts no longer."""
    if plan is not None:
        draft = AnnualPlan.objects.filter(pk=plan.pk, state=AnnualPlan.State.DRAFT)
        draft.update(simulation=None, **({"edited_by": by} if by else {}))


def required_reason(reason: str) -> str:
    """The reason, which must be said. Raises `InspectionProblem`."""
    reason = reason.strip()[:300]
    if not reason:
        raise InspectionProblem(_("Give the reason."), "reason")
    return reason


def _of_city(district: District, source_ref: str) -> InspectionTask | None:
    return InspectionTask.objects.filter(district=district, source_ref=source_ref[:100]).first()


def _checked(district: District, draft: TaskDraft, plan: AnnualPlan | None) -> dict[str, Any]:
    item = InspectionItem.objects.filter(district=district, code=draft.item, active=True).first()
    if item is None:
        raise InspectionProblem(_("There is no such item in the list of items."), "item")
    if draft.quarter not in QUARTERS or not 2000 <= draft.year <= 2100:
        raise InspectionProblem(_("Give a year and a quarter from 1 to 4."), "quarter")
    if plan is not None and plan.year != draft.year:
        raise InspectionProblem(_("The task lies outside the year of its plan."), "year")
    title = draft.title.strip()[:160]
    if not title:
        raise InspectionProblem(_("Give the task a title."), "title")
    classes = list(dict.fromkeys(draft.object_classes or item.object_classes))
    if outside := set(classes) - set(item.object_classes):
        raise InspectionProblem(
            _("The item does not cover the class %(code)s.") % {"code": sorted(outside)[0]}, "object_classes"
        )
    known = ObjectClass.objects.filter(district=district, code__in=classes).count()
    if not classes or known != len(classes):
        raise InspectionProblem(_("The registry does not know one of the classes."), "object_classes")
    first, last = (date(draft.year, *day) for day in QUARTERS[draft.quarter])
    starts_on, due_on = draft.starts_on or first, draft.due_on or last
    if due_on < starts_on:
        raise InspectionProblem(_("The task ends before it begins."), "due_on")
    rules = draft.rules or (plan.rules if plan else {})
    return {
        "title": title,
        "item": item,
        "year": draft.year,
        "quarter": draft.quarter,
        "object_classes": classes,
        "rules": checked_rules(rules),
        "starts_on": starts_on,
        "due_on": due_on,
    }


def _set_places(task: InspectionTask, draft: TaskDraft) -> None:
    towns = Town.objects.filter(district=task.district_id, pk__in=draft.towns)
    squads = Unit.objects.filter(district=task.district_id, pk__in=draft.squads, active=True)
    if len(towns) != len(set(draft.towns)):
        raise InspectionProblem(_("Not every street or town lies in the district."), "towns")
    if len(squads) != len(set(draft.squads)):
        raise InspectionProblem(_("Not every squad belongs to the bureau."), "squads")
    task.towns.set(towns)
    task.squads.set(squads)
