"""From an inspection into the loop: a lead with everything that was found."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from chengshu.bureau.models import User
from chengshu.inspections.lifecycle import Action, Result, State
from chengshu.inspections.models import Inspection, InspectionReport
from chengshu.kernel import files
from chengshu.leads.models import LeadAttachment
from chengshu.leads.services import NewLead
from chengshu.leads.services import report as report_lead
from chengshu.leads.services.reporting import Attachment

from . import bulk
from .base import InspectionProblem, save, step


def as_lead(inspection: Inspection, *, by: User, at: datetime, refused: bool = False) -> None:
    """Report a lead for a locked inspection: class, place, object, words and photos come from the record.

    Once only; the lead is routed like any other. Raises `InspectionProblem` where the checklist names no
    class of leads for what was found.
    """
    if inspection.lead_id is not None:
        return
    if file := bulk.file_of(inspection):
        last = file.reports[-1] if file.reports else None
    else:
        last = InspectionReport.objects.filter(inspection=inspection).order_by("-seq").first()
    entries = {
        entry["code"]: entry for entry in (inspection.checklist.entries if inspection.checklist else [])
    }
    found = [answer for answer in (last.answers if last else []) if answer["found"] == "yes"]
    kinds = [entries[answer["code"]].get("lead_class", "") for answer in found]
    kind = next((code for code in kinds if code), "") or _class_of_last_resort(entries)
    if not kind:
        raise InspectionProblem(_("The checklist names no class of leads for this. Add it there first."))
    new = NewLead(
        source="inspection",
        lead_class=kind,
        description=_words(inspection, last, found, entries, refused),
        object_id=inspection.object_id,
        address=inspection.object.address,
        position=inspection.object.position,
        source_ref=inspection.number,
        data={"inspection": inspection.pk, "causes": [entries[a["code"]].get("cause", "") for a in found]},
    )
    lead = report_lead(
        new, district=inspection.district, by=None, attachments=_photos(inspection), at=at
    ).lead
    inspection.lead = lead
    if inspection.state == State.ORDERED:
        inspection.state, inspection.closed_at = State.CLOSED, at
    save(inspection, "lead", "state", "closed_at")
    step(inspection, Action.HAND_OVER, by=by, at=at, lead=lead.pk, number=lead.number)


def _class_of_last_resort(entries: dict[str, dict[str, str]]) -> str:
    """For results that no entry describes (refusal to cooperate): the first class the checklist names."""
    return next((entry["lead_class"] for entry in entries.values() if entry.get("lead_class")), "")


def _words(
    inspection: Inspection,
    last: InspectionReport | None,
    found: list[dict[str, str]],
    entries: dict[str, dict[str, str]],
    refused: bool,
) -> str:
    said = [
        entries[answer["code"]]["zh"] + (f"（{answer['note']}）" if answer["note"] else "")
        for answer in found
    ]
    if last is not None and last.result not in (Result.ORDERED, Result.PENDING):
        said.insert(0, str(Result(last.result).label))
    if last is not None and last.note:
        said.append(last.note)
    if refused:
        said.append(_("The order to rectify was not followed."))
    return _("Inspection %(number)s: %(what)s") % {"number": inspection.number, "what": "；".join(said)}


def _photos(inspection: Inspection) -> list[Attachment]:
    file = bulk.file_of(inspection)
    return [
        Attachment(
            content=files.open_stored(photo.file),
            name=photo.name,
            moment=LeadAttachment.Moment.FILING,
            taken_at=photo.taken_at,
            position=photo.position,
        )
        for photo in (file.photos if file else inspection.photos.select_related("file"))
    ]
