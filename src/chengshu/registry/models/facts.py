"""Where each fact of an object comes from; identifiers in other systems; permits and filings."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from chengshu.bureau.models import District

from .objects import RegulatedObject


class FactRecord(models.Model):
    """事实来源: values of some fields as one source stated them on one day. Append-only.

    The source and age of a field are those of the newest record that holds it.
    """

    class Source(models.TextChoices):
        """Where facts come from."""

        IMPORT = "import", _("Imported list")
        ROUND = "round", _("Re-verification")
        CLERK = "clerk", _("Entered by hand")
        MERGE = "merge", _("Merged from a duplicate")

    object = models.ForeignKey(RegulatedObject, on_delete=models.PROTECT, related_name="facts")
    source = models.CharField(max_length=10, choices=Source.choices)
    source_label = models.CharField(max_length=200, blank=True, help_text="e.g. the name of the list")
    source_ref = models.CharField(max_length=80, blank=True, help_text="e.g. import:12, round:3")
    observed_on = models.DateField(help_text="the day the source speaks of")
    values = models.JSONField(help_text="field name → value; attributes as attributes.<key>")
    fingerprint = models.CharField(max_length=64, blank=True, help_text="hash of the imported row")
    recorded_at = models.DateTimeField(auto_now_add=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["object", "-id"], name="fact_of_object"),
            models.Index(fields=["fingerprint"], name="fact_fingerprint", condition=~Q(fingerprint="")),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.object_id} {self.source} {self.observed_on}"


class ObjectIdentifier(models.Model):
    """其他系统编号: the object's id in another system, e.g. the city's supervision system."""

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    object = models.ForeignKey(RegulatedObject, on_delete=models.PROTECT, related_name="identifiers")
    scheme = models.CharField(_("system"), max_length=40)
    value = models.CharField(_("identifier"), max_length=80)

    class Meta:
        ordering = ["scheme", "value"]
        constraints = [
            models.UniqueConstraint(
                fields=["district", "scheme", "value"], name="identifier_once_per_district"
            )
        ]

    def __str__(self) -> str:
        return f"{self.scheme} {self.value}"


class Permit(models.Model):
    """许可与备案: 夜间施工许可, 外摆位备案, 渣土处置证 … with validity."""

    object = models.ForeignKey(RegulatedObject, on_delete=models.PROTECT, related_name="permits")
    kind = models.CharField(_("kind"), max_length=60)
    number = models.CharField(_("number"), max_length=80, blank=True)
    issuer = models.CharField(_("issued by"), max_length=100, blank=True)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    withdrawn_on = models.DateField(_("withdrawn on"), null=True, blank=True)

    class Meta:
        ordering = ["-valid_to", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_from=None) | Q(valid_to__gte=F("valid_from")),
                name="permit_dates_in_order",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"
