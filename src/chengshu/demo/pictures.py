"""A small pair of flights with pictures: an invented street in the district, flown in the year after.

What the comparison suspects there waits for verdicts, so that queue and viewer have something to show; the
figures of the reference year do not see it.
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from pyproj import Transformer

from chengshu.bureau.models import District, User
from chengshu.demo.flights import Report, plan_of
from chengshu.kernel.jobs import Progress
from chengshu.sensing.models import Comparison, Flight
from chengshu.sensing.services import comparing, flights
from chengshu.vision.raster.flights import write_pair

LABEL = "航拍试点"
FOLDER = "demo"
MANAGE = "sensing.manage"


def load_pictures(district: District, *, seed: int = 2020, report: Report | None = None) -> int:
    """Write, register and compare the pair where it is missing; how many suspects were added.

    All or nothing: the jobs that registering queues find their work done.
    """
    said = plan_of(district.code)["pictures"]
    names = [_name(district, day) for day in said["days"]]
    if Flight.objects.filter(district=district, mosaic__in=names).exists():
        return 0
    if report:
        report(0, 1, LABEL)
    _write(district, said, seed)
    with transaction.atomic(), closing(Progress(0)) as quiet:
        made = _compared(district, said, quiet)
    if report:
        report(1, 1, LABEL)
    return made.suspects


def _name(district: District, day: Any, what: str = "") -> str:
    return f"{FOLDER}/{district.code}-{day:%Y%m%d}{what}.tif"


def _write(district: District, said: dict[str, Any], seed: int) -> None:
    """The four files in the folder of flights; one that a broken-off load left is written anew."""
    root = Path(settings.FLIGHT_FOLDER)
    (root / FOLDER).mkdir(parents=True, exist_ok=True, mode=0o700)
    corner = Transformer.from_crs("EPSG:4326", said["crs"], always_xy=True).transform(*said["corner"])
    with tempfile.TemporaryDirectory(dir=root, prefix=".demo-") as folder:
        pair = write_pair(
            Path(folder), seed, said["pixels"], said["pixels"], said["gsd_m"], said["crs"], corner=corner
        )
        first, last = said["days"]
        for file, day, what in (
            (pair.before, first, ""), (pair.before_dsm, first, "-dsm"),
            (pair.after, last, ""), (pair.after_dsm, last, "-dsm"),
        ):  # fmt: skip
            shutil.move(file, root / _name(district, day, what))


def _compared(district: District, said: dict[str, Any], quiet: Progress) -> Comparison:
    by = _manager(district)
    flown = []
    for day in said["days"]:
        flight = flights.register_flight(
            district, by=by, name=f"{said['name']}{day:%Y年%m月}正射影像", flown_on=day,
            mosaic=_name(district, day), dsm=_name(district, day, "-dsm"), operator=said["operator"],
            height_m=said["height_m"],
        )  # fmt: skip
        flights.check(quiet, flight.pk)
        flight.refresh_from_db()
        flown.append(flight)
    comparison = comparing.compare(flown[0], flown[1], by=by)
    comparing.run(quiet, comparison.pk)
    comparison.refresh_from_db()
    return comparison


def _manager(district: District) -> User:
    people = User.objects.with_roles().filter(unit__district=district, is_active=True).order_by("pk")
    able: User = next(one for one in people if one.scope_for(MANAGE).covers(district_id=district.pk))
    return able
