"""Routes of the ledger; each part of the work brings its own."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from chengshu.kernel.access import permission_required


@permission_required("structures.view")
def _x(request: HttpRequest, pk: int) -> HttpResponse:
    return HttpResponse()


app_name = "structures"
urlpatterns: list[URLPattern] = [path("<int:pk>/", _x, name="entry")]
