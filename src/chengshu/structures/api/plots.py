"""重点地块: key plots with their milestones and outcome."""

from datetime import date
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Schema, Status

from chengshu.kernel.access import api_permission
from chengshu.leads.api.schemas import Day, Id, example
from chengshu.structures.models import KeyPlot
from chengshu.structures.services import years as services

from . import examples
from .common import ANY_YEAR, CURSOR, LIMIT, MANAGE, VIEW, find_in, refusals, town_of
from .pages import newest
from .routes import router


class PlotIn(Schema):
    """A key plot as it should be."""

    model_config = example({"name": "武宁路地块", "town": 7, "year": 2020}, closed=True)

    name: str = Field(min_length=1, max_length=100)
    town: Id
    year: int = Field(ge=2000, le=2999)
    boundary: dict[str, Any] | None = Field(None, description="GeoJSON Polygon, WGS 84 degrees")
    note: str = Field("", max_length=500)


class MilestoneIn(Schema):
    """A milestone."""

    model_config = example({"title": "签约完成", "due_on": "2020-09-30"}, closed=True)

    title: str = Field(min_length=1, max_length=100)
    due_on: Day


class ReachedIn(Schema):
    """A milestone is reached."""

    model_config = example({"on": "2020-09-28"}, closed=True)

    on: Day | None = Field(None, description="today if left out")


class OutcomeIn(ReachedIn):
    """The outcome of a plot."""

    model_config = example({"outcome": "demolished", "on": "2020-11-30"}, closed=True)

    outcome: Literal["demolished", "closed", "regulated"]


class MilestoneOut(Schema):
    """A milestone."""

    id: int
    title: str
    due_on: date
    done_on: date | None


class PlotOut(Schema):
    """A key plot with its milestones."""

    model_config = example(examples.PLOT)

    id: int
    name: str
    town: int
    town_name: str
    year: int
    outcome: Literal["", "demolished", "closed", "regulated"]
    outcome_on: date | None
    note: str
    milestones: list[MilestoneOut]
    url: str


class PlotDetail(PlotOut):
    """One key plot with its boundary and what still stands inside."""

    model_config = example({**examples.PLOT, "boundary": examples.SQUARE, "standing": [117]})

    boundary: dict[str, Any] | None
    standing: list[int] = Field(description="ids of entries that the caller may see and that still stand")


class PlotPage(Schema):
    """Key plots, the newest first."""

    items: list[PlotOut]
    next: str | None


def _rows(user: Any, permission: str = VIEW) -> Any:
    rows = KeyPlot.objects.visible_to(user).filter(pk__in=KeyPlot.objects.visible_to(user, permission))
    return rows.select_related("town").defer("town__boundary")


def _shown(plot: KeyPlot) -> dict[str, Any]:
    names = ("name", "year", "outcome", "outcome_on", "note")
    return {
        "id": plot.pk,
        "town": plot.town_id,
        "town_name": plot.town.name,
        **{name: getattr(plot, name) for name in names},
        "milestones": list(plot.milestones.all()),
        "url": f"/api/v1/structures/plots/{plot.pk}",
    }


def _detail(user: Any, pk: int) -> dict[str, Any]:
    plot = find_in(_rows(user), pk)
    scope = user.scope_for(VIEW)
    standing = [
        one.pk
        for one in services.standing_in(plot)
        if scope.covers(district_id=one.district_id, squad_id=one.squad_id)
    ]
    return {**_shown(plot), "boundary": plot.boundary, "standing": standing}


@router.get("/plots", response={200: PlotPage}, url_name="structures_plots")
@api_permission(VIEW)
def list_plots(
    request: HttpRequest,
    year: int | None = ANY_YEAR,
    town: Id | None = None,
    cursor: str = CURSOR,
    limit: int = LIMIT,
) -> Any:
    """Key plots with their milestones."""
    rows = _rows(request.user).defer("boundary", "town__boundary").prefetch_related("milestones")
    if year is not None:
        rows = rows.filter(year=year)
    if town is not None:
        rows = rows.filter(town=town)
    found, more = newest(rows, cursor, limit)
    return {"items": [_shown(plot) for plot in found], "next": more}


@router.post("/plots", response={201: PlotDetail}, url_name="structures_plot_new")
@api_permission(MANAGE)
def add_plot(request: HttpRequest, body: PlotIn) -> Any:
    """Add a key plot."""
    user: Any = request.user
    return Status(201, _save(user, body, None))


@router.get("/plots/{plot_id}", response={200: PlotDetail}, url_name="structures_plot")
@api_permission(VIEW)
def get_plot(request: HttpRequest, plot_id: int) -> Any:
    """One key plot: boundary, milestones, what still stands inside."""
    return _detail(request.user, plot_id)


@router.put("/plots/{plot_id}", response={200: PlotDetail}, url_name="structures_plot_change")
@api_permission(MANAGE)
def change_plot(request: HttpRequest, plot_id: int, body: PlotIn) -> Any:
    """Change a key plot that is under way, as a whole."""
    user: Any = request.user
    return _save(user, body, find_in(_rows(user, MANAGE), plot_id))


def _save(user: Any, body: PlotIn, plot: KeyPlot | None) -> dict[str, Any]:
    town = town_of(user, body.town, MANAGE)
    values = body.model_dump(exclude={"town"})
    with refusals(polygon="boundary"):
        made = services.save_plot(town.district, by=user, town=town, plot=plot, **values)
    return _detail(user, made.pk)


@router.post("/plots/{plot_id}/milestones", response={200: PlotDetail}, url_name="structures_milestone")
@api_permission(MANAGE)
def add_milestone(request: HttpRequest, plot_id: int, body: MilestoneIn) -> Any:
    """Add a milestone."""
    user: Any = request.user
    with refusals():
        services.add_milestone(find_in(_rows(user, MANAGE), plot_id), body.title, body.due_on, by=user)
    return _detail(user, plot_id)


@router.post(
    "/plots/{plot_id}/milestones/{milestone_id}/reach",
    response={200: PlotDetail},
    url_name="structures_milestone_reach",
)
@api_permission(MANAGE)
def reach_milestone(request: HttpRequest, plot_id: int, milestone_id: int, body: ReachedIn) -> Any:
    """A milestone is reached; once only."""
    user: Any = request.user
    plot = find_in(_rows(user, MANAGE), plot_id)
    with refusals():
        services.reach(find_in(plot.milestones.select_related("plot"), milestone_id), by=user, on=body.on)
    return _detail(user, plot_id)


@router.post("/plots/{plot_id}/outcome", response={200: PlotDetail}, url_name="structures_plot_outcome")
@api_permission(MANAGE)
def conclude_plot(request: HttpRequest, plot_id: int, body: OutcomeIn) -> Any:
    """The outcome; cleared only once nothing stands inside any more."""
    user: Any = request.user
    with refusals():
        services.conclude(find_in(_rows(user, MANAGE), plot_id), body.outcome, by=user, on=body.on)
    return _detail(user, plot_id)
