"""Inspections outside the draw: routine and special ones, follow-ups, and «inspect now»."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from chengshu.bureau.models import User
from chengshu.inspections.forms.arrange import ArrangeForm, CancelForm
from chengshu.inspections.lifecycle import TABLE, Action, Kind, State
from chengshu.inspections.models import Inspection
from chengshu.inspections.queries.people import certified
from chengshu.inspections.services import arranging, inspecting
from chengshu.inspections.services.base import InspectionProblem
from chengshu.inspections.settings import work
from chengshu.inspections.views.common import VIEW, WORK, person, visible_inspection
from chengshu.kernel.access import permission_required
from chengshu.registry.models import RegulatedObject
from chengshu.registry.queries.reference import reference
from chengshu.registry.queries.search import search
from chengshu.ui.filters import rewrite_query

ASSIGN = "inspections.assign"
MOST_HITS = 30


@permission_required(VIEW)
@require_http_methods(["GET", "POST"])
def arrange(request: HttpRequest) -> HttpResponse:
    """Choose an object, then say who inspects it until when and why. A second sending makes nothing new."""
    user = person(request)
    if not (user.may(WORK) or user.may(ASSIGN)):
        raise PermissionDenied(ASSIGN)
    asked = request.POST if request.method == "POST" else request.GET
    earlier = _earlier(user, asked.get("follows"))
    target = earlier.object if earlier else _target(user, asked.get("object"))
    if target is None:
        return render(request, "inspections/work_choose.html", _choosing(request, user))
    people = certified(target, user, everybody=user.may(ASSIGN))
    if request.method == "POST":
        form = ArrangeForm(people, request.POST)
        if form.is_valid() and (answer := _arranged(request, form, target, earlier)):
            return answer
    else:
        form = ArrangeForm(people, initial=_start(user, people, asked.get("kind", ""), earlier))
    context = {
        "form": form,
        "target": target,
        "earlier": earlier,
        "may_now": user.may(WORK),
        "due_days": work().due_days,
        "trail": _trail(),
    }
    return render(request, "inspections/work_arrange.html", context, status=422 if form.errors else 200)


def _trail() -> list[tuple[str, str]]:
    return [(_("Inspections"), reverse("inspections:work")), (_("Inspection outside the draw"), "")]


def _number(text: Any) -> int:
    """A primary key of the address, 0 for anything else."""
    text = str(text or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _target(user: User, pk: Any) -> RegulatedObject | None:
    found = RegulatedObject.objects.visible_to(user).select_related("object_class", "district")
    return found.defer("district__boundary").filter(pk=_number(pk)).first()


def _earlier(user: User, pk: Any) -> Inspection | None:
    """The inspection that is followed up."""
    found = Inspection.objects.visible_to(user).select_related("object__object_class", "object__district")
    return found.defer("object__district__boundary").filter(pk=_number(pk), done_at__isnull=False).first()


def _choosing(request: HttpRequest, user: User) -> dict[str, Any]:
    """Objects that answer what was typed."""
    text = request.GET.get("q", "").strip()[:60]
    towns = reference().towns
    hits = search(user, text, limit=MOST_HITS).hits if text else []
    return {
        "q": text,
        "hits": [
            {
                "url": rewrite_query(request.GET, q=None, object=hit.id),
                "name": hit.name,
                "class": hit.object_class.label,
                "address": hit.address,
                "status": hit.status_label,
                "town": towns[hit.town_id].label if hit.town_id in towns else "",
            }
            for hit in hits[:MOST_HITS]
        ],
        "kind": request.GET.get("kind", ""),
        "trail": _trail(),
    }


def _start(user: User, people: list[User], kind: str, earlier: Inspection | None) -> dict[str, Any]:
    """What is likely: myself, today, the usual time; of a follow-up the team of before and its reason."""
    today = timezone.localdate()
    kind = Kind.FOLLOW_UP if earlier else kind if kind in work().due_days else Kind.ROUTINE.value
    mine = [str(user.pk)] if user in people else []
    start = {"kind": kind, "starts_on": today, "due_on": work().due_on(kind, today), "officers": mine}
    if earlier is None:
        return start
    before = set(earlier.team.filter(replaced_at=None).values_list("user_id", flat=True))
    team = [str(one.pk) for one in people if one.pk in before]
    reason = _("Follow-up of inspection %(number)s") % {"number": earlier.number}
    return {**start, "officers": team or mine, "reason": reason}


def _arranged(
    request: HttpRequest, form: ArrangeForm, target: RegulatedObject, earlier: Inspection | None
) -> HttpResponse | None:
    """Arrange it; None where it was refused, with the sentence in the form."""
    user, held = person(request), form.cleaned_data
    try:
        made = arranging.arrange(
            target,
            held["kind"],
            form.chosen(),
            by=user,
            reason=held["reason"],
            due_on=held["due_on"],
            starts_on=held["starts_on"],
            follows=earlier,
            client_id=held["client_id"],
        )
    except InspectionProblem as problem:
        form.add_error(problem.field if problem.field in form.fields else None, str(problem))
        return None
    except PermissionDenied:
        form.add_error(None, _("You may arrange inspections of your own squad's objects only."))
        return None
    messages.success(request, _("Arranged as %(number)s.") % {"number": made.number})
    if "now" in request.POST and made.team.filter(user=user, replaced_at=None).exists():
        inspecting.start(made, by=user, client_id=held["client_id"])
        return redirect("inspections:report", pk=made.pk)
    seen = Inspection.objects.visible_to(user).filter(pk=made.pk).exists()
    return redirect("inspections:inspection", pk=made.pk) if seen else redirect("inspections:work")


@permission_required(VIEW)
@require_http_methods(["GET", "POST"])
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back an inspection outside the draw that was arranged by mistake, with the reason."""
    user = person(request)
    if not (user.may(WORK) or user.may(ASSIGN)):
        raise PermissionDenied(ASSIGN)
    inspection = visible_inspection(request, pk)
    if not arranging.may_cancel(inspection, user):
        raise PermissionDenied(ASSIGN)
    where = reverse("inspections:inspection", args=[pk])
    if inspection.kind == Kind.RANDOM or State(inspection.state) not in TABLE[Action.CANCEL]:
        messages.error(request, _("This inspection can no longer be cancelled."))
        return redirect(where)
    form = CancelForm(
        request.POST if request.method == "POST" else None, initial={"version": inspection.version}
    )
    if form.is_bound and form.is_valid():
        held = form.cleaned_data
        try:
            arranging.cancel(inspection, held["reason"], by=user, expected_version=held["version"])
        except InspectionProblem as problem:
            form.add_error(problem.field if problem.field in form.fields else None, str(problem))
        else:
            messages.success(request, _("%(number)s is cancelled.") % {"number": inspection.number})
            return redirect(where)
    context = {
        "inspection": inspection,
        "form": form,
        "back": where,
        "trail": [
            (_("Inspections"), reverse("inspections:work")),
            (inspection.number, where),
            (_("Cancel"), ""),
        ],
    }
    return render(request, "inspections/work_cancel.html", context, status=422 if form.errors else 200)
