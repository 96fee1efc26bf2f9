"""API keys: list, file, and what the security administrator does with one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from chengshu.bureau import queries
from chengshu.bureau.forms_apikeys import KeyForm, RevokeForm, RightsForm, RotateForm, permission_choices
from chengshu.bureau.history_text import timeline
from chengshu.bureau.models import ApiKey
from chengshu.bureau.services import apikeys
from chengshu.bureau.views.common import refusals_in, refusals_told, tell_errors
from chengshu.kernel.access import permission_required

PERMISSION = apikeys.PERMISSION
Viewer = Any


@permission_required(PERMISSION)
@require_safe
def key_list(request: HttpRequest) -> HttpResponse:
    """/api-keys/: all keys of the viewer's district, revoked ones too."""
    viewer: Viewer = request.user
    rows = ApiKey.objects.visible_to(viewer).select_related("unit")
    page = queries.one_query_page(rows, request)
    return render(request, "bureau/apikeys.html", {"page": page, "labels": dict(permission_choices())})


@permission_required(PERMISSION)
@never_cache
def key_new(request: HttpRequest) -> HttpResponse:
    """/api-keys/new/: the secret is shown once, on the answer."""
    viewer: Viewer = request.user
    form = KeyForm(request.POST or None, user=viewer)
    if request.method == "POST" and form.is_valid():
        with refusals_in(form):
            return _secret_page(request, apikeys.create_key(by=viewer, **form.cleaned_data))
    trail = [(_("API keys"), reverse("bureau:apikeys")), (_("New API key"), "")]
    return render(request, "bureau/apikey_form.html", {"form": form, "trail": trail})


@permission_required(PERMISSION)
@require_safe
def key_page(request: HttpRequest, key: int) -> HttpResponse:
    """/api-keys/<id>/: what it may do, whether it is used, what happened to it."""
    found = _visible(request, key)
    labels = dict(permission_choices())
    context = {
        "key": found,
        "granted": _(", ").join(labels[code] for code in labels if code in found.permissions),
        "rights_form": RightsForm(key=found),
        "rotate_form": RotateForm(),
        "revoke_form": RevokeForm(),
        "history": timeline(queries.person_history(found.account)),
        "trail": [(_("API keys"), reverse("bureau:apikeys")), (found.name, "")],
    }
    return render(request, "bureau/apikey.html", context)


@permission_required(PERMISSION)
@require_POST
def key_change(request: HttpRequest, key: int) -> HttpResponse:
    """Other permissions, another rate."""
    viewer: Viewer = request.user
    found = _visible(request, key)
    form = RightsForm(request.POST)
    if form.is_valid():
        with refusals_told(request):
            apikeys.change_key(found, by=viewer, **form.cleaned_data)
            messages.success(request, _("Saved."))
    else:
        tell_errors(request, form)
    return redirect("bureau:apikey", key)


@permission_required(PERMISSION)
@require_POST
@never_cache
def key_rotate(request: HttpRequest, key: int) -> HttpResponse:
    """A new secret, shown once."""
    viewer: Viewer = request.user
    found = _visible(request, key)
    form = RotateForm(request.POST)
    if form.is_valid():
        with refusals_told(request):
            return _secret_page(request, apikeys.rotate_key(found, by=viewer, **form.cleaned_data))
    else:
        tell_errors(request, form)
    return redirect("bureau:apikey", key)


@permission_required(PERMISSION)
@require_POST
def key_revoke(request: HttpRequest, key: int) -> HttpResponse:
    """Take the key back."""
    viewer: Viewer = request.user
    found = _visible(request, key)
    with refusals_told(request):
        apikeys.revoke_key(found, by=viewer, reason=request.POST.get("reason", ""))
        messages.success(request, _("The key has been revoked."))
    return redirect("bureau:apikey", key)


def _visible(request: HttpRequest, pk: int) -> ApiKey:
    viewer: Viewer = request.user
    keys = ApiKey.objects.visible_to(viewer).select_related("unit", "account", "created_by")
    found: ApiKey = get_object_or_404(keys, pk=pk)
    return found


def _secret_page(request: HttpRequest, new: apikeys.NewKey) -> HttpResponse:
    context = {"key": new.key, "secret": new.secret}
    return render(request, "bureau/apikey_secret.html", context)
