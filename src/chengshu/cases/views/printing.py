"""Printing the documents of the cases chosen in the list."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from chengshu.cases.documents import DocumentProblem, kinds
from chengshu.cases.permissions import DOCUMENTS
from chengshu.cases.services.documents import STEP_OF
from chengshu.cases.services.printing import print_cases
from chengshu.cases.views.common import person
from chengshu.kernel.access import permission_required

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


def choices() -> list[dict[str, Any]]:
    """The groups of documents with their kinds, for the list of cases."""
    held: dict[str, list[tuple[str, str]]] = {}
    for kind in kinds():
        if kind.code in STEP_OF:
            held.setdefault(kind.group, []).append((kind.code, kind.label))
    return [{"code": code, "label": GROUPS[code], "kinds": rows} for code, rows in held.items()]


@permission_required(DOCUMENTS)
@require_POST
def print_selected(request: HttpRequest) -> HttpResponse:
    """One PDF to print; a problem leads back to the list."""
    ids = [int(text) for text in request.POST.getlist("id") if text.isascii() and text.isdigit()]
    try:
        made = print_cases(
            [pk for pk in ids if pk < 2**63], request.POST.get("documents", ""), by=person(request)
        )
    except DocumentProblem as problem:
        messages.error(request, str(problem))
        return redirect(f"{reverse('cases:list')}?{request.POST.get('query', '')}")
    answer = HttpResponse(made, content_type="application/pdf")
    answer["Content-Disposition"] = 'inline; filename="documents.pdf"'
    return answer
