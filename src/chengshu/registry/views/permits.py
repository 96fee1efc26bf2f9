"""Permits and identifiers of an object: added, withdrawn, kept in the history of its facts."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from chengshu.kernel.access import permission_required
from chengshu.registry.forms import IdentifierForm, PermitForm
from chengshu.registry.services import papers
from chengshu.registry.views.objects import visible_object


def _first_error(form: Any) -> str:
    return next(str(errors[0]) for errors in form.errors.values())


@permission_required("registry.edit")
@require_POST
def permit_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Record a permit."""
    user: Any = request.user
    obj = visible_object(request, pk, "registry.edit")
    form = PermitForm(request.POST)
    if form.is_valid():
        papers.add_permit(obj, form.cleaned_data, user)
        messages.success(request, _("The permit is recorded."))
    else:
        messages.error(request, _first_error(form))
    return redirect("registry:object", pk=pk)


@permission_required("registry.edit")
@require_POST
def permit_withdraw(request: HttpRequest, pk: int, permit: int) -> HttpResponse:
    """A permit no longer holds, from today."""
    user: Any = request.user
    obj = visible_object(request, pk, "registry.edit")
    papers.withdraw_permit(obj, get_object_or_404(obj.permits, pk=permit), timezone.localdate(), user)
    messages.success(request, _("The permit is marked as withdrawn."))
    return redirect("registry:object", pk=pk)


@permission_required("registry.edit")
@require_POST
def identifier_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Record the object's number in another system."""
    user: Any = request.user
    obj = visible_object(request, pk, "registry.edit")
    form = IdentifierForm(request.POST)
    if not form.is_valid():
        messages.error(request, _first_error(form))
        return redirect("registry:object", pk=pk)
    try:
        with transaction.atomic():
            papers.set_identifier(
                obj, form.cleaned_data["scheme"].strip(), form.cleaned_data["value"].strip(), user
            )
    except IntegrityError:
        messages.error(request, _("Another object already has this identifier."))
    else:
        messages.success(request, _("The identifier is recorded."))
    return redirect("registry:object", pk=pk)


@permission_required("registry.edit")
@require_POST
def identifier_withdraw(request: HttpRequest, pk: int, identifier: int) -> HttpResponse:
    """Take an identifier away; the history keeps it."""
    user: Any = request.user
    obj = visible_object(request, pk, "registry.edit")
    papers.withdraw_identifier(obj, get_object_or_404(obj.identifiers, pk=identifier), user)
    messages.success(request, _("The identifier is taken away."))
    return redirect("registry:object", pk=pk)
