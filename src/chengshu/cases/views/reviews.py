"""The file review (案卷评查) in the browser: choose files, let the worker review them, read on."""

from __future__ import annotations

import tempfile
from typing import Any

from django import forms
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from chengshu.cases import reviewing, tasks
from chengshu.cases.views.common import person
from chengshu.kernel import jobs
from chengshu.kernel.access import permission_required
from chengshu.kernel.models import Job
from chengshu.kernel.tables import write_xlsx
from chengshu.ui.paging import paginate

KIND = "cases.review"
TONES = {"grave": "danger", "serious": "warn", "slight": "neutral"}
OPEN = (Job.State.QUEUED, Job.State.RUNNING)


class ReviewForm(forms.Form):
    """Which files are reviewed."""

    year = forms.IntegerField(
        label=gettext_lazy("Decided in the year"), required=False, min_value=1990, max_value=2100
    )
    squad = forms.ChoiceField(label=gettext_lazy("Squad"), required=False)
    sample = forms.IntegerField(
        label=gettext_lazy("Draw so many files"),
        required=False,
        min_value=1,
        max_value=100_000,
        help_text=gettext_lazy("Empty: all of them."),
    )
    seed = forms.CharField(
        label=gettext_lazy("Word of the draw"),
        required=False,
        max_length=60,
        help_text=gettext_lazy("The same word draws the same files again."),
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        squads = [(unit.code, unit.label) for unit in reviewing.squads_of(user)]
        self.fields["squad"].choices = [("", _("All")), *squads]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A draw that nobody can repeat proves nothing."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("sample") and not (data.get("seed") or "").strip():
            self.add_error("seed", _("A sample needs a seed, so that it can be drawn again."))
        return data


@permission_required(reviewing.PERMISSION)
@require_http_methods(["GET", "POST"])
def review_list(request: HttpRequest) -> HttpResponse:
    """Earlier reviews, and the choice of files for the next."""
    user = person(request)
    form = ReviewForm(request.POST if request.method == "POST" else None, user=user)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        job = jobs.start(
            KIND,
            _title(data),
            tasks.review_job,
            by=user,
            url=reverse("cases:review_result", args=[0]).replace("/0", "/{job}"),
            user_id=user.pk,
            year=data["year"],
            squad=data["squad"],
            sample=data["sample"],
            seed=data["seed"].strip(),
        )
        return redirect("cases:review_result", job.pk)
    page = paginate(Job.objects.filter(kind=KIND, created_by=user), request, per_page=20)
    status = 422 if form.errors else 200
    return render(request, "cases/review_list.html", {"form": form, "page": page}, status=status)


def _title(data: dict[str, Any]) -> str:
    parts = [_("File review")]
    if data["year"]:
        parts.append(str(data["year"]))
    if data["squad"]:
        parts.append(data["squad"])
    if data["sample"]:
        parts.append(_("%(n)d files, “%(seed)s”") % {"n": data["sample"], "seed": data["seed"].strip()})
    return " · ".join(parts)


@permission_required(reviewing.PERMISSION)
@require_GET
@never_cache
def review_result(request: HttpRequest, job: int) -> HttpResponse:
    """How far the review is, or what it found: by rule and provision, then case by case."""
    found = _job(request, job)
    context: dict[str, Any] = {
        "job": found,
        "result": found.result,
        "running": found.state in OPEN,
        "poll": reverse("cases:review_state", args=[found.pk]),
        "trail": [(_("File review"), reverse("cases:review")), (found.title, "")],
        "tones": TONES,
    }
    if found.state == Job.State.DONE:
        context |= _shown(request, found.result)
    return render(request, "cases/review_result.html", context)


def _shown(request: HttpRequest, result: dict[str, Any]) -> dict[str, Any]:
    """The findings behind one tab (a weight), or of one rule."""
    weight, rule = request.GET.get("weight", ""), request.GET.get("rule", "")
    listed = [
        one for one in result["findings"] if weight in ("", one["weight"]) and rule in ("", one["rule"])
    ]
    names = {count["weight"]: count["weight_name"] for count in result["rules"]}
    tabs = [{"label": _("All"), "url": "?", "count": result["found"], "current": not weight and not rule}]
    tabs += [
        {
            "label": name,
            "url": f"?weight={code}",
            "count": result["by_weight"][code],
            "current": weight == code,
        }
        for code, name in names.items()
    ]
    for one in listed:
        one["tone"], one["weight_name"] = TONES[one["weight"]], names[one["weight"]]
    rules = [{**count, "tone": TONES[count["weight"]]} for count in result["rules"]]
    return {
        "tabs": tabs,
        "rules": rules,
        "page": paginate(listed, request, per_page=50),
        "cut": result["found"] > len(result["findings"]),
        "chosen_rule": next((count["name"] for count in result["rules"] if count["rule"] == rule), ""),
    }


@permission_required(reviewing.PERMISSION)
@require_GET
@never_cache
def review_state(request: HttpRequest, job: int) -> HttpResponse:
    """The progress bar, polled; at the end the browser loads the page anew."""
    found = _job(request, job)
    context = {"job": found, "poll": reverse("cases:review_state", args=[found.pk])}
    answer = render(request, "cases/job_progress.html", context)
    if found.state not in OPEN:
        answer["HX-Refresh"] = "true"
    return answer


@permission_required(reviewing.PERMISSION)
@require_GET
def review_table(request: HttpRequest, job: int) -> Any:
    """The findings as a workbook."""
    found = _job(request, job)
    result = found.result
    file = tempfile.SpooledTemporaryFile(max_size=4 << 20)  # noqa: SIM115 (the response closes it)
    names = {count["rule"]: count for count in result.get("rules", [])}
    columns = [
        _("Case"),
        _("Step of the case"),
        _("Weight of the finding"),
        _("Item of the review"),
        _("Provision offended against"),
        _("Finding"),
    ]
    write_xlsx(
        file,  # type: ignore[arg-type]
        columns,
        (
            [
                one["number"] or one["case"],
                f"{one['step']} {one['step_name']}",
                names[one["rule"]]["weight_name"],
                names[one["rule"]]["name"],
                one["provision"],
                one["text"],
            ]
            for one in result.get("findings", [])
        ),
        widths=[28, 20, 8, 20, 40, 60],
        about=[(_("Made by"), person(request).full_name), (_("File review"), found.title)],
    )
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{_('File review')}-{found.pk}.xlsx")


def _job(request: HttpRequest, pk: int) -> Job:
    """One's own review: what it found was found within one's own area."""
    found: Job = get_object_or_404(Job, pk=pk, kind=KIND, created_by=person(request))
    return found
