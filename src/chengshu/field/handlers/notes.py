"""Notes in words, sound and pictures about a lead, an inspection or a case."""

from __future__ import annotations

from typing import Annotated, Any

from django.utils.translation import gettext as _
from pydantic import Field

from chengshu.cases.models import Case
from chengshu.field import kinds
from chengshu.field.handling import Data, Id, Sha256, note_of, read, stored
from chengshu.field.kinds import Done, RecordRefused, Sent
from chengshu.field.models import FieldNote, FieldNoteFile
from chengshu.inspections.models import Inspection
from chengshu.leads.models import Lead

About = FieldNote.About
MODELS: dict[str, Any] = {About.LEAD: Lead, About.INSPECTION: Inspection, About.CASE: Case}


class Note(Data):
    """note; without ``files`` all files of the record belong to it."""

    about: About
    id: Id
    text: Annotated[str, Field(max_length=2000)] = ""
    files: Annotated[list[Sha256], Field(max_length=30)] | None = None


@kinds.register("note", "field.use")
def note(sent: Sent) -> Done:
    """Keep the note with what it is about, where the officer may see that."""
    said = read(Note, sent)
    if not MODELS[said.about].objects.visible_to(sent.user).filter(pk=said.id).exists():
        raise RecordRefused(_("There is no such thing in your area."))
    wanted = list(dict.fromkeys(said.files if said.files is not None else sent.files))
    if not said.text and not wanted:
        raise RecordRefused(_("The note is empty."))
    kept = [(stored(sent, sha), note_of(sent, sha)) for sha in wanted]
    made = FieldNote.objects.create(
        record_id=sent.id, about=said.about, subject=said.id, text=said.text, at=sent.at, by=sent.user
    )
    FieldNoteFile.objects.bulk_create(
        FieldNoteFile(note=made, file=file, name=said.name, kind=said.kind, taken_at=said.taken_at)
        for file, said in kept
    )
    return Done(result={"note": made.pk})
