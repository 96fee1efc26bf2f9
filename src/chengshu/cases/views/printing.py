"""Printing the documents of the cases chosen in the list."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from chengshu.cases import tasks
from chengshu.cases.documents import DocumentProblem, kinds
from chengshu.cases.permissions import DOCUMENTS
from chengshu.cases.services.documents import STEP_OF
from chengshu.cases.services.printing import AT_ONCE, JOB, KEPT_FOR, check_choice, print_cases
from chengshu.cases.views.common import person
from chengshu.kernel import files, jobs
from chengshu.kernel.access import permission_required
from chengshu.kernel.models import Job, StoredFile

CHOSEN = "penalty_decision"
GROUPS = {
    "start": gettext_lazy("Filing documents"),
    "evidence": gettext_lazy("Evidence documents"),
    "measure": gettext_lazy("Documents on measures"),
    "decision": gettext_lazy("Decision documents"),
    "service": gettext_lazy("Service documents"),
    "enforcement": gettext_lazy("Enforcement documents"),
    "building": gettext_lazy("Documents on unlawful buildings"),
    "close": gettext_lazy("Closing documents"),
}


def options() -> SafeString:
    """The groups of documents with their kinds, as options of a select in the list of cases."""
    return _options(get_language() or "")


@cache
def _options(language: str) -> SafeString:
    held: dict[str, list[tuple[str, SafeString, str]]] = {}
    for kind in kinds():
        if kind.code in STEP_OF:
            chosen = SafeString(" selected" if kind.code == CHOSEN else "")
            held.setdefault(kind.group, []).append((kind.code, chosen, kind.label))
    return format_html_join(
        "",
        '<optgroup label="{0}"><option value="{1}">{0}: {2}</option>{3}</optgroup>',
        (
            (
                GROUPS[code],
                code,
                _("All of these"),
                format_html_join("", '<option value="{}"{}>{}</option>', rows),
            )
            for code, rows in held.items()
        ),
    )


@permission_required(DOCUMENTS)
@require_POST
def print_selected(request: HttpRequest) -> HttpResponse:
    """One PDF to print: of a few cases at once, of more by the worker; a problem leads back to the list."""
    user, documents = person(request), request.POST.get("documents", "")
    sent = [int(text) for text in request.POST.getlist("id") if text.isascii() and text.isdigit()]
    try:
        ids, _kinds = check_choice([pk for pk in sent if pk < 2**63], documents)
        if len(ids) > AT_ONCE:
            return _started(user, ids, documents)
        made = print_cases(ids, documents, by=user)
    except DocumentProblem as problem:
        messages.error(request, str(problem))
        return redirect(f"{reverse('cases:list')}?{request.POST.get('query', '')}")
    answer = HttpResponse(made, content_type="application/pdf")
    answer["Content-Disposition"] = 'inline; filename="documents.pdf"'
    return answer


def _started(user: Any, ids: list[int], documents: str) -> HttpResponse:
    """Hand the work to the worker and show how far it is."""
    labels = {kind.code: kind.label for kind in kinds()}
    label = labels.get(documents) or GROUPS.get(documents, documents)
    title = _("Printing: %(documents)s of %(n)d cases") % {"documents": label, "n": len(ids)}
    url = reverse("cases:print_result", args=[0]).replace("/0", "/{job}")
    job = jobs.start(
        JOB, title, tasks.print_job, by=user, url=url, user_id=user.pk, ids=ids, documents=documents
    )
    return redirect("job", job.pk)


@permission_required(DOCUMENTS)
@require_GET
@never_cache
def print_result(request: HttpRequest, job: int) -> HttpResponse:
    """What came of printing: the PDF to download, while it is kept."""
    found = _own(request, job)
    context = {
        "job": found,
        "there": StoredFile.objects.filter(pk=found.result.get("file")).exists(),
        "hours": int(KEPT_FOR.total_seconds() // 3600),
        "trail": [(_("Cases"), reverse("cases:list")), (found.title, "")],
    }
    return render(request, "cases/print_result.html", context)


@permission_required(DOCUMENTS)
@require_GET
def print_file(request: HttpRequest, job: int) -> Any:
    """The printed PDF, for whoever asked for it."""
    stored = get_object_or_404(StoredFile, pk=_own(request, job).result.get("file"))
    answer: Any = files.response(stored, _("documents.pdf"), request)
    answer["Cache-Control"] = "no-store"
    return answer


def _own(request: HttpRequest, pk: int) -> Job:
    found: Job = get_object_or_404(Job, pk=pk, kind=JOB, created_by=person(request), state=Job.State.DONE)
    return found
