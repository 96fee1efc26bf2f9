"""The bound file (装订成册): one PDF in the order of the catalogue, each page with its number.

Cover, catalogue and remarks bear no page number, as paper files have it. What cannot be bound (a recording, a
damaged PDF) is named and stays among the originals.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from chengshu.cases.documents import CatalogueEntry, DocumentFacts, DocumentProblem, Officer, Photo, compose
from chengshu.cases.documents import model as m
from chengshu.cases.documents.kinds import kind, kinds
from chengshu.cases.models import Case, CaseDocument, CaseStep, EvidenceItem
from chengshu.cases.procedure import law as applicable
from chengshu.cases.procedure.steps import StepKind
from chengshu.cases.procedure.transitions import STATE_LABELS, STEP_LABELS, State
from chengshu.kernel.files import FileDamaged, open_verified

PICTURES = frozenset({"image/jpeg", "image/png", "image/webp"})
PDF = "application/pdf"
STEPS_ORDER = 998  # after everything that was issued, before the remarks
STEPS_HEAD = ("序号", "步　骤", "时　间", "人　员", "校验值")
STEPS_WIDTHS = (2, 6, 5, 6, 6)
SHOWN_DIGEST = 12


@dataclass(frozen=True)
class Bound:
    """An issued document and its bytes."""

    document: CaseDocument
    pdf: bytes


@dataclass(frozen=True)
class BoundFile:
    """The bound file, its catalogue (title, number, day, first and last page) and what was left out."""

    pdf: bytes
    catalogue: list[dict[str, Any]]
    left_out: list[str]


@dataclass(frozen=True)
class _Piece:
    """A part of the file with its place in the statutory order."""

    order: int
    title: str
    pdf: bytes
    number: str = ""
    on: date | None = None


def assemble(
    case: Case, steps: Sequence[CaseStep], evidence: Sequence[EvidenceItem], documents: Sequence[Bound]
) -> BoundFile | None:
    """Bind the file; None where no Chinese font is there to set its pages. File texts are Chinese."""
    from chengshu.cases.documents.pdf import render_pdf

    left_out: list[str] = []
    with override("zh-hans"):
        facts = _facts(case, steps)
        try:
            pieces = [_issued(bound) for bound in documents]
            pieces += _evidence(facts, evidence, left_out)
            pieces.append(_Piece(STEPS_ORDER, "办案过程表", render_pdf(_steps_sheet(case, facts, steps))))
            pieces.sort(key=lambda piece: piece.order)
            return _bind(facts, pieces, left_out)
        except DocumentProblem:
            return None


def _issued(bound: Bound) -> _Piece:
    document = bound.document
    known = {each.code: each for each in kinds()}.get(document.kind)
    title = known.name if known else document.kind
    order = known.order if known else STEPS_ORDER - 1
    return _Piece(order, title, bound.pdf, document.number, timezone.localdate(document.issued_at))


def _evidence(facts: DocumentFacts, items: Iterable[EvidenceItem], left_out: list[str]) -> list[_Piece]:
    """Pictures on evidence sheets, PDF originals as they are."""
    from chengshu.cases.documents.pdf import readable_picture, render_pdf

    order, photos, pieces = kind("evidence_sheet").order, [], []
    for item in items:
        media = item.file.media_type if item.file else ""
        if item.file is None or media not in PICTURES | {PDF}:
            left_out.append(item.title)
            continue
        try:
            with open_verified(item.file) as opened:
                content = opened.read()
            if media == PDF:
                pieces.append(_Piece(order + 1, item.title, content, on=_day_of(item)))
                continue
            readable_picture(content, item.title)
        except (FileDamaged, DocumentProblem):
            left_out.append(item.title)
            continue
        photos.append(
            Photo(
                item.title, item.captured_at, item.place, item.operator, item.sha256[:SHOWN_DIGEST], content
            )
        )
    if photos:
        model = compose("evidence_sheet", _with(facts, photos=tuple(photos), issued=True))
        pieces.append(_Piece(order, "证据照片（视听资料）说明页", render_pdf(_final(model))))
    return pieces


def _day_of(item: EvidenceItem) -> date:
    return timezone.localdate(item.captured_at or item.taken_in_at)


def _steps_sheet(case: Case, facts: DocumentFacts, steps: Sequence[CaseStep]) -> m.DocumentModel:
    """Every step of the case on one list: what, when, who, and the digest the ledger holds."""
    rows = tuple(
        (
            str(step.seq),
            str(STEP_LABELS[StepKind(step.kind)]),
            f"{timezone.localtime(step.at):%Y-%m-%d %H:%M}",
            "、".join(o["name"] for o in step.officers) or (step.by.full_name if step.by else ""),
            step.digest[:SHOWN_DIGEST],
        )
        for step in steps
    )
    head = m.Grid(
        ((m.Cell("案件编号", case.number), m.Cell("案件状态", str(STATE_LABELS[State(case.state)]))),)
    )
    return m.DocumentModel(
        "steps", "form", facts.authority, "办案过程表", "", "",
        (head, m.Table(STEPS_HEAD, rows, STEPS_WIDTHS)), issued=True,
    )  # fmt: skip


def _bind(facts: DocumentFacts, pieces: list[_Piece], left_out: list[str]) -> BoundFile:
    from pypdf import PdfReader, PdfWriter
    from pypdf.errors import PyPdfError

    from chengshu.cases.documents.pdf import render_pdf

    body, catalogue, page = PdfWriter(), list[dict[str, Any]](), 0
    for piece in pieces:
        try:
            reader = PdfReader(BytesIO(piece.pdf))
            count = len(reader.pages)
            body.append(reader, import_outline=False)
        except (PyPdfError, ValueError, KeyError, RecursionError):
            left_out.append(piece.title)
            continue
        catalogue.append(
            {
                "title": piece.title,
                "number": piece.number,
                "on": piece.on.isoformat() if piece.on else None,
                "from": page + 1,
                "to": page + count,
            }
        )
        page += count
    entries = tuple(
        CatalogueEntry(e["title"], e["number"], date.fromisoformat(e["on"]) if e["on"] else None, _span(e))
        for e in catalogue
    )
    whole = _with(facts, pages=page, entries=entries)
    front = render_pdf(*(_final(compose(code, whole)) for code in ("file_cover", "file_catalogue")))
    back = render_pdf(_final(compose("file_remarks", _with(whole, notes=_remarks(left_out)))))
    _number_pages(body, page)
    writer = PdfWriter()
    for part in (PdfReader(BytesIO(front)), PdfReader(_written(body)), PdfReader(BytesIO(back))):
        writer.append(part, import_outline=False)
    fronts = len(PdfReader(BytesIO(front)).pages)
    for entry in catalogue:
        writer.add_outline_item(title=entry["title"], page_number=fronts + entry["from"] - 1)
    return BoundFile(_written(writer).getvalue(), catalogue, left_out)


def _span(entry: dict[str, Any]) -> str:
    first, last = entry["from"], entry["to"]
    return f"{first}" if first == last else f"{first}-{last}"


def _remarks(left_out: list[str]) -> tuple[str, ...]:
    if not left_out:
        return ("本卷由系统按卷宗顺序装订，电子原件随卷保存。",)
    return (f"下列材料不能装订，电子原件随卷保存：{'、'.join(left_out)}。",)


def _number_pages(writer: Any, count: int) -> None:
    """The number of the page in the file at the upper right corner, where paper files are stamped."""
    import typst
    from pypdf import PdfReader

    if not count:
        return
    source = (
        '#set page(paper: "a4", margin: 12mm, fill: none, header: none)\n'
        f"#for n in range(1, {count + 1}) {{\n"
        "  place(top + right, text(size: 11pt, str(n)))\n"
        f"  if n < {count} {{ pagebreak() }}\n}}\n"
    )
    stamped = PdfReader(BytesIO(typst.compile(source.encode(), format="pdf")))
    for page, stamp in zip(writer.pages, stamped.pages, strict=False):
        # the stamp is A4; on a page of another size it moves to that page's own corner
        right = float(page.mediabox.right) - float(stamp.mediabox.right)
        top = float(page.mediabox.top) - float(stamp.mediabox.top)
        page.merge_translated_page(stamp, right, top)


def _written(writer: Any) -> BytesIO:
    out = BytesIO()
    writer.write(out)
    out.seek(0)
    return out


def _final(model: m.DocumentModel) -> m.DocumentModel:
    """Without the mark of a draft: what the file says is settled."""
    from dataclasses import replace

    return replace(model, issued=True)


def _with(facts: DocumentFacts, **changes: Any) -> DocumentFacts:
    from dataclasses import replace

    return replace(facts, **changes)


def _facts(case: Case, steps: Sequence[CaseStep]) -> DocumentFacts:
    known = bool(case.cause) and applicable.known(case.cause)
    named: list[dict[str, Any]] = next((step.officers for step in reversed(steps) if step.officers), [])
    ended = next((step for step in reversed(steps) if step.kind == StepKind.ARCHIVE), None)
    years = ended.data.get("retention_years") if ended else None
    said = {
        "file_name": f"{case.party_names}{applicable.cause(case.cause).name if known else ''}案",
        "result": _result(case),
    }
    return DocumentFacts(
        authority=_authority(case, steps),
        party_name=case.party_names,
        case_number=case.number,
        decision_number=case.decision_number,
        cause=applicable.cause(case.cause).name if known else case.cause,
        unit=case.squad.name if case.squad else "",
        officers=tuple(Officer(o["name"], o.get("certificate", "")) for o in named),
        filed_on=case.filed_on,
        closed_on=case.closed_on,
        decided_on=case.decided_on,
        facts=case.summary,
        archive_number=case.archive_number,
        retention=f"{years}年" if years else "",
        values=said,
    )


def _authority(case: Case, steps: Sequence[CaseStep]) -> str:
    """The authority as the decision names it; before that, the bureau of the district."""
    for step in reversed(steps):
        if step.kind in (StepKind.APPROVE_DECISION, StepKind.SIMPLE_DECISION) and step.data.get("authority"):
            return str(step.data["authority"])
    from chengshu.cases.authorities import authority_for

    try:
        return authority_for(case.district, case.town, case.filed_on or timezone.localdate()).name
    except applicable.LawProblem:
        return case.district.name


def _result(case: Case) -> str:
    if case.fine:
        return _("fined %(fine)s yuan") % {"fine": f"{case.fine.normalize():f}"}
    return str(STATE_LABELS[State(case.state)])
