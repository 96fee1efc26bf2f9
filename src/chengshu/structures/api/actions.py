"""What may be done with an entry: one route an action, each with a body and a permission of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, Schema

from chengshu.cases.models import Case
from chengshu.kernel.access import api_permission
from chengshu.leads.api.schemas import Day, Moment, example
from chengshu.structures.models import Structure
from chengshu.structures.services import disposing, entering, recording
from chengshu.structures.services.base import StructureProblem
from chengshu.structures.services.disposing import Offer

from .common import APPROVE, MANAGE, WORK, find, find_in, refusals, unknown
from .reading import detail
from .routes import router
from .schemas import (
    Area,
    DisposalCode,
    EntryDetail,
    FactsIn,
    FindingCode,
    Height,
    MethodCode,
    Storeys,
    WayCode,
    measured,
    number,
)


class StructureBody(Schema):
    """What every action may say."""

    model_config = example({}, closed=True)

    expected_version: int | None = Field(
        None, ge=1, le=2**31 - 1, description="refuse (409) if the entry has changed since this version"
    )


class Dated(StructureBody):
    """With the moment at which it was."""

    at: Moment | None = Field(None, description="when it was; now if left out")


class SurveyIn(Dated):
    """Measured: the only way in which the area changes."""

    model_config = example({"area_m2": 36.5, "method": "tape", "storeys": 1}, closed=True)

    area_m2: Area
    method: MethodCode
    storeys: Storeys | None = None
    height_m: Height | None = None
    polygon: dict[str, Any] | None = Field(None, description="GeoJSON Polygon, WGS 84 degrees")
    note: str = Field("", max_length=300)


class FindIn(Dated):
    """认定. That it is legal, not there or unclear needs the grounds."""

    model_config = example({"result": "illegal", "number": "沪普城管认字〔2020〕12号"}, closed=True)

    result: FindingCode
    number: str = Field("", max_length=80)
    note: str = Field("", max_length=500)


class StepIn(Dated):
    """A statutory step, in its order and not before its time."""

    model_config = example(
        {"code": "order", "number": "沪普城管限拆字〔2020〕5号", "deadline": "2020-07-10"}, closed=True
    )

    code: str = Field(min_length=1, max_length=20, description="code of `procedure`")
    number: str = Field("", max_length=80, description="of the document")
    deadline: Day | None = Field(None, description="the last day that the document sets")
    note: str = Field("", max_length=500)


class NoteIn(Dated):
    """注记 in the land register."""

    model_config = example({"state": "recorded", "number": "普注字5号"}, closed=True)

    state: Literal["recorded", "released"]
    number: str = Field(min_length=1, max_length=80)


class DemolishIn(Dated):
    """Demolished; the entry is not written off by this."""

    model_config = example({"way": "voluntary", "note": "当事人自行拆除"}, closed=True)

    way: WayCode
    note: str = Field("", max_length=500)


class ProposeIn(StructureBody):
    """A disposal for another person to decide: write-off, legalisation, deferral, false report."""

    model_config = example({"kind": "write_off", "reason": "已拆除，前后照片齐备"}, closed=True)

    kind: DisposalCode
    reason: str = Field(min_length=1, max_length=500)
    permit_number: str = Field("", max_length=80, description="to legalise")
    review_on: Day | None = Field(None, description="to defer")


class RelapseIn(Dated):
    """Built again: the entry reopens with its history."""

    model_config = example({"note": "同一位置重新搭建", "building": True}, closed=True)

    note: str = Field(min_length=1, max_length=500)
    building: bool = Field(False, description="being built now")


class ReasonIn(StructureBody):
    """With a reason."""

    model_config = example({"note": "暂缓事由已消除"}, closed=True)

    note: str = Field(min_length=1, max_length=500)


class ChangeIn(FactsIn):
    """Facts put right, all of them as they should be, with the reason."""

    model_config = example(
        {"address": "长寿路88号", "types": ["rooftop"], "built": "stock", "note": "门牌号有误"}, closed=True
    )

    note: str = Field(min_length=1, max_length=500, description="why")
    owner_name: str | None = Field(None, max_length=80, description="left out: as it is")  # type: ignore[assignment]
    owner_phone: str | None = Field(None, max_length=40)  # type: ignore[assignment]
    occupant_name: str | None = Field(None, max_length=80)  # type: ignore[assignment]
    occupant_phone: str | None = Field(None, max_length=40)  # type: ignore[assignment]
    expected_version: int | None = Field(None, ge=1, le=2**31 - 1)


class CaseIn(StructureBody):
    """The penalty case about it."""

    model_config = example({"number": "普城管罚字〔2020〕第12号"}, closed=True)

    number: str = Field(min_length=1, max_length=60)


class KeyIn(StructureBody):
    """On the year's list of key types, or off it."""

    model_config = example({"on": True}, closed=True)

    on: bool


class DecisionIn(StructureBody):
    """A decision on what another person proposed."""

    model_config = example({"note": "同意"}, closed=True)

    note: str = Field("", max_length=500)


@dataclass(frozen=True)
class Verb:
    """One action: its words for the description, its body, what it calls, its permission."""

    summary: str
    body: type[Any]
    call: Callable[[Structure, Any, Any], Any]
    permission: str = WORK


