"""The first page, the language, the annual reports."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from chengshu.kernel.access import public
from chengshu.portal import feeds, navigation
from chengshu.portal.pages import frame_of, public_page

LANGUAGE_DAYS = 365


@public
@require_safe
@cache_control(public=True, max_age=60)
@vary_on_headers("Cookie", "Accept-Language")
def home(request: HttpRequest) -> HttpResponse:
    """What there is, a card each; one query a card."""
    frame = frame_of()
    request.frame = frame  # type: ignore[attr-defined]
    cards = [
        (link, list(link.entry.figures(frame.district_id, frame.day)) if link.entry.figures else [])
        for link in navigation.links(request.path)
        if link.entry.text
    ]
    return render(request, "portal/home.html", {"cards": cards, "feeds": feeds.feeds()})


@public
@never_cache
@require_safe
def language(request: HttpRequest, code: str) -> HttpResponse:
    """Keep the language in a cookie and go back; a link, so that no page needs a form of its own visitor."""
    if code not in dict(settings.LANGUAGES):
        raise Http404
    target = request.GET.get("next", "")
    home_page = reverse("portal:home")
    if not target.startswith(home_page) or not url_has_allowed_host_and_scheme(target, None):
        target = home_page
    response = redirect(target)
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        code,
        max_age=LANGUAGE_DAYS * 86_400,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
    )
    return response


@public_page()
def reports(request: HttpRequest) -> HttpResponse:
    """The reports of the years; none is published before one exists."""
    return render(request, "portal/reports.html")
