"""The ledger as a table to take away; every export stands in the chain of its district."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from chengshu.bureau.models import User
from chengshu.kernel import ledger
from chengshu.kernel.privacy_masks import mask_name, mask_text
from chengshu.kernel.tables import Cell, write_csv, write_xlsx
from chengshu.structures.lifecycle import Built, Disposal, Note, Way
from chengshu.structures.models import Structure
from chengshu.structures.queries.lists import StructureFilter, chosen
from chengshu.structures.words import status_of, type_labels
from chengshu.ui import formats

MAX_ROWS = 50_000
CHUNK = 1_000


class ExportProblem(Exception):
    """The export cannot be made; one translated sentence."""


@dataclass(frozen=True)
class Plan:
    """What is taken away, by whom, and the filters in words."""

    rows: QuerySet[Structure]
    by: User
    filters: str


def plan(by: User, wanted: StructureFilter, filters: str) -> Plan:
    """Prepare an export; it is written into the ledger first. Raises `ExportProblem` for too many."""
    rows = chosen(by, wanted, "structures.export")
    count = rows.order_by()[: MAX_ROWS + 1].count()
    if count > MAX_ROWS:
        raise ExportProblem(
            _("More than %(limit)s entries: narrow the filters.") % {"limit": f"{MAX_ROWS:,}"}
        )
    ledger.append(
        f"structures:export:{by.unit.district.code}",
        "structures.exported",
        {"rows": count, "filters": mask_text(filters)},
        actor=by.get_username(),
    )
    return Plan(rows, by, filters)


def write(made: Plan, target: BinaryIO, kind: str) -> int:
    """Write the table as ``xlsx`` (with a sheet that says who took it away) or ``csv``. Returns the rows."""
    if kind == "csv":
        return write_csv(target, columns(), cells(made))
    about = [
        (_("Exported by"), f"{made.by.get_full_name()} ({made.by.get_username()})"),
        (_("Unit"), made.by.unit.name),
        (_("Exported at"), f"{timezone.localtime():%Y-%m-%d %H:%M:%S}"),
        (_("Filters"), made.filters or "—"),
    ]
    return write_xlsx(target, columns(), cells(made), sheet=_("Ledger of illegal structures"), about=about)


def columns() -> list[str]:
    """The first row; an import reads it back."""
    return [
        pgettext("structure", "Number"),
        _("Address"),
        _("Street or town"),
        _("Longitude"),
        _("Latitude"),
        _("Types of structure"),
        _("Stock or new"),
        _("Year built"),
        _("Storeys"),
        _("Height (m)"),
        _("Area (m²)"),
        _("Material"),
        pgettext("structure", "Use"),
        _("Owner"),
        _("State"),
        pgettext("structure", "Disposal"),
        _("Way of demolition"),
        _("Demolished on"),
        _("Eliminated on"),
        _("Number of the permit"),
        _("Day of review"),
        _("Note in the land register"),
        _("On the year's task list"),
        _("Built again (times)"),
        pgettext("structure", "Found at"),
        _("Next clock ends"),
        _("Number of the lead"),
        _("Case number"),
    ]


def cells(made: Plan) -> Iterator[list[Cell]]:
    """The entries as cells, in the order of the list."""
    rows = made.rows.select_related("town", "lead", "case").defer("polygon", "town__boundary")
    for one in rows.iterator(chunk_size=CHUNK):
        yield _row(one)


def _row(one: Structure) -> list[Cell]:
    lng, lat = one.position or (None, None)
    return [
        one.number, one.address, one.town.name if one.town else None, lng, lat,
        "、".join(type_labels(one.types)), str(Built(one.built).label), one.built_year, one.storeys,
        one.height_m, one.area_m2, one.material or None, one.use or None, mask_name(one.owner_name) or None,
        status_of(one)[0], str(Disposal(one.disposal).label) if one.disposal else None,
        str(Way(one.way).label) if one.way else None, one.demolished_on, one.eliminated_on,
        one.permit_number or None, one.review_on, str(Note(one.note_state).label),
        _("yes") if one.key_task else None, one.relapses, formats.moment(one.found_at),
        formats.moment(one.due_at) if one.due_at else None, one.lead.number if one.lead else None,
        one.case.number if one.case else None,
    ]  # fmt: skip
