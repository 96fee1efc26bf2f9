"""The page of an inspection, its photos, and the short actions there."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from chengshu.bureau.models import User
from chengshu.inspections.lifecycle import OPEN, TABLE, Action, Kind, Result, State, Withdrawal
from chengshu.inspections.models import Inspection, InspectionPhoto, InspectionReport
from chengshu.inspections.queries import one
from chengshu.inspections.services import inspecting
from chengshu.inspections.services.arranging import may_cancel
from chengshu.inspections.services.base import InspectionProblem
from chengshu.inspections.views.common import VIEW, WORK, of_team, person, visible_inspection
from chengshu.inspections.views.work_files import MOST_PHOTOS, photo_of
from chengshu.inspections.words import STATE_TONES, light_of, result_tone
from chengshu.kernel import files
from chengshu.kernel.access import permission_required
from chengshu.kernel.files import FileDamaged, FileProblem
from chengshu.kernel.privacy_masks import mask_text
from chengshu.registry.queries.reference import area_label
from chengshu.registry.views import mapping


@permission_required(VIEW)
@require_GET
def inspection_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything about one inspection, and what can be done with it now."""
    inspection = visible_inspection(request, pk)
    return render(request, "inspections/work_page.html", page(request, inspection))


def page(request: HttpRequest, inspection: Inspection) -> dict[str, Any]:
    """What the page shows."""
    user, today = person(request), timezone.localdate()
    mine = of_team(user, inspection)
    checklist, photos = one.checklist_of(inspection), one.photos_of(inspection)
    entries = one.entries_of(checklist)
    reports = one.reports_of(inspection)
    return {
        "inspection": inspection,
        "kind": Kind(inspection.kind).label,
        "state": State(inspection.state).label,
        "tone": STATE_TONES[State(inspection.state)],
        "result": Result(inspection.result).label if inspection.result else "",
        "result_tone": result_tone(inspection.result),
        "withdrawn_for": Withdrawal(inspection.withdrawn_for).label if inspection.withdrawn_for else "",
        "light": light_of(inspection, today),
        "reason": mask_text(inspection.reason),
        "town": area_label(inspection.town),
        "squad": area_label(inspection.squad),
        "team": list(inspection.team.select_related("user", "partner__department").order_by("id")),
        "checklist": checklist,
        "entries": entries,
        "day": timezone.localdate(inspection.done_at) if inspection.done_at else today,
        "photos": photos,
        "titles": {entry.code: entry.text for entry in entries},
        "reports": reports,
        "history": one.steps_of(inspection),
        "handed": one.handed_over(user, inspection),
        "published": one.published(inspection),
        "key": one.draw_key(inspection) if mine or user.may("inspections.draw") else None,
        "followed_by": list(inspection.followed_by.order_by("id")),
        "mine": mine,
        "may": one.offered(inspection, of_team=mine),
        "may_add_photos": mine and inspection.state in OPEN,
        "may_cancel": inspection.kind != Kind.RANDOM
        and State(inspection.state) in TABLE[Action.CANCEL]
        and may_cancel(inspection, user),
        "cancelled_for": one.cancelled_for(inspection),
        "may_follow": inspection.done_at is not None and (user.may(WORK) or user.may("inspections.assign")),
        "recorded": _uuid(request.GET.get("recorded", "")),
        "map": _map(inspection, photos),
        "trail": [(_("Inspections"), reverse("inspections:work")), (inspection.number, "")],
    }


def _uuid(text: str) -> str:
    """The name of a form that was recorded, so that the browser forgets its draft."""
    try:
        return str(UUID(text))
    except ValueError:
        return ""


def _map(inspection: Inspection, photos: list[one.Kept]) -> dict[str, Any] | None:
    marks = one.marks(photos)
    shown = mapping.show(inspection.object)
    if shown is None and not marks:
        return None
    if shown is None:
        lng, lat = marks[0]["lng"], marks[0]["lat"]
        point = {**marks[0]}
        shown = {
            **mapping.ground(inspection.district_id),
            "mode": "show",
            "center": [lng, lat],
            "zoom": mapping.CLOSE,
            "point": point,
        }
    return {**shown, "marks": marks}


