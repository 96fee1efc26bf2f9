"""Printing the documents of the cases chosen in the list."""

from __future__ import annotations

from functools import cache

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chengshu.cases.documents import DocumentProblem, kinds
from chengshu.cases.permissions import DOCUMENTS
from chengshu.cases.services.documents import STEP_OF
from chengshu.cases.services.printing import print_cases
from chengshu.cases.views.common import person
from chengshu.kernel.access import permission_required

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
