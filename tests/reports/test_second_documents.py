"""Plan, briefing and squad sheet: other documents of the same figures, with charts and a map."""

from __future__ import annotations

import io
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner
from docx import Document
from hypothesis import given
from hypothesis import strategies as st

from chengshu.bureau.models import District, Unit
from chengshu.cases.models import Case
from chengshu.config.commands.report import report as command
from chengshu.demo.cases import load_cases
from chengshu.kernel.indicators.asking import FinesForbidden
from chengshu.kernel.indicators.periods import Period
from chengshu.reports.aims import aims
from chengshu.reports.composing import Report, compose
from chengshu.reports.graphs import LEVELS, Chart, Map, nice_step
from chengshu.reports.template import Graph, Part, Template, template
from tests import factories

YEAR = Period.year(2020)


@pytest.fixture
def district(db: None) -> District:
    made = factories.make_district()
    load_cases(made, scale=0.01)
    return made


def year_before(cases: int) -> None:
    """Put the first cases of 2020 a year back, so that 2019 has records too."""
    for case in Case.objects.filter(decided_on__year=2020).order_by("decided_on")[:cases]:
        Case.objects.filter(pk=case.pk).update(decided_on=case.decided_on - timedelta(days=366))


def drawn(district: District, graph: Graph, period: Period = YEAR) -> Report:
    kind = "map" if graph.kind == "map" else "chart"
    part = Part(kind, caption="{year}年案件", graph=graph)
    return compose(Template("test", "{bureau}", (part,), ()), district, period, "某局")


def test_a_chart_by_month_has_twelve_and_the_year_before_beside_it(district: District) -> None:
    monthly = Graph("cases_total", "month", "columns", beside=True)
    (alone,) = drawn(district, monthly).blocks
    assert isinstance(alone.graph, Chart) and len(alone.graph.labels) == 12
    assert [row.name for row in alone.graph.rows] == ["2020年"]
    assert alone.text == "图1　2020年案件"
    year_before(3)
    (beside,) = drawn(district, monthly).blocks
    assert isinstance(beside.graph, Chart)
    assert [row.name for row in beside.graph.rows] == ["2019年", "2020年"]
    assert sum(value or 0 for value in beside.graph.rows[0].values) == 3


def test_a_chart_by_field_adds_up_with_what_is_left_in_one(district: District) -> None:
    report = drawn(district, Graph("cases_total", "field", "bars", most=2))
    (block,) = report.blocks
    assert isinstance(block.graph, Chart)
    assert len(block.graph.labels) == 3 and block.graph.labels[-1] == "其他"
    assert block.graph.total == report.numbers()["cases_total"].value


def test_the_map_shades_every_town_and_adds_up(district: District) -> None:
    report = drawn(district, Graph("cases_total", "town", "map"))
    (block,) = report.blocks
    assert isinstance(block.graph, Map)
    assert len(block.graph.areas) == district.towns.count()
    assert block.graph.total == report.numbers()["cases_total"].value
    assert max(area.level for area in block.graph.areas) < len(block.graph.legend) <= LEVELS + 1
    spots = [spot for area in block.graph.areas for ring in area.rings for spot in ring]
    assert all(0 <= x <= 1 and 0 <= y <= block.graph.height for x, y in spots)


@pytest.mark.parametrize(
    "graph", [Graph("fines_total", "town", "map"), Graph("fines_total", "squad", "bars")]
)
def test_towns_and_squads_are_not_set_against_each_other_by_fines(district: District, graph: Graph) -> None:
    with pytest.raises(FinesForbidden):
        drawn(district, graph)


def test_a_rank_by_fines_is_refused(district: District) -> None:
    table = Part("table", rows=(("fines_total", ""),), columns=("位次",), ranked=frozenset({"fines_total"}))
    squad = Unit.objects.filter(kind=Unit.Kind.SQUAD).first()
    with pytest.raises(FinesForbidden):
        compose(Template("test", "", (table,), ()), district, YEAR, "某局", squad)


def test_what_nobody_counts_is_not_drawn_and_named(district: District) -> None:
    report = drawn(district, Graph("posts", "month", "columns"))
    assert report.blocks == () and report.left_out == (("2020年案件", ("posts",)),)


