"""Units and roles."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from chengshu.bureau import queries
from chengshu.bureau.forms import UnitForm
from chengshu.bureau.roles import permissions, roles
from chengshu.bureau.services import units
from chengshu.bureau.views.common import refusals_in, visible_unit
from chengshu.kernel.access import permission_required


@permission_required("bureau.view")
@require_safe
def unit_tree(request: HttpRequest) -> HttpResponse:
    """/units/: the tree with people, towns and area."""
    viewer: Any = request.user
    return render(request, "bureau/units.html", {"tree": queries.unit_tree(viewer)})


@permission_required("bureau.units.manage")
def unit_new(request: HttpRequest) -> HttpResponse:
    """/units/new/."""
    viewer: Any = request.user
    form = UnitForm(request.POST or None, user=viewer)
    if request.method == "POST" and form.is_valid():
        with refusals_in(form):
            unit = units.create_unit(by=viewer, **form.cleaned_data)
            messages.success(request, _("%(unit)s has been added.") % {"unit": unit})
            return redirect("bureau:units")
    return _form_page(request, form, _("New unit"))


@permission_required("bureau.units.manage")
def unit_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """/units/<id>/edit/."""
    viewer: Any = request.user
    unit = visible_unit(request, pk)
    form = UnitForm(request.POST or None, user=viewer, unit=unit)
    if request.method == "POST" and form.is_valid():
        fields = {"active": unit.active, **form.cleaned_data}
        with refusals_in(form):
            units.change_unit(unit, by=viewer, **fields)
            messages.success(request, _("Saved."))
            return redirect("bureau:units")
    return _form_page(request, form, unit.label)


def _form_page(request: HttpRequest, form: UnitForm, title: str) -> HttpResponse:
    trail = [(_("Units"), reverse("bureau:units")), (title, "")]
    return render(request, "bureau/unit_form.html", {"form": form, "title": title, "trail": trail})


@permission_required("bureau.view")
@require_safe
def role_matrix(request: HttpRequest) -> HttpResponse:
    """/roles/: which role carries which permission, read from the role file."""
    viewer: Any = request.user
    language = "en" if request.LANGUAGE_CODE.startswith("en") else "zh"
    counts = queries.holders(viewer)
    kinds = (
        (_("Business roles"), [role for role in roles().values() if not role.administers]),
        (_("Administrators"), [role for role in roles().values() if role.administers]),
    )
    tables = []
    for title, chosen in kinds:
        columns = [{"role": role, "holders": counts.get(role.code, 0)} for role in chosen]
        rows = [
            {"label": label[language], "cells": [code in role.permissions for role in chosen]}
            for code, label in permissions().items()
            if any(code in role.permissions for role in chosen)
        ]
        tables.append({"title": title, "columns": columns, "rows": rows})
    return render(request, "bureau/roles.html", {"tables": tables})
