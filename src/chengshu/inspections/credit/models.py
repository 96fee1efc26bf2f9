"""Proposals of classes, dishonesty entries, objections, repairs, exports, and the steps of all of them."""

from __future__ import annotations

from typing import Any, TypeVar

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chengshu.bureau.models import District, Unit, User
from chengshu.cases.models import Case, Party
from chengshu.kernel.models import StoredFile
from chengshu.registry.models import RegulatedObject

from .lifecycle import EntryState, ObjectionState, ProposalState, RepairState

APPEND_ONLY = pgtrigger.Update | pgtrigger.Delete
M = TypeVar("M", bound=models.Model)


class Visible(models.QuerySet[M]):
    """Every list starts from `visible_to`."""

    def visible_to(self, user: User, permission: str = "credit.view") -> Visible[M]:
        """Rows inside the places where the person may use the permission."""
        return self.filter(user.scope_for(permission).q())


def _person(**more: Any) -> Any:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", **more
    )


@pghistory.track(
    pghistory.UpdateEvent("before", row=pghistory.Old, condition=None),
    pghistory.DeleteEvent("deleted"),
    model_name="CreditProposalEvent",
)
class CreditProposal(models.Model):
    """信用等级建议: the class that the rules (or a person) propose, with grounds, and what was decided."""

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="credit_proposals")
    squad = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+")
    object = models.ForeignKey(RegulatedObject, on_delete=models.PROTECT, related_name="credit_proposals")
    state = models.CharField(max_length=10, choices=ProposalState.choices, default=ProposalState.OPEN)
    assessed_on = models.DateField(help_text="the day whose rules and facts were taken")
    rules_digest = models.CharField(max_length=64, blank=True, help_text="empty: proposed by a person")
    before = models.CharField(max_length=1, choices=RegulatedObject.Credit.choices, blank=True)
    proposed = models.CharField(max_length=1, choices=RegulatedObject.Credit.choices)
    points = models.DecimalField(max_digits=8, decimal_places=2, default=0)
    checks = models.PositiveSmallIntegerField(default=0, help_text="satisfactory checks that count")
    grounds = models.JSONField(default=list, help_text="[{kind, on, points, model, id, number}]")
    note = models.CharField(max_length=500, blank=True, help_text="why, where a person proposes")
    proposed_by = _person()
    proposed_at = models.DateTimeField()
    decided = models.CharField(max_length=1, choices=RegulatedObject.Credit.choices, blank=True)
    decided_by = _person()
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=1000, blank=True)
    valid_until = models.DateField(null=True)

    objects = Visible.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["object"], condition=Q(state="open"), name="credit_proposal_open_once"
            )
        ]
        indexes = [
            models.Index(fields=["district", "state", "-id"], name="credit_proposal_by_state"),
            models.Index(fields=["object", "-decided_at"], name="credit_proposal_by_object"),
        ]

    def __str__(self) -> str:
        return f"{self.object_id}: {self.before or '-'}→{self.proposed}"

    @property
    def chain(self) -> str:
        """The proposal's chain in the ledger."""
        return f"credit.proposal:{self.pk}"


