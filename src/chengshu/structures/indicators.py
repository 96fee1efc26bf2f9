"""The figures of illegal construction, ids as in the bureau's annual summary.

A year is counted from `Elimination`: what was disposed of, with town, types and area of that day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from chengshu.bureau.indicators import squads, towns
from chengshu.kernel.indicators.declarations import (
    Dimension,
    Indicator,
    Measure,
    Population,
    Ratio,
    register,
)
from chengshu.kernel.indicators.periods import Period
from chengshu.structures.lifecycle import Disposal
from chengshu.structures.models import AnnualTask, Elimination, KeyPlot, YearLight
from chengshu.structures.queries.figures import of_key_type

OWNER = "structures"
AREA = Measure("sum", "area_m2")
QUOTA = Measure("sum", "quota")
KINDS = {str(code): label for code, label in Disposal.choices}


def _whole_years(rows: QuerySet[Any], period: Period) -> QuerySet[Any]:
    """Those of the calendar years that lie wholly inside a period."""
    years = range(period.start.year, period.end.year + 1)
    inside = [y for y in years if period.start <= Period.year(y).start and Period.year(y).end <= period.end]
    return rows.filter(year__in=inside)


def _within_district(model: Any, user: Any) -> QuerySet[Any]:
    rows: QuerySet[Any] = model.objects.filter(user.scope_for("structures.view").q(squad=None))
    return rows


def _kind_names(keys: Iterable[str]) -> Mapping[str, str]:
    return {key: str(KINDS[key]) for key in keys}


ELIMINATED = Population(
    code="structures.eliminated",
    label=_("Illegal structures eliminated"),
    rows=lambda: Elimination.objects.filter(taken_back_at=None),
    visible=lambda user: Elimination.objects.visible_to(user).filter(taken_back_at=None),
    time="on",
    time_label=_("day of the approval"),
    dimensions={
        "town": towns(),
        "squad": squads("structure__squad"),
        "disposal": Dimension("disposal", _("Disposal"), "kind", _kind_names),
    },
    permission="structures.view",
    title=lambda one: f"{one.structure.number} {one.structure.address}",
    link=lambda one: reverse("structures:entry", args=[one.structure_id]),
    related=("structure",),
)
TASKS = Population(
    code="structures.tasks",
    label=_("Tasks of the year for key types"),
    rows=lambda: AnnualTask.objects.filter(type=""),
    visible=lambda user: _within_district(AnnualTask, user).filter(type=""),
    time=None,
    time_label=_("year of the task"),
    within=_whole_years,
    dimensions={"town": towns()},
    permission="structures.view",
    title=lambda task: f"{task.year} {task.town}",
    link=lambda task: f"{reverse('structures:towns')}?year={task.year}",
    related=("town",),
)
PLOTS = Population(
    code="structures.plots",
    label=_("Key plots with an outcome"),
    rows=lambda: KeyPlot.objects.exclude(outcome=""),
    visible=lambda user: _within_district(KeyPlot, user).exclude(outcome=""),
    time="outcome_on",
    time_label=_("day of the outcome"),
    dimensions={"town": towns()},
    permission="structures.view",
    title=lambda plot: plot.name,
    link=lambda plot: reverse("structures:plot", args=[plot.pk]),
)
LIGHTS = Population(
    code="structures.year_lights",
    label=_("Lights of the towns at the year's end"),
    rows=lambda: YearLight.objects.all(),
    visible=lambda user: _within_district(YearLight, user),
    time="on",
    time_label=_("last day of the year"),
    dimensions={"town": towns()},
    permission="structures.view",
    title=lambda one: f"{one.on.year} {one.town} {one.get_colour_display()}",
    link=lambda one: f"{reverse('structures:towns')}?year={one.on.year}",
    related=("town",),
)
WRITTEN_OFF = Q(kind=Disposal.WRITE_OFF)

register(
    Indicator(
        "ledger_written_off",
        _("Ledger entries written off"),
        _("entries written off in the period after demolition; those built again in the same year left out"),
        "structure",
        ELIMINATED,
        WRITTEN_OFF,
        owner=OWNER,
    ),
    Indicator(
        "ledger_area_removed",
        _("Ledger structures demolished: floor area"),
        _("measured floor area of the entries written off in the period"),
        "m2",
        ELIMINATED,
        WRITTEN_OFF,
        AREA,
        owner=OWNER,
    ),
    Indicator(
        "key_type_removed",
        _("Key-type structures eliminated"),
        _("structures of key types or on the year's list that were demolished, legalised or deferred"),
        "structure",
        ELIMINATED,
        of_key_type,
        owner=OWNER,
    ),
    Indicator(
        "key_type_area",
        _("Key-type structures eliminated: floor area"),
        _("floor area of the key-type structures eliminated"),
        "m2",
        ELIMINATED,
        of_key_type,
        AREA,
        owner=OWNER,
    ),
    Indicator(
        "key_type_quota",
        _("Task for key types"),
        _("structures that the towns' tasks of the year for key types ask for"),
        "structure",
        TASKS,
        measure=QUOTA,
        owner=OWNER,
    ),
    Ratio(
        "key_type_completion",
        _("Completion of the task for key types"),
        _("key-type structures eliminated over the year's task for key types"),
        "%",
        "key_type_removed",
        "key_type_quota",
        factor=Decimal(100),
        owner=OWNER,
    ),
    Indicator(
        "towns_green",
        _("Streets and towns rated green"),
        _("streets and towns whose light recorded at the end of a year in the period is green"),
        "street/town",
        LIGHTS,
        Q(colour=YearLight.Colour.GREEN),
        owner=OWNER,
    ),
    Indicator(
        "plots_cleared",
        _("Key plots cleared"),
        _("key plots whose outcome in the period is demolition"),
        "plot",
        PLOTS,
        Q(outcome=KeyPlot.Outcome.DEMOLISHED),
        owner=OWNER,
    ),
    Indicator(
        "plots_closed",
        _("Key plots shut down"),
        _("key plots whose outcome in the period is closure"),
        "plot",
        PLOTS,
        Q(outcome=KeyPlot.Outcome.CLOSED),
        owner=OWNER,
    ),
)
