"""Errors of the HTTP API: problem details (RFC 9457), in the language of the request.

Every refusal of ``/api/`` has the same body, whoever found the fault: type, title, status, detail, and for
values that do not fit a list ``errors`` that names each field.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from django.http import HttpResponse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

CONTENT_TYPE = "application/problem+json"
# A word for programs, a title and a sentence for people; the sentence stands where nothing better is known.
KINDS: dict[int, tuple[str, Any, Any]] = {
    400: (
        "bad-request",
        gettext_lazy("The request cannot be understood"),
        gettext_lazy("Check address, encoding and body against the API's description."),
    ),
    401: (
        "not-signed-in",
        gettext_lazy("Not signed in"),
        gettext_lazy("Sign in, or send an API key: Authorization: Bearer cs_…"),
    ),
    403: (
        "forbidden",
        gettext_lazy("Not allowed"),
        gettext_lazy("Neither the role nor the API key includes this."),
    ),
    404: (
        "not-found",
        gettext_lazy("Nothing found here"),
        gettext_lazy("There is no such thing, or it lies outside the area you may see."),
    ),
    405: (
        "method-not-allowed",
        gettext_lazy("Method not allowed"),
        gettext_lazy("This address does not answer to this method; the header Allow says to which."),
    ),
    406: ("not-acceptable", gettext_lazy("No such format"), gettext_lazy("The answer is JSON.")),
    409: (
        "conflict",
        gettext_lazy("In conflict with the present state"),
        gettext_lazy("Read the record again before you try once more."),
    ),
    413: (
        "too-large",
        gettext_lazy("Too large"),
        gettext_lazy("The body is larger than is accepted here."),
    ),
    415: (
        "media-type",
        gettext_lazy("Content type not accepted"),
        gettext_lazy("Send the body with the content type that the API's description names."),
    ),
    422: (
        "invalid",
        gettext_lazy("Some values do not fit"),
        gettext_lazy("The list errors names each field."),
    ),
    429: (
        "too-many-requests",
        gettext_lazy("Too many requests"),
        gettext_lazy("Wait as many seconds as the header Retry-After says."),
    ),
    500: (
        "server-error",
        gettext_lazy("Fault in the server"),
        gettext_lazy("The administrator finds the details in the log under the request id."),
    ),
    503: ("unavailable", gettext_lazy("Not available now"), gettext_lazy("Try again in a moment.")),
}
TYPE = "urn:chengshu:problem:"


def problem(
    status: int,
    detail: str = "",
    *,
    errors: Iterable[Mapping[str, Any]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """The answer to a request that failed with ``status``; ``detail``: why, in one translated sentence."""
    code, title, usual = KINDS.get(status) or (str(status), "", "")
    body: dict[str, Any] = {
        "type": TYPE + code,
        "title": str(title) or _("Error"),
        "status": status,
        "detail": detail or str(usual),
    }
    if errors is not None:
        body["errors"] = list(errors)
    response = HttpResponse(orjson.dumps(body, default=str), content_type=CONTENT_TYPE, status=status)
    response["Content-Language"] = get_language() or ""
    response["Cache-Control"] = "no-store"
    for name, value in (headers or {}).items():
        response[name] = value
    return response
