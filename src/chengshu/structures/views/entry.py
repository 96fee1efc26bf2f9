"""The page of an entry, its photos, and the decision on a proposal."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chengshu.kernel import exif, files
from chengshu.kernel.access import permission_required
from chengshu.kernel.files import FileDamaged
from chengshu.kernel.media import FileProblem
from chengshu.kernel.privacy import UnmaskRefused, unmask
from chengshu.kernel.privacy_masks import mask_text
from chengshu.registry import neighbourhood
from chengshu.registry.queries.reference import area_label
from chengshu.structures import settings
from chengshu.structures.forms.acts import PhotosForm
from chengshu.structures.lifecycle import TABLE, Action, Built, Disposal, Finding, Method, Note, Way
from chengshu.structures.models import Proposal, Structure, StructurePhoto
from chengshu.structures.places import geometry_of
from chengshu.structures.queries import clocks, one
from chengshu.structures.services import disposing, entering, recording
from chengshu.structures.services.base import StructureProblem
from chengshu.structures.services.disposing import may
from chengshu.structures.services.recording import Photo
from chengshu.structures.views.common import APPROVE, MANAGE, VIEW, WORK, person, show, trail, visible
from chengshu.structures.words import PERSONAL, clock_light, history, people_of, status_of, type_labels

UNMASK = "privacy.unmask"


@permission_required(VIEW)
@require_http_methods(["GET", "POST"])
def entry(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything about one entry. A POST asks, with a reason, to see owner and occupant."""
    structure = visible(request, pk)
    unmasked = request.method == "POST" and _unmasked(request, structure)
    return render(request, "structures/entry.html", page(request, structure, unmasked=unmasked))


def _unmasked(request: HttpRequest, structure: Structure) -> bool:
    user = person(request)
    if not user.may(UNMASK) or not may(user, structure, UNMASK):
        raise PermissionDenied(UNMASK)
    fields = [name for name in PERSONAL if getattr(structure, name)]
    if not fields:
        return False
    try:
        unmask(user, f"structures.structure:{structure.pk}", fields, request.POST.get("reason", ""))
    except UnmaskRefused as refused:
        messages.error(request, str(refused))
        return False
    return True


def page(request: HttpRequest, structure: Structure, *, unmasked: bool) -> dict[str, Any]:
    """What the page shows."""
    user, today, now = person(request), timezone.localdate(), timezone.now()
    steps = list(structure.steps.select_related("by").order_by("seq"))
    current = clocks.steps_of(structure)
    photos = one.photos_of(structure)
    waiting = structure.proposals.open().select_related("proposed_by").first()
    state, tone = status_of(structure)
    place = geometry_of(structure)
    marks = [{"lng": p.position[0], "lat": p.position[1], "label": p.moment} for p in photos if p.position]
    return {
        "structure": structure, "state": state, "tone": tone, "light": clock_light(structure, today),
        "types": type_labels(structure.types), "built": Built(structure.built).label,
        "way": Way(structure.way).label if structure.way else "",
        "disposal": Disposal(structure.disposal).label if structure.disposal else "",
        "note": Note(structure.note_state).label, "finding": _finding(structure),
        "people": people_of(structure, unmasked=unmasked), "unmasked": unmasked,
        "may_unmask": any(getattr(structure, name) for name in PERSONAL) and user.may(UNMASK)
        and may(user, structure, UNMASK),
        "description": structure.description if unmasked else mask_text(structure.description),
        "town": area_label(structure.town), "squad": area_label(structure.squad),
        "surveys": [
            (row, Method(row.method).label, mask_text(row.note)) for row in structure.surveys.order_by("-id")
        ],
        "procedure": one.procedure_of(structure, current), "today": today,
        "clocks": [(c, c.late(now)) for c in clocks.clocks_of(structure, current)],
        "history": history(steps), "photos": photos,
        "photo_form": PhotosForm(auto_id="photo_%s") if one.may_add_photos(structure, user) else None,
        "may_set_key": structure.status in TABLE[Action.KEY] and may(user, structure, MANAGE),
        "acts": one.acts_for(structure, user, waiting), "waiting": waiting,
        "waiting_reason": mask_text(waiting.reason) if waiting else "",
        "waiting_for": Disposal(waiting.kind).label if waiting else "",
        "may_decide": waiting is not None and waiting.proposed_by_id != user.pk
        and may(user, structure, APPROVE),
        "may_work": may(user, structure, WORK), "decided": _decided(structure),
        "known": _known(structure, user) if place is not None else [],
        "seen": neighbourhood.seen_over(structure.district, place) if place is not None else [],
        "rules": settings.rules(), "map": show(structure, marks),
        "lead": structure.lead if structure.lead and user.may("leads.view") else None,
        "trail": trail((structure.number, "")),
    }  # fmt: skip


