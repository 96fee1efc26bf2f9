"""The towns' year: tasks with completion and forecast, lights with what is missing for green."""

from datetime import date, datetime
from typing import Any, Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Schema

from chengshu.kernel.access import api_permission
from chengshu.leads.api.schemas import Id, example
from chengshu.structures.models import AnnualTask
from chengshu.structures.queries import lights, years
from chengshu.structures.queries.lists import ELIMINATED_CODE, KEY_ANY
from chengshu.structures.queries.years import Progress
from chengshu.structures.services import years as services

from .common import MANAGE, VIEW, YEAR, district_of, refusals, town_of, year_or_this
from .figures import link
from .routes import router

TASK: dict[str, Any] = {
    "town": 7,
    "town_name": "长寿路街道",
    "type": "",
    "quota": 60,
    "done": 41,
    "percent": 68,
    "expected": 66,
    "list": "/api/v1/structures?year=2020&status=gone&town=7&key=any",
}


class TaskOut(Schema):
    """A town's task of a year."""

    model_config = example(TASK)

    town: int
    town_name: str
    type: str = Field(description="empty: all key types together")
    quota: int = Field(description="structures")
    done: int
    percent: int
    expected: int | None = Field(description="at the year's end if the pace stays; null in its first weeks")
    list: str = Field(description="the entries that count by their type")


class TasksOut(Schema):
    """The tasks of a year."""

    year: int
    items: list[TaskOut]


class TaskIn(Schema):
    """A task to be set; the same town, year and type again changes it."""

    model_config = example({"town": 7, "year": 2020, "type": "", "quota": 60}, closed=True)

    town: Id
    year: int = Field(ge=2000, le=2999)
    type: str = Field("", max_length=20, description="empty: all key types together")
    quota: int = Field(ge=0, le=services.LARGEST_QUOTA)


class LightOut(Schema):
    """A town's light with its reasons."""

    model_config = example(
        {
            "town": 7,
            "town_name": "长寿路街道",
            "colour": "amber",
            "reasons": ["年度任务按进度完成"],
            "missing": ["年度任务按进度完成"],
            "measures": {"new_standing": 0, "quota_percent": 68.3, "behind": 4.1},
        }
    )

    town: int
    town_name: str
    colour: Literal["green", "amber", "red"]
    reasons: list[str]
    missing: list[str] = Field(description="what is missing for green")
    measures: dict[str, float | None]


class LightsOut(Schema):
    """The lights of a year. `verified`: whether a source confirms the rules; `recorded_at`: when the lights
    at the year's end were kept, null while they are worked out as of today."""

    year: int
    recorded_at: datetime | None
    verified: bool
    source: str
    items: list[LightOut]


@router.get("/tasks", response={200: TasksOut}, url_name="structures_tasks")
@api_permission(VIEW)
def list_tasks(request: HttpRequest, year: int | None = YEAR) -> Any:
    """The year's tasks of the towns with what is done and where the pace leads."""
    user: Any = request.user
    asked = year_or_this(year)
    found = years.progress(district_of(user), asked, timezone.localdate())
    return {"year": asked, "items": [_task(one) for one in found]}


def _task(one: Progress) -> dict[str, Any]:
    task = one.task
    wanted: dict[str, Any] = {"year": task.year, "status": ELIMINATED_CODE, "town": task.town_id}
    wanted |= {"type": task.type} if task.type else {"key": KEY_ANY}
    return {
        "town": task.town_id,
        "town_name": task.town.name,
        "type": task.type,
        "quota": task.quota,
        "done": one.done,
        "percent": one.percent,
        "expected": one.expected,
        "list": link(**wanted),
    }


@router.post("/tasks", response={200: TaskOut}, url_name="structures_task_set")
@api_permission(MANAGE)
def set_task(request: HttpRequest, body: TaskIn) -> Any:
    """Set a town's task of a year."""
    user: Any = request.user
    town = town_of(user, body.town, MANAGE)
    with refusals():
        made: AnnualTask = services.set_quota(town, body.year, body.type, body.quota, by=user)
    today: date = timezone.localdate()
    found = years.progress(town.district, body.year, today)
    return next(_task(one) for one in found if one.task.pk == made.pk)


@router.get("/lights", response={200: LightsOut}, url_name="structures_lights")
@api_permission(VIEW)
def list_lights(request: HttpRequest, year: int | None = YEAR) -> Any:
    """Green, amber or red for every town, why, and what is missing for green."""
    user: Any = request.user
    asked, rules = year_or_this(year), lights.light_rules()
    found, recorded_at = lights.shown(district_of(user), asked, timezone.localdate())
    return {
        "year": asked,
        "recorded_at": recorded_at,
        "verified": rules.verified,
        "source": rules.source,
        "items": [
            {
                "town": one.town.pk, "town_name": one.town.name, "colour": one.colour,
                "reasons": list(one.reasons), "missing": list(one.missing), "measures": one.measures,
            }
            for one in found
        ],
    }  # fmt: skip
