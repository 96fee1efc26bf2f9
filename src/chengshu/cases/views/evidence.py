"""Evidence on the page of a case: taking it in, looking at it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from chengshu.cases.forms.evidence import EvidenceForm
from chengshu.cases.forms.start import Situation
from chengshu.cases.forms.steps import Choices
from chengshu.cases.models import Case, EvidenceItem, OffsiteDevice
from chengshu.cases.permissions import DOCUMENTS, VIEW, WORK, permission_for
from chengshu.cases.procedure.law import LawProblem
from chengshu.cases.procedure.steps import StepKind
from chengshu.cases.queries import one
from chengshu.cases.services import StepRefused, may_take
from chengshu.cases.services.evidence import note_look, take_in_evidence
from chengshu.cases.views.case import devices_in_use, page
from chengshu.cases.views.common import keep, kept_files, person, refusals, sign, visible_case
from chengshu.kernel import files
from chengshu.kernel.access import permission_required
from chengshu.kernel.files import FileDamaged, FileProblem
from chengshu.kernel.models import StoredFile


@permission_required(WORK)
@require_POST
def evidence_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a file in; a refused one is kept with what was typed."""
    user, case = person(request), visible_case(request, pk, WORK)
    if not may_take(user, case, StepKind.ADD_EVIDENCE):
        raise PermissionDenied(permission_for(StepKind.ADD_EVIDENCE))
    opened = one.opened(case)
    items = list(case.evidence.all())
    choices = Choices(Situation(case, opened.file, user, timezone.localdate()))
    others = [other for other in choices.certified if other.pk != user.pk]
    devices = devices_in_use(case)
    form = EvidenceForm(request.POST, request.FILES, items=items, officers=others, devices=devices)
    stored = _file(form) if form.is_valid() else None
    if stored is not None and _taken_in(request, case, form, stored, items, choices, devices):
        messages.success(
            request, _("Taken in as evidence: %(title)s.") % {"title": form.cleaned_data["title"]}
        )
        return redirect(f"{reverse('cases:case', args=[pk])}#evidence")
    context = page(request, opened, evidence_form=form)
    context |= {
        "evidence_kept": sign([stored]) if stored else form.data.get("kept", ""),
        "evidence_open": True,
    }
    return render(request, "cases/case.html", context)


def _file(form: EvidenceForm) -> StoredFile | None:
    """The file sent now, or before a refusal."""
    upload = form.cleaned_data.get("file")
    if upload is None:
        found = kept_files(form.cleaned_data["kept"])
        if not found:
            form.add_error("file", _("Choose the file."))
        return found[0] if found else None
    try:
        return keep([upload], kind="any")[0]
    except FileProblem as problem:
        form.add_error("file", str(problem))
        return None


def _taken_in(
    request: HttpRequest,
    case: Case,
    form: EvidenceForm,
    stored: StoredFile,
    items: list[EvidenceItem],
    choices: Choices,
    devices: list[OffsiteDevice],
) -> bool:
    """Take the file in; a refusal is put into the form."""
    user, data = person(request), form.cleaned_data
    second = [other for other in choices.certified if str(other.pk) == data["second_officer"]]
    try:
        take_in_evidence(
            case,
            stored,
            by=user,
            officers=[user, *second],
            type=data["type"],
            title=data["title"],
            circumstances=form.circumstances(),
            original=next((item for item in items if str(item.seq) == data["original"]), None),
            offsite=next((each for each in devices if str(each.pk) == data["offsite"]), None),
            client_id=data["client_id"],
        )
    except StepRefused as refused:
        for entry in refusals(refused, timezone.localdate()):
            law = entry["law"]
            form.add_error(None, f"{entry['text']}（{law['text']}）" if law else entry["text"])
        return False
    except LawProblem as problem:
        form.add_error(None, str(problem))
        return False
    return True


@permission_required(DOCUMENTS)
@require_GET
def evidence_file(request: HttpRequest, pk: int, seq: int) -> HttpResponse:
    """The file of an item, with faces and papers unmasked; who looked is kept with the item."""
    item = get_object_or_404(
        EvidenceItem.objects.select_related("file"),
        case=visible_case(request, pk, DOCUMENTS),
        seq=seq,
        file__isnull=False,
    )
    if item.file is None:
        raise Http404
    note_look(item, person(request), download="download" in request.GET)
    try:
        answer: Any = files.response(item.file, item.file.name, request)
    except FileDamaged:
        messages.error(request, _("The kept file is damaged or missing; tell the administrators."))
        return redirect("cases:case", pk=pk)
    if "download" in request.GET and answer.has_header("Content-Disposition"):
        answer["Content-Disposition"] = answer["Content-Disposition"].replace("inline", "attachment", 1)
    return answer  # type: ignore[no-any-return]


@permission_required(VIEW)
@require_GET
def evidence_sign(request: HttpRequest, pk: int, seq: int) -> Any:
    """The photo of the sign at the device's place, as it was when its record was taken in."""
    case = visible_case(request, pk)
    digest = one.sign_photos(case.steps.all()).get(seq)
    stored = get_object_or_404(StoredFile, sha256=digest or "")
    try:
        return files.response(stored, stored.name, request)
    except FileDamaged as damaged:
        raise Http404 from damaged
