"""证件核验: whether an officer's certificate is valid on this day. No list, no names, no guessing in bulk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from chengshu.bureau.models import Certificate
from chengshu.kernel.access import public
from chengshu.portal.pages import frame_of
from chengshu.portal.services import limits

LONGEST = 40


@dataclass(frozen=True)
class Answer:
    """The same shape for every number: of one not valid nothing is said, whether it ever existed or not."""

    number: str
    valid: bool = False
    unit: str = ""
    valid_from: date | None = None
    valid_to: date | None = None


@csrf_exempt  # nothing is changed and nobody is signed in: the form may also stand on a printed code
@public
@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("Cookie", "Accept-Language")
def check(request: HttpRequest) -> HttpResponse:
    """The form, and the answer to it. 422 for a number that cannot be one, 429 for too many questions."""
    frame = frame_of()
    request.frame = frame  # type: ignore[attr-defined]
    given = request.POST if request.method == "POST" else request.GET
    number = " ".join(given.get("number", "").replace("\0", "").split())
    context: dict[str, Any] = {"number": number[:LONGEST], "day": frame.day, "asked": "number" in given}
    status = 200
    if context["asked"]:
        if not number or len(number) > LONGEST:
            context["problem"] = _(
                "Type the number as it is printed on the certificate, at most %(n)d signs."
            ) % {"n": LONGEST}
            status = 422
        elif not limits.allowed(request, limits.CERTIFICATES):
            context["problem"] = _(
                "Too many questions from this address. Try again in an hour, or call the bureau."
            )
            status = 429
        else:
            context["answer"] = answer(number, frame.district_id, frame.day)
    response = render(request, "portal/certificates.html", context, status=status)
    response["Cache-Control"] = "private, no-cache"
    if status == 429:
        response["Retry-After"] = str(limits.CERTIFICATES.seconds)
    return response


def answer(number: str, district_id: int, day: date) -> Answer:
    """What may be said about the number; one query whatever the answer."""
    found = (
        Certificate.objects.filter(
            number=number, user__is_active=True, user__unit__district=district_id,
            valid_from__lte=day, valid_to__gte=day,
        )
        .select_related("user__unit")
        .order_by("-valid_to")
        .first()
    )  # fmt: skip
    if found is None:
        return Answer(number)
    return Answer(number, True, found.user.unit.label, found.valid_from, found.valid_to)
