"""Setting up: the list of items, and the checklists with their versions."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chengshu.bureau.models import District
from chengshu.inspections.exchange.checklist_table import read_entries, write_entries
from chengshu.inspections.exchange.table import ExchangeProblem
from chengshu.inspections.forms.configuring import (
    ItemForm,
    NewChecklistForm,
    VersionForm,
    class_choices,
    entry_set,
)
from chengshu.inspections.models import Checklist, InspectionItem
from chengshu.inspections.services import configuring
from chengshu.inspections.services.base import InspectionProblem
from chengshu.kernel.access import permission_required
from chengshu.kernel.models import LedgerEntry
from chengshu.law.catalogue import catalogue as law
from chengshu.law.links import article_url
from chengshu.leads.models import LeadClass

PERMISSION = configuring.PERMISSION
HISTORY = 50


def district_of(request: HttpRequest, permission: str = PERMISSION) -> District:
    """The district in which the person may do this: the own one first. 404 where there is none."""
    user: Any = request.user
    districts = sorted(user.scope_for(permission).districts)
    if not districts:
        raise Http404
    own = user.unit.district_id
    found: District = District.objects.get(pk=own if own in districts else districts[0])
    return found


# --- items ---------------------------------------------------------------------------------------------
@permission_required(PERMISSION)
@require_GET
def item_list(request: HttpRequest) -> HttpResponse:
    """The list of items: what may be inspected at random."""
    district = district_of(request)
    names = dict(class_choices(district))
    items: list[dict[str, Any]] = [
        {"item": item, "classes": [names.get(code, code) for code in item.object_classes]}
        for item in InspectionItem.objects.filter(district=district)
    ]
    context = {"items": items, "unverified": sum(not one["item"].verified for one in items)}
    return render(request, "inspections/config_items.html", context)


@permission_required(PERMISSION)
@require_http_methods(["GET", "POST"])
def item_new(request: HttpRequest) -> HttpResponse:
    """Add an item."""
    return _item_page(request, None)


@permission_required(PERMISSION)
@require_http_methods(["GET", "POST"])
def item_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change an item, and see what was changed before."""
    return _item_page(request, get_object_or_404(InspectionItem, pk=pk, district=district_of(request)))


def _item_page(request: HttpRequest, item: InspectionItem | None) -> HttpResponse:
    user: Any = request.user
    district = district_of(request)
    form = ItemForm(request.POST if request.method == "POST" else None, district=district, item=item)
    if request.method == "POST" and form.is_valid():
        try:
            draft = configuring.ItemDraft(**form.cleaned_data)
            saved = configuring.save_item(district, draft, by=user, item=item)
        except InspectionProblem as problem:
            form.add_error(problem.field if problem.field in form.fields else None, str(problem))
        else:
            messages.success(request, _("Saved."))
            return redirect("inspections:config_item", pk=saved.pk)
    title = item.label if item else _("New item")
    context = {
        "form": form,
        "item": item,
        "title": title,
        "history": _item_history(item) if item else [],
        "trail": [(_("List of items"), reverse("inspections:config_items")), (title, "")],
    }
    return render(request, "inspections/config_item.html", context, status=422 if form.errors else 200)


def _item_history(item: InspectionItem) -> list[dict[str, Any]]:
    titles = {"item.added": _("Item added"), "item.changed": _("Item changed")}
    labels = {name: str(field.label) for name, field in ItemForm.base_fields.items()}
    entries = LedgerEntry.objects.filter(chain=configuring.item_chain(item.pk)).order_by("-seq")[:HISTORY]
    return [
        {
            "at": entry.at,
            "title": titles.get(entry.action, entry.action),
            "by": entry.actor,
            "text": "；".join(
                f"{labels.get(name, name)}: {_shown(name, entry.payload['before'].get(name))}"
                f" → {_shown(name, value)}"
                for name, value in entry.payload["after"].items()
            ),
        }
        for entry in entries
    ]


