"""What lists, map, export and API filter objects by."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from chengshu.registry.models import ObjectCount, ObjectCountChange, Permit, RegulatedObject
from chengshu.registry.models.counts import WHOLE_DISTRICT

FACETS = {
    "object_class": "object_class",
    "town": "town",
    "squad": "squad",
    "status": "status",
    "credit": "credit",
}
UNRATED = "-"
"""Stands for objects without a credit class."""


@dataclass(frozen=True)
class ObjectFilter:
    """Which objects are asked for; everything empty means all."""

    object_class: int | None = None
    town: int | None = None
    squad: int | None = None
    status: str = ""
    credit: str = ""
    q: str = ""
    permit_days: int | None = None
    """Only with a permit that ends within so many days from today."""
    not_verified_since: date | None = None

    def facets(self) -> Q:
        """The part of the filter that `ObjectCount` knows as well."""
        condition = Q()
        for name in FACETS:
            value = getattr(self, name)
            if value not in (None, ""):
                condition &= Q(**{name: "" if value == UNRATED else value})
        return condition

    def verification(self) -> Q:
        """Not verified since the day."""
        return self.verification_parts()[0] | self.verification_parts()[-1]

    def verification_parts(self) -> list[Q]:
        """The same as conditions that exclude each other, each of them one stretch of an index."""
        if self.not_verified_since is None:
            return [Q()]
        return [Q(verified_on=None), Q(verified_on__lt=self.not_verified_since)]

    def permits(self, today: date | None = None) -> Q:
        """With a permit in force that ends soon."""
        if self.permit_days is None:
            return Q()
        today = today or timezone.localdate()
        ending = Permit.objects.filter(
            valid_to__gte=today, valid_to__lte=today + timedelta(days=self.permit_days), withdrawn_on=None
        )
        return Q(pk__in=ending.values("object_id"))

    @property
    def empty(self) -> bool:
        """Whether everything is asked for."""
        return all(getattr(self, f.name) in (None, "") for f in fields(self))


Compiled = tuple[str, tuple[Any, ...]]


def compiled(queryset: Any) -> Compiled:
    """A queryset's SQL and parameters. Raises EmptyResultSet where nothing can match."""
    sql, params = queryset.query.sql_with_params()
    return sql, tuple(params)


def where_of(queryset: Any) -> Compiled:
    """The condition alone of a queryset on one table."""
    sql, params = compiled(queryset.order_by().values("pk"))
    return sql[sql.index(" WHERE ") + len(" WHERE ") :], params


def group_counts(scope_q: Q, facets: Q, level: int = WHOLE_DISTRICT) -> Compiled:
    """SELECT of (facet, n) rows, summary and changes below each other; several rows of a facet add up."""
    parts = [
        compiled(model.objects.filter(scope_q, facets, level=level).values("facet", "n").order_by())
        for model in (ObjectCount, ObjectCountChange)
    ]
    return f"{parts[0][0]} UNION ALL {parts[1][0]}", parts[0][1] + parts[1][1]


def visible(user: Any, permission: str = "registry.view") -> Any:
    """The objects a person may see, unordered, to start a query from."""
    return RegulatedObject.objects.visible_to(user, permission).order_by()
