"""``chengshu ledger``."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from click.testing import CliRunner
from django.db import connection
from django.test import Client

from chengshu.config import problems
from chengshu.config.commands.ledger import ledger as command
from chengshu.kernel import ledger
from chengshu.kernel.models import DailyRoot

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _django_is_set_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chengshu.config.commands.ledger.setup_django", lambda **_: None)


@pytest.fixture(autouse=True)
def _a_record_of_january() -> Any:
    """One record with two entries on 4 January 2021; it is the 6th."""
    with time_machine.travel(datetime(2021, 1, 4, 4, tzinfo=UTC), tick=False) as clock:
        ledger.append("a:1", "test", {"n": 1}, actor="clerk")
        ledger.append("a:1", "test", {"n": 2}, actor="clerk")
        clock.move_to(datetime(2021, 1, 6, 4, tzinfo=UTC))
        yield


def run(*arguments: str) -> Any:
    return CliRunner().invoke(command, list(arguments))


def spoil() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE kernel_ledgerentry DISABLE TRIGGER USER")
        cursor.execute("UPDATE kernel_ledgerentry SET actor = 'somebody' WHERE seq = 2")


def test_seal_then_verify() -> None:
    sealed = run("seal", "--json")
    assert [day["day"] for day in json.loads(sealed.output)["sealed"]] == ["2021-01-04", "2021-01-05"]
    assert "已封存 0 天" in run("seal").output
    result = run("verify")
    assert result.exit_code == 0
    assert "1 个记录、2 个条目、2 个每日根" in result.output
    assert "与写入时一致" in result.output


def test_verify_tells_what_is_wrong_and_exits_with_1() -> None:
    run("seal")
    spoil()
    result = run("verify")
    assert result.exit_code == 1
    assert "a:1 #2: altered_entry" in result.output
    report = json.loads(run("verify", "--json").output)
    assert (report["ok"], report["found"], report["entries"]) == (False, 1, 2)
    assert report["findings"][0]["where"] == "a:1 #2"


def test_verify_speaks_english_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHENGSHU_LANGUAGE", "en")
    run("seal")
    assert "Everything is as it was written." in run("verify").output


def test_verify_against_a_saved_list_of_seals(tmp_path: Path, client: Client) -> None:
    run("seal")
    saved = tmp_path / "roots.json"
    saved.write_bytes(client.get("/public/ledger/roots.json").content)
    assert run("verify", "--published", str(saved)).exit_code == 0
    saved.write_text(json.dumps({"roots": [{"day": "2021-01-04", "seal": "00"}]}))
    result = run("verify", "--published", str(saved))
    assert result.exit_code == 1
    assert "other_than_published" in result.output


@pytest.mark.parametrize("content", ["", "[]", '{"roots": [{}]}', '{"other": 1}'])
def test_a_list_that_is_none_is_bad_input(tmp_path: Path, content: str) -> None:
    saved = tmp_path / "roots.json"
    saved.write_text(content)
    result = run("verify", "--published", str(saved))
    assert isinstance(result.exception, problems.Problem)
    assert isinstance(run("verify", "--published", str(tmp_path / "absent")).exception, problems.Problem)


def test_a_proof_is_made_and_checked(tmp_path: Path) -> None:
    run("seal")
    file = tmp_path / "proof.json"
    assert run("proof", "a:1", "2021-01-04", "--out", str(file)).exit_code == 0
    assert json.loads(run("proof", "a:1", "2021-01-04").output) == json.loads(file.read_text())
    seal = DailyRoot.objects.get(day=date(2021, 1, 4)).seal
    result = run("check", str(file), "--seal", seal)
    assert (result.exit_code, result.output) == (0, f"2021-01-04 {seal}\n")
    assert run("check", str(file), "--seal", "00").exit_code == 1
    file.write_text("{}")
    assert run("check", str(file)).exit_code == 1


def test_no_proof_is_one_clear_line() -> None:
    result = run("proof", "a:1", "2021-01-04")
    assert isinstance(result.exception, problems.Problem)
    assert str(result.exception) == "2021-01-04 尚未封存。"
    assert run("proof", "a:1", "yesterday").exit_code == 2