def _shown(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if name == "basis" and isinstance(value, list):
        return configuring.basis_text(value) or "—"
    return "、".join(value) if isinstance(value, list) else str(value or "—")


# --- checklists ----------------------------------------------------------------------------------------
@permission_required(PERMISSION)
@require_GET
def checklist_list(request: HttpRequest) -> HttpResponse:
    """Every class of objects with the versions of its checklist."""
    district = district_of(request)
    today = timezone.localdate()
    versions: dict[str, list[Checklist]] = {}
    rows = Checklist.objects.filter(district=district).select_related("made_by")
    for row in rows.order_by("object_class", "-valid_from", "-version"):
        versions.setdefault(row.object_class, []).append(row)
    shown = [
        {
            "label": label,
            "versions": versions.get(code, []),
            "current": next((row for row in versions.get(code, []) if row.valid_from <= today), None),
        }
        for code, label in class_choices(district)
    ]
    return render(request, "inspections/config_checklists.html", {"classes": shown})


def _trail(*more: tuple[str, str]) -> list[tuple[str, str]]:
    return [(_("Checklists"), reverse("inspections:config_checklists")), *more]


def _checklist(request: HttpRequest, pk: int) -> Checklist:
    found: Checklist = get_object_or_404(
        Checklist.objects.select_related("made_by"), pk=pk, district=district_of(request)
    )
    return found


@permission_required(PERMISSION)
@require_GET
def checklist(request: HttpRequest, pk: int) -> HttpResponse:
    """One version as it stands, and what it changed against the one before."""
    found = _checklist(request, pk)
    siblings = Checklist.objects.filter(district=found.district_id, code=found.code)
    before = siblings.filter(version__lt=found.version).order_by("-version").first()
    changes = configuring.differences(before.entries, found.entries) if before else []
    context = {
        "checklist": found,
        "entries": [_entry(entry, found.valid_from, found.district) for entry in found.entries],
        "before": before,
        "changes": [_change(one) for one in changes],
        "is_newest": not siblings.filter(version__gt=found.version).exists(),
        "trail": _trail((str(found), "")),
    }
    return render(request, "inspections/config_checklist.html", context)


def _entry(entry: dict[str, Any], on: date, district: District) -> dict[str, Any]:
    causes = {cause.code: cause for cause in law().causes}
    leads = {row.code: row.label for row in LeadClass.objects.filter(district=district)}
    basis = configuring.cited(entry["basis"])
    return {
        **entry,
        "basis": [{**one, "url": article_url(one["citation"], on)} for one in basis],
        "cause": causes.get(entry["cause"]),
        "lead_label": leads.get(entry["lead_class"], entry["lead_class"]),
    }


def _change(one: configuring.Difference) -> dict[str, Any]:
    kinds = {
        "added": (_("Added"), "ok"),
        "removed": (_("Taken out"), "danger"),
        "changed": (_("Changed"), "warn"),
    }
    label, tone = kinds[one.kind]
    names = {
        "zh": _("What is asked"),
        "en": _("In English"),
        "basis": _("Legal basis"),
        "cause": _("Cause of action"),
        "lead_class": _("Class of the lead"),
        "photo": _("Photo needed"),
        "rectify_days": _("Days to rectify"),
    }
    before, after = one.before or {}, one.after or {}
    return {
        "label": label,
        "tone": tone,
        "code": one.code,
        "zh": (one.after or before)["zh"],
        "fields": [
            {
                "name": names.get(name, name),
                "before": _shown(name, before.get(name)),
                "after": _shown(name, after[name]),
            }
            for name in one.changed
        ],
    }


@permission_required(PERMISSION)
@require_GET
def checklist_table(request: HttpRequest, pk: int) -> Any:
    """A version as a table, to be edited and given back."""
    found = _checklist(request, pk)
    target = io.BytesIO()
    write_entries(target, found.entries)
    target.seek(0)
    name = f"checklist-{found.code}-v{found.version}.xlsx"
    return FileResponse(target, as_attachment=True, filename=name)


@permission_required(PERMISSION)
@require_http_methods(["GET", "POST"])
def checklist_new(request: HttpRequest) -> HttpResponse:
    """The first checklist of a class that has none."""
    district = district_of(request)
    there = set(Checklist.objects.filter(district=district).values_list("object_class", flat=True))
    classes = [(code, label) for code, label in class_choices(district) if code not in there]
    posted = request.POST if request.method == "POST" else None
    form = NewChecklistForm(posted, classes=classes)
    return _version_page(request, district, form, entry_set(district, [], posted), None)


@permission_required(PERMISSION)
@require_http_methods(["GET", "POST"])
def checklist_change(request: HttpRequest, pk: int) -> HttpResponse:
    """A new version that begins with the entries of this one."""
    found = _checklist(request, pk)
    posted = request.POST if request.method == "POST" else None
    rows = entry_set(found.district, found.entries, posted, known=found.entries)
    return _version_page(request, found.district, VersionForm(posted, last=found), rows, found)


@permission_required(PERMISSION)
@require_POST
def checklist_upload(request: HttpRequest, pk: int) -> HttpResponse:
    """A new version out of a table: its rows come into the form, to be looked at and saved."""
    found = _checklist(request, pk)
    upload = request.FILES.get("file")
    if upload is None:
        messages.error(request, _("Choose a table first."))
        return redirect("inspections:config_checklist", pk=pk)
    try:
        entries = read_entries(upload, upload.name or "", found.entries)  # type: ignore[arg-type]
    except ExchangeProblem as problem:
        messages.error(request, str(problem))
        return redirect("inspections:config_checklist", pk=pk)
    rows = entry_set(found.district, entries, known=found.entries)
    form = VersionForm(last=found)
    messages.info(request, _("The table was read. Nothing is saved yet."))
    changes = [_change(one) for one in configuring.differences(found.entries, entries)]
    return _version_page(request, found.district, form, rows, found, changes)


def _version_page(
    request: HttpRequest, district: District, form: Any, rows: Any, last: Checklist | None, changes: Any = ()
) -> HttpResponse:
    user: Any = request.user
    if form.is_bound and form.is_valid() and rows.is_valid():
        stated = form.cleaned_data
        object_class = last.object_class if last else stated["object_class"]
        values = {name: stated[name] for name in ("title", "title_en", "valid_from", "note")}
        draft = configuring.VersionDraft(object_class=object_class, entries=rows.entries(), **values)
        try:
            made = configuring.make_version(district, draft, by=user)
        except InspectionProblem as problem:
            form.add_error(problem.field if problem.field in form.fields else None, str(problem))
        else:
            messages.success(request, _("The new version is saved. The earlier ones stay."))
            return redirect("inspections:config_checklist", pk=made.pk)
    title = _("New version of “%(name)s”") % {"name": last.label} if last else _("New checklist")
    action = (
        reverse("inspections:config_checklist_change", args=[last.pk])
        if last
        else reverse("inspections:config_checklist_new")
    )
    faulty = form.is_bound and (form.errors or not rows.is_valid())
    context = {
        "form": form,
        "rows": rows,
        "last": last,
        "title": title,
        "action": action,
        "changes": changes,
        "causes": law().causes,
        "trail": _trail((title, "")),
    }
    return render(request, "inspections/config_version.html", context, status=422 if faulty else 200)
