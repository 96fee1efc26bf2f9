"""疑似点: the list, one of them, what is done with it, the list to take away."""

from __future__ import annotations

import tempfile
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from shapely.geometry import shape

from chengshu.kernel.access import permission_required
from chengshu.registry.queries.reference import area_label
from chengshu.sensing import exporting
from chengshu.sensing.forms import SuspectFilterForm, comparison_label
from chengshu.sensing.lifecycle import VERDICTS, Kind, Role, SecondState, SiteResult, SuspectState
from chengshu.sensing.models import Suspect
from chengshu.sensing.placing import placed_by_hand
from chengshu.sensing.queries import lists
from chengshu.sensing.queries.places import decided_before
from chengshu.sensing.refusing import DECIDE, EXPORT, SETTLE, VIEW, SensingProblem
from chengshu.sensing.services import deciding, recalibrating, sending
from chengshu.sensing.views.common import district_of, pair_of, person, viewer, visible_suspect
from chengshu.sensing.words import RESULT_TONES, SUSPECT_TONES, score_words, sentences
from chengshu.ui.paging import paginate

WORK = "leads.work"
MOST_SENT = 200


def shown(row: Suspect) -> dict[str, Any]:
    """A suspect as lists show it."""
    state = SuspectState(row.state)
    return {
        "row": row,
        "url": reverse("sensing:suspect", args=[row.pk]),
        "kind": Kind(row.kind).label,
        "score": score_words(row.score),
        "town": area_label(row.town),
        "state": state.label,
        "tone": SUSPECT_TONES[state],
        "second": SecondState(row.second).label if row.second else "",
        "result": SiteResult(row.result).label if row.result else "",
        "result_tone": RESULT_TONES.get(SiteResult(row.result), "neutral"),
    }


@permission_required(VIEW)
@require_GET
def suspect_list(request: HttpRequest) -> HttpResponse:
    """Suspects with filters: session, total, rows."""
    user = person(request)
    form = SuspectFilterForm(request.GET, user)
    page = paginate(lists.suspect_rows(user, form.wanted()), request)
    context = {
        "form": form,
        "page": page,
        "rows": [shown(row) for row in page],
        "asked": request.GET.urlencode(),
        "may_decide": user.may(DECIDE),
        "may_export": user.may(EXPORT),
    }
    return render(request, "sensing/suspect_list.html", context)


@permission_required(EXPORT)
@require_POST
def suspect_export(request: HttpRequest) -> Any:
    """The list as csv or geojson."""
    user, kind = person(request), request.POST.get("kind", "csv")
    form = SuspectFilterForm(QueryDict(request.POST.get("query", "")), user, EXPORT)
    try:
        rows = exporting.plan(user, form.wanted(), kind)
    except SensingProblem as problem:
        messages.error(request, str(problem))
        return redirect("sensing:suspects")
    file = tempfile.SpooledTemporaryFile(max_size=8 << 20)  # noqa: SIM115 (the response closes it)
    exporting.write(rows, kind, file)  # type: ignore[arg-type]
    file.seek(0)
    name = f"{_('Suspects')}-{timezone.localdate():%Y%m%d}.{kind}"
    return FileResponse(file, as_attachment=True, filename=name)


