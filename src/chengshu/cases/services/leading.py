"""立案处罚 from a lead: a case that begins with what the lead already says, and the lead that ends in it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import User
from chengshu.cases.models import Case, EvidenceItem
from chengshu.cases.permissions import WORK
from chengshu.cases.services.evidence import Circumstances, keep_item, take_in_evidence
from chengshu.cases.services.opening import case_of, open_case
from chengshu.cases.services.simple import SimpleCase, decide_on_the_spot
from chengshu.kernel.models import StoredFile
from chengshu.law.catalogue import catalogue
from chengshu.leads import services as leads
from chengshu.leads.lifecycle import PERMISSION, Action, Outcome, Stage, stage_after
from chengshu.leads.models import Lead, LeadAttachment

PHOTOGRAPH, PAPER = EvidenceItem.Type.ELECTRONIC, EvidenceItem.Type.DOCUMENTARY
SOURCES = {"other_body": Case.Source.TRANSFER}
"""Sources of leads that cases call otherwise; those of the same name are taken over."""


def source_of(lead: Lead) -> str:
    """案件来源 of a case from this lead."""
    if lead.source in Case.Source.values:
        return lead.source
    return SOURCES.get(lead.source, Case.Source.OTHER).value


def cause_of(lead: Lead) -> str:
    """The cause of action of the lead's class, nothing where the law's data lacks it."""
    code = lead.lead_class.cause
    return code if code in {cause.code for cause in catalogue().causes} else ""


def found_on(lead: Lead) -> date:
    """发现日期: the day on which the lead was found."""
    return timezone.localdate(lead.reported_at)


def summary_of(lead: Lead) -> str:
    """What was found, and that an order to rectify was not followed."""
    if lead.outcome == Outcome.ORDERED and lead.refused:
        return _("%(found)s The order to rectify was not followed.") % {"found": lead.description}
    return lead.description


def may_file(user: User, lead: Lead) -> bool:
    """Whether the person could open a case from the lead as it stands."""
    if stage_after(Action.LINK_CASE, Stage(lead.stage)) is None or lead.held_at is not None:
        return False
    return all(
        user.scope_for(permission).covers(district_id=lead.district_id, squad_id=lead.squad_id)
        for permission in (PERMISSION[Action.LINK_CASE], WORK)
    )


def from_lead(
    lead: Lead,
    *,
    by: User,
    officers: Sequence[User] = (),
    entered: SimpleCase | None = None,
    photos: Sequence[StoredFile] = (),
    summary: str = "",
    cause: str | None = None,
    at: datetime | None = None,
    client_id: uuid.UUID | None = None,
) -> Case:
    """Open a case from a lead that is being handled, and end the lead in it: one transaction.

    With ``entered`` the simple procedure is decided at once (``at`` for a decision on paper), ``photos``
    being those taken beside the lead's own; else a case of the general procedure begins. The lead's photos
    become evidence as the same kept files, so with their hash, and with their time and place.
    The same ``client_id`` again returns the case.

    Raises `StepRefused`, ``LeadProblem`` where the lead cannot end in a case, ``PermissionDenied``.
    """
    with transaction.atomic():
        current = leads.lock(lead.pk)
        if client_id and (done := case_of(client_id)):
            return done
        if entered is None:
            case = _general(current, by=by, summary=summary, cause=cause, client_id=client_id)
        else:
            case = _at_once(current, entered, photos, by=by, officers=officers, at=at, client_id=client_id)
        case.lead = current
        case.save(update_fields=["lead", "updated_at"])
        leads.link_case(current, case_id=case.pk, case_number=str(case.number), by=by)
        if entered is None:
            for attachment in photos_of(current):
                _take_in(case, attachment, by=by, officers=officers or [by])
    lead.refresh_from_db()
    return case


def photos_of(lead: Lead) -> list[LeadAttachment]:
    """Photos and papers of the lead, each file once, in the order in which they came."""
    kept: dict[int, LeadAttachment] = {}
    for one in lead.attachments.select_related("file", "added_by").order_by("id"):
        kept.setdefault(one.file_id, one)
    return list(kept.values())


def circumstances_of(attachment: LeadAttachment) -> Circumstances:
    """When, where and by whom the lead's photo was taken."""
    lead = attachment.lead
    position: Any = attachment.position or lead.position
    return Circumstances(
        captured_at=attachment.taken_at,
        place=lead.address,
        position=tuple(position) if position else None,
        operator=attachment.added_by.full_name if attachment.added_by else "",
    )


def title_of(attachment: LeadAttachment) -> str:
    """What the item is called in the file of the case."""
    return _("%(name)s (lead %(number)s)") % {"name": attachment.name, "number": attachment.lead.number}


def _type(stored: StoredFile) -> str:
    return (PHOTOGRAPH if stored.media_type.startswith(("image/", "video/")) else PAPER).value


def _general(lead: Lead, *, by: User, summary: str, cause: str | None, client_id: uuid.UUID | None) -> Case:
    data = {
        "cause": cause_of(lead) if cause is None else cause,
        "found_on": found_on(lead).isoformat(),
        "lead": lead.number,
    }
    return open_case(
        lead.district,
        by=by,
        summary=(summary or summary_of(lead))[:500],
        source=source_of(lead),
        address=lead.address,
        position=lead.position,
        obj=lead.object,
        squad=lead.squad,
        client_id=client_id,
        data=data,
    )


def _at_once(
    lead: Lead,
    entered: SimpleCase,
    photos: Sequence[StoredFile],
    *,
    by: User,
    officers: Sequence[User],
    at: datetime | None,
    client_id: uuid.UUID | None,
) -> Case:
    """The simple procedure with the lead's photos and those taken now as items of evidence."""
    now = Circumstances(timezone.now(), entered.address, entered.position, operator=by.full_name)
    items = [(one.file, title_of(one), circumstances_of(one)) for one in photos_of(lead)]
    known = {stored.pk for stored, _title, _held in items}
    items += [(one, _("Photo of the scene"), now) for one in photos if one.pk not in known]
    steps = [
        {"type": _type(stored), "title": title, "sha256": stored.sha256, "item": place, **held.as_data()}
        for place, (stored, title, held) in enumerate(items, start=1)
    ]
    whole = replace(
        entered, evidence=steps, source=source_of(lead), obj=entered.obj or lead.object, squad=lead.squad
    )
    if whole.position is None:
        whole = replace(whole, position=lead.position)
    case = decide_on_the_spot(lead.district, whole, by=by, officers=officers, at=at, client_id=client_id)
    for place, ((stored, _title, held), step) in enumerate(zip(items, steps, strict=True), start=1):
        keep_item(case, place, stored, step, by, held)
    return case


def _take_in(case: Case, attachment: LeadAttachment, *, by: User, officers: Sequence[User]) -> None:
    take_in_evidence(
        case,
        attachment.file,
        by=by,
        officers=officers,
        type=_type(attachment.file),
        title=title_of(attachment),
        circumstances=circumstances_of(attachment),
    )
