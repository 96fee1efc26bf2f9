"""What goes into the API of sensing and what comes out.

No postponed annotations in this package: behind the permission gate the framework cannot look names up.
"""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from ninja import Field, Schema

from chengshu.leads.api.schemas import Day, Id, example
from chengshu.sensing.lifecycle import (
    VERDICTS,
    ComparisonState,
    FlightState,
    Kind,
    Role,
    SecondState,
    SiteResult,
    SuspectState,
)
from chengshu.sensing.models import PermittedFootprint

from . import examples

if TYPE_CHECKING:  # the values stand in the models
    FlightCode = str
    ComparisonCode = str
    KindCode = str
    StateCode = str
    SecondCode = str
    ResultCode = str
    VerdictCode = str
    RoleCode = str
    PermitCode = str
    DueCode = str
    FoundCode = str
else:
    FlightCode = Literal[tuple(FlightState.values)]
    ComparisonCode = Literal[tuple(ComparisonState.values)]
    KindCode = Literal[tuple(Kind.values)]
    StateCode = Literal[tuple(SuspectState.values)]
    SecondCode = Literal[tuple(SecondState.values)]
    DueCode = Literal[tuple(value for value in SecondState.values if value)]
    ResultCode = Literal[tuple(SiteResult.values)]
    FoundCode = Literal[tuple(value for value in SiteResult.values if value)]
    VerdictCode = Literal[tuple(str(one) for one in VERDICTS)]
    RoleCode = Literal[tuple(Role.values)]
    PermitCode = Literal[tuple(PermittedFootprint.Kind.values)]
ROWS_MOST = 1000
Place = Annotated[list[float], Field(min_length=2, max_length=2, description="longitude, latitude (WGS 84)")]


# --- in ---------------------------------------------------------------------------------------------
class FlightIn(Schema):
    """A flight whose files lie in the folder of flights, on S3, or were sent to `/sensing/flights/files`."""

    model_config = example(examples.NEW_FLIGHT, closed=True)

    name: str = Field(min_length=1, max_length=80)
    flown_on: Day
    mosaic: str = Field(min_length=1, max_length=500, description="path in the folder of flights, or s3://…")
    dsm: str = Field("", max_length=500, description="surface model; without heights confidence is low")
    operator: str = Field("", max_length=80)
    height_m: float | None = Field(None, allow_inf_nan=False, description="of the flight, metres")
    crs: str = Field("", max_length=300, description="only for files that name none, such as EPSG:4549")


class PairIn(Schema):
    """Two flights, the earlier one first."""

    model_config = example({"before": 11, "after": 12}, closed=True)

    before: Id
    after: Id


class SuspectFilters(Schema):
    """Which suspects; what is left out does not narrow."""

    state: StateCode | None = None
    kind: KindCode | None = None
    town: Id | None = None
    sent: Literal["sent", "not_sent"] | None = Field(None, description="not_sent: decided and not sent yet")
    second: DueCode | None = Field(None, description="where the second reading stands")
    result: FoundCode | None = Field(None, description="what was found on site")
    least_m2: float | None = Field(None, ge=0, allow_inf_nan=False, description="area from, m²")
    comparison: Id | None = None


class UndoIn(Schema):
    """Nothing else needs to be said."""

    model_config = example({}, closed=True)


class VerdictIn(Schema):
    """A verdict."""

    model_config = example({"verdict": "lead", "note": "疑似加层"}, closed=True)

    verdict: VerdictCode
    note: str = Field("", max_length=300)


class DecideIn(VerdictIn):
    """The first verdict."""

    model_config = example({"verdict": "lead", "under_construction": True}, closed=True)

    under_construction: bool = Field(False, description="being built now: the squad has 2 h instead of 24 h")


class SettleIn(VerdictIn):
    """The verdict that ends a disagreement, with its reason."""

    model_config = example({"verdict": "no_change", "note": "两期影像光照不同，无实际变化"}, closed=True)

    note: str = Field(min_length=1, max_length=300)


class SendIn(Schema):
    """Sending as a lead."""

    model_config = example({"under_construction": False}, {}, closed=True)

    under_construction: bool | None = Field(None, description="left out: as was decided")


class ResultIn(Schema):
    """What was found on site."""

    model_config = example({"result": "legal"}, closed=True)

    result: FoundCode


class PermitIn(Schema):
    """A permit with its outline."""

    model_config = example(examples.NEW_PERMIT, closed=True)

    number: str = Field(min_length=1, max_length=80)
    kind: PermitCode = "permit"
    name: str = Field("", max_length=120)
    valid_from: Day | None = None
    valid_to: Day | None = Field(None, description="counted in")
    outline: dict[str, Any] = Field(description="GeoJSON Polygon or MultiPolygon, WGS 84 degrees")


class PermitsIn(Schema):
    """Permits, taken one by one: those that do not fit are answered with the reason."""

    model_config = example(
        {"source": "规划资源局2020年第三季度", "permits": [examples.NEW_PERMIT]}, closed=True
    )

    source: str = Field("API", min_length=1, max_length=150, description="where the list comes from")
    permits: list[PermitIn] = Field(min_length=1, max_length=ROWS_MOST)


