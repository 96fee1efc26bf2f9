"""Everything on the page of a lead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import User
from chengshu.kernel.files import INLINE_TYPES
from chengshu.kernel.privacy_masks import mask_name, mask_phone, mask_text
from chengshu.leads.clocks import end_of_day
from chengshu.leads.lifecycle import Action, Outcome, Stage
from chengshu.leads.models import Lead, LeadAttachment, LeadReporter, LeadStep
from chengshu.leads.offered import Kin
from chengshu.leads.words import Light, clock_light, light_of
from chengshu.ui import formats, tones

TONES = {
    Action.RETURN: tones.WARN,
    Action.REJECT: tones.DANGER,
    Action.REOPEN: tones.WARN,
    Action.URGE: tones.WARN,
    Action.REFUSE_EXTENSION: tones.WARN,
    Action.HOLD: tones.WARN,
    Action.CLOSE: tones.OK,
    Action.VERIFY: tones.OK,
    Action.DISPATCH: tones.INFO,
    Action.HANDLE: tones.INFO,
}


@dataclass(frozen=True)
class Kept:
    """A photo or paper of a lead; ``image`` where it can be shown."""

    name: str
    moment: str
    at: datetime
    by: str
    url: str
    image: bool


@dataclass(frozen=True)
class Entry:
    """One line of the history."""

    at: datetime
    title: str
    by: str = ""
    lines: list[str] = field(default_factory=list)
    tone: str = ""


def kin(lead: Lead) -> tuple[list[Lead], list[Lead]]:
    """The parts and the doubles of a lead, in one query."""
    found = (
        Lead.objects.filter(Q(parent=lead.pk) | Q(merged_into=lead.pk))
        .select_related("lead_class", "squad")
        .defer("search_tokens", "data", "step_data")
        .order_by("pk")
    )
    parts = [other for other in found if other.parent_id == lead.pk]
    doubles = [other for other in found if other.merged_into_id == lead.pk]
    return parts, doubles


def kin_of(parts: Iterable[Lead], doubles: Iterable[Lead]) -> Kin:
    """What the parts and doubles mean for the actions."""
    parts, doubles = list(parts), list(doubles)
    return Kin(any(part.stage != Stage.CLOSED for part in parts), bool(parts), bool(doubles))


def attachments(lead: Lead) -> list[Kept]:
    """Photos and papers in the order in which they came."""
    rows = LeadAttachment.objects.filter(lead=lead.pk).select_related("file", "added_by").order_by("pk")
    return [
        Kept(
            name=row.name,
            moment=row.moment,
            at=row.added_at,
            by=row.added_by.full_name if row.added_by else "",
            url=reverse("leads:photo", args=[lead.pk, row.pk]),
            image=row.file.media_type in INLINE_TYPES,
        )
        for row in rows
    ]


def history(lead: Lead, kept: Iterable[Kept] = ()) -> list[Entry]:
    """The steps as the database wrote them, with the photos between them, newest first."""
    steps = LeadStep.objects.filter(lead=lead.pk).select_related("by", "squad", "officer").order_by("version")
    entries: list[Entry] = []
    squad = officer = None
    for step in steps:
        lines = [mask_text(step.note)] if step.note else []
        if step.squad_id != squad and step.squad and step.action != Action.REPORT:
            lines.append(_("Squad: %(name)s") % {"name": step.squad.label})
        if step.officer_id != officer and step.officer:
            lines.append(_("Officer: %(name)s") % {"name": step.officer.full_name})
        squad, officer = step.squad_id, step.officer_id
        lines += _particulars(step)
        label = str(Action(step.action).label)
        by = step.by.full_name if step.by else _("the system")
        entries.append(Entry(step.at, label, by, lines, TONES.get(Action(step.action), "")))
    moments = dict(LeadAttachment.Moment.choices)
    entries += [
        Entry(one.at, _("Photo or paper added"), one.by, [f"{moments[one.moment]} · {one.name}"])
        for one in kept
    ]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)


def _particulars(step: LeadStep) -> list[str]:
    data: dict[str, Any] = step.data or {}
    lines = []
    if step.action in (Action.HANDLE, Action.DISMISS) and step.outcome:
        lines.append(str(Outcome(step.outcome).label))
    if day := data.get("recheck_on"):
        lines.append(_("Re-check on %(day)s") % {"day": day})
    if "complied" in data:
        lines.append(_("It was followed") if data["complied"] else _("It was not followed"))
    if body := data.get("body"):
        lines.append(_("To: %(name)s") % {"name": body})
    if until := data.get("until"):
        lines.append(_("New time: %(until)s") % {"until": formats.moment(datetime.fromisoformat(until))})
    if rating := data.get("rating"):
        lines.append(_("Rating: %(n)d") % {"n": rating})
    if (number := data.get("number")) and isinstance(number, str):
        lines.append(number)
    if isinstance(parts := data.get("parts"), list):
        lines.append("、".join(str(one) for one in parts))
    return lines


def clocks_of(lead: Lead, now: datetime) -> list[tuple[str, Light]]:
    """The clocks that run or have run: arrival, handling, re-check."""
    held = lead.held_at is not None
    rows = []
    if lead.arrive_by is not None:
        done = lead.arrived_at or lead.handled_at
        rows.append((_("Arrive"), clock_light(lead.arrive_by, done, now, held=held)))
    if light := light_of(lead, now):
        rows.append((_("Handle"), light))
    if lead.recheck_on is not None:
        noon = datetime.combine(lead.recheck_on, time(12), timezone.get_current_timezone())
        rows.append((_("Re-check"), clock_light(end_of_day(noon), None, now, held=held)))
    return rows


def reporter_of(lead: Lead, *, unmasked: bool) -> dict[str, Any] | None:
    """The reporter as the page shows him; None where nobody is named."""
    reporter: LeadReporter | None = getattr(lead, "reporter", None)
    if reporter is None:
        return None
    if unmasked:
        name, phone, email = reporter.name, reporter.phone, reporter.email
    else:
        head, at, tail = reporter.email.partition("@")
        name, phone = mask_name(reporter.name), mask_phone(reporter.phone)
        email = f"{head[:1]}***{at}{tail}" if reporter.email else ""
    return {
        "name": name,
        "phone": phone,
        "email": email,
        "wants_answer": reporter.wants_answer,
        "informed_at": reporter.informed_at,
    }


def personal_fields(lead: Lead) -> list[str]:
    """Fields of the reporter that hold something, and the text where something in it is masked."""
    reporter: LeadReporter | None = getattr(lead, "reporter", None)
    names = ("name", "phone", "email")
    held = [f"reporter.{name}" for name in names if reporter and getattr(reporter, name)]
    return held + (["description"] if mask_text(lead.description) != lead.description else [])


def may_unmask(user: User, lead: Lead) -> bool:
    """Whether the person may look behind the masks of this lead."""
    scope = user.scope_for("privacy.unmask")
    return user.may("privacy.unmask") and scope.covers(district_id=lead.district_id, squad_id=lead.squad_id)
