"""What every service of documents needs: refusing with a sentence, the locked draft, kinds of documents."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml
from django.db.models import TextChoices
from django.utils import timezone
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from chengshu.bureau.models import User
from chengshu.bureau.scope import require
from chengshu.kernel import ledger
from chengshu.reports.models import Document
from chengshu.reports.template import DATA

VIEW, WRITE, FREEZE = "reports.view", "reports.write", "reports.freeze"


class Deed(TextChoices):
    """What happens to a document, as the ledger names it."""

    BEGIN = "begin", pgettext_lazy("document", "Begun")
    HEAD = "head", _lazy("Title, number or red head changed")
    REWORD = "reword", _lazy("Wording changed")
    RESTORE = "restore", _lazy("Back to the template's wording")
    ADD = "add", _lazy("Paragraph added")
    REMOVE = "remove", _lazy("Paragraph removed")
    MOVE = "move", _lazy("Paragraph moved")
    ACCEPT = "accept", _lazy("Typed number confirmed")
    NOTE = "note", _lazy("New numbers noted")
    FREEZE = "freeze", _lazy("Made final")
    DISCARD = "discard", _lazy("Thrown away")


class WritingProblem(Exception):
    """What was asked for cannot be done; one translated sentence, and the field of the form, if any."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class DocumentKind:
    """A kind of document: its template's code, names and parts as they are shipped."""

    code: str
    names: dict[str, str]
    parts: tuple[dict[str, Any], ...]

    @property
    def name(self) -> str:
        """In the reader's language."""
        return self.names["en" if (get_language() or "").startswith("en") else "zh"]


@cache
def kinds() -> dict[str, DocumentKind]:
    """The shipped kinds of documents that a writer can begin, by their codes."""
    found = {}
    for path in sorted(DATA.glob("*.yaml")):
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        if isinstance(raw, dict) and "title" in raw and "parts" in raw:
            names = {"zh": path.stem, "en": path.stem, **raw.get("name", {})}
            found[path.stem] = DocumentKind(path.stem, names, tuple(raw["parts"]))
    return found


def locked_draft(document_id: int, by: User, permission: str, *, expected: int | None = None) -> Document:
    """The draft as it stands, locked until the caller's transaction ends.

    Raises PermissionDenied, and `WritingProblem` for a frozen document or one changed meanwhile.
    """
    found = Document.objects.select_for_update(of=("self",)).select_related("district", "squad")
    document = found.get(pk=document_id)
    require(by, permission, district_id=document.district_id, squad_id=document.squad_id)
    if not document.draft:
        raise WritingProblem(_("The document is final and stays as it is. Begin a new one."), "state")
    require_version(document.version, expected)
    return document


def require_version(is_now: int, expected: int | None) -> None:
    """Raise `WritingProblem` where somebody else was quicker."""
    if expected is not None and expected != is_now:
        raise WritingProblem(
            _("Somebody else has changed this in the meantime. Look at it again."), "version"
        )


def touched(document: Document, by: User, action: Deed, *changed: str, **what: Any) -> None:
    """Write the named columns, who changed the document, its next version, and the ledger's entry."""
    document.version += 1
    document.edited_by, document.edited_at = by, timezone.now()
    document.save(update_fields=[*changed, "version", "edited_by", "edited_at"])
    ledger.append(document.chain, action, {"version": document.version, **what}, actor=by.username)
