"""``chengshu district``: boundaries and first administrators without a browser."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from chengshu.bureau.models import District, RoleAssignment, Unit, User
from chengshu.config.commands import district as command
from chengshu.config.problems import Problem
from chengshu.registry.models import AttributeDefinition, ObjectClass
from chengshu.registry.services.classes import default_classes
from tests.bureau.test_districts import two

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _django_is_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "setup_django", lambda: None)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command.district, list(arguments))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "示例.geojson"
    path.write_text(json.dumps(two()), encoding="utf-8")
    return path


def test_a_new_district_gets_towns_units_and_administrators(file: Path) -> None:
    dry = run("import", str(file), "--dry-run")
    assert dry.exit_code == 0 and "新增 2 个" in dry.output and "未保存" in dry.output
    assert not District.objects.filter(code="310199").exists()
    stored: dict[str, Any] = json.loads(run("import", str(file), "--json").output)
    assert stored["stored"] and stored["created"] == ["东街街道", "西街镇"]
    units = Unit.objects.filter(district__code="310199")
    assert sorted(units.values_list("name", flat=True)) == [
        "东街街道中队",
        "机动中队",
        "示例区城市管理行政执法局",
        "西街镇中队",
    ]
    assert units.filter(kind=Unit.Kind.MOBILE_SQUAD).count() == 1
    classes = ObjectClass.objects.filter(district__code="310199")
    assert set(classes.values_list("code", flat=True)) == set(default_classes())
    AttributeDefinition.objects.exclude(object_class__code="shop").delete()
    classes.exclude(code="shop").delete()
    assert "无变化 2 个" in run("import", str(file)).output
    assert [item.code for item in classes.all()] == ["shop"]  # what the bureau has removed stays away
    accounts = json.loads(run("administrators", "310199", "--json").output)
    assert len(accounts) == 3
    for account in accounts:
        person = User.objects.get(username=account["username"])
        assert person.check_password(account["password"]) and person.must_change_password
    roles = RoleAssignment.objects.filter(unit__district__code="310199").values_list("role", flat=True)
    assert set(roles) == {"system_admin", "security_admin", "audit_admin"}


def problem(*arguments: str) -> str:
    result = run(*arguments)
    assert isinstance(result.exception, Problem), result.output
    return str(result.exception)


def test_bad_input_is_one_line(file: Path, tmp_path: Path) -> None:
    assert "无法读取" in problem("import", str(tmp_path / "missing.geojson"))
    (tmp_path / "bad.geojson").write_bytes(b"PK")
    assert "文件不是 GeoJSON 格式。" in problem("import", str(tmp_path / "bad.geojson"))
    assert "没有代码为 000000 的区。" in problem("administrators", "000000")
    run("import", str(file))
    run("administrators", "310199")
    assert "示例区已有管理员。" in problem("administrators", "310199")
