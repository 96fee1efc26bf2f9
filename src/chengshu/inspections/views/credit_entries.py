"""Pages of dishonesty entries."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from chengshu.bureau.models import District
from chengshu.cases.models import Party
from chengshu.inspections.credit import forms, queries
from chengshu.inspections.credit.lifecycle import (
    ENTRY_GONE,
    ENTRY_OBJECTED,
    ENTRY_TABLE,
    EntryAction,
    EntryState,
    ObjectionState,
)
from chengshu.inspections.credit.services import entries, objections
from chengshu.inspections.credit.services.entries import EntryDraft
from chengshu.inspections.credit.settings import credit_data, due_or_none
from chengshu.inspections.models import CreditObjection, CreditRepair, DishonestyEntry
from chengshu.inspections.services.base import InspectionProblem
from chengshu.kernel.access import permission_required
from chengshu.kernel.privacy_masks import mask_name, mask_resident_id
from chengshu.registry.models import RegulatedObject

from .credit_common import DECIDE, PROPOSE, VIEW, Act, offered, person, status_of, tabs, trail, with_clocks

LIST = "inspections:credit_entries"
A = EntryAction


@permission_required(VIEW)
@require_GET
def entry_list(request: HttpRequest) -> HttpResponse:
    """Entries with what is due for each: one query."""
    user = person(request)
    form = forms.ListForm(
        request.GET, user, states=forms.ENTRY_STATES, fields=("q", "state", "level", "squad")
    )
    page = queries.page_of(queries.entries(user, form.wanted()), request)
    today, grounds = timezone.localdate(), credit_data().grounds
    for row in page:
        row.shown_name = party_name(row)
        row.ground_label = grounds[row.ground].label if row.ground in grounds else row.ground
        row.clock = clock_of(row, today)
    context = {"form": form, "page": page, "tabs": tabs(user, LIST), "may_propose": user.may(PROPOSE)}
    return render(request, "inspections/credit_entries.html", context)


def party_name(row: DishonestyEntry) -> str:
    """A natural person masked."""
    return mask_name(row.party_name) if row.party_kind == Party.Kind.PERSON else row.party_name


def clock_of(row: DishonestyEntry, today: Any) -> dict[str, Any] | None:
    """What runs for an entry in its state: the party's time, ours to publish or to tell, the term."""
    if row.state in ENTRY_GONE and row.shown_from is not None and row.ended_on is not None:
        return queries.clock(due_or_none("repair_tell", row.ended_on), today, row.told_on)
    until = {
        EntryState.NOTIFIED: row.statement_by,
        EntryState.DECIDED: row.publish_by,
        EntryState.PUBLISHED: row.shown_until,
    }.get(EntryState(row.state))
    return queries.clock(until, today)


@permission_required(PROPOSE)
@require_http_methods(["GET", "POST"])
def entry_new(request: HttpRequest) -> HttpResponse:
    """Propose an entry; ``?object=`` and ``?case=`` fill in what is known."""
    user = person(request)
    wanted = request.GET.get("object", "")
    rows = RegulatedObject.objects.visible_to(user, PROPOSE).select_related("district")
    obj = get_object_or_404(rows, pk=int(wanted)) if wanted.isdecimal() else None
    start = {"case": request.GET.get("case", ""), "party_kind": "organisation"}
    if obj is not None:
        start |= {"party_name": obj.name, "id_number": obj.uscc}
    form = forms.EntryForm(request.POST if request.method == "POST" else None, user=user, initial=start)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        draft = EntryDraft(
            data["ground"],
            data["facts"],
            data["measures"],
            data["case"],
            data["party_key"] or "1",
            obj,
            data["party_kind"] or "organisation",
            data["party_name"],
            data["id_number"],
        )
        district: District = (
            data["case"].district if data["case"] else obj.district if obj else user.unit.district
        )
        try:
            made = entries.propose(district, draft, by=user)
        except InspectionProblem as problem:
            form.add_error(problem.field if problem.field in form.fields else None, str(problem))
        else:
            return redirect("inspections:credit_entry", made.pk)
    context = {"form": form, "trail": trail(LIST, _("Dishonesty entries"), _("New entry"))}
    return render(request, "inspections/credit_entry_new.html", context, status=422 if form.errors else 200)


