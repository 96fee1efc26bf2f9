"""Coverage (覆盖率): which objects were never drawn, and how often the others, by credit class and class."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from chengshu.bureau.models import User
from chengshu.inspections.lifecycle import Kind, State
from chengshu.inspections.models import Inspection
from chengshu.registry.models import RegulatedObject


@dataclass(frozen=True)
class Row:
    """Objects of one class and credit class: how many, never drawn, drawn once, more often."""

    object_class: str
    credit: str
    objects: int
    never: int
    once: int
    more: int

    @property
    def covered(self) -> float:
        """Share of objects drawn at least once, from 0 to 1."""
        return 1 - self.never / self.objects if self.objects else 0.0


def drawn(since: date | None = None, until: date | None = None) -> QuerySet[Inspection]:
    """Random inspections that are done, by the day of their draw: those to come are nobody's to guess."""
    rows = Inspection.objects.filter(kind=Kind.RANDOM, done_at__isnull=False).exclude(state=State.WITHDRAWN)
    if since:
        rows = rows.filter(draw__drawn_at__date__gte=since)
    if until:
        rows = rows.filter(draw__drawn_at__date__lte=until)
    return rows


def coverage(user: User, since: date | None = None, until: date | None = None) -> list[Row]:
    """The figures over the objects in operation that the person may see; one query."""
    times = (
        drawn(since, until)
        .filter(object=OuterRef("pk"))
        .order_by()
        .values("object")
        .annotate(n=Count("pk"))
        .values("n")
    )
    objects = (
        RegulatedObject.objects.visible_to(user, "inspections.view")
        .filter(status=RegulatedObject.Status.OPERATING)
        .annotate(times=Coalesce(Subquery(times, output_field=IntegerField()), 0))
        .order_by()
        .values("object_class__code", "credit")
        .annotate(
            total=Count("pk"),
            never=Count("pk", filter=Q(times=0)),
            once=Count("pk", filter=Q(times=1)),
            more=Count("pk", filter=Q(times__gt=1)),
        )
        .order_by("object_class__code", "credit")
    )
    return [
        Row(row["object_class__code"], row["credit"], row["total"], row["never"], row["once"], row["more"])
        for row in objects
    ]


def never_drawn(
    user: User, since: date | None = None, until: date | None = None
) -> QuerySet[RegulatedObject]:
    """The objects behind the figure: in operation and never drawn in the time named."""
    own = drawn(since, until).filter(object=OuterRef("pk"))
    objects = RegulatedObject.objects.visible_to(user, "inspections.view")
    return objects.filter(~Exists(own), status=RegulatedObject.Status.OPERATING)