@permission_required(VIEW)
@require_GET
def suspect_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One suspect on both dates, why it is one, what was decided, what may be done."""
    suspect = visible_suspect(request, pk)
    user = person(request)
    place = shape(suspect.outline)
    before = decided_before(suspect.district_id, [place], viewer=user, leaving_out=suspect.comparison_id)[0]
    covers = user.scope_for(WORK).covers(district_id=suspect.district_id, squad_id=suspect.squad_id)
    pair = pair_of(suspect.comparison)
    context = {
        **shown(suspect),
        "suspect": suspect,
        "by_hand": any(
            placed_by_hand(flight.mosaic)
            for flight in (suspect.comparison.before, suspect.comparison.after)
        ),
        "comparison": comparison_label(suspect.comparison),
        "reasons": sentences(suspect.reasons),
        "before": [shown(one) for one in before],
        "decisions": [
            {"row": one, "role": Role(one.role).label, "verdict": SuspectState(one.verdict).label}
            for one in suspect.decisions.select_related("by")
        ],
        "verdicts": [(str(one), one.label) for one in VERDICTS],
        "offers": _offers(user, suspect),
        "may_answer": covers and suspect.lead_id is not None,
        "results": [choice for choice in SiteResult.choices if choice[0]],
        "trail": [(_("Suspects"), reverse("sensing:suspects")), (str(suspect), "")],
        "viewer": viewer(
            pair=pair, bounds=list(place.bounds), close=True,
            suspects={"type": "FeatureCollection", "features": [
                {"type": "Feature", "id": suspect.pk, "geometry": suspect.outline,
                 "properties": {"state": suspect.state, "number": str(suspect)}}]},
        ),
    }  # fmt: skip
    return render(request, "sensing/suspect.html", context)


def _offers(user: Any, suspect: Suspect) -> dict[str, bool]:
    """What would not be refused to this person."""
    decide = user.scope_for(DECIDE).covers(district_id=suspect.district_id, squad_id=suspect.squad_id)
    settle = user.scope_for(SETTLE).covers(district_id=suspect.district_id, squad_id=suspect.squad_id)
    own = suspect.decided_by_id in (user.pk, None)
    state, second, sent = suspect.state, suspect.second, suspect.lead_id is not None
    return {
        "decide": decide and state == SuspectState.OPEN,
        "undo": decide and state != SuspectState.OPEN and not sent and own
        and second in (SecondState.NONE, SecondState.DUE),
        "second": decide and second == SecondState.DUE and not own,
        "settle": settle and second == SecondState.DISAGREED,
        "send": decide and state == SuspectState.LEAD and not sent and second != SecondState.DISAGREED,
    }  # fmt: skip


@permission_required(VIEW)
@require_POST
def suspect_act(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """Decide, take back, read again, settle, send, say what was found; each checks the right to it."""
    suspect, by, said = visible_suspect(request, pk), person(request), request.POST
    verdict, note = said.get("verdict", ""), said.get("note", "")
    building = "building" in said
    acts: dict[str, Any] = {
        "decide": lambda: deciding.decide(suspect, verdict, by=by, note=note, under_construction=building),
        "undo": lambda: deciding.undo(suspect, by=by),
        "second": lambda: deciding.second_read(suspect, verdict, by=by, note=note),
        "settle": lambda: deciding.settle(suspect, verdict, by=by, note=note),
        "send": lambda: sending.send(suspect, by=by, under_construction=building),
        "result": lambda: sending.record_result(suspect, said.get("result", ""), by=by),
    }
    if action not in acts:
        raise Http404
    try:
        acts[action]()
    except SensingProblem as problem:
        messages.error(request, str(problem))
    return redirect("sensing:suspect", pk)


@permission_required(DECIDE)
@require_POST
def suspects_send(request: HttpRequest) -> HttpResponse:
    """Send everything decided to be illegal that the filters show and nobody has sent yet."""
    user = person(request)
    form = SuspectFilterForm(QueryDict(request.POST.get("query", "")), user, DECIDE)
    waiting = lists.suspect_rows(user, form.wanted(), DECIDE).filter(state=SuspectState.LEAD, lead=None)
    sent = 0
    for suspect in waiting.exclude(second=SecondState.DISAGREED)[:MOST_SENT]:
        try:
            sending.send(suspect, by=user)
            sent += 1
        except SensingProblem as problem:
            messages.error(request, f"{suspect}: {problem}")
    messages.success(request, _("%(n)d suspects sent as leads.") % {"n": sent})
    return redirect("sensing:suspects")


@permission_required(DECIDE)
@require_POST
def scores_anew(request: HttpRequest) -> HttpResponse:
    """Judge the scores of open suspects by what was decided, now instead of tonight."""
    made = recalibrating.recalibrate(district_of(request, DECIDE), by=person(request))
    messages.success(request, _("Scores of %(n)d kinds were judged anew.") % {"n": len(made)})
    return redirect("sensing:suspects")
