"""Pages of credit repair."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from chengshu.cases.models import Case
from chengshu.inspections.credit import forms, queries
from chengshu.inspections.credit.lifecycle import RepairState
from chengshu.inspections.credit.services import repairs
from chengshu.inspections.credit.services.repairs import Application
from chengshu.inspections.models import CreditRepair, DishonestyEntry
from chengshu.kernel import files
from chengshu.kernel.access import permission_required
from chengshu.kernel.files import FileDamaged

from .credit_common import DECIDE, PROPOSE, VIEW, Act, offered, person, status_of, tabs, trail
from .credit_entries import party_name

LIST = "inspections:credit_repairs"


@permission_required(VIEW)
@require_GET
def repair_list(request: HttpRequest) -> HttpResponse:
    """Applications, those that wait first: one query."""
    user = person(request)
    form = forms.ListForm(request.GET, user, states=forms.REPAIR_STATES, fields=("state",))
    page = queries.page_of(queries.repairs(user, form.wanted()), request)
    today = timezone.localdate()
    for row in page:
        row.about = _about(row)
        row.clock = _clock(row, today)
    return render(
        request, "inspections/credit_repairs.html", {"form": form, "page": page, "tabs": tabs(user, LIST)}
    )


def _about(row: CreditRepair) -> str:
    """What is repaired, in words."""
    if row.entry is not None:
        return f"{row.entry.number} · {party_name(row.entry)}"
    return row.case.title if row.case is not None else ""


def _clock(row: CreditRepair, today: Any) -> dict[str, Any] | None:
    if row.state == RepairState.APPLIED:
        return queries.clock(row.answer_by, today)
    return queries.clock(row.tell_by, today, row.told_on) if row.state == RepairState.GRANTED else None


@permission_required(PROPOSE)
@require_http_methods(["GET", "POST"])
def repair_entry(request: HttpRequest, pk: int) -> HttpResponse:
    """Record an application to repair an entry."""
    user = person(request)
    found = get_object_or_404(DishonestyEntry.objects.visible_to(user, PROPOSE), pk=pk)
    return _new(
        request,
        f"{found.number} · {party_name(found)}",
        lambda stated: repairs.apply_for_entry(found, stated, by=user),
    )


@permission_required(PROPOSE)
@require_http_methods(["GET", "POST"])
def repair_penalty(request: HttpRequest, pk: int) -> HttpResponse:
    """Record an application to end the display of a penalty; ``?party=`` names the party of the case."""
    user = person(request)
    found = get_object_or_404(Case.objects.visible_to(user, PROPOSE), pk=pk)
    key = request.GET.get("party", "1")
    return _new(request, found.title, lambda stated: repairs.apply_for_penalty(found, key, stated, by=user))


def _new(request: HttpRequest, about: str, apply: Any) -> HttpResponse:
    made: list[CreditRepair] = []

    def run(data: dict[str, Any]) -> None:
        paper = data.get("commitment")
        made.append(
            apply(
                Application(
                    data["statement"],
                    data["applied_on"],
                    data["performed_on"],
                    paper,
                    paper.name if paper else "",
                )
            )
        )

    acts = [Act("apply", _("Record the application"), forms.RepairForm, run, _("Recorded."))]
    if offered(request, acts):
        return redirect("inspections:credit_repair", made[0].pk)
    context = {"about": about, "acts": acts, "trail": trail(LIST, _("Credit repair"), about)}
    return render(request, "inspections/credit_repair_new.html", context, status=status_of(acts))


@permission_required(VIEW)
@require_http_methods(["GET", "POST"])
def repair(request: HttpRequest, pk: int) -> HttpResponse:
    """One application: its conditions as they stand, the decision, whether the exchange was told."""
    user = person(request)
    rows = CreditRepair.objects.visible_to(user)
    found = get_object_or_404(
        rows.select_related("entry", "case", "commitment", "recorded_by", "decided_by"), pk=pk
    )
    acts = _acts(user, found)
    if offered(request, acts):
        return redirect(request.path)
    today = timezone.localdate()
    context = {
        "repair": found,
        "about": _about(found),
        "conditions": repairs.conditions(found, today) if found.state == RepairState.APPLIED else [],
        "clock": _clock(found, today),
        "history": queries.history(found.chain),
        "acts": acts,
        "trail": trail(LIST, _("Credit repair"), _about(found)),
    }
    return render(request, "inspections/credit_repair.html", context, status=status_of(acts))


def _acts(user: Any, found: CreditRepair) -> list[Act]:
    acts = []
    if found.state == RepairState.APPLIED and user.may(DECIDE):
        acts.append(
            Act(
                "decide",
                _("Decide on it"),
                forms.GrantForm,
                lambda data: repairs.decide(
                    found, grant=data["grant"] == "yes", reason=data["reason"], by=user
                ),
                _("Decided."),
            )
        )
    if found.state == RepairState.APPLIED and user.may(PROPOSE):
        acts.append(
            Act(
                "commit",
                _("Add the signed commitment"),
                forms.CommitmentForm,
                lambda data: repairs.add_commitment(
                    found, data["commitment"], data["commitment"].name, by=user
                ),
                _("Added."),
            )
        )
        acts.append(
            Act(
                "withdraw",
                _("Take the application back"),
                forms.NothingForm,
                lambda _data: repairs.withdraw(found, by=user),
                _("Taken back."),
                danger=True,
            )
        )
    if found.state == RepairState.GRANTED and found.told_on is None and user.may(PROPOSE):
        acts.append(
            Act(
                "tell",
                _("Exchange told"),
                forms.OnForm,
                lambda data: repairs.tell_exchange(found, data["on"], by=user),
                _("Recorded."),
            )
        )
    return acts


@permission_required(VIEW)
@require_GET
def commitment(request: HttpRequest, pk: int) -> Any:
    """The signed commitment."""
    rows = CreditRepair.objects.visible_to(person(request)).select_related("commitment")
    found = get_object_or_404(rows, pk=pk, commitment__isnull=False)
    if found.commitment is None:
        raise Http404
    try:
        return files.response(found.commitment, found.commitment.name, request)
    except FileDamaged as damaged:
        raise Http404 from damaged
