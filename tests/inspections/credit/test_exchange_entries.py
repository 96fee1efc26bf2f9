"""失信认定报送: entries stand on their own sheet, given once, corrected, and said to be gone."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from django.utils import timezone

from chengshu.inspections.credit.services import entries, exchange, exchange_entries, objections
from chengshu.inspections.credit.services.entries import EntryDraft
from chengshu.inspections.models import CreditExport, DishonestyEntry, ExportedEntry
from chengshu.inspections.services.base import InspectionProblem
from chengshu.kernel import files

from .conftest import USCC, Credit
from .test_entries import published

pytestmark = pytest.mark.django_db


def sheet(export: CreditExport) -> list[dict[str, Any]]:
    """The rows of the sheet of entries."""
    with files.open_verified(export.xlsx) as content:
        book = openpyxl.load_workbook(io.BytesIO(content.read()))
    assert book.sheetnames == ["行政处罚", "失信认定"]
    header, *rows = book["失信认定"].iter_rows(values_only=True)
    return [dict(zip(map(str, header), row, strict=True)) for row in rows]


def given(credit: Credit) -> CreditExport:
    return exchange.export(credit.district, by=credit.clerk)


def test_a_published_entry_stands_on_its_own_sheet_with_ground_provision_and_term(credit: Credit) -> None:
    entry = published(credit)
    (row,) = sheet(given(credit))
    assert (row["SX_XDR_MC"], row["SX_XDR_SHXYM"], row["SX_BH"]) == (entry.party_name, USCC, entry.number)
    assert (row["SX_CD"], row["SX_JZRQ"]) == ("一般失信", str(entry.shown_until))
    assert "社会信用条例" in row["SX_YJ"] and "普通程序" in row["SX_SY"]
    assert "监管频次" in row["SX_CS"] and row["SX_RDJG"].startswith("上海市普陀区")


def test_an_entry_not_published_is_not_given(credit: Credit) -> None:
    entry = published(credit)
    DishonestyEntry.objects.filter(pk=entry.pk).update(state="decided", shown_from=None, shown_until=None)
    assert sheet(given(credit)) == []


def test_the_same_is_not_given_twice_and_a_change_is_a_correction(credit: Credit) -> None:
    entry = published(credit)
    assert given(credit).rows == 2  # the penalty it rests on, and the entry
    with pytest.raises(InspectionProblem, match="Nothing has changed"):
        given(credit)
    DishonestyEntry.objects.filter(pk=entry.pk).update(party_name="上海新名餐饮有限公司")
    made = given(credit)
    assert (made.rows, made.corrections) == (1, 1)
    assert [row["BZ"] for row in sheet(made)] == ["更正"]


@pytest.mark.parametrize("how", ["objection", "repair", "term"])
def test_an_entry_that_is_gone_is_said_to_be_and_the_duty_to_tell_ends(credit: Credit, how: str) -> None:
    entry = published(credit)
    given(credit)
    if how == "objection":
        made = objections.file(entry, "已履行", timezone.localdate(), by=credit.legal)
        objections.answer(made, upheld=True, text="确已履行", by=credit.deputy)
    elif how == "repair":
        entries.repaired(entry, by=credit.chief, repair=1)
    else:
        yesterday = timezone.localdate() - timedelta(days=1)
        DishonestyEntry.objects.filter(pk=entry.pk).update(shown_until=yesterday)
        entries.end_by_term()
    remark = {"objection": "撤销", "repair": "信用修复", "term": "期限届满"}[how]
    assert [row["BZ"] for row in sheet(given(credit))] == [remark]
    entry.refresh_from_db()
    assert entry.told_on == timezone.localdate()
    with pytest.raises(InspectionProblem, match="Nothing has changed"):
        given(credit)


def test_an_entry_revoked_after_its_end_is_withdrawn_at_the_exchange_too(credit: Credit) -> None:
    entry = published(credit)
    given(credit)
    entries.repaired(entry, by=credit.chief, repair=1)
    given(credit)
    entries.revoke(entry, "处罚决定已撤销", by=credit.chief)
    given(credit)
    assert list(ExportedEntry.objects.values_list("kind", flat=True)) == ["new", "repaired", "withdrawn"]


def test_persons_stand_in_full_in_the_file_masked_on_pages_and_not_at_all_without_a_number(
    credit: Credit,
) -> None:
    def person(number: str) -> DishonestyEntry:
        draft = EntryDraft(
            "false_material", "提供虚假材料", ["more_inspections"],
            party_kind="person", party_name="王小明", id_number=number,
        )  # fmt: skip
        made = entries.propose(credit.district, draft, by=credit.legal)
        entries.notify(made, timezone.localdate(), by=credit.legal)
        entries.state(made, "无意见", timezone.localdate(), by=credit.legal)
        entries.decide(made, by=credit.chief, enter=True, reason="事实清楚")
        return entries.publish(made, by=credit.chief)

    person("11010519491231002X")
    lacking = person("")
    made = given(credit)
    (row,) = sheet(made)
    assert (row["SX_XDR_MC"], row["SX_XDR_ZJHM"]) == ("王小明", "11010519491231002X")
    shown = exchange_entries.masked(ExportedEntry.objects.get().content)
    assert (shown["SX_XDR_MC"], shown["SX_XDR_ZJHM"]) == ("王*明", "110105********002X")
    assert [problem["entry"] for problem in made.problems] == [lacking.pk]
