"""开放数据: tables, their dictionary for people and for machines (W3C CSV on the Web), and the feeds."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from threading import BoundedSemaphore
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, override
from django.views.decorators.http import require_safe

from chengshu.kernel.access import public
from chengshu.kernel.tables import escape_formula
from chengshu.portal import datasets, feeds
from chengshu.portal.pages import PublicRequest, frame_of, public_page

TABLES_AT_ONCE = BoundedSemaphore(2)  # a whole table is read for each; strangers may ask for it
LINES = 500
CSVW = "http://www.w3.org/ns/csvw"
CHINESE, ENGLISH = "zh-hans", "en"


@public_page()
def index(request: PublicRequest) -> HttpResponse:
    """All datasets and feeds."""
    context = {"datasets": datasets.datasets(), "feeds": feeds.feeds()}
    return render(request, "portal/data.html", context)


@public_page()
def dictionary(request: PublicRequest, code: str) -> HttpResponse:
    """What each column of a dataset means."""
    return render(request, "portal/dictionary.html", {"dataset": _dataset(code)})


@public_page(absolute=True)
def metadata(request: PublicRequest, code: str) -> HttpResponse:
    """The same for machines: CSV on the Web, in both languages."""
    found = _dataset(code)
    address = _base(request) + reverse("portal:table", args=[code])
    document = {
        "@context": [CSVW, {"@language": "zh"}],
        "url": address,
        "dc:title": _both(found.title),
        "dc:description": _both(found.description),
        "dc:publisher": {"schema:name": request.frame.bureau_name or request.frame.district_name},
        "dialect": {"encoding": "utf-8", "lineTerminators": ["\r\n"], "header": True},
        "tableSchema": {
            "columns": [_column(column) for column in found.columns],
            "primaryKey": list(found.key),
        },
    }
    if not found.key:
        del document["tableSchema"]["primaryKey"]  # type: ignore[attr-defined]
    response = JsonResponse(document, json_dumps_params={"ensure_ascii": False, "indent": 1})
    response["Content-Type"] = "application/csvm+json"
    return response


def _column(column: datasets.Column) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": column.name,
        "titles": {"und": column.name, **_both(column.title)},
        "datatype": {"base": column.datatype, "format": "yyyy-MM-dd"}
        if column.datatype == "date"
        else column.datatype,
        "required": column.required,
    }
    if column.meaning:
        described["dc:description"] = _both(column.meaning)
    if column.source:
        described["dc:subject"] = {"zh": column.source}
    if column.values:
        described["chengshu:values"] = {str(code): _both(meaning) for code, meaning in column.values}
    return described


def _both(text: Any) -> dict[str, str]:
    said = {}
    for tag, code in (("zh", CHINESE), ("en", ENGLISH)):
        with override(code):
            said[tag] = str(text)
    return said


@public
@require_safe
def table(request: HttpRequest, code: str) -> Any:
    """The table: UTF-8 with a byte order mark, CRLF; sent while it is read."""
    found, frame = _dataset(code), frame_of()
    etag = f'"{code}-{frame.version}"'
    if etag in request.headers.get("If-None-Match", ""):
        return HttpResponse(status=304, headers={"ETag": etag})
    if not TABLES_AT_ONCE.acquire(blocking=False):
        return HttpResponse(status=503, headers={"Retry-After": "10"})
    name = f"{code}-{frame.day:%Y%m%d}.csv"
    described = reverse("portal:metadata", args=[code])
    headers = {
        "ETag": etag,
        "Cache-Control": "public, max-age=60",
        "Content-Disposition": f'attachment; filename="{name}"',
        "Link": f'<{described}>; rel="describedby"; type="application/csvm+json"',
    }
    lines = _Lines([column.name for column in found.columns], found.rows(frame.district_id, frame.day))
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)


class _Echo:
    """A file that gives each line back."""

    def write(self, line: str) -> str:
        return line


class _Lines:
    """A table in pieces; gives its turn back when the answer is closed, however that ends."""

    def __init__(self, names: list[str], rows: Iterable[Iterable[Any]]) -> None:
        self._names, self._rows, self._open = names, rows, True

    def __iter__(self) -> Iterator[bytes]:
        writer = csv.writer(_Echo())
        piece = ["\ufeff", writer.writerow(self._names)]
        for row in self._rows:
            piece.append(writer.writerow([_cell(value) for value in row]))
            if len(piece) >= LINES:
                yield "".join(piece).encode()
                piece.clear()
        yield "".join(piece).encode()

    def close(self) -> None:
        """Called by Django at the end of the answer."""
        if self._open:
            self._open = False
            TABLES_AT_ONCE.release()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return escape_formula(value) if isinstance(value, str) else str(value)


def _dataset(code: str) -> datasets.Dataset:
    found = datasets.dataset(code)
    if found is None:
        raise Http404
    return found


# --- feeds --------------------------------------------------------------------------------------------
@public_page(absolute=True)
def rss(request: PublicRequest, code: str) -> HttpResponse:
    """A feed as RSS 2.0."""
    made, named = _feed(request, code, "portal:rss")
    return HttpResponse(feeds.as_rss(made, **named), content_type="application/rss+xml; charset=utf-8")


@public_page(absolute=True)
def json_feed(request: PublicRequest, code: str) -> HttpResponse:
    """A feed as JSON Feed 1.1."""
    made, named = _feed(request, code, "portal:json_feed")
    response = JsonResponse(feeds.as_json(made, **named), json_dumps_params={"ensure_ascii": False})
    response["Content-Type"] = "application/feed+json; charset=utf-8"
    return response


def _feed(request: PublicRequest, code: str, own: str) -> tuple[list[feeds.Entry], dict[str, str]]:
    found = feeds.feed(code)
    if found is None:
        raise Http404
    base = _base(request)
    named = {
        "title": f"{request.frame.bureau} · {found.title}",
        "description": str(found.description),
        "home": base + reverse(found.url_name),
        "own": base + reverse(own, args=[code]),
        "base": base,
        "language": "en" if (get_language() or "").startswith("en") else "zh-Hans",
    }
    return list(found.entries(request.frame.district_id, request.frame.day)), named


def _base(request: HttpRequest) -> str:
    """Where the portal is reached from outside."""
    return settings.PUBLIC_URL or f"{request.scheme}://{request.get_host()}"
