"""One case on one page, and the steps that are taken there."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from chengshu.cases.forms.catalogue import SPECS
from chengshu.cases.forms.evidence import EvidenceForm
from chengshu.cases.forms.parties import MORE
from chengshu.cases.forms.start import Situation
from chengshu.cases.forms.steps import Choices, StepForm
from chengshu.cases.models import Case, OffsiteDevice
from chengshu.cases.permissions import DECIDE, DOCUMENTS, VIEW, WORK, permission_for
from chengshu.cases.procedure.law import LawProblem
from chengshu.cases.procedure.steps import StepKind
from chengshu.cases.procedure.transitions import STATE_LABELS, STEP_LABELS, TABLE, State
from chengshu.cases.queries import next_steps, one, wrong
from chengshu.cases.queries.one import Opened
from chengshu.cases.services import StepRefused, may_take, take_step
from chengshu.cases.services.watching import watch
from chengshu.cases.views.common import person, refusals, visible_case
from chengshu.cases.views.documents import offered
from chengshu.cases.words import cause_label, causes_on, field_label, light
from chengshu.kernel.access import permission_required
from chengshu.kernel.privacy import UnmaskRefused, unmask
from chengshu.registry.queries.reference import area_label


@permission_required(VIEW)
@require_http_methods(["GET", "POST"])
def case_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The file of a case. A POST asks, with a reason, to see masked data: shown in that answer only."""
    case = one.opened(visible_case(request, pk))
    unmasked = request.method == "POST" and _unmasked(request, case)
    form = None
    if kind := _kind(request.GET.get("step", "")):
        form = _form(request, case, kind)
    return render(request, "cases/case.html", page(request, case, form=form, unmasked=unmasked))


def _unmasked(request: HttpRequest, case: Opened) -> bool:
    """Record the look. Raises ``PermissionDenied`` outside the person's rights."""
    user = person(request)
    if not may_unmask(user, case.case):
        raise PermissionDenied("privacy.unmask")
    fields = one.personal_fields(case.file)
    if not fields:
        return False
    try:
        unmask(user, f"cases.case:{case.case.pk}", fields, request.POST.get("reason", ""))
    except UnmaskRefused as refused:
        messages.error(request, str(refused))
        return False
    return True


def may_unmask(user: Any, case: Case) -> bool:
    """Whether the person may look behind the masks of this case."""
    scope = user.scope_for("privacy.unmask")
    return bool(
        user.may("privacy.unmask") and scope.covers(district_id=case.district_id, squad_id=case.squad_id)
    )


def page(
    request: HttpRequest,
    opened: Opened,
    *,
    form: StepForm | None = None,
    evidence_form: EvidenceForm | None = None,
    unmasked: bool = False,
) -> dict[str, Any]:
    """Everything on the page."""
    user, today = person(request), timezone.localdate()
    case, file = opened.case, opened.file
    may_read = user.scope_for(DOCUMENTS).covers(district_id=case.district_id, squad_id=case.squad_id)
    held = one.evidence(opened, may_read=may_read)
    steps = next_steps.offered(user, case, file)
    choices = Choices(Situation(case, file, user, today))
    may_add = not case.imported and may_take(user, case, StepKind.ADD_EVIDENCE) and _evidence_open(file.state)
    if may_add and evidence_form is None:
        evidence_form = new_evidence_form(choices, held)
    papers = case.documents.select_related("by", "party").prefetch_related("accesses")
    return {
        "case": case,
        "state": STATE_LABELS[file.state],
        "cause": cause_label(case.cause),
        "field": field_label(case.field),
        "light": light(case.due_on, case.due_for, today),
        "facts": one.free_text(file, case.summary, unmasked),
        "town": area_label(case.town),
        "squad": area_label(case.squad),
        "parties": one.parties(file, unmasked),
        "advice": one.law_of(file, today),
        "clocks": one.running(file, today),
        "evidence": held,
        "evidence_form": evidence_form if may_add else None,
        "documents": list(papers) if may_read else [],
        "drafts": offered(case, file) if may_read and not case.imported else [],
        "may_issue": user.may(WORK) and not case.imported,
        "timeline": one.timeline(opened, unmasked),
        "wrong": wrong.of(user, opened, steps, unmasked),
        "quick": _quick(choices, steps, form),
        "buttons": [_button(kind) for kind in steps.forward if not SPECS[kind].quick],
        "others": [_button(kind) for kind in steps.other],
        "step_form": form,
        "unmasked": unmasked,
        "may_unmask": may_unmask(user, case) and bool(one.personal_fields(file)),
        "may_watch": user.may(DECIDE),
        **form_context(form),
        "trail": [(_("Cases"), reverse("cases:list")), (case.title, "")],
    }


