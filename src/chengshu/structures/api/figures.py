"""The figures of a year; each number carries the address of the list it counts."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Schema

from chengshu.kernel.access import api_permission
from chengshu.leads.api.schemas import example
from chengshu.registry.queries.reference import area_label, reference
from chengshu.structures.lifecycle import ELIMINATED, Disposal
from chengshu.structures.queries.figures import Cell, year_figures
from chengshu.structures.queries.lists import ELIMINATED_CODE, KEY_ANY, STANDING_CODE
from chengshu.structures.words import type_labels

from .common import VIEW, YEAR, year_or_this
from .routes import router
from .schemas import DisposalCode

LIST = "/api/v1/structures"
SHOWN = tuple(kind for kind in Disposal if kind in ELIMINATED)
FIGURE: dict[str, Any] = {"count": 352, "area_m2": 167700.0, "list": f"{LIST}?year=2020&status=written_off"}


class FigureOut(Schema):
    """A number of structures, and the list that it counts."""

    model_config = example(FIGURE)

    count: int
    area_m2: float | None = Field(description="null where areas are not added up")
    list: str


class LineOut(Schema):
    """One line of a table."""

    key: str
    label: str
    total: FigureOut
    by_disposal: dict[DisposalCode, FigureOut]


class FiguresOut(Schema):
    """What a year brought, over what the caller may see."""

    year: int
    standing: FigureOut
    overdue: FigureOut
    entered: FigureOut
    eliminated: FigureOut
    written_off: FigureOut
    key_types: FigureOut
    by_town: list[LineOut]
    by_type: list[LineOut]
    by_month: list[LineOut]


def link(**wanted: Any) -> str:
    """The list with these filters."""
    return f"{LIST}?{urlencode(wanted)}"


def _figure(count: int, area: Decimal | None = None, **wanted: Any) -> dict[str, Any]:
    return {"count": count, "area_m2": area, "list": link(**wanted)}


@router.get("/figures", response={200: FiguresOut}, url_name="structures_figures")
@api_permission(VIEW)
def get_figures(request: HttpRequest, year: int | None = YEAR) -> Any:
    """The year's figures by town, type, disposal and month; an entry of two types counts in both lines."""
    user: Any = request.user
    asked = year_or_this(year)
    found = year_figures(user, asked, timezone.now())
    gone = {"year": asked, "status": ELIMINATED_CODE}
    towns = reference().towns
    return {
        "year": asked,
        "standing": _figure(found.standing, status=STANDING_CODE),
        "overdue": _figure(found.overdue, overdue="true"),
        "entered": _figure(found.entered, entered=asked),
        "eliminated": _figure(found.eliminated.count, found.eliminated.area, **gone),
        "written_off": _figure(
            found.written_off.count, found.written_off.area, **gone, disposal=Disposal.WRITE_OFF.value
        ),
        "key_types": _figure(found.key_types.count, found.key_types.area, **gone, key=KEY_ANY),
        "by_town": _lines(found.by_town, "town", lambda key: area_label(towns.get(key)), gone),
        "by_type": _lines(found.by_type, "type", lambda key: type_labels([key])[0], gone),
        "by_month": _lines(found.by_month, "month", str, gone),
    }


def _lines(
    table: dict[Any, dict[str, Cell]], name: str, label: Callable[[Any], str], gone: dict[str, Any]
) -> list[dict[str, Any]]:
    found = []
    for key, cells in sorted(table.items(), key=lambda line: str(line[0]).zfill(20)):
        here = {**gone, **({} if key is None else {name: key})}
        listed = {str(kind): cells.get(kind, Cell()) for kind in SHOWN}
        total = sum(cell.count for cell in listed.values())
        area = sum((cell.area for cell in listed.values()), Decimal(0))
        found.append(
            {
                "key": "" if key is None else str(key),
                "label": label(key),
                "total": _figure(total, area, **here),
                "by_disposal": {
                    kind: _figure(cell.count, cell.area, **here, disposal=kind)
                    for kind, cell in listed.items()
                },
            }
        )
    return found
