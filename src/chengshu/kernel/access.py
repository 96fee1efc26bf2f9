"""The gate in front of every page and every API route.

A permission is a plain string here; `user.may(permission)` and `user.scope_for(permission)` belong to the
user model of the domain above.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from ninja.errors import HttpError
from ninja.utils import check_csrf

View = Callable[..., HttpResponse]
PUBLIC = "public"
SIGNED_IN = "signed-in"


def permission_required(permission: str) -> Callable[[View], View]:
    """Let in whoever holds the permission; others get the sign-in page (302) or a refusal (403).

    The permission is kept on the view as ``view.permission``: the route table test reads it.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            user: Any = request.user
            if not user.is_authenticated:
                return _to_sign_in(request)
            if permission != SIGNED_IN and not user.may(permission):
                raise PermissionDenied(permission)
            return view(request, *args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]
        return guarded

    return decorate


signed_in = permission_required(SIGNED_IN)


def public(view: View) -> View:
    """Say aloud that a view needs no sign-in."""
    view.permission = PUBLIC  # type: ignore[attr-defined]
    return view


def api_permission(permission: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The same gate for an API operation, passed before any parameter is read.

    401 without a session or an API key, 403 without the permission. With a session, a method that changes
    something also needs the CSRF token (403): a key is sent on purpose, a cookie by any page.
    """

    def decorate(operation: Callable[..., Any]) -> Callable[..., Any]:
        def shut(made: Any) -> None:
            made.auth_param = made.auth_callbacks = [ApiKey(permission), SessionCookie(permission)]

        operation.permission = permission  # type: ignore[attr-defined]
        operation._ninja_contribute_to_operation = [  # type: ignore[attr-defined]
            *getattr(operation, "_ninja_contribute_to_operation", ()),
            shut,
        ]
        return operation

    return decorate


class ApiKey:
    """Requests with an API key: the middleware has found whose it is and put it at ``request.api_key``."""

    openapi_security_schema = {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key of the bureau: `Authorization: Bearer cs_…`",
    }

    def __init__(self, permission: str) -> None:
        self.permission = permission

    def __call__(self, request: HttpRequest) -> Any:
        """The key's service account; None where the request carries no key."""
        user = getattr(request, "api_key", None)
        if user is not None and not user.may(self.permission):
            raise HttpError(403, _("The API key does not include “%(what)s”.") % {"what": self.permission})
        return user


class SessionCookie:
    """Requests of a signed-in person's browser."""

    openapi_security_schema = {
        "type": "apiKey",
        "in": "cookie",
        "name": settings.SESSION_COOKIE_NAME,
        "description": "The session of a signed-in person. Methods that change something also need the "
        "header `X-CSRFToken`.",
    }

    def __init__(self, permission: str) -> None:
        self.permission = permission

    def __call__(self, request: HttpRequest) -> Any:
        """The signed-in person."""
        user: Any = request.user
        if not user.is_authenticated:
            raise HttpError(401, "")
        if check_csrf(request) is not None:
            raise HttpError(403, _("The CSRF token (header X-CSRFToken) is missing or wrong."))
        if self.permission != SIGNED_IN and not user.may(self.permission):
            raise HttpError(403, _("Your role does not include “%(what)s”.") % {"what": self.permission})
        return user


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """htmx replaces parts of pages, so it is told to load the sign-in page as a whole."""
    login = reverse("account_login")
    if getattr(request, "htmx", False):
        return HttpResponse(status=401, headers={"HX-Redirect": login})
    return redirect_to_login(request.get_full_path(), login)
