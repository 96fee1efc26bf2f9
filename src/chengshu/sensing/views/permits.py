"""已批建设与临时设施: the list, importing one, putting a footprint in or out of use."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from chengshu.kernel.access import permission_required
from chengshu.sensing.forms import PermitForm
from chengshu.sensing.models import PermittedFootprint
from chengshu.sensing.refusing import MANAGE, SensingProblem
from chengshu.sensing.rules import rules
from chengshu.sensing.services import permits
from chengshu.sensing.services.permits import Imported
from chengshu.sensing.views.common import district_id_of, district_of, person
from chengshu.ui.paging import paginate

REFUSED_SHOWN = 200


@permission_required(MANAGE)
@require_http_methods(["GET", "POST"])
def permit_list(request: HttpRequest) -> HttpResponse:
    """Footprints on record, and the import of a list with what was refused."""
    district_id = district_id_of(request, MANAGE)
    form = PermitForm(request.POST or None, request.FILES or None)
    result: Imported | None = None
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            result = permits.import_list(
                district_of(request, MANAGE), by=person(request), content=file, filename=file.name,
                replace=form.cleaned_data["replace"],
            )  # fmt: skip
            form = PermitForm()
        except SensingProblem as problem:
            form.add_error(problem.field if problem.field in form.fields else None, str(problem))
    rows = PermittedFootprint.objects.filter(district=district_id).defer("outline")
    context = {
        "form": form,
        "page": paginate(rows.select_related("imported_by"), request),
        "result": result,
        "refused": result.refused[:REFUSED_SHOWN] if result else [],
        "limit_mb": rules().imports.max_mb,
        "columns": "、".join(words[0] for words in rules().columns.values()),
    }
    return render(request, "sensing/permit_list.html", context, status=422 if form.errors else 200)


@permission_required(MANAGE)
@require_POST
def permit_switch(request: HttpRequest, pk: int) -> HttpResponse:
    """In use or out of use."""
    rows = PermittedFootprint.objects.filter(person(request).scope_for(MANAGE).q(squad=None))
    footprint = get_object_or_404(rows, pk=pk)
    held = permits.switch(footprint, by=person(request), active=not footprint.active)
    words = _("%(number)s is in use.") if held.active else _("%(number)s is out of use.")
    messages.success(request, words % {"number": held.number})
    return redirect("sensing:permits")
