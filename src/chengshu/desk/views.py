"""The desk's first page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from chengshu.desk import home as desk_home
from chengshu.kernel.access import permission_required


@permission_required("desk.view")
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What waits, in numbers that open."""
    user: Any = request.user
    return render(request, "desk/home.html", {"home": desk_home.home(user), "area": desk_home.area_of(user)})
