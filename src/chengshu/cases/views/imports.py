"""Importing old cases in the browser: upload, dry run, import."""

from __future__ import annotations

import io
from typing import Any

from django import forms
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chengshu.bureau.models import District
from chengshu.cases import tasks
from chengshu.cases.importing import write_template
from chengshu.cases.importing.service import LIMITS
from chengshu.cases.importing.template import FILENAME
from chengshu.cases.views.common import person
from chengshu.cases.views.reviews import OPEN, TONES
from chengshu.kernel import jobs
from chengshu.kernel.access import permission_required
from chengshu.kernel.files import FileProblem, store
from chengshu.kernel.models import Job
from chengshu.ui.paging import paginate

PERMISSION = "cases.import"
CHECK, IMPORT = "cases.import.check", "cases.import"
STEPS = [gettext_lazy("Upload"), gettext_lazy("Check"), gettext_lazy("Import")]


class TableForm(forms.Form):
    """A table of old cases."""

    file = forms.FileField(
        label=gettext_lazy("Table of old cases"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xls,.csv"}),
        error_messages={"empty": gettext_lazy("The file is empty.")},
    )


def district_of(user: Any) -> District | None:
    """The district whose cases the person may import: their own, else the first in reach."""
    reach = user.scope_for(PERMISSION).districts
    if user.unit.district_id in reach:
        district: District = user.unit.district
        return district
    return District.objects.filter(pk__in=sorted(reach)).first()


@permission_required(PERMISSION)
@require_http_methods(["GET", "POST"])
def import_list(request: HttpRequest) -> HttpResponse:
    """Earlier imports, and the upload of the next table; the upload starts the dry run."""
    user = person(request)
    district = district_of(user)
    if district is None:
        raise Http404
    form = TableForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            kept = store(upload, name=upload.name, kind="table", limit=LIMITS.max_bytes)
        except FileProblem as problem:
            form.add_error("file", str(problem))
        else:
            values = {"file_id": kept.pk, "filename": upload.name, "district_id": district.pk}
            title = _("Check of old cases: %(name)s") % {"name": upload.name}
            job = jobs.start(CHECK, title, tasks.check_job, by=user, url=_url(), **values)
            return redirect("cases:import_result", job.pk)
    page = paginate(Job.objects.filter(kind__in=(CHECK, IMPORT), created_by=user), request, per_page=20)
    context = {"form": form, "page": page, "steps": STEPS, "limit_mb": LIMITS.max_bytes >> 20,
               "limit_rows": LIMITS.max_rows}  # fmt: skip
    return render(request, "cases/import_list.html", context, status=422 if form.errors else 200)


def _url() -> str:
    return reverse("cases:import_result", args=[0]).replace("/0", "/{job}")


@permission_required(PERMISSION)
@require_GET
def import_template(request: HttpRequest) -> Any:
    """The empty table with an example and what each column takes."""
    made = io.BytesIO()
    write_template(made)
    made.seek(0)
    return FileResponse(made, as_attachment=True, filename=FILENAME)


@permission_required(PERMISSION)
@require_GET
@never_cache
def import_result(request: HttpRequest, job: int) -> HttpResponse:
    """How far the check or import is, and what came of it: counts, rejected rows, findings of the review."""
    found = _job(request, job)
    result = found.result
    context: dict[str, Any] = {
        "job": found,
        "result": result,
        "running": found.state in OPEN,
        "poll": reverse("cases:import_state", args=[found.pk]),
        "steps": STEPS,
        "step": 2 if found.kind == CHECK else 3,
        "trail": [(_("Import of old cases"), reverse("cases:import")), (found.title, "")],
    }
    if found.state == Job.State.DONE:
        counts, review = result["counts"], result["review"]
        names = {count["rule"]: count for count in review["rules"]}
        rows = [
            {**one, "name": names[one["rule"]]["name"], "tone": TONES[one["weight"]],
             "weight_name": names[one["rule"]]["weight_name"]}
            for one in review["findings"]
        ]  # fmt: skip
        context |= {"counts": counts, "findings": paginate(rows, request, per_page=50),
                    "may_import": found.kind == CHECK and counts["new"]}  # fmt: skip
    return render(request, "cases/import_result.html", context)


@permission_required(PERMISSION)
@require_GET
@never_cache
def import_state(request: HttpRequest, job: int) -> HttpResponse:
    """The progress bar, polled; at the end the browser loads the page anew."""
    found = _job(request, job)
    context = {"job": found, "poll": reverse("cases:import_state", args=[found.pk])}
    answer = render(request, "cases/job_progress.html", context)
    if found.state not in OPEN:
        answer["HX-Refresh"] = "true"
    return answer


@permission_required(PERMISSION)
@require_POST
def import_apply(request: HttpRequest, job: int) -> HttpResponse:
    """Import what was checked; asked twice, done once."""
    user, checked = person(request), _job(request, job)
    result = checked.result
    if checked.kind != CHECK or checked.state != Job.State.DONE:
        raise Http404
    if result["district"] not in user.scope_for(PERMISSION).districts:
        raise Http404
    values = {"file_id": result["file"], "filename": result["filename"], "district_id": result["district"]}
    title = _("Import of old cases: %(name)s") % {"name": result["filename"]}
    key = f"cases.import:{result['district']}:{result['file']}"
    try:
        started = jobs.start(
            IMPORT, title, tasks.import_job, by=user, url=_url(), key=key, user_id=user.pk, **values
        )
    except jobs.AlreadyRunning as running:
        messages.info(request, str(running))
        return redirect("cases:import_result", checked.pk)
    return redirect("cases:import_result", started.pk)


def _job(request: HttpRequest, pk: int) -> Job:
    found: Job = get_object_or_404(Job, pk=pk, kind__in=(CHECK, IMPORT), created_by=person(request))
    return found
