"""Leads in the file of a regulated object."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse

from chengshu.bureau.models import User
from chengshu.kernel.privacy_masks import mask_text
from chengshu.leads.lifecycle import Outcome, Stage
from chengshu.leads.queries.around import at_object
from chengshu.leads.words import STAGE_TONES
from chengshu.registry.dossier import TimelineEntry, register_timeline
from chengshu.registry.models import RegulatedObject


def entries(obj: RegulatedObject, user: User) -> Iterator[TimelineEntry]:
    """The latest leads at the object that the person may see; one query."""
    if not user.may("leads.view"):
        return
    for lead in at_object(user, obj.pk):
        end = Outcome(lead.outcome).label if lead.outcome else ""
        words = [str(Stage(lead.stage).label), str(end), mask_text(lead.description)]
        yield TimelineEntry(
            at=lead.reported_at,
            title=f"{lead.number} {lead.lead_class.label}",
            text=" · ".join(word for word in words if word),
            url=reverse("leads:lead", args=[lead.pk]),
            tone=STAGE_TONES[Stage(lead.stage)],
        )


def register() -> None:
    """Called once the app is loaded."""
    register_timeline("leads", entries)
