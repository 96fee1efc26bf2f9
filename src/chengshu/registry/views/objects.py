"""The list of objects, the object's file, and changing it by hand."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chengshu.bureau.models import User
from chengshu.kernel.access import permission_required
from chengshu.registry.dossier import timeline, ways_of
from chengshu.registry.forms import IdentifierForm, ObjectFilterForm, ObjectForm, PermitForm, StatusForm
from chengshu.registry.forms.objects import stored
from chengshu.registry.models import FactRecord, ObjectClass, RegulatedObject
from chengshu.registry.queries import dossier, lists
from chengshu.registry.queries.reference import area_label, districts_of, reference
from chengshu.registry.services.objects import Provenance, StaleVersion, change_object, create_object
from chengshu.registry.services.values import InvalidValues
from chengshu.registry.views import mapping
from chengshu.registry.views.object_rows import shown, table_body
from chengshu.registry.views.unmasking import unmasked_fields

BY_HAND = FactRecord.Source.CLERK


@permission_required("registry.view")
@require_GET
def object_list(request: HttpRequest) -> HttpResponse:
    """The list: session, person and one query for rows and total."""
    user: Any = request.user
    form = ObjectFilterForm(request.GET, user)
    sort = request.GET.get("sort", "")
    page = lists.object_page(user, form.wanted(), request, sort if sort in lists.SORTS else "name")
    rows = shown(page.items, reference())
    return render(
        request,
        "registry/object_list.html",
        {
            "form": form,
            "page": page,
            "rows": rows,
            "body": table_body(rows),
            "query": request.GET.urlencode(),
            "may_edit": user.may("registry.edit"),
            "may_export": user.may("registry.export"),
            "may_import": user.may("registry.import"),
        },
    )


def visible_object(request: HttpRequest, pk: int, permission: str = "registry.view") -> RegulatedObject:
    """An object inside the person's area, merged ones too; 404 for any other."""
    user: Any = request.user
    obj = get_object_or_404(RegulatedObject.objects.select_related("object_class", "merged_into"), pk=pk)
    if not user.scope_for("registry.view").covers(district_id=obj.district_id, squad_id=obj.squad_id):
        raise Http404
    if permission != "registry.view" and not may_change(user, obj, permission):
        raise PermissionDenied(permission)
    return obj


def may_change(user: User | Any, obj: RegulatedObject, permission: str = "registry.edit") -> bool:
    """Whether the person may use the permission on this very object."""
    inside = user.scope_for(permission).covers(district_id=obj.district_id, squad_id=obj.squad_id)
    return bool(user.may(permission) and inside and obj.merged_into_id is None)


@permission_required("registry.view")
@require_http_methods(["GET", "POST"])
def object_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The file of one object. A POST asks, with a reason, to see masked data: shown in that answer only."""
    user: Any = request.user
    obj = visible_object(request, pk)
    if obj.merged_into_id and not request.GET.get("merged"):
        messages.info(request, _("“%(name)s” was merged into this object.") % {"name": obj.name})
        return redirect("registry:object", pk=_survivor(obj).pk)
    unmasked: frozenset[str] = frozenset()
    if request.method == "POST":
        unmasked = unmasked_fields(request, obj)
    return render(request, "registry/object_file.html", _file_context(user, obj, unmasked))


def _survivor(obj: RegulatedObject) -> RegulatedObject:
    """Where a chain of merges ends."""
    seen = {obj.pk}
    while obj.merged_into is not None and obj.merged_into_id not in seen:
        obj = obj.merged_into
        seen.add(obj.pk)
    return obj


def _file_context(user: User, obj: RegulatedObject, unmasked: frozenset[str]) -> dict[str, Any]:
    facts = list(obj.facts.order_by("-id")[: dossier.FACTS_READ])
    common, attributes = dossier.fields_on_file(obj, facts, unmasked=unmasked)
    nearby = dossier.neighbours(user, obj)
    known, today = reference(), timezone.localdate()
    permits = [
        {
            "permit": permit,
            "expired": bool(permit.valid_to and permit.valid_to < today),
            "soon": bool(
                permit.valid_to and today <= permit.valid_to and (permit.valid_to - today).days <= 30
            ),
        }
        for permit in obj.permits.all()
    ]
    return {
        "object": obj,
        "common": common,
        "attributes": attributes,
        "neighbours": nearby,
        "town": area_label(known.towns.get(obj.town_id or 0)),
        "squad": area_label(known.squads.get(obj.squad_id or 0)),
        "class": known.classes.get(obj.object_class_id, obj.object_class),
        "permits": permits,
        "identifiers": list(obj.identifiers.all()),
        "timeline": timeline(obj, user),
        "ways": ways_of(obj, user),
        "map": mapping.show(obj),
        "unmasked": bool(unmasked),
        "may_edit": may_change(user, obj),
        "may_unmask": user.may("privacy.unmask") and any(f.masked for f in [*common, *attributes]),
        "status_form": StatusForm(
            initial={"status": obj.status, "observed_on": today, "version": obj.version}
        ),
        "permit_form": PermitForm(auto_id="permit_%s"),
        "permit_kinds": PermitForm.KINDS,
        "identifier_form": IdentifierForm(auto_id="identifier_%s"),
        "trail": [(_("Objects"), reverse("registry:list")), (obj.name, "")],
    }


@permission_required("registry.edit")
@require_http_methods(["GET", "POST"])
def object_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change the facts of an object; two people at once: the second sees what the first has changed."""
    user: Any = request.user
    obj = visible_object(request, pk, "registry.edit")
    form = ObjectForm(request.POST if request.method == "POST" else None, obj.object_class, obj)
    differences: list[dict[str, str]] = []
    if request.method == "POST" and form.is_valid():
        source = Provenance(BY_HAND, form.cleaned_data["observed_on"])
        try:
            changed = change_object(
                obj, form.stated(), source, user, expected_version=form.cleaned_data["version"] or 0
            )
        except InvalidValues as error:
            form.add_problems(error.errors)
        except StaleVersion as error:
            differences = _differences(form, error.current)
            messages.error(request, str(error))
            form.move_to(error.current.version)
        else:
            _say_changed(request, changed)
            return redirect("registry:object", pk=obj.pk)
    context = {
        "form": form,
        "object": obj,
        "class": obj.object_class,
        "differences": differences,
        "map": mapping.pick(obj.district_id, obj.position),
        "near": [],
        "trail": [
            (_("Objects"), reverse("registry:list")),
            (obj.name, reverse("registry:object", args=[pk])),
            (_("Edit"), ""),
        ],
    }
    return render(request, "registry/object_form.html", context, status=409 if differences else 200)


