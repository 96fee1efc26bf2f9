"""Figures as they come out of the API.

No postponed annotations in this package: behind the permission gate the framework cannot look names up.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ninja import Field, Schema

from chengshu.leads.api.schemas import example

FIGURE: dict[str, Any] = {
    "id": "cases_total", "name": "行政处罚案件数", "unit": "件", "version": 1, "value": 5779, "decimals": 0,
    "sample": 5779, "enough": True, "numerator": None, "denominator": None, "value_before": 4906,
    "change": 17.8, "computed_at": "2021-01-04T09:30:00+08:00", "url": "/api/v1/reports/figures/cases_total",
}  # fmt: skip
ONE: dict[str, Any] = {
    **FIGURE, "definition": "期内作出处罚决定的案件", "owner": "", "fines": False, "of": [],
    "value_of_period_before": 4906, "change_of_period_before": 17.8,
    "dimensions": [{"code": "town", "name": "街镇"}],
    "months": [{"month": "2020-01", "value": 412}],
    "records": "/api/v1/reports/figures/cases_total/records?period=2020",
}  # fmt: skip
LINE: dict[str, Any] = {"key": "12", "name": "长寿路街道", "value": 640, "sample": 640, "rank": 1}
RECORD: dict[str, Any] = {
    "id": 7, "title": "普城管罚〔2020〕7号", "when": "2020-03-05", "page": "/cases/7/",
}  # fmt: skip


class Wanted(Schema):
    """The period and place that figures are asked for."""

    period: str = Field(max_length=30, description="2020, 2020-Q3, 2020-07 or 2020-07-01..2020-07-15")
    squad: int | None = Field(None, ge=1, description="key of a squad; the whole district if left out")
    town: int | None = Field(None, ge=1, description="key of a street or town")


class IndicatorFigureOut(Schema):
    """A figure of a period and place. value: null where there is nothing to take it of, or too little."""

    model_config = example(FIGURE)

    id: str
    name: str
    unit: str
    version: int = Field(description="of the definition")
    value: Decimal | None = Field(description="rounded to `decimals`, halves up")
    decimals: int
    sample: int = Field(description="records counted; of the denominator for a ratio")
    enough: bool = Field(description="whether the sample reaches the least that says something")
    numerator: Decimal | None
    denominator: Decimal | None
    value_before: Decimal | None = Field(description="of the same stretch a year before")
    change: Decimal | None = Field(description="against it, in percent")
    computed_at: datetime
    url: str


class IndicatorDimensionOut(Schema):
    """What a figure can be divided by."""

    code: str
    name: str


class IndicatorMonthOut(Schema):
    """A month of the period."""

    month: str
    value: Decimal | None


class IndicatorFigureDetail(IndicatorFigureOut):
    """A figure explained. fines: it may not be ranked. of: the figures it is made of."""

    model_config = example(ONE)

    definition: str
    owner: str
    fines: bool
    of: list[str]
    value_of_period_before: Decimal | None
    change_of_period_before: Decimal | None
    dimensions: list[IndicatorDimensionOut]
    months: list[IndicatorMonthOut]
    records: str | None = Field(description="the records it counts; null for what is made of other figures")


class IndicatorFiguresOut(Schema):
    """All figures of a period and place."""

    model_config = example(
        {
            "period": "2020", "begin": "2020-01-01", "end": "2020-12-31", "squad": None, "town": None,
            "figures": [FIGURE],
        }
    )  # fmt: skip

    period: str
    begin: date
    end: date
    squad: int | None
    town: int | None
    figures: list[IndicatorFigureOut]


class IndicatorLineOut(Schema):
    """A part of a figure. rank: equal values share one; null in a breakdown and without value."""

    model_config = example(LINE)

    key: str
    name: str
    value: Decimal | None
    sample: int
    rank: int | None


class IndicatorPartsOut(Schema):
    """A figure by one dimension, largest first."""

    model_config = example({"id": "cases_total", "by": "town", "unit": "件", "lines": [LINE]})

    id: str
    by: str
    unit: str
    lines: list[IndicatorLineOut]


class CountedRecordOut(Schema):
    """A record that was counted, with the address of its page."""

    model_config = example(RECORD)

    id: int
    title: str
    when: date | datetime | None
    page: str


class CountedRecordsOut(Schema):
    """The records behind a figure that the caller may open. total: those the figure counts."""

    model_config = example({"id": "cases_total", "total": 5779, "records": [RECORD], "next": 2})

    id: str
    total: int
    records: list[CountedRecordOut]
    next: int | None = Field(description="`page` of those that follow")
