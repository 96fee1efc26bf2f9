"""The case, its parties and its steps."""

from __future__ import annotations

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from chengshu.bureau.models import District, Town, Unit, User
from chengshu.cases.models.kinds import FACET, kept
from chengshu.cases.procedure.steps import StepKind
from chengshu.cases.procedure.transitions import STATE_LABELS, STEP_LABELS, State
from chengshu.kernel.fields import PointField
from chengshu.leads.models import Lead
from chengshu.registry.models import RegulatedObject

APPEND_ONLY = pgtrigger.Update | pgtrigger.Delete


class CaseQuerySet(models.QuerySet["Case"]):
    """Every list of cases starts from `visible_to`."""

    def visible_to(self, user: User, permission: str = "cases.view") -> CaseQuerySet:
        """Cases inside the places where the person may use the permission."""
        return self.filter(user.scope_for(permission).q())


@pghistory.track(
    pghistory.UpdateEvent("before", row=pghistory.Old, condition=None),
    pghistory.DeleteEvent("deleted"),
    exclude=["search_tokens", "facet"],
    model_name="CaseEvent",
)
class Case(models.Model):
    """案件: what the steps add up to, for lists and counts. Written only by `cases.services`.

    The truth is in `CaseStep`; every column here follows from the steps and can be made again from them.
    """

    class Procedure(models.TextChoices):
        """处罚程序."""

        UNDECIDED = "", _("Not decided yet")
        SIMPLE = "simple", _("Simple procedure")
        GENERAL = "general", _("General procedure")

    class Source(models.TextChoices):
        """案件来源."""

        PATROL = "patrol", _("Patrol")
        INSPECTION = "inspection", _("Random inspection")
        HOTLINE = "hotline", _("Hotline")
        PETITION = "petition", _("Petition")
        CAMERA = "camera", _("Camera")
        AERIAL = "aerial", _("Aerial comparison")
        TRANSFER = "transfer", _("Transferred by another body")
        SUPERVISION = "supervision", _("Supervision")
        OTHER = "other", _("Other source")

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="cases", db_index=False)
    squad = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="cases", null=True, db_index=False)
    town = models.ForeignKey(Town, on_delete=models.PROTECT, related_name="cases", null=True, db_index=False)
    number = models.CharField(_("case number"), max_length=60, blank=True)
    procedure = models.CharField(max_length=8, choices=Procedure.choices, blank=True)
    state = models.CharField(max_length=16, choices=list(STATE_LABELS.items()), default=State.NEW)
    source = models.CharField(max_length=12, choices=Source.choices, default=Source.PATROL)
    cause = models.CharField(_("cause of action"), max_length=60, blank=True)
    field = models.CharField(max_length=40, blank=True)
    summary = models.CharField(max_length=500, blank=True)
    place = models.CharField(_("place of the act"), max_length=300, blank=True)
    position = PointField(null=True)
    object = models.ForeignKey(
        RegulatedObject, on_delete=models.PROTECT, null=True, related_name="cases", db_index=False
    )
    lead = models.ForeignKey(
        Lead,
        on_delete=models.PROTECT,
        null=True,
        related_name="cases",
        help_text="filed from this lead",
    )
    act_on = models.DateField(null=True)
    act_until = models.DateField(null=True)
    found_on = models.DateField(null=True)
    filed_on = models.DateField(null=True)
    decided_on = models.DateField(null=True)
    closed_on = models.DateField(null=True)
    archived_on = models.DateField(null=True)
    disclosed_on = models.DateField(null=True)
    due_on = models.DateField(null=True, help_text="the next deadline that runs")
    due_for = models.CharField(max_length=40, blank=True)
    party_names = models.CharField(max_length=200, blank=True)
    fine = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    confiscated = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    paid = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    exempt_amount = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    decision_number = models.CharField(max_length=80, blank=True)
    officer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    second_officer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    is_key = models.BooleanField(_("key case"), default=False, help_text="watched by leaders (督办)")
    imported = models.BooleanField(default=False, help_text="a row of an old system, not worked here")
    findings = models.PositiveSmallIntegerField(default=0, help_text="findings recorded on its steps")
    to_correct = models.BooleanField(default=False, help_text="served against a rule, not put right yet")
    archive_number = models.CharField(max_length=60, blank=True)
    step_count = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    search_tokens = ArrayField(models.CharField(max_length=20), default=list)
    # By the database: what lists filter by, in one column (see `CaseKind`).
    facet = models.GeneratedField(expression=FACET, output_field=models.BigIntegerField(), db_persist=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["district", "number"],
                condition=~models.Q(number=""),
                name="case_number_per_district",
            ),
        ]
        indexes = [
            # Lists: read in their order and filtered by kind, or taken kind by kind and sorted; either way
            # without touching rows.
            models.Index(fields=["district", "-id"], include=["facet", "decided_on"], name="case_newest"),
            models.Index(
                fields=["district", "-decided_on", "-id"], include=["facet"], name="case_by_decision"
            ),
            models.Index(fields=["facet", "decided_on", "id"], name="case_by_kind"),
            models.Index(
                fields=["district", "due_on", "-id"],
                include=["facet", "decided_on"],
                condition=models.Q(due_on__isnull=False),
                name="case_by_due",
            ),
            # What waits for somebody.
            models.Index(fields=["district", "state", "-id"], name="case_by_state"),
            models.Index(fields=["squad", "state", "-id"], name="case_by_squad"),
            models.Index(fields=["district", "-id"], condition=models.Q(is_key=True), name="case_key"),
            models.Index(
                fields=["district", "-id"], condition=models.Q(to_correct=True), name="case_to_correct"
            ),
            models.Index(fields=["officer", "state"], name="case_by_officer"),
            models.Index(fields=["second_officer", "state"], name="case_by_second_officer"),
            models.Index(fields=["object"], name="case_by_object"),
            models.Index(
                fields=["district", "archive_number"],
                condition=~models.Q(archive_number=""),
                name="case_by_archive_number",
            ),
            GinIndex(fields=["search_tokens"], name="case_search"),
        ]
        triggers = [kept("kind_insert", pgtrigger.Insert), kept("kind_update", pgtrigger.Update)]

    def __str__(self) -> str:
        return self.number or f"#{self.pk}"

    @property
    def chain(self) -> str:
        """The case's chain in the ledger."""
        return f"cases.case:{self.pk}"

    @property
    def title(self) -> str:
        """What the case is called where it has no number yet."""
        return self.number or _("Lead %(id)s") % {"id": self.pk}