@given(largest=st.decimals("0.01", "10000000", places=2), decimals=st.integers(0, 2))
def test_the_levels_of_a_map_always_reach_the_largest_value(largest: Decimal, decimals: int) -> None:
    step = nice_step(largest, decimals)
    assert step > 0 and step * LEVELS >= largest


def test_the_plan_sets_the_targets_of_next_year_beside_what_was_reached(district: District) -> None:
    report = compose(template("plan"), district, YEAR, "某局")
    assert report.title == "某局2021年工作计划"
    table = next(block for block in report.blocks if block.kind == "table")
    assert table.columns == ("2020年", "2021年目标")
    told = {
        name: [run.text for run in more] for (name, _n, _u), more in zip(table.rows, table.more, strict=True)
    }
    assert told["勤务日志有效率"] == ["不低于98（建议）"]
    assert any(texts == [""] for texts in told.values())  # to be filled in by the bureau
    assert "勤务日志有效率不低于98%（建议）。" in "".join(block.text for block in report.blocks)


def test_the_shipped_targets_are_those_of_their_year(district: District) -> None:
    assert aims(district, 2021)["duty_log_validity"].value == 98
    assert aims(district, 1999) == {}


def test_the_briefing_says_a_comparison_only_where_there_is_one(district: District) -> None:
    quarter = Period.quarter(2020, 3)
    alone = compose(template("briefing"), district, quarter, "某局")
    assert alone.title == "某局2020年第三季度工作简报"
    text = "".join(block.text for block in alone.blocks)
    assert "同比" not in text and "案件数环比" in text
    table = next(block for block in alone.blocks if block.kind == "table")
    assert table.columns == ("本季度", "上季度", "环比")
    first = compose(template("briefing"), district, Period.quarter(2020, 1), "某局")
    assert "环比" not in "".join(block.text for block in first.blocks)


def test_the_sheet_of_a_squad_has_its_figures_beside_the_districts_and_its_rank(district: District) -> None:
    squad = Unit.objects.filter(district=district, kind=Unit.Kind.SQUAD, cases__isnull=False).first()
    assert squad is not None
    report = compose(template("squad"), district, YEAR, "某局", squad)
    table = next(block for block in report.blocks if block.kind == "table")
    assert table.columns[:3] == ("本中队", "全区", "位次")
    rows = {
        number.figure: (number, more) for (_n, number, _u), more in zip(table.rows, table.more, strict=True)
    }
    number, (whole, rank, *_rest) = rows["cases_total"]
    cases = Case.objects.filter(decided_on__year=2020)
    assert number.text == str(report.numbers()["cases_total"].value)
    assert int(whole.text) > int(number.text) and int(rank.text) >= 1
    assert cases.filter(squad=squad).count() >= int(number.text)
    _fines, (_whole, no_rank, *_rest) = rows["fines_total"]
    assert no_rank.text == "—"


def test_a_briefing_is_of_a_quarter_and_a_sheet_of_a_squad(district: District) -> None:
    for code in ("briefing", "squad"):
        with pytest.raises(ValueError, match="tells of"):
            compose(template(code), district, YEAR, "某局")


def test_the_commands_write_their_documents(
    district: District, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chengshu.config.commands.report.setup_django", lambda: None)
    squad = Unit.objects.filter(kind=Unit.Kind.SQUAD).first()
    assert squad is not None
    for number, arguments in enumerate(
        (
            ["plan", "--year", "2020"],
            ["briefing", "--year", "2020", "--quarter", "3"],
            ["squad", "--year", "2020", "--squad", squad.code],
            ["annual", "--year", "2020", "--red-head", "--number", "某〔2021〕1号", "--date", "2021-01-15"],
        )
    ):
        out, csv = tmp_path / f"{number}.docx", tmp_path / f"{number}.csv"
        answer = CliRunner().invoke(command, [*arguments, "--out", str(out), "--figures", str(csv)])
        assert answer.exit_code == 0, answer.output
        assert Document(io.BytesIO(out.read_bytes())).paragraphs
        assert csv.read_text().startswith("id,value,unit\n")
    unknown = CliRunner().invoke(command, ["squad", "--year", "2020", "--squad", "X", "--json"])
    assert unknown.exit_code != 0
