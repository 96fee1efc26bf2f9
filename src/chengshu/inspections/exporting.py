"""Inspections as a workbook to take away; every export stands in the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO

from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from chengshu.bureau.models import User
from chengshu.inspections.lifecycle import Kind, Result, State
from chengshu.inspections.models import Inspection, InspectionOfficer
from chengshu.inspections.queries.work import WorkFilter, chosen
from chengshu.inspections.words import light_of
from chengshu.kernel import ledger
from chengshu.kernel.privacy_masks import mask_text
from chengshu.kernel.tables import Cell, write_xlsx
from chengshu.ui import formats

MAX_ROWS = 50_000
CHUNK = 1_000


class ExportProblem(Exception):
    """The export cannot be made; one translated sentence."""


@dataclass(frozen=True)
class Plan:
    """What is taken away, by whom, and the filters in words."""

    inspections: QuerySet[Inspection]
    by: User
    filters: str


def plan(by: User, wanted: WorkFilter, filters: str) -> Plan:
    """Prepare an export; it is written into the ledger first. Raises `ExportProblem` for too many."""
    rows = chosen(by, wanted)
    count = rows.order_by()[: MAX_ROWS + 1].count()
    if count > MAX_ROWS:
        raise ExportProblem(
            _("More than %(limit)s inspections: narrow the filters.") % {"limit": f"{MAX_ROWS:,}"}
        )
    ledger.append(
        f"inspections:export:{by.unit.district.code}",
        "inspections.exported",
        {"rows": count, "filters": mask_text(filters)},
        actor=by.get_username(),
    )
    return Plan(rows, by, filters)


def write(made: Plan, target: BinaryIO) -> int:
    """Write the workbook; the second sheet says who took it away, when and what. Returns the rows."""
    about = [
        (_("Exported by"), f"{made.by.get_full_name()} ({made.by.get_username()})"),
        (_("Unit"), made.by.unit.name),
        (_("Exported at"), f"{timezone.localtime():%Y-%m-%d %H:%M:%S}"),
        (_("Filters"), made.filters or "—"),
    ]
    return write_xlsx(target, columns(), rows(made), sheet=_("Inspections"), about=about)


def columns() -> list[str]:
    """The first row."""
    return [
        _("Number of the inspection"), pgettext("inspection", "Kind"), _("Task"), _("Regulated object"),
        _("Class"), _("Address"), _("Street or town"), _("Squad"), _("Inspecting officers"), _("State"),
        _("Inspect by"), _("Reported at"), _("Result"), _("Problems found"), _("Put right on the spot"),
        _("Put right by"), _("Light"), _("Number of the lead"), _("Reason"),
    ]  # fmt: skip


def rows(made: Plan) -> Iterator[list[Cell]]:
    """The inspections as cells, in the order of the list."""
    today = timezone.localdate()
    team = InspectionOfficer.objects.filter(replaced_at=None).select_related("user", "partner").order_by("id")
    found = made.inspections.select_related("task", "object__object_class", "town", "squad", "lead")
    found = found.defer("town__boundary", "lead__search_tokens", "object__search_tokens")
    for inspection in found.prefetch_related(Prefetch("team", team)).iterator(chunk_size=CHUNK):
        yield _row(inspection, today)


def _row(one: Inspection, today: date) -> list[Cell]:
    light = light_of(one, today)
    return [
        one.number,
        str(Kind(one.kind).label),
        one.task.number if one.task else None,
        one.object.name,
        one.object.object_class.label,
        one.object.address,
        one.town.name if one.town else None,
        one.squad.name if one.squad else None,
        "、".join(member.name for member in one.team.all()),
        str(State(one.state).label),
        one.due_on.isoformat(),
        formats.moment(one.done_at) if one.done_at else None,
        str(Result(one.result).label) if one.result else None,
        one.problem_count,
        _("yes") if one.corrected else None,
        one.rectify_by.isoformat() if one.rectify_by else None,
        light.text if light else None,
        one.lead.number if one.lead else None,
        mask_text(one.reason) or None,
    ]
