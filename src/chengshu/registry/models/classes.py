"""Classes of regulated objects and their attributes, as data."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from chengshu.bureau.models import District


class Named(models.Model):
    """A thing with a Chinese and an English label that people, not code, have given."""

    label_zh = models.CharField(_("Chinese name"), max_length=40)
    label_en = models.CharField(_("English name"), max_length=60, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The label in the language of the page; Chinese where no English one was given."""
        if (get_language() or "").startswith("en") and self.label_en:
            return self.label_en
        return self.label_zh


class ObjectClass(Named):
    """监管对象类别, e.g. 住宅小区 `compound`, 沿街商铺 `shop`. A bureau adds its own."""

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="object_classes")
    code = models.SlugField(max_length=30)
    colour = models.CharField(_("map colour"), max_length=7, default="#5b6b7f")
    order = models.PositiveSmallIntegerField(_("order"), default=100)
    active = models.BooleanField(_("in use"), default=True)

    class Meta:
        ordering = ["order", "code"]
        constraints = [models.UniqueConstraint(fields=["district", "code"], name="class_code_per_district")]


class AttributeDefinition(Named):
    """A typed attribute of one class, e.g. 总户数 (integer, unit 户)."""

    class Kind(models.TextChoices):
        """How a value is read, checked and shown."""

        TEXT = "text", _("Text")
        INTEGER = "integer", _("Whole number")
        DECIMAL = "decimal", _("Number")
        DATE = "date", _("Date")
        YEAR = "year", _("Year")
        BOOLEAN = "boolean", _("Yes or no")
        CHOICE = "choice", _("Choice")
        CHOICES = "choices", _("Several choices")
        PHONE = "phone", _("Phone")

    object_class = models.ForeignKey(ObjectClass, on_delete=models.PROTECT, related_name="attributes")
    key = models.SlugField(max_length=40)
    kind = models.CharField(_("type"), max_length=10, choices=Kind.choices, default=Kind.TEXT)
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    choices = ArrayField(models.CharField(max_length=60), default=list, blank=True, verbose_name=_("choices"))
    required = models.BooleanField(_("required"), default=False)
    personal = models.BooleanField(
        _("personal data"), default=False, help_text=_("Masked unless a reason is given")
    )
    aliases = ArrayField(
        models.CharField(max_length=60), default=list, blank=True, verbose_name=_("column names on import")
    )
    order = models.PositiveSmallIntegerField(_("order"), default=100)
    active = models.BooleanField(_("in use"), default=True)

    class Meta:
        ordering = ["object_class", "order", "key"]
        constraints = [
            models.UniqueConstraint(fields=["object_class", "key"], name="attribute_key_per_class")
        ]
