"""Pages for refusals and faults that Django raises itself."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from chengshu.kernel.problems import problem


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: the request cannot be understood."""
    return _answer(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: signed in, but the role does not include this."""
    return _answer(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: no such page, or one outside the reader's scope: the two must look the same."""
    return _answer(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: rendered without context processors, since one of them may be what failed."""
    if request.path.startswith(settings.PROBLEM_PATHS):
        return problem(500)
    return render(None, "500.html", status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was too old or came from elsewhere: say what to do, not what CSRF is."""
    if request.path.startswith(settings.PROBLEM_PATHS):
        return problem(403, _("The CSRF token (header X-CSRFToken) is missing or wrong."))
    return render(request, "403_csrf.html", status=403)


def _answer(request: HttpRequest, status: int) -> HttpResponse:
    if request.path.startswith(settings.PROBLEM_PATHS):
        return problem(status)
    return render(request, f"{status}.html", status=status)
