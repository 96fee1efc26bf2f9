"""Tasks in a table: one row a task, or one row for each object the city drew. The columns are Chinese."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

from django.utils.translation import gettext as _

from chengshu.kernel.tables import ROW, Limits, TableError, read_table, write_xlsx

FILENAME = "city-tasks.xlsx"
LIMITS = Limits(max_bytes=20 << 20, max_rows=50_000)
_SPLIT = re.compile(r"[、,，;；\n]+")
_SHARE = re.compile(r"([ABCD]|未评)?[:：]?(\d{1,3}(?:\.\d)?)[%％]")
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?: 00:00:00)?")


class ExchangeProblem(ValueError):
    """A file cannot be taken; one translated sentence."""


@dataclass(frozen=True)
class Column:
    """A column of the table: ``about`` says on the second sheet what it takes."""

    key: str
    name: str
    about: str
    example: str | int | None = None
    width: int = 14


COLUMNS = (
    Column("number", "任务编号", "必填。市级系统的任务编号；同一编号只导入一次", "SH-2020-Q3-0012", 20),
    Column("title", "任务名称", "必填", "餐饮单位餐厨垃圾处置专项抽查", 34),
    Column("item", "抽查事项", "必填。本局抽查事项清单中的编号或者名称", "WASTE-03"),
    Column("classes", "对象类别", "对象类别名称，多个以顿号分隔；留空为该事项的全部类别", "餐饮单位"),
    Column("year", "年度", "必填。四位数字", 2020, 8),
    Column("quarter", "季度", "必填。1 至 4", 3, 8),
    Column("count", "抽取数量", "整数。数量、比例和市级已抽取对象三者只填其一", 20, 10),
    Column("shares", "抽取比例", "如“5%”或者“A1%、B5%、C10%、D20%、未评5%”，至多一位小数", None, 20),
    Column("starts_on", "开始日期", "如 2020-07-06；留空为季度首日", "2020-07-06"),
    Column("due_on", "截止日期", "如 2020-09-25；留空为季度末日", "2020-09-25"),
    Column(
        "draw_ref", "市级抽取编号", "市级已抽取对象的填写；每个对象一行，任务各列重复填写或者留空", None, 18
    ),
    Column("uscc", "对象统一社会信用代码", "市级已抽取的对象；没有代码的填写名称和地址", None, 22),
    Column("name", "对象名称", "与监管对象库一致", None, 24),
    Column("address", "对象地址", "与监管对象库一致", None, 28),
    Column("officers", "执法证号", "市级已抽取的执法人员，两名以上，以顿号分隔；留空由本局安排", None, 24),
)
NEEDED = ("number", "title", "item", "year", "quarter")
_TASK = ("title", "item", "classes", "year", "quarter", "count", "shares", "starts_on", "due_on", "draw_ref")
_OBJECT = ("uscc", "name", "address", "officers")


@dataclass
class Stated:
    """A task as a file states it, unchecked; ``problems``: (row, sentence) of unreadable cells."""

    row: int
    raw: dict[str, Any]
    problems: list[tuple[int, str]] = field(default_factory=list)
    object_rows: list[int] = field(default_factory=list)


def write_template(target: str | Path | BinaryIO) -> None:
    """The empty table with one example, and on a second sheet what each column takes."""
    write_xlsx(
        target,
        [column.name for column in COLUMNS],
        [[column.example for column in COLUMNS]],
        sheet="市级任务",
        widths=[column.width for column in COLUMNS],
        about=[("列", "填写说明"), *((column.name, column.about) for column in COLUMNS)],
    )


def read_tasks(source: str | Path | BinaryIO, filename: str | None = None) -> list[Stated]:
    """The tasks of a table in order, rows of the same number together. Raises `ExchangeProblem`."""
    try:
        table = read_table(source, filename=filename, limits=LIMITS)
    except TableError as error:
        raise ExchangeProblem(str(error)) from error
    names = {column.name: column.key for column in COLUMNS}
    there = {names[name] for name in table.columns if name in names}
    lacking = [column.name for column in COLUMNS if column.key in NEEDED and column.key not in there]
    if lacking:
        raise ExchangeProblem(_("The table lacks the columns: %(names)s.") % {"names": "、".join(lacking)})
    tasks: dict[str, Stated] = {}
    for values in table.frame.iter_rows(named=True):
        cells = {names[name]: value for name, value in values.items() if name in names and value}
        _add(tasks, int(values[ROW]), cells)
    if not tasks:
        raise ExchangeProblem(_("The table has no tasks."))
    return list(tasks.values())


def _add(tasks: dict[str, Stated], row: int, cells: Mapping[str, str]) -> None:
    number = cells.get("number", "")
    if not number:
        stated = tasks.setdefault(f"\x00{row}", Stated(row, {"number": ""}))
        stated.problems.append((row, _("The number of the task is missing.")))
        return
    stated = tasks.get(number) or tasks.setdefault(number, _task(row, cells))
    if stated.row != row:
        for key in _TASK:
            if key in cells and cells[key] != stated.raw["_cells"].get(key):
                name = next(column.name for column in COLUMNS if column.key == key)
                stated.problems.append(
                    (row, _("“%(name)s” differs from the first row of the task.") % {"name": name})
                )
    if any(key in cells for key in _OBJECT):
        drawn = stated.raw.setdefault(
            "drawn", {"reference": stated.raw["_cells"].get("draw_ref", ""), "objects": []}
        )
        one = {key: cells[key] for key in ("uscc", "name", "address") if key in cells}
        drawn["objects"].append({**one, "officers": _words(cells.get("officers", ""))})
        stated.object_rows.append(row)


def _task(row: int, cells: Mapping[str, str]) -> Stated:
    raw: dict[str, Any] = {key: cells[key] for key in ("number", "title", "item") if key in cells}
    stated = Stated(row, raw | {"_cells": dict(cells)})
    stated.raw["classes"] = _words(cells.get("classes", ""))
    for key in ("year", "quarter", "count"):
        if key in cells:
            _put(stated, row, key, _whole(cells[key]))
    for key in ("starts_on", "due_on"):
        if key in cells:
            _put(stated, row, key, _day(cells[key]))
    if "shares" in cells:
        _put(stated, row, "shares", _shares(cells["shares"]))
        if "shares" in stated.raw:
            stated.raw["per_mille"] = stated.raw.pop("shares")
    if "draw_ref" in cells and not any(key in cells for key in _OBJECT):
        stated.raw["drawn"] = {"reference": cells["draw_ref"], "objects": []}
    return stated


def _put(stated: Stated, row: int, key: str, value: Any) -> None:
    if value is not None:
        stated.raw[key] = value
        return
    name = next(column.name for column in COLUMNS if column.key == key)
    text = _("“%(name)s” cannot be read: %(value)s.")
    stated.problems.append((row, text % {"name": name, "value": stated.raw["_cells"][key]}))


def _whole(text: str) -> int | None:
    text = text.removesuffix(".0")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else None


def _day(text: str) -> str | None:
    found = _DAY.fullmatch(text)
    try:
        return date(*(int(part) for part in found.groups())).isoformat() if found else None
    except ValueError:
        return None


def _shares(text: str) -> dict[str, int] | None:
    """Per mille by credit class; one share alone holds for all."""
    shares: dict[str, int] = {}
    for part in _words(text.replace(" ", "").upper()):
        found = _SHARE.fullmatch(part)
        if found is None:
            return None
        share = round(float(found[2]) * 10)
        for key in [found[1]] if found[1] else ["A", "B", "C", "D", "未评"]:
            shares["unrated" if key == "未评" else key] = share
    return shares or None


def _words(text: str) -> list[str]:
    return [word for part in _SPLIT.split(text) if (word := part.strip())]
