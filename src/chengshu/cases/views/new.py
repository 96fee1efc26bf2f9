"""New cases: registering a lead, and the simple procedure on the spot."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from chengshu.bureau.models import Unit, User
from chengshu.cases.forms.causes import find_cause
from chengshu.cases.forms.new import LeadForm, SimpleForm, new_token
from chengshu.cases.forms.parties import PartyForm
from chengshu.cases.models import Case, EvidenceItem
from chengshu.cases.permissions import WORK
from chengshu.cases.procedure.law import LawProblem
from chengshu.cases.queries import blocks, people
from chengshu.cases.queries.law import advice
from chengshu.cases.services import StepRefused, from_lead, leading, open_case
from chengshu.cases.services.evidence import decide_with_photos
from chengshu.cases.views.common import keep, kept_files, person, refusals, sign, visible_lead, visible_object
from chengshu.cases.words import cause_label, causes_on
from chengshu.kernel.access import permission_required
from chengshu.kernel.files import FileProblem
from chengshu.kernel.models import StoredFile
from chengshu.leads.models import Lead
from chengshu.leads.services import LeadProblem
from chengshu.registry.models import RegulatedObject


@permission_required(WORK)
@require_http_methods(["GET", "POST"])
def lead_new(request: HttpRequest) -> HttpResponse:
    """Register a lead; the same form sent twice makes one case."""
    lead = visible_lead(request, request.POST.get("lead") or request.GET.get("lead"))
    obj = lead.object if lead else _object(request)
    initial = {
        "client_id": new_token(),
        "found_on": timezone.localdate(),
        "object": obj.pk if obj else None,
        "address": obj.address if obj else "",
        **(_stated(lead) if lead else {}),
    }
    form = LeadForm(request.POST if request.method == "POST" else None, initial=initial)
    for name in ("address", "source", "found_on") if lead else ():
        form.fields[name].disabled = True  # the lead says so
    if request.method == "POST" and form.is_valid():
        user = person(request)
        try:
            case = _filed(lead, form, by=user) if lead else _opened(form, obj, by=user)
        except (PermissionDenied, LeadProblem, StepRefused) as refused:
            form.add_error(None, str(refused) or _("This place lies outside your area."))
        else:
            return redirect("cases:case", pk=case.pk)
    context = {"form": form, "object": obj, "causes": causes_on(timezone.localdate()), **_lead_shown(lead)}
    return render(request, "cases/new.html", {**context, "trail": _trail(_("Register a lead"))})


def _opened(form: LeadForm, obj: RegulatedObject | None, *, by: User) -> Case:
    return open_case(
        by.unit.district,
        by=by,
        summary=form.cleaned_data["summary"],
        source=form.cleaned_data["source"],
        address=form.cleaned_data["address"],
        position=form.position,
        obj=obj,
        client_id=form.cleaned_data["client_id"],
        data=form.data_of(),
    )


def _filed(lead: Lead, form: LeadForm, *, by: User) -> Case:
    """From a lead of the loop: place, source and day are the lead's own."""
    held = form.cleaned_data
    return from_lead(lead, by=by, summary=held["summary"], cause=held["cause"], client_id=held["client_id"])


def _object(request: HttpRequest) -> RegulatedObject | None:
    return visible_object(request, request.POST.get("object") or request.GET.get("object"))


def _stated(lead: Lead) -> dict[str, Any]:
    """What the lead already says, for the form of the general procedure."""
    cause = leading.cause_of(lead)
    return {
        "lead": lead.pk,
        "summary": leading.summary_of(lead),
        "cause": cause_label(cause) if cause else "",
        "address": lead.address,
        "source": leading.source_of(lead),
        "found_on": leading.found_on(lead),
    }


def _lead_shown(lead: Lead | None) -> dict[str, Any]:
    """The lead above the form, with the photos that go into the case."""
    return {"lead": lead, "lead_photos": len(leading.photos_of(lead)) if lead else 0}


def _trail(last: str) -> list[tuple[str, str]]:
    return [(_("Cases"), reverse("cases:list")), (last, "")]