def _say_changed(request: HttpRequest, changed: list[str]) -> None:
    if changed:
        messages.success(request, _("Saved."))
    else:
        messages.info(request, _("Nothing was different, nothing was changed."))


def _differences(form: ObjectForm, current: RegulatedObject) -> list[dict[str, str]]:
    """Fields where what was typed is not what stands there now."""
    typed = form.stated()
    definitions = form.definitions
    rows = []
    for name, mine in typed.items():
        now = stored(current, name)
        if name == "position" and mine is None and now is None:
            continue
        before, after = (dossier.field_value(name, value, definitions) for value in (now, mine))
        if before != after:
            rows.append({"label": dossier.field_label(name, definitions), "now": before, "mine": after})
    return rows


@permission_required("registry.edit")
@require_http_methods(["GET", "POST"])
def object_new(request: HttpRequest) -> HttpResponse:
    """Enter an object: first its class, then its facts."""
    user: Any = request.user
    classes = reference().classes_in(districts_of(user.scope_for("registry.edit")))
    chosen = next(
        (c for c in classes if str(c.pk) == request.GET.get("class") or c.code == request.GET.get("class")),
        None,
    )
    trail = [(_("Objects"), reverse("registry:list")), (_("New object"), "")]
    if chosen is None:
        return render(request, "registry/object_class_choice.html", {"classes": classes, "trail": trail})
    form = ObjectForm(request.POST if request.method == "POST" else None, chosen)
    if request.method == "POST" and form.is_valid() and (made := _create(user, chosen, form)):
        messages.success(request, _("“%(name)s” is in the registry.") % {"name": made.name})
        return redirect("registry:object", pk=made.pk)
    context = {
        "form": form,
        "class": chosen,
        "map": mapping.pick(chosen.district_id, None),
        "trail": trail,
        "near_url": reverse("registry:near_new"),
    }
    return render(request, "registry/object_form.html", context)


def _create(user: User, chosen: ObjectClass, form: ObjectForm) -> RegulatedObject | None:
    source = Provenance(BY_HAND, form.cleaned_data["observed_on"])
    try:
        return create_object(
            district=chosen.district, object_class=chosen, values=form.stated(), provenance=source, by=user
        )
    except InvalidValues as error:
        form.add_problems(error.errors)
    except PermissionDenied:
        form.add_error("lat", _("The position lies outside the area you may maintain."))
    return None


@permission_required("registry.edit")
@require_GET
def near_new(request: HttpRequest) -> HttpResponse:
    """While a new object is typed: known ones with the same name or address, or within 30 m."""
    user: Any = request.user
    return render(request, "registry/object_near.html", {"near": mapping.lookalikes(user, request.GET)})


@permission_required("registry.edit")
@require_POST
def object_status(request: HttpRequest, pk: int) -> HttpResponse:
    """Another status, with the day from which it holds."""
    user: Any = request.user
    obj = visible_object(request, pk, "registry.edit")
    form = StatusForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Give the status and a date."))
        return redirect("registry:object", pk=pk)
    data = form.cleaned_data
    source = Provenance(BY_HAND, data["observed_on"], label=data["note"])
    try:
        _say_changed(
            request,
            change_object(obj, {"status": data["status"]}, source, user, expected_version=data["version"]),
        )
    except StaleVersion as error:
        messages.error(request, str(error))
    return redirect("registry:object", pk=pk)
