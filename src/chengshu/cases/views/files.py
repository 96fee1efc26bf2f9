"""The whole file of a case: taking it out, and checking a copy that somebody hands in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from chengshu.cases.exporting import layout
from chengshu.cases.exporting.archive import Limits, NotACaseFile
from chengshu.cases.exporting.build import ExportProblem, export_case
from chengshu.cases.exporting.compare import exported_as, step_changes
from chengshu.cases.exporting.verify import FileReport, verify_file
from chengshu.cases.forms.catalogue import SPECS
from chengshu.cases.forms.outcomes import OutcomeForm
from chengshu.cases.forms.parties import PartyForm
from chengshu.cases.models import Case
from chengshu.cases.permissions import VIEW
from chengshu.cases.procedure.steps import StepKind
from chengshu.cases.queries.one import EXTRA
from chengshu.cases.views.common import person
from chengshu.kernel.access import permission_required
from chengshu.kernel.models import DailyRoot
from chengshu.kernel.privacy import UnmaskRefused, unmask

EXPORT = "cases.export"
PERSONAL = ("name", "id_number", "details")


class CopyForm(forms.Form):
    """A copy of an exported file."""

    file = forms.FileField(
        label=gettext_lazy("Exported file of a case (zip)"),
        widget=forms.ClearableFileInput(attrs={"accept": ".zip"}),
        error_messages={"empty": gettext_lazy("The file is empty.")},
    )


@permission_required(EXPORT)
@require_POST
def file_export(request: HttpRequest, pk: int) -> Any:
    """The file of a case as a zip. It names the parties, so a reason is needed and recorded."""
    user = person(request)
    case = get_object_or_404(Case.objects.visible_to(user, EXPORT), pk=pk)
    reason = request.POST.get("reason", "")
    try:
        unmask(user, f"cases.case:{case.pk}", PERSONAL, reason)
        made = export_case(case, by=user, reason=" ".join(reason.replace("\0", " ").split()))
    except (UnmaskRefused, ExportProblem) as problem:
        messages.error(request, str(problem))
        return redirect("cases:case", case.pk)
    name = f"{case.number or case.pk}.zip"
    answer = FileResponse(made, as_attachment=True, filename=name, content_type="application/zip")
    answer["Cache-Control"] = "no-store"
    return answer


@permission_required(VIEW)
@require_http_methods(["GET", "POST"])
def file_verify(request: HttpRequest) -> HttpResponse:
    """Check a copy: against itself, the published seals and, where the person sees the case, the records."""
    form = CopyForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"form": form, "limit_mb": settings.UPLOAD_LIMIT_BYTES >> 20}
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            seals = {root.day.isoformat(): root.seal for root in DailyRoot.objects.all()}
            report = verify_file(upload, published=seals, limits=Limits(file=settings.UPLOAD_LIMIT_BYTES))
            context |= {"report": report, "filename": upload.name, **_held_against(person(request), report)}
        except NotACaseFile as problem:
            form.add_error("file", str(problem))
    return render(request, "cases/file_verify.html", context, status=422 if form.errors else 200)


def _held_against(user: Any, report: FileReport) -> dict[str, Any]:
    """What the records of the case say, for whoever may see it."""
    found = layout.CHAIN.fullmatch(str(report.case.get("chain")))
    case = Case.objects.visible_to(user).filter(pk=int(found[1])).first() if found else None
    if case is None:
        return {"case": None}
    told = {problem.step for problem in report.problems if problem.kind == "missing_step"}
    changes = [c for c in step_changes(case, report.documents) if not c.missing or c.seq in told]
    shown = [{"step": c, "fields": [(particular(c.kind, f.name), f) for f in c.changes]} for c in changes]
    given_out = exported_as(case, report.manifest, report.content)
    if given_out is not None and not changes:
        # the records themselves vouch for a case that is younger than the last seal
        report.problems = [problem for problem in report.problems if problem.kind != "not_proved"]
    if given_out is None:
        text = _("No export with this list of files was ever made: the list or the whole copy was changed.")
        report.add("altered_manifest", layout.MANIFEST, text)
    return {"case": case, "changes": shown, "given_out": given_out}


def particular(kind: StepKind, path: str) -> str:
    """A place in a step in words: ``data.outcomes.0.fine`` → 罚款（元）; as it is where it has none."""
    parts = [part for part in path.split(".") if not part.isdecimal()]
    declared = SPECS[kind].fields if kind in SPECS else EXTRA.get(kind, ())
    labels: dict[str, Any] = {name: field.label for name, field in PartyForm.base_fields.items()}
    labels |= {name: field.label for name, field in OutcomeForm.base_fields.items()}
    labels |= {field.name: field.label for field in declared if field.label}
    labels |= {"at": _("When it happened"), "officers": _("Officers"), "kind": _("Kind of step")}
    if parts[:1] == ["officers"]:
        return str(labels["officers"])
    return str(labels.get(parts[-1]) or path) if parts else path
