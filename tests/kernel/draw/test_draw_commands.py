"""``chengshu draw``: without a database, with one clear line where something is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from chengshu.config import cli, problems
from chengshu.config.commands.draw import draw as command
from chengshu.kernel import draw as drawing

from . import examples
from .test_vectors import PROOFS

SPEC: dict[str, Any] = {
    "task": "1",
    "title": "试抽",
    "candidates": [{"identity": f"店铺{n}", "stratum": "s1", "area": f"a{n % 2}"} for n in range(6)],
    "officers": [
        {"identity": f"C{n}", "squad": "q1", "not_objects": ["店铺1"], "not_areas": []} for n in range(3)
    ],
    "rules": examples.rules(3),
}


@pytest.fixture(autouse=True)
def _django_is_set_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chengshu.config.commands.draw.setup_django", lambda **_: None)


def run(*arguments: object) -> Any:
    return CliRunner().invoke(command, [str(one) for one in arguments])


@pytest.fixture
def proof(tmp_path: Path) -> Path:
    file = tmp_path / "proof.json"
    file.write_bytes(drawing.canonical(PROOFS["full"]))
    return file


def test_it_is_a_command_of_chengshu() -> None:
    done = CliRunner().invoke(cli.cli, ["draw", "--help"])
    assert done.exit_code == 0 and "verify" in done.output and "run" in done.output


def test_verify_says_what_was_checked(proof: Path) -> None:
    done = run("verify", proof)
    assert done.exit_code == 0
    lines = done.output.splitlines()
    assert sum(line.startswith("✓") for line in lines) == 10
    assert lines[-1] == "抽取结果核验通过。"
    assert any("抽取前公布的哈希值" in line for line in lines)


def test_verify_compares_with_what_was_published(proof: Path) -> None:
    hashes = drawing.verify(PROOFS["full"]).hashes
    options = [f"--{name}={hashes[name]}" for name in ("commitment", "opening", "proof")]
    report = json.loads(run("verify", proof, "--json", *options).output)
    assert report["ok"] and "published" in [check["code"] for check in report["checks"]]
    done = run("verify", proof, "--proof", "0" * 64)
    assert done.exit_code == 1 and "✗" in done.output


def test_verify_tells_the_owner_of_an_object_where_it_stands(proof: Path) -> None:
    drawn = {row[0] for row in PROOFS["full"]["final"]}
    for number in range(1, 4):
        identity = f"object {number}"
        salt = drawing.salt_for(examples.LIST_SALT, identity)
        done = run("verify", proof, "--own", identity, salt)
        key = drawing.key_for(salt, identity)
        assert ("已被抽中" in done.output) == (key in drawn)
        assert json.loads(run("verify", proof, "--json", "--own", identity, salt).output)["own"]["key"] == key
    assert "不在名单中" in run("verify", proof, "--own", "object 1", "00").output


def test_a_file_that_is_no_json_is_refused_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    file.write_bytes(b"\xff\x00")
    with pytest.raises(problems.Problem, match=r"x\.json：这不是 UTF-8 编码的 JSON 文件。"):
        CliRunner().invoke(command, ["verify", str(file)], catch_exceptions=False)
    file.write_text("{}")
    assert run("verify", file).exit_code == 1
    assert run("verify", tmp_path / "none.json").exit_code == 2


def test_a_draw_from_files_can_be_verified(tmp_path: Path) -> None:
    spec, out = tmp_path / "spec.json", tmp_path / "out.json"
    spec.write_text(json.dumps(SPEC), encoding="utf-8")
    done = run("run", spec, "--out", out)
    assert done.exit_code == 0 and "已抽取 3 个" in done.output
    assert run("verify", out).exit_code == 0
    assert json.loads(run("run", spec).output)["format"] == "chengshu-draw-proof/1"


def test_a_draw_with_everything_given_is_the_same_each_time(tmp_path: Path) -> None:
    given = {
        **SPEC,
        "public_values": [examples.LOTTERY],
        "values": [examples.LOTTERY_VALUE],
        "secret": "11" * 32,
        "list_salt": "22" * 32,
        "committed_at": examples.COMMITTED,
        "drawn_at": examples.DRAWN,
    }
    spec = tmp_path / "spec.json"
    spec.write_text(json.dumps(given), encoding="utf-8")
    assert run("run", spec).output == run("run", spec).output


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"rules": {}}, "rules 应为"),
        ({"candidates": [{}]}, "不是抽取说明文件"),
        ({"candidates": [SPEC["candidates"][0]] * 2}, "重复"),
        ({"secret": "xy"}, "不是抽取说明文件"),
        ({"values": []}, "公开数值"),
    ],
)
def test_a_wrong_description_is_refused_in_one_line(
    tmp_path: Path, change: dict[str, Any], reason: str
) -> None:
    spec = tmp_path / "spec.json"
    spec.write_text(json.dumps({**SPEC, **change}), encoding="utf-8")
    with pytest.raises(problems.Problem) as refused:
        CliRunner().invoke(command, ["run", str(spec)], catch_exceptions=False)
    assert reason in str(refused.value) and "\n" not in str(refused.value)
