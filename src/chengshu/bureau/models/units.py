"""The organisation tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from .areas import District, Town
from .labels import in_language

if TYPE_CHECKING:
    from .people import User


class UnitQuerySet(models.QuerySet["Unit"]):
    """Units, narrowed."""

    def visible_to(self, user: User) -> UnitQuerySet:
        """Units that the person may see: the whole district, or one's own squad."""
        return self.filter(user.scope_for("bureau.view").q(district="district", squad="pk"))


class Unit(models.Model):
    """机构: bureau, section, squad or mobile squad; the tree decides who sees what."""

    class Kind(models.TextChoices):
        """机构类别."""

        BUREAU = "bureau", _("Bureau")
        SECTION = "section", _("Section")
        SQUAD = "squad", _("Squad")
        MOBILE_SQUAD = "mobile_squad", _("Mobile squad")

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="units")
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    kind = models.CharField(max_length=12, choices=Kind.choices)
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80, blank=True)
    towns = models.ManyToManyField(
        Town, blank=True, related_name="units", help_text="the area it answers for"
    )
    active = models.BooleanField(default=True)

    objects = UnitQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["district", "code"], name="unit_code_per_district")]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the language of the page."""
        return in_language(self.name, self.name_en)

    @property
    def covers_district(self) -> bool:
        """Whether people of this unit work in the whole district (everyone but a town's squad)."""
        return self.kind != self.Kind.SQUAD
