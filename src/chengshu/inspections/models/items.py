"""What may be inspected, and by which list: 一单 and the checklists."""

from __future__ import annotations

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from chengshu.bureau.models import District
from chengshu.bureau.models.labels import in_language


@pghistory.track(
    pghistory.UpdateEvent("before", row=pghistory.Old, condition=None),
    pghistory.DeleteEvent("deleted"),
    model_name="InspectionItemEvent",
)
class InspectionItem(models.Model):
    """抽查事项 (随机抽查事项清单): what the bureau may inspect at random, published before any draw."""

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="inspection_items")
    code = models.CharField(max_length=20)
    title = models.CharField(max_length=120)
    title_en = models.CharField(max_length=160, blank=True)
    object_classes = ArrayField(models.CharField(max_length=40), help_text="codes of classes of objects")
    basis = models.JSONField(default=list, help_text="citations: {instrument, article}")
    method = models.CharField(max_length=120, blank=True, help_text="how it is inspected (检查方式)")
    verified = models.BooleanField(default=False)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["district", "code"], name="inspection_item_code_once")]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the language of the page."""
        return in_language(self.title, self.title_en)


class Checklist(models.Model):
    """检查单: one version of the questions for a class of objects; a change is a new version."""

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="checklists")
    object_class = models.CharField(max_length=40, help_text="code of a class of objects")
    code = models.CharField(max_length=40)
    version = models.PositiveSmallIntegerField(default=1)
    title = models.CharField(max_length=120)
    title_en = models.CharField(max_length=160, blank=True)
    valid_from = models.DateField()
    entries = models.JSONField(help_text="[{code, zh, en, basis, cause, lead_class, photo, rectify_days}]")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the entries as they were loaded")
    note = models.CharField(max_length=300, blank=True, help_text="why this version was made")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="none: shipped with the product",
    )
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["object_class", "code", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["district", "code", "version"], name="checklist_version_once")
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.label} v{self.version}"

    @property
    def label(self) -> str:
        """The name in the language of the page."""
        return in_language(self.title, self.title_en)
