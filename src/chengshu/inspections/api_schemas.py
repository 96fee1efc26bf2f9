"""What goes into the API of inspections and what comes out.

No postponed annotations in this module: behind the permission gate the framework cannot look names up.
"""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from ninja import Field, Schema

from chengshu.inspections.lifecycle import Kind, Result, State
from chengshu.inspections.models import InspectionReport
from chengshu.leads.api.schemas import Day, Id, Latitude, Longitude, Moment, example

if TYPE_CHECKING:  # the values stand in the models
    KindCode = str
    StateCode = str
    SigningCode = str
    ResultCode = int
else:
    KindCode = Literal[tuple(Kind.values)]
    StateCode = Literal[tuple(State.values)]
    SigningCode = Literal[tuple(InspectionReport.Signing.values)]
    ResultCode = Literal[tuple(int(code) for code in Result.values)]
FoundCode = Literal["yes", "no", "not_applicable"]
CLIENT_ID = "0d6f5c9e-6f0b-4b1a-9a59-2f3f0f4d6a11"

ENTRY: dict[str, Any] = {"code": "1", "text": "是否存在跨门营业", "photo": True, "result": 5}
OBJECT: dict[str, Any] = {
    "id": 8812,
    "name": "绿洲水果店",
    "class": "shop",
    "address": "长寿路100号",
    "position": [121.433, 31.243],
}
INSPECTION: dict[str, Any] = {
    "id": 4711,
    "number": "2020D00017",
    "version": 1,
    "kind": "random",
    "state": "assigned",
    "task": "2020Q4-07",
    "object": OBJECT,
    "team": ["张强", "李敏"],
    "starts_on": "2020-11-16",
    "due_on": "2020-12-15",
    "result": None,
    "corrected": False,
    "rectify_by": None,
    "lead": None,
    "done_at": None,
    "url": "/api/v1/inspections/4711",
}
PHOTO: dict[str, Any] = {
    "id": 91,
    "entry": "1",
    "name": "门前.jpg",
    "taken_at": "2020-11-30T08:32:10+08:00",
    "position": [121.433, 31.243],
    "url": "/api/v1/inspections/4711/photos/91",
}
DETAIL: dict[str, Any] = {
    **INSPECTION,
    "checklist": [ENTRY],
    "rectify_days": 7,
    "reason": "",
    "follows": None,
    "photos": [PHOTO],
    "reports": 0,
}
REPORT: dict[str, Any] = {
    "client_id": CLIENT_ID,
    "result": 5,
    "answers": [{"code": "1", "found": "yes", "note": "货架伸出门外约一米"}],
    "corrected": True,
    "signing": "refused",
    "unsigned_because": "店员拒签；见证人：居委会李某",
    "position": [121.433, 31.243],
}


class Filters(Schema):
    """Which inspections; what is left out does not narrow."""

    whose: Literal["mine", "all"] = "mine"
    kind: list[KindCode] = Field([], max_length=4)
    state: list[StateCode] = Field([], max_length=5, description="none: all open ones")


# --- in ---------------------------------------------------------------------------------------------
class StartIn(Schema):
    """Arriving on site."""

    model_config = example({"client_id": CLIENT_ID}, {}, closed=True)

    client_id: UUID | None = Field(None, description="made once by the device: a retry counts once")
    at: Moment | None = Field(None, description="when it was; now if left out")


class AnswerIn(Schema):
    """What was found for one entry."""

    model_config = example({"code": "1", "found": "no"}, closed=True)

    code: str = Field(max_length=40)
    found: FoundCode
    note: str = Field("", max_length=500)


