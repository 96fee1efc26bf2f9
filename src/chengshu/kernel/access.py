"""The gate in front of every page and every API route.

A permission is a plain string here; `user.may(permission)` and `user.scope_for(permission)` belong to the
user model of the domain above.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja.errors import HttpError

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
    """The same gate for an API operation: 401 without a session, 403 without the permission.

    With `SIGNED_IN` for whoever has a session; the operation then decides itself what the person may see.
    """

    def decorate(operation: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(operation)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            user: Any = request.user
            if not user.is_authenticated:
                raise HttpError(401, "sign in first")
            if permission != SIGNED_IN and not user.may(permission):
                raise HttpError(403, f"missing permission: {permission}")
            return operation(request, *args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]
        return guarded

    return decorate


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """htmx replaces parts of pages, so it is told to load the sign-in page as a whole."""
    login = reverse("account_login")
    if getattr(request, "htmx", False):
        return HttpResponse(status=401, headers={"HX-Redirect": login})
    return redirect_to_login(request.get_full_path(), login)
