"""What a year brings for a town: tasks, assessments with drawn samples, its light, key plots, imports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chengshu.bureau.models import District, Town
from chengshu.kernel.models import StoredFile

from .structures import Structure

if TYPE_CHECKING:
    from chengshu.bureau.models import User


class WholeDistrictQuerySet(models.QuerySet[Any]):
    """Rows that belong to a district as a whole: whoever may look anywhere in it sees them."""

    def visible_to(self, user: User, permission: str = "structures.view") -> Any:
        """Rows of the districts in which the person may use the permission, whole or in part."""
        from chengshu.registry.queries.reference import districts_of

        return self.filter(district__in=districts_of(user.scope_for(permission)))


class AnnualTask(models.Model):
    """年度任务: so many structures of a type (empty: all key types together) to be eliminated by a town."""

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    town = models.ForeignKey(Town, on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    type = models.CharField(max_length=20, blank=True)
    quota = models.PositiveIntegerField(help_text="structures")

    objects = WholeDistrictQuerySet.as_manager()

    class Meta:
        ordering = ["year", "town_id", "type"]
        constraints = [models.UniqueConstraint(fields=["town", "year", "type"], name="annual_task_once")]

    def __str__(self) -> str:
        return f"{self.year} {self.town_id} {self.type} {self.quota}"


class Assessment(models.Model):
    """无违建先进街镇评估: a sample of a town's written-off entries, drawn by lot and looked at on site."""

    class State(models.TextChoices):
        """评估状态."""

        ANNOUNCED = "announced", _("Draw announced")
        DRAWN = "drawn", _("Being checked")
        DONE = "done", _("Finished")

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    town = models.ForeignKey(Town, on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    sample = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.ANNOUNCED)
    commitment: models.JSONField[Any, Any] = models.JSONField()
    commitment_sha256 = models.CharField(max_length=64)
    secret_sealed = models.TextField(help_text="sealed until drawn (`kernel.secrets`)")
    candidates: models.JSONField[Any, Any] = models.JSONField(help_text="rows of the draw's list")
    identities: models.JSONField[Any, Any] = models.JSONField(help_text="key of the draw → entry")
    proof = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    announced_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    announced_at = models.DateTimeField()
    drawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    drawn_at = models.DateTimeField(null=True)

    objects = WholeDistrictQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        triggers = [pgtrigger.Protect(name="keep", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.year} {self.town_id}"


class SampleCheck(models.Model):
    """抽样核查: one drawn entry and what was found there."""

    class Result(models.TextChoices):
        """核查结果."""

        RIGHT = "right", pgettext_lazy("sample", "As recorded")
        ERROR = "error", _("Not as recorded")

    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="checks")
    structure = models.ForeignKey(Structure, on_delete=models.PROTECT, related_name="+")
    result = models.CharField(max_length=6, choices=Result.choices, blank=True)
    note = models.CharField(max_length=300, blank=True)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    checked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["assessment", "structure"], name="sample_check_once")]
        triggers = [
            pgtrigger.Protect(name="keep", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="checked_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__checked_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.assessment_id} {self.structure_id}"


class YearLight(models.Model):
    """年末复评灯色: the light of a town on the last day of a year, kept with what it rested on. Append-only.

    ``reasons`` and ``missing``: conditions as the rules of that day worded them, ``{zh, en}``.
    """

    class Colour(models.TextChoices):
        """灯色."""

        GREEN = "green", _("Green light")
        AMBER = "amber", _("Amber light")
        RED = "red", _("Red light")

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    town = models.ForeignKey(Town, on_delete=models.PROTECT, related_name="+")
    on = models.DateField(help_text="the last day of the year")
    colour = models.CharField(max_length=5, choices=Colour.choices)
    reasons: models.JSONField[Any, Any] = models.JSONField(default=list)
    missing: models.JSONField[Any, Any] = models.JSONField(default=list)
    measures: models.JSONField[Any, Any] = models.JSONField(default=dict)
    recorded_at = models.DateTimeField(help_text="from the records as they were then")
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    objects = WholeDistrictQuerySet.as_manager()

    class Meta:
        ordering = ["-on", "town_id"]
        constraints = [models.UniqueConstraint(fields=["town", "on"], name="year_light_once")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.on:%Y} {self.colour}"


class KeyPlot(models.Model):
    """重点地块: an area to be cleared as a whole; ``boundary`` a GeoJSON Polygon in WGS 84 degrees."""

    class Outcome(models.TextChoices):
        """结果."""

        OPEN = "", _("Under way")
        DEMOLISHED = "demolished", _("Cleared by demolition")
        CLOSED = "closed", _("Shut down")
        REGULATED = "regulated", _("Put in order")

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    town = models.ForeignKey(Town, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=100)
    year = models.PositiveSmallIntegerField()
    boundary: models.JSONField[Any, Any] = models.JSONField(null=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    outcome_on = models.DateField(null=True)
    note = models.CharField(max_length=500, blank=True)

    objects = WholeDistrictQuerySet.as_manager()

    class Meta:
        ordering = ["-year", "name"]
        constraints = [
            models.UniqueConstraint(fields=["district", "year", "name"], name="key_plot_once"),
            models.CheckConstraint(
                condition=models.Q(outcome="", outcome_on=None)
                | (~models.Q(outcome="") & models.Q(outcome_on__isnull=False)),
                name="key_plot_outcome_dated",
            ),
        ]
        triggers = [pgtrigger.Protect(name="keep", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.name


class Milestone(models.Model):
    """节点 of a key plot."""

    plot = models.ForeignKey(KeyPlot, on_delete=models.PROTECT, related_name="milestones")
    title = models.CharField(max_length=100)
    due_on = models.DateField()
    done_on = models.DateField(null=True)

    class Meta:
        ordering = ["due_on", "id"]

    def __str__(self) -> str:
        return self.title


class LedgerImport(models.Model):
    """台账导入: a list taken in; checked first, applied by a person, counts kept."""

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=255)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    applied_at = models.DateTimeField(null=True)
    counts: models.JSONField[Any, Any] = models.JSONField(default=dict)

    objects = WholeDistrictQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        triggers = [pgtrigger.Protect(name="keep", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.name