def _finding(structure: Structure) -> str:
    last = clocks.last_finding(structure)
    return str(Finding(last).label) if last else ""


def _decided(structure: Structure) -> list[tuple[Proposal, str]]:
    rows = structure.proposals.exclude(decided_at=None).select_related("proposed_by", "decided_by")
    return [(row, str(Disposal(row.kind).label)) for row in rows]


def _known(structure: Structure, user: Any) -> list[Any]:
    place = geometry_of(structure)
    if place is None:
        return []
    (found,) = neighbourhood.known_at(structure.district, [place], user)
    return [one_ for one_ in found if one_.data.get("id") != structure.pk or one_.kind != "structure"]


# --- photos -----------------------------------------------------------------------------------------
@permission_required(WORK)
@require_POST
def photos_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Add photos; one of today that says nothing of its place was taken where the device is."""
    user, structure = person(request), visible(request, pk)
    form = PhotosForm(request.POST, request.FILES)
    try:
        if not form.is_valid():
            raise StructureProblem(str(next(iter(form.errors.values()))[0]))
        lng, lat = form.cleaned_data["lng"], form.cleaned_data["lat"]
        device = None if lng is None or lat is None else (lng, lat)
        shots = [_shot(one_, form.cleaned_data["moment"], device) for one_ in form.cleaned_data["photos"]]
        recording.add_photos(structure, shots, by=user)
        messages.success(request, _("Added."))
    except (StructureProblem, FileProblem) as problem:
        messages.error(request, str(problem))
    return redirect(reverse("structures:entry", args=[pk]) + "#photos")


def _shot(upload: Any, moment: str, device: tuple[float, float] | None) -> Photo:
    taken, position = exif.circumstances(upload)
    if position is None and (taken is None or timezone.localdate(taken) == timezone.localdate()):
        position = device
    return Photo(upload, upload.name or "", moment, taken, position)


@permission_required(VIEW)
@require_GET
def photo(request: HttpRequest, pk: int, photo_id: int) -> HttpResponse:
    """A photo of an entry that the person may see."""
    structure = visible(request, pk)
    kept = get_object_or_404(StructurePhoto.objects.select_related("file"), structure=structure, pk=photo_id)
    try:
        answer: Any = files.response(kept.file, kept.name, request)
        return answer  # type: ignore[no-any-return]
    except FileDamaged as damaged:
        raise Http404 from damaged


# --- deciding ---------------------------------------------------------------------------------------
@permission_required(APPROVE)
@require_POST
def decide(request: HttpRequest, pk: int, proposal_id: int) -> HttpResponse:
    """Approve or refuse what another proposed."""
    user, structure = person(request), visible(request, pk)
    proposal = get_object_or_404(Proposal, structure=structure, pk=proposal_id)
    note = request.POST.get("note", "")
    try:
        if "approve" in request.POST:
            disposing.approve(proposal, by=user, note=note)
            messages.success(request, _("Approved."))
        else:
            disposing.refuse(proposal, by=user, note=note)
            messages.success(request, _("Refused."))
    except StructureProblem as problem:
        messages.error(request, str(problem))
    return redirect("structures:entry", pk=pk)


@permission_required(MANAGE)
@require_POST
def key_task(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the entry on the year's task list (``on``), or take it off."""
    structure, on = visible(request, pk, MANAGE), "on" in request.POST
    try:
        entering.set_key_task(structure, on, by=person(request))
    except StructureProblem as problem:
        messages.error(request, str(problem))
    else:
        done = _("On the year's task list now.") if on else _("Taken off the year's task list.")
        messages.success(request, done)
    return redirect("structures:entry", pk=pk)
