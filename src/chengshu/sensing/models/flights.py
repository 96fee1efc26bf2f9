"""Flights and the comparison of two of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from chengshu.bureau.models import District
from chengshu.kernel.models import Job
from chengshu.registry.queries.reference import districts_of
from chengshu.sensing.lifecycle import ComparisonState, FlightState

if TYPE_CHECKING:
    from chengshu.bureau.models import User

VIEW = "sensing.view"


class FlightQuerySet(models.QuerySet["Flight"]):
    """Every list of flights starts from `visible_to`."""

    def visible_to(self, user: User, permission: str = VIEW) -> FlightQuerySet:
        """Flights of the districts where the person may use the permission anywhere.

        A flight belongs to no squad: whoever looks at suspects of one town sees the picture they lie in.
        """
        return self.filter(district__in=districts_of(user.scope_for(permission)))


@pghistory.track(
    pghistory.UpdateEvent("before", row=pghistory.Old, condition=None),
    pghistory.DeleteEvent("deleted"),
    model_name="FlightEvent",
)
class Flight(models.Model):
    """架次: one orthomosaic of one day, with its surface model where there is one.

    ``mosaic`` and ``dsm`` are paths within the folder of flights or ``s3://`` addresses; what they hold was
    checked when they were registered, and the digest says that it is still the same. ``area`` is what the
    mosaic covers, a GeoJSON polygon in WGS 84.
    """

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+", db_index=False)
    name = models.CharField(_("name"), max_length=80)
    flown_on = models.DateField(_("flown on"))
    operator = models.CharField(_("operator"), max_length=80, blank=True)
    height_m = models.FloatField(_("height of the flight, m"), null=True)
    area = models.JSONField(null=True)
    gsd_m = models.FloatField(null=True, help_text="size of a pixel on the ground, metres")
    crs = models.CharField(max_length=300, blank=True, help_text="EPSG code or PROJ text of the mosaic")
    crs_stated = models.BooleanField(default=False, help_text="the file names none; somebody stated it")
    width = models.PositiveIntegerField(default=0, help_text="pixels")
    height = models.PositiveIntegerField(default=0, help_text="pixels")
    bands = models.PositiveSmallIntegerField(default=0)
    has_overviews = models.BooleanField(default=False)
    mosaic = models.CharField(max_length=500)
    mosaic_sha256 = models.CharField(max_length=64, blank=True)
    mosaic_bytes = models.BigIntegerField(default=0)
    dsm = models.CharField(max_length=500, blank=True)
    dsm_sha256 = models.CharField(max_length=64, blank=True)
    dsm_bytes = models.BigIntegerField(default=0)
    state = models.CharField(max_length=10, choices=FlightState.choices, default=FlightState.CHECKING)
    problem = models.CharField(max_length=300, blank=True, help_text="why it was refused")
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, related_name="+")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = FlightQuerySet.as_manager()

    class Meta:
        ordering = ["-flown_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["district", "mosaic"], condition=~Q(state="withdrawn"), name="flight_mosaic_once"
            ),
            models.CheckConstraint(
                condition=~Q(state="ready") | Q(area__isnull=False), name="flight_ready_with_area"
            ),
        ]
        indexes = [models.Index(fields=["district", "-flown_on", "-id"], name="flight_newest")]

    def __str__(self) -> str:
        return self.name

    @property
    def version(self) -> str:
        """Changes with the picture: the address of its tiles carries it."""
        return (self.mosaic_sha256 or f"{self.mosaic_bytes:x}")[:12]


class ComparisonQuerySet(models.QuerySet["Comparison"]):
    """Every list of comparisons starts from `visible_to`."""

    def visible_to(self, user: User, permission: str = VIEW) -> ComparisonQuerySet:
        """As with flights."""
        return self.filter(district__in=districts_of(user.scope_for(permission)))


@pghistory.track(
    pghistory.UpdateEvent("before", row=pghistory.Old, condition=pgtrigger.AnyChange("state")),
    pghistory.DeleteEvent("deleted"),
    model_name="ComparisonEvent",
)
class Comparison(models.Model):
    """比对: two flights, and what the library said of them. ``seed`` decides which decisions are samples."""

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+", db_index=False)
    before = models.ForeignKey(Flight, on_delete=models.PROTECT, related_name="+")
    after = models.ForeignKey(Flight, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=ComparisonState.choices, default=ComparisonState.WAITING)
    parameters = models.JSONField(default=dict, help_text="options given to the library")
    registration = models.JSONField(default=dict, help_text="what the library reports of 配准")
    grid = models.JSONField(default=dict, help_text="CRS, transform and size of the common grid")
    remarks = models.JSONField(default=list, help_text="[text, values] the library wants known")
    has_heights = models.BooleanField(null=True, help_text="null until compared")
    problem = models.CharField(max_length=300, blank=True)
    suspects = models.PositiveIntegerField(default=0)
    suppressed = models.PositiveIntegerField(default=0)
    seed = models.CharField(max_length=32)
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, related_name="+")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    objects = ComparisonQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(before=F("after")), name="comparison_of_two"),
            models.UniqueConstraint(fields=["before", "after"], name="comparison_once"),
        ]
        indexes = [models.Index(fields=["district", "-id"], name="comparison_newest")]

    def __str__(self) -> str:
        return f"{self.before_id} → {self.after_id}"
