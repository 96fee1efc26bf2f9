"""Search: the page and the suggestions under the box."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from chengshu.kernel.access import permission_required
from chengshu.registry.queries.reference import area_label, reference
from chengshu.registry.queries.search import Hit, search

EACH_CLASS = 15
SUGGESTED = 8
SUGGESTED_EACH = 4


@permission_required("registry.view")
@require_GET
def search_page(request: HttpRequest) -> HttpResponse:
    """Results by class."""
    user: Any = request.user
    text = request.GET.get("q", "").strip()
    found = search(user, text)
    towns = reference().towns
    groups = [
        {
            "class": kind,
            "found": number,
            "hits": [
                {"hit": hit, "url": _url(hit), "town": area_label(towns.get(hit.town_id or 0))}
                for hit in hits
            ],
            "all_url": reverse("registry:list") + "?" + urlencode({"q": text, "class": kind.pk}),
            "rest": number - len(hits),
        }
        for kind, hits, number in found.by_class(EACH_CLASS)
    ]
    return render(
        request,
        "registry/search.html",
        {"q": text, "groups": groups, "total": len(found.hits), "more": found.more},
    )


@permission_required("registry.view")
@require_GET
def suggest(request: HttpRequest) -> HttpResponse:
    """The best few, while one is typing."""
    user: Any = request.user
    text = request.GET.get("q", "").strip()
    if not text:
        return HttpResponse("")
    found = search(user, text, limit=SUGGESTED)
    groups = [
        {
            "label": kind.label,
            "items": [{"url": _url(hit), "title": hit.name, "text": hit.address} for hit in hits],
        }
        for kind, hits, _number in found.by_class(SUGGESTED_EACH)
    ]
    return render(request, "ui/components/suggestions.html", {"groups": groups})


def _url(hit: Hit) -> str:
    return reverse("registry:object", args=[hit.id])
