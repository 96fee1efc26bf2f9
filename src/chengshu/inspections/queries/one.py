"""Everything on the page of an inspection, read for it and copied nowhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from chengshu.bureau.models import User
from chengshu.cases.models import Case
from chengshu.inspections.lifecycle import PROBLEM, TABLE, Action, Kind, Result, State, Withdrawal
from chengshu.inspections.models import Checklist, Inspection, InspectionPhoto, InspectionReport
from chengshu.inspections.services.base import InspectionProblem
from chengshu.inspections.services.freezing import object_identity
from chengshu.inspections.services.inspecting import checklist_on
from chengshu.inspections.words import found_label, result_tone
from chengshu.kernel.draw.canonical import KEY_PREFIX
from chengshu.kernel.files import INLINE_TYPES
from chengshu.kernel.privacy_masks import mask_name, mask_text
from chengshu.law.catalogue import catalogue
from chengshu.law.model import Citation
from chengshu.leads.lifecycle import Outcome, Stage
from chengshu.leads.models import Lead
from chengshu.leads.words import STAGE_TONES
from chengshu.ui import tones

Signing = InspectionReport.Signing
STEP_TONES = {
    Action.REPORT: tones.INFO,
    Action.CORRECT: tones.WARN,
    Action.RECHECK: tones.INFO,
    Action.HAND_OVER: tones.WARN,
    Action.WITHDRAW: tones.NEUTRAL,
    Action.CANCEL: tones.NEUTRAL,
}


@dataclass(frozen=True)
class Entry:
    """An entry of the checklist as a page shows it; ``basis`` are provisions that open."""

    code: str
    text: str
    basis: list[Citation]
    photo: bool
    raw: Mapping[str, Any]


@dataclass(frozen=True)
class Kept:
    """A photo of the inspection, with where and when it was taken."""

    id: int
    url: str
    name: str
    entry: str
    taken_at: datetime | None
    position: tuple[float, float] | None
    by: str
    image: bool


@dataclass(frozen=True)
class Reported:
    """One report; ``current`` is the one that counts, the earlier ones stay readable."""

    seq: int
    at: datetime
    by: str
    result: str
    tone: str
    answers: list[tuple[Entry, str, str, str]]
    note: str
    corrected: bool
    rectify_by: date | None
    party: str
    signing: str
    signature: str
    unsigned_because: str
    correction_reason: str
    digest: str
    current: bool


@dataclass(frozen=True)
class Step:
    """One line of the history."""

    at: datetime
    title: str
    by: str
    lines: list[str] = field(default_factory=list)
    tone: str = ""


@dataclass(frozen=True)
class Handed:
    """Where the matter went: the lead as it stands now, and the case it led into."""

    url: str
    number: str
    stage: str
    tone: str
    outcome: str
    case: bool
    case_number: str
    case_url: str


def checklist_of(inspection: Inspection) -> Checklist | None:
    """The list that is fixed already, else the one that would be used today; None where there is none."""
    if inspection.checklist is not None:
        return inspection.checklist
    try:
        return checklist_on(inspection, timezone.localdate())
    except InspectionProblem:
        return None


def entries_of(checklist: Checklist | None) -> list[Entry]:
    """The entries in order, in the language of the page."""
    if checklist is None:
        return []
    english = (get_language() or "").startswith("en")
    return [
        Entry(
            code=str(raw["code"]),
            text=(raw.get("en") if english else "") or raw["zh"],
            basis=citations(raw.get("basis")),
            photo=bool(raw.get("photo")),
            raw=raw,
        )
        for raw in checklist.entries
    ]


def citations(stated: Any) -> list[Citation]:
    """The provisions that data names; one of an instrument nobody knows is left out."""
    known = {instrument.code for instrument in catalogue().instruments}
    listed = stated if isinstance(stated, list) else [stated] if stated else []
    return [
        Citation(one["instrument"], str(one.get("article", "")), bool(one.get("verified")))
        for one in listed
        if isinstance(one, dict) and one.get("instrument") in known
    ]


def photos_of(inspection: Inspection) -> list[Kept]:
    """The photos in the order in which they came."""
    found = InspectionPhoto.objects.filter(inspection=inspection).select_related("file", "by").order_by("id")
    return [
        Kept(
            id=one.pk,
            url=reverse("inspections:photo", args=[inspection.pk, one.pk]),
            name=one.name,
            entry=one.entry,
            taken_at=one.taken_at,
            position=(one.position[0], one.position[1]) if one.position else None,
            by=one.by.full_name if one.by else "",
            image=one.file.media_type in INLINE_TYPES,
        )
        for one in found
    ]


def reports_of(inspection: Inspection) -> list[Reported]:
    """Every report, the current one first; people of the object are masked."""
    rows = list(
        InspectionReport.objects.filter(inspection=inspection)
        .select_related("by", "signature")
        .order_by("-seq")
    )
    entries = {entry.code: entry for entry in entries_of(inspection.checklist)}
    return [_report(inspection, row, entries, current=not place) for place, row in enumerate(rows)]


def _report(
    inspection: Inspection, row: InspectionReport, entries: Mapping[str, Entry], *, current: bool
) -> Reported:
    signature = reverse("inspections:signature", args=[inspection.pk, row.seq]) if row.signature_id else ""
    return Reported(
        seq=row.seq,
        at=row.at,
        by=row.by.full_name,
        result=f"{row.result} {Result(row.result).label}",
        tone=result_tone(row.result),
        answers=[
            (entries[one["code"]], one["found"], found_label(one["found"]), mask_text(one["note"]))
            for one in row.answers
            if one["code"] in entries
        ],
        note=mask_text(row.note),
        corrected=row.corrected,
        rectify_by=row.rectify_by,
        party=mask_name(row.party_name),
        signing=str(Signing(row.signing).label),
        signature=signature,
        unsigned_because=mask_text(row.unsigned_because),
        correction_reason=mask_text(row.correction_reason),
        digest=row.digest,
        current=current,
    )


def steps_of(inspection: Inspection) -> list[Step]:
    """The history, newest first."""
    rows = inspection.steps.select_related("by").order_by("-seq")
    return [
        Step(
            at=row.at,
            title=str(Action(row.action).label),
            by=row.by.full_name if row.by else _("the system"),
            lines=_lines(row.note, row.data),
            tone=STEP_TONES.get(Action(row.action), ""),
        )
        for row in rows
    ]


def cancelled_for(inspection: Inspection) -> str:
    """Why it was cancelled; empty where it was not."""
    if inspection.state != State.WITHDRAWN or inspection.withdrawn_for:
        return ""
    ended = inspection.steps.filter(action=Action.CANCEL).first()
    return mask_text(ended.note) if ended else ""


def _lines(note: str, data: Mapping[str, Any]) -> list[str]:
    said = []
    if result := data.get("result"):
        said.append(str(Result(result).label))
    if "complied" in data:
        said.append(_("The order was followed.") if data["complied"] else _("The order was not followed."))
    if day := data.get("rectify_by"):
        said.append(_("New last day: %(day)s") % {"day": day})
    if code := data.get("code"):
        said.append(str(Withdrawal(code).label))
    if number := data.get("number"):
        said.append(_("Lead %(number)s") % {"number": number})
    return [*said, mask_text(note)] if note else said


def handed_over(user: User, inspection: Inspection) -> Handed | None:
    """The lead as it stands now; its page and the case open for those who may see them."""
    lead = inspection.lead
    if lead is None:
        return None
    seen = Lead.objects.visible_to(user).filter(pk=lead.pk).exists()
    open_case = lead.case_id is not None and Case.objects.visible_to(user).filter(pk=lead.case_id).exists()
    case = reverse("cases:case", args=[lead.case_id]) if open_case else ""
    return Handed(
        url=reverse("leads:lead", args=[lead.pk]) if seen else "",
        number=lead.number,
        stage=str(Stage(lead.stage).label),
        tone=STAGE_TONES[Stage(lead.stage)],
        outcome=str(Outcome(lead.outcome).label) if lead.outcome else "",
        case=lead.case_id is not None,
        case_number=lead.case_number,
        case_url=case,
    )


def published(inspection: Inspection) -> list[dict[str, Any]]:
    """What the public reads or has read of it, the latest first."""
    rows = inspection.disclosures.order_by("-published_at", "-id")
    return [
        {
            "published_at": row.published_at,
            "shown_until": row.shown_until,
            "withdrawn_at": row.withdrawn_at,
            "reason": row.withdrawn_reason,
        }
        for row in rows
    ]


def offered(inspection: Inspection, *, of_team: bool) -> set[str]:
    """The actions that the table and the person's part in it allow now."""
    if not of_team:
        return set()
    ways = {Action.START, Action.REPORT, Action.CORRECT, Action.RECHECK, Action.HAND_OVER}
    allowed = {action.value for action in ways if State(inspection.state) in TABLE[action]}
    may_hand_over = inspection.lead_id is None and inspection.result in PROBLEM
    return allowed if may_hand_over else allowed - {Action.HAND_OVER.value}


def draw_key(inspection: Inspection) -> dict[str, str] | None:
    """What lets the inspected object find itself in the proof; None outside a draw."""
    if inspection.kind != Kind.RANDOM or not inspection.draw_key or inspection.draw is None:
        return None
    return {
        "identity": object_identity(inspection.district.code, inspection.object_id),
        "salt": inspection.draw_salt,
        "key": inspection.draw_key,
        "commitment": inspection.draw.commitment_sha256,
        "task": inspection.task.number if inspection.task else "",
        "prefix": KEY_PREFIX,
    }


def marks(photos: Sequence[Kept]) -> list[dict[str, Any]]:
    """Where the photos were taken, for the map."""
    return [
        {"lng": one.position[0], "lat": one.position[1], "label": one.name}
        for one in photos
        if one.position is not None
    ]
