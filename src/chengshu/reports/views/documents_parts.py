"""The parts of a draft: worded in place, added, moved, removed, their typed numbers confirmed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from chengshu.kernel.access import permission_required
from chengshu.reports.documents import texts, writing
from chengshu.reports.documents.base import WRITE, WritingProblem
from chengshu.reports.documents.standing import standing
from chengshu.reports.forms.documents import PartForm
from chengshu.reports.models import Document, DocumentPart

from .common import person
from .documents import palette, show_problem, shown
from .documents_common import shown_preview, visible

NEW = 0


def _part(document: Document, pk: int) -> DocumentPart:
    found: DocumentPart = get_object_or_404(document.parts, pk=pk)
    return found


def _where(document: Document, part: int) -> str:
    return f"{reverse('reports:document', args=[document.pk])}#part-{part}"


@permission_required(WRITE)
@require_http_methods(["GET", "POST"])
def part_edit(request: HttpRequest, pk: int, part: int) -> HttpResponse:
    """The wording of a part: its form in place, and saving it."""
    document = visible(request, pk)
    current = _part(document, part)
    if request.method == "GET":
        initial = {
            "text": texts.as_text(current.content),
            "caption": current.content.get("caption", ""),
            "version": current.version,
        }
        return _form(request, document, PartForm(initial=initial), part)
    form = PartForm(request.POST)
    if form.is_valid():
        held = form.cleaned_data
        try:
            writing.reword(
                current,
                held["text"],
                by=person(request),
                expected=held["version"] or 0,
                caption=held["caption"],
            )
        except WritingProblem as problem:
            show_problem(form, problem)
        else:
            return redirect(_where(document, part))
    return shown(request, document, open_part=part, form=_named(form, document, part), status=422)


@permission_required(WRITE)
@require_http_methods(["GET", "POST"])
def part_add(request: HttpRequest, pk: int, part: int) -> HttpResponse:
    """A part of the writer's own behind another one."""
    document = visible(request, pk)
    _part(document, part)
    if request.method == "GET":
        return _form(request, document, PartForm(), part, adding=True)
    form = PartForm(request.POST)
    if form.is_valid():
        held = form.cleaned_data
        try:
            made = writing.add(
                document,
                held["kind"] or "p",
                held["text"],
                by=person(request),
                after=part,
                caption=held["caption"],
            )
        except WritingProblem as problem:
            show_problem(form, problem)
        else:
            return redirect(_where(document, made.pk))
    return shown(
        request, document, open_part=part, form=_named(form, document, part, adding=True), status=422
    )


def _named(form: PartForm, document: Document, part: int, *, adding: bool = False) -> PartForm:
    """The form with what its template needs: where it goes, what is shown of it."""
    row = document.parts.filter(pk=part).first()
    kind = "" if adding or row is None else texts.kind_of(row.content)
    form.adding = adding  # type: ignore[attr-defined]
    form.action = reverse("reports:part_add" if adding else "reports:part", args=[document.pk, part])  # type: ignore[attr-defined]
    form.preview = reverse("reports:part_preview", args=[document.pk, NEW if adding else part])  # type: ignore[attr-defined]
    form.back = _where(document, part)  # type: ignore[attr-defined]
    form.table = adding or kind == "table"  # type: ignore[attr-defined]
    return form


def _form(
    request: HttpRequest, document: Document, form: PartForm, part: int, *, adding: bool = False
) -> HttpResponse:
    """The form alone for htmx, else on the page of the document."""
    if not document.draft:
        messages.error(request, _("The document is final and stays as it is. Begin a new one."))
        return redirect("reports:document", document.pk)
    named = _named(form, document, part, adding=adding)
    if getattr(request, "htmx", False):
        context = {"form": named, "palette": palette(standing(document))}
        return render(request, "reports/document_part_form.html", context)
    return shown(request, document, open_part=part, form=named)


@permission_required(WRITE)
@require_POST
def part_preview(request: HttpRequest, pk: int, part: int) -> HttpResponse:
    """What a wording would say with the numbers of now, or why it cannot be said."""
    document = visible(request, pk)
    current = None if part == NEW else _part(document, part)
    context: dict[str, Any] = {"problem": "", "parts": []}
    try:
        blocks = writing.preview(
            document, current, request.POST.get("kind", "p"), request.POST.get("text", "")
        )
    except WritingProblem as problem:
        context["problem"] = str(problem)
    else:
        context["parts"] = [shown_preview(document, block) for block in blocks]
    return render(request, "reports/document_preview.html", context)


def _act(request: HttpRequest, pk: int, part: int, act: Any) -> HttpResponse:
    document = visible(request, pk)
    current = _part(document, part)
    try:
        act(current)
    except WritingProblem as problem:
        messages.error(request, str(problem))
    return redirect(_where(document, part))


@permission_required(WRITE)
@require_POST
def part_restore(request: HttpRequest, pk: int, part: int) -> HttpResponse:
    """Back to the template's wording."""
    return _act(request, pk, part, lambda one: writing.restore(one, by=person(request)))


@permission_required(WRITE)
@require_POST
def part_remove(request: HttpRequest, pk: int, part: int) -> HttpResponse:
    """Take a part out."""
    return _act(request, pk, part, lambda one: writing.remove(one, by=person(request)))


@permission_required(WRITE)
@require_POST
def part_move(request: HttpRequest, pk: int, part: int) -> HttpResponse:
    """One place up or down."""
    down = request.POST.get("way") == "down"
    return _act(request, pk, part, lambda one: writing.move(one, down, by=person(request)))


@permission_required(WRITE)
@require_POST
def part_accept(request: HttpRequest, pk: int, part: int) -> HttpResponse:
    """A typed number is right."""
    number = request.POST.get("number", "")[:40]
    return _act(request, pk, part, lambda one: writing.accept(one, number, by=person(request)))
