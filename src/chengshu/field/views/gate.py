"""The way of every request of the app: JSON in and out, refusals as problem details, no caching."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.http.request import RawPostDataException, UnreadablePostError
from django.utils import translation
from django.utils.translation import gettext as _

from chengshu.bureau.services.base import Refused
from chengshu.field.models import FieldDevice
from chengshu.field.services import devices
from chengshu.kernel.problems import problem

USE = "field.use"
NO_STORE = {"Cache-Control": "no-store"}
View = Callable[..., HttpResponse]


def field_api(*methods: str, permission: str = USE, owners: bool = False) -> Callable[[View], View]:
    """Let in who is signed in and may use the app; 401, 403 and 405 are problems, never pages.

    ``owners``: also whoever has a device, though the permission was withdrawn since: what waits on it must
    not be lost. The sentences of the answer are in the language of the person's account. A `Refused` of a
    service is 409.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            user: Any = request.user
            if request.method not in methods:
                return problem(405, headers={"Allow": ", ".join(methods)})
            if not user.is_authenticated:
                return problem(401)
            with translation.override(user.language):
                if not (user.may(permission) or (owners and _has_device(user))):
                    return problem(403)
                try:
                    return view(request, *args, **kwargs)
                except Refused as refusal:
                    return problem(409, str(refusal))
                except BadBody as refusal:
                    return problem(refusal.status, str(refusal))

        guarded.permission = permission  # type: ignore[attr-defined]
        return guarded

    return decorate


def _has_device(user: Any) -> bool:
    return FieldDevice.objects.filter(user=user).exists()


class BadBody(Exception):
    """The body is too large or does not say what is needed; one translated sentence."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


def device_in_use(request: HttpRequest) -> FieldDevice:
    """The device that asks (``?device=``), known and in use: what it is given can be taken from it again.

    Raises `BadBody` (409).
    """
    user: Any = request.user
    device = devices.own(user, request.GET.get("device", ""))
    if device is None:
        raise BadBody(_("This device is not registered to you. Sign in anew."), 409)
    if device.revoked_at is not None or device.wiped_at is not None or devices.wants_wipe(device):
        raise BadBody(_("This device is to forget what it holds."), 409)
    return device


def raw_body(request: HttpRequest, most: int) -> bytes:
    """The bytes of the body, at most so many. Raises `BadBody`."""
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError as error:
        raise BadBody(_("Content-Length is not a number.")) from error
    if length > most:
        raise BadBody(_("The body has more than %(most)d bytes.") % {"most": most}, 413)
    try:
        body = request.body
    except (UnreadablePostError, RawPostDataException) as error:  # the connection broke off
        raise BadBody(_("The body did not arrive whole.")) from error
    if len(body) < length:
        raise BadBody(_("The body did not arrive whole."))
    return body


def json_body(request: HttpRequest, most: int) -> dict[str, Any]:
    """The JSON object in the body. Raises `BadBody`."""
    try:
        body = orjson.loads(raw_body(request, most) or b"{}")
    except orjson.JSONDecodeError as error:
        raise BadBody(_("The body is not JSON.")) from error
    if not isinstance(body, dict):
        raise BadBody(_("The body is not a JSON object."))
    return body


def text_of(body: Mapping[str, Any], name: str, most: int = 200) -> str:
    """A text of the body, empty where there is none. Raises `BadBody` where it is something else."""
    value = body.get(name, "")
    if not isinstance(value, str) or len(value) > most or "\x00" in value:
        raise BadBody(_("“%(field)s” is missing or does not fit.") % {"field": name}, 422)
    return value


def answer(body: Any, status: int = 200) -> HttpResponse:
    """A personal answer."""
    content = orjson.dumps(body, default=str)
    return HttpResponse(content, content_type="application/json", status=status, headers=NO_STORE)


def answer_if_new(request: HttpRequest, body: dict[str, Any], moving: frozenset[str]) -> HttpResponse:
    """The answer, or 304 where the app has it; the members ``moving`` (moments of making) do not count.

    After 304 the app counts what it holds as made now.
    """
    still = {name: value for name, value in body.items() if name not in moving}
    still["language"] = translation.get_language()
    content = orjson.dumps(still, default=str, option=orjson.OPT_SORT_KEYS)
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    given = [tag.strip().removeprefix("W/") for tag in request.headers.get("If-None-Match", "").split(",")]
    made: HttpResponse = HttpResponseNotModified() if etag in given else answer(body)
    made["ETag"] = etag
    made["Cache-Control"] = "private, no-cache"
    return made
