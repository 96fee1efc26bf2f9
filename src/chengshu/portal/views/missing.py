"""An address of the portal under which nothing is published."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from chengshu.portal.pages import frame_of
from chengshu.ui import errors


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404 in the portal's frame; in the plain one where the district is not set up yet."""
    try:
        request.frame = frame_of()  # type: ignore[attr-defined]
    except Http404:
        return errors.not_found(request, exception)
    return render(request, "portal/missing.html", status=404)
