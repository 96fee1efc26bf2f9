"""Pages of credit classes: proposals, one proposal, the credit file of an object."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chengshu.bureau.models import District
from chengshu.inspections.credit import forms, queries, tasks
from chengshu.inspections.credit.lifecycle import ObjectionState, ProposalState
from chengshu.inspections.credit.rules import CLASSES
from chengshu.inspections.credit.services import classes, objections
from chengshu.inspections.credit.settings import class_rules_on
from chengshu.inspections.models import CreditObjection, CreditProposal, CreditRepair, DishonestyEntry
from chengshu.kernel import jobs
from chengshu.kernel.access import permission_required
from chengshu.law.catalogue import LawProblem
from chengshu.registry.models import RegulatedObject
from chengshu.registry.queries.reference import area_label, reference

from .credit_common import DECIDE, PROPOSE, VIEW, Act, offered, person, status_of, tabs, trail, with_clocks

LIST = "inspections:credit"
MOST_AT_ONCE = 50


@permission_required(VIEW)
@require_GET
def proposal_list(request: HttpRequest) -> HttpResponse:
    """Proposed classes: one query for rows and total."""
    user = person(request)
    query = request.GET.copy()
    query.setdefault("state", ProposalState.OPEN)
    form = forms.ListForm(query, user, states=forms.PROPOSAL_STATES, fields=("q", "state", "credit", "squad"))
    page = queries.page_of(queries.proposals(user, form.wanted()), request)
    known = reference()
    for row in page:
        row.where = area_label(known.squads.get(row.squad_id or 0))
        row.mine = row.state == ProposalState.OPEN and row.proposed_by_id != user.pk
    context = {
        "form": form,
        "page": page,
        "tabs": tabs(user, LIST),
        "may_decide": user.may(DECIDE),
        "may_run": bool(user.scope_for(PROPOSE).districts),
        "rules": _rules(),
    }
    return render(request, "inspections/credit_list.html", context)


def _rules() -> Any:
    try:
        return class_rules_on(timezone.localdate())
    except LawProblem:
        return None


@permission_required(PROPOSE)
@require_POST
def assess(request: HttpRequest) -> HttpResponse:
    """Let the worker propose classes for the whole district."""
    user = person(request)
    district = district_of(user)
    try:
        job = jobs.start(
            "credit.assess",
            _("Credit classes of %(district)s") % {"district": district.name},
            tasks.assess_job,
            by=user,
            url=reverse(LIST),
            key=f"credit.assess:{district.pk}",
            district_id=district.pk,
            user_id=user.pk,
        )
    except jobs.AlreadyRunning as running:
        job = running.job
    return redirect("job", job.pk)


def district_of(user: Any) -> District:
    """The district that the person may propose for as a whole. 403 for whoever works for a squad."""
    districts = user.scope_for(PROPOSE).districts
    if not districts:
        raise PermissionDenied(PROPOSE)
    own = user.unit.district_id
    return District.objects.get(pk=own if own in districts else min(districts))


@permission_required(DECIDE)
@require_POST
def accept(request: HttpRequest) -> HttpResponse:
    """Accept the proposals that were ticked."""
    user = person(request)
    wanted = [int(value) for value in request.POST.getlist("proposal") if value.isdecimal()][:MOST_AT_ONCE]
    rows = CreditProposal.objects.visible_to(user, DECIDE).select_related("object").filter(pk__in=wanted)
    done, problems = classes.accept_many(rows, by=user)
    if done:
        messages.success(request, _("%(n)d classes decided.") % {"n": done})
    for problem in problems:
        messages.error(request, problem)
    return redirect(LIST)


@permission_required(VIEW)
@require_http_methods(["GET", "POST"])
def proposal(request: HttpRequest, pk: int) -> HttpResponse:
    """One proposal: its grounds, the decision, objections to it."""
    user = person(request)
    rows = CreditProposal.objects.visible_to(user).select_related("object", "proposed_by", "decided_by")
    found = get_object_or_404(rows, pk=pk)
    against = list(CreditObjection.objects.filter(proposal=found).select_related("answered_by"))
    acts = _acts(user, found, against)
    if offered(request, acts):
        return redirect(request.path)
    context = {
        "row": found,
        "object": found.object,
        "grounds": queries.grounds(found.grounds),
        "history": queries.history(found.chain),
        "objections": with_clocks(against, user, found.decided_by_id),
        "acts": acts,
        "trail": trail(LIST, _("Credit classes"), found.object.name),
    }
    return render(request, "inspections/credit_proposal.html", context, status=status_of(acts))


def _acts(user: Any, found: CreditProposal, against: list[CreditObjection]) -> list[Act]:
    acts = []
    if found.state == ProposalState.OPEN and user.may(DECIDE):
        acts.append(
            Act(
                "decide",
                _("Decide on it"),
                forms.DecideClassForm,
                lambda data: classes.decide(
                    found, data["answer"], by=user, credit=data["credit"], reason=data["reason"]
                ),
                _("Decided."),
            )
        )
    waiting = next((one for one in against if one.state == ObjectionState.OPEN), None)
    if waiting is not None and user.may(DECIDE) and user.pk != found.decided_by_id:
        acts.append(
            Act(
                "answer",
                _("Answer the objection"),
                forms.AnswerForm,
                lambda data: objections.answer(
                    waiting, upheld=data["upheld"] == "yes", text=data["text"], by=user, credit=data["credit"]
                ),
                _("Answered."),
            )
        )
    if found.decided and waiting is None and user.may(PROPOSE):
        acts.append(
            Act(
                "object",
                _("Record an objection"),
                forms.ObjectionForm,
                lambda data: objections.file(found, data["said"], data["on"], by=user),
                _("Objection recorded."),
            )
        )
    return acts


@permission_required(VIEW)
@require_http_methods(["GET", "POST"])
def credit_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The credit file of one object: what the rules make of it now, decisions, entries, repairs."""
    user = person(request)
    rows = RegulatedObject.objects.visible_to(user, VIEW).select_related("object_class")
    found = get_object_or_404(rows, pk=pk)
    try:
        rules, assessment = classes.assess_object(found, timezone.localdate())
    except LawProblem:
        rules, assessment = None, None
    decisions = list(
        CreditProposal.objects.visible_to(user).filter(object=found).select_related("decided_by")
    )
    waiting = any(row.state == ProposalState.OPEN for row in decisions)
    acts = []
    if user.may(PROPOSE) and not waiting:
        acts.append(
            Act(
                "propose",
                _("Propose a class"),
                forms.ProposeClassForm,
                lambda data: classes.propose(found, data["credit"], data["note"], by=user),
                _("Proposed."),
            )
        )
    if offered(request, acts):
        return redirect(request.path)
    context = {
        "object": found,
        "rules": rules,
        "assessment": assessment,
        "bounds": [(code, rules.best.get(code)) for code in CLASSES] if rules else [],
        "grounds": queries.grounds(classes.grounds_of(assessment)) if assessment else [],
        "decisions": decisions,
        "penalties": queries.penalties(found.pk, found.district_id),
        "entries": DishonestyEntry.objects.visible_to(user).filter(object=found),
        "repairs": CreditRepair.objects.visible_to(user).filter(case__object=found).select_related("case"),
        "acts": acts,
        "may_propose": user.may(PROPOSE),
        "trail": trail(LIST, _("Credit classes"), found.name),
    }
    return render(request, "inspections/credit_file.html", context, status=status_of(acts))
