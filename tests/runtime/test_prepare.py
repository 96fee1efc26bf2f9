"""What an empty database gets, with a demo and without."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.test import override_settings

from chengshu.bureau.models import District, Unit, User
from chengshu.config import env as env_module
from chengshu.config import prepare
from chengshu.config.commands import demo as demo_command
from chengshu.config.commands import district as district_command
from chengshu.config.env import Env, EnvironmentProblem
from chengshu.config.problems import Problem
from chengshu.registry.models import AttributeDefinition, ObjectClass
from chengshu.registry.services.classes import default_classes
from tests.bureau.test_districts import two
from tests.runtime.conftest import make_env

HOME = Path("unused")
SEVEN = list(default_classes())


def classes(code: str) -> list[str]:
    """The classes of a district, in order."""
    return list(ObjectClass.objects.filter(district__code=code).values_list("code", flat=True))


def has(monkeypatch: pytest.MonkeyPatch, environment: Env) -> None:
    """Let the start read this environment."""
    monkeypatch.setattr(env_module, "load", lambda: environment)


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ({}, True),
        ({"host": "::1"}, True),
        ({"host": "localhost"}, True),
        ({"host": "192.0.2.1"}, False),
        ({"host": "example.org"}, False),
        ({"DATABASE_URL": "postgresql://u:p@127.0.0.1/d"}, False),
        ({"allowed_hosts": ["127.0.0.1", "cg.example.org"]}, False),
        ({"https": True}, False),
        ({"host": "192.0.2.1", "https": True, "demo": True}, True),
        ({"demo": False}, False),
    ],
)
def test_a_demo_is_where_nobody_else_can_reach_it_or_where_it_is_asked_for(
    values: dict[str, object], wanted: bool
) -> None:
    assert make_env(HOME, **values).wants_demo is wanted


def test_a_district_code_has_six_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHENGSHU_DISTRICT", "../etc")
    env_module.load.cache_clear()
    try:
        with pytest.raises(EnvironmentProblem, match="CHENGSHU_DISTRICT"):
            env_module.load()
    finally:
        env_module.load.cache_clear()


@pytest.mark.django_db
def test_without_a_demo_there_is_a_district_and_nobody_in_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    has(monkeypatch, make_env(HOME, demo=False))
    assert prepare._reference_data() == []
    assert not User.objects.exists()
    assert classes("310107") == SEVEN
    assert Unit.objects.filter(kind=Unit.Kind.MOBILE_SQUAD).exists()
    line = capsys.readouterr().err.strip()
    assert "chengshu district administrators 310107" in line
    assert "chengshu district import" in line
    assert "\n" not in line

    monkeypatch.setattr(district_command, "setup_django", lambda: None)
    made = CliRunner().invoke(district_command.district, ["administrators", "310107", "--json"])
    assert len(json.loads(made.output)) == 3
    has(monkeypatch, make_env(HOME, demo=True))
    assert prepare._reference_data() == []  # where people work, no public accounts are added
    assert User.objects.count() == 3
    assert capsys.readouterr().err == ""


@pytest.mark.django_db
def test_with_a_demo_its_accounts_are_announced(monkeypatch: pytest.MonkeyPatch) -> None:
    has(monkeypatch, make_env(HOME))
    announced = prepare._reference_data()
    assert len(announced) == User.objects.count() > 0
    assert classes("310107") == SEVEN
    assert prepare._reference_data() == announced


@pytest.mark.django_db
@override_settings(DEFAULT_DISTRICT="310199")
def test_a_district_that_is_not_shipped_is_one_line_and_the_start_goes_on(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    has(monkeypatch, make_env(HOME, demo=True))
    assert prepare._reference_data() == []
    assert not District.objects.filter(code="310199").exists()
    line = capsys.readouterr().err.strip()
    assert "310199" in line
    assert "chengshu district import" in line
    assert "\n" not in line

    monkeypatch.setattr(demo_command, "setup_django", lambda: None)
    refused = CliRunner().invoke(demo_command.demo, ["load"]).exception
    assert isinstance(refused, Problem)
    assert "310199" in str(refused)

    file = tmp_path / "towns.geojson"
    file.write_text(json.dumps(two()), encoding="utf-8")
    monkeypatch.setattr(district_command, "setup_django", lambda: None)
    assert CliRunner().invoke(district_command.district, ["import", str(file)]).exit_code == 0
    AttributeDefinition.objects.all().delete()
    ObjectClass.objects.all().delete()
    assert prepare._reference_data() == []
    assert classes("310199") == SEVEN
    assert "chengshu district administrators 310199" in capsys.readouterr().err