class ReportIn(Schema):
    """The result. Sent as the form field ``report`` beside the signature, or with photos sent before."""

    model_config = example(REPORT, closed=True)

    client_id: UUID = Field(description="made once by the device: a retry counts once")
    result: ResultCode = Field(description="the eight standard codes")
    answers: list[AnswerIn] = Field(max_length=200)
    signing: SigningCode
    note: str = Field("", max_length=1000)
    corrected: bool = Field(False, description="put right on the spot")
    rectify_by: Day | None = Field(None, description="last day of an order to rectify")
    position: tuple[Longitude, Latitude] | None = None
    party_name: str = Field("", max_length=60)
    unsigned_because: str = Field("", max_length=200, description="reason and witness")
    correction_reason: str = Field("", max_length=300, description="for a correction only")
    at: Moment | None = Field(None, description="when it was found; now if left out")
    expected_version: int | None = Field(None, ge=1, le=2**31 - 1, description="refuse (409) if changed")


class RecheckIn(Schema):
    """Whether the order was followed. Not followed and no later day: a lead is handed over."""

    model_config = example({"client_id": CLIENT_ID, "complied": True, "note": "已整改"}, closed=True)

    client_id: UUID = Field(description="made once by the device: a retry counts once")
    complied: bool
    note: str = Field("", max_length=500)
    rectify_by: Day | None = Field(None, description="a later last day, where it was not followed")
    at: Moment | None = None


class PhotoIn(Schema):
    """What is known of a photo."""

    entry: str = Field("", max_length=40, description="code of the entry; empty: the whole")
    taken_at: Moment | None = None
    longitude: Longitude | None = None
    latitude: Latitude | None = None


class ArrangeIn(Schema):
    """An inspection outside the draw."""

    model_config = example(
        {
            "client_id": CLIENT_ID,
            "object": 8812,
            "kind": "routine",
            "officers": [57, 61],
            "reason": "工地日常检查",
            "due_on": "2020-12-20",
        },
        closed=True,
    )

    client_id: UUID = Field(description="made once by whoever asks: a retry counts once")
    object_id: Id = Field(alias="object")
    kind: Literal["routine", "special", "follow_up"]
    officers: list[Id] = Field(min_length=2, max_length=10)
    reason: str = Field(min_length=1, max_length=300)
    due_on: Day
    starts_on: Day | None = None
    follows: Id | None = Field(None, description="id of the inspection that is followed up")


# --- out --------------------------------------------------------------------------------------------
class ObjectOut(Schema):
    """The object inspected."""

    model_config = example(OBJECT)

    id: int
    name: str
    object_class: str = Field(alias="class")
    address: str
    position: tuple[float, float] | None


class InspectionOut(Schema):
    """An inspection as lists show it."""

    model_config = example(INSPECTION)

    id: int
    number: str
    version: int
    kind: KindCode
    state: StateCode
    task: str | None
    object: ObjectOut
    team: list[str]
    starts_on: date
    due_on: date
    result: ResultCode | None
    corrected: bool
    rectify_by: date | None
    lead: str | None = Field(description="number of the lead that was handed over")
    done_at: datetime | None
    url: str


class EntryOut(Schema):
    """An entry of the checklist."""

    model_config = example(ENTRY)

    code: str
    text: str
    photo: bool = Field(description="a problem needs a photo")
    result: ResultCode = Field(description="what a problem leads to")


class PhotoOut(Schema):
    """A photo as it is kept."""

    model_config = example(PHOTO)

    id: int
    entry: str
    name: str
    taken_at: datetime | None
    position: tuple[float, float] | None
    url: str


class InspectionDetail(InspectionOut):
    """One inspection with all that is needed on site."""

    model_config = example(DETAIL)

    checklist: list[EntryOut]
    rectify_days: int = Field(description="proposed calendar days for an order to rectify")
    reason: str
    follows: int | None
    photos: list[PhotoOut]
    reports: int = Field(description="how many records there are, corrections among them")


class PageOut(Schema):
    """A page of inspections, the most urgent first."""

    model_config = example({"items": [INSPECTION], "next": None})

    items: list[InspectionOut]
    next: str | None = Field(description="cursor of the next page")


class PhotosOut(Schema):
    """Photos that were kept."""

    model_config = example({"items": [PHOTO]})

    items: list[PhotoOut]
