"""Pages of the desk about the app: devices, what they sent, notes of officers."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from chengshu.bureau.models import User
from chengshu.bureau.queries import one_query_page
from chengshu.bureau.views.common import refusals_told
from chengshu.field.forms import DeviceFilter, RecordFilter
from chengshu.field.handlers.notes import MODELS
from chengshu.field.models import FieldDevice, FieldNote, FieldNoteFile, FieldRecord
from chengshu.field.services import devices
from chengshu.field.words import DEEDS, TONES, kind_label
from chengshu.kernel import files
from chengshu.kernel.access import permission_required
from chengshu.kernel.models import LedgerEntry
from chengshu.kernel.privacy_masks import mask_text

MANAGE, USE = devices.MANAGE, "field.use"
Outcome = FieldRecord.Outcome


# --- devices ------------------------------------------------------------------------------------------
@permission_required(MANAGE)
@require_safe
def device_list(request: HttpRequest) -> HttpResponse:
    """/field/devices/: who has the app on what, when it was seen, what was refused."""
    user: Any = request.user
    form = DeviceFilter(request.GET)
    rows = form.apply(devices.visible_to(user))
    counted = rows.annotate(refused=Count("records", filter=Q(records__outcome=Outcome.REFUSED)))
    page = one_query_page(counted.order_by("user__name_key", "-registered_at"), request)
    return render(request, "field/devices.html", {"form": form, "page": page})


@permission_required(MANAGE)
@require_safe
def device(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """/field/devices/<id>/: the device, what happened to it, how many records came."""
    found = _device(request, pk)
    entries = LedgerEntry.objects.filter(chain=f"field.device:{found.pk}").order_by("-seq")[:50]
    outcomes = {
        row["outcome"]: row["n"]
        for row in FieldRecord.objects.filter(device=found)
        .order_by()
        .values("outcome")
        .annotate(n=Count("pk"))
    }
    context = {
        "device": found,
        "history": [
            {"at": entry.at, "title": str(DEEDS.get(entry.action, entry.action)), "by": entry.actor}
            for entry in entries
        ],
        "outcomes": [(label, code, outcomes.get(code, 0)) for code, label in Outcome.choices],
        "trail": [(_("Devices"), reverse("field:devices")), (str(found.user), "")],
    }
    return render(request, "field/device.html", context)


@permission_required(MANAGE)
@require_POST
def revoke(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Shut the device out."""
    reason = request.POST.get("reason", "")
    return _do(
        request, pk, lambda found, by: devices.revoke(found, by=by, reason=reason), _("Device revoked")
    )


@permission_required(MANAGE)
@require_POST
def wipe(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Let the device forget everything."""
    return _do(
        request, pk, lambda found, by: devices.ask_to_wipe(found, by=by), _("Told to forget everything")
    )


def _do(
    request: HttpRequest, pk: uuid.UUID, do: Callable[[FieldDevice, User], Any], told: str
) -> HttpResponse:
    user: Any = request.user
    found = _device(request, pk)
    with refusals_told(request):
        do(found, user)
        messages.success(request, told)
    return redirect("field:device", pk)


def _device(request: HttpRequest, pk: uuid.UUID) -> FieldDevice:
    user: Any = request.user
    rows = devices.visible_to(user).select_related("wipe_asked_by")
    found: FieldDevice = get_object_or_404(rows, pk=pk)
    return found


# --- records ------------------------------------------------------------------------------------------
def visible_records(user: User) -> QuerySet[FieldRecord]:
    """One's own records; a leader also sees those of the people whose devices he looks after."""
    theirs = user.scope_for(MANAGE).q(district="user__unit__district", squad="user__unit")
    rows = FieldRecord.objects.filter(theirs | Q(user=user))
    return rows.select_related("user").defer("text", "signature")


@permission_required(USE)
@require_safe
def record_list(request: HttpRequest) -> HttpResponse:
    """/field/records/: what arrived, what was refused and why, the newest first."""
    user: Any = request.user
    form = RecordFilter(request.GET)
    rows = form.apply(visible_records(user)).order_by("-received_at", "-seq")
    page = one_query_page(rows, request)
    for record in page:
        enrich(record)
    return render(request, "field/records.html", {"form": form, "page": page})


def enrich(record: FieldRecord) -> FieldRecord:
    """With what lists and pages show of it."""
    shown: Any = record
    shown.kind_label = kind_label(record.kind)
    shown.tone = TONES[record.outcome]
    shown.sentences = [mask_text(str(text)) for text in record.messages]
    return record


# --- notes --------------------------------------------------------------------------------------------
@permission_required("desk.view")
@require_safe
def notes(request: HttpRequest, about: str, subject: int) -> HttpResponse:
    """/field/notes/<about>/<id>/: what officers noted about a lead, an inspection or a case."""
    user: Any = request.user
    _require_sight(user, about, subject)
    rows = FieldNote.objects.filter(about=about, subject=subject).select_related("by")
    found = list(rows.prefetch_related("files__file").order_by("-at"))
    shown = [{"note": row, "text": mask_text(row.text), "files": list(row.files.all())} for row in found]
    label = str(FieldNote.About(about).label)
    return render(request, "field/notes.html", {"notes": shown, "about": label, "subject": subject})


@permission_required("desk.view")
@require_safe
def note_file(request: HttpRequest, pk: int) -> Any:
    """A file of a note, for whoever may see what the note is about."""
    user: Any = request.user
    found = get_object_or_404(FieldNoteFile.objects.select_related("note", "file"), pk=pk)
    _require_sight(user, found.note.about, found.note.subject)
    return files.response(found.file, found.name, request)


def _require_sight(user: User, about: str, subject: int) -> None:
    """404 unless the person may see the subject; the two must look the same."""
    model = MODELS.get(about)
    if model is None or subject >= 2**63 or not model.objects.visible_to(user).filter(pk=subject).exists():
        raise Http404
