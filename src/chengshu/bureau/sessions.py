"""Sessions end: after idle time, and at the latest after the hours of a working day.

A display (a role marked ``unattended``) has no idle time; anybody may stand before it, so it changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from chengshu.bureau import passwords
from chengshu.bureau.roles import is_unattended
from chengshu.kernel.problems import problem

Handler = Callable[[HttpRequest], HttpResponse]
SEEN = "seen_at"
SIGNED_IN = "signed_in_at"
ENDED = "session_ended"
UNREAD = "/notices/unread"  # the bell of every page asks by itself; that is no use of the session
# So does the officer's app; it says where somebody touched it since it last asked.
BY_ITSELF, TOUCHED = "/field/api/", "X-Touched"
LOOKING = frozenset({"GET", "HEAD", "OPTIONS"})
WRITE_EVERY_SECONDS = 60  # so that reading pages does not cost a write each
# What a person may still open who must first change the password or set up the second factor.
ALWAYS_OPEN = (
    "/accounts/",
    "/i18n/",
    "/static/",
    "/healthz",
    "/public/",
    "/field/sw.js",  # asked for by the browser itself, and the same for everybody
    "/field/tags-sw.js",
    "/field/manifest.webmanifest",
    "/field/texts-",
    "/field/api/devices/",  # a device hears that it is to forget everything, and says that it has
    UNREAD,  # also on the pages that settle the account
)


class SessionLimitsMiddleware:
    """Sign out whoever asked for no page during the idle time, and anyone when the longest time is over."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        session = request.session
        if "_auth_user_id" in session:
            now = int(time.time())
            seen, since = session.get(SEEN), session.get(SIGNED_IN)
            if is_idle(seen, now) and not unattended(request.user):
                self._end(request, "idle")
            elif since is not None and now - since > settings.SESSION_COOKIE_AGE:
                self._end(request, "hours")
            elif seen is None or since is None or self._used(request, now - seen):
                session[SEEN] = now
                session[SIGNED_IN] = since if since is not None else now
        return self.get_response(request)

    def _used(self, request: HttpRequest, seconds: int) -> bool:
        if request.path == UNREAD or (request.path.startswith(BY_ITSELF) and TOUCHED not in request.headers):
            return False
        return seconds > WRITE_EVERY_SECONDS

    def _end(self, request: HttpRequest, reason: str) -> None:
        logout(request)
        request.session[ENDED] = reason  # the sign-in page says why


class AccountStateMiddleware:
    """Lead a person whose password or second factor is due to the page that settles it.

    A display may only look.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "_auth_user_id" not in request.session or request.path.startswith(ALWAYS_OPEN):
            return self.get_response(request)
        if not request.user.is_authenticated:
            return self.get_response(request)
        if request.method not in LOOKING and unattended(request.user):
            if request.path.startswith(settings.PROBLEM_PATHS):
                return problem(403, _("A screen that nobody sits at changes nothing."))
            raise PermissionDenied("a screen that nobody sits at changes nothing")
        where = self._unsettled(request)
        if where is None:
            return self.get_response(request)
        if request.path.startswith(settings.PROBLEM_PATHS):
            return problem(403, _("Settle your account first: %(where)s") % {"where": where})
        if getattr(request, "htmx", False):
            return HttpResponse(status=403, headers={"HX-Redirect": where})
        return redirect(where)

    def _unsettled(self, request: HttpRequest) -> str | None:
        user: Any = request.user
        if passwords.must_change(user):
            return reverse("account_change_password")
        if needs_second_factor(user) and not has_second_factor(user):
            return reverse("mfa_index")
        return None


def is_idle(seen: int | None, now: int) -> bool:
    """Whether nothing was asked for during the idle time; times in seconds since 1970."""
    return seen is not None and now - seen > settings.SESSION_IDLE_SECONDS


def unattended(user: object) -> bool:
    """Whether this is the account of a display that nobody sits at."""
    return is_unattended(getattr(user, "role_codes", frozenset()))


def needs_second_factor(user: object) -> bool:
    """Whether one of the person's roles may sign in only with two factors (CHENGSHU_REQUIRE_MFA_ROLES)."""
    required = settings.REQUIRE_MFA_ROLES
    return bool(required) and not getattr(user, "role_codes", frozenset()).isdisjoint(required)


def has_second_factor(user: object) -> bool:
    """Whether an authenticator app or a security key is set up."""
    from allauth.mfa.models import Authenticator
    from allauth.mfa.utils import is_mfa_enabled

    return bool(is_mfa_enabled(user, [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]))
