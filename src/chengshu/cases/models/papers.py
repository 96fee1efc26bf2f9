"""Evidence and documents of a case."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from chengshu.cases.documents.kinds import kind
from chengshu.kernel.fields import PointField
from chengshu.kernel.models import StoredFile

from .cases import APPEND_ONLY, Case, Party


class EvidenceItem(models.Model):
    """证据: one item as it was taken in. Append-only; a copy names its original."""

    class Type(models.TextChoices):
        """证据种类 (行政处罚法 2021 art. 46)."""

        DOCUMENTARY = "documentary", _("Documentary evidence")
        PHYSICAL = "physical", _("Physical evidence")
        AUDIOVISUAL = "audiovisual", _("Audio-visual material")
        ELECTRONIC = "electronic", _("Electronic data")
        WITNESS = "witness", _("Witness testimony")
        PARTY = "party", _("Statement of the party")
        EXPERT = "expert", _("Expert opinion")
        RECORD = "record", _("Record of inspection or on-site record")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="evidence")
    seq = models.PositiveIntegerField()
    type = models.CharField(max_length=12, choices=Type.choices)
    title = models.CharField(max_length=120)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    sha256 = models.CharField(max_length=64)
    original = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="copies")
    captured_at = models.DateTimeField(null=True)
    place = models.CharField(max_length=200, blank=True)
    position = PointField(null=True)
    device = models.CharField(max_length=120, blank=True)
    operator = models.CharField(max_length=60, blank=True)
    clock_offset = models.FloatField(null=True, help_text="seconds by which the device's clock was ahead")
    taken_in_at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["case_id", "seq"]
        constraints = [models.UniqueConstraint(fields=["case", "seq"], name="evidence_place_per_case")]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]

    def __str__(self) -> str:
        return self.title


class CustodyEntry(models.Model):
    """证据流转: who had the item, saw it or handed it on. Append-only."""

    item = models.ForeignKey(EvidenceItem, on_delete=models.PROTECT, related_name="custody")
    action = models.CharField(max_length=24)
    note = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["item_id", "id"]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]

    def __str__(self) -> str:
        return f"{self.item_id} {self.action}"


class CaseDocument(models.Model):
    """文书: one version of one document as issued. Append-only; a newer version is a new row."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="documents")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, null=True, related_name="documents")
    kind = models.CharField(max_length=60)
    number = models.CharField(max_length=80, blank=True)
    version = models.PositiveSmallIntegerField(default=1)
    step_seq = models.PositiveIntegerField(null=True, help_text="the step that it belongs to")
    facts = models.JSONField(default=dict, help_text="what the document says, frozen on issue")
    pdf = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    sha256 = models.CharField(max_length=64, blank=True)
    issued_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["case_id", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "party", "kind", "version"],
                name="document_version_once",
                nulls_distinct=False,
            )
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"

    @property
    def title(self) -> str:
        """The official name of its kind."""
        return kind(self.kind).label


class DocumentDraft(models.Model):
    """文书草稿: the edits that a person made in Word to a document before its issue. Append-only.

    ``edits`` hold texts by their paths and belong to the draft named by ``base``; the latest one since the
    last issue counts, with ``edits`` empty where they were discarded.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="drafts")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, null=True, related_name="drafts")
    kind = models.CharField(max_length=60)
    issued_before = models.PositiveSmallIntegerField(help_text="how many versions were issued before it")
    version = models.PositiveSmallIntegerField()
    recipient = models.CharField(max_length=100, blank=True)
    base = models.CharField(max_length=64, help_text="SHA-256 of the draft without edits")
    edits = models.JSONField(default=dict)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["case_id", "kind", "version"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "party", "kind", "version"], name="draft_version_once", nulls_distinct=False
            )
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]

    def __str__(self) -> str:
        return f"{self.kind} {self.version}"
