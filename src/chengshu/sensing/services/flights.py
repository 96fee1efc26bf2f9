"""架次: registering what was flown. The file's content is checked, never what its name promises."""

from __future__ import annotations

import hashlib
import uuid
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from shapely.geometry import shape

from chengshu.bureau.models import District, User
from chengshu.kernel import jobs, ledger
from chengshu.sensing import clouds, placing, raster
from chengshu.sensing.lifecycle import FLIGHT_TABLE, FlightState
from chengshu.sensing.models import Comparison, Flight
from chengshu.sensing.raster import Picture
from chengshu.sensing.refusing import MANAGE, SensingProblem, require
from chengshu.sensing.rules import rules

UPLOADS = "uploads"
COVERED_LEAST = 0.5  # a surface model of which less lies on the mosaic belongs to another flight
State = FlightState


def chain(flight_id: int) -> str:
    """The ledger's chain of one flight."""
    return f"sensing.flight:{flight_id}"


def keep_upload(content: Any, name: str) -> str:
    """Write an uploaded file into the folder of flights; its path there. Raises `SensingProblem`.

    ``content`` has ``chunks()``. The name is given by the content's digest: the same file is kept once.
    """
    known = (*raster.SUFFIXES, *raster.CLOUDS, *placing.PICTURES)
    if not name.lower().endswith(known):
        raise SensingProblem(_("Flights are GeoTIFF files (.tif)."), "upload")
    folder = Path(settings.FLIGHT_FOLDER) / UPLOADS
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    half = folder / f"{uuid.uuid4().hex}.part"
    digest, size, most = hashlib.sha256(), 0, settings.FLIGHT_UPLOAD_LIMIT_BYTES
    try:
        with half.open("wb") as target:
            for chunk in content.chunks():
                size += len(chunk)
                if size > most:
                    raise SensingProblem(
                        _("The file is larger than %(limit)d MB; put it into the folder of flights instead.")
                        % {"limit": most // (1 << 20)},
                        "upload",
                    )
                digest.update(chunk)
                target.write(chunk)
        suffix = ".tif" if name.lower().endswith(raster.SUFFIXES) else Path(name.lower()).suffix
        kept = folder / f"{digest.hexdigest()}{suffix}"
        half.replace(kept)
    finally:
        half.unlink(missing_ok=True)
    return f"{UPLOADS}/{kept.name}"


def drop_upload(source: str) -> None:
    """Take back what `keep_upload` kept, unless a flight uses it."""
    if not source.startswith(f"{UPLOADS}/"):
        return
    if not Flight.objects.filter(Q(mosaic=source) | Q(dsm=source)).exists():
        (Path(settings.FLIGHT_FOLDER) / source).unlink(missing_ok=True)


def register_flight(
    district: District,
    *,
    by: User | None,
    name: str,
    flown_on: date,
    mosaic: str,
    dsm: str = "",
    operator: str = "",
    height_m: float | None = None,
    crs: str = "",
    area: str = "",
) -> Flight:
    """Register a flight whose files are there. It is ready once a job has taken the digests of its files.

    ``dsm``: a surface model, or a point cloud (LAS, LAZ) from which the first comparison makes one. ``crs``:
    for files that name none. ``area``: where a PNG or JPEG lies (`placing.read_box`). Raises
    `SensingProblem`, PermissionDenied.
    """
    require(by, MANAGE, district_id=district.pk)
    name, mosaic, dsm = name.strip()[:80], mosaic.strip(), dsm.strip()
    _check_words(name, flown_on, height_m)
    if placing.is_plain(mosaic):
        if dsm:
            raise SensingProblem(_("A picture without coordinates has no surface model."), "dsm")
        mosaic = placing.place(mosaic, placing.read_box(area))
    picture = raster.look_at(mosaic, stated_crs=crs)
    surface = _surface(picture, dsm, crs) if dsm else None
    if surface is not None:
        _check_surface(picture, surface)
    try:
        with transaction.atomic():
            flight = Flight.objects.create(
                district=district, name=name, flown_on=flown_on, operator=operator.strip()[:80],
                height_m=height_m, mosaic=mosaic, dsm=dsm, created_by=by, mosaic_bytes=picture.size,
                dsm_bytes=surface.size if surface else 0, area=picture.area, gsd_m=picture.gsd_m,
                crs=picture.crs, crs_stated=picture.crs_stated, width=picture.width, height=picture.height,
                bands=picture.bands, has_overviews=picture.has_overviews,
            )  # fmt: skip
            _record(
                flight, "registered", by, name=name, flown_on=flown_on.isoformat(), mosaic=mosaic, dsm=dsm
            )
            start_check(flight, by)
    except IntegrityError:
        raise SensingProblem(_("This mosaic is registered already."), "mosaic") from None
    return flight


def _check_words(name: str, flown_on: date, height_m: float | None) -> None:
    if not name:
        raise SensingProblem(_("Give the flight a name."), "name")
    if flown_on > timezone.localdate():
        raise SensingProblem(_("A flight cannot lie in the future."), "flown_on")
    least, most = rules().flights.height_m
    if height_m is not None and not least <= height_m <= most:
        raise SensingProblem(
            _("A height of %(least)d to %(most)d m is expected.") % {"least": least, "most": most}, "height_m"
        )


def _surface(picture: Picture, dsm: str, crs: str) -> Picture:
    if clouds.is_cloud(dsm):
        return clouds.look_at(dsm, picture)
    return raster.look_at(dsm, stated_crs=crs, surface=True)


def _check_surface(picture: Picture, surface: Picture) -> None:
    whole, part = shape(picture.area), shape(surface.area)
    if whole.intersection(part).area < COVERED_LEAST * whole.area:
        raise SensingProblem(_("The surface model does not cover the mosaic."), "dsm")


def start_check(flight: Flight, by: User | None) -> None:
    """Queue the digests of the files; the flight is ready afterwards."""
    from chengshu.sensing.tasks import check_job

    flight.job = jobs.start(
        "sensing.check", _("Check flight %(name)s") % {"name": flight.name}, check_job, by=by,
        url=reverse("sensing:flight", args=[flight.pk]), key=f"sensing.check:{flight.pk}",
        flight_id=flight.pk,
    )  # fmt: skip
    flight.save(update_fields=["job"])


def check(progress: jobs.Progress, flight_id: int) -> dict[str, Any]:
    """Take the digests; inside the job. The files may have gone or changed meanwhile: then it is refused."""
    flight = Flight.objects.get(pk=flight_id)
    if flight.state != State.CHECKING:
        return {"state": flight.state}
    progress.set(0, flight.mosaic_bytes + flight.dsm_bytes)
    try:
        mosaic = raster.digest_of(flight.mosaic, lambda done: progress.set(done))
        dsm = ""
        if flight.dsm:
            dsm = raster.digest_of(flight.dsm, lambda done: progress.set(flight.mosaic_bytes + done))
        picture = raster.look_at(flight.mosaic, stated_crs=flight.crs if flight.crs_stated else "")
        if (picture.width, picture.height) != (flight.width, flight.height):
            raise SensingProblem(_("The file was changed while it was being checked."))
    except SensingProblem as problem:
        _move(flight, State.REFUSED, None, problem=str(problem)[:300])
        raise jobs.JobProblem(str(problem)) from None
    _move(flight, State.READY, None, mosaic_sha256=mosaic, dsm_sha256=dsm, problem="")
    return {"sha256": mosaic}


def check_again(flight: Flight, *, by: User | None) -> Flight:
    """Check a refused flight once more. Raises `SensingProblem`, PermissionDenied."""
    require(by, MANAGE, district_id=flight.district_id)
    with transaction.atomic():
        flight = _move(flight, State.CHECKING, by, problem="")
        start_check(flight, by)
    return flight


def withdraw(flight: Flight, *, by: User | None) -> Flight:
    """Take a flight out of use; its files stay where they are. One that was compared stays."""
    require(by, MANAGE, district_id=flight.district_id)
    with transaction.atomic():
        Flight.objects.select_for_update().get(pk=flight.pk)
        if (
            Comparison.objects.filter(before=flight).exists()
            or Comparison.objects.filter(after=flight).exists()
        ):
            raise SensingProblem(_("The flight was compared; its record stays."))
        return _move(flight, State.WITHDRAWN, by)


def _move(flight: Flight, state: FlightState, by: User | None, **columns: Any) -> Flight:
    with transaction.atomic():
        held = Flight.objects.select_for_update().get(pk=flight.pk)
        if state not in FLIGHT_TABLE[State(held.state)]:
            raise SensingProblem(
                _("A flight that is “%(state)s” cannot become “%(other)s”.")
                % {"state": State(held.state).label, "other": state.label}
            )
        held.state = state
        for name, value in columns.items():
            setattr(held, name, value)
        held.save()
        _record(held, state, by, **{k: v for k, v in columns.items() if v})
    return held


def _record(flight: Flight, action: str, by: User | None, **payload: Any) -> None:
    ledger.append(chain(flight.pk), f"flight.{action}", payload, actor=by.username if by else "system")
