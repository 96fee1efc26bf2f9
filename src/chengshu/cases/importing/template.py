"""The template ``cases-import.xlsx``: the columns, one example, and on a second sheet what each takes."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from django.utils.translation import override

from chengshu.cases.importing.columns import Column, columns, first_words
from chengshu.kernel.tables import write_xlsx

FILENAME = "cases-import.xlsx"
_KINDS = {"party_kind": "party_kinds", "procedure": "procedures", "status": "statuses"}
_DAYS = "日期，如 2019-05-06"
_ABOUT = {
    "number": "案件编号，本区内不得重复；同一编号再次导入不会重复建案",
    "cause": "案由目录中的名称或代码",
    "party_id": "统一社会信用代码或者身份证号，可空",
    "act_on": f"违法行为（终了）的{_DAYS}",
    "filed_on": f"{_DAYS}；简易程序可空",
    "decided_on": f"{_DAYS}；尚未决定的留空",
    "fine": "数字，单位元；没有罚款的留空",
    "confiscated": "没收违法所得，数字，单位元",
    "exemption": "不予处罚的填“是”或者事由；予以处罚的留空",
    "would_be": "不予处罚案件按裁量基准本应处的罚款，数字，单位元",
    "basis": "处罚依据的法律规范和条款",
    "decision_number": "留空的以案件编号代替",
    "served_on": f"{_DAYS}；不详的留空",
    "closed_on": f"{_DAYS}；不详的留空",
    "squad": "中队全称或者编号，可空",
    "town": "街道、镇全称，可空",
}


def write_template(target: str | Path | BinaryIO) -> None:
    """Write the template. It is Chinese whatever the language of the page, as the columns are."""
    with override("zh-hans"):
        listed = columns()
        about = [("列", "填写说明"), *((column.name, _about(column)) for column in listed)]
        row = [column.example for column in listed]
        write_xlsx(
            target,
            [column.name for column in listed],
            [row],
            sheet="历史案件",
            widths=[column.width for column in listed],
            about=about,
        )


def _about(column: Column) -> str:
    text = _ABOUT.get(column.code, "")
    if column.code in _KINDS:
        text = "、".join(first_words(_KINDS[column.code]))
    return ("必填。" if column.needed else "") + text
