"""What several pages share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from chengshu.bureau.models import Unit, User
from chengshu.bureau.services.base import Refused


def visible_person(request: HttpRequest, pk: int) -> User:
    """The person if the viewer may see them, else 404."""
    found: User = get_object_or_404(User.objects.with_roles().visible_to(request.user), pk=pk)
    return found


def visible_unit(request: HttpRequest, pk: int) -> Unit:
    """The unit if the viewer may see it, else 404."""
    units = Unit.objects.visible_to(request.user).select_related("district")  # type: ignore[arg-type]
    found: Unit = get_object_or_404(units, pk=pk)
    return found


@contextmanager
def refusals_in(form: forms.Form) -> Iterator[None]:
    """A refusal of a service becomes an error of the form's field that it names."""
    try:
        yield
    except Refused as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))


@contextmanager
def refusals_told(request: HttpRequest) -> Iterator[None]:
    """A refusal of a service becomes a message on the next page."""
    try:
        yield
    except Refused as refusal:
        messages.error(request, str(refusal))


def tell_errors(request: HttpRequest, form: forms.Form) -> None:
    """What is wrong with a form that was sent from a dialog."""
    for name, errors in form.errors.items():
        label = form.fields[name].label if name in form.fields else ""
        for error in errors:
            text = f"{label}{_(': ')}{error}" if label else str(error)
            messages.error(request, text)


def signed_in_person(request: HttpRequest) -> Any:
    """The viewer, typed for the services."""
    return request.user
