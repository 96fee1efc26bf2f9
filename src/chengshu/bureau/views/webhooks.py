"""Subscriptions of other systems."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from chengshu.bureau import webhooks
from chengshu.bureau.forms_notices import WebhookForm
from chengshu.bureau.models import WebhookSubscription
from chengshu.bureau.views.common import refusals_in, refusals_told
from chengshu.bureau.webhooks.channel import NAME
from chengshu.bureau.webhooks.service import PERMISSION
from chengshu.kernel.access import permission_required
from chengshu.kernel.models import OutgoingMessage

SHOWN = 20


@permission_required(PERMISSION)
@require_safe
def webhook_list(request: HttpRequest) -> HttpResponse:
    """/webhooks/."""
    return render(request, "bureau/webhooks.html", {"webhooks": _visible(request.user)})


@permission_required(PERMISSION)
@never_cache
def webhook_new(request: HttpRequest) -> HttpResponse:
    """/webhooks/new/: the secret stands on the answer, once."""
    viewer: Any = request.user
    form = WebhookForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusals_in(form):
            row, secret = webhooks.create(by=viewer, district=viewer.unit.district, **form.cleaned_data)
            return _secret_page(request, row, secret)
    title = _("New subscription")
    context = {
        "form": form,
        "title": title,
        "trail": [(_("Webhooks"), reverse("bureau:webhooks")), (title, "")],
    }
    return render(request, "bureau/webhook_form.html", context)


@permission_required(PERMISSION)
def webhook_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """/webhooks/<id>/: settings, how it goes, the last deliveries."""
    viewer: Any = request.user
    row = get_object_or_404(_visible(viewer), pk=pk)
    form = WebhookForm(request.POST or None, webhook=row)
    if request.method == "POST" and form.is_valid():
        with refusals_in(form):
            webhooks.change(row, by=viewer, **form.cleaned_data)
            messages.success(request, _("Saved."))
            return redirect("bureau:webhook", pk)
    context = {
        "form": form,
        "title": row.name,
        "webhook": row,
        "trail": [(_("Webhooks"), reverse("bureau:webhooks")), (row.name, "")],
        "deliveries": OutgoingMessage.objects.filter(channel=NAME, target=str(pk)).order_by("-id")[:SHOWN],
        "old_secret": bool(row.old_secret_until and row.old_secret_until > timezone.now()),
    }
    return render(request, "bureau/webhook_form.html", context)


@permission_required(PERMISSION)
@require_POST
@never_cache
def webhook_rotate(request: HttpRequest, pk: int) -> HttpResponse:
    """/webhooks/<id>/secret: a new secret, shown once."""
    viewer: Any = request.user
    row = get_object_or_404(_visible(viewer), pk=pk)
    with refusals_told(request):
        return _secret_page(request, row, webhooks.rotate(row, by=viewer))
    return redirect("bureau:webhook", pk)


@permission_required(PERMISSION)
@require_POST
def webhook_test(request: HttpRequest, pk: int) -> HttpResponse:
    """/webhooks/<id>/test."""
    viewer: Any = request.user
    with refusals_told(request):
        webhooks.send_test(get_object_or_404(_visible(viewer), pk=pk), by=viewer)
        messages.success(
            request, _("The test event is on its way; load the page again to see what came of it.")
        )
    return redirect("bureau:webhook", pk)


@permission_required(PERMISSION)
@require_POST
def webhook_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """/webhooks/<id>/remove."""
    viewer: Any = request.user
    with refusals_told(request):
        webhooks.remove(get_object_or_404(_visible(viewer), pk=pk), by=viewer)
        messages.success(request, _("Removed."))
    return redirect("bureau:webhooks")


def _visible(viewer: Any) -> Any:
    scope = viewer.scope_for(PERMISSION)
    return WebhookSubscription.objects.select_related("district").filter(scope.q(squad=None))


def _secret_page(request: HttpRequest, row: WebhookSubscription, secret: str) -> HttpResponse:
    title = _("Secret of %(name)s") % {"name": row.name}
    context = {
        "title": title,
        "webhook": row,
        "secret": secret,
        "trail": [(_("Webhooks"), reverse("bureau:webhooks")), (title, "")],
    }
    return render(request, "bureau/webhook_secret.html", context)