# --- out --------------------------------------------------------------------------------------------
class FileOut(Schema):
    """A file of a flight."""

    path: str
    bytes: int
    sha256: str = Field(description="empty until the check is over")


class ProgressOut(Schema):
    """How far the work is; `total` is null until it is known."""

    state: Literal["queued", "running", "done", "failed", "cancelled"]
    done: int
    total: int | None
    percent: int | None
    message: str


class FlightOut(Schema):
    """A flight."""

    model_config = example(examples.FLIGHT)

    id: int
    name: str
    flown_on: date
    operator: str
    height_m: float | None
    gsd_m: float | None = Field(description="size of a pixel on the ground, metres")
    crs: str
    width: int = Field(description="pixels")
    height: int = Field(description="pixels")
    state: FlightCode
    problem: str
    has_dsm: bool
    created_at: datetime
    url: str


class FlightDetail(FlightOut):
    """One flight with its files and what it covers."""

    model_config = example(examples.FLIGHT_DETAIL)

    area: dict[str, Any] | None = Field(description="GeoJSON, WGS 84 degrees")
    mosaic: FileOut
    dsm: FileOut | None
    progress: ProgressOut | None
    comparisons: list[int]


class FlightPage(Schema):
    """Flights, the newest entered first."""

    items: list[FlightOut]
    next: str | None


class UploadOut(Schema):
    """Where an uploaded file lies: name it when the flight is registered."""

    path: str


class ComparisonOut(Schema):
    """A comparison of two flights."""

    model_config = example(examples.COMPARISON)

    id: int
    before: int
    before_on: date
    after: int
    after_on: date
    state: ComparisonCode
    problem: str
    has_heights: bool | None = Field(description="false: low confidence; null until compared")
    suspects: int
    suppressed: int = Field(description="of these, explained by permits")
    created_at: datetime
    finished_at: datetime | None
    url: str


class ComparisonDetail(ComparisonOut):
    """One comparison with its progress and what the library said of it."""

    model_config = example(examples.COMPARISON_DETAIL)

    progress: ProgressOut | None
    registration: dict[str, Any] = Field(description="shift in pixels, whether it was accepted, residual")
    remarks: list[str]
    counts: dict[str, int] = Field(description="suspects that the caller may see, by state")


class ComparisonPage(Schema):
    """Comparisons, the newest first."""

    items: list[ComparisonOut]
    next: str | None


class SuspectOut(Schema):
    """A suspect: a source of leads, never evidence by itself."""

    model_config = example(examples.SUSPECT)

    id: int
    number: str
    comparison: int
    kind: KindCode
    area_m2: float
    height_gain_m: float | None = Field(description="null without heights")
    score: float = Field(description="0.8: eight of ten such are real")
    position: Place
    town: int | None
    town_name: str
    state: StateCode
    second: SecondCode
    under_construction: bool
    decided_at: datetime | None
    lead: str | None = Field(description="number of the lead it was sent as")
    sent_at: datetime | None
    result: ResultCode
    url: str


class KnownOut(Schema):
    """What was on record at the place when it was found."""

    kind: str
    title: str
    since: date | None
    until: date | None


class DecisionOut(Schema):
    """One verdict by one person; null: the system."""

    role: RoleCode
    verdict: StateCode
    by: str | None
    at: datetime
    note: str
    score: float = Field(description="as shown at that moment")


class EarlierOut(Schema):
    """A suspect decided before at the same place."""

    id: int
    number: str
    seen_on: date
    state: StateCode
    result: ResultCode


class SuspectDetail(SuspectOut):
    """One suspect: why it is one, what is known of the place, what was decided."""

    model_config = example(examples.SUSPECT_DETAIL)

    outline: dict[str, Any] = Field(description="GeoJSON, WGS 84 degrees")
    reasons: list[str]
    known: list[KnownOut]
    permit: str | None = Field(description="number of the permit that explains it")
    decisions: list[DecisionOut]
    earlier: list[EarlierOut]


class SuspectPage(Schema):
    """Suspects, the likeliest first, of equal ones the largest."""

    items: list[SuspectOut]
    next: str | None


class FootprintOut(Schema):
    """A permit that explains changes."""

    model_config = example(examples.PERMIT)

    id: int
    number: str
    kind: PermitCode
    name: str
    position: Place
    valid_from: date | None
    valid_to: date | None
    source: str
    active: bool
    imported_at: datetime


class PermitPage(Schema):
    """Permits, the newest first."""

    items: list[FootprintOut]
    next: str | None


class RefusedRowOut(Schema):
    """A row that was not taken."""

    row: int = Field(description="counted from 1; in tables the row of the sheet")
    why: str


class ImportedOut(Schema):
    """What came of a list."""

    model_config = example({"created": 3, "updated": 1, "suppressed": 2, "refused": [{"row": 4, "why": "…"}]})

    created: int
    updated: int
    suppressed: int = Field(description="open suspects that it explains")
    refused: list[RefusedRowOut]
