"""What if the rules were others: a draft beside the rules in use, and last month replayed under it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chengshu.bureau.models import District, User
from chengshu.kernel import jobs
from chengshu.kernel.access import permission_required
from chengshu.kernel.models import Job
from chengshu.leads import tasks
from chengshu.leads.models import Lead, RoutingRule
from chengshu.leads.replaying import LISTED, Draft, drafts, drafts_of
from chengshu.leads.rule_words import Words
from chengshu.leads.services import LeadProblem
from chengshu.leads.services.rules import PERMISSION, check_rule
from chengshu.leads.setup_forms import PeriodForm, RuleForm
from chengshu.leads.views.rules import district_of, trail
from chengshu.ui.paging import paginate

KIND = "leads.what_if"
KEPT = "leads.draft"
OPEN = (Job.State.QUEUED, Job.State.RUNNING)


def _draft(request: HttpRequest, district: District) -> list[Draft]:
    """The draft of this session; it begins as the rules in use."""
    kept = request.session.get(KEPT)
    if not kept or kept.get("district") != district.pk:
        return drafts_of(district.pk)
    return drafts(kept["rules"])


def _keep(request: HttpRequest, district: District, rules: list[Draft]) -> None:
    request.session[KEPT] = {"district": district.pk, "rules": [one.as_dict() for one in rules]}


@permission_required(PERMISSION)
@require_http_methods(["GET", "POST"])
def what_if(request: HttpRequest) -> HttpResponse:
    """The draft, and the days to replay; a POST starts the replay."""
    user: Any = request.user
    district = district_of(request)
    rules = _draft(request, district)
    start = PeriodForm.last_month(timezone.localdate())
    form = PeriodForm(request.POST if request.method == "POST" else None, initial=start)
    if request.method == "POST" and form.is_valid():
        first, last = form.cleaned_data["first"], form.cleaned_data["last"]
        job = jobs.start(
            KIND,
            _("What if: %(first)s to %(last)s") % {"first": first, "last": last},
            tasks.what_if_job,
            by=user,
            url=reverse("leads:what_if_result", args=[0]).replace("/0/", "/{job}/"),
            user_id=user.pk,
            district_id=district.pk,
            first=first.isoformat(),
            last=last.isoformat(),
            rules=[one.as_dict() for one in rules],
        )
        return redirect("leads:what_if_result", job.pk)
    context = {
        "form": form,
        "rules": _shown(district, rules),
        "changed": [one.as_dict() for one in rules] != [one.as_dict() for one in drafts_of(district.pk)],
        "page": paginate(Job.objects.filter(kind=KIND, created_by=user), request, per_page=10),
        "trail": trail((_("What if"), "")),
    }
    return render(request, "leads/what_if.html", context, status=422 if form.errors else 200)


def _shown(district: District, rules: list[Draft]) -> list[dict[str, Any]]:
    words = Words(district)
    people = User.objects.in_bulk([one.officer_id for one in rules if one.officer_id])
    return [
        {
            "rule": one,
            "condition": words.condition(one.condition),
            "target": words.target(one.target, one.unit_id, people.get(one.officer_id or 0)),
        }
        for one in rules
    ]


@permission_required(PERMISSION)
@require_POST
def what_if_change(request: HttpRequest) -> HttpResponse:
    """Move, switch or drop a rule of the draft, or begin the draft anew."""
    district = district_of(request)
    rules = _draft(request, district)
    what = request.POST.get("what", "")
    if what == "reset":
        request.session.pop(KEPT, None)
        return redirect("leads:what_if")
    at = next((n for n, one in enumerate(rules) if str(one.pk) == request.POST.get("rule")), None)
    if at is None:
        raise Http404
    other = at - 1 if what == "up" else at + 1
    if what in ("up", "down") and 0 <= other < len(rules):
        rules[at], rules[other] = rules[other], rules[at]
    elif what == "switch":
        rules[at] = Draft(**{**vars(rules[at]), "active": not rules[at].active})
    elif what == "drop":
        del rules[at]
    _keep(request, district, rules)
    return redirect("leads:what_if")


@permission_required(PERMISSION)
@require_http_methods(["GET", "POST"])
def what_if_rule(request: HttpRequest) -> HttpResponse:
    """Add a rule to the draft or, with ``?rule=``, change one."""
    district = district_of(request)
    rules = _draft(request, district)
    key = request.GET.get("rule", "")
    at = next((n for n, one in enumerate(rules) if str(one.pk) == key), None)
    if key and at is None:
        raise Http404
    initial = RuleForm.initial_of(rules[at]) if at is not None else {}
    form = RuleForm(request.POST if request.method == "POST" else None, initial=initial, district=district)
    if request.method == "POST" and form.is_valid():
        rule = form.fill(RoutingRule(district=district))
        try:
            check_rule(rule)
        except LeadProblem as problem:
            form.add_error(problem.code if problem.code in form.fields else None, str(problem))
        else:
            number = rules[at].pk if at is not None else min([0, *(one.pk for one in rules)]) - 1
            active = rules[at].active if at is not None else True
            changed = Draft(
                number, rule.name, rule.condition, rule.target, rule.unit_id, rule.officer_id, active
            )
            if at is None:
                rules.append(changed)
            else:
                rules[at] = changed
            _keep(request, district, rules)
            messages.success(request, _("The draft has been changed; the rules in use have not."))
            return redirect("leads:what_if")
    title = _("Rule of the draft")
    context = {
        "form": form,
        "title": title,
        "trail": trail((_("What if"), reverse("leads:what_if")), (title, "")),
        "back": reverse("leads:what_if"),
    }
    return render(request, "leads/rule_form.html", context, status=422 if form.errors else 200)


@permission_required(PERMISSION)
@require_GET
@never_cache
def what_if_result(request: HttpRequest, job: int) -> HttpResponse:
    """How far the replay is; then from which squad to which, the dispatcher's share, and rules that fail."""
    found = _job(request, job)
    context: dict[str, Any] = {
        "job": found,
        "result": found.result,
        "running": found.state in OPEN,
        "poll": reverse("leads:what_if_state", args=[found.pk]),
        "trail": trail((_("What if"), reverse("leads:what_if")), (found.title, "")),
    }
    if found.state == Job.State.DONE:
        context |= _told(district_of(request), found.result)
    return render(request, "leads/what_if_result.html", context)


