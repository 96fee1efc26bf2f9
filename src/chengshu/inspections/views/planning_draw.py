"""Announcing and carrying out a draw, withdrawing, setting aside, the proof."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chengshu.inspections.forms.draws import CommitForm, DrawForm, WithdrawForm
from chengshu.inspections.lifecycle import DrawState, TaskState
from chengshu.inspections.models import Draw, Inspection
from chengshu.inspections.planning_words import proposals
from chengshu.inspections.services import drawing
from chengshu.inspections.services.base import InspectionProblem
from chengshu.inspections.services.teams import require_withdrawing
from chengshu.kernel import draw as lot
from chengshu.kernel import files
from chengshu.kernel.access import permission_required

from .planning_common import ASSIGN, DRAW, VIEW, may_at, person, show_problem, trail, visible_task
from .planning_task import task_context, visible_inspection

HASHES = {
    "commitment": gettext_lazy("Hash of the announcement"),
    "opening": gettext_lazy("Hash of the opening"),
    "final": gettext_lazy("Hash of the final list"),
    "proof": gettext_lazy("Hash of the proof"),
}


def _draw(request: HttpRequest, pk: int) -> Draw:
    """An attempt of a task that the person may see."""
    draw: Draw = get_object_or_404(Draw.objects.select_related("proof"), pk=pk)
    visible_task(request, draw.task_id)
    return draw


@permission_required(DRAW)
@require_http_methods(["GET", "POST"])
def commit(request: HttpRequest, pk: int) -> HttpResponse:
    """What announcing means, what would be drawn from, and the public values. Sent twice: once announced."""
    task = visible_task(request, pk)
    if task.state != TaskState.PLANNED:
        messages.info(request, _("The draw is announced already."))
        return redirect("inspections:task", pk)
    form = CommitForm(
        request.POST if request.method == "POST" else None,
        initial={"version": task.version, "observers": 3},
        again=task.attempts > 0,
    )
    if form.is_bound and form.is_valid():
        if form.cleaned_data["version"] != task.version:
            form.add_error(None, _("Somebody else has changed this in the meantime. Look at it again."))
        else:
            try:
                reason = form.cleaned_data.get("reason", "")
                drawing.commit(task, form.public_values(), by=person(request), reason=reason)
            except InspectionProblem as problem:
                show_problem(form, problem)
            else:
                messages.success(request, _("The draw is announced. From now on nothing can be chosen."))
                return redirect("inspections:task", pk)
    context = {
        "task": task,
        "form": form,
        "games": proposals()["games"],
        "back": reverse("inspections:task", args=[pk]),
        "trail": trail(request, (task.number, reverse("inspections:task", args=[pk])), (_("Announce"), "")),
    }
    return render(request, "inspections/planning_commit.html", context, status=422 if form.errors else 200)


@permission_required(DRAW)
@require_POST
def perform(request: HttpRequest, pk: int) -> HttpResponse:
    """Draw with the public values. Sent twice: the draw there is."""
    draw = _draw(request, pk)
    task = visible_task(request, draw.task_id)
    if draw.state not in (DrawState.COMMITTED, DrawState.DRAWN):
        messages.error(request, _("This attempt is not waiting for its draw."))
        return redirect("inspections:task", task.pk)
    form = DrawForm(request.POST, request.FILES, draw=draw)
    if form.is_valid():
        try:
            made = drawing.perform(draw, form.values(), by=person(request))
        except InspectionProblem as problem:
            show_problem(form, problem)
        else:
            text = ngettext("%(n)d object is drawn.", "%(n)d objects are drawn.", len(made))
            messages.success(request, text % {"n": len(made)})
            return redirect("inspections:task", task.pk)
    return render(request, "inspections/planning_task.html", task_context(request, task, form), status=422)


@permission_required(DRAW)
@require_POST
def abandon(request: HttpRequest, pk: int) -> HttpResponse:
    """Set an attempt aside, with a reason that is published."""
    draw = _draw(request, pk)
    try:
        drawing.abandon(draw, request.POST.get("reason", ""), by=person(request))
    except InspectionProblem as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("The attempt is set aside. The task can be announced again."))
    return redirect("inspections:task", draw.task_id)


@permission_required(VIEW)
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw a drawn object or an officer; the next in line follows by the same proof."""
    user = person(request)
    if not (user.may(DRAW) or user.may(ASSIGN)):
        raise PermissionDenied(DRAW)
    inspection = visible_inspection(request, pk)
    try:
        require_withdrawing(inspection, user)
    except InspectionProblem as problem:
        messages.error(request, str(problem))
        return redirect("inspections:task", inspection.task_id)
    form = WithdrawForm(request.POST if request.method == "POST" else None, inspection=inspection)
    if form.is_bound and form.is_valid():
        held = form.cleaned_data
        before = _members(inspection)
        try:
            follower = drawing.withdraw(
                inspection, held["code"], by=user, officer=form.officer, note=held["note"]
            )
        except InspectionProblem as problem:
            show_problem(form, problem)
        else:
            messages.success(request, _who_follows(inspection, form.officer, follower, before))
            return redirect("inspections:task", inspection.task_id)
    where = reverse("inspections:task", args=[inspection.task_id])
    context = {
        "inspection": inspection,
        "form": form,
        "back": where,
        "trail": trail(request, (str(inspection.task.number), where), (inspection.number, "")),  # type: ignore[union-attr]
    }
    return render(request, "inspections/planning_withdraw.html", context, status=422 if form.errors else 200)