@permission_required(WORK)
@require_http_methods(["GET", "POST"])
def simple_new(request: HttpRequest) -> HttpResponse:
    """The simple procedure in one form; a refused one keeps everything, photos too."""
    user = person(request)
    lead = visible_lead(request, request.POST.get("lead") or request.GET.get("lead"))
    obj = lead.object if lead else _object(request)
    data = request.POST if request.method == "POST" else None
    officers = _partners(user)
    shown = _lead_shown(lead)
    form = SimpleForm(
        data,
        request.FILES or None,
        initial=_start(obj, lead),
        officers=officers,
        photographed=shown["lead_photos"] > 0,
    )
    party = PartyForm(data, prefix="p", initial=_party_start(obj))
    kept: list[StoredFile] = []
    refused: list[Any] = []
    if request.method == "POST":
        valid = form.is_valid() & party.is_valid()
        kept = _photos(form)
        if valid and not form.errors:
            answer = _decide(request, form, party, kept, officers, obj, lead)
            if isinstance(answer, HttpResponse):
                return answer
            refused = answer
    context = {
        "form": form,
        "party": party,
        "kept": sign(kept) if kept else "",
        "kept_count": len(kept),
        "refused": refused,
        "causes": causes_on(timezone.localdate()),
        "numbers": blocks.own_numbers(user),
        **shown,
        "trail": _trail(_("On-the-spot penalty")),
    }
    return render(request, "cases/simple.html", context)


def _start(obj: RegulatedObject | None, lead: Lead | None) -> dict[str, Any]:
    start = {
        "client_id": new_token(),
        "act_on": timezone.localdate(),
        "object": obj.pk if obj else None,
        "address": obj.address if obj else "",
    }
    if lead is not None:
        stated = _stated(lead)
        start |= {key: stated[key] for key in ("lead", "cause", "address")}
        start |= {"facts": stated["summary"], "act_on": stated["found_on"]}
    return start


def _party_start(obj: RegulatedObject | None) -> dict[str, Any]:
    """A regulated object with a USCC is an organisation that need not be typed."""
    if obj is None:
        return {}
    kind = "organisation" if obj.uscc else "person"
    return {"kind": kind, "name": obj.name, "id_number": obj.uscc, "address": obj.address}


def _partners(user: User) -> list[User]:
    """Who can be the second officer: the squad's people with a valid certificate."""
    squad = user.unit_id if user.unit.kind == Unit.Kind.SQUAD else None
    found = people.certified(user.unit.district_id, squad, timezone.localdate())
    return [other for other in found if other.pk != user.pk]


def _photos(form: SimpleForm) -> list[StoredFile]:
    """The photos sent now, or before a refusal."""
    uploads = form.cleaned_data.get("photos") or []
    if not uploads:
        return kept_files(str(form.data.get("kept", "")))
    try:
        return keep(uploads, kind="photo")
    except FileProblem as problem:
        form.add_error("photos", str(problem))
        return []


def _decide(
    request: HttpRequest,
    form: SimpleForm,
    party: PartyForm,
    photos: list[StoredFile],
    officers: list[User],
    obj: RegulatedObject | None,
    lead: Lead | None,
) -> HttpResponse | list[Any]:
    """Decide, or say why not."""
    user, today = person(request), timezone.localdate()
    if not photos and not form.photographed:
        form.add_error("photos", _("A photo of the scene is needed as evidence."))
        return []
    title = _("Photo of the scene")
    steps = [
        {"type": EvidenceItem.Type.RECORD.value, "title": title, "sha256": photo.sha256, "item": place}
        for place, photo in enumerate(photos, start=1)
    ]
    second = [other for other in officers if str(other.pk) == form.cleaned_data["second_officer"]]
    entered = form.entered(party.party("1") or {}, steps, obj)
    acting: dict[str, Any] = {
        "by": user,
        "officers": [user, *second],
        "at": form.cleaned_data["decided_at"],
        "client_id": form.cleaned_data["client_id"],
    }
    try:
        if lead is not None:
            case = from_lead(lead, entered=entered, photos=photos, **acting)
        else:
            case = decide_with_photos(user.unit.district, entered, photos, title=title, **acting)
    except StepRefused as refused:
        return list(refusals(refused, today))
    except (LawProblem, LeadProblem, PermissionDenied) as problem:
        return [{"text": str(problem), "law": None}]
    messages.success(request, _("The decision %(number)s has been made.") % {"number": case.decision_number})
    return redirect("cases:case", pk=case.pk)


@permission_required(WORK)
@require_GET
def law_beside(request: HttpRequest) -> HttpResponse:
    """What the law says about a cause, beside the form while it is filled in."""
    text = request.GET.get("cause", "").strip()
    kind: Any = "organisation" if request.GET.get("p-kind") == "organisation" else "person"
    today = timezone.localdate()
    try:
        act_on = date.fromisoformat(request.GET.get("act_on", ""))
    except ValueError:
        act_on = today
    if not text:
        return HttpResponse()  # an empty place takes no room
    try:
        cause = find_cause(text)
    except ValidationError as problem:
        return render(request, "cases/advice.html", {"advice": [], "problem": problem.messages[0]})
    found = advice(cause.code, kind, min(act_on, today), today)
    return render(request, "cases/advice.html", {"advice": [found]})
