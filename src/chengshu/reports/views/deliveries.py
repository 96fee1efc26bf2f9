"""Scheduled deliveries: setting up, stopping, what was sent, and the files."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import OuterRef, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chengshu.bureau.services.base import Refused
from chengshu.kernel import files
from chengshu.kernel.access import permission_required
from chengshu.kernel.indicators.periods import Period
from chengshu.reports.forms.deliveries import WEEKDAYS, DeliveryForm
from chengshu.reports.models import Delivery, DeliveryRun
from chengshu.reports.places import VIEW
from chengshu.reports.services import deliveries as services
from chengshu.reports.services.deliveries import DELIVER
from chengshu.reports.views.common import person
from chengshu.reports.views.targets import form_page, place_of_viewer
from chengshu.ui import tones
from chengshu.ui.paging import paginate

TONES = {DeliveryRun.State.SENT: tones.OK, DeliveryRun.State.FAILED: tones.DANGER}


@permission_required(DELIVER)
@require_GET
def deliveries_page(request: HttpRequest) -> HttpResponse:
    """Everything that is sent by the calendar, with how it went last."""
    last = DeliveryRun.objects.filter(delivery=OuterRef("pk")).order_by("-due_at")
    rows = Delivery.objects.visible_to(person(request), DELIVER).annotate(
        last_at=Subquery(last.values("due_at")[:1]), last_state=Subquery(last.values("state")[:1])
    )
    page = paginate(rows.select_related("squad", "town", "board").defer("town__boundary"), request)
    shown = [
        {
            "one": one, "when": when(one), "place": place_name(one),
            "state": DeliveryRun.State(one.last_state).label if one.last_state else "",
            "tone": TONES.get(one.last_state, ""),
        }
        for one in page
    ]  # fmt: skip
    return render(request, "reports/deliveries.html", {"rows": shown, "page": page})


@permission_required(DELIVER)
@require_GET
def delivery_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One delivery and what was sent."""
    delivery = _of(request, pk, DELIVER)
    page = paginate(delivery.runs.select_related("file"), request)
    runs = [
        {"run": run, "period": str(Period.parse(run.period)), "tone": TONES[DeliveryRun.State(run.state)],
         "file": reverse("reports:delivery_file", args=[pk, run.period]) if run.file_id else ""}
        for run in page
    ]  # fmt: skip
    context = {
        "delivery": delivery, "when": when(delivery), "place": place_name(delivery), "runs": runs,
        "page": page, "recipients": "、".join(one.full_name for one in delivery.recipients.order_by("pk")),
        "trail": [(_("Scheduled deliveries"), reverse("reports:deliveries"))],
    }  # fmt: skip
    return render(request, "reports/delivery.html", context)


@permission_required(DELIVER)
@require_http_methods(["GET", "POST"])
def delivery_new(request: HttpRequest) -> HttpResponse:
    """Set up a delivery."""
    user = person(request)
    initial = {"what": request.GET.get("what", "")}
    form = DeliveryForm(
        request.POST or None, where=place_of_viewer(request, DELIVER), user=user, initial=initial
    )
    if form.is_bound and form.is_valid():
        try:
            made = services.set_up(form.where.district, form.wanted(), by=user)
        except Refused as problem:
            form.add_error(problem.field if problem.field in form.fields else None, str(problem))
        else:
            messages.success(request, _("Saved."))
            return redirect("reports:delivery", made.pk)
    back = reverse("reports:deliveries")
    return form_page(request, form, _("Set up a delivery"), back, _("Scheduled deliveries"))


@permission_required(DELIVER)
@require_POST
def delivery_stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop a delivery."""
    _of(request, pk, DELIVER)
    try:
        services.stop(pk, by=person(request))
    except Refused as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("The delivery has been stopped."))
    return redirect("reports:delivery", pk)


@permission_required(VIEW)
@require_GET
def delivery_file(request: HttpRequest, pk: int, period: str) -> Any:
    """The file of a period, for whoever may see the figures of its place today."""
    runs = DeliveryRun.objects.filter(delivery=_of(request, pk, VIEW), period=period, file__isnull=False)
    run: Any = get_object_or_404(runs.select_related("file", "delivery").order_by("-due_at")[:1])
    name = f"{run.delivery.name} {run.period}.{run.delivery.form}"
    if run.file is None:
        raise Http404
    return files.response(run.file, name, request)


def _of(request: HttpRequest, pk: int, permission: str) -> Delivery:
    rows = Delivery.objects.visible_to(person(request), permission)
    found: Delivery = get_object_or_404(rows.select_related("squad", "town", "board"), pk=pk)
    return found


def when(delivery: Delivery) -> str:
    """When it is due, in words."""
    hour = f"{delivery.hour:02d}:00"
    if delivery.span == Delivery.Span.WEEK:
        return _("Every week on %(day)s at %(hour)s") % {
            "day": dict(WEEKDAYS)[delivery.weekday],
            "hour": hour,
        }
    said = {"day": delivery.day, "hour": hour}
    if delivery.span == Delivery.Span.MONTH:
        return _("On day %(day)s of every month at %(hour)s") % said
    return _("On day %(day)s of every quarter at %(hour)s") % said


def place_name(delivery: Delivery) -> str:
    """Whose figures are sent."""
    parts = [one.label for one in (delivery.squad, delivery.town) if one]
    return " · ".join(parts) or _("Whole district")
