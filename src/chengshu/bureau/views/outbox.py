"""Outgoing messages, above all those that could not be delivered."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from chengshu.bureau.forms_notices import GiveUpForm, OutboxFilter
from chengshu.bureau.queries import one_query_page
from chengshu.bureau.views.common import tell_errors
from chengshu.kernel.access import permission_required
from chengshu.kernel.models import OutgoingMessage
from chengshu.kernel.outbox import channels, manage

PERMISSION = "outbox.manage"
State = OutgoingMessage.State


@permission_required(PERMISSION)
@require_safe
def outbox(request: HttpRequest) -> HttpResponse:
    """/outbox/: the undeliverable ones unless another state is asked for."""
    form = OutboxFilter(request.GET)
    rows = _filtered(_visible(request.user), form)
    page = one_query_page(rows.select_related("settled_by"), request)
    known = channels()
    for message in page:
        channel = known.get(message.channel)
        message.channel_label = channel.label if channel else message.channel
        message.shown_target = channel.show(message.target) if channel else ""
    query = request.GET.urlencode()
    dead_shown = bool(page.items) and form.is_valid() and form.cleaned_data["state"] in ("", "all")
    context = {"form": form, "page": page, "query": query, "may_retry_all": dead_shown}
    return render(request, "bureau/outbox.html", context)


@permission_required(PERMISSION)
@require_POST
def outbox_retry_all(request: HttpRequest) -> HttpResponse:
    """/outbox/retry: every undeliverable one of the filter in the posted ``query``."""
    viewer: Any = request.user
    query = request.POST.get("query", "")
    form = OutboxFilter(QueryDict(query))
    if not form.is_valid():
        messages.error(request, _("These filters cannot be read."))
        return redirect("bureau:outbox")
    count = manage.retry(_filtered(_visible(viewer), form), by=viewer)
    _tell(request, count)
    return redirect("bureau:outbox")


@permission_required(PERMISSION)
@require_POST
def outbox_retry(request: HttpRequest, pk: int) -> HttpResponse:
    """/outbox/<id>/retry."""
    viewer: Any = request.user
    get_object_or_404(_visible(viewer), pk=pk)
    _tell(request, manage.retry(_visible(viewer).filter(pk=pk), by=viewer))
    return redirect(reverse("bureau:outbox"))


@permission_required(PERMISSION)
@require_POST
def outbox_give_up(request: HttpRequest, pk: int) -> HttpResponse:
    """/outbox/<id>/give-up: with a reason."""
    viewer: Any = request.user
    message = get_object_or_404(_visible(viewer), pk=pk)
    form = GiveUpForm(request.POST)
    if not form.is_valid():
        tell_errors(request, form)
    elif manage.give_up(message, by=viewer, reason=form.cleaned_data["reason"]):
        messages.success(request, _("Given up."))
    else:
        messages.error(request, _("The message is no longer among the undeliverable ones."))
    return redirect("bureau:outbox")


def _visible(viewer: Any) -> QuerySet[OutgoingMessage]:
    """Messages of the districts one looks after, and those of none."""
    districts = viewer.scope_for(PERMISSION).districts
    return OutgoingMessage.objects.filter(Q(district_id__in=districts) | Q(district_id=None))


def _filtered(rows: QuerySet[OutgoingMessage], form: OutboxFilter) -> QuerySet[OutgoingMessage]:
    filters = form.cleaned_data if form.is_valid() else {}
    state = filters.get("state") or State.DEAD
    if state != "all":
        rows = rows.filter(state=state)
    if channel := filters.get("channel"):
        rows = rows.filter(channel=channel)
    if text := (filters.get("q") or "").strip():
        rows = rows.filter(Q(title__icontains=text) | Q(uid__icontains=text))
    if since := filters.get("since"):
        rows = rows.filter(created_at__gte=datetime.combine(since, time(), timezone.get_current_timezone()))
    return rows


def _tell(request: HttpRequest, count: int) -> None:
    if count:
        text = ngettext("%(n)d message queued again.", "%(n)d messages queued again.", count)
        messages.success(request, text % {"n": count})
    else:
        messages.error(request, _("The message is no longer among the undeliverable ones."))
