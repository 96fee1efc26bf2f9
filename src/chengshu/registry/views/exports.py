"""Taking objects away as a table."""

from __future__ import annotations

import tempfile
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from chengshu.kernel.access import permission_required
from chengshu.registry import exporting
from chengshu.registry.forms import ObjectFilterForm
from chengshu.registry.queries.reference import reference

PERMISSION = exporting.PERMISSION
FORMATS = [("xlsx", "Excel (.xlsx)"), ("csv", "CSV (UTF-8)")]


class ExportForm(forms.Form):
    """What to take away and how."""

    object_class = forms.ChoiceField(label=gettext_lazy("Class"))
    format = forms.ChoiceField(label=gettext_lazy("Format"), choices=FORMATS)
    reason = forms.CharField(
        label=gettext_lazy("Reason for showing personal data"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("Without a reason, names, phones and IDs are masked. The reason is logged."),
    )


@permission_required(PERMISSION)
@require_http_methods(["GET", "POST"])
def export(request: HttpRequest) -> HttpResponse:
    """One class of the objects that the filters of the address leave, as a table."""
    user: Any = request.user
    filters = ObjectFilterForm(request.GET, user)
    wanted = filters.wanted()
    known = reference()
    classes = [
        (str(item.pk), item.label)
        for item in known.classes_in({*user.scope_for(PERMISSION).districts, *(_squad_districts(user))})
    ]
    form = ExportForm(request.POST or None, initial={"object_class": wanted.object_class, "format": "xlsx"})
    form.fields["object_class"].choices = classes  # type: ignore[attr-defined]
    if not user.may("privacy.unmask"):
        del form.fields["reason"]
    objects = exporting.chosen(user, wanted)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        object_class = known.classes[int(data["object_class"])]
        try:
            made = exporting.plan(
                objects,
                object_class,
                user,
                description=_description(filters),
                reason=data.get("reason", ""),
            )
            file: HttpResponse = _file(made, data["format"])
            return file
        except exporting.ExportProblem as problem:
            form.add_error(None, str(problem))
        except PermissionDenied:
            form.add_error("reason", _("You may not see personal data unmasked."))
    context = {
        "form": form,
        "active": _description(filters),
        "trail": [(_("Objects"), reverse("registry:list")), (_("Export"), "")],
    }
    return render(request, "registry/export.html", context, status=422 if form.errors else 200)


def _file(made: exporting.Plan, kind: str) -> Any:
    file = tempfile.SpooledTemporaryFile(max_size=8 << 20)  # noqa: SIM115 (the response closes it)
    exporting.write(made, file, kind)  # type: ignore[arg-type]
    file.seek(0)
    name = f"{made.object_class.label_zh}-{timezone.localdate():%Y%m%d}.{kind}"
    return FileResponse(file, as_attachment=True, filename=name)


def _squad_districts(user: Any) -> set[int]:
    squads = reference().squads
    return {squads[squad].district_id for squad in user.scope_for(PERMISSION).squads if squad in squads}


def _description(filters: ObjectFilterForm) -> str:
    """The filters in words, for the page and the second sheet."""
    words = []
    for bound in filters:
        value = filters.cleaned_data.get(bound.name) if filters.is_valid() else None
        if value in (None, ""):
            continue
        choices = dict(getattr(bound.field, "choices", []))
        words.append(f"{bound.label}: {choices.get(str(value), value)}")
    return "; ".join(words)
