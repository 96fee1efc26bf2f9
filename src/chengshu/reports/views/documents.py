"""Documents of writers: the list, a new one, the document as a page, freezing, its files."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.db.models import Count, Window
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chengshu.bureau.models import District
from chengshu.kernel import files
from chengshu.kernel.access import permission_required
from chengshu.kernel.indicators.declarations import all_declared
from chengshu.kernel.indicators.units import unit_name
from chengshu.reports.documents import checking, freezing, writing
from chengshu.reports.documents.base import FREEZE, VIEW, WRITE, WritingProblem, kinds
from chengshu.reports.documents.standing import Standing, standing
from chengshu.reports.forms.documents import HeadForm, NewForm
from chengshu.reports.models import Document
from chengshu.ui import formats
from chengshu.ui.paging import PER_PAGE, Page, page_number

from .common import person
from .documents_common import (
    changed_lines,
    history,
    later_changes,
    may,
    shown_draft,
    shown_final,
    trail,
    visible,
)
from .documents_graphs import drawings

TONES = {Document.State.DRAFT: "warn", Document.State.FROZEN: "ok"}


@permission_required(VIEW)
@require_GET
def document_list(request: HttpRequest) -> HttpResponse:
    """Documents, changed last first: session, person and one query."""
    number = page_number(request)
    rows: Any = Document.objects.visible_to(person(request)).select_related("author", "squad", "frozen_by")
    start = (number - 1) * PER_PAGE
    found = list(rows.annotate(total=Window(Count("pk"))).defer("blocks", "noted")[start : start + PER_PAGE])
    page = Page(found, number, PER_PAGE, found[0].total if found else 0, capped=False)
    shown = [
        {"one": one, "tone": TONES[Document.State(one.state)], "kind": _kind(one), "period": str(one.period)}
        for one in found
    ]
    context = {"page": page, "rows": shown, "may_write": person(request).may(WRITE)}
    return render(request, "reports/documents.html", context)


def _kind(document: Document) -> str:
    known = kinds().get(document.template)
    return known.name if known else document.template


@permission_required(WRITE)
@require_http_methods(["GET", "POST"])
def document_new(request: HttpRequest) -> HttpResponse:
    """Begin a document."""
    district = _district(request)
    form = NewForm(request.POST if request.method == "POST" else None, district=district)
    if form.is_bound and form.is_valid():
        held = form.cleaned_data
        try:
            made = writing.begin(
                district, held["kind"], held["period"], by=person(request), squad=held["squad"],
                title=held["title"], number=form.number(),
            )  # fmt: skip
        except WritingProblem as problem:
            show_problem(form, problem)
        else:
            messages.success(request, _("The draft is ready. Its numbers are those of now."))
            return redirect("reports:document", made.pk)
    context = {"form": form, "back": reverse("reports:documents"), "trail": trail((_("New document"), "")),
               "title": _("New document")}  # fmt: skip
    return render(request, "reports/document_head.html", context, status=422 if form.errors else 200)


def _district(request: HttpRequest) -> District:
    user = person(request)
    districts = sorted(user.scope_for(WRITE).districts)
    if not districts:
        raise Http404
    own = user.unit.district_id
    found: District = District.objects.defer("boundary").get(pk=own if own in districts else districts[0])
    return found


def show_problem(form: Any, problem: WritingProblem) -> None:
    """Put a refusal beside the field that it is about."""
    form.add_error(problem.field if problem.field in form.fields else None, str(problem))


@permission_required(VIEW)
@require_GET
def document_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The document: a draft with live numbers, or as it was frozen."""
    return shown(request, visible(request, pk))


def shown(
    request: HttpRequest, document: Document, *, open_part: int = 0, form: Any = None, status: int = 200
) -> HttpResponse:
    """The page of a document; with one part's form open where a writer is at it."""
    context: dict[str, Any] = {
        "document": document,
        "tone": TONES[Document.State(document.state)],
        "kind": _kind(document),
        "trail": trail((document.title, "")),
        "history": history(document),
        "red_head": freezing.red_head_of(document) if document.draft else document.head,
    }
    if document.draft:
        now = standing(document)
        context |= _draft_context(request, now)
        context |= {"open_part": open_part, "form": form, "palette": palette(now) if form else []}
    else:
        later, lines = later_changes(document)
        context |= {
            "parts": shown_final(document, later),
            "later": lines,
            "published": document.figures.filter(period_code=document.period_code),
        }
    context["charts"] = drawings(part.graph for part in context["parts"])
    return render(request, "reports/document.html", context, status=status)


