"""Classes of leads: 部件/事件 → 大类 → 小类, as data of the bureau."""

from __future__ import annotations

from django.db import models
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from chengshu.bureau.models import District


class LeadClass(models.Model):
    """线索小类 with its limits; starts from `data/classes.yaml`, then belongs to the bureau."""

    class Kind(models.TextChoices):
        """部件 are things (a manhole cover), 事件 are happenings (a stall in the road)."""

        PART = "part", _("Part")
        EVENT = "event", _("Event")

    class Unit(models.TextChoices):
        """How a limit is counted."""

        HOUR = "hour", _("hours")
        WORKING_HOUR = "working_hour", _("working hours")
        WORKING_DAY = "working_day", _("working days")
        CALENDAR_DAY = "calendar_day", _("days")

    class Severity(models.IntegerChoices):
        """严重程度."""

        ORDINARY = 1, _("Ordinary")
        SERIOUS = 2, pgettext_lazy("lead", "Serious")
        URGENT = 3, _("Urgent")

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="lead_classes")
    code = models.CharField(
        _("code"), max_length=14, help_text="major 2 + minor 2 digits, part P or event E before"
    )
    kind = models.CharField(_("type"), max_length=5, choices=Kind.choices)
    major_zh = models.CharField(_("major class"), max_length=40)
    major_en = models.CharField(max_length=60, blank=True)
    label_zh = models.CharField(_("Chinese name"), max_length=60)
    label_en = models.CharField(_("English name"), max_length=80, blank=True)
    arrive_within = models.PositiveSmallIntegerField(_("arrive within"))
    arrive_unit = models.CharField(max_length=12, choices=Unit.choices, default=Unit.HOUR)
    handle_within = models.PositiveSmallIntegerField(_("handle within"))
    handle_unit = models.CharField(max_length=12, choices=Unit.choices, default=Unit.WORKING_DAY)
    photos_filing = models.PositiveSmallIntegerField(_("photos at filing"), default=1)
    photos_closing = models.PositiveSmallIntegerField(_("photos at closing"), default=1)
    severity = models.PositiveSmallIntegerField(
        _("severity"), choices=Severity.choices, default=Severity.ORDINARY
    )
    cause = models.CharField(
        _("cause of action"), max_length=60, blank=True, help_text="code in the law's data"
    )
    source = models.CharField(max_length=200, blank=True, help_text="where the limits come from")
    verified = models.BooleanField(default=False, help_text="limits checked against a text")
    order = models.PositiveSmallIntegerField(default=100)
    active = models.BooleanField(_("in use"), default=True)

    class Meta:
        ordering = ["order", "code"]
        constraints = [
            models.UniqueConstraint(fields=["district", "code"], name="lead_class_code_per_district"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """小类 in the language of the page."""
        return self.label_en if self.label_en and (get_language() or "").startswith("en") else self.label_zh

    @property
    def major(self) -> str:
        """大类 in the language of the page."""
        return self.major_en if self.major_en and (get_language() or "").startswith("en") else self.major_zh
