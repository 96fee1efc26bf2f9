"""Coverage: which objects were never drawn; and the effect of a plan's rules over some years."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from chengshu.inspections.models import AnnualPlan
from chengshu.inspections.queries import coverage as queries
from chengshu.inspections.tasks import simulate_plan
from chengshu.kernel import jobs
from chengshu.kernel.access import permission_required
from chengshu.registry.models import ObjectClass
from chengshu.ui.paging import paginate

from .planning_common import PLAN, VIEW, district_of, person

LONGEST = 30


def _years(request: HttpRequest) -> int:
    """How many years back; 0 means ever."""
    asked = request.GET.get("years", "")
    return min(int(asked), LONGEST) if asked.isascii() and asked.isdecimal() and len(asked) < 4 else 0


def _since(years: int) -> date | None:
    return date(timezone.localdate().year - years + 1, 1, 1) if years else None


@permission_required(VIEW)
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """By class and credit class: how many objects, how many never drawn; each number opens its list."""
    user, years = person(request), _years(request)
    names = {row.code: str(row) for row in ObjectClass.objects.all()}
    never = reverse("inspections:coverage_never")
    rows = [
        (
            row,
            names.get(row.object_class, row.object_class),
            f"{never}?{_query(row, years)}",
            row.covered * 100,
        )
        for row in queries.coverage(user, _since(years))
    ]
    trail = [(_("Annual plans"), reverse("inspections:plans")), (_("Coverage"), "")]
    context = {"rows": rows, "years": years, "choices": (0, 1, 3, 5), "trail": trail}
    return render(request, "inspections/coverage.html", context)


def _query(row: queries.Row, years: int) -> str:
    return f"class={row.object_class}&credit={row.credit or 'none'}&years={years}"


@permission_required(VIEW)
@require_GET
def never(request: HttpRequest) -> HttpResponse:
    """The objects behind a figure of the report."""
    years = _years(request)
    rows = queries.never_drawn(person(request), _since(years)).select_related("object_class", "town", "squad")
    if code := request.GET.get("class", ""):
        rows = rows.filter(object_class__code=code.replace("\0", "")[:40])
    if credit := request.GET.get("credit", ""):
        rows = rows.filter(credit="" if credit == "none" else credit.replace("\0", "")[:1])
    found = paginate(rows.defer("search_tokens", "search_text", "town__boundary"), request)
    trail = [(_("Coverage"), reverse("inspections:coverage")), (_("Never drawn"), "")]
    return render(request, "inspections/coverage_never.html", {"page": found, "trail": trail})


@permission_required(PLAN)
@require_POST
def simulate(request: HttpRequest, pk: int) -> HttpResponse:
    """Compute the effect of a draft's rules, as a job."""
    plan = get_object_or_404(AnnualPlan, pk=pk, district=district_of(request, PLAN))
    address = reverse("inspections:plan", args=[plan.pk])
    title = _("Effect of the plan of %(year)s") % {"year": plan.year}
    try:
        jobs.start(
            "inspections.simulate",
            title,
            simulate_plan,
            by=person(request),
            url=address,
            key=f"inspections.simulate:{plan.pk}",
            plan_id=plan.pk,
        )
    except jobs.AlreadyRunning:
        messages.info(request, _("The effect is being computed already."))
    else:
        messages.success(request, _("The effect is being computed. Reload this page in a moment."))
    return redirect(address)
