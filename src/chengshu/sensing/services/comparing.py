"""比对: two flights are compared by a job that tells how far it is, can be stopped, and goes on later."""

from __future__ import annotations

import secrets
import shutil
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from procrastinate.exceptions import JobAborted
from shapely.geometry import shape

from chengshu.bureau.models import User
from chengshu.kernel import jobs, ledger
from chengshu.sensing import clouds, library, raster
from chengshu.sensing.library import Compared, RasterError
from chengshu.sensing.lifecycle import STARTABLE, ComparisonState, FlightState
from chengshu.sensing.models import Comparison, Flight
from chengshu.sensing.refusing import MANAGE, SensingProblem, require
from chengshu.sensing.rules import rules

State = ComparisonState


def chain(comparison_id: int) -> str:
    """The ledger's chain of one comparison."""
    return f"sensing.comparison:{comparison_id}"


def work_folder(comparison_id: int) -> Path:
    """Where the work keeps what is done, until it is finished."""
    return Path(settings.FLIGHT_WORK) / str(comparison_id)


def compare(
    before: Flight, after: Flight, *, by: User | None, parameters: dict[str, Any] | None = None
) -> Comparison:
    """Compare two flights of a district; the work is queued. Two flights are compared once.

    Raises `SensingProblem` for flights that are not ready, in the wrong order or of different places.
    """
    require(by, MANAGE, district_id=before.district_id)
    _check_pair(before, after)
    try:
        with transaction.atomic():
            made = Comparison.objects.create(
                district_id=before.district_id, before=before, after=after,
                seed=secrets.token_hex(16), created_by=by, parameters=_with_model(parameters or {}),
            )  # fmt: skip
            _record(made, "made", by, before=before.pk, after=after.pk, seed=made.seed)
            return _queue(made, by)
    except IntegrityError:
        raise SensingProblem(_("These two flights were compared already."), "after") from None


def _with_model(parameters: dict[str, Any]) -> dict[str, Any]:
    """The options with the network that the settings name, checked now: the work may begin much later."""
    if not rules().model or "model" in parameters:
        return parameters
    try:
        library.read_manifest(raster.in_folder(rules().model))
    except RasterError as problem:
        raise SensingProblem(_in_words(problem), "after") from None
    return {**parameters, "model": rules().model}


def _options(parameters: dict[str, Any]) -> dict[str, Any]:
    """As the library takes them: the network's manifest as a file of this machine."""
    if not parameters.get("model"):
        return parameters
    return {**parameters, "model": str(raster.in_folder(parameters["model"]))}


def _check_pair(before: Flight, after: Flight) -> None:
    if before.district_id != after.district_id:
        raise SensingProblem(_("Both flights must be of the same district."), "after")
    if before.pk == after.pk:
        raise SensingProblem(_("Choose two different flights."), "after")
    if before.flown_on > after.flown_on:
        raise SensingProblem(_("The earlier flight comes first."), "after")
    if {before.state, after.state} != {FlightState.READY}:
        raise SensingProblem(_("Only flights that are ready can be compared."), "after")
    if not shape(before.area).intersects(shape(after.area)):
        raise SensingProblem(_("The flights show different places."), "after")


def resume(comparison: Comparison, *, by: User | None) -> Comparison:
    """Start waiting or broken work again; what is done is not done twice."""
    require(by, MANAGE, district_id=comparison.district_id)
    with transaction.atomic():
        held = Comparison.objects.select_for_update().get(pk=comparison.pk)
        if held.state not in STARTABLE:
            raise SensingProblem(
                _("A comparison that is “%(state)s” cannot be started.") % {"state": State(held.state).label}
            )
        held.state, held.problem = State.WAITING, ""
        held.save(update_fields=["state", "problem"])
        _record(held, "resumed", by)
        return _queue(held, by)


def cancel(comparison: Comparison, *, by: User | None) -> bool:
    """Ask the work to stop; what is done stays for later. False if nothing was under way."""
    require(by, MANAGE, district_id=comparison.district_id)
    if comparison.job is None or not jobs.cancel(comparison.job):
        return False
    _record(comparison, "cancelled", by)
    return True


