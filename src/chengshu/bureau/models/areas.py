"""The ground the bureau works on: district, streets and towns, grids."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .labels import in_language


class District(models.Model):
    """区: the root of everything a bureau owns; uniqueness elsewhere is per district."""

    code = models.CharField(max_length=6, unique=True)
    name = models.CharField(max_length=60)
    name_en = models.CharField(max_length=60, blank=True)
    boundary = models.JSONField(null=True, help_text="GeoJSON geometry, WGS 84 degrees")
    boundary_source = models.CharField(max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1, help_text="rises when boundaries change")

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the language of the page."""
        return in_language(self.name, self.name_en)


class Town(models.Model):
    """街道/镇: the level at which objects, squads and figures are divided."""

    class Kind(models.TextChoices):
        """街道 and 镇 decide in different names (handbook 'Issuing authority')."""

        STREET = "street", _("Street")
        TOWN = "town", _("Town")

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="towns")
    code = models.CharField(max_length=12)
    name = models.CharField(max_length=60)
    name_en = models.CharField(max_length=60, blank=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    boundary = models.JSONField(help_text="GeoJSON geometry, WGS 84 degrees")
    boundary_source = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["district", "code"], name="town_code_per_district"),
            models.UniqueConstraint(fields=["district", "name"], name="town_name_per_district"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the language of the page."""
        return in_language(self.name, self.name_en)


class Grid(models.Model):
    """责任网格: the smallest area of duty inside a town."""

    town = models.ForeignKey(Town, on_delete=models.PROTECT, related_name="grids")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=60)
    boundary = models.JSONField(help_text="GeoJSON geometry, WGS 84 degrees")

    class Meta:
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["town", "code"], name="grid_code_per_town")]

    def __str__(self) -> str:
        return self.name
