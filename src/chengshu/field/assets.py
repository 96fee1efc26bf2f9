"""The files that the app is made of, and the version that their contents make.

The service worker keeps them for work without a network; its own text begins with the list of them, so that
a browser notices a new version by itself.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import orjson
from django.conf import settings
from django.contrib.staticfiles import finders
from django.templatetags.static import static

WORKER = "islands/field-sw.js"
TAGS_WORKER = "islands/field-tags-sw.js"
PARTS = ("islands/field.js", "islands/field.css", "ui/favicon.svg", "ui/icons.svg")
MAP = {
    "map": "islands/field-map.js",
    "map-style": "islands/field-map.css",
    "map-worker": "islands/map-worker.js",
}
"""Fetched and kept once the map is opened; the app works without."""


def _path(name: str) -> Path | None:
    collected = Path(settings.STATIC_ROOT) / name
    if collected.is_file():
        return collected
    found = finders.find(name)
    return Path(found) if isinstance(found, str) else None


@cache
def revision(name: str) -> str:
    """The first digits of the SHA-256 of a static file; empty where it is not built."""
    path = _path(name)
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16] if path else ""


def address(name: str) -> str:
    """Where a static file is, with its revision."""
    found = revision(name)
    return f"{static(name)}?v={found}" if found else static(name)


@cache
def version() -> str:
    """The version of the app: what its parts and texts make together."""
    from chengshu.field.texts import texts_in

    digest = hashlib.sha256()
    for name in (*PARTS, *MAP.values(), WORKER):
        digest.update(f"{name}={revision(name)}\n".encode())
    for language, _label in settings.LANGUAGES:
        digest.update(orjson.dumps(texts_in(language), option=orjson.OPT_SORT_KEYS))
    return digest.hexdigest()[:12]


def precache() -> list[dict[str, str]]:
    """What the service worker keeps: addresses and revisions as Workbox takes them."""
    listed = [{"url": "/field/", "revision": version()}]
    listed += [
        {"url": f"/field/texts-{language}.json", "revision": version()}
        for language, _label in settings.LANGUAGES
    ]
    return listed + [{"url": address(name), "revision": revision(name)} for name in PARTS if revision(name)]


def tags_worker() -> str | None:
    """The text of the worker for the addresses in tags; None where it is not built."""
    path = _path(TAGS_WORKER)
    return path.read_text(encoding="utf-8") if path else None


def worker() -> str | None:
    """The text of the service worker with the list before it; None where it is not built."""
    path = _path(WORKER)
    if path is None:
        return None
    known = {"version": version(), "precache": precache()}
    return f"self.CHENGSHU={orjson.dumps(known).decode()};\n{path.read_text(encoding='utf-8')}"
