"""Suspects, the decisions about them, the footprints that explain them, and what the decisions teach."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chengshu.bureau.models import District, Town, Unit
from chengshu.kernel.fields import PointField
from chengshu.leads.models import Lead
from chengshu.sensing.lifecycle import Kind, Role, SecondState, SiteResult, SuspectState

from .flights import VIEW, Comparison

if TYPE_CHECKING:
    from chengshu.bureau.models import User


class PermittedFootprint(models.Model):
    """已批建设或临时设施: where a change is expected, from an imported list; ``outline`` in WGS 84."""

    class Kind(models.TextChoices):
        """许可类型."""

        PERMIT = "permit", _("Planning permit")
        TEMPORARY = "temporary", _("Temporary structure")
        SITE = "site", _("Construction site")

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    number = models.CharField(_("permit number"), max_length=80)
    name = models.CharField(_("name"), max_length=120, blank=True)
    outline = models.JSONField(help_text="GeoJSON polygon, WGS 84 degrees")
    position = PointField(help_text="a spot inside")
    valid_from = models.DateField(_("valid from"), null=True)
    valid_to = models.DateField(_("valid to"), null=True, help_text="counted in; null: no end")
    source = models.CharField(max_length=200, help_text="the file it came from")
    active = models.BooleanField(default=True)
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    imported_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["number", "id"]
        constraints = [
            models.UniqueConstraint(fields=["district", "kind", "number"], name="footprint_once"),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_to__gte=models.F("valid_from")),
                name="footprint_period",
            ),
        ]
        indexes = [GistIndex(fields=["position"], name="footprint_position")]

    def __str__(self) -> str:
        return self.number


class SuspectQuerySet(models.QuerySet["Suspect"]):
    """Every list of suspects starts from `visible_to`."""

    def visible_to(self, user: User, permission: str = VIEW) -> SuspectQuerySet:
        """Suspects inside the places where the person may use the permission."""
        return self.filter(user.scope_for(permission).q())


@pghistory.track(
    pghistory.UpdateEvent("before", row=pghistory.Old, condition=None),
    pghistory.DeleteEvent("deleted"),
    model_name="SuspectEvent",
)
class Suspect(models.Model):
    """疑似点: one changed thing as the comparison sees it. A source of leads, never evidence by itself."""

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+", db_index=False)
    comparison = models.ForeignKey(Comparison, on_delete=models.PROTECT, related_name="found", db_index=False)
    number = models.PositiveIntegerField(help_text="within its comparison")
    outline = models.JSONField(help_text="GeoJSON polygon, WGS 84 degrees")
    position = PointField(help_text="a spot inside")
    area_m2 = models.FloatField()
    height_gain_m = models.FloatField(null=True, help_text="null without heights")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    score_raw = models.FloatField(help_text="as calculated")
    score = models.FloatField(help_text="after what decisions taught")
    reasons = models.JSONField(default=list, help_text="[text, values] each")
    measures = models.JSONField(default=dict)
    town = models.ForeignKey(Town, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    squad = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    known = models.JSONField(default=list, help_text="what was on record here when it was found")
    footprint = models.ForeignKey(
        PermittedFootprint, on_delete=models.PROTECT, null=True, related_name="+", help_text="explains it"
    )
    footprint_share = models.FloatField(null=True, help_text="of the suspect that lies in the footprint")
    state = models.CharField(max_length=12, choices=SuspectState.choices, default=SuspectState.OPEN)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    second = models.CharField(max_length=10, choices=SecondState.choices, blank=True)
    under_construction = models.BooleanField(default=False)
    lead = models.OneToOneField(Lead, on_delete=models.PROTECT, null=True, related_name="suspect")
    sent_at = models.DateTimeField(null=True)
    result = models.CharField(max_length=10, choices=SiteResult.choices, blank=True)
    result_at = models.DateTimeField(null=True)

    objects = SuspectQuerySet.as_manager()

    class Meta:
        ordering = ["-score", "-area_m2", "id"]
        constraints = [
            models.UniqueConstraint(fields=["comparison", "number"], name="suspect_number_once"),
            models.CheckConstraint(
                condition=Q(score_raw__gte=0, score_raw__lte=1, score__gte=0, score__lte=1),
                name="suspect_score_is_share",
            ),
            models.CheckConstraint(condition=Q(lead=None) | Q(state="lead"), name="suspect_sent_as_lead"),
        ]
        indexes = [
            models.Index(fields=["district", "state", "-score", "-area_m2", "id"], name="suspect_queue"),
            models.Index(fields=["squad", "state", "-score"], name="suspect_of_squad"),
            models.Index(fields=["comparison", "state"], name="suspect_of_comparison"),
            GistIndex(fields=["position"], name="suspect_position"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="keep", operation=pgtrigger.Delete, condition=pgtrigger.Q(old__decided_at__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return f"{self.comparison_id}-{self.number}"


class Decision(models.Model):
    """判定: one verdict by one person (None: the system). Append-only."""

    suspect = models.ForeignKey(Suspect, on_delete=models.PROTECT, related_name="decisions")
    role = models.CharField(max_length=8, choices=Role.choices)
    verdict = models.CharField(max_length=12, choices=SuspectState.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    note = models.CharField(max_length=300, blank=True)
    score = models.FloatField(help_text="as shown at that moment")
    request_key = models.CharField(max_length=64, null=True)  # noqa: DJ001  unique where given

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["request_key"], name="decision_request_once")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.suspect_id} {self.verdict}"


class ScoreModel(models.Model):
    """校准: what the decisions teach about the scores of one kind, with heights and without.

    ``model`` is a `chengshu.vision.raster.calibration.Calibration` as plain values.
    """

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    has_heights = models.BooleanField()
    model = models.JSONField()
    verdicts = models.PositiveIntegerField()
    real = models.PositiveIntegerField()
    fitted_at = models.DateTimeField()

    class Meta:
        ordering = ["kind", "-fitted_at"]
        indexes = [
            models.Index(fields=["district", "kind", "has_heights", "-fitted_at"], name="score_model_newest")
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.kind} {self.fitted_at:%Y-%m-%d}"
