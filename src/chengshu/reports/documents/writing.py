"""Writing a draft: begun from a template, worded, its parts added, moved and removed, its numbers noted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import District, Unit, User
from chengshu.bureau.scope import require
from chengshu.kernel import ledger
from chengshu.kernel.indicators.periods import Period
from chengshu.reports.documents import texts
from chengshu.reports.documents.base import (
    WRITE,
    Deed,
    WritingProblem,
    kinds,
    locked_draft,
    require_version,
    touched,
)
from chengshu.reports.documents.standing import (
    Standing,
    counted,
    standing,
    template_of,
    values_of,
    with_figures,
)
from chengshu.reports.models import Document, DocumentPart
from chengshu.reports.template import template as shipped_template

NEW_PARTS: dict[str, dict[str, Any]] = {
    "p": {"p": []}, "h1": {"h1": ""}, "h2": {"h2": ""}, "h3": {"h3": ""}, "table": {"table": []},
}  # fmt: skip


@dataclass(frozen=True)
class Number:
    """发文字号 in its parts: 普城管, 2021, 3; red_head: issued with 版头 and 版记."""

    word: str = ""
    year: int | None = None
    seq: int | None = None
    red_head: bool = False


def begin(
    district: District,
    kind: str,
    period: Period,
    *,
    by: User,
    squad: Unit | None = None,
    title: str = "",
    number: Number | None = None,
) -> Document:
    """A draft of a kind with its shipped wording, the figures noted as they are now.

    Raises PermissionDenied, `WritingProblem`.
    """
    require(by, WRITE, district_id=district.pk, squad_id=squad.pk if squad else None)
    shipped = kinds().get(kind)
    if shipped is None:
        raise WritingProblem(_("There is no such kind of document."), "kind")
    _require_fitting(kind, period, squad)
    now = timezone.now()
    document = Document(
        template=kind, district=district, squad=squad, period_code=period.code, author=by, edited_by=by,
        edited_at=now, noted_at=now, title=title.strip()[:200],
    )  # fmt: skip
    _set_number(document, number or Number())
    document.title = document.title or _title(document)
    with transaction.atomic():
        _save_head(document)
        DocumentPart.objects.bulk_create(
            DocumentPart(document=document, position=n, content=raw, shipped=raw)
            for n, raw in enumerate(shipped.parts)
        )
        parts = document.parts.order_by("position")
        document.noted = values_of(counted(document, template_of(document, parts)).year)
        document.save(update_fields=["noted"])
        payload = {"kind": kind, "period": period.code, "squad": squad.code if squad else None}
        ledger.append(document.chain, Deed.BEGIN, {**payload, "title": document.title}, actor=by.username)
    return document


def _title(document: Document) -> str:
    """As the kind of document has it."""
    template = template_of(document, ())
    return with_figures(document, template, counted(document, template), drawn=False).title[:200]


def _require_fitting(kind: str, period: Period, squad: Unit | None) -> None:
    """Raise `WritingProblem` for a period or place that the kind does not tell of."""
    template = shipped_template(kind)
    if template.of_squad and squad is None:
        raise WritingProblem(_("This kind of document tells of one squad: choose it."), "squad")
    if period.kind != template.length:
        raise WritingProblem(_("This kind of document tells of a year.") if template.length == "year"
                             else _("This kind of document tells of a quarter."), "period")  # fmt: skip


def _set_number(document: Document, number: Number) -> None:
    word = number.word.strip()
    whole = [bool(word), number.year is not None, number.seq is not None]
    if any(whole) and not all(whole):
        raise WritingProblem(
            _("A number has three parts: the word, the year and the running number."), "word"
        )
    if number.red_head and not word:
        raise WritingProblem(_("A document with a red head bears a number."), "word")
    document.number_word, document.number_year, document.number_seq = word, number.year, number.seq
    document.red_head = number.red_head


def _save_head(document: Document, *changed: str) -> None:
    """Save; raises `WritingProblem` where another document bears the number."""
    try:
        with transaction.atomic():
            document.save(update_fields=changed or None)
    except IntegrityError as error:
        if "reports_document_number_once" not in str(error):
            raise
        raise WritingProblem(
            _("Another document bears the number %(number)s.") % {"number": document.number}, "seq"
        ) from error


@transaction.atomic
def change_head(document: Document, title: str, number: Number, *, by: User, expected: int) -> Document:
    """Title and number of a draft, and whether it has a red head."""
    current = locked_draft(document.pk, by, WRITE, expected=expected)
    if not title.strip():
        raise WritingProblem(_("A document has a title."), "title")
    current.title = title.strip()[:200]
    _set_number(current, number)
    _save_head(current, "title", "number_word", "number_year", "number_seq", "red_head")
    told = {"number": current.number, "red_head": current.red_head}
    touched(current, by, Deed.HEAD, title=current.title, **told)
    return current


@transaction.atomic
def discard(document: Document, *, by: User, expected: int) -> None:
    """Throw a draft away; its history stays."""
    current = locked_draft(document.pk, by, WRITE, expected=expected)
    ledger.append(current.chain, Deed.DISCARD, {"title": current.title}, actor=by.username)
    current.delete()


@transaction.atomic
def reword(
    part: DocumentPart, text: str, *, by: User, expected: int | None, caption: str | None = None
) -> DocumentPart:
    """The writer's own wording of a part. ``expected``: the version that the writer saw.

    Raises `WritingProblem` for what cannot be read, an unknown figure or form, a figure without a value, or
    where somebody else was quicker.
    """
    document, current = _locked_part(part, by)
    require_version(current.version, expected)
    raw = texts.from_text(text, current.content, caption=caption)
    _require_sayable(document, raw, current)
    current.content = raw
    _save(current, "content")
    _note_new(document)
    touched(document, by, Deed.REWORD, "noted", part=current.pk, words=texts.as_text(raw))
    return current


@transaction.atomic
def restore(part: DocumentPart, *, by: User) -> DocumentPart:
    """Back to the template's own wording."""
    document, current = _locked_part(part, by)
    if current.shipped is None:
        raise WritingProblem(_("The template has no wording for this part."))
    current.content, current.accepted = current.shipped, []
    _save(current, "content", "accepted")
    _note_new(document)
    touched(document, by, Deed.RESTORE, "noted", part=current.pk, words=texts.as_text(current.content))
    return current


