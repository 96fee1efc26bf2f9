"""Printing for many cases at once (批量打印): the latest documents of some kinds as one PDF."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import User
from chengshu.cases.documents import DocumentKind, DocumentModel, DocumentProblem, kinds
from chengshu.cases.models import Case, CaseDocument, CaseStep
from chengshu.cases.permissions import DOCUMENTS
from chengshu.cases.procedure.steps import StepKind
from chengshu.cases.services.documents import STEP_OF, preview
from chengshu.kernel import ledger
from chengshu.kernel.files import FileDamaged, open_verified
from chengshu.kernel.models import Job, StoredFile

JOB = "cases.print"
KEPT_FOR = timedelta(days=1)
MOST_CASES = 100
AT_ONCE = 5
"""Up to so many cases the PDF is the answer itself; more are printed by the worker."""
OUTCOME_OF = {"penalty_decision": "penalty", "no_penalty_decision": "no_penalty"}
"""Decisions that are made by the same step: which outcome each writes down."""


@dataclass(frozen=True)
class Sheet:
    """One document to print: its kept PDF as issued, or the model of a draft."""

    title: str
    number: str = ""
    on: date | None = None
    pdf: StoredFile | None = None
    draft: DocumentModel | None = None


def kinds_of(choice: str) -> list[DocumentKind]:
    """The kinds that a case can print for a choice: the code of one kind, or of a group of them."""
    return [kind for kind in kinds() if choice in (kind.code, kind.group) and kind.code in STEP_OF]


def check_choice(ids: Sequence[int], choice: str) -> tuple[list[int], list[DocumentKind]]:
    """The cases, each once, and the kinds of a choice. Raises `DocumentProblem` as `print_cases`."""
    chosen, wanted = kinds_of(choice), list(dict.fromkeys(ids))
    if not chosen:
        raise DocumentProblem(_("Choose which documents to print."))
    if not wanted:
        raise DocumentProblem(_("Choose at least one case."))
    if len(wanted) > MOST_CASES:
        raise DocumentProblem(_("At most %(n)d cases can be printed at once.") % {"n": MOST_CASES})
    return wanted, chosen


def print_cases(
    ids: Sequence[int],
    choice: str,
    *,
    by: User,
    listener: Callable[[int, int], None] = lambda done, total: None,
) -> bytes:
    """One PDF of the documents of the chosen kinds, case by case in the order given.

    Issued ones as kept, in their latest version; where a kind is not issued yet, the draft of a case that has
    the step for it. Cases outside the person's area are left out. Raises `DocumentProblem` for no case or too
    many, an unknown kind, nothing to print, and a kept file that is damaged.
    ``listener`` hears how many cases of how many are read, the binding being one more.
    """
    wanted, chosen = check_choice(ids, choice)
    cases = Case.objects.visible_to(by, DOCUMENTS).select_related("district", "town", "squad").in_bulk(wanted)
    listed = [cases[pk] for pk in wanted if pk in cases]
    sheets = []
    for done, of_case in enumerate(_sheets(listed, chosen)):
        listener(done, len(listed) + 1)
        sheets += of_case
    listener(len(listed), len(listed) + 1)
    if not sheets:
        raise DocumentProblem(_("The chosen cases have no such document."))
    made = _bound(sheets)
    with transaction.atomic():
        payload = {"cases": [case.pk for case in listed], "documents": choice, "sheets": len(sheets)}
        ledger.append(f"cases.print:{by.pk}", "documents.printed", payload, actor=by.username)
    return made


def _sheets(cases: Sequence[Case], chosen: Sequence[DocumentKind]) -> Iterator[list[Sheet]]:
    """The documents of each case in order: by the order of the file's catalogue, by party."""
    issued: dict[tuple[int, str], list[CaseDocument]] = {}
    latest = (
        CaseDocument.objects.filter(
            case__in=cases, kind__in=[kind.code for kind in chosen], pdf__isnull=False
        )
        .select_related("pdf")
        .order_by("case_id", "kind", "party__key", "party_id", "-version")
        .distinct("case_id", "kind", "party__key", "party_id")
    )
    for document in latest:
        issued.setdefault((document.case_id, document.kind), []).append(document)
    taken = set(_steps_taken(cases))
    for case in cases:
        sheets: list[Sheet] = []
        for kind in chosen:
            if held := issued.get((case.pk, kind.code)):
                for document in held:
                    day = document.issued_at.date()
                    sheets.append(Sheet(_title(case, kind), document.number, day, pdf=document.pdf))
            elif not case.imported and (case.pk, STEP_OF[kind.code]) in taken:
                sheets += _drafts(case, kind)
        yield sheets


def _steps_taken(cases: Sequence[Case]) -> Iterator[tuple[int, StepKind]]:
    for case_id, kind in CaseStep.objects.filter(case__in=cases).order_by().values_list("case_id", "kind"):
        yield case_id, StepKind(kind)


def _drafts(case: Case, kind: DocumentKind) -> Iterator[Sheet]:
    """What goes out is written to each party, everything else once."""
    keys: list[str | None] = [None]
    if kind.issued:
        outcome = OUTCOME_OF.get(kind.code)
        keys = [
            party.key
            for party in case.parties.all()
            if outcome is None or party.outcome.get("type", outcome) == outcome
        ]
    for key in keys:
        yield Sheet(_title(case, kind), draft=preview(case, kind.code, key))


def _title(case: Case, kind: DocumentKind) -> str:
    return f"{case.title} {kind.label}"


def _bound(sheets: Sequence[Sheet]) -> bytes:
    """The sheets as one PDF; neighbouring drafts are set together, which is much faster than one by one."""
    from chengshu.cases.documents.assembly import FilePart, assemble_pdf
    from chengshu.cases.documents.pdf import render_pdf

    parts = []
    for is_draft, group in groupby(sheets, key=lambda sheet: sheet.draft is not None):
        run = list(group)
        if is_draft:
            models = [sheet.draft for sheet in run if sheet.draft is not None]
            parts.append(FilePart(run[0].title, render_pdf(*models)))
            continue
        parts += [FilePart(sheet.title, _kept(sheet), sheet.number, sheet.on) for sheet in run]
    return assemble_pdf(parts, page_numbers=False)


def _kept(sheet: Sheet) -> bytes:
    assert sheet.pdf is not None  # noqa: S101 (a sheet without a draft has one)
    try:
        with open_verified(sheet.pdf) as opened:
            return opened.read()
    except FileDamaged as damaged:
        raise DocumentProblem(
            _("The kept file of “%(name)s” is damaged.") % {"name": sheet.title}
        ) from damaged


def forget_old_prints() -> int:
    """Delete the kept files of prints that ended more than `KEPT_FOR` ago; how many were deleted."""
    gone = 0
    old = Job.objects.filter(kind=JOB, finished_at__lt=timezone.now() - KEPT_FOR, result__has_key="file")
    for job in old:
        try:
            gone += StoredFile.objects.filter(pk=job.result["file"]).delete()[0]
        except ProtectedError:  # the same bytes are kept for another reason as well
            continue
        finally:
            left = {name: value for name, value in job.result.items() if name != "file"}
            Job.objects.filter(pk=job.pk).update(result=left)
    return gone
