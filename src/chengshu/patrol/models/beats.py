"""Beats, the points on them and how often they are to be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from chengshu.bureau.models import District, Unit
from chengshu.kernel.fields import PointField

if TYPE_CHECKING:
    from chengshu.bureau.models import User


class BeatQuerySet(models.QuerySet["Beat"]):
    """Every list of beats starts from `visible_to`."""

    def visible_to(self, user: User, permission: str = "patrol.view") -> BeatQuerySet:
        """Beats inside the places where the person may use the permission."""
        return self.filter(user.scope_for(permission).q())


class Beat(models.Model):
    """巡区: an area that a squad patrols; ``boundary`` is a GeoJSON geometry in WGS 84 degrees."""

    class StreetClass(models.TextChoices):
        """道路等级: by it the required frequency is set (`data/requirements.yaml`)."""

        STRICT = "strict", _("Strictly managed street")
        CONTROLLED = "controlled", _("Controlled street")
        GENERAL = "general", _("General street")
        COMPOUND = "compound", _("Residential compound")

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    squad = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="beats")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=80)
    street_class = models.CharField(max_length=12, choices=StreetClass.choices)
    boundary = models.JSONField(null=True)
    active = models.BooleanField(default=True)

    objects = BeatQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["district", "code"], name="beat_code_once")]

    def __str__(self) -> str:
        return self.name


class BeatPoint(models.Model):
    """巡查点位: a place on a beat where officers check in."""

    beat = models.ForeignKey(Beat, on_delete=models.PROTECT, related_name="points")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=80)
    position = PointField()
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["beat_id", "code"]
        constraints = [models.UniqueConstraint(fields=["beat", "code"], name="beat_point_code_once")]

    def __str__(self) -> str:
        return self.name


class Requirement(models.Model):
    """巡查频次要求: so many visits to each point of a class of street within some hours."""

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    street_class = models.CharField(max_length=12, choices=Beat.StreetClass.choices)
    first_hour = models.PositiveSmallIntegerField(help_text="0 to 23, local time")
    end_hour = models.PositiveSmallIntegerField(help_text="the hour before which the window ends, 1 to 24")
    visits = models.PositiveSmallIntegerField(help_text="visits a day to each point in the window")
    workdays_only = models.BooleanField(default=False)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    source = models.CharField(max_length=200, blank=True)
    verified = models.BooleanField(default=False)

    class Meta:
        ordering = ["street_class", "first_hour", "valid_from"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(end_hour__gt=models.F("first_hour"), end_hour__lte=24),
                name="requirement_window_in_order",
            ),
            models.UniqueConstraint(
                fields=["district", "street_class", "first_hour", "valid_from"], name="requirement_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.street_class} {self.first_hour}-{self.end_hour}: {self.visits}"
