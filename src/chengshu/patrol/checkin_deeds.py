"""Check-ins as part of what a person did (`chengshu.bureau.deeds`)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext as _

from chengshu.bureau import deeds
from chengshu.bureau.deeds import Deed
from chengshu.bureau.models import User
from chengshu.patrol.models import CheckIn


def check_ins_of(person: User, start: datetime, end: datetime) -> Iterator[Deed]:
    """The check-ins of a span, one query."""
    rows = CheckIn.objects.filter(user=person, at__gte=start, at__lt=end).order_by("at", "id")
    for row in rows.values(
        "id", "at", "point", "point__name", "point__position", "beat", "way", "weight", "lights"
    ):
        yield Deed(
            at=row["at"],
            kind="check_in",
            text=_("Checked in at %(point)s") % {"point": row["point__name"]},
            position=row["point__position"],
            data={name: row[name] for name in ("point", "beat", "way", "weight", "lights")},
        )


def register() -> None:
    """Called once the app is loaded."""
    deeds.register("patrol.check_ins", check_ins_of)
