"""Suspects as a table or as shapes to take away; every export stands in the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

import orjson
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from chengshu.bureau.models import User
from chengshu.kernel import ledger
from chengshu.kernel.tables import Cell, write_csv
from chengshu.registry.queries.reference import area_label
from chengshu.sensing.lifecycle import Kind, SiteResult, SuspectState
from chengshu.sensing.models import Suspect
from chengshu.sensing.queries.lists import SuspectFilter, suspect_rows
from chengshu.sensing.refusing import EXPORT, SensingProblem

MAX_ROWS = 50_000
KINDS = ("csv", "geojson")


def plan(by: User, wanted: SuspectFilter, kind: str) -> QuerySet[Suspect]:
    """What is taken away, written into the ledger first. Raises `SensingProblem` for too many."""
    if kind not in KINDS:
        raise SensingProblem(_("Suspects are exported as csv or geojson."))
    rows = suspect_rows(by, wanted, EXPORT)
    count = rows.order_by()[: MAX_ROWS + 1].count()
    if count > MAX_ROWS:
        raise SensingProblem(
            _("More than %(limit)s suspects: narrow the filters.") % {"limit": f"{MAX_ROWS:,}"}
        )
    asked = {key: value for key, value in vars(wanted).items() if value}
    ledger.append(
        f"sensing:export:{by.unit.district.code}", "suspects.exported",
        {"rows": count, "kind": kind, "filters": asked}, actor=by.get_username(),
    )  # fmt: skip
    return rows


def write(rows: QuerySet[Suspect], kind: str, target: BinaryIO) -> None:
    """Write the file."""
    if kind == "csv":
        write_csv(target, columns(), (_row(one) for one in rows.iterator(chunk_size=2000)))
    else:
        target.write(orjson.dumps(shapes(rows)))


def columns() -> list[str]:
    """The first row."""
    return [
        _("Number of the suspect"), _("Earlier flight"), _("Later flight"), _("Kind of change"),
        _("Area, m²"), _("Height gain, m"), _("Score"), _("Street or town"), _("Longitude"),
        _("Latitude"), _("State"),
        _("Lead"), _("Found on site"),
    ]  # fmt: skip


def _row(one: Suspect) -> list[Cell]:
    lng, lat = one.position
    return [
        str(one), f"{one.comparison.before.flown_on:%Y-%m-%d}", f"{one.comparison.after.flown_on:%Y-%m-%d}",
        str(Kind(one.kind).label), round(one.area_m2, 1),
        None if one.height_gain_m is None else round(one.height_gain_m, 2), round(one.score, 3),
        area_label(one.town), round(lng, 7), round(lat, 7), str(SuspectState(one.state).label),
        one.lead.number if one.lead else None, str(SiteResult(one.result).label) if one.result else None,
    ]  # fmt: skip


def shapes(rows: QuerySet[Suspect]) -> dict[str, Any]:
    """A FeatureCollection in WGS 84 degrees."""
    return {"type": "FeatureCollection", "features": list(_features(rows))}


def _features(rows: QuerySet[Suspect]) -> Iterator[dict[str, Any]]:
    for one in rows.iterator(chunk_size=2000):
        yield {
            "type": "Feature",
            "id": one.pk,
            "geometry": one.outline,
            "properties": {
                "number": str(one), "kind": one.kind, "kind_label": str(Kind(one.kind).label),
                "area_m2": round(one.area_m2, 1), "height_gain_m": one.height_gain_m,
                "score": round(one.score, 3), "state": one.state,
                "state_label": str(SuspectState(one.state).label),
                "lead": one.lead.number if one.lead else None,
                "result": one.result,
            },
        }  # fmt: skip
