"""Targets of a year, dashboards people build for themselves and others, and what is sent by the calendar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chengshu.bureau.models import District, Town, Unit
from chengshu.kernel.models import StoredFile

if TYPE_CHECKING:
    from chengshu.bureau.models import User

VIEW = "reports.view"


class PlacedQuerySet(models.QuerySet[Any]):
    """Rows of a place: the district, one of its squads, one of its towns."""

    def visible_to(self, user: User, permission: str = VIEW) -> Any:
        """Those of places whose figures the person may see: a squad's leader those of the squad."""
        return self.filter(user.scope_for(permission).q())


class Target(models.Model):
    """目标: what a figure of a year is to reach (or to stay under) at a place.

    Neither squad nor town: the whole district. light: as the nightly look saw it last; worsened: how often it
    got worse, so that each time is told once.
    """

    class Comparison(models.TextChoices):
        """Which side of the value is wanted."""

        AT_LEAST = ">=", _("at least")
        AT_MOST = "<=", _("at most")

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    squad = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+")
    town = models.ForeignKey(Town, on_delete=models.PROTECT, null=True, related_name="+")
    figure = models.CharField(max_length=60)
    comparison = models.CharField(max_length=2, choices=Comparison.choices)
    value = models.DecimalField(max_digits=18, decimal_places=4, help_text="in the figure's unit")
    year = models.PositiveSmallIntegerField()
    source = models.CharField(max_length=300, help_text="the document that sets it")
    unverified = models.BooleanField(default=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True)
    light = models.CharField(max_length=6, blank=True)
    looked_at = models.DateTimeField(null=True)
    worsened = models.PositiveIntegerField(default=0)

    objects = PlacedQuerySet.as_manager()

    class Meta:
        app_label = "reports"
        ordering = ["-year", "squad_id", "town_id", "figure", "comparison"]
        constraints = [
            models.UniqueConstraint(
                fields=["district", "squad", "town", "figure", "comparison", "year"],
                condition=Q(withdrawn_at=None),
                nulls_distinct=False,
                name="target_once",
            ),
            models.CheckConstraint(condition=Q(squad=None) | Q(town=None), name="target_of_one_place"),
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.figure} {self.comparison} {self.value}"

    @property
    def chain(self) -> str:
        """Under which the ledger keeps what happened to it."""
        return f"reports.target:{self.pk}"


class BoardQuerySet(models.QuerySet[Any]):
    """Dashboards that people built."""

    def visible_to(self, user: User) -> Any:
        """One's own, those shared with the bureau of one's district, and with one's squads."""
        reach = user.scope_for(VIEW)
        mine = Q(owner=user.pk)
        districts = {*reach.districts, user.unit.district_id} if reach else set()
        shared = Q(shared=Board.Shared.BUREAU, district__in=sorted(districts))
        squads = Q(shared=Board.Shared.SQUAD, squad__in=sorted(reach.squads))
        wide = Q(shared=Board.Shared.SQUAD, squad__district__in=sorted(reach.districts))
        return self.filter(mine | shared | squads | wide)


class Board(models.Model):
    """看板: a dashboard that somebody built. items: as `chengshu.reports.boards.items_of` reads them."""

    class Shared(models.TextChoices):
        """Who else sees it."""

        NOBODY = "", _("Only me")
        SQUAD = "squad", _("My squad")
        BUREAU = "bureau", _("The whole bureau")

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    items: models.JSONField[Any, Any] = models.JSONField(default=list)
    shared = models.CharField(max_length=6, choices=Shared.choices, blank=True, default="")
    squad = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField(auto_now=True)

    objects = BoardQuerySet.as_manager()

    class Meta:
        app_label = "reports"
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class Delivery(models.Model):
    """定期报送: a dashboard or a list of figures, sent again and again.

    board: one that somebody built; shipped: code of one that comes with the platform; else figures. A file is
    made for the period before the day it is due, and for the place; next_at is when it is due.
    """

    class Span(models.TextChoices):
        """The period it tells about, which also says how often it is due."""

        WEEK = "week", _("Last week")
        MONTH = "month", _("Last month")
        QUARTER = "quarter", _("Last quarter")

    class Form(models.TextChoices):
        """What recipients get."""

        XLSX = "xlsx", _("Table (xlsx)")
        PDF = "pdf", pgettext_lazy("delivery", "PDF")
        NOTICE = "notice", _("The numbers in a notice (WeCom)")

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    squad = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+")
    town = models.ForeignKey(Town, on_delete=models.PROTECT, null=True, related_name="+")
    name = models.CharField(max_length=80)
    board = models.ForeignKey(Board, on_delete=models.PROTECT, null=True, related_name="+")
    shipped = models.CharField(max_length=40, blank=True)
    figures: models.JSONField[Any, Any] = models.JSONField(default=list, help_text="ids")
    span = models.CharField(max_length=8, choices=Span.choices)
    form = models.CharField(max_length=8, choices=Form.choices)
    weekday = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(7)], help_text="1 Monday to 7 Sunday"
    )
    day = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(28)], help_text="of the month"
    )
    hour = models.PositiveSmallIntegerField(default=8, validators=[MaxValueValidator(23)])
    recipients = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    next_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True)

    objects = PlacedQuerySet.as_manager()

    class Meta:
        app_label = "reports"
        ordering = ["name", "pk"]
        indexes = [
            models.Index(fields=["next_at"], condition=Q(stopped_at=None), name="delivery_due"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def chain(self) -> str:
        """Under which the ledger keeps what happened to it."""
        return f"reports.delivery:{self.pk}"


class DeliveryRun(models.Model):
    """One time that something was due: what was sent to how many, or why it failed."""

    class State(models.TextChoices):
        """How it ended."""

        SENT = "sent", pgettext_lazy("delivery", "Sent")
        FAILED = "failed", pgettext_lazy("delivery", "Failed")

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="runs")
    due_at = models.DateTimeField()
    period = models.CharField(max_length=30, help_text="as `Period.code`")
    state = models.CharField(max_length=6, choices=State.choices)
    message = models.CharField(max_length=500, blank=True)
    told = models.PositiveIntegerField(default=0, help_text="recipients")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "reports"
        ordering = ["-due_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["delivery", "due_at"], name="delivery_once_per_due_time")
        ]

    def __str__(self) -> str:
        return f"{self.delivery_id} {self.due_at:%Y-%m-%d} {self.state}"
