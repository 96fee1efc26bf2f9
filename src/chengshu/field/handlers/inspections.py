"""Inspections on the phone: arriving, the result with its checklist and signature, the re-check."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Annotated, Literal

from django.utils.translation import gettext as _
from pydantic import BeforeValidator, Field

from chengshu.field import kinds
from chengshu.field.handling import Data, Day, Id, Note, Photos, Sha256, opened, read, stored_photo
from chengshu.field.kinds import Done, RecordRefused, Sent
from chengshu.inspections.models import Inspection
from chengshu.inspections.services import inspecting
from chengshu.inspections.services.base import InspectionProblem
from chengshu.kernel import files
from chengshu.kernel.media import FileProblem

WORK = "inspections.work"
kinds.refuses(InspectionProblem, FileProblem)
Found = Annotated[
    Literal["yes", "no", "not_applicable"],
    BeforeValidator(lambda value: "not_applicable" if value == "na" else value),
]


class OnInspection(Data):
    """What every record of an inspection says."""

    inspection: Id


class Answer(Data):
    """What was found for one entry."""

    code: Annotated[str, Field(max_length=40)]
    found: Found
    note: Annotated[str, Field(max_length=500)] = ""


class Report(OnInspection):
    """inspection.report."""

    answers: Annotated[list[Answer], Field(max_length=500)] = []
    result: int
    note: Note = ""
    corrected: bool = False
    rectify_by: Day = None
    signing: str
    party_name: Annotated[str, Field(max_length=60)] = ""
    signature: Sha256 | None = None
    unsigned_because: Annotated[str, Field(max_length=200)] = ""
    photos: Photos = []


class Recheck(OnInspection):
    """inspection.recheck."""

    complied: bool
    note: Annotated[str, Field(max_length=500)] = ""
    rectify_by: Day = None
    photos: Photos = []


@kinds.register("inspection.start", WORK)
def start(sent: Sent) -> Done:
    """到达现场."""
    found = _find(sent, read(OnInspection, sent))
    return _done(inspecting.start(found, by=sent.user, at=sent.at, client_id=sent.id))


@kinds.register("inspection.report", WORK)
def report(sent: Sent) -> Done:
    """检查结果, once for each record."""
    said = read(Report, sent)
    found = _find(sent, said)
    with ExitStack() as stack:
        signature = None
        if said.signature is not None:
            signature = stack.enter_context(files.open_stored(stored_photo(sent, said.signature)))
        stated = inspecting.Report(
            result=said.result,
            answers=[inspecting.Answer(one.code, one.found, one.note) for one in said.answers],
            signing=said.signing,
            client_id=sent.id,
            note=said.note,
            corrected=said.corrected,
            rectify_by=said.rectify_by,
            position=sent.position,
            party_name=said.party_name,
            signature=signature,
            unsigned_because=said.unsigned_because,
        )
        photos = _photos(sent, said.photos, stack)
        return _done(inspecting.report(found, stated, by=sent.user, photos=photos, at=sent.at))


@kinds.register("inspection.recheck", WORK)
def recheck(sent: Sent) -> Done:
    """整改复查."""
    said = read(Recheck, sent)
    found = _find(sent, said)
    with ExitStack() as stack:
        made = inspecting.recheck(
            found,
            complied=said.complied,
            by=sent.user,
            note=said.note,
            rectify_by=None if said.complied else said.rectify_by,
            photos=_photos(sent, said.photos, stack),
            at=sent.at,
            client_id=sent.id,
        )
    return _done(made)


def _photos(sent: Sent, photos: Photos, stack: ExitStack) -> list[inspecting.Photo]:
    return [
        inspecting.Photo(content, note.name, photo.entry, note.taken_at, note.position)
        for photo, content, note in stack.enter_context(opened(sent, photos))
    ]


def _find(sent: Sent, said: OnInspection) -> Inspection:
    found: Inspection | None = Inspection.objects.visible_to(sent.user).filter(pk=said.inspection).first()
    if found is None:
        raise RecordRefused(_("There is no such inspection in your area."))
    return found


def _done(inspection: Inspection) -> Done:
    lead = inspection.lead.number if inspection.lead else None
    return Done(
        result={
            "inspection": inspection.pk,
            "number": inspection.number,
            "state": inspection.state,
            "lead": lead,
        }
    )
