"""What goes into the API of leads and what comes out.

No postponed annotations in this package: behind the permission gate the framework cannot look names up.
"""

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from ninja import Field, Schema
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, ConfigDict
from pydantic_core import PydanticCustomError

from chengshu.leads.lifecycle import Action, Outcome, Stage
from chengshu.leads.models import LeadAttachment, LeadClass
from chengshu.leads.services import NewLead, Reporter

from . import examples

NO_ID = 2**63 - 1
BATCH_MOST = 200
KEY_MOST = 64
EARLIEST, LATEST = datetime(1949, 10, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def _calendar(moment: Any) -> Any:
    """Working time and time zones can be counted here."""
    first, last = (EARLIEST, LATEST) if isinstance(moment, datetime) else (EARLIEST.date(), LATEST.date())
    if not first <= moment < last:
        raise PydanticCustomError("calendar", "A moment between 1949 and 2200 is needed.")
    return moment


def _written(moment: Any) -> Any:
    """As the description says: text. A bare number would be taken for seconds since 1970."""
    try:
        float(moment)
    except (TypeError, ValueError):
        return moment
    raise PydanticCustomError("calendar", "A moment between 1949 and 2200 is needed.")


Moment = Annotated[AwareDatetime, BeforeValidator(_written), AfterValidator(_calendar)]
Day = Annotated[date, BeforeValidator(_written), AfterValidator(_calendar)]
Id = Annotated[int, Field(ge=1, le=NO_ID)]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Severity = Annotated[int, Field(ge=1, le=max(LeadClass.Severity.values))]
if TYPE_CHECKING:  # the values stand in the models
    StageCode = str
    OutcomeCode = str
    ActionCode = str
    MomentCode = str
    UnitCode = str
else:
    StageCode = Literal[tuple(Stage.values)]
    OutcomeCode = Literal[tuple(Outcome.values)]
    ActionCode = Literal[tuple(Action.values)]
    MomentCode = Literal[tuple(LeadAttachment.Moment.values)]
    UnitCode = Literal[tuple(LeadClass.Unit.values)]
LightCode = Literal["green", "amber", "red", "held"]


def example(*values: dict[str, Any], closed: bool = False) -> ConfigDict:
    """A schema's configuration with its examples; ``closed``: fields nobody knows are refused."""
    extra: Any = {"examples": list(values)}
    if closed:
        return ConfigDict(json_schema_extra=extra, extra="forbid", populate_by_name=True)
    return ConfigDict(json_schema_extra=extra, populate_by_name=True)


# --- in ---------------------------------------------------------------------------------------------
class ReporterIn(Schema):
    """Who reported it. Kept apart from the lead and never given out unmasked."""

    model_config = example({"name": "张三", "phone": "13812345678", "wants_answer": True}, closed=True)

    name: str = Field("", max_length=60)
    phone: str = Field("", max_length=40)
    email: str = Field("", max_length=254)
    wants_answer: bool = True


class LeadIn(Schema):
    """What was found. A place is needed: a position, an address, or a regulated object that has one."""

    model_config = example(
        examples.NEW,
        {"class": "E0201", "description": "占道设摊", "position": [121.433, 31.243]},
        closed=True,
    )

    source: str = Field("api", max_length=30, description="code of `/leads/sources`")
    lead_class: str = Field(alias="class", max_length=14, description="code of `/leads/classes`")
    description: str = Field(min_length=1, max_length=1000)
    address: str = Field("", max_length=300)
    position: tuple[Longitude, Latitude] | None = Field(None, description="longitude, latitude (WGS 84)")
    object_id: Id | None = Field(None, alias="object", description="id of the regulated object")
    source_ref: str = Field(
        "", max_length=100, description="the source's own number; the same again is one lead"
    )
    severity: Severity | None = Field(
        None, description="1 ordinary, 2 serious, 3 urgent; else the class says"
    )
    reported_at: Moment | None = Field(None, description="when it was found; now if left out")
    handle_by: Moment | None = Field(None, description="where the source sets a time of its own")
    reporter: ReporterIn | None = None
    data: dict[str, Any] = Field({}, description="whatever the source knows beyond this")

    def new(self) -> NewLead:
        """The same for the services."""
        return NewLead(
            source=self.source,
            lead_class=self.lead_class,
            description=self.description,
            address=self.address,
            position=self.position,
            object_id=self.object_id,
            source_ref=self.source_ref,
            severity=self.severity,
            reported_at=self.reported_at,
            handle_by=self.handle_by,
            reporter=Reporter(**vars(self.reporter)) if self.reporter else None,
            data=self.data,
        )


class BatchIn(Schema):
    """Many leads, taken in all or none."""

    model_config = example({"leads": [examples.NEW]}, closed=True)

    leads: list[LeadIn] = Field(min_length=1, max_length=BATCH_MOST)


class AttachmentIn(Schema):
    """What is known of a file."""

    moment: MomentCode = Field("filing", description="filing, closing (after handling) or other")
    taken_at: Moment | None = None
    longitude: Longitude | None = None
    latitude: Latitude | None = None


# --- out --------------------------------------------------------------------------------------------
class StepOut(Schema):
    """One change of a lead, written by the database itself."""

    model_config = example(examples.STEP)

    version: int
    action: ActionCode
    stage: StageCode
    outcome: OutcomeCode
    squad: int | None
    officer: int | None
    by: int | None = Field(description="null: the system itself")
    by_name: str | None
    at: datetime
    note: str
    data: dict[str, Any]


class AttachmentOut(Schema):
    """A photo or paper of a lead."""

    model_config = example(examples.ATTACHMENT)

    id: int
    name: str
    moment: MomentCode
    media_type: str
    size: int = Field(description="bytes")
    taken_at: datetime | None
    added_at: datetime
    url: str


class PartOut(Schema):
    """A part of a lead that was split."""

    model_config = example({"id": 4712, "number": "2011R0004712", "stage": "closed", "outcome": "advised"})

    id: int
    number: str
    stage: StageCode
    outcome: OutcomeCode


class LeadOut(Schema):
    """A lead with its steps, attachments and parts. Moments are in UTC."""

    model_config = example(examples.LEAD)

    id: int
    number: str
    version: int = Field(description="rises by one with each step; send it as `expected_version`")
    source: str
    source_ref: str
    lead_class: str = Field(alias="class")
    class_name: str
    severity: int
    description: str
    address: str
    position: tuple[float, float] | None = Field(description="longitude, latitude (WGS 84)")
    town: int | None
    town_name: str | None
    object_id: int | None = Field(alias="object")
    squad: int | None
    squad_name: str | None
    officer: int | None
    officer_name: str | None
    stage: StageCode
    outcome: OutcomeCode
    light: LightCode
    reported_at: datetime
    registered_at: datetime | None
    dispatched_at: datetime | None
    accepted_at: datetime | None
    arrived_at: datetime | None
    handled_at: datetime | None
    verified_at: datetime | None
    closed_at: datetime | None
    arrive_by: datetime | None
    handle_by: datetime | None
    held_at: datetime | None = Field(description="on hold since")
    extension_until: datetime | None = Field(description="more time asked for and not yet decided")
    recheck_on: date | None
    refused: bool = Field(description="an order to rectify was not followed")
    case_number: str
    passed_to: str
    answer: str
    parent: int | None
    merged_into: int | None
    returned: int
    rejected: int
    reopened: int
    urged: int
    rating: int | None
    data: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    url: str
    steps: list[StepOut]
    attachments: list[AttachmentOut]
    parts: list[PartOut]


class ReporterOut(Schema):
    """Who reported it, masked."""

    model_config = example(examples.REPORTER)

    name: str
    phone: str
    email: str
    wants_answer: bool
    informed_at: datetime | None


class LeadDetail(LeadOut):
    """One lead with its reporter."""

    model_config = example({**examples.LEAD, "reporter": examples.REPORTER})

    reporter: ReporterOut | None


class LeadPage(Schema):
    """Leads, and where to go on."""

    model_config = example({"items": [examples.LEAD], "next": "aTQ3MTE="})

    items: list[LeadOut]
    next: str | None = Field(description="cursor of the next page; null on the last")


class SyncPage(Schema):
    """Leads in the order of their last change, and where to go on, also later."""

    model_config = example(
        {"items": [examples.LEAD], "next": "dTE2MDY2OTkwNjIxMzAwMDA6NDcxMQ==", "more": False}
    )

    items: list[LeadOut]
    next: str = Field(description="cursor for the next call, always given; keep it")
    more: bool = Field(description="whether there is more to fetch right now")


class ReceivedOut(Schema):
    """What became of a report; the lead itself lies under `url`."""

    model_config = example(examples.RECEIVED)

    id: int
    number: str
    version: int
    stage: StageCode
    squad: int | None = Field(description="the squad it was sent to, or the one of the place")
    handle_by: datetime | None
    created: bool = Field(description="false: the same had come before")
    url: str


class BatchOut(Schema):
    """What became of the reports, in the order in which they were sent."""

    model_config = example({"items": [examples.RECEIVED]})

    items: list[ReceivedOut]


class LeadClassOut(Schema):
    """A class of leads with its limits."""

    model_config = example(examples.CLASS)

    code: str
    kind: Literal["part", "event"]
    major_zh: str
    major_en: str
    label_zh: str
    label_en: str
    severity: int
    arrive_within: int
    arrive_unit: UnitCode
    handle_within: int
    handle_unit: UnitCode
    photos_filing: int
    photos_closing: int


class SourceOut(Schema):
    """Where leads come from; those of trusted sources are registered and sent to a squad at once."""

    model_config = example(examples.SOURCE)

    code: str
    label_zh: str
    label_en: str
    trusted: bool
