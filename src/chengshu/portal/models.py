"""What the public sees, ready to be read: made from the records of the domains and made again at any time."""

from __future__ import annotations

from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from chengshu.bureau.models import District, Town
from chengshu.cases.models import Case


class PublicState(models.Model):
    """公示版本: a number that rises with every change of what a district publishes; pages are kept by it."""

    district = models.OneToOneField(District, on_delete=models.CASCADE, related_name="public_state")
    number = models.PositiveBigIntegerField(default=1)
    changed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.district_id} v{self.number}"


class PublicPenaltyQuerySet(models.QuerySet["PublicPenalty"]):
    """Every public list starts from `on_display`."""

    def on_display(self, district_id: int, today: date) -> PublicPenaltyQuerySet:
        """Entries that a district shows on the day: disclosed, not withdrawn, inside their display period."""
        return self.filter(
            district=district_id,
            status=PublicPenalty.Status.SHOWN,
            shown_until__gte=today,
            disclosed_on__lte=today,
        )


class PublicPenalty(models.Model):
    """处罚公示信息: one party's penalty as disclosed. A read model of the disclosure steps of a case.

    It holds what may be public and nothing else: a person is here only by surname, an entry that is withdrawn
    or not to be shown is empty but for its state. There is one row for each party of a case once disclosed,
    so that an address once public can say why nothing is there.
    """

    class Status(models.TextChoices):
        """公示状态."""

        SHOWN = "shown", _("On display")
        WITHDRAWN = "withdrawn", _("Withdrawn from display")
        HELD_BACK = "held_back", _("Not for display")

    class Ground(models.TextChoices):
        """撤回理由, in the terms that may be public."""

        NONE = "", ""
        ANNULLED = "annulled", _("the decision was annulled")
        CHANGED = "changed", _("the decision was changed")
        CORRECTED = "corrected", _("the authority corrects what was published")
        REPAIRED = "repaired", _("its display has ended by credit repair")

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+", db_index=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+", db_index=False)
    party_key = models.CharField(max_length=8)
    status = models.CharField(max_length=10, choices=Status.choices)
    ground = models.CharField(max_length=10, choices=Ground.choices, default="", blank=True)
    withdrawn_on = models.DateField(null=True)
    is_person = models.BooleanField(default=True)
    name = models.CharField(max_length=200, blank=True)
    credit_code = models.CharField(max_length=18, blank=True, help_text="统一社会信用代码; never of a person")
    decision_number = models.CharField(max_length=80, blank=True)
    authority = models.CharField(max_length=120, blank=True)
    procedure = models.CharField(max_length=8, blank=True)
    cause = models.CharField(max_length=60, blank=True)
    cause_name = models.CharField(max_length=200, blank=True)
    breach = models.CharField(max_length=200, blank=True, help_text="违反条款")
    basis = models.CharField(max_length=200, blank=True, help_text="处罚依据")
    town = models.ForeignKey(Town, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    fine = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    confiscated = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    others = models.JSONField(default=list, help_text="codes of penalties beside the fine")
    decided_on = models.DateField(null=True)
    disclosed_on = models.DateField(null=True)
    shown_until = models.DateField(null=True, help_text="last day of the display period")
    search_tokens = ArrayField(models.CharField(max_length=20), default=list)
    rules = models.CharField(max_length=16, help_text="which law and which program this row was made by")
    made_at = models.DateTimeField(help_text="the case's time of change that this row follows")

    objects = PublicPenaltyQuerySet.as_manager()

    class Meta:
        ordering = ["-decided_on", "-id"]
        constraints = [models.UniqueConstraint(fields=["case", "party_key"], name="penalty_public_once")]
        indexes = [
            models.Index(
                fields=["district", "-decided_on", "-id"],
                include=["shown_until"],
                condition=models.Q(status="shown"),
                name="public_penalty_newest",
            ),
            models.Index(
                fields=["district", "-disclosed_on", "-id"],
                condition=models.Q(status="shown"),
                name="public_penalty_fresh",
            ),
            GinIndex(fields=["search_tokens"], name="public_penalty_search"),
        ]

    def __str__(self) -> str:
        return self.decision_number


class AddressUse(models.Model):
    """How often one network address asked for something within a window; the address itself is not kept."""

    key = models.CharField(max_length=64, unique=True, help_text="keyed hash of purpose and address")
    window_start = models.DateTimeField()
    used = models.PositiveIntegerField(default=1)

    class Meta:
        indexes = [models.Index(fields=["window_start"], name="address_use_by_window")]

    def __str__(self) -> str:
        return self.key[:8]
