"""/t/<code>: what any phone opens that is held to a tag or reads its code.

A GET proves and consumes nothing: the read goes on into the officer's app, which sends it as a signed
record. Whoever is no officer learns what the sign is for and nothing else; every code has the same page.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_safe

from chengshu.kernel.access import public
from chengshu.patrol.models import Tag
from chengshu.patrol.services.checking_in import PERMISSION, WAY_OF_KIND
from chengshu.patrol.tags.reads import LONGEST, NAMES, presented
from chengshu.patrol.tags.sdm import ForgedRead

APP = "/field/#/checkin"


@public
@require_safe
def tag_entry(request: HttpRequest, code: str) -> HttpResponse:
    """Send an officer on into the app; tell anybody else what the point is for."""
    user: Any = request.user
    response: HttpResponse
    if user.is_authenticated and user.may(PERMISSION):
        response = HttpResponseRedirect(f"{APP}?{urlencode(_read(request, code, user))}")
    else:
        here = request.get_full_path()
        sign_in = "" if user.is_authenticated else f"{reverse('account_login')}?{urlencode({'next': here})}"
        response = render(request, "patrol/tag_entry.html", {"sign_in": sign_in})
    add_never_cache_headers(response)
    response["Referrer-Policy"] = "no-referrer"  # the address is a proof, good for one check-in
    return response


def _read(request: HttpRequest, code: str, user: Any) -> dict[str, str]:
    """What the app needs: code, way by the kind of tag, and the read under its long names."""
    kind = Tag.objects.filter(code=code.upper(), district=user.unit.district_id).values_list(
        "kind", flat=True
    )
    way = WAY_OF_KIND[Tag.Kind(kind.first() or Tag.Kind.PLAIN)]
    try:
        read = presented(request.GET.dict())
        said = read.parameters() if read else {}
    except ForgedRead:  # shown to the server as it came, so that it is kept as an attempt
        said = {name: request.GET[name][:LONGEST] for name in NAMES if name in request.GET}
    return {"code": code.upper(), "way": way, **said}
