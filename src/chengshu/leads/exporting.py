"""Leads as a workbook to take away: no reporters, numbers of people masked, every export in the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from chengshu.bureau.models import User
from chengshu.kernel import ledger
from chengshu.kernel.privacy_masks import mask_text
from chengshu.kernel.tables import Cell, write_xlsx
from chengshu.leads.lifecycle import Outcome, Stage
from chengshu.leads.models import Lead, LeadClass
from chengshu.leads.queries.lists import LeadFilter, chosen
from chengshu.leads.settings import sources
from chengshu.leads.words import light_of
from chengshu.ui import formats

PERMISSION = "leads.export"
MAX_ROWS = 50_000
CHUNK = 2_000


class ExportProblem(Exception):
    """The export cannot be made; one translated sentence."""


@dataclass(frozen=True)
class Plan:
    """What is taken away, by whom, and the filters in words."""

    leads: QuerySet[Lead]
    by: User
    filters: str


def plan(by: User, wanted: LeadFilter, filters: str) -> Plan:
    """Prepare an export; it is written into the ledger first. Raises `ExportProblem` for too many leads."""
    leads = chosen(by, wanted, permission=PERMISSION)
    count = leads.order_by()[: MAX_ROWS + 1].count()
    if count > MAX_ROWS:
        raise ExportProblem(_("More than %(limit)s leads: narrow the filters.") % {"limit": f"{MAX_ROWS:,}"})
    ledger.append(
        f"leads:export:{by.unit.district.code}",
        "leads.exported",
        {"rows": count, "filters": mask_text(filters)},
        actor=by.get_username(),
    )
    return Plan(leads, by, filters)


def write(made: Plan, target: BinaryIO) -> int:
    """Write the workbook; the second sheet says who took it away, when and what. Returns the rows."""
    about = [
        (_("Exported by"), f"{made.by.get_full_name()} ({made.by.get_username()})"),
        (_("Unit"), made.by.unit.name),
        (_("Exported at"), f"{timezone.localtime():%Y-%m-%d %H:%M:%S}"),
        (_("Filters"), made.filters or "—"),
    ]
    return write_xlsx(target, columns(), rows(made), sheet=_("Leads"), about=about)


def columns() -> list[str]:
    """The first row."""
    return [
        _("Number of the lead"), _("Source of the lead"), _("Major class"), _("Class of the lead"),
        _("Severity"), _("What was found"), _("Place"), _("Street or town"), _("Squad"), _("Officer"),
        _("Stage"), pgettext("lead", "Outcome"), _("Reported at"), _("Arrive by"), _("Arrived at"),
        _("Handle by"), _("Handled at"), _("Closed at"), _("Light"), _("Times returned"), _("Times reopened"),
        _("Times urged"), _("Rating"),
    ]  # fmt: skip


def rows(made: Plan) -> Iterator[list[Cell]]:
    """The leads as cells, newest first."""
    now = timezone.now()
    leads = made.leads.select_related("lead_class", "town", "squad", "officer")
    for lead in leads.defer("search_tokens", "data", "step_data", "town__boundary").iterator(
        chunk_size=CHUNK
    ):
        yield _row(lead, now)


def _row(lead: Lead, now: datetime) -> list[Cell]:
    source = sources().get(lead.source)
    light = light_of(lead, now)
    return [
        lead.number,
        source.label if source else lead.source,
        lead.lead_class.major,
        lead.lead_class.label,
        str(LeadClass.Severity(lead.severity).label),
        mask_text(lead.description),
        lead.address,
        lead.town.name if lead.town else None,
        lead.squad.name if lead.squad else None,
        lead.officer.full_name if lead.officer else None,
        str(Stage(lead.stage).label),
        str(Outcome(lead.outcome).label) if lead.outcome else None,
        *(_moment(at) for at in (lead.reported_at, lead.arrive_by, lead.arrived_at)),
        *(_moment(at) for at in (lead.handle_by, lead.handled_at, lead.closed_at)),
        light.text if light else None,
        lead.returned,
        lead.reopened,
        lead.urged,
        lead.rating,
    ]


def _moment(at: datetime | None) -> str | None:
    return formats.moment(at) if at else None