def _draft_context(request: HttpRequest, now: Standing) -> dict[str, Any]:
    document = now.document
    may_freeze = may(request, FREEZE, document)
    return {
        "parts": shown_draft(now),
        "changed": changed_lines(document, now.changed),
        "seen": now.seen,
        "faults": checking.faults(now),
        "otherwise": [_otherwise(one, value) for one, value in checking.published_otherwise(now)],
        "may_write": may(request, WRITE, document),
        "may_freeze": may_freeze,
        "reasons": freezing.why_not(now, person(request)) if may_freeze else [],
    }


def _otherwise(one: Any, value: Any) -> dict[str, str]:
    return {
        "name": one.name,
        "there": formats.number(one.value, one.decimals) if one.value is not None else "—",
        "here": formats.number(value, one.decimals),
        "title": one.document.title,
        "url": reverse("reports:document", args=[one.document_id]),
    }


def palette(now: Standing) -> list[dict[str, Any]]:
    """The figures that a writer can name, those of the document with their values."""
    found = now.report.figures
    return [
        {
            "placeholder": f"{{{one.id}}}",
            "name": one.name,
            "value": formats.number(found[one.id].now.rounded, one.decimals)
            if one.id in found and found[one.id].now.rounded is not None
            else "",
            "unit": unit_name(one.unit),
        }
        for one in all_declared()
    ]


@permission_required(WRITE)
@require_http_methods(["GET", "POST"])
def document_head(request: HttpRequest, pk: int) -> HttpResponse:
    """Title and number of a draft."""
    document = visible(request, pk)
    where = reverse("reports:document", args=[pk])
    if not document.draft:
        messages.error(request, _("The document is final and stays as it is. Begin a new one."))
        return redirect(where)
    form = HeadForm(request.POST if request.method == "POST" else None, initial=HeadForm.initial_of(document))
    if form.is_bound and form.is_valid():
        try:
            expected = _whole(request.POST.get("version", ""))
            writing.change_head(
                document, form.cleaned_data["title"], form.number(), by=person(request), expected=expected
            )
        except WritingProblem as problem:
            show_problem(form, problem)
        else:
            return redirect(where)
    context = {"form": form, "back": where, "document": document, "title": _("Title and number"),
               "trail": trail((document.title, where), (_("Title and number"), ""))}  # fmt: skip
    return render(request, "reports/document_head.html", context, status=422 if form.errors else 200)


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


@permission_required(WRITE)
@require_POST
def document_note(request: HttpRequest, pk: int) -> HttpResponse:
    """The changed numbers are known to the writer."""
    user, seen = person(request), request.POST.get("seen", "")
    words = _("The new numbers are noted.")
    return _done(request, pk, lambda document: writing.take_note(document, by=user, seen=seen), words)


@permission_required(FREEZE)
@require_POST
def document_freeze(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the draft final."""
    user, seen = person(request), request.POST.get("seen", "")
    words = _("The document is final.")
    return _done(request, pk, lambda document: freezing.freeze(document, by=user, seen=seen), words)


@permission_required(WRITE)
@require_POST
def document_discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw a draft away."""
    document = visible(request, pk)
    try:
        writing.discard(document, by=person(request), expected=_whole(request.POST.get("version", "")))
    except WritingProblem as problem:
        messages.error(request, str(problem))
        return redirect("reports:document", pk)
    messages.success(request, _("The draft is thrown away."))
    return redirect("reports:documents")


def _done(request: HttpRequest, pk: int, act: Any, words: str) -> HttpResponse:
    document = visible(request, pk)
    try:
        act(document)
    except WritingProblem as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, words)
    return redirect("reports:document", pk)


@permission_required(VIEW)
@require_GET
def document_file(request: HttpRequest, pk: int, ending: str) -> Any:
    """The document as docx or pdf, its figures as csv: as frozen, or of a draft with the numbers of now."""
    if ending not in freezing.ENDINGS:
        raise Http404
    document = visible(request, pk)
    if not document.draft:
        return files.response(getattr(document, ending), request=request)
    now = standing(document)
    try:
        content = freezing.rendered(document, now.report, timezone.localdate(), (ending,))[ending]
    except WritingProblem as problem:
        messages.error(request, str(problem))
        return redirect("reports:document", pk)
    kind = {"docx": freezing.DOCX, "pdf": freezing.PDF, "csv": "text/csv; charset=utf-8"}[ending]
    answer = HttpResponse(content, content_type=kind)
    name = quote(f"{document.title}.{ending}", safe="")
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return answer
