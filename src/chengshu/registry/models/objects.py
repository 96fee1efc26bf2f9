"""The regulated object."""

from __future__ import annotations

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, GistIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from chengshu.bureau.models import District, Grid, Town, Unit, User
from chengshu.kernel.fields import PointField

from .classes import ObjectClass

DERIVED = ["name_key", "address_key", "sort_key", "search_text", "search_tokens"]


class ObjectQuerySet(models.QuerySet["RegulatedObject"]):
    """Every list of objects starts from `visible_to`."""

    def visible_to(self, user: User, permission: str = "registry.view") -> ObjectQuerySet:
        """Objects inside the places where the person may use the permission; merged ones left out."""
        return self.live().filter(user.scope_for(permission).q())

    def live(self) -> ObjectQuerySet:
        """Without objects that were merged into another."""
        return self.filter(merged_into=None)


@pghistory.track(
    pghistory.UpdateEvent("before", row=pghistory.Old),
    pghistory.DeleteEvent("deleted"),
    exclude=DERIVED,
    model_name="RegulatedObjectEvent",
)
class RegulatedObject(models.Model):
    """监管对象: one thing in the city the bureau watches over (一户一档).

    Written only by `chengshu.registry.services.objects`, which fills the derived columns
    (town, squad, keys, search tokens) and adds a `FactRecord` for each change. Earlier states
    are kept by the database in `RegulatedObjectEvent`.
    """

    class Status(models.TextChoices):
        """对象状态."""

        OPERATING = "operating", _("Operating")
        CLOSED = "closed", _("Closed")
        MOVED = "moved", _("Moved")
        NOT_FOUND = "not_found", _("Not found")

    class Credit(models.TextChoices):
        """信用分级: A low risk … D key supervision; blank while not rated."""

        A = "A", "A"
        B = "B", "B"
        C = "C", "C"
        D = "D", "D"

    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="objects")
    object_class = models.ForeignKey(ObjectClass, on_delete=models.PROTECT, related_name="objects")
    name = models.CharField(_("name"), max_length=200)
    address = models.CharField(_("address"), max_length=300, blank=True)
    uscc = models.CharField(_("USCC"), max_length=18, blank=True)
    responsible_name = models.CharField(_("responsible person"), max_length=60, blank=True)
    responsible_phone = models.CharField(_("phone"), max_length=40, blank=True)
    responsible_id = models.CharField(_("resident ID"), max_length=18, blank=True)
    attributes = models.JSONField(default=dict, blank=True)
    position = PointField(null=True, verbose_name=_("position"))
    town = models.ForeignKey(
        Town, on_delete=models.PROTECT, null=True, related_name="objects", verbose_name=_("town")
    )
    grid = models.ForeignKey(
        Grid, on_delete=models.PROTECT, null=True, related_name="objects", verbose_name=_("grid")
    )
    squad = models.ForeignKey(
        Unit, on_delete=models.PROTECT, null=True, related_name="objects", verbose_name=_("squad")
    )
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.OPERATING)
    credit = models.CharField(_("credit class"), max_length=1, choices=Credit.choices, blank=True)
    verified_on = models.DateField(_("last verified"), null=True)
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="merged_from")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    version = models.PositiveIntegerField(
        default=1, help_text="rises with each change; guards against lost updates"
    )

    # Derived on write: matching keys, pinyin order, search tokens.
    name_key = models.CharField(max_length=200, db_collation="C")
    address_key = models.CharField(max_length=300, blank=True, db_collation="C")
    sort_key = models.CharField(max_length=120, db_collation="C")
    search_text = models.TextField(blank=True, db_collation="C")
    search_tokens = ArrayField(models.CharField(max_length=20), default=list)

    objects = ObjectQuerySet.as_manager()

    class Meta:
        ordering = ["sort_key", "id"]
        indexes = [
            models.Index("district", "sort_key", "id", name="object_by_name", condition=Q(merged_into=None)),
            models.Index(
                "district",
                "object_class",
                "sort_key",
                "id",
                name="object_class_by_name",
                condition=Q(merged_into=None),
            ),
            models.Index(
                "squad", "sort_key", "id", name="object_squad_by_name", condition=Q(merged_into=None)
            ),
            models.Index(
                "town",
                "object_class",
                "sort_key",
                "id",
                name="object_town_by_name",
                condition=Q(merged_into=None),
            ),
            models.Index("district", "name_key", name="object_name_key"),
            models.Index("district", "uscc", name="object_uscc", condition=~Q(uscc="")),
            GistIndex(fields=["position"], name="object_position"),
            GinIndex(fields=["search_tokens"], name="object_search"),
        ]

    def __str__(self) -> str:
        return self.name
