"""The public ledger: what anybody may see and check. Nothing here names a person or a record."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import date
from threading import BoundedSemaphore
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from chengshu.kernel.access import public
from chengshu.kernel.ledger import seals
from chengshu.kernel.models import DailyRoot
from chengshu.ui.paging import paginate

LEAVES_AT_ONCE = BoundedSemaphore(2)  # a long list is read from the whole ledger; strangers may ask for it
LINES = 1000


@public
@require_safe
def ledger(request: HttpRequest) -> HttpResponse:
    """The sealed days, newest first."""
    page = paginate(DailyRoot.objects.defer("timestamp_token"), request, per_page=31)
    return render(request, "portal/ledger.html", {"page": page})


@public
@require_safe
@cache_control(public=True, max_age=300)
def ledger_roots(request: HttpRequest) -> JsonResponse:
    """All seals, oldest first: keep a copy, and a ledger rewritten later will differ from it."""
    rows = DailyRoot.objects.order_by("day").values(
        "day", "root", "chains", "algorithm", "previous_seal", "seal"
    )
    roots = [{**_document(dict(row)), "seal": row["seal"]} for row in rows]
    return JsonResponse({"format": "chengshu-ledger-roots/1", "roots": roots})


@public
@require_safe
@cache_control(public=True, max_age=300)
def ledger_day(request: HttpRequest, day: date) -> JsonResponse:
    """One sealed day with its time stamp."""
    root = _root(day)
    stamp = None
    if root.timestamp_token is not None and root.timestamped_at is not None:
        token = base64.b64encode(bytes(root.timestamp_token)).decode()
        stamp = {"at": root.timestamped_at.isoformat(), "response": token}
    return JsonResponse(
        {
            "format": "chengshu-ledger-root/1",
            **_document(vars(root)),
            "seal": root.seal,
            "sealed_at": root.sealed_at.isoformat(),
            "timestamp": stamp,
        }
    )


@public
@require_safe
@cache_control(public=True, max_age=300)
def ledger_timestamp(request: HttpRequest, day: date) -> HttpResponse:
    """The RFC 3161 response over a day's seal, as ``openssl ts -verify`` reads it."""
    root = _root(day)
    if root.timestamp_token is None:
        raise Http404
    return HttpResponse(bytes(root.timestamp_token), content_type="application/timestamp-reply")


@public
@require_safe
@cache_control(public=True, max_age=86400, immutable=True)
def ledger_leaves(request: HttpRequest, day: date) -> Any:
    """The leaf hashes of a day's tree, one a line, in order: whoever has them can compute the root."""
    root = _root(day)
    etag = f'"{root.seal}"'
    if etag in request.headers.get("If-None-Match", ""):
        return HttpResponse(status=304, headers={"ETag": etag})
    if not LEAVES_AT_ONCE.acquire(blocking=False):
        return HttpResponse(status=503, headers={"Retry-After": "30"})
    return StreamingHttpResponse(
        _Lines(root), content_type="text/plain; charset=us-ascii", headers={"ETag": etag}
    )


class _Lines:
    """The lines of a tree; gives its turn back when the answer is closed, however that ends."""

    def __init__(self, root: DailyRoot) -> None:
        self._leaves = seals.leaf_hashes(root)
        self._open = True

    def __iter__(self) -> Iterator[bytes]:
        lines: list[str] = []
        for leaf in self._leaves:
            lines.append(leaf.hex())
            if len(lines) == LINES:
                yield ("\n".join(lines) + "\n").encode()
                lines.clear()
        if lines:
            yield ("\n".join(lines) + "\n").encode()

    def close(self) -> None:
        """Called by Django at the end of the answer."""
        if self._open:
            self._open = False
            LEAVES_AT_ONCE.release()


def _root(day: date) -> DailyRoot:
    root = DailyRoot.objects.filter(day=day).first()
    if root is None:
        raise Http404
    return root


def _document(row: dict[str, Any]) -> dict[str, Any]:
    """What the seal covers."""
    return {
        "algorithm": row["algorithm"],
        "chains": row["chains"],
        "day": row["day"].isoformat(),
        "previous": row["previous_seal"],
        "root": row["root"],
    }
