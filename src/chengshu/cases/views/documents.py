"""Documents of a case: looked at as drafts, edited as .docx, issued, downloaded, offered to the party."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from chengshu.cases.documents import DocumentProblem, kinds
from chengshu.cases.models import Case, CaseDocument
from chengshu.cases.permissions import DOCUMENTS, WORK
from chengshu.cases.procedure.case_file import CaseFile
from chengshu.cases.services.advice import ADVICE, has_advice
from chengshu.cases.services.delivery import AccessRefused, give_access, renew_code
from chengshu.cases.services.documents import STEP_OF, draft, issue_document
from chengshu.cases.views.common import person, visible_case
from chengshu.kernel import files
from chengshu.kernel.access import permission_required

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def offered(case: Case, file: CaseFile) -> list[dict[str, Any]]:
    """Kinds of document for which the case has the step, in the order of the file's catalogue."""
    unfit = set()
    types = {party.outcome.get("type") for party in file.parties.values()}
    if types == {"no_penalty"}:
        unfit.add("penalty_decision")
    if "no_penalty" not in types:
        unfit.add("no_penalty_decision")
    if not any(party.notice and party.notice.data.get("hearing_right") for party in file.parties.values()):
        unfit.add("hearing_right_notice")
    each = [kind for kind in kinds() if STEP_OF.get(kind.code) in file.first and kind.code not in unfit]
    each += [kind for kind in kinds() if kind.code == ADVICE and has_advice(file)]
    return [
        {
            "code": kind.code,
            "label": kind.label,
            "url": reverse("cases:document", args=[case.pk, kind.code]),
            "addressed": kind.code == ADVICE,
        }
        for kind in sorted(each, key=lambda kind: kind.order)
    ]


def _kind(code: str) -> str:
    if code not in {kind.code for kind in kinds()}:
        raise Http404
    return code


@permission_required(DOCUMENTS)
@require_GET
def document(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """A draft as PDF, or with ``?as=docx`` for editing."""
    case = visible_case(request, pk, DOCUMENTS)
    try:
        sent = request.GET
        made = draft(case, _kind(kind), sent.get("party"), sent.get("recipient", ""))
        if request.GET.get("as") == "docx":
            from chengshu.cases.documents.docx import render_docx

            answer = HttpResponse(render_docx(made.in_word, issued=made.issued), content_type=DOCX)
            answer["Content-Disposition"] = f'attachment; filename="{kind}.docx"'
            return answer
        from chengshu.cases.documents.pdf import render_pdf

        answer = HttpResponse(render_pdf(made.shown), content_type="application/pdf")
    except DocumentProblem as problem:
        messages.error(request, str(problem))
        return redirect("cases:case", pk=pk)
    answer["Content-Disposition"] = f'inline; filename="{kind}.pdf"'
    return answer


@permission_required(WORK)
@require_POST
def document_issue(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """Issue it: numbered, signed, frozen."""
    case = visible_case(request, pk, WORK)
    try:
        made = issue_document(
            case,
            _kind(kind),
            by=person(request),
            party_key=request.POST.get("party"),
            recipient=request.POST.get("recipient", ""),
        )
    except DocumentProblem as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("Issued: %(number)s") % {"number": made.number or made.title})
    return redirect("cases:case", pk=pk)


def issued(request: HttpRequest, pk: int, number: int, permission: str) -> CaseDocument:
    """An issued document of a case where the person may use the permission."""
    case = visible_case(request, pk, permission)
    held = CaseDocument.objects.select_related("case", "party", "pdf")
    return get_object_or_404(held, case=case, pk=number)


@permission_required(DOCUMENTS)
@require_GET
def document_file(request: HttpRequest, pk: int, number: int) -> Any:
    """The PDF as issued."""
    found = issued(request, pk, number, DOCUMENTS)
    if found.pdf is None:
        raise Http404
    return files.response(found.pdf, f"{found.title}.pdf", request)


@permission_required(WORK)
@require_POST
def document_offer(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Give the party its address and code; shown once."""
    found = issued(request, pk, number, WORK)
    try:
        given = give_access(found, by=person(request), consent=request.POST.get("consent", ""))
    except AccessRefused as refused:
        messages.error(request, str(refused))
    else:
        address = request.build_absolute_uri(reverse("cases_public:paper", args=[given.token]))
        text = _("Shown once. Address: %(address)s Code: %(code)s Tell the party each by another way.")
        messages.success(request, text % {"address": address, "code": given.code})
    return redirect("cases:case", pk=pk)


@permission_required(WORK)
@require_POST
def document_code(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """A new code for the address that the party has; shown once."""
    found = issued(request, pk, number, WORK)
    access = found.accesses.select_related("document__case").first()
    if access is None:
        raise Http404
    try:
        code = renew_code(access, by=person(request))
    except AccessRefused as refused:
        messages.error(request, str(refused))
    else:
        text = _("Shown once. New code: %(code)s The address stays the same.")
        messages.success(request, text % {"code": code})
    return redirect("cases:case", pk=pk)
