"""处罚公示: the list and one entry."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from chengshu.portal import penalties
from chengshu.portal.models import PublicPenalty
from chengshu.portal.pages import PublicRequest, public_page
from chengshu.ui import formats
from chengshu.ui.paging import page_number

Status = PublicPenalty.Status


@public_page(penalties.PARAMETERS)
def index(request: PublicRequest) -> HttpResponse:
    """The list: at most three queries with the frame, one more when something was published since."""
    frame = request.frame
    known = penalties.facets(frame.district_id, frame.version, frame.day)
    question = penalties.asked(request.GET, known)
    number = page_number(request, per_page=penalties.PER_PAGE)
    page = penalties.listed(frame.district_id, frame.day, question, known, number)
    rows = [
        (
            penalties.address(row.pk),
            row,
            penalties.cause_label(row.cause, row.cause_name),
            penalties.content_of(row),
            formats.day(row.decided_on),
        )
        for row in page
    ]
    options = penalties.choices(known, get_language() or "")
    context = {
        "page": page,
        "rows": rows,
        "question": question,
        "narrowed": bool(question.q or question.year or question.cause or question.town),
        "years": penalties.selected(options["year"], question.year),
        "causes": penalties.selected(options["cause"], question.cause),
        "towns": penalties.selected(options["town"], question.town),
        "feed": penalties.FEED,
        "days": penalties.days_to_disclose(frame.day),
    }
    return render(request, "portal/penalties.html", context)


@public_page()
def entry(request: PublicRequest, pk: int) -> HttpResponse:
    """One entry; 410 with the reason where it is no longer there, 404 where it never was."""
    frame = request.frame
    found = PublicPenalty.objects.filter(district=frame.district_id, pk=pk).defer(*penalties.HIDDEN)
    row = found.select_related("town").first()
    if row is None or row.status == Status.HELD_BACK:
        raise Http404
    if row.status == Status.WITHDRAWN:
        return render(request, "portal/gone.html", {"sentence": _withdrawn(row)}, status=410)
    if row.shown_until is None or row.shown_until < frame.day:
        return render(request, "portal/gone.html", {"sentence": _expired(row)}, status=410)
    context = {
        "row": row,
        "cause": penalties.cause_label(row.cause, row.cause_name),
        "content": penalties.content_of(row),
        "procedure": penalties.PROCEDURES.get(row.procedure, ""),
    }
    return render(request, "portal/penalty.html", context)


def _withdrawn(row: PublicPenalty) -> str:
    ground = PublicPenalty.Ground(row.ground).label
    return _("This disclosure was withdrawn on %(day)s: %(ground)s.") % {
        "day": row.withdrawn_on,
        "ground": ground,
    }


def _expired(row: PublicPenalty) -> str:
    return _("The display period of this penalty ended on %(day)s.") % {"day": row.shown_until}
