"""Routing rules and classes of leads: listed, changed, ordered, switched off."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chengshu.bureau.models import District
from chengshu.kernel.access import permission_required
from chengshu.kernel.models import LedgerEntry
from chengshu.leads.models import LeadClass, RoutingRule
from chengshu.leads.rule_words import Words
from chengshu.leads.services import LeadProblem
from chengshu.leads.services import classes as class_services
from chengshu.leads.services import rules as services
from chengshu.leads.setup_forms import LeadClassForm, RuleForm

PERMISSION = services.PERMISSION
HISTORY = 30


def district_of(request: HttpRequest) -> District:
    """The district that the person sets up: the own one first. 404 where there is none."""
    user: Any = request.user
    districts = sorted(user.scope_for(PERMISSION).districts)
    if not districts:
        raise Http404
    own = user.unit.district_id
    found: District = District.objects.get(pk=own if own in districts else districts[0])
    return found


def trail(*more: tuple[str, str]) -> list[tuple[str, str]]:
    """Where a page of the rules lies."""
    return [(_("Routing rules"), reverse("leads:rules")), *more]


def _rule(request: HttpRequest, pk: int) -> RoutingRule:
    found: RoutingRule = get_object_or_404(
        RoutingRule.objects.select_related("unit", "officer", "district"),
        pk=pk,
        district=district_of(request),
    )
    return found


@permission_required(PERMISSION)
@require_GET
def rule_list(request: HttpRequest) -> HttpResponse:
    """All rules in the order in which they are tried, and what was changed."""
    district = district_of(request)
    words = Words(district)
    rules = RoutingRule.objects.filter(district=district).select_related("unit", "officer", "changed_by")
    shown = [
        {
            "rule": rule,
            "condition": words.condition(rule.condition),
            "target": words.target(rule.target, rule.unit_id, rule.officer),
        }
        for rule in rules
    ]
    history = LedgerEntry.objects.filter(chain=services.chain(district.pk)).order_by("-seq")[:HISTORY]
    context = {"rules": shown, "history": [_told(entry) for entry in history]}
    return render(request, "leads/rule_list.html", {**context, "trail": [(_("Routing rules"), "")]})


def _told(entry: LedgerEntry) -> dict[str, Any]:
    titles = {
        "rule.added": _("Rule added"),
        "rule.changed": _("Rule changed"),
        "rule.switched": _("Rule switched on or off"),
        "rules.reordered": _("Rules put into another order"),
    }
    rule = entry.payload.get("after")
    name = f"{rule['name']} · v{rule['version']}" if isinstance(rule, dict) else ""
    return {"at": entry.at, "title": titles.get(entry.action, entry.action), "text": name, "by": entry.actor}


@permission_required(PERMISSION)
@require_http_methods(["GET", "POST"])
def rule_new(request: HttpRequest) -> HttpResponse:
    """Add a rule at the end."""
    return _rule_page(request, RoutingRule(), _("New rule"))


@permission_required(PERMISSION)
@require_http_methods(["GET", "POST"])
def rule_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a rule."""
    rule = _rule(request, pk)
    return _rule_page(request, rule, rule.name)


def _rule_page(request: HttpRequest, rule: RoutingRule, title: str) -> HttpResponse:
    user: Any = request.user
    district = district_of(request)
    initial = RuleForm.initial_of(rule) if rule.pk else {}
    form = RuleForm(request.POST if request.method == "POST" else None, initial=initial, district=district)
    if request.method == "POST" and form.is_valid():
        try:
            services.save_rule(form.fill(rule), district, user)
        except LeadProblem as problem:
            form.add_error(problem.code if problem.code in form.fields else None, str(problem))
        else:
            messages.success(request, _("Saved as version %(version)d.") % {"version": rule.version})
            return redirect("leads:rules")
    context = {"form": form, "title": title, "trail": trail((title, "")), "back": reverse("leads:rules")}
    return render(request, "leads/rule_form.html", context, status=422 if form.errors else 200)


@permission_required(PERMISSION)
@require_POST
def rule_move(request: HttpRequest, pk: int) -> HttpResponse:
    """One place up or down."""
    user: Any = request.user
    services.move_rule(_rule(request, pk), up=request.POST.get("to") == "up", by=user)
    return redirect("leads:rules")


@permission_required(PERMISSION)
@require_POST
def rule_switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Out of use, or into use again."""
    user: Any = request.user
    try:
        services.switch_rule(_rule(request, pk), active=request.POST.get("active") == "1", by=user)
    except LeadProblem as problem:
        messages.error(request, str(problem))
    return redirect("leads:rules")


@permission_required(PERMISSION)
@require_GET
def class_list(request: HttpRequest) -> HttpResponse:
    """All classes with their limits, those not checked against a text marked."""
    classes = LeadClass.objects.filter(district=district_of(request)).select_related("verified_by")
    context = {"classes": classes, "unverified": sum(not one.verified for one in classes if one.active)}
    return render(request, "leads/class_list.html", {**context, "trail": [(_("Classes of leads"), "")]})


@permission_required(PERMISSION)
@require_http_methods(["GET", "POST"])
def class_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Limits, photos, severity, cause and use of a class."""
    user: Any = request.user
    found = get_object_or_404(LeadClass, pk=pk, district=district_of(request))
    label = found.label
    form = LeadClassForm(request.POST if request.method == "POST" else None, instance=found)
    if request.method == "POST" and form.is_valid():
        try:
            saved = class_services.change_class(pk, form.cleaned_data, user)
        except LeadProblem as problem:
            form.add_error(problem.code if problem.code in form.fields else None, str(problem))
        else:
            if form.cleaned_data["verified"] and not saved.verified:
                messages.warning(
                    request, _("Saved. The limits differ from those checked, so they are unverified again.")
                )
            else:
                messages.success(request, _("Saved."))
            return redirect("leads:classes")
    context = {
        "form": form,
        "class": LeadClass.objects.select_related("verified_by").get(pk=pk),
        "title": label,
        "trail": [(_("Classes of leads"), reverse("leads:classes")), (label, "")],
    }
    return render(request, "leads/class_form.html", context, status=422 if form.errors else 200)
