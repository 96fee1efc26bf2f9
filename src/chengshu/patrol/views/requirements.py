"""频次要求: how often points are to be visited, by class of street and hours."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from chengshu.bureau.models import District
from chengshu.kernel.access import permission_required
from chengshu.patrol.forms.configuring import RequirementForm
from chengshu.patrol.models import Requirement
from chengshu.patrol.refusing import PatrolProblem
from chengshu.patrol.services import beats as services
from chengshu.patrol.views.checkin_common import CONFIGURE, VIEW, district_of, person


@permission_required(VIEW)
@require_GET
def requirement_list(request: HttpRequest) -> HttpResponse:
    """All required frequencies of the district; those that have ended stand below."""
    user, today = person(request), timezone.localdate()
    rows = list(Requirement.objects.filter(district=user.unit.district_id))
    context = {
        "rows": sorted(rows, key=lambda row: bool(row.valid_to and row.valid_to < today)),
        "today": today,
        "unverified": any(not row.verified for row in rows),
        "may_configure": user.may(CONFIGURE),
    }
    return render(request, "patrol/requirement_list.html", context)


@permission_required(CONFIGURE)
@require_http_methods(["GET", "POST"])
def requirement_new(request: HttpRequest) -> HttpResponse:
    """Add a window."""
    return _page(request, district_of(request), None)


@permission_required(CONFIGURE)
@require_http_methods(["GET", "POST"])
def requirement_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a window."""
    district = district_of(request)
    return _page(request, district, get_object_or_404(Requirement, pk=pk, district=district))


def _page(request: HttpRequest, district: District, row: Requirement | None) -> HttpResponse:
    initial = RequirementForm.initial_of(row) if row else {"valid_from": timezone.localdate()}
    form = RequirementForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_bound and form.is_valid():
        try:
            services.save_requirement(district, by=person(request), requirement=row, **form.cleaned_data)
        except PatrolProblem as problem:
            form.add_error(problem.field if problem.field in form.fields else None, str(problem))
        else:
            messages.success(request, _("Saved."))
            return redirect("patrol:requirements")
    title = _("Change required frequency") if row else _("New required frequency")
    context = {
        "form": form,
        "title": title,
        "trail": [(_("Required frequency"), reverse("patrol:requirements")), (title, "")],
    }
    return render(request, "patrol/requirement_form.html", context, status=422 if form.errors else 200)
