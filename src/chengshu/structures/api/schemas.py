"""The ledger's entries as they go into the API and come out.

No postponed annotations in this package: behind the permission gate the framework cannot look names up.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal

from ninja import Field, Schema

from chengshu.leads.api.schemas import Id, Latitude, Longitude, Moment, example
from chengshu.structures.lifecycle import Action, Built, Disposal, Finding, Method, Note, Source, Status, Way
from chengshu.structures.lifecycle import Moment as PhotoMoment
from chengshu.structures.queries.lists import (
    ELIMINATED_CODE,
    KEY_ANY,
    KEY_TASK,
    KEY_TYPES,
    STANDING_CODE,
    TO_WRITE_OFF,
    WRITTEN_OFF,
    StructureFilter,
)

from . import examples

if TYPE_CHECKING:  # the values stand in the models
    StatusCode = str
    BuiltCode = str
    DisposalCode = str
    NoDisposalCode = str
    MethodCode = str
    FindingCode = str
    WayCode = str
    NoWayCode = str
    NoteCode = str
    PhotoCode = str
    SourceCode = str
    ActionCode = str
    StateFilter = str
    KeyFilter = str
else:
    StatusCode = Literal[tuple(Status.values)]
    BuiltCode = Literal[tuple(Built.values)]
    DisposalCode = Literal[tuple(Disposal.values)]
    NoDisposalCode = Literal[("", *Disposal.values)]
    MethodCode = Literal[tuple(Method.values)]
    FindingCode = Literal[tuple(Finding.values)]
    WayCode = Literal[tuple(Way.values)]
    NoWayCode = Literal[("", *Way.values)]
    NoteCode = Literal[tuple(Note.values)]
    PhotoCode = Literal[tuple(PhotoMoment.values)]
    SourceCode = Literal[tuple(Source.values)]
    ActionCode = Literal[tuple(Action.values)]
    StateFilter = Literal[(*Status.values, STANDING_CODE, TO_WRITE_OFF, WRITTEN_OFF, ELIMINATED_CODE)]
    KeyFilter = Literal[(KEY_TYPES, KEY_TASK, KEY_ANY)]
Area = Annotated[float, Field(gt=0, le=1_000_000, allow_inf_nan=False, description="m²")]
Height = Annotated[float, Field(ge=0, le=999, allow_inf_nan=False, description="metres")]
Place = Annotated[list[float], Field(min_length=2, max_length=2, description="longitude, latitude (WGS 84)")]
Storeys = Annotated[int, Field(ge=0, le=200)]
Year = Annotated[int, Field(ge=1990, le=2999)]


def measured(value: float) -> Decimal:
    """A measured value to the hundredth, as the services take it."""
    return Decimal(str(round(value, 2)))


def number(value: float | None) -> Decimal | None:
    """The same where it may be missing."""
    return None if value is None else measured(value)


# --- in ---------------------------------------------------------------------------------------------
class Filters(Schema):
    """Which entries; what is left out does not narrow."""

    q: str = Field("", max_length=60, description="number, number in the list it came from, or address")
    town: Id | None = None
    type: str = Field("", max_length=20)
    status: StateFilter | None = Field(
        None, description="a state, or standing, to_write_off, written_off, gone (eliminated)"
    )
    built: BuiltCode | None = None
    key: KeyFilter | None = Field(None, description="types: of a key type; task: on the year's task list")
    overdue: bool = False
    waiting: bool = Field(False, description="a proposed disposal waits to be decided")
    disposal: DisposalCode | None = None
    year: Year | None = Field(None, description="of the elimination")
    month: int | None = Field(None, ge=1, le=12, description="of the elimination, with year")
    entered: Year | None = Field(None, description="year of the entry")
    relapsed: bool = False

    def wanted(self) -> StructureFilter:
        """The same for the query."""
        asked = {name: value for name, value in self.model_dump().items() if value is not None}
        return StructureFilter(**asked)


class FactsIn(Schema):
    """What is stated of a structure and may be put right later."""

    address: str = Field(min_length=1, max_length=300)
    types: list[str] = Field(min_length=1, max_length=20, description="codes of `/structures/types`")
    built: BuiltCode
    built_year: int | None = Field(None, ge=1900, le=2999)
    material: str = Field("", max_length=60)
    use: str = Field("", max_length=60)
    owner_name: str = Field("", max_length=80)
    owner_phone: str = Field("", max_length=40)
    occupant_name: str = Field("", max_length=80)
    occupant_phone: str = Field("", max_length=40)
    description: str = Field("", max_length=500)


class EntryIn(FactsIn):
    """A new entry. A place is needed: an outline, a position, or at least the town."""

    model_config = example(examples.NEW, closed=True)

    position: tuple[Longitude, Latitude] | None = Field(None, description="longitude, latitude (WGS 84)")
    polygon: dict[str, Any] | None = Field(None, description="GeoJSON Polygon, WGS 84 degrees")
    town: Id | None = None
    storeys: Storeys | None = None
    height_m: Height | None = None
    area_m2: Area | None = Field(None, description="becomes the first survey")
    method: MethodCode = "stated"
    found_at: Moment | None = Field(None, description="from here the statutory clocks run; now if left out")
    key_task: bool = False
    source_ref: str = Field("", max_length=80, description="your own number; the same again is one entry")
    lead: Id | None = Field(None, description="id of the lead that it comes from; its photos are taken over")


# --- out --------------------------------------------------------------------------------------------
class StructureOut(Schema):
    """An entry as lists show it."""

    model_config = example(examples.ENTRY)

    id: int
    number: str
    version: int = Field(description="rises with each step; send it as `expected_version`")
    address: str
    position: Place | None
    town: int | None
    town_name: str
    types: list[str]
    built: BuiltCode
    area_m2: float | None = Field(description="of the last survey")
    status: StatusCode
    disposal: NoDisposalCode
    way: NoWayCode
    found_at: datetime
    entered_on: date
    demolished_on: date | None
    written_off_at: datetime | None
    eliminated_on: date | None
    review_on: date | None = Field(description="the deferral ends on this day by itself")
    due_at: datetime | None = Field(description="the next statutory clock ends")
    light: Literal["", "green", "amber", "red"]
    waits: bool = Field(description="a proposed disposal waits to be decided")
    key_task: bool
    relapses: int
    lead: str | None = Field(description="number of the lead, for whoever may see leads")
    url: str


class EntryPage(Schema):
    """Entries, those whose clock ends next first, then the newest."""

    items: list[StructureOut]
    next: str | None


class SurveyOut(Schema):
    """A survey; the last one gives the area."""

    area_m2: float
    method: MethodCode
    storeys: int | None
    height_m: float | None
    at: datetime
    by: str | None
    note: str


class FindingOut(Schema):
    """A finding (认定)."""

    result: FindingCode
    number: str
    at: datetime
    by: str | None
    note: str


class StructurePhotoOut(Schema):
    """A photo as it is kept."""

    id: int
    moment: PhotoCode
    round: int = Field(description="how often it had been built again by then")
    name: str
    taken_at: datetime | None
    position: Place | None
    url: str


class StatutoryOut(Schema):
    """A statutory step: taken already, possible now, or why not."""

    code: str
    label: str
    article: str
    taken_at: datetime | None
    number: str
    deadline: date | None
    why_not: str = Field(description="empty: it may be taken now")


class ClockOut(Schema):
    """A statutory clock."""

    code: str
    label: str
    article: str
    kind: Literal["due", "wait", "set"]
    started: datetime
    ends: datetime = Field(description="the first moment after it")
    done_at: datetime | None
    late: bool


class ProposalOut(Schema):
    """A proposed disposal, and what was decided."""

    id: int
    kind: DisposalCode
    reason: str
    permit_number: str
    review_on: date | None
    proposed_by: str
    proposed_at: datetime
    approved: bool | None = Field(description="null: it waits")
    decided_by: str | None
    decided_at: datetime | None
    decision_note: str


class HistoryOut(Schema):
    """One thing that happened, in words."""

    seq: int
    action: ActionCode
    title: str
    text: str
    at: datetime
    by: str


class EntryDetail(StructureOut):
    """One entry with everything on record; people are masked."""

    model_config = example(examples.DETAIL)

    polygon: dict[str, Any] | None
    built_year: int | None
    storeys: int | None
    height_m: float | None
    material: str
    use: str
    owner_name: str
    owner_phone: str
    occupant_name: str
    occupant_phone: str
    description: str
    source: SourceCode
    source_ref: str
    permit_number: str
    note_state: NoteCode
    note_number: str
    case: str | None = Field(description="number of the case, for whoever may see cases")
    surveys: list[SurveyOut]
    findings: list[FindingOut]
    photos: list[StructurePhotoOut]
    procedure: list[StatutoryOut]
    clocks: list[ClockOut]
    proposals: list[ProposalOut]
    disposals: list[DisposalCode] = Field(description="what the state allows to propose")
    history: list[HistoryOut]


class TypeOut(Schema):
    """A type of structures."""

    code: str
    label: str
    key: bool = Field(description="重点类型")
