"""The entry of the ledger. Its history is kept by the database; its area follows the surveys."""

from __future__ import annotations

from typing import Any

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, GistIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chengshu.bureau.models import District, Town, Unit, User
from chengshu.cases.models import Case
from chengshu.kernel.fields import PointField
from chengshu.leads.models import Lead
from chengshu.structures.lifecycle import Built, Disposal, Note, Source, Status, Way

# An area without its survey would be an assertion; the database refuses it whoever writes.
_AREA = """
IF TG_OP = 'INSERT' AND NEW.area_m2 IS NOT NULL THEN
    RAISE EXCEPTION 'the area of a structure comes from a survey';
END IF;
IF TG_OP = 'UPDATE' AND NEW.area_m2 IS DISTINCT FROM OLD.area_m2 AND NEW.area_m2 IS DISTINCT FROM (
    SELECT area_m2 FROM structures_survey WHERE structure_id = NEW.id ORDER BY id DESC LIMIT 1) THEN
    RAISE EXCEPTION 'the area of structure % changes by a survey only', OLD.id;
END IF;
IF TG_OP = 'UPDATE' AND NEW.version <> OLD.version + 1 THEN
    RAISE EXCEPTION 'structure % is changed through its services only', OLD.id;
END IF;
RETURN NEW;
"""


class StructureQuerySet(models.QuerySet["Structure"]):
    """Every list of entries starts from `visible_to`."""

    def visible_to(self, user: User, permission: str = "structures.view") -> StructureQuerySet:
        """Entries inside the places where the person may use the permission."""
        return self.filter(user.scope_for(permission).q())

    def eliminated(self, year: int) -> StructureQuerySet:
        """销项: disposed of in a year by write-off, legalisation or deferral. Unit: structures.

        A deferral that came back and a relapse within the year do not count; what happens in a later year
        leaves the figure of this one alone. Figures with type, town and area of the day: `Elimination`.
        """
        return self.filter(eliminations__on__year=year, eliminations__taken_back_at=None)


