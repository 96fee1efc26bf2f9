"""Setting up classes and their attributes."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chengshu.kernel.access import permission_required
from chengshu.registry.forms import AttributeForm, ClassForm
from chengshu.registry.models import AttributeDefinition, ObjectClass, ObjectCount, ObjectCountChange
from chengshu.registry.models.counts import WHOLE_DISTRICT
from chengshu.registry.services import setup
from chengshu.registry.services.values import InvalidValues

PERMISSION = "registry.configure"


def _classes(request: HttpRequest) -> Any:
    """Classes hold for a whole district: who answers for a squad only does not set them up."""
    user: Any = request.user
    return ObjectClass.objects.filter(user.scope_for(PERMISSION).q(squad=None))


def _class(request: HttpRequest, pk: int) -> ObjectClass:
    found: ObjectClass = get_object_or_404(_classes(request), pk=pk)
    return found


def _trail(*more: tuple[str, str]) -> list[tuple[str, str]]:
    return [
        (_("Objects"), reverse("registry:list")),
        (_("Classes and attributes"), reverse("registry:classes")),
        *more,
    ]


@permission_required(PERMISSION)
@require_GET
def class_list(request: HttpRequest) -> HttpResponse:
    """All classes with their attributes and how many objects each has."""
    classes = list(_classes(request).prefetch_related("attributes"))
    numbers: dict[int, int] = {}
    for model in (ObjectCount, ObjectCountChange):
        rows = (
            model.objects.filter(level=WHOLE_DISTRICT)
            .values_list("object_class")
            .annotate(n=Sum("n"))
            .order_by()
        )
        for kind, n in rows:
            numbers[kind] = numbers.get(kind, 0) + n
    shown = [
        {
            "class": c,
            "n": numbers.get(c.pk, 0),
            "attributes": [a for a in c.attributes.all() if a.active],
            "list_url": reverse("registry:list") + f"?class={c.pk}",
        }
        for c in classes
    ]
    return render(
        request,
        "registry/class_list.html",
        {"classes": shown, "trail": [*_trail()[:1], (_("Classes and attributes"), "")]},
    )


@permission_required(PERMISSION)
@require_http_methods(["GET", "POST"])
def class_new(request: HttpRequest) -> HttpResponse:
    """Add a class."""
    user: Any = request.user
    last = _classes(request).order_by("-order").first()
    form = ClassForm(request.POST or None, initial={"order": (last.order if last else 0) + 10})
    if request.method == "POST" and form.is_valid():
        districts = sorted(user.scope_for(PERMISSION).districts)
        own = user.unit.district_id
        if not districts:
            raise Http404
        from chengshu.bureau.models import District

        district = District.objects.get(pk=own if own in districts else districts[0])
        if made := _save_class(form, district, user):
            messages.success(request, _("The class is set up. Give it attributes."))
            return redirect("registry:class", pk=made.pk)
    return render(request, "registry/class_form.html", {"form": form, "trail": _trail((_("New class"), ""))})


def _save_class(form: ClassForm, district: Any, by: Any) -> ObjectClass | None:
    try:
        return setup.save_class(form.save(commit=False), district, by)
    except InvalidValues as error:
        for name, text in error.errors.items():
            form.add_error(name, text)
        return None


@permission_required(PERMISSION)
@require_http_methods(["GET", "POST"])
def class_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """A class and its attributes."""
    found = _class(request, pk)
    form = ClassForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid() and _save_class(form, found.district, request.user):
        messages.success(request, _("Saved."))
        return redirect("registry:class", pk=pk)
    attributes = list(found.attributes.all())
    context = {"form": form, "class": found, "attributes": attributes, "trail": _trail((found.label, ""))}
    return render(request, "registry/class_file.html", context)


@permission_required(PERMISSION)
@require_POST
def attribute_order(request: HttpRequest, pk: int) -> HttpResponse:
    """Move one attribute up or down."""
    user: Any = request.user
    found = _class(request, pk)
    keys = [a.key for a in found.attributes.all()]
    key, up = request.POST.get("key", ""), request.POST.get("to") == "up"
    if key in keys:
        at = keys.index(key)
        other = max(at - 1, 0) if up else min(at + 1, len(keys) - 1)
        keys[at], keys[other] = keys[other], keys[at]
        setup.reorder(found, keys, user)
    return redirect(reverse("registry:class", args=[pk]) + "#attributes")


@permission_required(PERMISSION)
@require_http_methods(["GET", "POST"])
def attribute_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Add an attribute."""
    found = _class(request, pk)
    last = found.attributes.order_by("-order").first()
    form = AttributeForm(request.POST or None, initial={"order": (last.order if last else 0) + 10})
    return _attribute_page(request, found, form, None)


@permission_required(PERMISSION)
@require_http_methods(["GET", "POST"])
def attribute_edit(request: HttpRequest, pk: int, attribute: int) -> HttpResponse:
    """Change or retire an attribute."""
    found = _class(request, pk)
    known = get_object_or_404(found.attributes, pk=attribute)
    return _attribute_page(request, found, AttributeForm(request.POST or None, instance=known), known)


def _attribute_page(
    request: HttpRequest, found: ObjectClass, form: AttributeForm, known: AttributeDefinition | None
) -> HttpResponse:
    user: Any = request.user
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in form.fields}
        fresh = (
            AttributeDefinition.objects.get(pk=known.pk) if known else None
        )  # the form has changed its own
        try:
            setup.save_attribute(found, values, fresh, user)
        except InvalidValues as error:
            for name, text in error.errors.items():
                form.add_error(name if name in form.fields else None, text)
        else:
            messages.success(
                request, _("Saved. The attribute appears in forms, lists to import and exports.")
            )
            return redirect(reverse("registry:class", args=[found.pk]) + "#attributes")
    title = known.label if known else _("New attribute")
    trail = _trail((found.label, reverse("registry:class", args=[found.pk])), (title, ""))
    return render(
        request,
        "registry/attribute_form.html",
        {"form": form, "class": found, "attribute": known, "trail": trail},
    )
