"""The forms on site: report, correction, re-check. A refusal loses nothing, a retry counts once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from chengshu.inspections.forms.report import RecheckForm, ReportForm
from chengshu.inspections.lifecycle import TABLE, Action, State
from chengshu.inspections.models import Inspection, InspectionReport
from chengshu.inspections.queries import one
from chengshu.inspections.services import inspecting
from chengshu.inspections.services.base import InspectionProblem
from chengshu.inspections.settings import work
from chengshu.inspections.views.common import WORK, of_team, person, visible_inspection
from chengshu.inspections.views.work_files import Sent, sent_before, take_in
from chengshu.kernel import files
from chengshu.kernel.access import permission_required
from chengshu.kernel.files import FileProblem

FIELDS = {"answers": None, "entry": None, "checklist": None, "state": None, "version": None, "at": None}
"""Fields of problems that stand for the form as a whole."""


@permission_required(WORK)
@require_http_methods(["GET", "POST"])
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """Report the result."""
    return _result(request, pk, Action.REPORT)


@permission_required(WORK)
@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct a reported result; the earlier report stays."""
    return _result(request, pk, Action.CORRECT)


def _result(request: HttpRequest, pk: int, action: Action) -> HttpResponse:
    inspection = _own(request, pk)
    correcting = action is Action.CORRECT
    entries = one.entries_of(one.checklist_of(inspection))
    sent = sent_before(request.POST.get("kept", ""))
    if request.method == "POST":
        form = ReportForm(entries, request.POST, request.FILES, correcting=correcting)
        if answer := _tried(form, sent, lambda: _record(request, inspection, form, sent, correcting), pk):
            return answer
    else:
        if State(inspection.state) not in TABLE[action]:
            return redirect("inspections:inspection", pk=pk)
        form = ReportForm(entries, initial=_start(inspection, correcting), correcting=correcting)
    title = _("Correct the result") if correcting else _("Record of the inspection")
    context = {
        "form": form,
        "correcting": correcting,
        "blocks": [_with_photos(block, inspection, sent) for block in form.blocks()],
        "sent_whole": sent.count("") + inspection.photos.filter(entry="").count(),
        "signed_before": sent.signature is not None,
        "gravest_first": " ".join(map(str, work().gravest_first)),
        "draft": f"inspection-{pk}-{action}",
        "title": title,
    }
    return _shown(request, inspection, form, sent, "inspections/work_report.html", context)


def _start(inspection: Inspection, correcting: bool) -> dict[str, Any]:
    """A correction begins with what was reported; a report with the proposed date."""
    start: dict[str, Any] = {"rectify_by": work().rectify_by(inspection.object_class, timezone.localdate())}
    last = InspectionReport.objects.filter(inspection=inspection).order_by("-seq").first()
    if not correcting or last is None:
        return start
    places = {entry.code: n for n, entry in enumerate(one.entries_of(inspection.checklist))}
    for answer in last.answers:
        if (place := places.get(answer["code"])) is not None:
            start |= {f"found-{place}": answer["found"], f"note-{place}": answer["note"]}
    start |= {"result": str(last.result), "corrected": last.corrected, "note": last.note}
    if last.rectify_by:
        start["rectify_by"] = last.rectify_by
    return start


def _with_photos(block: dict[str, Any], inspection: Inspection, sent: Sent) -> dict[str, Any]:
    code = block["entry"].code
    return {**block, "sent": sent.count(code) + inspection.photos.filter(entry=code).count()}


def _record(
    request: HttpRequest, inspection: Inspection, form: ReportForm, sent: Sent, correcting: bool
) -> None:
    """Keep the files first, then record; what the service refuses is raised."""
    held = form.cleaned_data
    take_in(sent, form.uploads(), form.position)
    if picture := held.get("signature") or held.get("drawn"):
        name = getattr(picture, "name", None) or "signature.png"
        sent.signature = files.store(picture, name=name, kind="photo")
    if form.chosen_result() is None:
        _require_answers(form)
    stated = form.stated(sent.opened_signature())
    service: Callable[..., Inspection] = inspecting.correct if correcting else inspecting.report
    service(inspection, stated, by=person(request), photos=sent.for_service())


def _require_answers(form: ReportForm) -> None:
    """Without a result the answers lead to it, so each is needed. Raises `InspectionProblem`."""
    found = form.found()
    for n, entry in enumerate(form.entries):
        if entry.code not in found:
            raise InspectionProblem(
                _("Entry %(n)s “%(entry)s” is not answered yet.") % {"n": entry.code, "entry": entry.text},
                f"found-{n}",
            )


@permission_required(WORK)
@require_http_methods(["GET", "POST"])
def recheck(request: HttpRequest, pk: int) -> HttpResponse:
    """Whether the order to rectify was followed."""
    inspection = _own(request, pk)
    sent = sent_before(request.POST.get("kept", ""))
    if request.method == "POST":
        form = RecheckForm(request.POST, request.FILES)
        if answer := _tried(form, sent, lambda: _recheck(request, inspection, form, sent), pk):
            return answer
    else:
        if State(inspection.state) not in TABLE[Action.RECHECK]:
            return redirect("inspections:inspection", pk=pk)
        form = RecheckForm()
    context = {
        "form": form,
        "sent_whole": sent.count(""),
        "draft": f"inspection-{pk}-recheck",
        "title": _("Re-check"),
    }
    return _shown(request, inspection, form, sent, "inspections/work_recheck.html", context)


def _recheck(request: HttpRequest, inspection: Inspection, form: RecheckForm, sent: Sent) -> None:
    take_in(sent, form.uploads(), form.position)
    inspecting.recheck(inspection, by=person(request), photos=sent.for_service(), **form.values())


# --- both -------------------------------------------------------------------------------------------
def _own(request: HttpRequest, pk: int) -> Inspection:
    """An inspection of one's own. Raises PermissionDenied for another one's."""
    inspection = visible_inspection(request, pk)
    if not of_team(person(request), inspection):
        raise PermissionDenied(WORK)
    return inspection


def _tried(form: Any, sent: Sent, record: Callable[[], None], pk: int) -> HttpResponse | None:
    """Record a valid form; None where it was refused, with the sentence in the form."""
    valid = form.is_valid()
    try:
        if valid:
            record()
            address = reverse("inspections:inspection", args=[pk])
            return redirect(f"{address}?recorded={form.cleaned_data['client_id']}")
        take_in(sent, form.uploads(), form.position)  # what came with an invalid form is kept as well
    except InspectionProblem as problem:
        field = FIELDS.get(problem.field, problem.field)
        form.add_error(field if field in form.fields else None, str(problem))
    except FileProblem as problem:
        form.add_error("photos", str(problem))
    return None


def _shown(
    request: HttpRequest,
    inspection: Inspection,
    form: Any,
    sent: Sent,
    template: str,
    context: dict[str, Any],
) -> HttpResponse:
    trail = [
        (_("Inspections"), reverse("inspections:work")),
        (inspection.number, reverse("inspections:inspection", args=[inspection.pk])),
        (context["title"], ""),
    ]
    status = 422 if form.errors else 200
    whole = {**context, "inspection": inspection, "kept": sent.note(), "trail": trail}
    return render(request, template, {**whole, "today": timezone.localdate()}, status=status)
