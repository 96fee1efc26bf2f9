"""Devices that record acts without an officer, and blocks of numbers leased to devices that work offline."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chengshu.bureau.models import District
from chengshu.kernel.fields import PointField
from chengshu.kernel.models import StoredFile


@pghistory.track(
    pghistory.UpdateEvent("before", row=pghistory.Old, condition=None),
    pghistory.DeleteEvent("deleted"),
    model_name="OffsiteDeviceEvent",
)
class OffsiteDevice(models.Model):
    """非现场执法设备: what 行政处罚法 2021 art. 41 asks of a device before its records count as evidence.

    What is not known yet stays empty; the records of such a device are leads only.
    """

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="offsite_devices")
    code = models.CharField(_("Device code"), max_length=40)
    name = models.CharField(_("Name"), max_length=80)
    type_number = models.CharField(_("Model of the device"), max_length=80, blank=True)
    certificate = models.CharField(_("Certificate of verification (number)"), max_length=80, blank=True)
    valid_to = models.DateField(_("Certificate valid until"), null=True, blank=True)
    legal_review = models.CharField(_("Legal review (number)"), max_length=80, blank=True)
    legal_reviewed_on = models.DateField(_("Legal review on"), null=True, blank=True)
    technical_review = models.CharField(_("Technical review (number)"), max_length=80, blank=True)
    technical_reviewed_on = models.DateField(_("Technical review on"), null=True, blank=True)
    published_at = models.DateField(_("Place published on"), null=True, blank=True)
    sign_photo = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    position = PointField(null=True)
    place = models.CharField(_("Place"), max_length=200, blank=True)
    clock_offset = models.FloatField(_("Seconds the device's clock is ahead"), null=True, blank=True)
    active = models.BooleanField(_("In use"), default=True)

    class Meta:
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["district", "code"], name="offsite_device_code_once")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    def particulars(self, on: date) -> dict[str, str]:
        """What its records are judged by on a day; what was not in force on that day is empty."""
        verified = self.valid_to is not None and on <= self.valid_to
        return {
            "device": str(self),
            "certificate": self.certificate if verified else "",
            "legal_review": _since(self.legal_review, self.legal_reviewed_on, on),
            "technical_review": _since(self.technical_review, self.technical_reviewed_on, on),
            "published_at": _since(str(self.published_at), self.published_at, on),
        }


def _since(text: str, since: date | None, on: date) -> str:
    return text if since is not None and since <= on else ""


class NumberBlock(models.Model):
    """号段: numbers of one series that a device takes along where it has no connection.

    Taken from the series at once, so that no other case gets them; each is used once or voided on record.
    """

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="number_blocks")
    template = models.CharField(max_length=80, help_text="how a number is written, with {seq}")
    word = models.CharField(max_length=20, help_text="机关代字")
    kind = models.CharField(max_length=20, help_text="the word of the kind of document: 当罚决字")
    year = models.PositiveSmallIntegerField()
    first = models.PositiveIntegerField()
    last = models.PositiveIntegerField()
    device = models.CharField(max_length=80, blank=True, help_text="what the person calls the device")
    leased_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="number_blocks"
    )
    leased_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    used = models.JSONField(default=list, help_text="running numbers that documents bear")
    voided = models.JSONField(default=list, help_text="running numbers that no document will ever bear")
    closed_at = models.DateTimeField(null=True)
    client_id = models.UUIDField(null=True, help_text="made by the device: a lease asked twice counts once")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["leased_to", "client_id"], name="number_block_asked_once"),
            models.UniqueConstraint(
                fields=["district", "word", "kind", "year", "first"], name="number_block_once"
            ),
            models.CheckConstraint(
                condition=models.Q(last__gte=models.F("first")), name="number_block_order"
            ),
        ]
        indexes = [
            models.Index(
                fields=["leased_to"], condition=models.Q(closed_at__isnull=True), name="number_block_open"
            )
        ]
        triggers = [pgtrigger.Protect(name="never_deleted", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.number(self.first)}–{self.last}"

    @property
    def chain(self) -> str:
        """The block's chain in the ledger."""
        return f"cases.numberblock:{self.pk}"

    def number(self, seq: int) -> str:
        """The document number with a running number of the block."""
        return self.template.format(word=self.word, kind=self.kind, year=self.year, seq=seq)

    @property
    def unused(self) -> dict[str, int]:
        """What is neither used nor voided: document numbers with their running numbers, in order."""
        gone = {*self.used, *self.voided}
        return {self.number(seq): seq for seq in range(self.first, self.last + 1) if seq not in gone}

    def numbers(self, seqs: Iterable[int]) -> list[str]:
        """The document numbers with some running numbers."""
        return [self.number(seq) for seq in seqs]

    def open_at(self, moment: datetime) -> bool:
        """Whether its numbers may be given at a moment."""
        return self.closed_at is None and self.leased_at <= moment <= self.expires_at
