"""Reports of inspections as part of what a person did (`chengshu.bureau.deeds`)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from chengshu.bureau import deeds
from chengshu.bureau.deeds import Deed
from chengshu.bureau.models import User
from chengshu.inspections.lifecycle import Result
from chengshu.inspections.models import InspectionOfficer, InspectionReport


def reports_of(person: User, start: datetime, end: datetime) -> Iterator[Deed]:
    """The results of a span that the person reported or stood beside as one of the team; two queries."""
    team = list(
        InspectionOfficer.objects.filter(
            user=person.pk,
            replaced_at=None,
            inspection__reports__at__gte=start,
            inspection__reports__at__lt=end,
        )
        .order_by()
        .values_list("inspection", flat=True)
    )
    rows = InspectionReport.objects.filter(
        Q(by=person.pk) | Q(inspection__in=team), at__gte=start, at__lt=end
    ).order_by("at", "pk")
    fields = (
        "inspection",
        "inspection__number",
        "inspection__object__name",
        "result",
        "seq",
        "at",
        "position",
    )
    for row in rows.values(*fields):
        words = {
            "number": row["inspection__number"],
            "object": row["inspection__object__name"],
            "result": Result(row["result"]).label,
        }
        yield Deed(
            at=row["at"],
            kind="inspection",
            text=_("Inspection %(number)s of %(object)s: %(result)s") % words,
            url=reverse("inspections:inspection", args=[row["inspection"]]),
            position=row["position"],
            data={"inspection": row["inspection"], "result": row["result"], "seq": row["seq"]},
        )


def register() -> None:
    """Called once the app is loaded."""
    deeds.register("inspections.reports", reports_of)
