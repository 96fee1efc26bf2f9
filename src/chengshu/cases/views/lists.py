"""The list of cases, saved filters, and what waits for somebody."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from chengshu.cases.forms.filters import CaseFilterForm
from chengshu.cases.models import Case, SavedFilter
from chengshu.cases.permissions import DOCUMENTS, VIEW, WORK
from chengshu.cases.procedure.transitions import STATE_LABELS, State
from chengshu.cases.queries import lists, mine
from chengshu.cases.views.case_rows import shown, table_body
from chengshu.cases.views.common import person
from chengshu.cases.views.printing import options
from chengshu.cases.words import cause_label, light, masked_parties
from chengshu.kernel.access import permission_required
from chengshu.kernel.privacy_masks import mask_text
from chengshu.registry.queries.reference import reference
from chengshu.ui.formats import NOTHING

MOST_FILTERS = 20


@permission_required(VIEW)
@require_GET
def case_list(request: HttpRequest) -> HttpResponse:
    """The list: session, person and one query for rows, total and saved filters."""
    user = person(request)
    form = CaseFilterForm(request.GET, user)
    sort = request.GET.get("sort", "")
    found = lists.case_page(user, form.wanted(), request, sort)
    rows = shown(found.page.items, reference(), timezone.localdate())
    asked = asked_for(request.GET)
    return render(
        request,
        "cases/list.html",
        {
            "form": form,
            "page": found.page,
            "rows": rows,
            "body": table_body(rows),
            "saved": [{**entry, "current": entry["query"] == asked} for entry in found.saved],
            "asked": asked,
            "sort": sort,
            "may_work": user.may(WORK),
            "printable": options() if user.may(DOCUMENTS) else "",
        },
    )


def asked_for(query: QueryDict) -> str:
    """The filters of an address in a fixed order, without the page."""
    kept = QueryDict(mutable=True)
    for key in sorted(query):
        values = [value for value in query.getlist(key) if value]
        if values and key != "page":
            kept.setlist(key, values)
    return kept.urlencode()


@cache
def _address() -> str:
    return reverse("cases:list")


@permission_required(VIEW)
@require_GET
def my_cases(request: HttpRequest) -> HttpResponse:
    """What waits for the person, with lights."""
    user, today = person(request), timezone.localdate()
    shown = [
        {"section": section, "rows": [_as_task(case, today) for case in section.rows]}
        for section in mine.sections(user, today)
    ]
    return render(request, "cases/mine.html", {"sections": shown, "may_work": user.may(WORK)})


def _as_task(case: Case, today: date) -> dict[str, Any]:
    return {
        "url": f"{_address()}{case.pk}/",
        "title": case.title,
        "cause": cause_label(case.cause) or mask_text(case.summary) or NOTHING,
        "parties": masked_parties((party.kind, party.name) for party in case.parties.all()) or NOTHING,
        "state": STATE_LABELS[State(case.state)],
        "code": case.state,
        "light": light(case.due_on, case.due_for, today),
        "key": case.is_key,
        "to_correct": case.to_correct,
    }


@permission_required(VIEW)
@require_POST
def filter_save(request: HttpRequest) -> HttpResponse:
    """Keep the filters of the list under a name; the same name again replaces them."""
    user = person(request)
    name = " ".join(request.POST.get("name", "").replace("\0", " ").split())[:40]
    query = asked_for(QueryDict(request.POST.get("query", "")))[:500]
    if not name:
        messages.error(request, _("Give the filters a name."))
    elif user.case_filters.exclude(name=name).count() >= MOST_FILTERS:
        messages.error(request, _("At most %(n)d filters can be kept.") % {"n": MOST_FILTERS})
    else:
        SavedFilter.objects.update_or_create(user=user, name=name, defaults={"query": query})
        messages.success(request, _("Kept as “%(name)s”.") % {"name": name})
    return redirect(f"{reverse('cases:list')}?{query}")


@permission_required(VIEW)
@require_POST
def filter_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget a saved filter of one's own."""
    get_object_or_404(SavedFilter, pk=pk, user=person(request)).delete()
    return redirect("cases:list")