@permission_required(VIEW)
@require_http_methods(["GET", "POST"])
def entry(request: HttpRequest, pk: int) -> HttpResponse:
    """One entry: what it rests on, what can be done now, its history."""
    user = person(request)
    rows = DishonestyEntry.objects.visible_to(user).select_related(
        "object", "case", "proposed_by", "decided_by"
    )
    found = get_object_or_404(rows, pk=pk)
    against = list(CreditObjection.objects.filter(entry=found).select_related("answered_by"))
    acts = _acts(user, found, against)
    if offered(request, acts):
        return redirect(request.path)
    today, known = timezone.localdate(), credit_data()
    number = found.id_number
    context = {
        "entry": found,
        "name": party_name(found),
        "number": mask_resident_id(number) if found.party_kind == Party.Kind.PERSON and number else number,
        "ground": known.grounds.get(found.ground),
        "measures": [known.measures[code] for code in found.measures if code in known.measures],
        "clock": clock_of(found, today),
        "history": queries.history(found.chain),
        "objections": with_clocks(against, user, found.decided_by_id),
        "repairs": CreditRepair.objects.filter(entry=found),
        "may_repair": user.may(PROPOSE) and found.state == EntryState.PUBLISHED,
        "acts": acts,
        "trail": trail(LIST, _("Dishonesty entries"), found.number),
    }
    return render(request, "inspections/credit_entry.html", context, status=status_of(acts))


def _acts(user: Any, found: DishonestyEntry, against: list[CreditObjection]) -> list[Act]:
    state = EntryState(found.state)

    def may(action: EntryAction, permission: str) -> bool:
        return state in ENTRY_TABLE[action] and bool(user.may(permission))

    acts = []
    if may(A.NOTIFY, PROPOSE):
        acts.append(
            Act(
                "notify",
                A.NOTIFY.label,
                forms.OnForm,
                lambda data: entries.notify(found, data["on"], by=user),
                _("Recorded."),
            )
        )
    if may(A.DECIDE, DECIDE):
        acts.append(
            Act(
                "decide",
                _("Decide on it"),
                forms.EnterForm,
                lambda data: entries.decide(
                    found, by=user, enter=data["enter"] == "yes", reason=data["reason"]
                ),
                _("Decided."),
            )
        )
    if may(A.STATE, PROPOSE):
        acts.append(
            Act(
                "state",
                A.STATE.label,
                forms.StatementForm,
                lambda data: entries.state(found, data["text"], data["on"], by=user),
                _("Recorded."),
            )
        )
    if may(A.PUBLISH, DECIDE):
        acts.append(
            Act(
                "publish",
                A.PUBLISH.label,
                forms.NothingForm,
                lambda _data: entries.publish(found, by=user),
                _("Published."),
            )
        )
    acts += _contests(user, found, against)
    if may(A.REVOKE, DECIDE):
        acts.append(
            Act(
                "revoke",
                A.REVOKE.label,
                forms.ReasonForm,
                lambda data: entries.revoke(found, data["reason"], by=user),
                _("Revoked."),
                danger=True,
            )
        )
    if may(A.WITHDRAW, PROPOSE):
        acts.append(
            Act(
                "withdraw",
                A.WITHDRAW.label,
                forms.ReasonForm,
                lambda data: entries.withdraw(found, data["reason"], by=user),
                _("Taken back."),
                danger=True,
            )
        )
    if state in ENTRY_GONE and found.shown_from and not found.told_on and user.may(PROPOSE):
        acts.append(
            Act(
                "tell",
                _("Exchange told"),
                forms.OnForm,
                lambda data: entries.tell_exchange(found, data["on"], by=user),
                _("Recorded."),
            )
        )
    return acts


def _contests(user: Any, found: DishonestyEntry, against: list[CreditObjection]) -> list[Act]:
    waiting = next((one for one in against if one.state == ObjectionState.OPEN), None)
    if waiting is not None and user.may(DECIDE) and user.pk != found.decided_by_id:
        return [
            Act(
                "answer",
                _("Answer the objection"),
                forms.AnswerEntryForm,
                lambda data: objections.answer(
                    waiting, upheld=data["upheld"] == "yes", text=data["text"], by=user
                ),
                _("Answered."),
            )
        ]
    if waiting is None and found.state in ENTRY_OBJECTED and user.may(PROPOSE):
        return [
            Act(
                "object",
                _("Record an objection"),
                forms.ObjectionForm,
                lambda data: objections.file(found, data["said"], data["on"], by=user),
                _("Objection recorded."),
            )
        ]
    return []
