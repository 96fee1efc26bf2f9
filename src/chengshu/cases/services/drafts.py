"""Drafts edited in Word: what was read back is shown, accepted as the next version, used when issuing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO

from django.db import transaction
from django.utils.translation import gettext as _

from chengshu.bureau.models import User
from chengshu.cases.documents import DocumentFacts, DocumentModel, DocumentProblem, compose
from chengshu.cases.documents.editing import Change, changes, check_recorded, digest_of, edited
from chengshu.cases.documents.reading import read_docx
from chengshu.cases.models import Case, CaseDocument, DocumentDraft, Party
from chengshu.kernel import ledger
from chengshu.kernel.models import StoredFile


@dataclass(frozen=True)
class Slot:
    """Where a draft belongs: case, party (the first one where none is named) and kind of document."""

    case: Case
    kind: str
    party: Party | None

    @classmethod
    def of(cls, case: Case, kind: str, party_key: str | None = None) -> Slot:
        """The slot of a document as `issue_document` files it."""
        return cls(case, kind, Party.objects.filter(case=case, key=party_key or "1").first())

    @property
    def issued(self) -> int:
        """How many versions have been issued."""
        held = CaseDocument.objects.filter(case=self.case, party=self.party, kind=self.kind)
        return held.count()

    def kept(self) -> DocumentDraft | None:
        """The edits in force: the last ones since the last issue."""
        held = DocumentDraft.objects.filter(case=self.case, party=self.party, kind=self.kind)
        last = held.order_by("-version").first()
        return last if last is not None and last.issued_before == self.issued else None


@dataclass(frozen=True)
class Draft:
    """A document before issue: its facts, the draft they make, the edits that a person gave it.

    ``stale``: edits were made, but the case says something else by now; they are not used.
    """

    facts: DocumentFacts
    plain: DocumentModel
    edits: Mapping[str, str]
    issued: int
    kept: DocumentDraft | None = None
    stale: bool = False

    @property
    def shown(self) -> DocumentModel:
        """The draft as it would be issued."""
        return edited(self.plain, self.edits)

    @property
    def in_word(self) -> DocumentModel:
        """The draft as the Word file has it: every place where it was."""
        return edited(self.plain, self.edits, split=False)


@dataclass(frozen=True)
class Upload:
    """What an edited Word file would make of a draft; ``outside``: also something that is not taken over."""

    changes: list[Change]
    edits: dict[str, str]
    outside: bool


def draft_of(slot: Slot, facts: DocumentFacts) -> Draft:
    """The draft of a slot with the edits that fit it."""
    plain, kept = compose(slot.kind, facts), slot.kept()
    edits = kept.edits if kept else {}
    stale = bool(edits) and kept is not None and kept.base != digest_of(plain)
    return Draft(facts, plain, {} if stale else edits, slot.issued, kept, stale)


def refuse_stale(draft: Draft) -> None:
    """Raises `DocumentProblem` where edits were made to what the case no longer says."""
    if draft.stale and draft.kept is not None:
        raise DocumentProblem(
            _("The case has changed since draft %(n)d was edited in Word: edit it anew or discard the edits.")
            % {"n": draft.kept.version}
        )


def read_upload(draft: Draft, file: IO[bytes]) -> Upload:
    """What an uploaded Word file changes in the draft. Raises `DocumentProblem`, see `read_docx`; also where
    nothing was changed or what the case records was dropped.
    """
    read = read_docx(file, draft.in_word, issued=draft.issued)
    if not read.edits:
        outside = _("Only places outside of the fields were changed; they cannot be taken over.")
        raise DocumentProblem(outside if read.outside else _("The Word file says the same as the draft."))
    both = {**draft.edits, **read.edits}
    check_recorded(draft.plain.kind, draft.facts, both)
    return Upload(changes(draft.in_word, read.edits), both, read.outside)


@transaction.atomic
def keep_draft(
    slot: Slot,
    draft: Draft,
    edits: Mapping[str, str],
    *,
    file: StoredFile | None,
    by: User,
    recipient: str = "",
) -> DocumentDraft:
    """The edits as the next version of the draft, noted in the ledger; without edits they are discarded."""
    Case.objects.select_for_update().get(pk=slot.case.pk)
    if slot.issued != draft.issued:
        raise DocumentProblem(_("The document was issued in the meantime: it cannot be changed."))
    held = DocumentDraft.objects.filter(case=slot.case, party=slot.party, kind=slot.kind)
    last = held.order_by("-version").first()
    made = DocumentDraft.objects.create(
        case=slot.case, party=slot.party, kind=slot.kind, issued_before=draft.issued,
        version=(last.version if last else 0) + 1, recipient=recipient, base=digest_of(draft.plain),
        edits=dict(edits), file=file, by=by,
    )  # fmt: skip
    payload = {
        "kind": slot.kind,
        "version": made.version,
        "fields": sorted(edits),
        "file": file.sha256 if file else "",
    }
    ledger.append(slot.case.chain, "document.edited", payload, actor=by.username)
    return made
