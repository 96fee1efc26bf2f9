"""Annual plans and the tasks of their quarters."""

from __future__ import annotations

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chengshu.bureau.models import District, Town, Unit, User
from chengshu.inspections.lifecycle import TaskState

from .items import InspectionItem


@pghistory.track(
    pghistory.UpdateEvent("before", row=pghistory.Old, condition=None),
    pghistory.DeleteEvent("deleted"),
    model_name="AnnualPlanEvent",
)
class AnnualPlan(models.Model):
    """年度抽查工作计划: approved once; a change is a new revision that supersedes it."""

    class State(models.TextChoices):
        """计划状态."""

        DRAFT = "draft", _("Draft (plan)")
        APPROVED = "approved", _("Approved (plan)")
        SUPERSEDED = "superseded", _("Superseded")

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="inspection_plans")
    year = models.PositiveSmallIntegerField(_("year"))
    revision = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    rules = models.JSONField(
        default=dict, help_text="what tasks of the year begin with: `drawing_rules.Rules`"
    )
    note = models.CharField(max_length=500, blank=True)
    simulation = models.JSONField(
        null=True, help_text="effect of the rules over five years, as computed last"
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="who changed the draft or its tasks last",
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    approved_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-year", "-revision"]
        constraints = [
            models.UniqueConstraint(
                fields=["district", "year", "revision"], name="inspection_plan_revision_once"
            ),
            models.UniqueConstraint(
                fields=["district", "year"],
                condition=Q(state="approved"),
                name="inspection_plan_one_approved",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year}/{self.revision}"


class TaskQuerySet(models.QuerySet["InspectionTask"]):
    """Every list of tasks starts from `visible_to`."""

    def visible_to(self, user: User, permission: str = "inspections.view") -> TaskQuerySet:
        """Tasks of the districts and squads where the person may use the permission.

        A squad sees the tasks it was given inspections of.
        """
        scope = user.scope_for(permission)
        within = scope.q(squad=None)
        if scope.squads:
            within = within | Q(pk__in=_tasks_of(scope.squads))
        return self.filter(within)


def _tasks_of(squads: frozenset[int]) -> models.QuerySet[models.Model, int]:
    from .inspections import Inspection

    return Inspection.objects.filter(squad__in=sorted(squads), task__isnull=False).values_list(
        "task_id", flat=True
    )


@pghistory.track(
    pghistory.UpdateEvent("before", row=pghistory.Old, condition=None),
    pghistory.DeleteEvent("deleted"),
    model_name="InspectionTaskEvent",
)
class InspectionTask(models.Model):
    """随机抽查任务: what is drawn once in a quarter. Written only by `inspections.services`."""

    class Origin(models.TextChoices):
        """任务来源."""

        OWN = "own", _("Own plan")
        CITY = "city", _("City supervision system")

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="inspection_tasks")
    plan = models.ForeignKey(AnnualPlan, on_delete=models.PROTECT, null=True, related_name="tasks")
    number = models.CharField(_("task number"), max_length=40)
    year = models.PositiveSmallIntegerField()
    quarter = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=160)
    item = models.ForeignKey(InspectionItem, on_delete=models.PROTECT, related_name="tasks")
    object_classes = ArrayField(models.CharField(max_length=40))
    towns = models.ManyToManyField(Town, blank=True, related_name="+", help_text="none: the whole district")
    squads = models.ManyToManyField(Unit, blank=True, related_name="+", help_text="none: all squads")
    rules = models.JSONField(default=dict, help_text="`drawing_rules.Rules`")
    origin = models.CharField(max_length=4, choices=Origin.choices, default=Origin.OWN)
    source_ref = models.CharField(max_length=100, blank=True, help_text="number in the city's system")
    state = models.CharField(max_length=10, choices=TaskState.choices, default=TaskState.PLANNED)
    starts_on = models.DateField()
    due_on = models.DateField()
    attempts = models.PositiveSmallIntegerField(default=0)
    object_count = models.PositiveIntegerField(default=0, help_text="drawn and not withdrawn")
    done_count = models.PositiveIntegerField(default=0, help_text="with a reported result")
    problem_count = models.PositiveIntegerField(default=0)
    drawn_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)
    cancelled_reason = models.CharField(max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TaskQuerySet.as_manager()

    class Meta:
        ordering = ["-year", "-quarter", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["district", "number"], name="inspection_task_number_once"),
            models.UniqueConstraint(
                fields=["district", "source_ref"],
                condition=~Q(source_ref=""),
                name="inspection_task_source_once",
            ),
            models.CheckConstraint(
                condition=Q(quarter__gte=1, quarter__lte=4), name="inspection_task_quarter"
            ),
            models.CheckConstraint(
                condition=Q(due_on__gte=models.F("starts_on")), name="inspection_task_dates_in_order"
            ),
        ]
        indexes = [models.Index(fields=["district", "state", "due_on"], name="inspection_task_by_state")]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def chain(self) -> str:
        """The task's chain in the ledger."""
        return f"inspections.task:{self.pk}"


class PartnerDepartment(models.Model):
    """联合检查部门: another department that takes part in joint tasks."""

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="partner_departments")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=80)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["district", "code"], name="partner_code_once")]

    def __str__(self) -> str:
        return self.name


class PartnerOfficer(models.Model):
    """联合检查人员: an officer of another department, without an account here."""

    department = models.ForeignKey(PartnerDepartment, on_delete=models.PROTECT, related_name="officers")
    name = models.CharField(max_length=60)
    certificate = models.CharField(max_length=40)
    valid_to = models.DateField()
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["certificate"]
        constraints = [
            models.UniqueConstraint(fields=["department", "certificate"], name="partner_officer_once")
        ]

    def __str__(self) -> str:
        return self.name
