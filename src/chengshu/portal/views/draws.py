"""双随机抽取: every draw ever announced, its proof once open, and the check in the visitor's browser."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from chengshu.inspections.lifecycle import DrawState
from chengshu.inspections.models import Draw
from chengshu.kernel import draw as lot
from chengshu.kernel import files
from chengshu.kernel.access import public
from chengshu.kernel.privacy_masks import mask_text
from chengshu.portal import inspections
from chengshu.portal.pages import PublicRequest, frame_of, public_page
from chengshu.ui.paging import Page, page_number


@public_page(inspections.DRAW_PARAMETERS)
def index(request: PublicRequest) -> HttpResponse:
    """All attempts, the newest first: the set-aside ones with their reason."""
    frame = request.frame
    years = inspections.draw_years(frame.district_id, frame.version)
    year = request.GET.get("year", "")
    rows = inspections.draws(frame.district_id)
    total = sum(n for _year, n in years)
    if year.isdecimal() and int(year) in dict(years):
        rows, total = rows.filter(task__year=int(year)), dict(years)[int(year)]
    number = min(
        page_number(request, per_page=inspections.PER_PAGE), max(1, -(-total // inspections.PER_PAGE))
    )
    start = (number - 1) * inspections.PER_PAGE
    page = Page(list(rows[start : start + inspections.PER_PAGE]), number, inspections.PER_PAGE, total, False)
    feed = inspections.FEEDS[1]
    context = {"page": page, "years": [str(one) for one, _n in years], "year": year, "feed": feed}
    return render(request, "portal/draws.html", context)


@public_page()
def entry(request: PublicRequest, pk: int) -> HttpResponse:
    """One attempt: what was announced, when it was drawn, the proof once the task is done."""
    draw = _draw(request, pk)
    commitment = draw.commitment
    strata = [one for one in commitment["rules"]["strata"] if one["quota"]]
    context = {
        "draw": draw,
        "commitment": commitment,
        "strata": strata,
        "quota": sum(one["quota"] for one in strata),
        "opened": draw.proof_id is not None,
        "abandoned": draw.state == DrawState.ABANDONED,
        "reason": mask_text(draw.abandoned_reason),
        "texts": lot.verifier_texts(),
        "others": [
            (other, mask_text(other.abandoned_reason))
            for other in Draw.objects.filter(task=draw.task_id).exclude(pk=draw.pk).order_by("attempt")
        ],
    }
    return render(request, "portal/draw.html", context)


@public_page()
def commitment(request: PublicRequest, pk: int) -> HttpResponse:
    """What was announced, in the very bytes that the hash is of."""
    draw = _draw(request, pk)
    response = HttpResponse(lot.canonical(draw.commitment), content_type="application/json")
    response["Content-Disposition"] = (
        f'attachment; filename="{draw.task.number}-{draw.attempt}-commitment.json"'
    )
    return response


@public
@require_safe
def proof(request: HttpRequest, pk: int) -> Any:
    """The proof, once the task is done. 404 before: nobody is warned."""
    rows = Draw.objects.select_related("proof", "task").filter(task__district=frame_of().district_id)
    draw = rows.filter(pk=pk).first()
    if draw is None or draw.proof is None:
        raise Http404
    return files.response(draw.proof, f"{draw.task.number}-{draw.attempt}-proof.json", request)


@public_page()
def verify(request: PublicRequest) -> HttpResponse:
    """Check a proof from a file, in the visitor's own browser; nothing is sent anywhere."""
    return render(request, "portal/verify.html", {"texts": lot.verifier_texts()})


def _draw(request: PublicRequest, pk: int) -> Draw:
    found: Draw | None = inspections.draws(request.frame.district_id).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found
