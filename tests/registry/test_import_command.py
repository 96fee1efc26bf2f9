"""``chengshu registry import``: the same without the browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner, Result

from chengshu.bureau.models import District
from chengshu.config import cli
from chengshu.config.commands import registry
from chengshu.config.problems import Problem
from chengshu.kernel.tables import write_csv, write_xlsx
from chengshu.registry.models import ImportBatch, RegulatedObject
from tests import factories
from tests.registry.importing import OUTSIDE, shop

pytestmark = pytest.mark.django_db
ROWS = [shop(), shop("远方茶叶店", "外滩1号", **OUTSIDE), shop("坏店", "长寿路3号", 经营状态="?")]


@pytest.fixture(autouse=True)
def district(monkeypatch: pytest.MonkeyPatch) -> District:
    monkeypatch.setattr(registry, "setup_django", lambda: None)
    return factories.make_district()


@pytest.fixture
def shops(tmp_path: Path) -> Path:
    path = tmp_path / "shops.xlsx"
    columns = list(dict.fromkeys(column for row in ROWS for column in row))
    write_xlsx(path, columns, ([row.get(column) for column in columns] for row in ROWS))
    return path


def call(*arguments: Any) -> Result:
    return CliRunner().invoke(cli.cli, ["registry", *map(str, arguments)], catch_exceptions=False)


def test_a_dry_run_tells_everything_and_leaves_nothing(shops: Path) -> None:
    result = call("import", shops, "--class", "shop", "--crs", "wgs84", "--dry-run", "--json")
    assert result.exit_code == 0
    answer = orjson.loads(result.stdout)
    assert answer["dry_run"] is True
    assert {key: answer["counts"][key] for key in ("rows", "create", "conflict", "reject")} == {
        "rows": 3, "create": 1, "conflict": 1, "reject": 1,
    }  # fmt: skip
    assert [row["outcome"] for row in answer["rows"]] == ["create", "conflict", "reject"]
    assert "区以外" in answer["rows"][1]["reasons"][0]["text"]
    assert not ImportBatch.objects.exists()
    assert not RegulatedObject.objects.exists()


def test_an_import_writes_and_says_what_it_left_out(shops: Path) -> None:
    clerk = factories.make_user("registry_clerk")
    result = call("import", shops, "--class", "shop", "--user", clerk.username, "--as-of", "2020-10-01")
    assert result.exit_code == 0
    assert "远方茶叶店" in result.stdout
    assert RegulatedObject.objects.get().facts.get().recorded_by == clerk


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--class", "nonsense"], "nonsense"),
        (["--class", "shop", "--crs", "mars"], "坐标系"),
        (["--class", "shop", "--mapping", "没有"], "没有"),
        (["--class", "shop", "--user", "nobody"], "nobody"),
        (["--class", "shop", "--district", "999999"], "999999"),
        (["--class", "shop", "--lng-column", "甲", "--lat-column", "乙"], "甲"),
    ],
)
def test_wrong_options_end_with_one_line(shops: Path, arguments: list[str], word: str) -> None:
    with pytest.raises(Problem, match=word):
        call("import", shops, *arguments)
    assert not ImportBatch.objects.exists()


def test_a_file_that_is_none_ends_with_one_line(tmp_path: Path) -> None:
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"PK\x03\x04 nothing of a workbook")
    for path in (broken, tmp_path / "absent.csv"):
        with pytest.raises(Problem):
            call("import", path, "--class", "shop")


def test_the_console_script_ends_with_status_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["registry", "import", str(tmp_path / "absent.csv"), "--class", "shop"])
    assert ended.value.code == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_verify_finds_what_does_not_follow(district: District) -> None:
    obj = factories.make_object(district)
    assert call("verify").exit_code == 0
    RegulatedObject.objects.filter(pk=obj.pk).update(
        town=None, name_key="x", attributes={"floor_area": "viel"}
    )
    result = call("verify", "--json")
    assert result.exit_code == 1
    assert {finding["code"] for finding in orjson.loads(result.stdout)["findings"]} == {
        "place", "keys", "attribute",
    }  # fmt: skip


def test_export_and_import_by_command_change_nothing(district: District, tmp_path: Path) -> None:
    factories.make_object(district)
    clerk = factories.make_user("registry_clerk")
    target = tmp_path / "out.csv"
    assert call("export", target, "--class", "shop", "--user", clerk.username).exit_code == 0
    result = call("import", target, "--class", "shop", "--dry-run", "--json")
    assert orjson.loads(result.stdout)["counts"]["unchanged"] == 1


def test_columns_may_be_named(tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    write_csv(path, ["商铺名称", "东", "北"], [["福顺面馆", "121.4330", "31.2430"]])
    result = call(
        "import", path, "--class", "shop", "--lng-column", "东", "--lat-column", "北", "--crs", "wgs84"
    )
    assert result.exit_code == 0
    assert RegulatedObject.objects.get().town.name == "长寿路街道"


def test_the_report_for_machines_holds_no_personal_data(tmp_path: Path, district: District) -> None:
    path = tmp_path / "people.csv"
    people = [
        shop(负责人="王小明", 联系电话="13812345678", 身份证号="11010519491231002X"),
        shop("坏店", "长寿路3号", 负责人="王小明", 联系电话="13812345678", 身份证号="110105194912310021"),
    ]
    write_csv(path, list(people[0]), ([*row.values()] for row in people))
    call("import", path, "--class", "shop", "--crs", "wgs84")
    write_csv(path, list(people[0]), ([*{**row, "联系电话": "13912345678"}.values()] for row in people))
    result = call("import", path, "--class", "shop", "--crs", "wgs84", "--dry-run", "--json")
    rows = orjson.loads(result.stdout)["rows"]
    assert rows[0]["changes"]["responsible_phone"] == ["138****5678", "139****5678"]
    invalid = [reason for reason in rows[1]["reasons"] if reason["code"] == "resident_id_invalid"]
    assert invalid and "value" not in invalid[0]
    for secret in ("王小明", "13812345678", "13912345678", "110105194912310021"):
        assert secret not in result.stdout
