"""Imports: file, mapping, checked rows, conflicts."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from chengshu.bureau.models import District
from chengshu.kernel.models import Job, StoredFile

from .classes import ObjectClass
from .objects import RegulatedObject


class ImportMapping(models.Model):
    """列对应: how the columns of one kind of list map to fields, saved for the next time."""

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    object_class = models.ForeignKey(ObjectClass, on_delete=models.PROTECT, related_name="mappings")
    name = models.CharField(_("name"), max_length=80)
    crs = models.CharField(max_length=10, default="wgs84")
    columns = models.JSONField(help_text="field → column name")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["district", "object_class", "name"], name="mapping_name_once")
        ]

    def __str__(self) -> str:
        return self.name


class ImportBatch(models.Model):
    """导入批次: one uploaded list on its way into the registry."""

    class State(models.TextChoices):
        """Where the import stands."""

        UPLOADED = "uploaded", _("Uploaded")
        CHECKING = "checking", _("Checking")
        CHECKED = "checked", _("Checked")
        IMPORTING = "importing", _("Importing")
        IMPORTED = "imported", _("Imported")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    object_class = models.ForeignKey(ObjectClass, on_delete=models.PROTECT, related_name="batches")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    filename = models.CharField(max_length=255)
    sheet = models.CharField(max_length=100, blank=True)
    columns = models.JSONField(default=list, help_text="column names of the file, in order")
    crs = models.CharField(max_length=10, default="wgs84")
    mapping = models.JSONField(default=dict, help_text="field → column name")
    source_label = models.CharField(_("source"), max_length=200, blank=True)
    observed_on = models.DateField(_("as of"))
    state = models.CharField(max_length=10, choices=State.choices, default=State.UPLOADED)
    counts = models.JSONField(default=dict, help_text="outcome → number of rows")
    problem = models.TextField(blank=True)
    notes = models.JSONField(default=list)
    preview = models.JSONField(default=dict, help_text="first rows; coordinates as each system reads them")
    job = models.ForeignKey(Job, on_delete=models.PROTECT, null=True, related_name="+")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    imported_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.filename} #{self.pk}"


class Conflict(models.Model):
    """待核实记录: a row that was not taken over because a person must decide. Kept, and asked once."""

    class State(models.TextChoices):
        """How it was settled."""

        OPEN = "open", _("To be verified")
        ACCEPTED = "accepted", _("Accepted as stated")
        CORRECTED = "corrected", _("Accepted with corrections")
        DISMISSED = "dismissed", _("Not taken over")
        SUPERSEDED = "superseded", _("Settled by a later import")

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="conflicts")
    object_class = models.ForeignKey(ObjectClass, on_delete=models.PROTECT, related_name="conflicts")
    key = models.CharField(
        max_length=64, help_text="hash of class, name and address: the same row is one conflict"
    )
    values = models.JSONField(help_text="the row as understood")
    raw = models.JSONField(help_text="the row as it stood in the file")
    reasons = models.JSONField(help_text="list of {code, …}")
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    candidate = models.ForeignKey(RegulatedObject, on_delete=models.PROTECT, null=True, related_name="+")
    object = models.ForeignKey(RegulatedObject, on_delete=models.PROTECT, null=True, related_name="conflicts")
    first_batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, related_name="+")
    last_batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, related_name="+")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    decision_note = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["district", "object_class", "key"], name="conflict_asked_once")
        ]

    def __str__(self) -> str:
        return f"{self.values.get('name', '')} [{self.state}]"


class ImportRow(models.Model):
    """One row of a batch and what the check says of it (replaced when the check is run again)."""

    class Outcome(models.TextChoices):
        """What happens to the row on import."""

        CREATE = "create", _("New")
        UPDATE = "update", _("Changed")
        UNCHANGED = "unchanged", _("Unchanged")
        CONFLICT = "conflict", _("Doubtful")
        REJECT = "reject", _("Refused")

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="rows")
    row = models.PositiveIntegerField(help_text="row number in the file, as a spreadsheet shows it")
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    reasons = models.JSONField(default=list, help_text="list of {code, …}")
    raw = models.JSONField(help_text="the row as it stood in the file")
    values = models.JSONField(default=dict, help_text="the row as understood")
    changes = models.JSONField(default=dict, help_text="field → [before, after]")
    object = models.ForeignKey(RegulatedObject, on_delete=models.SET_NULL, null=True, related_name="+")
    conflict = models.ForeignKey(Conflict, on_delete=models.SET_NULL, null=True, related_name="+")
    key = models.CharField(max_length=64, blank=True, help_text="key of the conflict that the row may raise")

    class Meta:
        ordering = ["batch", "row"]
        indexes = [models.Index(fields=["batch", "outcome", "row"], name="import_row_outcome")]

    def __str__(self) -> str:
        return f"{self.batch_id}:{self.row} {self.outcome}"
