"""Open data of the draws and of the quarterly publications."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy

from chengshu.inspections.lifecycle import DrawState, Result
from chengshu.inspections.models import Draw, QuarterlyPublication
from chengshu.kernel.privacy_masks import mask_text
from chengshu.portal.datasets import Column, Dataset

HASH = gettext_lazy("SHA-256, hexadecimal.")

DRAW_COLUMNS = (
    Column("task", gettext_lazy("Number of the task"), source="任务编号"),
    Column("attempt", gettext_lazy("Attempt"), "integer", source="第几次抽取"),
    Column("title", gettext_lazy("Task"), source="任务名称"),
    Column("year", gettext_lazy("Year"), "integer", source="年度"),
    Column("quarter", gettext_lazy("Quarter"), "integer", source="季度"),
    Column(
        "state",
        gettext_lazy("State of the draw"),
        values=tuple((state.value, state.label) for state in DrawState),
        source="抽取状态",
    ),
    Column("announced_on", gettext_lazy("Announced on"), "date", source="公告日期"),
    Column("objects", gettext_lazy("Objects on the list"), "integer", source="名单对象数"),
    Column("eligible", gettext_lazy("Objects that could be drawn"), "integer", source="可抽取对象数"),
    Column("officers", gettext_lazy("Officers on the list"), "integer", source="名单执法人员数"),
    Column("to_draw", gettext_lazy("To be drawn"), "integer", source="应抽取数"),
    Column("commitment", gettext_lazy("Hash of the announcement"), meaning=HASH, source="公告哈希值"),
    Column("drawn_on", gettext_lazy("Drawn on"), "date", required=False, source="抽取日期"),
    Column(
        "opening",
        gettext_lazy("Hash published at the draw"),
        meaning=HASH,
        required=False,
        source="抽取时公布的哈希值",
    ),
    Column("withdrawn", gettext_lazy("Withdrawn after the draw"), "integer", source="抽取后撤下"),
    Column("opened_on", gettext_lazy("Proof open since"), "date", required=False, source="证明公开日期"),
    Column("proof", gettext_lazy("Hash of the proof"), meaning=HASH, required=False, source="证明文件哈希值"),
    Column(
        "set_aside_because",
        gettext_lazy("Reason for which it was set aside"),
        required=False,
        source="作废原因",
    ),
    Column("address", gettext_lazy("Path of the page"), source="公示页面路径"),
)
QUARTER_COLUMNS = (
    Column("year", gettext_lazy("Year"), "integer", source="年度"),
    Column("quarter", gettext_lazy("Quarter"), "integer", source="季度"),
    Column(
        "number",
        gettext_lazy("Number of the publication within the quarter"),
        "integer",
        meaning=gettext_lazy("Further ones tell what has come since."),
        source="期次",
    ),
    Column("published_on", gettext_lazy("Published on"), "date", source="公示日期"),
    Column("tasks", gettext_lazy("Tasks done"), "integer", source="完成任务数"),
    Column("objects", gettext_lazy("Objects inspected"), "integer", source="检查对象数"),
    Column("problems", gettext_lazy("Objects with problems"), "integer", source="发现问题的对象数"),
    *(Column(f"result_{code.value}", code.label, "integer", source="检查结果") for code in Result),
    Column("hash", gettext_lazy("Hash of the publication"), meaning=HASH, source="公示内容哈希值"),
)


def draws(district_id: int, today: date) -> Iterator[tuple[Any, ...]]:
    """Every attempt announced, in the order of `DRAW_COLUMNS`; read while it is sent."""
    rows = Draw.objects.filter(task__district=district_id).select_related("task")
    for row in rows.order_by("committed_at", "pk").iterator(chunk_size=1000):
        task, told = row.task, row.commitment
        yield (
            task.number, row.attempt, task.title, task.year, task.quarter, row.state,
            localdate(row.committed_at), told["candidates"]["count"], told["candidates"]["eligible"],
            told["officers"]["eligible"], sum(part["quota"] for part in told["rules"]["strata"]),
            row.commitment_sha256, _day(row.drawn_at), row.opening_sha256, row.withdrawal_count,
            _day(row.opened_at), row.proof_sha256, mask_text(row.abandoned_reason),
            reverse("portal:draw", args=[row.pk]),
        )  # fmt: skip


def quarters(district_id: int, today: date) -> Iterator[tuple[Any, ...]]:
    """Every quarterly publication, in the order of `QUARTER_COLUMNS`."""
    rows = QuarterlyPublication.objects.filter(district=district_id).order_by("year", "quarter", "number")
    for row in rows:
        told = row.content
        results = (told["results"].get(str(code.value), 0) for code in Result)
        head = (row.year, row.quarter, row.number, localdate(row.published_at))
        yield (*head, told["tasks"], told["objects"], told["problems"], *results, row.digest)


def _day(moment: datetime | None) -> date | None:
    return localdate(moment) if moment else None


DATASETS = (
    Dataset(
        "draws",
        gettext_lazy("Random draws"),
        gettext_lazy("Every attempt of a draw since its announcement, with the hashes published."),
        DRAW_COLUMNS,
        draws,
        ("task", "attempt"),
        gettext_lazy("with every announcement and draw"),
        30,
    ),
    Dataset(
        "quarters",
        gettext_lazy("Publications by quarter"),
        gettext_lazy("The figures of random inspections as published for each quarter."),
        QUARTER_COLUMNS,
        quarters,
        ("year", "quarter", "number"),
        gettext_lazy("with every publication"),
        40,
    ),
)