@pghistory.track(
    pghistory.UpdateEvent("before", row=pghistory.Old, condition=None),
    pghistory.DeleteEvent("deleted"),
    model_name="StructureEvent",
)
class Structure(models.Model):
    """违法建筑台账条目. Written only by `structures.services`; the truth is in its records.

    ``polygon`` is a GeoJSON Polygon in WGS 84 degrees, ``position`` a point on it. ``found_at`` is the moment
    from which the statutory clocks run.
    """

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    squad = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+")
    town = models.ForeignKey(Town, on_delete=models.PROTECT, null=True, related_name="+")
    number = models.CharField(_("number"), max_length=30)
    address = models.CharField(_("address"), max_length=300)
    position = PointField(null=True)
    polygon: models.JSONField[Any, Any] = models.JSONField(null=True)
    types: ArrayField[Any, Any] = ArrayField(models.CharField(max_length=20), default=list)
    built = models.CharField(max_length=10, choices=Built.choices)
    built_year = models.PositiveSmallIntegerField(null=True)
    storeys = models.PositiveSmallIntegerField(null=True)
    height_m = models.DecimalField(max_digits=6, decimal_places=2, null=True)
    area_m2 = models.DecimalField(max_digits=10, decimal_places=2, null=True, help_text="of the last survey")
    material = models.CharField(max_length=60, blank=True)
    use = models.CharField(max_length=60, blank=True)
    owner_name = models.CharField(max_length=80, blank=True)
    owner_phone = models.CharField(max_length=40, blank=True)
    occupant_name = models.CharField(max_length=80, blank=True)
    occupant_phone = models.CharField(max_length=40, blank=True)
    description = models.CharField(max_length=500, blank=True)
    source = models.CharField(max_length=8, choices=Source.choices)
    source_ref = models.CharField(max_length=80, blank=True, help_text="number in the list it was taken from")
    found_at = models.DateTimeField()

    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    disposal = models.CharField(max_length=12, choices=Disposal.choices, blank=True)
    way = models.CharField(max_length=10, choices=Way.choices, blank=True)
    demolished_on = models.DateField(null=True)
    written_off_at = models.DateTimeField(null=True)
    eliminated_on = models.DateField(null=True)
    permit_number = models.CharField(max_length=80, blank=True)
    review_on = models.DateField(null=True, help_text="the deferral ends on this day by itself")
    due_at = models.DateTimeField(null=True, help_text="the next statutory clock that runs")
    note_state = models.CharField(max_length=8, choices=Note.choices, blank=True)
    note_number = models.CharField(max_length=80, blank=True)
    key_task = models.BooleanField(default=False, help_text="on the year's list of key types")
    relapses = models.PositiveSmallIntegerField(default=0)
    relapsed_at = models.DateTimeField(null=True)
    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, null=True, related_name="+")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, related_name="+")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    entered_on = models.DateField(help_text="day of the entry, by which new ones are counted")
    version = models.PositiveIntegerField(default=1)

    objects = StructureQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = pgettext_lazy("ledger", "Structure")
        constraints = [
            models.UniqueConstraint(fields=["district", "number"], name="structure_number_once"),
            models.UniqueConstraint(
                fields=["district", "source", "source_ref"],
                condition=~Q(source_ref=""),
                name="structure_of_source_once",
            ),
            models.UniqueConstraint(
                fields=["lead"], condition=Q(lead__isnull=False), name="structure_of_lead_once"
            ),
            models.CheckConstraint(
                condition=Q(status=Status.DEFERRED, review_on__isnull=False)
                | (~Q(status=Status.DEFERRED) & Q(review_on=None)),
                name="structure_deferred_until",
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.LEGALISED) | ~Q(permit_number=""), name="structure_legal_by_permit"
            ),
            models.CheckConstraint(
                condition=Q(written_off_at=None) | Q(status=Status.DEMOLISHED), name="structure_written_off"
            ),
        ]
        indexes = [
            models.Index(fields=["district", "status", "-id"], name="structure_by_status"),
            models.Index(fields=["district", "town", "status"], name="structure_by_town"),
            models.Index(fields=["district", "eliminated_on"], name="structure_eliminated"),
            models.Index(fields=["district", "entered_on"], name="structure_entered"),
            models.Index(fields=["review_on"], condition=Q(review_on__isnull=False), name="structure_review"),
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="structure_due"),
            GistIndex(fields=["position"], name="structure_position"),
            GinIndex(fields=["types"], name="structure_types"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="area_by_survey",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=_AREA,
            ),
            pgtrigger.Protect(name="keep", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def chain(self) -> str:
        """The record's chain in the ledger."""
        return f"structures:{self.pk}"

    @property
    def building(self) -> bool:
        """Whether it is being built (正在搭建), which the statute treats apart."""
        return self.built == Built.BUILDING

    @property
    def owner_known(self) -> bool:
        """Whether there is somebody to be served."""
        return bool(self.owner_name)


class DisposalQuerySet(models.QuerySet["Proposal"]):
    """What one person proposes for an entry and another decides."""

    def open(self) -> DisposalQuerySet:
        """Not decided yet."""
        return self.filter(decided_at=None)


class Proposal(models.Model):
    """处置审批: one person proposes, another decides; once decided it stays as it is."""

    structure = models.ForeignKey(Structure, on_delete=models.PROTECT, related_name="proposals")
    kind = models.CharField(max_length=12, choices=Disposal.choices)
    reason = models.CharField(max_length=500)
    permit_number = models.CharField(max_length=80, blank=True)
    review_on = models.DateField(null=True)
    data: models.JSONField[Any, Any] = models.JSONField(default=dict, help_text="what it rests on")
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    approved = models.BooleanField(null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    decision_note = models.CharField(max_length=500, blank=True)

    objects = DisposalQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["structure"], condition=Q(decided_at=None), name="one_open_proposal"
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")), name="decided_by_another"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="keep", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="decided_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__decided_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.structure_id} {self.kind}"
