"""Old cases from a table: each row a case, reviewed like any other; the same table twice changes nothing."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from chengshu.bureau.models import District
from chengshu.cases.exporting.build import export_case
from chengshu.cases.exporting.verify import verify_file
from chengshu.cases.importing import ImportProblem, check_table, import_table, write_template
from chengshu.cases.importing.columns import columns, words
from chengshu.cases.importing.rows import parse_day
from chengshu.cases.models import Case, CaseStep, Party
from chengshu.config.commands.cases import cases as command
from chengshu.kernel import ledger
from chengshu.kernel.models import LedgerEntry
from chengshu.kernel.tables import read_table, write_xlsx

pytestmark = pytest.mark.django_db

GENERAL = {
    "number": "普城管立〔2019〕第000123号",
    "cause": "擅自占用道路及其他公共场所堆放物品",
    "party_kind": "单位",
    "party_name": "某某餐饮有限公司",
    "act_on": date(2019, 5, 6),
    "filed_on": date(2019, 5, 8),
    "decided_on": date(2019, 6, 3),
    "procedure": "一般程序",
    "fine": 2000,
    "basis": "《上海市市容环境卫生管理条例》",
    "town": "长寿路街道",
    "status": "已结案",
}
SIMPLE = {
    "number": "普城管简〔2020〕第000007号",
    "cause": "waste.littering",
    "party_kind": "个人",
    "party_name": "王小明",
    "act_on": date(2020, 6, 1),
    "decided_on": date(2020, 6, 1),
    "procedure": "简易",
    "fine": "20",
    "status": "办结",
}


def table(*rows: dict[str, Any], without: str = "") -> io.BytesIO:
    """The rows as an xlsx file."""
    out = io.BytesIO()
    listed = [column for column in columns() if column.code != without]
    write_xlsx(out, [c.name for c in listed], [[row.get(c.code) for c in listed] for row in rows])
    out.seek(0)
    return out


def imported(district: District, *rows: dict[str, Any]) -> Any:
    return import_table(table(*rows), district, by=None)


def test_a_row_becomes_a_case_with_its_steps(district: District) -> None:
    checked = imported(district, GENERAL)
    (case,) = Case.objects.filter(pk__in=checked.ids)
    assert (case.number, case.state, case.procedure, case.imported) == (
        GENERAL["number"],
        "closed",
        "general",
        True,
    )
    assert (case.filed_on, case.decided_on, case.fine) == (date(2019, 5, 8), date(2019, 6, 3), Decimal(2000))
    assert case.cause == "appearance.street-storage" and case.town is not None
    assert Party.objects.get(case=case).name == "某某餐饮有限公司"
    assert [step.kind for step in case.steps.order_by("seq")] == [
        "register_lead", "check", "propose_filing", "approve_filing", "report", "propose_decision",
        "approve_decision", "serve", "pay", "close",
    ]  # fmt: skip
    assert case.findings == 0
    assert ledger.verify_chain(case.chain).entries == case.step_count


def test_what_the_row_does_not_say_is_marked_not_made_up(district: District) -> None:
    imported(district, GENERAL)
    marked = CaseStep.objects.filter(data__date_unknown=True).values_list("kind", flat=True)
    assert set(marked) == {"serve", "pay", "close"}
    stated = {**GENERAL, "number": "b", "served_on": date(2019, 6, 5), "closed_on": date(2019, 6, 20)}
    case = Case.objects.get(pk=imported(district, stated).ids[0])
    assert case.closed_on == date(2019, 6, 20)
    assert Party.objects.get(case=case).served_on == date(2019, 6, 5)


def test_the_simple_procedure_and_no_penalty(district: District) -> None:
    exempt = {**GENERAL, "number": "c", "fine": None, "exemption": "是", "would_be": 5000}
    checked = imported(district, SIMPLE, exempt)
    simple, spared = Case.objects.order_by("id")
    assert (simple.procedure, simple.state, simple.cause) == ("simple", "closed", "waste.littering")
    assert (spared.fine, spared.exempt_amount) == (Decimal(0), Decimal(5000))
    assert checked.review.found == 0


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("已立案", "investigating"),
        ("已决定", "decided"),
        ("已送达", "served"),
        ("归档", "archived"),
        ("销案", "withdrawn"),
    ],
)
def test_the_status_says_how_far_the_case_came(district: District, status: str, state: str) -> None:
    row = {**GENERAL, "status": status}
    if status == "已立案":
        row["decided_on"] = None
    checked = imported(district, row)
    assert Case.objects.get(pk=checked.ids[0]).state == state


def test_an_imported_case_is_exported_and_checked_like_any_other(district: District) -> None:
    case = Case.objects.get(pk=imported(district, GENERAL).ids[0])
    assert verify_file(export_case(case, by=None)).ok


def test_the_same_table_twice_changes_nothing(district: District) -> None:
    imported(district, GENERAL, SIMPLE)
    before = (Case.objects.count(), CaseStep.objects.count(), LedgerEntry.objects.count())
    again = imported(district, GENERAL, SIMPLE)
    assert again.counts == {"new": 0, "same": 2, "rejected": 0}
    assert (Case.objects.count(), CaseStep.objects.count(), LedgerEntry.objects.count()) == before


def test_a_number_with_other_particulars_is_rejected(district: District) -> None:
    imported(district, GENERAL)
    changed = imported(district, {**GENERAL, "fine": 3000})
    assert changed.counts["rejected"] == 1 and "不改变已有案件" in changed.rows[0].reason
    twice = imported(district, SIMPLE, {**SIMPLE, "fine": 30}, SIMPLE)
    assert [row.outcome for row in twice.rows] == ["new", "rejected", "same"]


def test_a_number_of_a_case_worked_here_is_rejected(district: District) -> None:
    from tests.cases import files

    case = files.make_file(district)
    checked = imported(district, {**GENERAL, "number": case.number})
    assert "正在本系统办理" in checked.rows[0].reason


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"number": None}, "案件编号"),
        ({"party_kind": "外星人"}, "外星人"),
        ({"act_on": "五月初"}, "五月初 不是日期"),
        ({"act_on": "2019-02-30"}, "不是日期"),
        ({"filed_on": date(2999, 1, 1)}, "晚于今天"),
        ({"fine": "两千"}, "两千"),
        ({"fine": "-5"}, "-5"),
        ({"fine": "1e30"}, "1e30"),
        ({"fine": "NaN"}, "NaN"),
        ({"decided_on": None}, "没有决定日期"),
        ({"filed_on": None}, "立案日期"),
        ({"exemption": "是"}, "不能同时"),
        ({"town": "火星街道"}, "火星街道"),
        ({"squad": "第九中队"}, "第九中队"),
        ({"number": "号" * 61}, "60 个字符"),
        ({"status": "不详"}, "不详"),
    ],
)
def test_a_bad_row_is_named_with_its_reason_and_the_others_are_imported(
    district: District, change: dict[str, Any], said: str
) -> None:
    checked = imported(district, SIMPLE, {**GENERAL, **change})
    assert checked.counts == {"new": 1, "same": 0, "rejected": 1}
    assert checked.rows[1].row == 3 and said in checked.rows[1].reason


def test_the_review_judges_old_cases_by_the_law_of_their_day(district: District) -> None:
    checked = imported(
        district,
        {**GENERAL, "number": "1", "fine": 50_000},
        {**SIMPLE, "number": "2", "fine": 60},
        {**GENERAL, "number": "3", "act_on": date(2016, 1, 5), "filed_on": date(2019, 5, 8)},
        {**GENERAL, "number": "4", "decided_on": date(2019, 4, 1)},
        {**GENERAL, "number": "5", "cause": "没有这个案由"},
    )
    found = {(one.number, one.rule) for one in checked.review.findings}
    assert {
        ("1", "fine-range"),
        ("2", "simple-limit"),
        ("3", "limitation"),
        ("4", "dates"),
        ("5", "party-kind"),
    } <= found
    assert Case.objects.get(number="1").findings > 0


def test_a_dry_run_writes_nothing(district: District) -> None:
    checked = check_table(table(GENERAL, SIMPLE), district)
    assert checked.counts["new"] == 2 and checked.ids == []
    assert not Case.objects.exists() and not LedgerEntry.objects.exists()


def test_a_fault_in_the_middle_leaves_nothing(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chengshu.cases.importing.service.AT_ONCE", 1)

    def stop(done: int, _total: int) -> None:
        if done == 2:
            raise RuntimeError

    with pytest.raises(RuntimeError):
        import_table(table(GENERAL, SIMPLE), district, by=None, listener=stop)
    assert not Case.objects.exists()


def test_a_table_without_its_columns_is_refused(district: District) -> None:
    with pytest.raises(ImportProblem, match="当事人类型"):
        check_table(table(GENERAL, without="party_kind"), district)
    with pytest.raises(ImportProblem):
        check_table(io.BytesIO(b"\x00\x01nonsense"), district, filename="x.xlsx")


def test_headings_may_be_written_in_other_ways(district: District) -> None:
    text = "案号,案由,当事人性质,当事人名称,违法日期,立案日期,处罚日期,办案程序,罚款金额(元),案件状态\n"
    text += "甲1,waste.dumping,单位,某公司,2019/5/6,2019.5.8,2019年6月3日,一般,200元,结案\n"
    checked = check_table(io.BytesIO(text.encode("gb18030")), district, filename="old.csv")
    assert checked.counts["new"] == 1


def test_the_template_can_be_imported_as_it_is(district: District) -> None:
    out = io.BytesIO()
    write_template(out)
    out.seek(0)
    assert [column.name for column in columns()] == read_table(out, filename="cases-import.xlsx").columns
    out.seek(0)
    checked = check_table(out, district, filename="cases-import.xlsx")
    assert checked.counts == {"new": 1, "same": 0, "rejected": 0}
    assert checked.review.found == 0


def test_words_have_one_meaning() -> None:
    for section in ("party_kinds", "procedures", "statuses"):
        assert words(section)


@given(st.dates(date(1990, 1, 1), date(2025, 12, 31)))
def test_dates_are_read_in_all_their_ways(day: date) -> None:
    ways = ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d", "%Y-%m-%d 00:00:00"]
    assert {parse_day(day.strftime(way)) for way in ways} == {day}


@given(st.text(max_size=12))
def test_no_text_makes_the_reader_of_dates_fail(text: str) -> None:
    assert parse_day(text) is None or isinstance(parse_day(text), date)


# --- the command --------------------------------------------------------------------------------------
@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    monkeypatch.setattr("chengshu.config.commands.cases.setup_django", lambda **_: None)
    return lambda *arguments: CliRunner().invoke(command, list(map(str, arguments)))


def test_the_command_checks_then_imports(district: District, run: Callable[..., Any], tmp_path: Path) -> None:
    file = tmp_path / "old.xlsx"
    file.write_bytes(table(GENERAL, {**SIMPLE, "fine": "many"}).getvalue())
    dry = run("import", file, "--dry-run", "--json")
    assert dry.exit_code == 1 and json.loads(dry.output)["counts"]["new"] == 1
    assert not Case.objects.exists()
    done = run("import", file)
    assert done.exit_code == 1 and "第 3 行" in done.output
    assert Case.objects.count() == 1
    file.write_bytes(table(GENERAL).getvalue())
    assert run("import", file).exit_code == 0


def test_the_command_writes_the_template_and_refuses_bad_files(
    district: District, run: Callable[..., Any], tmp_path: Path
) -> None:
    from chengshu.config.problems import Problem

    assert run("import-template", tmp_path / "cases-import.xlsx").exit_code == 0
    assert run("import", tmp_path / "cases-import.xlsx", "--dry-run").exit_code == 0
    (tmp_path / "bad.xlsx").write_bytes(b"bad")
    assert isinstance(run("import", tmp_path / "bad.xlsx").exception, Problem)
    assert isinstance(run("import", tmp_path / "cases-import.xlsx", "--user", "nobody").exception, Problem)
