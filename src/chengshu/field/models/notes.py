"""Notes of officers in words, sound and pictures."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from chengshu.kernel.models import StoredFile

from .records import FieldRecord

APPEND_ONLY = pgtrigger.Update | pgtrigger.Delete


class FieldNote(models.Model):
    """现场记录的说明: text, sound or film about a lead, an inspection or a case. Append-only.

    ``subject`` is the id of what it is about: the field app lies above all three.
    """

    class About(models.TextChoices):
        """所属事项."""

        LEAD = "lead", _("Lead")
        INSPECTION = "inspection", _("Inspection")
        CASE = "case", _("Case")

    record = models.OneToOneField(FieldRecord, on_delete=models.PROTECT, related_name="note")
    about = models.CharField(max_length=10, choices=About.choices)
    subject = models.BigIntegerField()
    text = models.CharField(max_length=2000, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["about", "subject"], name="field_note_about")]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]

    def __str__(self) -> str:
        return f"{self.about} {self.subject}"


class FieldNoteFile(models.Model):
    """A file of a note, with what the device said of it. Append-only."""

    note = models.ForeignKey(FieldNote, on_delete=models.PROTECT, related_name="files")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=255)
    kind = models.CharField(max_length=12, help_text="photo, audio or video")
    taken_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["note", "file"], name="field_note_file_once")]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]

    def __str__(self) -> str:
        return self.name
