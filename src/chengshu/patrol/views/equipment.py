"""装备与车辆: a squad's things and who has them; taking, bringing back, handing over."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chengshu.bureau.models import User
from chengshu.kernel.access import permission_required
from chengshu.patrol.forms.logs import EquipmentForm
from chengshu.patrol.models import Equipment
from chengshu.patrol.queries.equipment import visible_equipment, with_uses
from chengshu.patrol.refusing import PatrolProblem
from chengshu.patrol.services import equipment as services
from chengshu.patrol.views.checkin_common import CONFIGURE, VIEW, person, squad_names
from chengshu.registry.queries.reference import area_label, choices

WORK, CONFIRM = "patrol.work", "patrol.confirm"
USES = 50


@permission_required(VIEW)
@require_GET
def equipment_list(request: HttpRequest) -> HttpResponse:
    """One squad's things: session, things, uses; colleagues for handing over."""
    user = person(request)
    offered = choices(user, VIEW)["squad"]
    squad = _chosen(request, [pk for pk, _label in offered])
    rows = with_uses(visible_equipment(user).filter(squad=squad))
    own = squad == user.unit_id and user.may(WORK)
    leads = user.scope_for(CONFIRM).covers(district_id=user.unit.district_id, squad_id=squad)
    address = reverse("patrol:equipment")
    context = {
        "rows": [_row(row, user, own, leads) for row in rows],
        "colleagues": _colleagues(squad) if own or leads else [],
        "squads": [
            {"label": label, "url": f"{address}?squad={pk}", "current": pk == squad} for pk, label in offered
        ],
        "squad": area_label(squad_names().get(squad)),
        "may_configure": user.may(CONFIGURE),
    }
    return render(request, "patrol/equipment_list.html", context)


def _row(row: Any, user: User, own: bool, leads: bool) -> dict[str, Any]:
    mine = row.use is not None and row.use.user_id == user.pk
    return {
        "thing": row.thing,
        "kind": row.kind_label,
        "use": row.use,
        "may_take": own and row.use is None and row.thing.active,
        "may_return": row.use is not None and (mine or leads),
    }


def _colleagues(squad: int) -> list[tuple[int, str]]:
    people = User.objects.filter(unit=squad, is_active=True, is_service=False).order_by("full_name")
    return list(people.values_list("pk", "full_name"))


def _chosen(request: HttpRequest, may: list[int]) -> int:
    asked = request.GET.get("squad", "")
    for pk in (int(asked) if asked.isascii() and asked.isdigit() else 0, person(request).unit_id, *may):
        if pk in may:
            return int(pk)
    raise Http404


@permission_required(VIEW)
@require_GET
def equipment_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One thing and who had it."""
    thing = _thing(request, pk, VIEW)
    uses = thing.uses.select_related("user", "handed_to").order_by("-taken_at")[:USES]
    context = {
        "thing": thing,
        "uses": uses,
        "may_configure": person(request).may(CONFIGURE),
        "trail": _trail(thing.name),
    }
    return render(request, "patrol/equipment.html", context)


@permission_required(WORK)
@require_POST
def equipment_use(request: HttpRequest, pk: int) -> HttpResponse:
    """Take along, bring back or hand over."""
    thing, user, said = _thing(request, pk, WORK), person(request), request.POST
    note = said.get("note", "")
    try:
        if "take" in said:
            services.take(thing, by=user, note=note)
            messages.success(request, _("Taken along."))
        elif "hand_over" in said:
            services.hand_over(thing, _colleague(said.get("to", "")), by=user, note=note)
            messages.success(request, _("Handed over."))
        else:
            services.give_back(thing, by=user, note=note)
            messages.success(request, _("Brought back."))
    except PatrolProblem as problem:
        messages.error(request, str(problem))
    return redirect(f"{reverse('patrol:equipment')}?squad={thing.squad_id}")


def _colleague(text: str) -> User:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
    found: User | None = User.objects.filter(pk=number).first()
    if found is None:
        raise PatrolProblem(_("Choose who takes it over."), "to")
    return found


@permission_required(CONFIGURE)
@require_http_methods(["GET", "POST"])
def equipment_new(request: HttpRequest) -> HttpResponse:
    """Add a thing."""
    return _form(request, None)


@permission_required(CONFIGURE)
@require_http_methods(["GET", "POST"])
def equipment_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a thing, take it out of use."""
    return _form(request, _thing(request, pk, CONFIGURE))


def _form(request: HttpRequest, thing: Equipment | None) -> HttpResponse:
    user = person(request)
    fields = ("squad", "kind", "code", "name", "terminal", "identity", "active")
    initial = {name: getattr(thing, name) for name in fields} if thing else None
    form = EquipmentForm(request.POST if request.method == "POST" else None, user=user, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.save_equipment(by=user, equipment=thing, **form.cleaned_data)
        except PatrolProblem as problem:
            form.add_error(problem.field or None, str(problem))
        else:
            return redirect("patrol:equipment_page", pk=made.pk)
    title = thing.name if thing else _("New equipment")
    context = {"form": form, "title": title, "trail": _trail(title)}
    return render(request, "patrol/equipment_form.html", context, status=422 if form.errors else 200)


def _thing(request: HttpRequest, pk: int, permission: str) -> Equipment:
    rows = visible_equipment(person(request), permission).select_related("squad")
    found: Equipment = get_object_or_404(rows, pk=pk)
    return found


def _trail(last: str) -> list[tuple[str, str]]:
    return [(_("Equipment and vehicles"), reverse("patrol:equipment")), (last, "")]