def _queue(comparison: Comparison, by: User | None) -> Comparison:
    from chengshu.sensing.tasks import compare_job

    try:
        comparison.job = jobs.start(
            "sensing.compare",
            _("Compare %(before)s with %(after)s")
            % {"before": comparison.before.name, "after": comparison.after.name},
            compare_job, by=by, url=reverse("sensing:comparison", args=[comparison.pk]),
            key=f"sensing.compare:{comparison.pk}", comparison_id=comparison.pk,
        )  # fmt: skip
    except jobs.AlreadyRunning as running:
        raise SensingProblem(str(running)) from None
    comparison.save(update_fields=["job"])
    return comparison


def run(progress: jobs.Progress, comparison_id: int) -> dict[str, Any]:
    """The work itself, inside the job."""
    comparison = Comparison.objects.select_related("before", "after", "district").get(pk=comparison_id)
    if comparison.state in (State.DONE, State.REFUSED):
        return {"suspects": comparison.suspects}
    Comparison.objects.filter(pk=comparison_id).update(state=State.RUNNING)
    try:
        compared = _compared(progress, comparison)
    except (RasterError, SensingProblem) as refused:
        return _refuse(comparison, _in_words(refused))
    except jobs.Cancelled:
        Comparison.objects.filter(pk=comparison_id).update(state=State.WAITING)
        raise
    except JobAborted:  # the worker is being stopped; the queue takes the work up again
        raise
    except Exception:
        Comparison.objects.filter(pk=comparison_id).update(
            state=State.FAILED, problem=_("The work broke off. Start it again: what is done is kept.")
        )
        raise
    if not compared.registration.get("matches", True):
        why = compared.registration.get("reason") or "The flights do not show the same place."
        return _refuse(comparison, _(why), compared)
    return _finish(comparison, compared)


def _compared(progress: jobs.Progress, comparison: Comparison) -> Compared:
    folder = work_folder(comparison.pk)
    before, after = comparison.before, comparison.after

    def file(flight: Flight, source: str) -> Path:
        return raster.local_file(source, folder / "files", crs=flight.crs if flight.crs_stated else "")

    def report(done: int, total: int) -> None:
        progress.set(int(done), int(total))

    heights = bool(before.dsm and after.dsm)
    surfaces = [clouds.make_surface(flight, report) if heights else "" for flight in (before, after)]
    return library.compare(
        file(before, before.mosaic),
        file(after, after.mosaic),
        before_dsm=file(before, surfaces[0]) if heights else None,
        after_dsm=file(after, surfaces[1]) if heights else None,
        work=folder / "work",
        options=_options(comparison.parameters),
        report=report,
    )


def _in_words(refused: Exception) -> str:
    if isinstance(refused, RasterError):
        text = _(refused.message)
        return text % refused.values if refused.values else text
    return str(refused)


def _refuse(comparison: Comparison, why: str, compared: Compared | None = None) -> dict[str, Any]:
    with transaction.atomic():
        held = Comparison.objects.select_for_update().get(pk=comparison.pk)
        held.state, held.problem, held.finished_at = State.REFUSED, why[:300], timezone.now()
        if compared is not None:
            _keep(held, compared)
        held.save()
        _record(held, "refused", None, why=why[:300])
    shutil.rmtree(work_folder(comparison.pk), ignore_errors=True)
    return {"refused": why}


def _finish(comparison: Comparison, compared: Compared) -> dict[str, Any]:
    from chengshu.sensing.services.suspects import make_suspects

    with transaction.atomic():
        held = Comparison.objects.select_for_update().get(pk=comparison.pk)
        held.before, held.after = comparison.before, comparison.after
        _keep(held, compared)
        made = make_suspects(held, compared.candidates)
        held.state, held.problem, held.finished_at = State.DONE, "", timezone.now()
        held.suspects, held.suppressed = made.suspects, made.suppressed
        held.save()
        _record(held, "done", None, suspects=made.suspects, suppressed=made.suppressed)
    shutil.rmtree(work_folder(comparison.pk), ignore_errors=True)
    return {"suspects": made.suspects, "suppressed": made.suppressed}


def _keep(comparison: Comparison, compared: Compared) -> None:
    comparison.registration, comparison.grid = compared.registration, compared.grid
    comparison.has_heights = compared.has_heights
    comparison.remarks = [[text, values] for text, values in compared.remarks]


def _record(comparison: Comparison, action: str, by: User | None, **payload: Any) -> None:
    ledger.append(
        chain(comparison.pk), f"comparison.{action}", payload, actor=by.username if by else "system"
    )
