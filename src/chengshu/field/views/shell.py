"""What a browser loads before anybody signs in: page, worker, manifest and texts; no personal data."""

from __future__ import annotations

from functools import cache

import orjson
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import translation
from django.utils.cache import patch_cache_control
from django.views.decorators.http import condition, require_safe

from chengshu.field import assets
from chengshu.field.texts import texts_in
from chengshu.kernel.access import public

COLOUR = "#0b3d66"


def _version(request: HttpRequest, **_named: str) -> str:
    return f'"{assets.version()}"'


def _checked(response: HttpResponse) -> HttpResponse:
    """Kept by the browser, asked for anew each time: a new version is seen at once."""
    patch_cache_control(response, public=True, no_cache=True)
    return response


@cache
def _page(language: str) -> str:
    context = {
        "language": language,
        "version": assets.version(),
        "script": assets.address("islands/field.js"),
        "style": assets.address("islands/field.css"),
        "icon": static("ui/favicon.svg"),
        "colour": COLOUR,
        "map": {name: assets.address(path) for name, path in assets.MAP.items()},
        "tiles": settings.TIANDITU_KEY or "",
        "languages": [code for code, _label in settings.LANGUAGES],
    }
    with translation.override(language):
        return render_to_string("field/shell.html", context)


@public
@require_safe
@condition(etag_func=_version)
def shell(request: HttpRequest) -> HttpResponse:
    """/field/: the same page for everybody; the app itself decides what to show."""
    return _checked(HttpResponse(_page(settings.LANGUAGE_CODE)))


@public
@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """/field/sw.js: the service worker of everything under /field/."""
    text = assets.worker()
    if text is None:
        raise Http404
    response = HttpResponse(text, content_type="text/javascript; charset=utf-8")
    response["Service-Worker-Allowed"] = "/field/"
    return _checked(response)


@public
@require_safe
def tags_worker(request: HttpRequest) -> HttpResponse:
    """/field/tags-sw.js: the service worker of the addresses that stand in tags, and of nothing else."""
    text = assets.tags_worker()
    if text is None:
        raise Http404
    response = HttpResponse(text, content_type="text/javascript; charset=utf-8")
    response["Service-Worker-Allowed"] = "/t/"
    return _checked(response)


@public
@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """/field/manifest.webmanifest: what an installed app is called and looks like."""
    with translation.override(settings.LANGUAGE_CODE):
        name = str(settings.PRODUCT_NAME)
        label = texts_in(settings.LANGUAGE_CODE)["app"]
    body = {
        "id": "/field/",
        "name": f"{name} {label}",
        "short_name": label,
        "lang": "zh-Hans",
        "start_url": "/field/",
        "scope": "/field/",
        "display": "standalone",
        "orientation": "portrait",
        "background_color": "#ffffff",
        "theme_color": COLOUR,
        "icons": [
            {"src": static("ui/favicon.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"}
        ],
    }
    return _checked(HttpResponse(orjson.dumps(body), content_type="application/manifest+json"))


@public
@require_safe
@condition(etag_func=_version)
def texts(request: HttpRequest, language: str) -> HttpResponse:
    """/field/texts-<language>.json: every text of the app; cacheable, since nobody stands in it."""
    if language not in dict(settings.LANGUAGES):
        raise Http404
    return _checked(HttpResponse(orjson.dumps(texts_in(language)), content_type="application/json"))