def _values(body: Any, *without: str) -> dict[str, Any]:
    found: dict[str, Any] = body.model_dump(exclude={"expected_version", *without})
    return found


def _survey(one: Structure, body: SurveyIn, by: Any) -> Any:
    rest = _values(body, "area_m2", "height_m", "method")
    area, height = measured(body.area_m2), number(body.height_m)
    return recording.survey(one, area, body.method, by=by, height_m=height, **rest)


def _change(one: Structure, body: ChangeIn, by: Any) -> Any:
    values = {name: value for name, value in _values(body, "note").items() if value is not None}
    values["built_year"] = body.built_year
    return entering.change(one, values, by=by, note=body.note)


def _case(one: Structure, body: CaseIn, by: Any) -> Any:
    found = Case.objects.visible_to(by, "cases.view").filter(number=body.number.strip()).first()
    if found is None:
        raise unknown("number", _("There is no such case."))
    return recording.link_case(one, found, by=by)


VERBS: dict[str, Verb] = {
    "survey": Verb("测量", SurveyIn, _survey),
    "find": Verb("认定", FindIn, lambda one, body, by: recording.find(one, by=by, **_values(body))),
    "step": Verb(
        "A step of the statutory procedure",
        StepIn,
        lambda one, body, by: recording.take_step(one, by=by, **_values(body)),
    ),
    "note": Verb(
        "注记", NoteIn, lambda one, body, by: recording.note_in_register(one, by=by, **_values(body))
    ),
    "demolish": Verb(
        "拆除", DemolishIn, lambda one, body, by: disposing.demolish(one, by=by, **_values(body))
    ),
    "propose": Verb(
        "Propose a disposal; nothing changes until another person approves",
        ProposeIn,
        lambda one, body, by: disposing.propose(one, Offer(**_values(body)), by=by),
    ),
    "relapse": Verb("复发", RelapseIn, lambda one, body, by: disposing.relapse(one, by=by, **_values(body))),
    "come_back": Verb(
        "End a deferral before its day",
        ReasonIn,
        lambda one, body, by: disposing.come_back(one, by=by, note=body.note),
        APPROVE,
    ),
    "change": Verb("Put facts right", ChangeIn, _change),
    "link_case": Verb("Link the penalty case", CaseIn, _case),
    "key": Verb(
        "Key task of the year",
        KeyIn,
        lambda one, body, by: entering.set_key_task(one, body.on, by=by),
        MANAGE,
    ),
}


def _held(user: Any, structure_id: int, permission: str, expected: int | None) -> Structure:
    """The entry, locked, as the caller last saw it. Raises `StructureProblem` if it has changed since."""
    pk = find(user, structure_id, permission).pk
    held = Structure.objects.select_for_update(of=("self",)).get(pk=pk)
    if expected not in (None, held.version):
        raise StructureProblem(
            _("Somebody else has changed this entry in the meantime. Look at it again."), "version"
        )
    return held


def _add(name: str, verb: Verb) -> None:
    def act(request: HttpRequest, structure_id: int, body: verb.body) -> Any:  # type: ignore[name-defined]
        user: Any = request.user
        with refusals(), transaction.atomic():
            verb.call(_held(user, structure_id, verb.permission, body.expected_version), body, user)
        return detail(user, structure_id)

    act.__name__ = f"structure_{name}"
    act.__doc__ = verb.body.__doc__
    router.post(
        f"/{{structure_id}}/actions/{name}",
        response={200: EntryDetail},
        url_name=act.__name__,
        operation_id=act.__name__,
        summary=verb.summary,
        tags=["structure actions"],
    )(api_permission(verb.permission)(act))


for _name, _verb in VERBS.items():
    _add(_name, _verb)


# --- deciding ---------------------------------------------------------------------------------------
@router.post(
    "/{structure_id}/proposals/{proposal_id}/approve",
    response={200: EntryDetail},
    url_name="structure_approve",
    tags=["structure actions"],
)
@api_permission(APPROVE)
def approve(request: HttpRequest, structure_id: int, proposal_id: int, body: DecisionIn) -> Any:
    """Approve what another person proposed; what it rests on must still be so."""
    user: Any = request.user
    with refusals(), transaction.atomic():
        held = _held(user, structure_id, APPROVE, body.expected_version)
        disposing.approve(find_in(held.proposals, proposal_id), by=user, note=body.note)
    return detail(user, structure_id)


@router.post(
    "/{structure_id}/proposals/{proposal_id}/refuse",
    response={200: EntryDetail},
    url_name="structure_refuse",
    tags=["structure actions"],
)
@api_permission(APPROVE)
def refuse(request: HttpRequest, structure_id: int, proposal_id: int, body: ReasonIn) -> Any:
    """Refuse a proposal with the reason; the entry stays as it is."""
    user: Any = request.user
    with refusals(), transaction.atomic():
        held = _held(user, structure_id, APPROVE, body.expected_version)
        disposing.refuse(find_in(held.proposals, proposal_id), by=user, note=body.note)
    return detail(user, structure_id)
