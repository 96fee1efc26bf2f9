"""The law for on-the-spot decisions without a network."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from chengshu.field.queries.offline_law import law_for

from .gate import answer_if_new, device_in_use, field_api

MOVING = frozenset({"made_at"})


@field_api("GET")
def law(request: HttpRequest) -> HttpResponse:
    """/field/api/law: causes, ranges, limits, authorities and the paper; 304 where the phone has it."""
    user: Any = request.user
    device_in_use(request)
    return answer_if_new(request, law_for(user, timezone.now()), MOVING)
