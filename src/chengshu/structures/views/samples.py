"""Assessments: announce a sample, draw it by the observers' words, check what was drawn."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chengshu.kernel import files
from chengshu.kernel.access import permission_required
from chengshu.kernel.files import FileDamaged
from chengshu.registry.queries.reference import area_label
from chengshu.structures.forms.years import AnnounceForm, CheckForm, WordsForm
from chengshu.structures.models import Assessment, SampleCheck
from chengshu.structures.services import years as services
from chengshu.structures.services.base import StructureProblem
from chengshu.structures.views.common import CHECK, VIEW, district_of, person
from chengshu.structures.views.figures import year_asked
from chengshu.structures.views.years import form_page


def _visible(request: HttpRequest, pk: int, permission: str = VIEW) -> Assessment:
    rows = Assessment.objects.visible_to(person(request), permission).select_related("town", "proof")
    found: Assessment = get_object_or_404(rows.defer("candidates", "town__boundary"), pk=pk)
    return found


@permission_required(VIEW)
@require_GET
def assessments(request: HttpRequest) -> HttpResponse:
    """All assessments."""
    rows = Assessment.objects.visible_to(person(request)).select_related("town")
    rows = rows.defer("candidates", "identities", "commitment", "town__boundary")
    context = {"rows": list(rows[:200]), "may_check": person(request).may(CHECK)}
    return render(request, "structures/assessments.html", context)


@permission_required(CHECK)
@require_http_methods(["GET", "POST"])
def announce(request: HttpRequest) -> HttpResponse:
    """Announce the draw of a sample."""
    posted = request.POST if request.method == "POST" else None
    form = AnnounceForm(posted, district=district_of(request, CHECK), initial={"year": year_asked(request)})
    if form.is_bound and form.is_valid():
        value = form.cleaned_data
        try:
            made = services.announce(
                value["town"], value["year"], value["sample"], value["place"], value["observers"],
                by=person(request),
            )  # fmt: skip
        except StructureProblem as problem:
            form.add_error(problem.field if problem.field in form.fields else None, str(problem))
        else:
            return redirect("structures:assessment", pk=made.pk)
    return form_page(
        request, form, _("Announce a sample"), "structures:assessments", _("Assessment of towns")
    )


@permission_required(VIEW)
@require_http_methods(["GET", "POST"])
def assessment(request: HttpRequest, pk: int) -> HttpResponse:
    """One assessment; a POST draws with the observers' words (`structures.check`)."""
    held = _visible(request, pk)
    form = WordsForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            services.draw(held, form.lines(), by=person(request))
        except StructureProblem as problem:
            form.add_error("words", str(problem))
        else:
            messages.success(request, _("Drawn. The proof is kept."))
            return redirect("structures:assessment", pk=pk)
    checks = held.checks.select_related("structure", "checked_by").order_by("structure__number")
    reach = person(request).scope_for(VIEW)
    rows = [
        (one, reach.covers(district_id=held.district_id, squad_id=one.structure.squad_id)) for one in checks
    ]
    context: dict[str, Any] = {
        "one": held, "checks": rows, "form": form, "check_form": CheckForm(auto_id=False),
        "may_check": person(request).scope_for(CHECK).covers(district_id=held.district_id),
        "trail": [(_("Assessment of towns"), reverse("structures:assessments")), (area_label(held.town), "")],
    }  # fmt: skip
    return render(request, "structures/assessment.html", context, status=422 if form.errors else 200)


@permission_required(CHECK)
@require_POST
def check(request: HttpRequest, pk: int, check_id: int) -> HttpResponse:
    """What was found at one drawn entry."""
    held = _visible(request, pk, CHECK)
    one = get_object_or_404(SampleCheck.objects.select_related("assessment"), assessment=held, pk=check_id)
    form = CheckForm(request.POST)
    try:
        if not form.is_valid():
            raise StructureProblem(_("Say whether it is as recorded."))
        services.check(one, form.cleaned_data["result"], by=person(request), note=form.cleaned_data["note"])
    except StructureProblem as problem:
        messages.error(request, str(problem))
    return redirect("structures:assessment", pk=pk)


@permission_required(VIEW)
@require_GET
def proof(request: HttpRequest, pk: int) -> HttpResponse:
    """The proof of the draw as a file, to be drawn again by anybody."""
    held = _visible(request, pk)
    if held.proof is None:
        raise Http404
    try:
        answer: Any = files.response(held.proof, f"sample-{held.pk}-proof.json")
    except FileDamaged as damaged:
        raise Http404 from damaged
    return answer  # type: ignore[no-any-return]
