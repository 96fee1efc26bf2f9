"""The forms: a new entry, and each thing that can be recorded of one."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods

from chengshu.bureau.models import User
from chengshu.bureau.views.areas import map_config
from chengshu.cases.models import Case
from chengshu.kernel.access import permission_required
from chengshu.leads.models import Lead
from chengshu.structures import settings
from chengshu.structures.forms import acts
from chengshu.structures.lifecycle import Disposal
from chengshu.structures.models import Structure
from chengshu.structures.queries.one import LABELS, disposals_of
from chengshu.structures.services import disposing, entering, recording
from chengshu.structures.services.base import StructureProblem
from chengshu.structures.services.disposing import Offer
from chengshu.structures.services.entering import NewEntry
from chengshu.structures.views.common import (
    APPROVE,
    VIEW,
    WORK,
    code_of,
    district_of,
    outline,
    person,
    trail,
    visible,
)

Doing = Callable[[Structure, dict[str, Any], User], Any]


def _change(structure: Structure, values: dict[str, Any], by: User) -> Any:
    note = values.pop("note")
    return entering.change(structure, values, by=by, note=note)


def _case(structure: Structure, values: dict[str, Any], by: User) -> Any:
    found = Case.objects.visible_to(by, "cases.view").filter(number=values["number"].strip()).first()
    if found is None:
        raise StructureProblem(_("There is no such case."), "number")
    return recording.link_case(structure, found, by=by)


DOING: dict[str, tuple[type[forms.Form], Doing]] = {
    "survey": (acts.SurveyForm, lambda s, v, by: recording.survey(s, v.pop("area_m2"), by=by, **v)),
    "find": (acts.FindForm, lambda s, v, by: recording.find(s, by=by, **v)),
    "note": (acts.NoteForm, lambda s, v, by: recording.note_in_register(s, by=by, **v)),
    "demolish": (acts.DemolishForm, lambda s, v, by: disposing.demolish(s, by=by, **v)),
    "propose": (acts.ProposeForm, lambda s, v, by: disposing.propose(s, Offer(**v), by=by)),
    "relapse": (acts.RelapseForm, lambda s, v, by: disposing.relapse(s, by=by, **v)),
    "come_back": (acts.ComeBackForm, lambda s, v, by: disposing.come_back(s, by=by, **v)),
    "change": (acts.ChangeForm, _change),
    "case": (acts.CaseForm, _case),
}


@permission_required(VIEW)
@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """The form of one act, by its code; the service asks for the right to it."""
    if code not in DOING:
        raise Http404
    user = person(request)
    structure = visible(request, pk, APPROVE if code == "come_back" else WORK)
    shape, do = DOING[code]
    form = shape(request.POST if request.method == "POST" else None, **_initial(structure, code))
    if code == "propose":
        kinds: Any = form.fields["kind"]
        kinds.choices = [(kind, Disposal(kind).label) for kind in disposals_of(structure)]
    return _run(request, structure, form, LABELS[code](), lambda values: do(structure, values, user))


@permission_required(WORK)
@require_http_methods(["GET", "POST"])
def step(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """A statutory step."""
    rule = settings.steps().get(code)
    if rule is None:
        raise Http404
    user, structure = person(request), visible(request, pk, WORK)
    form = acts.StepForm(request.POST if request.method == "POST" else None)
    if not rule.deadline:
        del form.fields["deadline"]
    return _run(
        request, structure, form, rule.label,
        lambda values: recording.take_step(structure, code, by=user, **values), rule=rule,
    )  # fmt: skip


def _initial(structure: Structure, code: str) -> dict[str, Any]:
    return {"initial": acts.ChangeForm.initial_of(structure)} if code == "change" else {}


def _run(
    request: HttpRequest, structure: Structure, form: forms.Form, title: str, do: Any, rule: Any = None
) -> HttpResponse:
    """Show the form, or do what it says; a refusal stands beside its field."""
    if request.method == "POST" and form.is_valid():
        try:
            do(dict(form.cleaned_data))
        except StructureProblem as problem:
            form.add_error(problem.field if problem.field in form.fields else None, str(problem))
        else:
            messages.success(request, _("Saved."))
            return redirect("structures:entry", pk=structure.pk)
    here = reverse("structures:entry", args=[structure.pk])
    context = {
        "form": form, "title": title, "structure": structure, "back": here, "rule": rule,
        "today": timezone.localdate(),
        "trail": trail((structure.number, here), (title, "")),
        "map": {**map_config(structure.district), "mode": "draw", "draw": "id_polygon", **_around(structure)}
        if "polygon" in form.fields else None,
    }  # fmt: skip
    return render(request, "structures/act.html", context, status=422 if form.errors else 200)


def _around(structure: Structure) -> dict[str, Any]:
    if structure.position is None:
        return {}
    lng, lat = structure.position
    near = {"bounds": [lng - 0.0006, lat - 0.0004, lng + 0.0006, lat + 0.0004]}
    drawn = outline(structure)
    return {**near, "overlay": drawn} if drawn else near


# --- a new one --------------------------------------------------------------------------------------
@permission_required(WORK)
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Enter a structure, by hand or from a lead (``?lead=``)."""
    user, district = person(request), district_of(request, WORK)
    lead = _lead(request)
    posted = request.POST if request.method == "POST" else None
    form = acts.EntryForm(posted, district=district, initial=_from_lead(lead))
    if form.is_bound and form.is_valid():
        try:
            stated = NewEntry(**form.stated())
            made = (
                entering.enter_from_lead(lead, stated, by=user)
                if lead
                else entering.enter(stated, district=district, by=user)
            )
        except StructureProblem as problem:
            form.add_error(problem.field if problem.field in form.fields else None, str(problem))
        else:
            messages.success(request, _("Entered as %(number)s.") % {"number": made.number})
            return redirect("structures:entry", pk=made.pk)
    context = {
        "form": form, "lead": lead, "trail": trail((pgettext("structure", "New entry"), "")),
        "map": {**map_config(district), "mode": "draw", "draw": "id_polygon"},
    }  # fmt: skip
    return render(request, "structures/new.html", context, status=422 if form.errors else 200)


def _lead(request: HttpRequest) -> Lead | None:
    number = code_of(request.GET.get("lead", ""))
    if not number:
        return None
    found: Lead | None = Lead.objects.visible_to(person(request)).filter(pk=number).first()
    if found is None:
        raise Http404
    return found


def _from_lead(lead: Lead | None) -> dict[str, Any]:
    if lead is None:
        return {}
    lng, lat = (round(one, 6) for one in lead.position) if lead.position else (None, None)
    return {
        "address": lead.address, "lng": lng, "lat": lat, "town": lead.town_id or "",
        "description": lead.description[:500], "found_at": lead.reported_at,
        "polygon": json.dumps(outline) if isinstance(outline := lead.data.get("outline"), dict) else "",
    }  # fmt: skip
