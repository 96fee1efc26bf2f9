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
from chengshu.cases.models import EvidenceItem
from chengshu.cases.permissions import WORK
from chengshu.cases.procedure.law import LawProblem
from chengshu.cases.queries import blocks, people
from chengshu.cases.queries.law import advice
from chengshu.cases.services import StepRefused, open_case
from chengshu.cases.services.evidence import decide_with_photos
from chengshu.cases.views.common import keep, kept_files, person, refusals, sign, visible_object
from chengshu.cases.words import causes_on
from chengshu.kernel.access import permission_required
from chengshu.kernel.files import FileProblem
from chengshu.kernel.models import StoredFile
from chengshu.registry.models import RegulatedObject


@permission_required(WORK)
@require_http_methods(["GET", "POST"])
def lead_new(request: HttpRequest) -> HttpResponse:
    """Register a lead; the same form sent twice makes one case."""
    obj = visible_object(request, request.POST.get("object") or request.GET.get("object"))
    initial = {
        "client_id": new_token(),
        "found_on": timezone.localdate(),
        "object": obj.pk if obj else None,
        "address": obj.address if obj else "",
    }
    form = LeadForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        user = person(request)
        try:
            case = open_case(
                user.unit.district,
                by=user,
                summary=form.cleaned_data["summary"],
                source=form.cleaned_data["source"],
                address=form.cleaned_data["address"],
                position=form.position,
                obj=obj,
                client_id=form.cleaned_data["client_id"],
                data=form.data_of(),
            )
        except PermissionDenied as refused:
            form.add_error(None, str(refused))
        else:
            return redirect("cases:case", pk=case.pk)
    context = {"form": form, "object": obj, "causes": causes_on(timezone.localdate())}
    return render(request, "cases/new.html", {**context, "trail": _trail(_("Register a lead"))})


def _trail(last: str) -> list[tuple[str, str]]:
    return [(_("Cases"), reverse("cases:list")), (last, "")]


@permission_required(WORK)
@require_http_methods(["GET", "POST"])
def simple_new(request: HttpRequest) -> HttpResponse:
    """The simple procedure in one form; a refused one keeps everything, photos too."""
    user = person(request)
    obj = visible_object(request, request.POST.get("object") or request.GET.get("object"))
    data = request.POST if request.method == "POST" else None
    officers = _partners(user)
    form = SimpleForm(data, request.FILES or None, initial=_start(obj), officers=officers)
    party = PartyForm(data, prefix="p", initial=_party_start(obj))
    kept: list[StoredFile] = []
    refused: list[Any] = []
    if request.method == "POST":
        valid = form.is_valid() & party.is_valid()
        kept = _photos(form)
        if valid and not form.errors:
            answer = _decide(request, form, party, kept, officers, obj)
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
        "trail": _trail(_("On-the-spot penalty")),
    }
    return render(request, "cases/simple.html", context)


def _start(obj: RegulatedObject | None) -> dict[str, Any]:
    return {
        "client_id": new_token(),
        "act_on": timezone.localdate(),
        "object": obj.pk if obj else None,
        "address": obj.address if obj else "",
    }


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
) -> HttpResponse | list[Any]:
    """Decide, or say why not."""
    user, today = person(request), timezone.localdate()
    if not photos:
        form.add_error("photos", _("A photo of the scene is needed as evidence."))
        return []
    title = _("Photo of the scene")
    steps = [
        {"type": EvidenceItem.Type.RECORD.value, "title": title, "sha256": photo.sha256, "item": place}
        for place, photo in enumerate(photos, start=1)
    ]
    second = [other for other in officers if str(other.pk) == form.cleaned_data["second_officer"]]
    try:
        case = decide_with_photos(
            user.unit.district,
            form.entered(party.party("1") or {}, steps, obj),
            photos,
            title=title,
            by=user,
            officers=[user, *second],
            at=form.cleaned_data["decided_at"],
            client_id=form.cleaned_data["client_id"],
        )
    except StepRefused as refused:
        return list(refusals(refused, today))
    except (LawProblem, PermissionDenied) as problem:
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
