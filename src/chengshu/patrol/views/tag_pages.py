"""标签与密钥: the list, one tag, writing it, taking it down; key sets."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chengshu.kernel.access import permission_required
from chengshu.kernel.models import LedgerEntry
from chengshu.patrol.forms.configuring import KeysForm, MountForm, OutForm, ReasonForm, RewriteForm
from chengshu.patrol.forms.filters import TagFilterForm
from chengshu.patrol.models import Tag, TagKeySet
from chengshu.patrol.queries.lists import tag_rows
from chengshu.patrol.refusing import PatrolProblem
from chengshu.patrol.services import tags as services
from chengshu.patrol.views.checkin_common import (
    CONFIGURE,
    configurable_point,
    configurable_tag,
    district_of,
    person,
)
from chengshu.ui.paging import paginate

STATE_TONES = {Tag.State.ACTIVE: "ok", Tag.State.LOST: "danger", Tag.State.RETIRED: "neutral"}
HISTORY = 50


def site(request: HttpRequest) -> str:
    """Where this system is reached: as set up, else as this request reached it."""
    return settings.PUBLIC_URL or request.build_absolute_uri("/")


@permission_required(CONFIGURE)
@require_GET
def tag_list(request: HttpRequest) -> HttpResponse:
    """Tags: session, total, rows."""
    form = TagFilterForm(request.GET, auto_id="filter_%s")
    page = paginate(tag_rows(person(request), **form.wanted()), request)
    rows = [{"tag": tag, "tone": STATE_TONES[Tag.State(tag.state)]} for tag in page]
    return render(request, "patrol/tag_list.html", {"form": form, "page": page, "rows": rows})


@permission_required(CONFIGURE)
@require_GET
def tag_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One tag, what may be done with it, and what was done."""
    return _tag_page(request, configurable_tag(request, pk))


def _tag_page(request: HttpRequest, tag: Tag, problem: str = "") -> HttpResponse:
    active = tag.state == Tag.State.ACTIVE
    dynamic = tag.kind == Tag.Kind.DYNAMIC
    context = {
        "tag": tag,
        "tone": STATE_TONES[Tag.State(tag.state)],
        "url": services.address_of(tag, site(request)),
        "problem": problem,
        "out": OutForm(auto_id="out_%s") if active else None,
        "write": ReasonForm(auto_id="write_%s") if active and dynamic and not tag.keys_shown_at else None,
        "rewrite": RewriteForm(auto_id="rewrite_%s", district_id=tag.district_id)
        if active and dynamic
        else None,
        "history": _history(tag),
        "trail": [(_("Tags"), reverse("patrol:tags")), (tag.code, "")],
    }
    return render(request, "patrol/tag.html", context, status=422 if problem else 200)


def _history(tag: Tag) -> list[dict[str, object]]:
    titles = {
        "tag.mounted": _("Mounted"),
        "tag.keys_shown": _("Keys shown for writing"),
        "tag.lost": _("Lost or damaged"),
        "tag.retired": _("Taken down"),
    }
    entries = LedgerEntry.objects.filter(chain=f"patrol.tag:{tag.pk}").order_by("-seq")[:HISTORY]
    return [
        {
            "at": entry.at,
            "title": titles.get(entry.action, entry.action),
            "by": entry.actor,
            "text": entry.payload.get("reason", ""),
        }
        for entry in entries
    ]


@permission_required(CONFIGURE)
@require_POST
def mount(request: HttpRequest, pk: int) -> HttpResponse:
    """Mount a tag at a point."""
    point = configurable_point(request, pk)
    form = MountForm(request.POST, district_id=point.beat.district_id)
    if form.is_valid():
        try:
            made = services.mount(point, by=person(request), **form.cleaned_data)
        except PatrolProblem as problem:
            messages.error(request, str(problem))
        else:
            messages.success(request, _("The tag is mounted. Write it now."))
            return redirect("patrol:tag_page", pk=made.pk)
    else:
        messages.error(request, _("Choose a kind of tag and, for one that proves itself, a key set."))
    return redirect("patrol:point", pk=point.pk)


@permission_required(CONFIGURE)
@require_POST
def write(request: HttpRequest, pk: int) -> HttpResponse:
    """Show once what is written into a tag."""
    tag = configurable_tag(request, pk)
    form = ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    try:
        writing = services.writing_of(tag, by=person(request), reason=reason, site=site(request))
    except PatrolProblem as problem:
        return _tag_page(request, tag, str(problem))
    response = render(request, "patrol/tag_writing.html", {"tag": tag, "writing": writing})
    add_never_cache_headers(response)
    return response


@permission_required(CONFIGURE)
@require_POST
def out(request: HttpRequest, pk: int) -> HttpResponse:
    """Lost, or taken down."""
    tag = configurable_tag(request, pk)
    form = OutForm(request.POST)
    if not form.is_valid():
        return _tag_page(request, tag, _("Give a reason."))
    try:
        services.take_out(tag, by=person(request), **form.cleaned_data)
    except PatrolProblem as problem:
        return _tag_page(request, tag, str(problem))
    messages.success(request, _("Reads of this tag no longer count."))
    return redirect("patrol:tag_page", pk=pk)


@permission_required(CONFIGURE)
@require_POST
def rewrite(request: HttpRequest, pk: int) -> HttpResponse:
    """Mount the same chip with other keys."""
    tag = configurable_tag(request, pk)
    form = RewriteForm(request.POST, district_id=tag.district_id)
    if not form.is_valid():
        return _tag_page(request, tag, _("Choose a key set and give a reason."))
    try:
        made = services.rewrite(tag, by=person(request), **form.cleaned_data)
    except PatrolProblem as problem:
        return _tag_page(request, tag, str(problem))
    messages.success(request, _("The tag is mounted. Write it now."))
    return redirect("patrol:tag_page", pk=made.pk)


# --- key sets ------------------------------------------------------------------------------------------
@permission_required(CONFIGURE)
@require_http_methods(["GET", "POST"])
def keys(request: HttpRequest) -> HttpResponse:
    """Key sets, and the form that adds one; no page ever shows a master key."""
    district = district_of(request)
    form = KeysForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        values = dict(form.cleaned_data)
        given = {name: values.pop(name) for name in ("meta_key", "file_key")}
        try:
            if any(given.values()):
                services.enter_keys(district, by=person(request), **values, **given)
            else:
                services.generate_keys(district, by=person(request), **values)
        except PatrolProblem as problem:
            form.add_error(problem.field if problem.field in form.fields else None, str(problem))
        else:
            messages.success(request, _("The key set is ready."))
            return redirect("patrol:tag_keys")
    sets = TagKeySet.objects.filter(district=district).annotate(
        used=Count("tags", filter=Q(tags__state=Tag.State.ACTIVE))
    )
    context = {"form": form, "sets": sets.order_by("-created_at")}
    return render(request, "patrol/key_sets.html", context, status=422 if form.errors else 200)


@permission_required(CONFIGURE)
@require_POST
def keys_retire(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a key set to no tag any more."""
    found = get_object_or_404(TagKeySet, pk=pk, district=district_of(request))
    try:
        services.retire_keys(found, by=person(request))
    except PatrolProblem as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("The key set is retired."))
    return redirect("patrol:tag_keys")