@pghistory.track(
    pghistory.UpdateEvent("before", row=pghistory.Old, condition=None),
    pghistory.DeleteEvent("deleted"),
    model_name="DishonestyEntryEvent",
)
class DishonestyEntry(models.Model):
    """失信认定: one party entered for one ground; the steps say what happened."""

    class Level(models.TextChoices):
        """失信程度."""

        ORDINARY = "ordinary", _("Ordinary dishonesty")
        SERIOUS = "serious", _("Serious dishonesty")

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="dishonesty_entries")
    squad = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+")
    number = models.CharField(_("number"), max_length=40)
    state = models.CharField(max_length=10, choices=EntryState.choices, default=EntryState.PROPOSED)
    level = models.CharField(max_length=8, choices=Level.choices)
    ground = models.CharField(max_length=40, help_text="code in data/credit.yaml")
    object = models.ForeignKey(
        RegulatedObject, on_delete=models.PROTECT, null=True, related_name="dishonesty_entries"
    )
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, related_name="dishonesty_entries")
    party_kind = models.CharField(max_length=12, choices=Party.Kind.choices)
    party_name = models.CharField(max_length=200)
    id_number = models.CharField(max_length=40, blank=True, help_text="统一社会信用代码 or 身份证号")
    facts = models.CharField(_("what happened"), max_length=1000)
    measures = models.JSONField(default=list, help_text="codes in data/credit.yaml")
    proposed_by = _person()
    proposed_at = models.DateTimeField()
    notified_on = models.DateField(null=True, help_text="the day the notice reached the party")
    statement_by = models.DateField(null=True, help_text="last day for the party's statement")
    statement = models.TextField(blank=True, help_text="all that the party stated, each whole")
    statement_on = models.DateField(null=True)
    decided_by = _person()
    decided_on = models.DateField(null=True)
    publish_by = models.DateField(null=True)
    shown_from = models.DateField(null=True)
    shown_until = models.DateField(null=True, help_text="last day of its term")
    ended_on = models.DateField(null=True)
    end_reason = models.CharField(max_length=1000, blank=True)
    told_on = models.DateField(null=True, help_text="the exchange was told that it is gone")

    objects = Visible.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["district", "number"], name="dishonesty_number_once"),
            models.UniqueConstraint(
                fields=["case", "party_name", "ground"],
                condition=Q(state__in=["proposed", "notified", "decided", "published"], case__isnull=False),
                name="dishonesty_entry_open_once",
            ),
        ]
        indexes = [
            models.Index(fields=["district", "state", "-id"], name="dishonesty_by_state"),
            models.Index(fields=["object"], name="dishonesty_by_object"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def chain(self) -> str:
        """The entry's chain in the ledger."""
        return f"credit.entry:{self.pk}"


@pghistory.track(
    pghistory.UpdateEvent("before", row=pghistory.Old, condition=None),
    pghistory.DeleteEvent("deleted"),
    model_name="CreditObjectionEvent",
)
class CreditObjection(models.Model):
    """信用异议: the party says that a class or an entry is wrong."""

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    squad = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+")
    proposal = models.ForeignKey(
        CreditProposal, on_delete=models.PROTECT, null=True, related_name="objections"
    )
    entry = models.ForeignKey(DishonestyEntry, on_delete=models.PROTECT, null=True, related_name="objections")
    state = models.CharField(max_length=8, choices=ObjectionState.choices, default=ObjectionState.OPEN)
    received_on = models.DateField()
    answer_by = models.DateField(null=True)
    said = models.CharField(_("what the party says"), max_length=2000)
    recorded_by = _person()
    answered_by = _person()
    answered_on = models.DateField(null=True)
    answer = models.CharField(max_length=1000, blank=True)

    objects = Visible.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(proposal__isnull=False, entry__isnull=True)
                | Q(proposal__isnull=True, entry__isnull=False),
                name="credit_objection_to_one",
            ),
            models.UniqueConstraint(
                fields=["proposal"], condition=Q(state="open"), name="credit_objection_class_once"
            ),
            models.UniqueConstraint(
                fields=["entry"], condition=Q(state="open"), name="credit_objection_entry_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.proposal_id or self.entry_id} {self.received_on}"

    @property
    def chain(self) -> str:
        """What is objected to keeps the record."""
        about = self.proposal if self.proposal_id else self.entry
        assert about is not None  # noqa: S101  the constraint says so
        return about.chain


@pghistory.track(
    pghistory.UpdateEvent("before", row=pghistory.Old, condition=None),
    pghistory.DeleteEvent("deleted"),
    model_name="CreditRepairEvent",
)
class CreditRepair(models.Model):
    """信用修复: an entry, or the display of a penalty, ended early because the party put things right."""

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="credit_repairs")
    squad = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+")
    entry = models.ForeignKey(DishonestyEntry, on_delete=models.PROTECT, null=True, related_name="repairs")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, related_name="credit_repairs")
    party_key = models.CharField(max_length=8, blank=True, help_text="the party of the case")
    state = models.CharField(max_length=9, choices=RepairState.choices, default=RepairState.APPLIED)
    applied_on = models.DateField()
    answer_by = models.DateField(null=True)
    statement = models.CharField(_("what was put right"), max_length=2000)
    performed_on = models.DateField(
        null=True, help_text="obligations performed, as far as no payment says so"
    )
    commitment = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, null=True, related_name="+", help_text="信用承诺书"
    )
    recorded_by = _person()
    conditions = models.JSONField(default=list, help_text="[{code, met}] as checked at the decision")
    decided_by = _person()
    decided_on = models.DateField(null=True)
    reason = models.CharField(max_length=1000, blank=True)
    tell_by = models.DateField(null=True, help_text="by when the exchange is told of a granted repair")
    told_on = models.DateField(null=True)

    objects = Visible.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(entry__isnull=False, case__isnull=True)
                | Q(entry__isnull=True, case__isnull=False),
                name="credit_repair_of_one",
            ),
            models.UniqueConstraint(
                fields=["entry"], condition=Q(state="applied"), name="credit_repair_entry_once"
            ),
            models.UniqueConstraint(
                fields=["case", "party_key"], condition=Q(state="applied"), name="credit_repair_case_once"
            ),
        ]
        indexes = [models.Index(fields=["district", "state", "-id"], name="credit_repair_by_state")]

    def __str__(self) -> str:
        return f"{self.entry_id or self.case_id} {self.applied_on}"

    @property
    def chain(self) -> str:
        """The repair's chain in the ledger."""
        return f"credit.repair:{self.pk}"


