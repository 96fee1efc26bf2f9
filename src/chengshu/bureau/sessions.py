"""Sessions end after idle time."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

Handler = Callable[[HttpRequest], HttpResponse]
SEEN = "seen_at"
WRITE_EVERY_SECONDS = 60  # so that reading pages does not cost a write each


class SessionLimitsMiddleware:
    """Sign out whoever has not asked for a page for longer than the allowed idle time."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        session = request.session
        if "_auth_user_id" in session:
            now = int(time.time())
            seen = session.get(SEEN)
            if seen is not None and now - seen > settings.SESSION_IDLE_SECONDS:
                logout(request)
            elif seen is None or now - seen > WRITE_EVERY_SECONDS:
                session[SEEN] = now
        return self.get_response(request)
