"""What goes wrong inside an API operation, as problem details; and what a body must be to be read at all."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import orjson
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.parser import Parser

from chengshu.kernel.problems import problem

logger = logging.getLogger(__name__)
NOT_PARSED = "Cannot parse request body"  # ninja's word for whatever the parser raised
# What pydantic says of a value, in our words. Its own English stands where a kind is missing here.
SENTENCES: dict[str, Any] = {
    "missing": gettext_lazy("This is required."),
    "extra_forbidden": gettext_lazy("There is no such field."),
    "int_type": gettext_lazy("A whole number is needed."),
    "int_parsing": gettext_lazy("A whole number is needed."),
    "int_parsing_size": gettext_lazy("The number is too large."),
    "int_from_float": gettext_lazy("A whole number is needed."),
    "float_type": gettext_lazy("A number is needed."),
    "float_parsing": gettext_lazy("A number is needed."),
    "finite_number": gettext_lazy("A finite number is needed."),
    "bool_type": gettext_lazy("true or false is needed."),
    "bool_parsing": gettext_lazy("true or false is needed."),
    "string_type": gettext_lazy("Text is needed."),
    "string_too_short": gettext_lazy("At least %(min_length)s characters are needed."),
    "string_too_long": gettext_lazy("At most %(max_length)s characters are possible."),
    "string_pattern_mismatch": gettext_lazy("The text does not have the form %(pattern)s."),
    "too_short": gettext_lazy("At least %(min_length)s entries are needed."),
    "too_long": gettext_lazy("At most %(max_length)s entries are possible."),
    "greater_than_equal": gettext_lazy("At least %(ge)s is needed."),
    "greater_than": gettext_lazy("More than %(gt)s is needed."),
    "less_than_equal": gettext_lazy("At most %(le)s is possible."),
    "less_than": gettext_lazy("Less than %(lt)s is needed."),
    "literal_error": gettext_lazy("One of these is needed: %(expected)s."),
    "enum": gettext_lazy("One of these is needed: %(expected)s."),
    "date_parsing": gettext_lazy("A date such as 2020-11-30 is needed."),
    "date_from_datetime_parsing": gettext_lazy("A date such as 2020-11-30 is needed."),
    "date_from_datetime_inexact": gettext_lazy("A date without a time is needed."),
    "date_type": gettext_lazy("A date such as 2020-11-30 is needed."),
    "datetime_parsing": gettext_lazy("A moment such as 2020-11-30T08:30:00+08:00 is needed."),
    "datetime_from_date_parsing": gettext_lazy("A moment such as 2020-11-30T08:30:00+08:00 is needed."),
    "datetime_type": gettext_lazy("A moment such as 2020-11-30T08:30:00+08:00 is needed."),
    "calendar": gettext_lazy("A moment between 1949 and 2200 is needed."),
    "timezone_aware": gettext_lazy("The moment needs its time zone."),
    "uuid_parsing": gettext_lazy("A UUID is needed."),
    "uuid_type": gettext_lazy("A UUID is needed."),
    "url_parsing": gettext_lazy("An address (URL) is needed."),
    "list_type": gettext_lazy("A list is needed."),
    "tuple_type": gettext_lazy("A list is needed."),
    "dict_type": gettext_lazy("An object is needed."),
    "model_type": gettext_lazy("An object is needed."),
    "model_attributes_type": gettext_lazy("An object is needed."),
    "city_object_named": gettext_lazy("An object needs a USCC, or a name and an address."),
    "city_task_way": gettext_lazy("Only one of count, per_mille and drawn can be given."),
    "nul": gettext_lazy("The text contains a NUL character."),
}


def register(api: NinjaAPI) -> None:
    """Make every exception of an operation a problem. What is not named here stays a fault (500)."""
    handlers: list[tuple[type[Exception], Any]] = [
        (HttpError, refused),
        (ValidationError, invalid),
        (Http404, lambda request, exc: problem(404)),
        (PermissionDenied, lambda request, exc: problem(403)),
        (RequestDataTooBig, lambda request, exc: problem(413)),
        (MultiPartParserError, lambda request, exc: problem(400)),
        (SuspiciousOperation, lambda request, exc: problem(400)),
        (DataError, unstorable),
        (Exception, fault),
    ]
    for kind, handler in handlers:
        api.add_exception_handler(kind, handler)


def refused(request: HttpRequest, exc: HttpError) -> HttpResponse:
    """A refusal with a status. ninja wraps what the parser raised; that says more."""
    cause = exc.__cause__
    if isinstance(cause, ValidationError):
        return invalid(request, cause)
    if isinstance(cause, HttpError):
        return refused(request, cause)
    if exc.status_code == 400 and exc.message.startswith(NOT_PARSED):
        return problem(400, _("The body is not valid JSON in UTF-8."))
    return problem(exc.status_code, exc.message)


def invalid(request: HttpRequest, exc: ValidationError) -> HttpResponse:
    """Values that do not fit: which field, where it stands, and what is wrong with it."""
    return problem(422, errors=[_entry(error) for error in exc.errors])


def unstorable(request: HttpRequest, exc: DataError) -> HttpResponse:
    """A value of the request that the database cannot hold (a number out of range, say)."""
    logger.warning("API value refused by the database: %s %s", request.method, request.path, exc_info=exc)
    return problem(422, _("A value is out of range."), errors=[])


def fault(request: HttpRequest, exc: Exception) -> HttpResponse:
    """Nobody expected this: into the log with it, and no details to the caller."""
    logging.getLogger("django.request").error("%s %s", request.method, request.path, exc_info=exc)
    return problem(500)


def _entry(error: dict[str, Any]) -> dict[str, Any]:
    place = [part for part in error.get("loc", ()) if part not in ("response",)]
    kind = str(error.get("type", ""))
    known = SENTENCES.get(kind)
    try:
        sentence = str(known) % (error.get("ctx") or {}) if known else str(error.get("msg", ""))
    except (KeyError, TypeError, ValueError):
        sentence = str(error.get("msg", ""))
    return {
        "field": ".".join(map(str, place[1:])),
        "in": str(place[0]) if place else "",
        "code": kind,
        "detail": sentence,
    }


class StrictParser(Parser):
    """JSON in UTF-8 under a JSON content type, and nowhere a NUL character (PostgreSQL stores none)."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The body as Python values; raises `HttpError` 415, `ValidationError`, or `ValueError`."""
        kind = request.content_type
        if kind and kind != "application/json" and not kind.endswith("+json"):
            raise HttpError(415, _("The body must be application/json, not %(kind)s.") % {"kind": kind[:80]})
        found = orjson.loads(request.body)
        if b"\\u0000" in request.body and (place := next(_nul_places(found), None)) is not None:
            raise ValidationError([{"loc": ("body", *place), "type": "nul"}])
        return found

    def parse_querydict(
        self, data: MultiValueDict[str, Any], list_fields: list[str], request: HttpRequest
    ) -> Any:
        """Parameters and form fields by name; raises `ValidationError`."""
        for key, values in data.lists():
            if "\x00" in key or any(isinstance(value, str) and "\x00" in value for value in values):
                where = "query" if data is request.GET else "form"
                raise ValidationError([{"loc": (where, key.replace("\x00", "")), "type": "nul"}])
        return super().parse_querydict(data, list_fields, request)


def _nul_places(value: Any) -> Iterator[tuple[Any, ...]]:
    """Where a NUL character stands in a JSON value (as deep as the JSON parser goes)."""
    waiting: list[tuple[tuple[Any, ...], Any]] = [((), value)]
    while waiting:
        place, item = waiting.pop()
        if isinstance(item, str) and "\x00" in item:
            yield place
        elif isinstance(item, list):
            waiting.extend(((*place, n), entry) for n, entry in enumerate(item))
        elif isinstance(item, dict):
            for key, entry in item.items():
                if "\x00" in key:
                    yield (*place, key.replace("\x00", ""))
                waiting.append(((*place, key), entry))
