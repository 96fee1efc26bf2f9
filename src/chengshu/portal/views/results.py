"""检查结果公示: results with search, the publications of each quarter, and the items."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from chengshu.inspections.lifecycle import Kind, Result
from chengshu.inspections.models import InspectionDisclosure, InspectionItem, QuarterlyPublication
from chengshu.kernel.privacy_masks import mask_text
from chengshu.law.catalogue import catalogue
from chengshu.portal import inspections
from chengshu.portal.pages import PublicRequest, public_page
from chengshu.registry.models import ObjectClass
from chengshu.ui import formats
from chengshu.ui.paging import page_number


@public_page(inspections.RESULT_PARAMETERS)
def index(request: PublicRequest) -> HttpResponse:
    """The list: at most three queries with the frame, one more when something was published since."""
    frame = request.frame
    counts = inspections.facets(frame.district_id, frame.version, frame.day)
    question = inspections.asked(request.GET)
    number = page_number(request, per_page=inspections.PER_PAGE)
    page = inspections.listed(frame.district_id, frame.day, question, counts, number)
    context = {
        "page": page,
        "rows": [(row, inspections.told(row.content)) for row in page],
        "question": question,
        "narrowed": bool(question.q or question.year or question.kind or question.result),
        "years": sorted({year for year, _kind, _result, _n in counts}, reverse=True),
        "kinds": Kind.choices,
        "results": [(str(value), label) for value, label in Result.choices],
        "feed": inspections.FEEDS[0],
        "days": inspections.days_to_publish(frame.day),
    }
    return render(request, "portal/results.html", context)


@public_page()
def entry(request: PublicRequest, pk: int) -> HttpResponse:
    """One result; 410 with the reason where it is withdrawn or past its display period."""
    frame = request.frame
    row = (
        InspectionDisclosure.objects.filter(district=frame.district_id, pk=pk)
        .select_related("inspection__draw")
        .first()
    )
    if row is None:
        raise Http404
    if row.withdrawn_at is not None:
        sentence = _("This result was withdrawn on %(day)s: %(reason)s") % {
            "day": formats.day(localdate(row.withdrawn_at)),
            "reason": mask_text(row.withdrawn_reason),
        }
        return _gone(request, sentence)
    if row.shown_until is not None and row.shown_until < frame.day:
        sentence = _("The display period of this result ended on %(day)s.") % {"day": row.shown_until}
        return _gone(request, sentence)
    return render(request, "portal/result.html", {"row": row, "shown": inspections.told(row.content)})


def _gone(request: PublicRequest, sentence: str) -> HttpResponse:
    context = {
        "sentence": sentence, "back": "portal:results", "back_label": _("All results on display"),
    }  # fmt: skip
    return render(request, "portal/gone.html", context, status=410)


@public_page()
def quarters(request: PublicRequest) -> HttpResponse:
    """The publications of each quarter, with their figures."""
    rows = QuarterlyPublication.objects.filter(district=request.frame.district_id)
    return render(request, "portal/quarters.html", {"rows": rows, "results": Result.choices})


@public_page()
def items(request: PublicRequest) -> HttpResponse:
    """随机抽查事项清单: what may be inspected at random, by which provisions."""
    district_id = request.frame.district_id
    classes = {row.code: row for row in ObjectClass.objects.filter(district=district_id)}
    rows = [
        (
            item,
            [str(classes[code]) for code in item.object_classes if code in classes],
            [citation for citation in map(citation_text, item.basis) if citation],
        )
        for item in InspectionItem.objects.filter(district=district_id, active=True)
    ]
    return render(request, "portal/items.html", {"rows": rows})


def citation_text(citation: dict[str, str]) -> str:
    """A provision in words: 《…》第十三条; the code of an instrument that the law data does not know."""
    known = {instrument.code: instrument for instrument in catalogue().instruments}
    found = known.get(citation["instrument"])
    return f"《{found.title if found else citation['instrument']}》{citation.get('article', '')}"
