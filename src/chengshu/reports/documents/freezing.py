"""Freezing: the figures published with what they were counted from, the files rendered once and kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from chengshu.bureau.models import User
from chengshu.bureau.scope import require
from chengshu.cases.documents.problems import DocumentProblem
from chengshu.kernel import files, ledger
from chengshu.kernel.indicators.asking import Figure, figures
from chengshu.kernel.indicators.computing import one_moment, place_of
from chengshu.kernel.indicators.declarations import UnknownIndicator, all_declared, basic, declared
from chengshu.kernel.indicators.fingerprints import digest_of_records, fingerprint
from chengshu.kernel.indicators.periods import Period
from chengshu.kernel.models import StoredFile
from chengshu.reports.composing import LANGUAGE, Block, Report, Run
from chengshu.reports.documents.base import FREEZE, Deed, WritingProblem, locked_draft
from chengshu.reports.documents.checking import faults
from chengshu.reports.documents.standing import Standing, kept, standing
from chengshu.reports.documents.writing import require_seen
from chengshu.reports.docx import write_docx
from chengshu.reports.figures_file import as_csv
from chengshu.reports.graphs import data_of
from chengshu.reports.issuer import imprint_of
from chengshu.reports.models import Document, PublishedFigure
from chengshu.reports.pdf import write_pdf

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PDF = "application/pdf"
CSV = "text/csv"
ENDINGS = ("docx", "pdf", "csv")


def why_not(now: Standing, person: User) -> list[str]:
    """Why the person cannot freeze the draft, each as one sentence; nothing where they can."""
    reasons = [fault.words for fault in faults(now)]
    if now.document.period.end > timezone.localdate():
        reasons.append(_("The period is not over yet; its figures can still change."))
    if now.changed:
        reasons.append(_("Numbers have changed since the writer took note of them last."))
    if person.pk in (now.document.author_id, now.document.edited_by_id):
        reasons.append(_("Another person than those who began the document or changed it last freezes it."))
    return reasons


def freeze(document: Document, *, by: User, seen: str) -> Document:
    """Make a draft final. ``seen``: `Standing.seen` of the page that was looked at.

    The figures are counted in one snapshot; from then on the document rests on what is kept of them.
    Raises PermissionDenied, `WritingProblem`.
    """
    require(by, FREEZE, district_id=document.district_id, squad_id=document.squad_id)
    document = Document.objects.select_related("district", "squad").get(pk=document.pk)
    if not document.draft:
        raise WritingProblem(_("The document is final already."), "state")
    with one_moment():
        now = standing(document)
        require_seen(now, seen)
        if reasons := why_not(now, by):
            raise WritingProblem(reasons[0])
        published = _published(now)
    today = timezone.localdate()
    content = rendered(document, now.report, today)
    with transaction.atomic():
        current = locked_draft(document.pk, by, FREEZE, expected=document.version)
        current.docx, current.pdf, current.csv = _stored(current, content)
        current.state, current.frozen_by, current.frozen_at = Document.State.FROZEN, by, timezone.now()
        current.blocks = [as_data(block) for block in now.report.blocks]
        current.head = red_head_of(current)
        current.version += 1
        PublishedFigure.objects.bulk_create(published)
        payload = {
            "title": current.title,
            "number": current.number,
            "head": current.head,
            "docx": current.docx.sha256,
            "figures": {
                f"{one.indicator} {one.period_code}": [str(one.value), one.records_sha256]
                for one in published
            },
        }
        ledger.append(current.chain, Deed.FREEZE, payload, actor=by.username)
        current.save()
    return current


def rendered(
    document: Document, report: Report, on: date, endings: Iterable[str] = ENDINGS
) -> dict[str, bytes]:
    """The files of a document by the ending of their names. Raises `WritingProblem` without fonts."""
    imprint = imprint_of(document.district, document.number, on, red_head=document.red_head)
    numbers = [both.now for both in report.figures.values()]
    ways: dict[str, Callable[[], bytes]] = {
        "docx": lambda: write_docx(report, imprint),
        "pdf": lambda: write_pdf(report, imprint),
        "csv": lambda: as_csv(numbers).encode(),
    }
    try:
        with translation.override(LANGUAGE):
            return {ending: ways[ending]() for ending in endings}
    except DocumentProblem as problem:
        raise WritingProblem(str(problem)) from problem


def red_head_of(document: Document) -> str:
    """The bureau's name as it stands in red above the document today; empty for one without a red head."""
    on = timezone.localdate()
    return imprint_of(document.district, document.number, on, red_head=document.red_head).head


