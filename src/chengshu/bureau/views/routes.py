"""By which ways the notices of a unit leave the house."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from chengshu.bureau.forms_notices import RouteForm
from chengshu.bureau.models import NoticeRoute
from chengshu.bureau.notices import setup
from chengshu.bureau.notices.kinds import label_of
from chengshu.bureau.notices.ways import ready
from chengshu.bureau.views.common import refusals_in, refusals_told
from chengshu.kernel.access import permission_required
from chengshu.kernel.secrets import masked

PERMISSION = setup.PERMISSION


@permission_required(PERMISSION)
@require_safe
def route_list(request: HttpRequest) -> HttpResponse:
    """/notice-routes/: all rules of the district's units, and which ways the operator has set up."""
    viewer: Any = request.user
    routes = list(_visible(viewer))
    for route in routes:
        route.kind_labels = [label_of(code) for code in route.kinds]
        route.shown_key = masked(route.secret) if route.secret else ""
    ways = [(way.label, ready(way)) for way in NoticeRoute.Way]
    return render(request, "bureau/routes.html", {"routes": routes, "ways": ways})


@permission_required(PERMISSION)
def route_new(request: HttpRequest) -> HttpResponse:
    """/notice-routes/new/."""
    return _form_page(request, None)


@permission_required(PERMISSION)
def route_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """/notice-routes/<id>/."""
    return _form_page(request, get_object_or_404(_visible(request.user), pk=pk))


@permission_required(PERMISSION)
@require_POST
def route_test(request: HttpRequest, pk: int) -> HttpResponse:
    """/notice-routes/<id>/test."""
    viewer: Any = request.user
    route = get_object_or_404(_visible(viewer), pk=pk)
    with refusals_told(request):
        setup.send_test(route, by=viewer)
        messages.success(request, _("The test message is on its way. What cannot be delivered stands here."))
        if viewer.may("outbox.manage"):
            return redirect(reverse("bureau:outbox") + "?state=all")
    return redirect("bureau:routes")


@permission_required(PERMISSION)
@require_POST
def route_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """/notice-routes/<id>/remove."""
    viewer: Any = request.user
    with refusals_told(request):
        setup.remove_route(get_object_or_404(_visible(viewer), pk=pk), by=viewer)
        messages.success(request, _("Removed."))
    return redirect("bureau:routes")


def _visible(viewer: Any) -> Any:
    scope = viewer.scope_for(PERMISSION)
    rows = NoticeRoute.objects.select_related("unit", "unit__district")
    return rows.filter(scope.q(district="unit__district", squad="unit"))


def _form_page(request: HttpRequest, route: NoticeRoute | None) -> HttpResponse:
    viewer: Any = request.user
    form = RouteForm(request.POST or None, user=viewer, route=route)
    if request.method == "POST" and form.is_valid():
        with refusals_in(form):
            setup.save_route(route, by=viewer, **form.cleaned_data)
            messages.success(request, _("Saved."))
            return redirect("bureau:routes")
    title = str(route) if route else _("New channel rule")
    context = {
        "form": form,
        "title": title,
        "trail": [(_("Notice channels"), reverse("bureau:routes")), (title, "")],
        "route": route,
        "shown_key": masked(route.secret) if route and route.secret else "",
    }
    return render(request, "bureau/route_form.html", context)
