"""The way of an API request: keys, their limits, and one kind of error whoever finds the fault."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pghistory
from django.conf import settings
from django.core.handlers.base import BaseHandler
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.translation import gettext as _

from chengshu.bureau import keys
from chengshu.kernel.problems import CONTENT_TYPE, problem

Handler = Callable[[HttpRequest], HttpResponse]
SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
KEPT = ("Allow", "Retry-After", "WWW-Authenticate", "Location")


class Views(BaseHandler):
    """Straight to the view: what stands between serves browsers (sessions, messages, CSRF, static files)."""

    _view_middleware: list[Any] = []
    _template_response_middleware: list[Any] = []
    _exception_middleware: list[Any] = []

    def __init__(self) -> None:
        views: Any = self
        self.answer: Any = convert_exception_to_response(views._get_response)


class ApiMiddleware:
    """Requests under ``settings.API_PATHS``: with a key past all browser machinery, errors in one form."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        self.views = Views()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(settings.API_PATHS):
            return self.get_response(request)
        translation.activate(translation.get_language_from_request(request))
        if early := _unreadable(request):
            return early
        authorization = request.META.get("HTTP_AUTHORIZATION", "")
        response: HttpResponseBase
        if authorization[:7].lower() == "bearer ":
            response = self._with_key(request, authorization)
        else:
            response = self.get_response(request)
        return _as_problem(response)

    def _with_key(self, request: HttpRequest, authorization: str) -> HttpResponseBase:
        account: Any = keys.account_of(authorization)
        if account is None:
            detail = _("The API key is unknown, expired or revoked.")
            return problem(401, detail, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
        count = keys.count(account.api_key)
        if count.refused:
            return problem(429, headers=count.headers())
        request.user = request._cached_user = request.api_key = account  # type: ignore[attr-defined]
        request.LANGUAGE_CODE = translation.get_language() or ""
        response: HttpResponseBase
        if request.method in SAFE:
            response = self.views.answer(request)
        else:
            request_id = getattr(request, "request_id", "")
            with pghistory.context(user=account.pk, url=request.path, request_id=request_id):
                response = self.views.answer(request)
        for name, value in count.headers().items():
            response[name] = value
        return response


def _unreadable(request: HttpRequest) -> HttpResponse | None:
    """What no view should have to look at."""
    if "\x00" in request.path_info:
        return problem(404)
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return problem(400, _("Content-Length is not a number."))
    if not request.META.get("CONTENT_TYPE", "").startswith("multipart/"):
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if most is not None and length > most:
            return problem(413, _("The body has more than %(most)d bytes.") % {"most": most})
    return None


def _as_problem(response: HttpResponseBase) -> HttpResponseBase:
    """An error that Django or a middleware made becomes a problem; all other answers stay as they are."""
    if response.status_code < 400 or response.get("Content-Type") == CONTENT_TYPE:
        if response.status_code == 401:
            response.setdefault("WWW-Authenticate", "Bearer")
        return response
    kept = {name: response[name] for name in KEPT if name in response}
    made = problem(response.status_code, getattr(response, "problem_detail", ""), headers=kept)
    made.cookies = response.cookies
    if made.status_code == 401:
        made.setdefault("WWW-Authenticate", "Bearer")
    return made