def _stored(document: Document, content: Mapping[str, bytes]) -> tuple[StoredFile, ...]:
    kinds = {"docx": {DOCX, "application/zip"}, "pdf": {PDF}, "csv": {CSV, "text/plain"}}
    return tuple(
        files.store(BytesIO(content[name]), name=f"{document.title}.{name}", media_types=allowed)
        for name, allowed in kinds.items()
    )


def _published(now: Standing) -> list[PublishedFigure]:
    """Every figure of the document, and every counted one under it, for each period that it tells of."""
    document = now.document
    ids = list(now.report.figures)
    ids += [one.id for one in basic(ids) if one.id not in ids]
    place = place_of(document.district_id, squad=document.squad_id)
    periods = [document.period, document.period.year_before()]
    if (told := now.report.numbers_told) and told.before:  # a briefing compares with the quarter before
        periods.append(document.period.before())
    made = []
    with translation.override(LANGUAGE):
        for period in dict.fromkeys(periods):
            found = figures(ids, period, place)
            made += [_published_figure(document, found[id_], period) for id_ in ids]
    return made


def _published_figure(document: Document, figure: Figure, period: Period) -> PublishedFigure:
    one = declared(figure.indicator)
    count, digest = digest_of_records(one, period, figure.place)
    return PublishedFigure(
        document=document, indicator=one.id, period_code=period.code, name=str(one.name),
        definition=str(one.definition), definition_version=one.version,
        definition_fingerprint=fingerprint(one), unit=one.unit, decimals=one.decimals,
        value=kept(figure.value), numerator=kept(figure.numerator), denominator=kept(figure.denominator),
        sample=figure.sample, enough=figure.enough, records=count, records_sha256=digest,
        computed_at=figure.computed_at,
    )  # fmt: skip


def as_data(block: Block) -> dict[str, Any]:
    """A printed block as it is kept."""
    return {
        "kind": block.kind,
        "level": block.level,
        "runs": [[run.text, run.figure] for run in block.runs],
        "rows": [[name, [run.text, run.figure], unit] for name, run, unit in block.rows],
        "more": [[[run.text, run.figure] for run in row] for row in block.more],
        "columns": list(block.columns),
        "number": block.number,
        "words": block.graph.words if block.graph else "",
        "graph": data_of(block.graph) if block.graph else None,
    }


def as_blocks(data: Iterable[Mapping[str, Any]]) -> list[Block]:
    """Kept blocks as they were printed."""
    return [
        Block(
            one["kind"],
            one["level"],
            tuple(Run(*run) for run in one["runs"]),
            tuple((name, Run(*run), unit) for name, run, unit in one["rows"]),
            tuple(tuple(Run(*run) for run in row) for row in one["more"]),
            tuple(one["columns"]),
            number=one["number"],
        )
        for one in data
    ]


@dataclass(frozen=True)
class Today:
    """What a published figure would be now. gone: it is not counted any more."""

    published: PublishedFigure
    value: Decimal | None
    redefined: bool = False
    gone: bool = False

    @property
    def differs(self) -> bool:
        """Whether the page has something to say of it."""
        return self.gone or self.redefined or self.value != self.published.value


def today(document: Document) -> list[Today]:
    """The published figures of the period beside those of now, all counted in one snapshot."""
    published = list(document.figures.filter(period_code=document.period_code))
    known = {one.id for one in all_declared()}
    ids = [one.indicator for one in published if one.indicator in known]
    with one_moment():
        found = figures(ids, document.period, place_of(document.district_id, squad=document.squad_id))
    return [_today(one, found.get(one.indicator)) for one in published]


def _today(published: PublishedFigure, figure: Figure | None) -> Today:
    try:
        one = declared(published.indicator)
    except UnknownIndicator:
        return Today(published, None, gone=True)
    redefined = (one.version, fingerprint(one)) != (
        published.definition_version,
        published.definition_fingerprint,
    )
    return Today(published, kept(figure.value) if figure else None, redefined)