@transaction.atomic
def add(
    document: Document, kind: str, text: str, *, by: User, after: int | None = None, caption: str = ""
) -> DocumentPart:
    """A part of the writer's own behind another, or at the beginning. kind: p, h1, h2, h3 or table."""
    current = locked_draft(document.pk, by, WRITE)
    if kind not in NEW_PARTS:
        raise WritingProblem(_("Choose a paragraph, a heading or a table."), "kind")
    raw = texts.from_text(text, NEW_PARTS[kind], caption=caption)
    _require_sayable(current, raw, None)
    position = 0
    if after is not None:
        before = current.parts.filter(pk=after).first()
        if before is None:
            raise WritingProblem(_("The paragraph before it is gone. Look at the document again."), "after")
        position = before.position + 1
    current.parts.filter(position__gte=position).update(position=F("position") + 1)
    made = DocumentPart.objects.create(document=current, position=position, content=raw)
    _note_new(current)
    touched(current, by, Deed.ADD, "noted", part=made.pk, words=texts.as_text(raw))
    return made


@transaction.atomic
def remove(part: DocumentPart, *, by: User) -> None:
    """Take a part out of the draft."""
    document, current = _locked_part(part, by)
    words, key = texts.as_text(current.content), current.pk
    current.delete()
    touched(document, by, Deed.REMOVE, part=key, words=words)


@transaction.atomic
def move(part: DocumentPart, down: bool, *, by: User) -> None:
    """Change places with the part before or behind; at the end of the document nothing happens."""
    document, current = _locked_part(part, by)
    rows = document.parts.filter(**{f"position__{'gt' if down else 'lt'}": current.position})
    other = rows.order_by("position" if down else "-position").first()
    if other is None:
        return
    current.position, other.position = other.position, current.position
    for each in (current, other):
        each.save(update_fields=["position"])
    touched(document, by, Deed.MOVE, part=current.pk, position=current.position)


@transaction.atomic
def accept(part: DocumentPart, number: str, *, by: User) -> None:
    """Confirm a typed number: it is none of the figures, and right."""
    document, current = _locked_part(part, by)
    if number not in current.accepted:
        current.accepted = [*current.accepted, number[:40]]
        _save(current, "accepted")
        touched(document, by, Deed.ACCEPT, part=current.pk, number=number[:40])


@transaction.atomic
def take_note(document: Document, *, by: User, seen: str) -> Document:
    """The figures of now are known to the writer. ``seen``: `Standing.seen` of the page that was looked at.

    Raises `WritingProblem` where they have changed again since.
    """
    current = locked_draft(document.pk, by, WRITE)
    now = standing(current)
    require_seen(now, seen)
    current.noted, current.noted_at = values_of(now.report.figures), timezone.now()
    told = {one.id: [str(one.old), str(one.new)] for one in now.changed}
    touched(current, by, Deed.NOTE, "noted", "noted_at", changed=told)
    return current


def require_seen(now: Standing, seen: str) -> None:
    """Raise `WritingProblem` where wording or figures are not those that were looked at."""
    if now.seen != seen:
        raise WritingProblem(_("The document has changed since you looked. Look at it again."), "seen")


def _locked_part(part: DocumentPart, by: User) -> tuple[Document, DocumentPart]:
    document = locked_draft(part.document_id, by, WRITE)
    current = document.parts.filter(pk=part.pk).first()
    if current is None:
        raise WritingProblem(_("The paragraph is gone. Look at the document again."), "version")
    return document, current


def _save(part: DocumentPart, *changed: str) -> None:
    part.version += 1
    part.save(update_fields=[*changed, "version"])


def _require_sayable(document: Document, raw: dict[str, Any], before: DocumentPart | None) -> None:
    """What is new must be readable and have its values; what the part said before is left as it was."""
    fresh = texts.changed_only(raw, before.content if before else None)
    fresh = texts.changed_only(fresh, before.shipped if before else None) if fresh else fresh
    if fresh:
        part = texts.read(fresh)
        texts.require_values(part, counted(document, template_of(document, [DocumentPart(content=fresh)])))


def _note_new(document: Document) -> None:
    """Note the figures that were not named before; a change of the others stays to be seen."""
    parts = document.parts.order_by("position")
    now = values_of(counted(document, template_of(document, parts)).year)
    document.noted = {**now, **{id_: noted for id_, noted in document.noted.items() if id_ in now}}


def preview(document: Document, part: DocumentPart | None, kind: str, text: str) -> list[Any]:
    """The blocks that a wording would give, without numbers of headings. Raises `WritingProblem`."""
    raw = texts.from_text(text, part.content if part else NEW_PARTS.get(kind, NEW_PARTS["p"]))
    _require_sayable(document, raw, part)
    template = template_of(document, [DocumentPart(content=raw)])
    return list(with_figures(document, template, counted(document, template)).blocks)
