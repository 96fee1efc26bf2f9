"""Who did it: every change the database records carries the person and the request."""

from __future__ import annotations

from collections.abc import Callable

import pghistory
from django.http import HttpRequest, HttpResponse

Handler = Callable[[HttpRequest], HttpResponse]


class HistoryContextMiddleware:
    """Attach person, page and request id to the history of everything a changing request changes."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in {"GET", "HEAD", "OPTIONS"}:
            return self.get_response(request)
        with pghistory.context(
            user=request.user.pk, url=request.path, request_id=getattr(request, "request_id", "")
        ):
            return self.get_response(request)
