"""The queue of conflicts and the page that settles one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from chengshu.kernel.access import permission_required
from chengshu.registry.forms.imports import AcceptForm, ConflictFilterForm, DismissForm
from chengshu.registry.importing import reasons
from chengshu.registry.importing.columns import field_label
from chengshu.registry.models import Conflict, RegulatedObject
from chengshu.registry.queries import conflicts as queries
from chengshu.registry.services import conflicts
from chengshu.registry.services.conflicts import ConflictProblem
from chengshu.registry.services.values import definitions_of
from chengshu.registry.views import mapping
from chengshu.registry.views.imports import masked_cell, personal_columns
from chengshu.ui.paging import paginate

PERMISSION = "registry.import"


@permission_required(PERMISSION)
@require_GET
def conflict_list(request: HttpRequest) -> HttpResponse:
    """What waits to be settled."""
    user: Any = request.user
    form = ConflictFilterForm(request.GET, user)
    wanted = form.cleaned_data if form.is_valid() else {}
    found = queries.queue(
        user,
        state=wanted.get("state", ""),
        reason=wanted.get("reason", ""),
        class_id=wanted.get("class", ""),
        text=wanted.get("q", ""),
    )
    page = paginate(found, request)
    rows = [
        {
            "conflict": conflict,
            "name": conflict.values.get("name", ""),
            "address": conflict.values.get("address", ""),
            "reasons": _described(conflict, doubts_only=True),
            "url": reverse("registry:conflict", args=[conflict.pk]),
        }
        for conflict in page
    ]
    return render(request, "registry/conflict_list.html", {"form": form, "page": page, "rows": rows})


@permission_required(PERMISSION)
@require_GET
def conflict_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One conflict with all that is known about it."""
    return _page(request, _conflict(request, pk))


@permission_required(PERMISSION)
@require_POST
def conflict_accept(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the row over, as stated or corrected."""
    conflict = _conflict(request, pk)
    user: Any = request.user
    form = AcceptForm(request.POST)
    if not form.is_valid():
        return _page(request, conflict, accept=form)
    data = form.cleaned_data
    corrections = {
        "name": data["name"].strip(),
        "address": data["address"].strip(),
        "position": form.position(),
    }

    def decide() -> str:
        obj = conflicts.accept(
            conflict, user, corrections=corrections, keep_outside=data["outside"], note=data["note"]
        )
        return _("“%(name)s” is in the registry now.") % {"name": obj.name}

    return _decided(request, conflict, decide, accept=form)


@permission_required(PERMISSION)
@require_POST
def conflict_attach(request: HttpRequest, pk: int) -> HttpResponse:
    """The row speaks of an object that is there already."""
    conflict = _conflict(request, pk)
    user: Any = request.user
    number = request.POST.get("object", "")
    obj = RegulatedObject.objects.filter(pk=int(number)).first() if number.isdecimal() else None

    def decide() -> str:
        if obj is None:
            raise ConflictProblem(_("Choose the object that the row speaks of."))
        conflicts.attach(conflict, obj, user, note=request.POST.get("note", ""))
        return _("The row now belongs to “%(name)s”.") % {"name": obj.name}

    return _decided(request, conflict, decide)


@permission_required(PERMISSION)
@require_POST
def conflict_dismiss(request: HttpRequest, pk: int) -> HttpResponse:
    """Do not take the row over."""
    conflict = _conflict(request, pk)
    user: Any = request.user
    form = DismissForm(request.POST)
    if not form.is_valid():
        return _page(request, conflict, dismiss=form)

    def decide() -> str:
        conflicts.dismiss(conflict, user, note=form.cleaned_data["note"])
        return _("The row is not taken over and will not be asked again.")

    return _decided(request, conflict, decide, dismiss=form)


# --- helpers --------------------------------------------------------------------------------------
def _conflict(request: HttpRequest, pk: int) -> Conflict:
    user: Any = request.user
    mine = Conflict.objects.filter(user.scope_for(PERMISSION).q(squad=None))
    related = ("district", "object_class", "first_batch", "last_batch", "decided_by", "object")
    return get_object_or_404(mine.select_related(*related), pk=pk)


def _decided(
    request: HttpRequest, conflict: Conflict, decide: Callable[[], str], **forms: Any
) -> HttpResponse:
    try:
        messages.success(request, decide())
    except conflicts.AlreadySettled as problem:
        messages.warning(request, str(problem))
        return redirect("registry:conflict", conflict.pk)
    except ConflictProblem as problem:
        if form := forms.get("accept"):
            form.add_error(None, str(problem))
            return _page(request, conflict, **forms)
        messages.error(request, str(problem))
        return redirect("registry:conflict", conflict.pk)
    user: Any = request.user
    following = (
        queries.queue(user).filter(object_class=conflict.object_class).values_list("pk", flat=True).first()
    )
    return redirect("registry:conflict", following) if following else redirect("registry:conflicts")


def _page(
    request: HttpRequest,
    conflict: Conflict,
    accept: AcceptForm | None = None,
    dismiss: DismissForm | None = None,
) -> HttpResponse:
    definitions = definitions_of(conflict.object_class)
    kinds = personal_columns(conflict.last_batch)
    position = conflict.values.get("position")
    outside = any(reason["code"] == "outside_district" for reason in conflict.reasons)
    if accept is None:
        lng, lat = position or (None, None)
        accept = AcceptForm(
            initial={
                "name": conflict.values.get("name"),
                "address": conflict.values.get("address"),
                "lng": lng,
                "lat": lat,
            }
        )
    context = {
        "conflict": conflict,
        "name": conflict.values.get("name", ""),
        "reasons": _described(conflict),
        "outside": outside,
        "raw": [
            (column, masked_cell(str(conflict.raw[column]), kinds.get(column, "")))
            for column in conflict.last_batch.columns
            if column in conflict.raw
        ],
        "understood": [
            (field_label(name, definitions), reasons.show_value(name, value, definitions))
            for name, value in conflict.values.items()
        ],
        "candidates": queries.candidates(conflict) if conflict.state == Conflict.State.OPEN else [],
        "accept": accept,
        "dismiss": dismiss or DismissForm(),
        "map": mapping.pick(conflict.district_id, None if outside or not position else tuple(position)),
        "trail": [
            (_("Rows to be settled"), reverse("registry:conflicts")),
            (conflict.values.get("name", ""), ""),
        ],
    }
    failed = (accept.is_bound and accept.errors) or (dismiss is not None and dismiss.errors)
    return render(request, "registry/conflict.html", context, status=422 if failed else 200)


def _described(conflict: Conflict, *, doubts_only: bool = False) -> list[dict[str, str]]:
    definitions = definitions_of(conflict.object_class) if not doubts_only else {}
    return [
        {
            "text": reasons.describe(reason, definitions),
            "title": reasons.title(reason["code"]),
            "tone": reasons.tone(reason["code"]),
        }
        for reason in reasons.sort(conflict.reasons)
        if not doubts_only or reason["code"] in reasons.CONFLICTS
    ]
