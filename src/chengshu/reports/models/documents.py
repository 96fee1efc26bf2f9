"""Documents that writers make of figures, and the figures as they were published."""

from __future__ import annotations

from typing import Any

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from chengshu.bureau.models import District, Unit, User
from chengshu.kernel.indicators.periods import Period
from chengshu.kernel.models import StoredFile

APPEND_ONLY = pgtrigger.Update | pgtrigger.Delete


class DocumentQuerySet(models.QuerySet["Document"]):
    """Every list of documents starts from `visible_to`."""

    def visible_to(self, user: User, permission: str = "reports.view") -> DocumentQuerySet:
        """Documents of the districts, and of the squads, where the person may use the permission."""
        return self.filter(user.scope_for(permission).q())


@pghistory.track(
    pghistory.UpdateEvent("before", row=pghistory.Old, condition=None),
    pghistory.DeleteEvent("deleted"),
    model_name="DocumentEvent",
)
class Document(models.Model):
    """报告文稿: a draft with live numbers, then frozen for ever. Written only by `reports.documents`."""

    class State(models.TextChoices):
        """文稿状态."""

        DRAFT = "draft", pgettext_lazy("document", "Draft")
        FROZEN = "frozen", pgettext_lazy("document", "Final")

    template = models.CharField(max_length=40)
    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    squad = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+")
    period_code = models.CharField(max_length=30, help_text="what `Period.parse` reads")
    title = models.CharField(max_length=200)
    number_word = models.CharField(max_length=20, blank=True, help_text="发文机关代字, such as 普城管")
    number_year = models.PositiveSmallIntegerField(null=True)
    number_seq = models.PositiveIntegerField(null=True)
    red_head = models.BooleanField(
        default=False, db_default=False, help_text="with 版头 and 版记 (GB/T 9704-2012, 7.2, 7.4)"
    )
    head = models.CharField(
        max_length=200,
        default="",
        db_default="",
        blank=True,
        help_text="the red head as printed when frozen",
    )
    state = models.CharField(max_length=6, choices=State.choices, default=State.DRAFT)
    version = models.PositiveIntegerField(default=1)
    noted: models.JSONField[Any, Any] = models.JSONField(
        default=dict, help_text="figures as the writer took note of them: {id: [value, value a year before]}"
    )
    noted_at = models.DateTimeField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    edited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    edited_at = models.DateTimeField()
    frozen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    frozen_at = models.DateTimeField(null=True)
    blocks: models.JSONField[Any, Any] = models.JSONField(null=True, help_text="what was printed when frozen")
    docx = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    pdf = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    csv = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")

    objects = DocumentQuerySet.as_manager()

    class Meta:
        app_label = "reports"
        ordering = ["-edited_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["district", "number_word", "number_year", "number_seq"],
                condition=~Q(number_word=""),
                name="reports_document_number_once",
            ),
            models.CheckConstraint(
                condition=Q(number_word="", number_year=None, number_seq=None)
                | (~Q(number_word="") & Q(number_year__isnull=False, number_seq__isnull=False)),
                name="reports_document_number_whole",
            ),
            models.CheckConstraint(
                condition=Q(state="draft", frozen_at=None)
                | Q(state="frozen", frozen_at__isnull=False, docx__isnull=False, blocks__isnull=False),
                name="reports_document_frozen_whole",
            ),
        ]
        indexes = [models.Index(fields=["district", "-edited_at"], name="reports_document_newest")]
        triggers = [
            pgtrigger.Protect(
                name="frozen_stays", operation=APPEND_ONLY, condition=pgtrigger.Q(old__state="frozen")
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def draft(self) -> bool:
        """Whether it can still be changed."""
        return self.state == self.State.DRAFT

    @property
    def period(self) -> Period:
        """The period reported on."""
        return Period.parse(self.period_code)

    @property
    def number(self) -> str:
        """发文字号, such as 普城管〔2021〕3号; empty where it has none."""
        return f"{self.number_word}〔{self.number_year}〕{self.number_seq}号" if self.number_word else ""

    @property
    def chain(self) -> str:
        """Its chain in the ledger."""
        return f"reports.document:{self.pk}"


@pghistory.track(
    pghistory.UpdateEvent("before", row=pghistory.Old, condition=None),
    pghistory.DeleteEvent("deleted"),
    model_name="DocumentPartEvent",
)
class DocumentPart(models.Model):
    """段落: a heading, paragraph or table in the form of templates, with ``{id:form}`` placeholders."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="parts")
    position = models.PositiveIntegerField()
    content: models.JSONField[Any, Any] = models.JSONField(help_text="as in a template: h1 … h4, p, table")
    shipped: models.JSONField[Any, Any] = models.JSONField(
        null=True, help_text="the template's own wording; null where the writer added the part"
    )
    accepted: models.JSONField[Any, Any] = models.JSONField(
        default=list, help_text="typed numbers that the writer confirmed"
    )
    version = models.PositiveIntegerField(default=1)

    class Meta:
        app_label = "reports"
        ordering = ["document_id", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["document", "position"],
                name="reports_part_position_once",
                deferrable=models.Deferrable.DEFERRED,
            )
        ]

    def __str__(self) -> str:
        return f"{self.document_id}/{self.position}"

    @property
    def edited(self) -> bool:
        """Whether the writer has changed the template's wording."""
        return bool(self.content != self.shipped)


class PublishedFigure(models.Model):
    """已发布指标: a figure as it stands in a frozen document, with what it was counted from."""

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="figures")
    indicator = models.SlugField(max_length=60)
    period_code = models.CharField(max_length=30)
    name = models.CharField(max_length=200, help_text="in Chinese, as when published")
    definition = models.CharField(max_length=1000, help_text="in Chinese, as when published")
    definition_version = models.PositiveIntegerField()
    definition_fingerprint = models.CharField(max_length=64)
    unit = models.CharField(max_length=30)
    decimals = models.PositiveSmallIntegerField()
    value = models.DecimalField(max_digits=32, decimal_places=10, null=True)
    numerator = models.DecimalField(max_digits=32, decimal_places=10, null=True)
    denominator = models.DecimalField(max_digits=32, decimal_places=10, null=True)
    sample = models.PositiveIntegerField()
    enough = models.BooleanField()
    records = models.PositiveIntegerField(help_text="how many records were counted")
    records_sha256 = models.CharField(max_length=64, help_text="over their keys in order, joined by commas")
    computed_at = models.DateTimeField()

    class Meta:
        app_label = "reports"
        ordering = ["document_id", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["document", "indicator", "period_code"], name="reports_figure_published_once"
            )
        ]
        indexes = [models.Index(fields=["indicator", "period_code"], name="reports_figure_by_period")]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]

    def __str__(self) -> str:
        return f"{self.indicator} {self.period_code}: {self.value}"
