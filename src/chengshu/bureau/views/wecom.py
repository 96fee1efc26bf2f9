"""Signing in with WeCom (企业微信) or 政务微信: OAuth with the application that also sends messages.

It joins nobody and makes no account: who comes back must have the account of the same name here, and a second
factor is asked for where the role needs one.
"""

from __future__ import annotations

import logging
import secrets
import time
from typing import Any
from urllib.parse import urlencode

from allauth.account.utils import perform_login
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from chengshu.bureau.models import User
from chengshu.bureau.notices import ways
from chengshu.kernel.access import public
from chengshu.kernel.outbox import wecom
from chengshu.kernel.outbox.channels import Failure

logger = logging.getLogger(__name__)
BEGUN = "wecom_sign_in"
MINUTES = 10  # between leaving and coming back
INSIDE = ("wxwork", "micromessenger")
"""What the app's own browser calls itself."""


def application() -> wecom.App | None:
    """The application, None unless the operator has set it up and switched signing in on."""
    return ways.app() if settings.WECOM_SIGN_IN["on"] else None


@public
@never_cache
@require_safe
def login(request: HttpRequest) -> HttpResponse:
    """/accounts/wecom/login/: off to WeCom, with a word that must come back."""
    app = application()
    if app is None:
        raise Http404
    state = secrets.token_urlsafe(24)
    wanted = request.GET.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    request.session[BEGUN] = {"state": state, "next": wanted if safe else "", "at": int(time.time())}
    return redirect(_away(request, app, state))


def _away(request: HttpRequest, app: wecom.App, state: str) -> str:
    """Inside the app a person is known already; elsewhere WeCom shows a code to scan."""
    back = request.build_absolute_uri(reverse("wecom_callback"))
    agent = str(app.agent_id)
    name = request.headers.get("User-Agent", "").lower()
    if any(word in name for word in INSIDE):
        asked = {
            "appid": app.corp_id,
            "redirect_uri": back,
            "response_type": "code",
            "scope": "snsapi_base",
            "state": state,
            "agentid": agent,
        }
        return f"{settings.WECOM_SIGN_IN['inside']}?{urlencode(asked)}#wechat_redirect"
    asked = {
        "login_type": "CorpApp",
        "appid": app.corp_id,
        "agentid": agent,
        "redirect_uri": back,
        "state": state,
    }
    return f"{settings.WECOM_SIGN_IN['outside']}?{urlencode(asked)}"


@public
@never_cache
@require_safe
def callback(request: HttpRequest) -> HttpResponse:
    """/accounts/wecom/login/callback/: the code becomes an account, the account a session."""
    app = application()
    if app is None:
        raise Http404
    begun: dict[str, Any] = request.session.pop(BEGUN, {})
    code, state = request.GET.get("code", ""), request.GET.get("state", "")
    fresh = time.time() - begun.get("at", 0) <= 60 * MINUTES
    known = secrets.compare_digest(str(begun.get("state", "")).encode(), state.encode())
    if not (code and begun and fresh and known):
        return _failed(request)
    try:
        account = wecom.account_of(
            app, code, path=str(settings.WECOM_SIGN_IN["person"]), timeout=settings.OUTBOX_TIMEOUT
        )
    except Failure as failure:
        logger.warning("wecom sign-in: %s", failure)
        return _failed(request)
    person = find_person(account)
    if person is None:
        return render(request, "bureau/sso_unknown.html", status=403)
    answer: HttpResponse = perform_login(
        request, person, email_verification="none", redirect_url=begun["next"] or None
    )
    return answer


def find_person(account: str) -> User | None:
    """The active person with this account name; service accounts stand for keys and never sign in."""
    name = account.strip().lower()
    people = User.objects.filter(username=name, is_active=True, is_service=False)
    return people.first() if name else None


def _failed(request: HttpRequest) -> HttpResponse:
    return render(request, "socialaccount/authentication_error.html", status=401)