# --- short actions ----------------------------------------------------------------------------------
@permission_required(WORK)
@require_POST
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Arrived on site; from here the form of the report opens."""
    user, inspection = person(request), visible_inspection(request, pk)
    try:
        if inspection.state != State.STARTED or not of_team(user, inspection):
            inspecting.start(inspection, by=user)
    except InspectionProblem as problem:
        messages.error(request, str(problem))
        return redirect("inspections:inspection", pk=pk)
    return redirect("inspections:report", pk=pk)


@permission_required(WORK)
@require_POST
def hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    """A lead with everything that was found; nothing is typed again."""
    user, inspection = person(request), visible_inspection(request, pk)
    try:
        done = inspecting.hand_over(inspection, by=user)
        number = done.lead.number if done.lead else ""
        messages.success(request, _("Handed over as lead %(number)s.") % {"number": number})
    except InspectionProblem as problem:
        messages.error(request, str(problem))
    return redirect("inspections:inspection", pk=pk)


# --- photos -----------------------------------------------------------------------------------------
@permission_required(WORK)
@require_POST
def photo_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Add photos to an inspection that is not finished."""
    user, inspection = person(request), visible_inspection(request, pk)
    uploads = request.FILES.getlist("photos")[:MOST_PHOTOS]
    entry = request.POST.get("entry", "")[:40]
    try:
        if not uploads:
            raise InspectionProblem(_("Choose the photos first."))
        device = _device(request.POST.get("lng", ""), request.POST.get("lat", ""))
        inspecting.add_photos(inspection, [photo_of(one, entry, device) for one in uploads], by=user)
        messages.success(request, _("Added."))
    except (InspectionProblem, FileProblem) as problem:
        messages.error(request, str(problem))
    return redirect(reverse("inspections:inspection", args=[pk]) + "#photos")


def _device(lng: str, lat: str) -> tuple[float, float] | None:
    try:
        position = float(lng), float(lat)
    except ValueError:
        return None
    return position if -180 <= position[0] <= 180 and -90 <= position[1] <= 90 else None


@permission_required(VIEW)
@require_GET
def photo(request: HttpRequest, pk: int, photo_id: int) -> HttpResponse:
    """A photo of an inspection that the person may see."""
    inspection = visible_inspection(request, pk)
    kept = get_object_or_404(
        InspectionPhoto.objects.select_related("file"), pk=photo_id, inspection=inspection
    )
    return _file(request, inspection, kept.file, kept.name)


@permission_required(VIEW)
@require_GET
def signature(request: HttpRequest, pk: int, seq: int) -> HttpResponse:
    """The signature under a report."""
    inspection = visible_inspection(request, pk)
    report = get_object_or_404(
        InspectionReport.objects.select_related("signature"), inspection=inspection, seq=seq
    )
    if report.signature is None:
        raise Http404
    return _file(request, inspection, report.signature, report.signature.name)


def _file(request: HttpRequest, inspection: Inspection, stored: Any, name: str) -> HttpResponse:
    try:
        answer: Any = files.response(stored, name, request)
    except FileDamaged:
        messages.error(request, _("The kept file is damaged or missing; tell the administrators."))
        return redirect("inspections:inspection", pk=inspection.pk)
    return answer  # type: ignore[no-any-return]


# --- the paper for the inspected object -------------------------------------------------------------
@permission_required(VIEW)
@require_GET
def key_sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """A5: what the inspected object needs to find itself in the published proof. For its officers only."""
    user: User = person(request)
    inspection = visible_inspection(request, pk)
    if not (of_team(user, inspection) or user.may("inspections.draw")):
        raise PermissionDenied(WORK)
    key = one.draw_key(inspection)
    if key is None:
        raise Http404
    context = {
        "inspection": inspection,
        "key": key,
        "portal": request.build_absolute_uri(reverse("portal:draw", args=[inspection.draw_id])),
        "team": [member.certificate for member in inspection.team.filter(replaced_at=None).order_by("id")],
    }
    return render(request, "inspections/work_key.html", context)
