"""The regulated object."""

# ruff: noqa: S608  names and orders come from this code, values are parameters
from __future__ import annotations

import pghistory
import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, GistIndex
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat
from django.utils.translation import gettext_lazy as _

from chengshu.bureau.models import District, Grid, Town, Unit, User
from chengshu.kernel.fields import PointField, as_text

from .classes import ObjectClass

DERIVED = ["name_key", "address_key", "sort_key", "search_text", "search_tokens", "cell", "facet"]

COUNTED = "district_id, level, cell, facet, object_class_id, town_id, squad_id, status, credit"
# 7 and 8 are the parents of a cell of level 9: another level in bits 52 to 55, digits below it all ones.
LEVELS = """(VALUES
    (0, 0::bigint),
    (7, (cell & ~(15::bigint << 52)) | (7::bigint << 52) | (63::bigint << 18)),
    (8, (cell & ~(15::bigint << 52)) | (8::bigint << 52) | (7::bigint << 18)),
    (9, cell)
) AS levels (level, at)"""
_COUNT = f"""
INSERT INTO registry_objectcountchange ({COUNTED}, n)
SELECT district_id, level, at, facet, object_class_id, town_id, squad_id, status, credit, sum(sign)
FROM ({{changed}}) AS changed
CROSS JOIN LATERAL {LEVELS}
WHERE merged_into_id IS NULL AND at IS NOT NULL
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
HAVING sum(sign) <> 0;
RETURN NULL;
"""


def _counted(name: str, operation: pgtrigger.Operation, changed: str, **tables: str) -> pgtrigger.Trigger:
    """A trigger that appends what a statement changed in the numbers of `ObjectCount`."""
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=pgtrigger.Referencing(**tables),  # type: ignore[no-untyped-call]
        func=_COUNT.format(changed=changed),
    )


class ObjectQuerySet(models.QuerySet["RegulatedObject"]):
    """Every list of objects starts from `visible_to`."""

    def visible_to(self, user: User, permission: str = "registry.view") -> ObjectQuerySet:
        """Objects inside the places where the person may use the permission; merged ones left out."""
        return self.live().filter(user.scope_for(permission).q())

    def live(self) -> ObjectQuerySet:
        """Without objects that were merged into another."""
        return self.filter(merged_into=None)


@pghistory.track(
    # No condition: PostgreSQL cannot compare points with =, and every UPDATE is worth an entry.
    pghistory.UpdateEvent("before", row=pghistory.Old, condition=None),
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

    district = models.ForeignKey(
        District, on_delete=models.PROTECT, related_name="regulated_objects", db_index=False
    )
    object_class = models.ForeignKey(
        ObjectClass, on_delete=models.PROTECT, related_name="regulated_objects", db_index=False
    )
    name = models.CharField(_("name"), max_length=200)
    address = models.CharField(_("address"), max_length=300, blank=True)
    uscc = models.CharField(_("USCC"), max_length=18, blank=True)
    responsible_name = models.CharField(_("responsible person"), max_length=60, blank=True)
    responsible_phone = models.CharField(_("phone"), max_length=40, blank=True)
    responsible_id = models.CharField(_("resident ID"), max_length=18, blank=True)
    attributes = models.JSONField(default=dict, blank=True)
    position = PointField(null=True, verbose_name=_("position"))
    town = models.ForeignKey(
        Town,
        on_delete=models.PROTECT,
        null=True,
        related_name="regulated_objects",
        verbose_name=_("town"),
        db_index=False,
    )
    grid = models.ForeignKey(
        Grid, on_delete=models.PROTECT, null=True, related_name="regulated_objects", verbose_name=_("grid")
    )
    squad = models.ForeignKey(
        Unit,
        on_delete=models.PROTECT,
        null=True,
        related_name="regulated_objects",
        verbose_name=_("squad"),
        db_index=False,
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

    # Derived on write: matching keys, pinyin order, search tokens, hexagonal cell.
    name_key = models.CharField(max_length=200, db_collation="C")
    address_key = models.CharField(max_length=300, blank=True, db_collation="C")
    sort_key = models.CharField(max_length=120, db_collation="C")
    search_text = models.TextField(blank=True, db_collation="C")
    search_tokens = ArrayField(models.CharField(max_length=20), default=list)
    cell = models.BigIntegerField(null=True, help_text="H3 cell of level 9 around the position")
    # By the database: what lists and the map filter by, in one column, so that one index serves every mix.
    facet = models.GeneratedField(
        expression=Concat(
            as_text("district_id"), Value("."),
            as_text("object_class_id"), Value("."),
            as_text("town_id"), Value("."),
            as_text("squad_id"), Value("."),
            F("status"), Value("."),
            F("credit"),
            output_field=models.TextField(),
        ),
        output_field=models.TextField(db_collation="C"),
        db_persist=True,
    )  # fmt: skip

    objects = ObjectQuerySet.as_manager()

    class Meta:
        ordering = ["sort_key", "id"]
        indexes = [
            # what lists filter by stands last in the orders, so that they are read without touching the rows
            models.Index(
                "district",
                "sort_key",
                "id",
                "facet",
                "verified_on",
                name="object_by_name",
                condition=Q(merged_into=None),
            ),
            # what lists are sorted by stands here too: thousands of rows are sorted without reading them
            models.Index(
                "facet",
                "verified_on",
                "sort_key",
                "id",
                "updated_at",
                name="object_by_facet",
                condition=Q(merged_into=None),
            ),
            models.Index(
                "district",
                "updated_at",
                "id",
                "facet",
                name="object_by_change",
                condition=Q(merged_into=None),
            ),
            models.Index(
                "district",
                F("verified_on").asc(nulls_first=True),
                "id",
                "facet",
                name="object_by_verified",
                condition=Q(merged_into=None),
            ),
            models.Index("district", "name_key", name="object_name_key"),
            models.Index("district", "uscc", name="object_uscc", condition=~Q(uscc="")),
            GistIndex(fields=["position"], name="object_position"),
            GinIndex(fields=["search_tokens"], name="object_search"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(position=None, cell=None) | Q(position__isnull=False, cell__isnull=False),
                name="object_cell_of_position",
            )
        ]
        triggers = [
            _counted("count_insert", pgtrigger.Insert, "SELECT 1 AS sign, * FROM now", new="now"),
            _counted("count_delete", pgtrigger.Delete, "SELECT -1 AS sign, * FROM was", old="was"),
            _counted(
                "count_update",
                pgtrigger.Update,
                "SELECT -1 AS sign, * FROM was UNION ALL SELECT 1 AS sign, * FROM now",
                old="was",
                new="now",
            ),
        ]

    def __str__(self) -> str:
        return self.name
