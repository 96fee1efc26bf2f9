"""A checklist as a table: what the bureau edits in Excel and gives back as a new version."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from django.utils.translation import gettext as _

from chengshu.inspections.services.base import InspectionProblem
from chengshu.inspections.services.configuring import ENTRIES_MOST, basis_text, read_basis
from chengshu.kernel.tables import ROW, Limits, TableError, read_table, write_xlsx

from .table import ExchangeProblem

LIMITS = Limits(max_bytes=5 << 20, max_rows=500)
COLUMNS = {
    "code": ("序号", "必填。一经使用不再改作他用", 8),
    "zh": ("检查内容", "必填。以“是否”发问，回答“是”表示存在问题", 48),
    "en": ("英文", "可空", 40),
    "basis": ("依据", "写作《法律规范名称》第某条，多个以分号分隔", 48),
    "cause": ("案由代码", "案由目录中的代码，可空", 30),
    "lead_class": ("线索类别代码", "必填。转为线索时的类别", 14),
    "photo": ("须拍照", "是或者否", 8),
    "rectify_days": ("整改天数", "必填。责令改正的默认天数，1 至 365", 10),
}
_YES = {"是", "1", "true", "yes", "y", "√"}


def write_entries(target: str | Path | BinaryIO, entries: Iterable[Mapping[str, Any]]) -> None:
    """Write the entries of a version; the table reads back as the same entries."""
    rows = [
        [
            entry["code"], entry["zh"], entry["en"], basis_text(entry["basis"]), entry["cause"],
            entry["lead_class"], "是" if entry["photo"] else "否", entry.get("rectify_days"),
        ]
        for entry in entries
    ]  # fmt: skip
    write_xlsx(
        target,
        [name for name, _about, _width in COLUMNS.values()],
        rows,
        sheet="检查单",
        widths=[width for _name, _about, width in COLUMNS.values()],
        about=[("列", "填写说明"), *((name, about) for name, about, _width in COLUMNS.values())],
    )


def read_entries(
    source: BinaryIO, filename: str, known: Iterable[Mapping[str, Any]] = ()
) -> list[dict[str, Any]]:
    """The entries of a table, not checked against law and classes yet; ``known``: those of the last version.

    Raises `ExchangeProblem` with the row.
    """
    try:
        table = read_table(source, filename=filename, limits=LIMITS)
    except TableError as error:
        raise ExchangeProblem(str(error)) from error
    names = {name: key for key, (name, _about, _width) in COLUMNS.items()}
    there = {names[name] for name in table.columns if name in names}
    lacking = [COLUMNS[key][0] for key in ("code", "zh", "lead_class", "rectify_days") if key not in there]
    if lacking:
        raise ExchangeProblem(_("The table lacks the columns: %(names)s.") % {"names": "、".join(lacking)})
    if len(table) > ENTRIES_MOST:
        raise ExchangeProblem(_("A checklist has 1 to %(n)d entries.") % {"n": ENTRIES_MOST})
    basis_of = {entry["code"]: entry["basis"] for entry in known}
    entries = []
    for values in table.frame.iter_rows(named=True):
        cells = {names[name]: value for name, value in values.items() if name in names and value}
        try:
            entries.append(_entry(cells, basis_of))
        except InspectionProblem as problem:
            text = _("Row %(row)d: %(why)s")
            raise ExchangeProblem(text % {"row": values[ROW], "why": problem}) from problem
    return entries


def _entry(cells: Mapping[str, str], basis_of: Mapping[str, Any]) -> dict[str, Any]:
    days = cells.get("rectify_days", "").removesuffix(".0")
    if not (days.isascii() and days.isdigit() and len(days) < 4):
        raise InspectionProblem(_("The days to rectify are a number from 1 to 365."))
    code = cells.get("code", "").removesuffix(".0")
    return {
        "code": code,
        "zh": cells.get("zh", ""),
        "en": cells.get("en", ""),
        "basis": read_basis(cells.get("basis", ""), basis_of.get(code, ())),
        "cause": cells.get("cause", ""),
        "lead_class": cells.get("lead_class", ""),
        "photo": cells.get("photo", "").lower() in _YES,
        "rectify_days": int(days),
    }
