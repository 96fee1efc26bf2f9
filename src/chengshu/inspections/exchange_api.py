"""The city's own supervision system over HTTP: tasks in, results back. Under ``/api/v1/inspections``."""

from datetime import date, datetime
from typing import Any, Literal

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router, Schema, Status
from ninja.errors import HttpError, ValidationError

from chengshu.inspections.exchange.receiving import CityTaskProblem, receive
from chengshu.inspections.exchange.results import records, related, reported
from chengshu.inspections.exchange.schema import CityTaskIn
from chengshu.inspections.models import CityTask, Inspection
from chengshu.kernel.access import api_permission
from chengshu.leads.api.filters import cursor_of, moment_of, read_cursor, settled_before
from chengshu.leads.api.schemas import Day, example

router = Router(tags=["inspections"])
PAGE_MOST = 200
EPOCH_SCALE = 1_000_000
SINCE: Any = Query(None, description="only what changed since this day")  # type: ignore[type-arg]
RESULT: dict[str, Any] = {
    "city_number": "SH-2020-Q3-0012",
    "city_draw": "",
    "task_number": "2020-Q3-004",
    "task_title": "餐饮单位餐厨垃圾处置专项抽查",
    "inspection": "2020D00017",
    "kind": "random",
    "object": {"uscc": "", "name": "春风小吃店", "address": "长寿路100号", "class": "restaurant"},
    "officers": ["310700123", "310700124"],
    "inspected_on": "2020-07-20",
    "result": 5,
    "result_text": "发现问题已责令改正",
    "problems": [{"code": "1", "entry": "餐厨垃圾是否未单独收集、处置", "note": ""}],
    "corrected_on_the_spot": False,
    "rectify_by": "2020-07-23",
    "rectified": None,
    "lead": "",
    "cases": [],
    "changed_at": "2020-07-20T02:31:02.120000Z",
}


class CityTaskOut(Schema):
    """A task that was taken in: ``task`` is the number of the task to be drawn here, else empty."""

    model_config = example(
        {
            "id": 7,
            "number": "SH-2020-Q3-0012",
            "task": "2020-Q3-004",
            "objects": 0,
            "waiting": 0,
            "created": True,
        }
    )

    id: int
    number: str
    task: str
    objects: int = Field(description="drawn by the city")
    waiting: int = Field(description="of these, not given to officers yet")
    created: bool


class ProblemOut(Schema):
    """An entry of the checklist with a problem."""

    code: str
    entry: str
    note: str


class ObjectOut(Schema):
    """What was inspected."""

    uscc: str
    name: str
    address: str
    object_class: str = Field(alias="class")


class CityResultOut(Schema):
    """An inspection as it stands."""

    model_config = example(RESULT)

    city_number: str
    city_draw: str
    task_number: str
    task_title: str
    inspection: str = Field(description="number of the inspection: a later record replaces the earlier")
    kind: str
    object: ObjectOut
    officers: list[str] = Field(description="numbers of certificates")
    inspected_on: date | None
    result: int = Field(ge=1, le=8)
    result_text: str
    problems: list[ProblemOut]
    corrected_on_the_spot: bool
    rectify_by: date | None
    rectified: bool | None = Field(description="null: no order, or not looked at again yet")
    lead: str
    cases: list[str]
    changed_at: datetime


class CityResultPage(Schema):
    """A page of results."""

    items: list[CityResultOut]
    next: str = Field(description="the cursor of the next call")
    more: bool


@router.post("/city-tasks", response={200: CityTaskOut, 201: CityTaskOut}, url_name="city_task_receive")
@api_permission("inspections.plan")
def receive_city_task(request: HttpRequest, response: HttpResponse, body: CityTaskIn) -> Any:
    """Take one task in: 201, and 200 where the same task came before.

    The same number with other particulars is refused (409): a task is not changed from outside.
    """
    user: Any = request.user
    try:
        made, created = receive(body, user.unit.district, by=user)
    except CityTaskProblem as problem:
        if problem.conflict:
            raise HttpError(409, str(problem)) from problem
        faults: list[Any] = [
            {
                "loc": ("body",) if n is None else ("body", "drawn", "objects", n),
                "type": "city_task",
                "msg": text,
            }
            for n, text in problem.faults
        ]
        raise ValidationError(faults) from problem
    return Status(201 if created else 200, _answer(made, created))


def _answer(made: CityTask, created: bool) -> dict[str, Any]:
    drawn = list(made.drawn.values_list("inspection", flat=True))
    return {
        "id": made.pk,
        "number": made.source_ref,
        "task": made.task.number if made.task else "",
        "objects": len(drawn),
        "waiting": sum(inspection is None for inspection in drawn),
        "created": created,
    }


@router.get("/city-results", response={200: CityResultPage}, by_alias=True, url_name="city_results")
@api_permission("inspections.view")
def list_city_results(
    request: HttpRequest,
    since: Day | None = SINCE,
    which: Literal["city", "all"] = Query("city", description="`all`: also results of our own tasks"),  # type: ignore[type-arg]
    cursor: str = Query("", max_length=80, description="`next` of the call before"),  # type: ignore[type-arg]
    limit: int = Query(50, ge=1, le=PAGE_MOST),  # type: ignore[type-arg]
) -> Any:
    """Results in the order of their last change, the longest unchanged first.

    Call again with `next` at once while `more` is true, then from time to time. An inspection that has
    changed (corrected, re-checked, handed over) comes again as it stands then; what is being written at the
    moment of the call comes with a later one.
    """
    user: Any = request.user
    wanted = Q(changed_at__lt=settled_before())
    after = read_cursor(cursor, "u", 2)
    if after:
        changed = moment_of(after[0])
        wanted &= Q(changed_at__gte=changed) & (Q(changed_at__gt=changed) | Q(change__gt=after[1]))
    rows = related(reported(Inspection.objects.visible_to(user), which, since).filter(wanted))[: limit + 1]
    found: list[Any] = list(rows)
    shown = found[:limit]
    last = (_microseconds(shown[-1].changed_at), shown[-1].change) if shown else tuple(after or (0, 0))
    return {"items": list(records(shown)), "next": cursor_of("u", *last), "more": len(found) > limit}


def _microseconds(at: datetime) -> int:
    whole = int(at.replace(microsecond=0).timestamp())
    return whole * EPOCH_SCALE + at.microsecond
