"""What a task of the city's system is made of; the same in a JSON file, in the API and behind the table.

No postponed annotations: the framework of the API cannot look names up behind the permission gate.
"""

import hashlib
from typing import Annotated, Any

import orjson
from ninja import Field, Schema
from pydantic import AfterValidator, ConfigDict, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from chengshu.leads.api.schemas import Day

TASKS_MOST = 500
OBJECTS_MOST = 5_000


def _no_null(text: str) -> str:
    if "\x00" in text:
        raise PydanticCustomError("nul", "Text holds no NUL characters.")
    return text


def _text(most: int, least: int = 0) -> Any:
    limits = StringConstraints(strip_whitespace=True, min_length=least, max_length=most)
    return Annotated[str, limits, AfterValidator(_no_null)]


Share = Annotated[int, Field(ge=0, le=1000)]
OBJECT: dict[str, Any] = {
    "uscc": "91310107MA1FY0000X",
    "name": "春风小吃店",
    "address": "长寿路100号",
    "officers": ["310700123", "310700124"],
}
DRAWN_HERE: dict[str, Any] = {
    "number": "SH-2020-Q3-0012",
    "title": "餐饮单位餐厨垃圾处置专项抽查",
    "item": "WASTE-03",
    "classes": ["restaurant"],
    "year": 2020,
    "quarter": 3,
    "count": 20,
    "starts_on": "2020-07-06",
    "due_on": "2020-09-25",
}
DRAWN_BY_CITY: dict[str, Any] = {
    **{name: value for name, value in DRAWN_HERE.items() if name != "count"},
    "number": "SH-2020-Q3-0013",
    "drawn": {"reference": "SHCQ-2020-0713", "objects": [OBJECT]},
}


class SharesIn(Schema):
    """How many of a credit class are drawn, per mille."""

    model_config = ConfigDict(extra="forbid")

    A: Share = 0
    B: Share = 0
    C: Share = 0
    D: Share = 0
    unrated: Share = 0

    def rules(self) -> dict[str, int]:
        """As `drawing_rules.Rules` has it."""
        return {"A": self.A, "B": self.B, "C": self.C, "D": self.D, "": self.unrated}


class DrawnObjectIn(Schema):
    """An object that the city drew: named by its USCC, or by name and address as the registry has them."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [OBJECT]})

    uscc: _text(18) = ""  # type: ignore[valid-type]
    name: _text(200) = ""  # type: ignore[valid-type]
    address: _text(300) = ""  # type: ignore[valid-type]
    officers: list[_text(40, 1)] = Field(  # type: ignore[valid-type]
        [],
        max_length=6,
        description="numbers of the certificates of officers the city drew; none: ours to choose",
    )

    @model_validator(mode="after")
    def _named(self) -> "DrawnObjectIn":
        if not self.uscc and not (self.name and self.address):
            raise PydanticCustomError(
                "city_object_named", "An object needs a USCC, or a name and an address."
            )
        return self


class CityDrawIn(Schema):
    """A draw the city has made: nothing is drawn here."""

    model_config = ConfigDict(extra="forbid")

    reference: _text(100, 1) = Field(description="number of the city's draw")  # type: ignore[valid-type]
    objects: list[DrawnObjectIn] = Field(min_length=1, max_length=OBJECTS_MOST)


class CityTaskIn(Schema):
    """A task of the city's system: drawn here (`count` or `per_mille`), or drawn by the city (`drawn`)."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [DRAWN_HERE, DRAWN_BY_CITY]})

    number: _text(100, 1) = Field(description="number in the city's system; the same again is one task")  # type: ignore[valid-type]
    title: _text(160, 1)  # type: ignore[valid-type]
    item: _text(120, 1) = Field(description="code or title of an item of the list of items")  # type: ignore[valid-type]
    classes: list[_text(40, 1)] = Field(  # type: ignore[valid-type]
        [], max_length=20, description="codes or names of classes of objects; none: those of the item"
    )
    year: int = Field(ge=2000, le=2100)
    quarter: int = Field(ge=1, le=4)
    count: int | None = Field(None, ge=1, le=1_000_000, description="so many objects are drawn")
    per_mille: SharesIn | None = Field(None, description="so many of a thousand, by credit class")
    starts_on: Day | None = Field(None, description="left out: first day of the quarter")
    due_on: Day | None = Field(None, description="left out: last day of the quarter")
    drawn: CityDrawIn | None = None

    @model_validator(mode="after")
    def _one_way(self) -> "CityTaskIn":
        ways = [way for way in (self.count, self.per_mille, self.drawn) if way is not None]
        if len(ways) > 1:
            raise PydanticCustomError("city_task_way", "Only one of count, per_mille and drawn can be given.")
        return self

    def content(self) -> dict[str, Any]:
        """The task as it is kept and compared: what was left out stays out."""
        return self.model_dump(mode="json", exclude_defaults=True)

    def digest(self) -> str:
        """SHA-256 of the content in one fixed form: whichever way the task came."""
        return hashlib.sha256(orjson.dumps(self.content(), option=orjson.OPT_SORT_KEYS)).hexdigest()


class CityTasksFile(Schema):
    """A JSON file of tasks."""

    model_config = ConfigDict(extra="forbid")

    tasks: list[CityTaskIn] = Field(min_length=1, max_length=TASKS_MOST)


def json_schema() -> dict[str, Any]:
    """The JSON Schema of the file."""
    schema = CityTasksFile.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return schema
