"""Inspections in the file of a regulated object, and the way from there to a new one."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from chengshu.bureau.models import User
from chengshu.inspections.lifecycle import Kind, Result, State
from chengshu.inspections.models import Inspection
from chengshu.inspections.words import STATE_TONES, result_tone
from chengshu.kernel.privacy_masks import mask_text
from chengshu.leads import links
from chengshu.leads.links import Way as LeadWay
from chengshu.leads.models import Lead
from chengshu.registry.dossier import TimelineEntry, Way, register_timeline, register_way
from chengshu.registry.models import RegulatedObject

READ = 100


def entries(obj: RegulatedObject, user: User) -> Iterator[TimelineEntry]:
    """The latest inspections of the object that the person may see; one query."""
    if not user.may("inspections.view"):
        return
    found = Inspection.objects.visible_to(user).filter(object=obj.pk).select_related("lead", "task")
    for one in found.order_by("-id")[:READ]:
        words = [
            str(State(one.state).label),
            str(Result(one.result).label) if one.result else "",
            _("put right on the spot") if one.corrected else "",
            _("Lead %(number)s") % {"number": one.lead.number} if one.lead else "",
            mask_text(one.reason),
        ]
        yield TimelineEntry(
            at=one.done_at or one.created_at,
            title=f"{one.number} {Kind(one.kind).label}",
            text=" · ".join(word for word in words if word),
            url=reverse("inspections:inspection", args=[one.pk]),
            tone=result_tone(one.result) if one.result else STATE_TONES[State(one.state)],
        )


def inspect_now(obj: RegulatedObject, user: User) -> Way | None:
    """An inspection outside the draw, for whoever may arrange one there."""
    if obj.merged_into_id is not None:
        return None
    ways = ("inspections.work", "inspections.assign")
    if not any(
        user.scope_for(way).covers(district_id=obj.district_id, squad_id=obj.squad_id) for way in ways
    ):
        return None
    return Way(_("Inspect"), f"{reverse('inspections:arrange')}?object={obj.pk}", "check")


def inspection_of(user: User, lead: Lead) -> LeadWay | None:
    """From a lead back to the inspection that handed it over."""
    if lead.source != "inspection":
        return None
    found = Inspection.objects.visible_to(user).filter(lead=lead.pk).only("pk", "number").first()
    if found is None:
        return None
    label = _("Inspection %(number)s") % {"number": found.number}
    return LeadWay(label, reverse("inspections:inspection", args=[found.pk]), "check")


def register() -> None:
    """Called once the app is loaded."""
    register_timeline("inspections", entries)
    register_way("inspections", inspect_now)
    links.register("inspections", inspection_of)
