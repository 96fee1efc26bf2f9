"""失信认定公布: the list and one entry."""

from __future__ import annotations

from datetime import date

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from chengshu.inspections.credit.lifecycle import EntryState
from chengshu.inspections.credit.queries import authority_of
from chengshu.inspections.models import DishonestyEntry
from chengshu.portal import dishonesty
from chengshu.portal.pages import PublicRequest, public_page
from chengshu.ui import formats
from chengshu.ui.paging import page_number


@public_page(dishonesty.PARAMETERS)
def index(request: PublicRequest) -> HttpResponse:
    """The list: two queries with the frame."""
    frame = request.frame
    question = dishonesty.asked(request.GET)
    number = page_number(request, per_page=dishonesty.PER_PAGE)
    page = dishonesty.listed(frame.district_id, frame.day, question, number)
    context = {
        "page": page,
        "rows": [dishonesty.told(row) for row in page],
        "question": question,
        "narrowed": bool(question.q or question.level),
        "levels": DishonestyEntry.Level.choices,
        "feed": dishonesty.FEED,
    }
    return render(request, "portal/dishonesty.html", context)


@public_page()
def entry(request: PublicRequest, pk: int) -> HttpResponse:
    """One entry; 410 with the reason where it is no longer there, 404 where it never was."""
    frame = request.frame
    rows = DishonestyEntry.objects.filter(district=frame.district_id, pk=pk, shown_from__lte=frame.day)
    row = rows.select_related("district", "case__town").defer("facts", "statement").first()
    if row is None:
        raise Http404
    if gone := _gone(row, frame.day):
        context = {
            "sentence": gone,
            "back": "portal:dishonesty",
            "back_label": _("All dishonesty entries on display"),
        }
        return render(request, "portal/gone.html", context, status=410)
    shown = {
        "row": dishonesty.told(row),
        "credit_code": dishonesty.credit_code_of(row),
        "authority": authority_of(row),
    }
    return render(request, "portal/dishonesty_entry.html", shown)


def _gone(row: DishonestyEntry, today: date) -> str:
    """Why an entry once public is not there any more; empty for one that is. Never in the words of a file."""
    day = formats.day(row.ended_on)
    if row.state == EntryState.REVOKED:
        return _("This dishonesty entry was revoked on %(day)s.") % {"day": day}
    if row.state == EntryState.REPAIRED:
        return _("This dishonesty entry ended on %(day)s by credit repair.") % {"day": day}
    if row.shown_until is None or row.shown_until < today:
        return _("The term of this dishonesty entry ended on %(day)s.") % {
            "day": formats.day(row.shown_until)
        }
    return ""
