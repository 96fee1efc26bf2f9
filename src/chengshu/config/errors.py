"""Which frame a refusal stands in: the public's pages have one of their own."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from chengshu.portal.views import missing
from chengshu.ui import errors

PORTAL = "/public/"  # part of the public contract; an answer must not depend on which routes are loaded


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404 in the frame of the part that was asked for."""
    if request.path.startswith(PORTAL):
        return missing.not_found(request, exception)
    return errors.not_found(request, exception)
