"""What every public page has in common: whose portal it is, when it was made, and that it is made once.

A page is the same for everybody who reads one language. It is kept in the process under the number of the
district's public state, which rises with every change, so that nothing withdrawn is ever shown from there; an
answer costs one short query, and none is rendered twice.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache, wraps
from threading import Lock
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import OuterRef, Subquery
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

import chengshu
from chengshu.bureau.models import District, Unit
from chengshu.bureau.models.labels import in_language
from chengshu.kernel.access import public
from chengshu.portal import navigation
from chengshu.portal.day import is_demonstration, today
from chengshu.portal.models import PublicState

KEPT_BYTES = 16 * 1024 * 1024
MAX_AGE = 60  # seconds a browser or proxy may show a page without asking again
View = Callable[..., HttpResponse]


@dataclass(frozen=True)
class Frame:
    """Whose portal it is, on which day, in which state of publication."""

    district_id: int
    district_name: str
    district_name_en: str
    bureau_name: str
    bureau_name_en: str
    number: int
    day: date

    @cached_property
    def bureau(self) -> str:
        """The bureau's name in the language of the page."""
        return in_language(
            self.bureau_name or self.district_name, self.bureau_name_en or self.district_name_en
        )

    @property
    def version(self) -> str:
        """What a page depends on besides its address and language."""
        return f"{chengshu.__version__}.{self.district_id}.{self.number}.{self.day}"

    @property
    def demonstration(self) -> bool:
        """Whether another day than today is shown."""
        return is_demonstration()

    @property
    def other_language(self) -> str:
        """The language that the switch leads to."""
        return "en" if (get_language() or "zh").startswith("zh") else "zh-hans"

    def links(self, path: str) -> list[navigation.PublicLink]:
        """The navigation on a page."""
        return navigation.links(path)


def frame_of() -> Frame:
    """The frame of the district of the settings; one query. Raises Http404 where it is not set up yet."""
    statement, values = _frame_statement(settings.DEFAULT_DISTRICT)
    with connection.cursor() as cursor:
        row = cursor.execute(statement, values).fetchone()
    if row is None:
        raise Http404
    pk, name, name_en, bureau_name, bureau_name_en, number = row
    return Frame(pk, name, name_en, bureau_name or "", bureau_name_en or "", number or 0, today())


@lru_cache(maxsize=8)
def _frame_statement(code: str) -> tuple[str, tuple[Any, ...]]:
    """Put into SQL once: every request asks this, and composing it took longer than the database's answer."""
    bureau = Unit.objects.filter(district=OuterRef("pk"), kind=Unit.Kind.BUREAU).order_by("code")
    asked = (
        District.objects.filter(code=code)
        .annotate(
            bureau_name=Subquery(bureau.values("name")[:1]),
            bureau_name_en=Subquery(bureau.values("name_en")[:1]),
            number=Subquery(PublicState.objects.filter(district=OuterRef("pk")).values("number")[:1]),
        )
        .values_list("pk", "name", "name_en", "bureau_name", "bureau_name_en", "number")
    )
    statement, values = asked.query.sql_with_params()
    return statement, tuple(values)


class PublicRequest(HttpRequest):
    """A request that `public_page` has prepared."""

    frame: Frame


# --- pages made once -----------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Kept:
    body: bytes
    content_type: str


class _Shelf:
    """The pages made last, up to a number of bytes; safe among threads."""

    def __init__(self, most: int) -> None:
        self.most, self.size, self._lock = most, 0, Lock()
        self._pages: OrderedDict[str, _Kept] = OrderedDict()

    def get(self, key: str) -> _Kept | None:
        with self._lock:
            found = self._pages.get(key)
            if found is not None:
                self._pages.move_to_end(key)
            return found

    def put(self, key: str, page: _Kept) -> None:
        with self._lock:
            if key in self._pages or len(page.body) > self.most // 16:
                return
            self._pages[key] = page
            self.size += len(page.body)
            while self.size > self.most:
                _, oldest = self._pages.popitem(last=False)
                self.size -= len(oldest.body)

    def clear(self) -> None:
        with self._lock:
            self._pages.clear()
            self.size = 0


shelf = _Shelf(KEPT_BYTES)


def public_page(query: Iterable[str] = (), *, absolute: bool = False) -> Callable[[View], View]:
    """A page that depends on its address, the parameters named, the language and what is published; GET only.

    The view gets a `PublicRequest`. ``absolute``: its content names the host, so each host has its own.
    Whatever else the page shows must be published through `chengshu.portal.services.state.touch`.
    """
    known = tuple(query)

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
            request.frame = frame = frame_of()
            request.GET = _known(request.GET, known)
            host = request.get_host() if absolute else ""
            parts = (frame.version, get_language(), host, request.scheme if absolute else "", request.path)
            key = hashlib.sha256("|".join(map(str, (*parts, request.GET.urlencode()))).encode()).hexdigest()
            etag = f'"{key[:32]}"'
            if etag in request.headers.get("If-None-Match", ""):
                return _with_headers(HttpResponse(status=304), etag)
            kept = shelf.get(key)
            if kept is not None:
                return _with_headers(HttpResponse(kept.body, content_type=kept.content_type), etag)
            response = view(request, *args, **kwargs)
            if response.status_code != 200 or response.streaming:
                return response
            shelf.put(key, _Kept(response.content, response["Content-Type"]))
            return _with_headers(response, etag)

        return public(require_safe(answer))

    return decorate


def _known(given: QueryDict, names: tuple[str, ...]) -> QueryDict:
    """The parameters that the page knows, in one order, each once: other ones make no other page."""
    kept = QueryDict(mutable=True)
    for name in names:
        if value := given.get(name, "").replace("\0", "").strip()[:100]:
            kept[name] = value
    return kept


def _with_headers(response: HttpResponse, etag: str) -> HttpResponse:
    response["ETag"] = etag
    response["Cache-Control"] = f"public, max-age={MAX_AGE}"
    patch_vary_headers(response, ("Cookie", "Accept-Language"))
    return response
