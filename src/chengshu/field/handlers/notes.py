"""Notes in words, sound and pictures about a lead, an inspection or a case."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _
from pydantic import Field

from chengshu.bureau.models import User
from chengshu.cases.models import Case, EvidenceItem
from chengshu.cases.services import StepRefused
from chengshu.cases.services.evidence import Circumstances, take_in_evidence
from chengshu.field import kinds
from chengshu.field.handling import Data, Id, Sha256, note_of, read, stored
from chengshu.field.kinds import Done, FileNote, RecordRefused, Sent
from chengshu.field.models import FieldNote, FieldNoteFile
from chengshu.inspections.models import Inspection
from chengshu.kernel.models import StoredFile
from chengshu.leads.models import Lead

About = FieldNote.About
MODELS: dict[str, Any] = {About.LEAD: Lead, About.INSPECTION: Inspection, About.CASE: Case}
Kept = tuple[StoredFile, FileNote]


class Note(Data):
    """note; without ``files`` all files of the record belong to it.

    ``second``: the other officer who was there, named in the step that takes evidence in.
    """

    about: About
    id: Id
    text: Annotated[str, Field(max_length=2000)] = ""
    files: Annotated[list[Sha256], Field(max_length=30)] | None = None
    second: Id | None = None


@kinds.register("note", "field.use")
def note(sent: Sent) -> Done:
    """Keep the note with what it is about; files about a case are taken in as evidence where the rules allow.

    What the rules of the case object to stays with the note, and the officer is told.
    """
    said = read(Note, sent)
    found = MODELS[said.about].objects.visible_to(sent.user).filter(pk=said.id).first()
    if found is None:
        raise RecordRefused(_("There is no such thing in your area."))
    wanted = list(dict.fromkeys(said.files if said.files is not None else sent.files))
    if not said.text and not wanted:
        raise RecordRefused(_("The note is empty."))
    kept = [(stored(sent, sha), note_of(sent, sha)) for sha in wanted]
    made = FieldNote.objects.create(
        record_id=sent.id, about=said.about, subject=said.id, text=said.text, at=sent.at, by=sent.user
    )
    FieldNoteFile.objects.bulk_create(
        FieldNoteFile(note=made, file=file, name=about.name, kind=about.kind, taken_at=about.taken_at)
        for file, about in kept
    )
    if said.about != About.CASE or not kept:
        return Done(result={"note": made.pk})
    items, words = _evidence(sent, said, found, kept)
    return Done(result={"note": made.pk, "evidence": items}, messages=words)


def _evidence(sent: Sent, said: Note, case: Case, kept: list[Kept]) -> tuple[list[int], tuple[str, ...]]:
    """Numbers of the items that were taken in, all or none; else why not."""
    there = User.objects.filter(unit__district=case.district_id, is_active=True, is_service=False)
    second = there.filter(pk=said.second).first()
    officers = [sent.user, *([second] if second is not None and second.pk != sent.user.pk else [])]
    try:
        with transaction.atomic():
            return [_item(sent, said, case, one, officers).seq for one in kept], ()
    except PermissionDenied:
        why = _("Your role does not include this, or it lies outside your area.")
    except StepRefused as refused:
        why = str(refused)
    return [], (_("The files stay with the note and are no evidence yet: %(why)s") % {"why": why},)


def _item(sent: Sent, said: Note, case: Case, one: Kept, officers: list[User]) -> EvidenceItem:
    file, about = one
    held = Circumstances(
        captured_at=about.taken_at or sent.at,
        position=about.position,
        device=str(sent.device),
        operator=sent.user.full_name,
        clock_offset=sent.clock_offset_s,
    )
    return take_in_evidence(
        case,
        file,
        by=sent.user,
        officers=officers,
        type=EvidenceItem.Type.AUDIOVISUAL,
        title=said.text[:100] or about.name,
        circumstances=held,
        client_id=uuid.uuid5(sent.id, file.sha256),
    )
