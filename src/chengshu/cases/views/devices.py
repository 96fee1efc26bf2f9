"""The register of off-site devices: everyone who sees cases reads it, legal reviewers keep it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from chengshu.cases.forms.devices import DeviceForm
from chengshu.cases.models import OffsiteDevice
from chengshu.cases.permissions import CONFIGURE, VIEW
from chengshu.cases.procedure.rules.investigation import OFFSITE_NEEDS
from chengshu.cases.services.devices import save_device
from chengshu.cases.views.common import keep, person
from chengshu.kernel import files
from chengshu.kernel.access import permission_required
from chengshu.kernel.files import FileDamaged, FileProblem


@permission_required(VIEW)
@require_GET
def device_list(request: HttpRequest) -> HttpResponse:
    """All devices of the person's district, with what each still lacks to give evidence."""
    user, today = person(request), timezone.localdate()
    devices = OffsiteDevice.objects.filter(district=user.unit.district_id)
    rows = []
    for device in devices:
        held = device.particulars(today)
        rows.append(
            {"device": device, "lacks": [OFFSITE_NEEDS[name] for name, value in held.items() if not value]}
        )
    context = {"rows": rows, "may_change": user.may(CONFIGURE), "trail": _trail()}
    return render(request, "cases/device_list.html", context)


@permission_required(CONFIGURE)
@require_http_methods(["GET", "POST"])
def device_new(request: HttpRequest) -> HttpResponse:
    """Register a device in the person's own district."""
    district = person(request).unit.district_id
    if district not in person(request).scope_for(CONFIGURE).districts:
        raise PermissionDenied(CONFIGURE)
    return _form(request, OffsiteDevice(district_id=district), _("New device"))


@permission_required(CONFIGURE)
@require_http_methods(["GET", "POST"])
def device_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Change what the register says; the earlier values stay in the history."""
    inside = person(request).scope_for(CONFIGURE).q(squad=None)
    found = get_object_or_404(OffsiteDevice.objects.filter(inside), pk=pk)
    return _form(request, found, str(found))


@permission_required(VIEW)
@require_GET
def device_sign(request: HttpRequest, pk: int) -> Any:
    """The photo of the sign that tells of the device at its place."""
    inside = OffsiteDevice.objects.filter(district=person(request).unit.district_id)
    found = get_object_or_404(inside.select_related("sign_photo"), pk=pk, sign_photo__isnull=False)
    if found.sign_photo is None:
        raise Http404
    try:
        return files.response(found.sign_photo, found.sign_photo.name, request)
    except FileDamaged as damaged:
        raise Http404 from damaged


def _form(request: HttpRequest, device: OffsiteDevice, title: str) -> HttpResponse:
    form = DeviceForm(request.POST or None, request.FILES or None, instance=device)
    if request.method == "POST" and form.is_valid() and _saved(form, person(request)):
        messages.success(request, _("Saved."))
        return redirect("cases:devices")
    return render(
        request,
        "cases/device_form.html",
        {"form": form, "device": device, "title": title, "trail": _trail(title)},
    )


def _saved(form: DeviceForm, by: Any) -> bool:
    """Store the device; a refusal is put into the form."""
    device = form.save(commit=False)
    try:
        if photo := form.cleaned_data.get("photo"):
            device.sign_photo = keep([photo], kind="photo")[0]
        save_device(device, by=by)
    except FileProblem as problem:
        form.add_error("photo", str(problem))
        return False
    except ValidationError:
        form.add_error("code", _("There is a device with this code already."))
        return False
    return True


def _trail(*more: str) -> list[tuple[str, str]]:
    listed = (_("Off-site devices"), reverse("cases:devices") if more else "")
    return [(_("Cases"), reverse("cases:list")), listed, *((label, "") for label in more)]
