"""Inspections, who does them, and what was reported."""

from __future__ import annotations

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from chengshu.bureau.models import District, Town, Unit, User
from chengshu.inspections.lifecycle import Action, Kind, Result, State, Withdrawal
from chengshu.kernel.fields import PointField
from chengshu.kernel.models import StoredFile
from chengshu.leads.models import Lead
from chengshu.registry.models import RegulatedObject

from .draws import Draw
from .items import Checklist
from .plans import InspectionTask, PartnerOfficer

APPEND_ONLY = pgtrigger.Update | pgtrigger.Delete


class InspectionQuerySet(models.QuerySet["Inspection"]):
    """Every list of inspections starts from `visible_to`."""

    def visible_to(self, user: User, permission: str = "inspections.view") -> InspectionQuerySet:
        """Inspections inside the places where the person may use the permission, and those of one's own."""
        within = user.scope_for(permission)
        if not within:
            return self.none()
        own = InspectionOfficer.objects.filter(inspection=OuterRef("pk"), user=user, replaced_at=None)
        return self.filter(within.q() | Exists(own))


@pghistory.track(
    pghistory.UpdateEvent("before", row=pghistory.Old, condition=None),
    pghistory.DeleteEvent("deleted"),
    model_name="InspectionEvent",
)
class Inspection(models.Model):
    """检查: one object, inspected once. Written only by services; the truth is in the reports."""

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="inspections")
    squad = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="inspections")
    town = models.ForeignKey(Town, on_delete=models.PROTECT, null=True, related_name="+")
    number = models.CharField(_("number"), max_length=40)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASSIGNED)
    task = models.ForeignKey(InspectionTask, on_delete=models.PROTECT, null=True, related_name="inspections")
    draw = models.ForeignKey(Draw, on_delete=models.PROTECT, null=True, related_name="inspections")
    draw_key = models.CharField(max_length=64, blank=True, help_text="the object's salted key in the proof")
    draw_salt = models.CharField(max_length=64, blank=True, help_text="lets the object prove its key")
    draw_place = models.PositiveIntegerField(null=True, help_text="place in the draw's final list")
    object = models.ForeignKey(RegulatedObject, on_delete=models.PROTECT, related_name="inspections")
    object_class = models.CharField(max_length=40)
    checklist = models.ForeignKey(Checklist, on_delete=models.PROTECT, null=True, related_name="+")
    follows = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="followed_by")
    reason = models.CharField(max_length=300, blank=True, help_text="why it is inspected outside a draw")
    starts_on = models.DateField()
    due_on = models.DateField()
    started_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True, help_text="when the result was reported first")
    closed_at = models.DateTimeField(null=True)
    result = models.PositiveSmallIntegerField(choices=Result.choices, null=True)
    problem_count = models.PositiveSmallIntegerField(default=0, help_text="entries with a problem found")
    corrected = models.BooleanField(default=False, help_text="put right on the spot")
    rectify_by = models.DateField(null=True)
    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, null=True, related_name="inspections")
    withdrawn_for = models.CharField(max_length=12, choices=Withdrawal.choices, blank=True)
    withdrawn_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)
    client_id = models.UUIDField(null=True, unique=True, help_text="made by whoever asks: once")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = InspectionQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["district", "number"], name="inspection_number_once"),
            models.UniqueConstraint(
                fields=["draw", "object"], condition=Q(draw__isnull=False), name="inspection_drawn_once"
            ),
            models.CheckConstraint(
                condition=Q(kind="random", task__isnull=False, draw__isnull=False)
                | (~Q(kind="random") & Q(draw__isnull=True)),
                name="inspection_random_is_drawn",
            ),
        ]
        indexes = [
            models.Index(fields=["district", "kind", "-done_at"], name="inspection_by_kind"),
            models.Index(fields=["district", "state", "due_on"], name="inspection_by_state"),
            models.Index(fields=["squad", "state", "due_on"], name="inspection_by_squad"),
            models.Index(fields=["object", "-done_at"], name="inspection_by_object"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def chain(self) -> str:
        """The inspection's chain in the ledger."""
        return f"inspections.inspection:{self.pk}"


class InspectionOfficer(models.Model):
    """检查人员: who inspects; two at least, with those of other departments in joint tasks."""

    inspection = models.ForeignKey(Inspection, on_delete=models.PROTECT, related_name="team")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="inspections"
    )
    partner = models.ForeignKey(
        PartnerOfficer, on_delete=models.PROTECT, null=True, related_name="inspections"
    )
    certificate = models.CharField(max_length=40, help_text="number of the certificate on the day")
    draw_key = models.CharField(max_length=64, blank=True)
    replaced_at = models.DateTimeField(null=True)
    replaced_for = models.CharField(max_length=12, choices=Withdrawal.choices, blank=True)

    class Meta:
        ordering = ["inspection_id", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=False, partner__isnull=True)
                | Q(user__isnull=True, partner__isnull=False),
                name="inspection_officer_is_one",
            ),
            models.UniqueConstraint(
                fields=["inspection", "user"],
                condition=Q(replaced_at=None, user__isnull=False),
                name="inspection_officer_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.inspection_id} {self.certificate}"

    @property
    def name(self) -> str:
        """The officer's name, for pages of the bureau."""
        return str(self.user or self.partner)


class InspectionStep(models.Model):
    """检查流转: what happened to an inspection, in order. Append-only, hashed into the ledger."""

    inspection = models.ForeignKey(Inspection, on_delete=models.PROTECT, related_name="steps")
    seq = models.PositiveIntegerField()
    action = models.CharField(max_length=10, choices=Action.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    note = models.CharField(max_length=500, blank=True)
    data = models.JSONField(default=dict)
    recorded_at = models.DateTimeField(auto_now_add=True, help_text="order in which other systems read them")

    class Meta:
        ordering = ["inspection_id", "seq"]
        constraints = [models.UniqueConstraint(fields=["inspection", "seq"], name="inspection_step_once")]
        indexes = [models.Index(fields=["recorded_at", "id"], name="inspection_step_recorded")]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]

    def __str__(self) -> str:
        return f"{self.inspection_id}/{self.seq} {self.action}"


class InspectionReport(models.Model):
    """检查结果记录: what was found, as signed. Append-only; a correction is a further report."""

    class Signing(models.TextChoices):
        """当事人签字."""

        SIGNED = "signed", _("Signed")
        REFUSED = "refused", _("Refused to sign")
        ABSENT = "absent", _("Nobody there to sign")

    inspection = models.ForeignKey(Inspection, on_delete=models.PROTECT, related_name="reports")
    seq = models.PositiveSmallIntegerField()
    client_id = models.UUIDField(unique=True, help_text="made by whoever records: a retry counts once")
    at = models.DateTimeField(help_text="when it was found")
    recorded_at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    result = models.PositiveSmallIntegerField(choices=Result.choices)
    answers = models.JSONField(help_text="[{code, found: yes|no|not_applicable, note}] for every entry")
    note = models.CharField(max_length=1000, blank=True)
    corrected = models.BooleanField(default=False)
    rectify_by = models.DateField(null=True)
    position = PointField(null=True)
    party_name = models.CharField(max_length=60, blank=True, help_text="who was there for the object")
    signing = models.CharField(max_length=8, choices=Signing.choices)
    signature = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    unsigned_because = models.CharField(max_length=200, blank=True)
    correction_reason = models.CharField(max_length=300, blank=True)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the report as the ledger names it")

    class Meta:
        ordering = ["inspection_id", "seq"]
        constraints = [models.UniqueConstraint(fields=["inspection", "seq"], name="inspection_report_once")]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]

    def __str__(self) -> str:
        return f"{self.inspection_id}/{self.seq}"


class InspectionPhoto(models.Model):
    """检查照片: belongs to an entry of the checklist, or to the inspection as a whole. Append-only."""

    inspection = models.ForeignKey(Inspection, on_delete=models.PROTECT, related_name="photos")
    entry = models.CharField(max_length=40, blank=True, help_text="code of the entry")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=255)
    taken_at = models.DateTimeField(null=True)
    position = PointField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["inspection", "entry", "file"], name="inspection_photo_once")
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]

    def __str__(self) -> str:
        return self.name
