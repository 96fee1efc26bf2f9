"""A new lead, and what is known already while it is typed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from chengshu.bureau.models import District, Unit, User
from chengshu.kernel.access import permission_required
from chengshu.kernel.files import FileProblem
from chengshu.leads import services
from chengshu.leads.forms.new import NewLeadForm
from chengshu.leads.lifecycle import Action, Stage
from chengshu.leads.models import Lead, LeadClass
from chengshu.leads.offered import may
from chengshu.leads.queries import around, people
from chengshu.leads.services import Attachment, LeadProblem, dispatching
from chengshu.leads.services.dispatching import squads_near
from chengshu.leads.settings import clocks, sources
from chengshu.leads.views.common import REPORT, person
from chengshu.leads.views.lead import MOST_PHOTOS, other_shown
from chengshu.registry.models import RegulatedObject
from chengshu.registry.queries import dossier
from chengshu.registry.queries.reference import districts_of
from chengshu.registry.views import mapping

DISPATCH = "leads.dispatch"


@permission_required(REPORT)
@require_http_methods(["GET", "POST"])
def lead_new(request: HttpRequest) -> HttpResponse:
    """Report a lead; the same form sent twice makes one lead."""
    user = person(request)
    district = user.unit.district
    kinds = list(LeadClass.objects.filter(district=district, active=True))
    obj = _object(user, request.POST.get("object") or request.GET.get("object"))
    if request.method == "POST":
        form = NewLeadForm(user, kinds, request.POST, request.FILES)
        if form.is_valid() and (lead := _report(request, form, district, obj)):
            seen = Lead.objects.visible_to(user).filter(pk=lead.pk).exists()
            return redirect("leads:lead", pk=lead.pk) if seen else redirect("leads:new")
    else:
        form = NewLeadForm(user, kinds, **_start(obj, request.GET))
    context = {
        "form": form,
        "object": obj,
        "map": mapping.pick(district.pk, obj.position if obj else None),
        **_known(user, district, _typed(form, request), obj),
        "trail": [(_("Leads"), reverse("leads:list")), (_("New lead"), "")],
    }
    return render(request, "leads/new.html", context, status=422 if form.errors else 200)


def _start(obj: RegulatedObject | None, query: QueryDict) -> dict[str, Any]:
    kept = {name: query[name][:300] for name in ("lead_class", "description", "address") if query.get(name)}
    if obj is None:
        return kept
    lng, lat = obj.position or (None, None)
    return {"object": obj.pk, "address": obj.address, "lng": lng, "lat": lat, **kept}


def _typed(form: NewLeadForm, request: HttpRequest) -> Any:
    return request.POST if form.is_bound else {**form.initial, **request.GET.dict()}


def _object(user: User, pk: Any) -> RegulatedObject | None:
    """The regulated object that the lead is about, None where it is not there or not visible."""
    text = str(pk or "")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        return None
    return RegulatedObject.objects.visible_to(user).filter(pk=int(text)).first()


def _report(
    request: HttpRequest, form: NewLeadForm, district: District, obj: RegulatedObject | None
) -> Lead | None:
    """Take the lead in with its photos; a refusal is put into the form."""
    user = person(request)
    if form.cleaned_data["object"] and obj is None:
        form.add_error(None, _("There is no such regulated object."))
        return None
    photos = [
        Attachment(photo, photo.name or "") for photo in (form.cleaned_data["photos"] or [])[:MOST_PHOTOS]
    ]
    into, squad = (
        _main(user, request.POST.get("join", "")),
        _squad(user, district, form.cleaned_data["squad"]),
    )
    try:
        with transaction.atomic():
            made = services.report(
                form.stated(),
                district=district,
                by=user,
                request_key=f"desk:{user.pk}:{form.cleaned_data['client_id']}",
                attachments=photos,
                route=into is None and squad is None,
            )
            if made.created:
                _send(made.lead, user, into, squad)
    except LeadProblem as problem:
        form.add_error(None, str(problem))
        return None
    except FileProblem as problem:
        form.add_error("photos", str(problem))
        return None
    except PermissionDenied:
        form.add_error(None, _("The place lies outside the area in which you may report."))
        return None
    text = _("Joined to %(number)s.") if into else _("Reported as %(number)s.")
    messages.success(request, text % {"number": into.number if into else made.lead.number})
    return into or made.lead


def _send(lead: Lead, user: User, into: Lead | None, squad: Unit | None) -> None:
    """Join it to the lead that was pointed out, or send it where the person has decided."""
    if into is not None:
        note = _("Joined when it was reported, by %(name)s.") % {"name": user.full_name}
        # without the right to join leads it is the system that joins, on the word of whoever reports
        by = user if may(user, lead, Action.MERGE) else None
        services.merge(lead, into, by=by, note=note)
    elif squad is not None and sources()[lead.source].trusted:
        dispatching.register(lead, by=user)
        services.dispatch(lead, squad, by=user)


def _main(user: User, pk: str) -> Lead | None:
    """The open lead to which the new one is to be joined."""
    if not (pk.isascii() and pk.isdigit() and len(pk) < 19):
        return None
    return Lead.objects.visible_to(user).exclude(stage=Stage.CLOSED).filter(pk=int(pk)).first()


def _squad(user: User, district: District, pk: str) -> Unit | None:
    """The squad that a dispatcher chose near a boundary."""
    if not pk or not user.may(DISPATCH):
        return None
    return next((squad for squad in people.squads_of(district.pk) if str(squad.pk) == pk), None)


# --- what is known already --------------------------------------------------------------------------
@permission_required(REPORT)
@require_GET
def lead_known(request: HttpRequest) -> HttpResponse:
    """While one types: open leads of the class near by, earlier ones at the object, the boundary, objects."""
    user = person(request)
    obj = _object(user, request.GET.get("object"))
    known = _known(user, user.unit.district, request.GET, obj)
    return render(request, "leads/known.html", {**known, "object": obj})


def _known(user: User, district: District, typed: Any, obj: RegulatedObject | None) -> dict[str, Any]:
    position = _position(typed) or (obj.position if obj else None)
    kind = LeadClass.objects.filter(district=district, code=str(typed.get("lead_class") or "")[:14]).first()
    near = around.open_near(user, position, kind) if position and kind and user.may("leads.view") else []
    here = around.at_object(user, obj.pk) if obj and user.may("leads.view") else []
    squads: list[Unit] = []
    if position and obj is None:
        doubt = squads_near(district, position)
        if len(doubt) > 1:
            squads = [squad for squad in people.squads_of(district.pk) if squad.pk in doubt]
    shown = {other.lead.pk for other in near}
    return {
        "near": [{**other_shown(other.lead), "metres": other.metres} for other in near],
        "here": [{**other_shown(lead), "open": lead.is_open} for lead in here if lead.pk not in shown],
        "doubt": squads,
        "chosen_squad": str(typed.get("squad") or ""),
        "may_dispatch": user.may(DISPATCH),
        "objects": _objects(user, position) if obj is None else [],
        "photos_wanted": kind.photos_filing if kind else 0,
        "metres": round(clocks().similar_radius_m),
    }


def _objects(user: User, position: tuple[float, float] | None) -> list[Any]:
    """Regulated objects at the pin, of which the lead may be about one."""
    if position is None or not districts_of(user.scope_for("registry.view")):
        return []
    return dossier.near(user, position, metres=clocks().boundary_doubt_m, limit=5)


def _position(typed: Any) -> tuple[float, float] | None:
    try:
        lng, lat = float(typed.get("lng") or ""), float(typed.get("lat") or "")
    except (TypeError, ValueError):
        return None
    return (lng, lat) if -180 <= lng <= 180 and -85 <= lat <= 85 else None
