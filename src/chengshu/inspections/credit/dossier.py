"""Decided classes and published entries in the file of a regulated object."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import User
from chengshu.inspections.models import CreditProposal, DishonestyEntry
from chengshu.registry.dossier import TimelineEntry, register_timeline
from chengshu.registry.models import RegulatedObject
from chengshu.ui.tones import tone_of

from .settings import credit_data

LATEST = 20


def entries(obj: RegulatedObject, user: User) -> Iterator[TimelineEntry]:
    """The latest decisions on the object's class, and its entries; two queries."""
    if not user.may("credit.view"):
        return
    rows = CreditProposal.objects.visible_to(user).filter(object=obj, decided_at__isnull=False)
    for row in rows.exclude(decided="").select_related("decided_by")[:LATEST]:
        yield TimelineEntry(
            at=row.decided_at or row.proposed_at,
            title=_("Credit class %(class)s decided") % {"class": row.decided},
            text=row.reason,
            by=str(row.decided_by or ""),
            url=reverse("inspections:credit_proposal", args=[row.pk]),
            tone=tone_of(row.decided),
        )
    for entry in DishonestyEntry.objects.visible_to(user).filter(object=obj, shown_from__isnull=False)[
        :LATEST
    ]:
        ground = credit_data().grounds.get(entry.ground)
        day = entry.shown_from or timezone.localdate()
        yield TimelineEntry(
            at=timezone.make_aware(datetime.combine(day, time(12))),
            title=f"{entry.get_level_display()} {entry.number}",
            text=f"{ground.label if ground else entry.ground} · {entry.get_state_display()}",
            url=reverse("inspections:credit_entry", args=[entry.pk]),
            tone="danger" if entry.state == "published" else "neutral",
        )


def register() -> None:
    """Called once the app is loaded."""
    register_timeline("credit", entries)