def _evidence_open(state: State) -> bool:
    return state in TABLE[StepKind.ADD_EVIDENCE]


def devices_in_use(case: Case) -> list[OffsiteDevice]:
    """The district's off-site devices that are in use."""
    return list(OffsiteDevice.objects.filter(district=case.district_id, active=True))


def new_evidence_form(choices: Choices, held: list[dict[str, Any]]) -> EvidenceForm:
    """An empty form, with whoever is likely to be the second officer."""
    at = choices.at
    others = [user for user in choices.certified if user.pk != at.me.pk]
    pair = (at.case.officer_id, at.case.second_officer_id)
    second = next((user.pk for user in others if user.pk in pair), None)
    return EvidenceForm(
        items=[entry["item"] for entry in held],
        officers=others,
        devices=devices_in_use(at.case),
        initial={
            "client_id": uuid.uuid4(),
            "operator": at.me.full_name,
            "place": at.case.place,
            "type": "record",
            "second_officer": second,
        },
    )


def _quick(choices: Choices, steps: next_steps.Offered, bound: StepForm | None) -> list[StepForm]:
    """The steps that one click takes, each as a form that is already filled in."""
    kinds = [kind for kind in steps.forward if SPECS[kind].quick]
    return [StepForm(kind, choices, quick=True) for kind in kinds if bound is None or bound.kind is not kind]


def _button(kind: StepKind) -> dict[str, Any]:
    return {"kind": kind.value, "label": STEP_LABELS[kind]}


def form_context(form: StepForm | None) -> dict[str, Any]:
    """What a form needs besides itself: the list of causes, the law beside the fine."""
    if form is None:
        return {}
    spec = form.spec
    at = form.choices.at
    day = at.file.act_end or at.today
    return {
        "causes": causes_on(day) if any(f.kind == "cause" for f in spec.fields) else [],
        "form_advice": one.law_of(at.file, at.today) if spec.outcomes or spec.outcome else [],
    }


def _kind(text: str) -> StepKind | None:
    """A kind of step that has a form."""
    try:
        kind = StepKind(text)
    except ValueError:
        return None
    return kind if kind in SPECS else None


def _form(request: HttpRequest, opened: Opened, kind: StepKind) -> StepForm:
    """The form of a step; where only one more party was asked for, what was typed is not judged yet."""
    choices = Choices(Situation(opened.case, opened.file, person(request), timezone.localdate()))
    if request.method != "POST":
        return StepForm(kind, choices)
    if SPECS[kind].parties and MORE in request.POST:
        return StepForm(kind, choices, typed=request.POST)
    return StepForm(kind, choices, request.POST)


@permission_required(VIEW)
@require_http_methods(["GET", "POST"])
def step(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """GET: the form of a step, to be put into the page. POST: take it; a refused one keeps what was typed."""
    wanted = _kind(kind)
    if wanted is None:
        raise Http404
    case = visible_case(request, pk)
    if not may_take(person(request), case, wanted):
        raise PermissionDenied(permission_for(wanted))
    opened = one.opened(case)
    form = _form(request, opened, wanted)
    if request.method == "GET":
        held = {"case": case, "step_form": form, **form_context(form)}
        return render(request, "cases/step_form.html", held)
    if form.is_valid() and _taken(request, case, form):
        messages.success(request, _("Recorded: %(step)s.") % {"step": form.label})
        return redirect(reverse("cases:case", args=[pk]))
    return render(request, "cases/case.html", page(request, opened, form=form))


def _taken(request: HttpRequest, case: Case, form: StepForm) -> bool:
    """Take the step; a refusal is put into the form."""
    try:
        take_step(
            case,
            form.kind,
            by=person(request),
            data=form.values(),
            officers=form.officers(),
            at=form.moment(),
            client_id=form.cleaned_data["client_id"],
        )
    except StepRefused as refused:
        form.refused = refusals(refused, timezone.localdate())
        return False
    except LawProblem as problem:
        form.refused = [{"text": str(problem), "law": None}]
        return False
    return True


@permission_required(DECIDE)
@require_POST
def case_watch(request: HttpRequest, pk: int) -> HttpResponse:
    """Leaders follow a case, or no longer."""
    case = visible_case(request, pk)
    watch(case, by=person(request), key=request.POST.get("key") == "1")
    return redirect("cases:case", pk=pk)