class CreditStep(models.Model):
    """信用流转: what happened to a proposal, an entry, a repair or an export. Append-only."""

    chain = models.CharField(max_length=60, help_text="of the record, as in the ledger")
    seq = models.PositiveIntegerField()
    action = models.CharField(max_length=24)
    at = models.DateTimeField()
    by = _person()
    note = models.CharField(max_length=1000, blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        ordering = ["chain", "seq"]
        constraints = [models.UniqueConstraint(fields=["chain", "seq"], name="credit_step_once")]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]

    def __str__(self) -> str:
        return f"{self.chain} #{self.seq} {self.action}"


class CreditExport(models.Model):
    """双公示报送: one table for the credit office, with the digests of its files. Append-only."""

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="credit_exports")
    number = models.PositiveIntegerField()
    made_by = _person()
    made_at = models.DateTimeField()
    xlsx = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    csv = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    rows = models.PositiveIntegerField(help_text="rows in the files")
    corrections = models.PositiveIntegerField(default=0, help_text="of them: changed, withdrawn or repaired")
    problems = models.JSONField(default=list, help_text="[{case, number, says}] rows that were left out")

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["district", "number"], name="credit_export_once")]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]

    def __str__(self) -> str:
        return f"#{self.number}"

    @property
    def chain(self) -> str:
        """All exports of a district stand in one chain."""
        return f"credit.exports:{self.district_id}"


class ExportedPenalty(models.Model):
    """What an export said of a party's penalty; the newest is what the credit office has. Append-only."""

    class Kind(models.TextChoices):
        """报送类别."""

        NEW = "new", _("New record")
        CORRECTION = "correction", _("Changed record")
        WITHDRAWN = "withdrawn", _("Withdrawn record")
        REPAIRED = "repaired", _("Repaired record")

    export = models.ForeignKey(CreditExport, on_delete=models.PROTECT, related_name="penalties")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    party_key = models.CharField(max_length=8)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the row without its remark")
    content = models.JSONField(help_text="the row as it was given, to withdraw it in the same words")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["export", "case", "party_key"], name="exported_penalty_once")
        ]
        indexes = [models.Index(fields=["case", "party_key", "-id"], name="exported_penalty_last")]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.party_key} {self.kind}"


class ExportedEntry(models.Model):
    """What an export said of a dishonesty entry; the newest is what the credit office has. Append-only."""

    class Kind(models.TextChoices):
        """报送类别."""

        NEW = "new", _("New record")
        CORRECTION = "correction", _("Changed record")
        WITHDRAWN = "withdrawn", _("Withdrawn record")
        REPAIRED = "repaired", _("Repaired record")
        ENDED = "ended", _("Ended record")

    export = models.ForeignKey(CreditExport, on_delete=models.PROTECT, related_name="entries")
    entry = models.ForeignKey(DishonestyEntry, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the row without its remark")
    content = models.JSONField(help_text="the row as it was given, to withdraw it in the same words")

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["export", "entry"], name="exported_entry_once")]
        indexes = [models.Index(fields=["entry", "-id"], name="exported_entry_last")]
        triggers = [pgtrigger.Protect(name="append_only", operation=APPEND_ONLY)]

    def __str__(self) -> str:
        return f"{self.entry_id} {self.kind}"