def _members(inspection: Inspection) -> set[str]:
    team = inspection.team.filter(replaced_at=None).select_related("user", "partner")
    return {member.name for member in team}


def _who_follows(inspection: Inspection, officer: Any, follower: Inspection | None, before: set[str]) -> str:
    if officer is not None:
        coming = sorted(_members(inspection) - before)
        if not coming:
            return _("%(name)s is withdrawn; nobody is left in line.") % {"name": officer}
        return _("%(name)s is withdrawn; %(new)s follows.") % {"name": officer, "new": ", ".join(coming)}
    if follower is None:
        return _("The object is withdrawn; none is left in line.")
    return _("The object is withdrawn; %(number)s %(name)s follows.") % {
        "number": follower.number,
        "name": follower.object.name,
    }


@permission_required(VIEW)
@require_GET
def commitment(request: HttpRequest, pk: int) -> HttpResponse:
    """The announcement as it is hashed: public from the start."""
    draw = _draw(request, pk)
    answer = HttpResponse(lot.canonical(draw.commitment), content_type="application/json")
    name = f"{draw.commitment['task']}-{draw.attempt}-commitment.json"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@permission_required(VIEW)
@require_GET
def proof(request: HttpRequest, pk: int) -> Any:
    """The open proof; 404 as long as it is not open."""
    draw = _draw(request, pk)
    if draw.proof is None:
        raise Http404
    return files.response(draw.proof, request=request)


@permission_required(VIEW)
@require_GET
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Recompute an attempt on the server and say what was checked; for open proofs, and for whoever draws."""
    draw = _draw(request, pk)
    task = visible_task(request, draw.task_id)
    if draw.proof is None and not (draw.state == DrawState.DRAWN and may_at(request, DRAW, task.district_id)):
        raise Http404
    published = {"commitment": draw.commitment_sha256, "opening": draw.opening_sha256}
    if draw.proof is not None:
        published["proof"] = draw.proof_sha256
        with files.open_verified(draw.proof) as content:
            report = lot.verify(content.read(), published)
    else:
        report = lot.verify(drawing.proof_of(draw), published)
    where = reverse("inspections:task", args=[task.pk])
    context = {
        "task": task,
        "draw": draw,
        "report": report,
        "hashes": [(HASHES.get(name, name), value) for name, value in report.hashes.items()],
        "trail": trail(request, (task.number, where), (_("Check of the proof"), "")),
    }
    return render(request, "inspections/planning_check.html", context)