def _told(district: District, result: dict[str, Any]) -> dict[str, Any]:
    """The matrix and the failing rules in words."""
    words = Words(district)
    moves = [
        {"old": old, "new": new, "from": words.squad(old), "to": words.squad(new), "n": n}
        for old, new, n in sorted(result["matrix"], key=lambda row: -row[2])
    ]
    names = {one["pk"]: one["name"] for one in result["rules"]}
    failing = [
        {"name": names.get(rule, str(rule)), "problem": problem, "n": n}
        for rule, problem, n in result["failing"]
    ]
    return {"moves": moves, "failing": failing}


@permission_required(PERMISSION)
@require_GET
@never_cache
def what_if_state(request: HttpRequest, job: int) -> HttpResponse:
    """The progress bar, polled; at the end the browser loads the page anew."""
    found = _job(request, job)
    context = {"job": found, "poll": reverse("leads:what_if_state", args=[found.pk])}
    answer = render(request, "leads/job_progress.html", context)
    if found.state not in OPEN:
        answer["HX-Refresh"] = "true"
    return answer


@permission_required(PERMISSION)
@require_GET
def what_if_leads(request: HttpRequest, job: int) -> HttpResponse:
    """The leads that would go elsewhere: all, or those of one cell of the matrix."""
    user: Any = request.user
    found = _job(request, job)
    old, new = request.GET.get("from", ""), request.GET.get("to", "")
    rows = [
        row for row in found.result.get("listed", []) if old in ("", str(row[1])) and new in ("", str(row[2]))
    ]
    page = paginate(rows, request, per_page=50)
    words = Words(district_of(request))
    names = {one["pk"]: one["name"] for one in found.result.get("rules", [])}
    leads = Lead.objects.visible_to(user).select_related("lead_class").in_bulk([row[0] for row in page])
    shown = [
        {
            "lead": leads[row[0]],
            "from": words.squad(row[1]),
            "to": words.squad(row[2]),
            "rule": names.get(row[3], ""),
        }
        for row in page
        if row[0] in leads
    ]
    context = {
        "job": found,
        "rows": shown,
        "page": page,
        "cut": found.result.get("moved", 0) > LISTED,
        "trail": trail(
            (_("What if"), reverse("leads:what_if")),
            (found.title, reverse("leads:what_if_result", args=[job])),
            (_("Leads that would go elsewhere"), ""),
        ),
    }
    return render(request, "leads/what_if_leads.html", context)


def _job(request: HttpRequest, pk: int) -> Job:
    """One's own replay."""
    user: Any = request.user
    found: Job = get_object_or_404(Job, pk=pk, kind=KIND, created_by=user)
    return found
