"""Pages of long work: what is running, how far it is, what came of it."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from chengshu.kernel import jobs
from chengshu.kernel.access import permission_required
from chengshu.kernel.models import Job
from chengshu.ui.paging import paginate


class JobFilter(forms.Form):
    """What the list of jobs is narrowed by."""

    state = forms.ChoiceField(
        label=gettext_lazy("Status"),
        required=False,
        choices=[("", gettext_lazy("All")), *Job.State.choices],
    )


@permission_required("jobs.view")
@require_safe
def job_list(request: HttpRequest) -> HttpResponse:
    """Long work, newest first: one's own, or everybody's for those who audit."""
    form = JobFilter(request.GET)
    rows = Job.objects.visible_to(request.user).select_related("created_by")
    if form.is_valid() and form.cleaned_data["state"]:
        rows = rows.filter(state=form.cleaned_data["state"])
    page = paginate(rows, request)
    everybody = request.user.may("audit.view")  # type: ignore[union-attr]
    return render(request, "desk/jobs.html", {"form": form, "page": page, "everybody": everybody})


@permission_required("jobs.view")
@require_safe
@never_cache
def job_detail(request: HttpRequest, job_id: int) -> HttpResponse:
    """One piece of work; its progress refreshes by itself."""
    job = _visible(request, job_id)
    trail = [(_("Jobs"), reverse("jobs")), (job.title, "")]
    return render(
        request, "desk/job.html", {"job": job, "trail": trail, "may_cancel": _may_cancel(request, job)}
    )


@permission_required("jobs.view")
@require_safe
@never_cache
def job_state(request: HttpRequest, job_id: int) -> HttpResponse:
    """The progress bar alone. When the work has ended, htmx is sent to what came of it."""
    job = _visible(request, job_id)
    answer = render(request, "desk/job_state.html", {"job": job})
    if job.finished:
        done_elsewhere = job.state == Job.State.DONE and job.url
        answer["HX-Redirect"] = job.url if done_elsewhere else reverse("job", args=[job.pk])
    return answer


@permission_required("jobs.view")
@require_POST
def job_cancel(request: HttpRequest, job_id: int) -> HttpResponse:
    """Ask one's own work to stop."""
    job = get_object_or_404(Job, pk=job_id, created_by=request.user)
    if jobs.cancel(job):
        messages.info(request, _("The work stops at its next step."))
    else:
        messages.info(request, _("The work had already ended."))
    return redirect("job", job_id=job.pk)


def _visible(request: HttpRequest, job_id: int) -> Job:
    rows = Job.objects.visible_to(request.user).select_related("created_by")
    return get_object_or_404(rows, pk=job_id)


def _may_cancel(request: HttpRequest, job: Job) -> bool:
    return not job.finished and not job.cancel_requested and job.created_by_id == request.user.pk