class CurrentParties(models.Manager["Party"]):
    """The parties that a case has now."""

    def get_queryset(self) -> models.QuerySet[Party]:
        """Without those who were taken for a party once and have papers of that time."""
        return super().get_queryset().filter(former=False)


class Party(models.Model):
    """当事人: one party of a case. The particulars are masked by whoever shows them."""

    class Kind(models.TextChoices):
        """当事人类型."""

        PERSON = "person", _("Individual")
        ORGANISATION = "organisation", _("Organisation (party)")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="parties")
    key = models.CharField(max_length=8, default="1")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    name = models.CharField(max_length=200)
    id_number = models.CharField(max_length=40, blank=True, help_text="统一社会信用代码 or 身份证号")
    details = models.JSONField(default=dict)
    outcome = models.JSONField(default=dict)
    fine = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    paid = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    decision_number = models.CharField(max_length=80, blank=True)
    served_on = models.DateField(null=True)
    former = models.BooleanField(default=False, help_text="no party any more, kept for the papers it got")

    objects = CurrentParties()
    everyone = models.Manager()  # noqa: DJ012  a manager too

    class Meta:
        ordering = ["case_id", "key"]
        constraints = [models.UniqueConstraint(fields=["case", "key"], name="party_once_per_case")]
        indexes = [
            models.Index(fields=["id_number"], condition=~models.Q(id_number=""), name="party_by_id_number"),
            models.Index(fields=["name"], condition=models.Q(fine__gt=0), name="party_fined_by_name"),
        ]

    def __str__(self) -> str:
        return self.name


class CaseStep(models.Model):
    """办案步骤: one thing that happened. Append-only; a correction is a new step."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="steps", db_index=False)
    seq = models.PositiveIntegerField()
    kind = models.CharField(max_length=24, choices=[(k.value, label) for k, label in STEP_LABELS.items()])
    at = models.DateTimeField(help_text="when it happened")
    recorded_at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    officers = models.JSONField(default=list)
    data = models.JSONField(default=dict)
    findings = models.JSONField(default=list, help_text="what was noted against it when it was taken")
    client_id = models.UUIDField(unique=True, help_text="made by whoever records: a retry counts once")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the step as the ledger names it")

    class Meta:
        ordering = ["case_id", "seq"]
        constraints = [models.UniqueConstraint(fields=["case", "seq"], name="step_place_per_case")]
        indexes = [
            GinIndex(fields=["officers"], name="step_of_officer", opclasses=["jsonb_path_ops"]),
            models.Index(fields=["at"], name="step_of_seizure", condition=models.Q(kind=StepKind.SEIZE)),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]

    def __str__(self) -> str:
        return f"{self.case_id} #{self.seq} {self.kind}"
