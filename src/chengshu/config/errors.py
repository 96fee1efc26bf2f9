"""Which frame a refusal stands in: the public's pages have one of their own."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from chengshu.portal.views import missing
from chengshu.ui import errors


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404 in the frame of the part that was asked for."""
    if request.path.startswith(reverse("portal:home")):
        return missing.not_found(request, exception)
    return errors.not_found(request, exception)
