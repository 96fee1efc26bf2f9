"""One's own notices, and how one wants to hear of them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from chengshu.bureau.forms_notices import NoticeFilter, PreferenceForm
from chengshu.bureau.models import Notice, NoticePreference, NoticeRoute
from chengshu.bureau.notices import mark_read, unread_count
from chengshu.bureau.notices.kinds import label_of
from chengshu.bureau.notices.setup import save_preference
from chengshu.bureau.notices.ways import ready
from chengshu.bureau.queries import one_query_page
from chengshu.bureau.views.common import refusals_in
from chengshu.kernel.access import signed_in

MOST_SHOWN = 99


@signed_in
@require_safe
def notice_list(request: HttpRequest) -> HttpResponse:
    """/notices/: one's own, newest first."""
    viewer: Any = request.user
    form = NoticeFilter(request.GET)
    rows = Notice.objects.filter(recipient=viewer)
    if form.is_valid():
        if form.cleaned_data["state"] == "unread":
            rows = rows.filter(read_at=None)
        if level := form.cleaned_data["level"]:
            rows = rows.filter(level=level)
    page = one_query_page(rows, request)
    for notice in page:
        notice.kind_label = label_of(notice.kind)
    return render(request, "bureau/notices.html", {"form": form, "page": page})


@signed_in
@require_safe
@never_cache
def notice_open(request: HttpRequest, pk: int) -> HttpResponse:
    """/notices/<id>/: read it and go to the page it is about."""
    viewer: Any = request.user
    notice = get_object_or_404(Notice, pk=pk, recipient=viewer)
    mark_read(viewer, [notice.pk])
    return redirect(notice.url or "bureau:notices")


@signed_in
@require_POST
def notices_read(request: HttpRequest) -> HttpResponse:
    """/notices/read: those chosen (``notice``), or all."""
    viewer: Any = request.user
    chosen = [int(value) for value in request.POST.getlist("notice") if value.isascii() and value.isdigit()]
    count = mark_read(viewer, chosen or None)
    messages.success(
        request,
        ngettext("%(n)d notice marked as read.", "%(n)d notices marked as read.", count) % {"n": count},
    )
    return redirect("bureau:notices")


@signed_in
@require_safe
@never_cache
def notices_unread(request: HttpRequest) -> HttpResponse:
    """/notices/unread: the number on the bell, nothing if there is none."""
    viewer: Any = request.user
    count = unread_count(viewer)
    if not count:
        return HttpResponse("")
    shown = f"{MOST_SHOWN}+" if count > MOST_SHOWN else str(count)
    return HttpResponse(format_html('<b title="{}">{}</b>', _("Unread"), shown))


@signed_in
def notice_preference(request: HttpRequest) -> HttpResponse:
    """/notices/settings/."""
    viewer: Any = request.user
    wish = NoticePreference.objects.filter(pk=viewer.pk).first() or NoticePreference(user=viewer)
    form = PreferenceForm(request.POST or None, wish=wish)
    if request.method == "POST" and form.is_valid():
        with refusals_in(form):
            save_preference(viewer, **form.cleaned_data)
            messages.success(request, _("Saved."))
            return redirect("bureau:notice_preference")
    title = _("How notices reach me")
    missing = [way.label for way in (NoticeRoute.Way.MAIL, NoticeRoute.Way.WECOM) if not ready(way)]
    context = {
        "form": form,
        "title": title,
        "trail": [(_("Notices"), reverse("bureau:notices")), (title, "")],
        "missing": missing,
        "no_address": not viewer.email,
    }
    return render(request, "bureau/notice_preference.html", context)
