"""Whatever is changed in a proof, the verifiers say so; whatever they are given, they do not break."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from chengshu.config.commands.draw import draw as command
from chengshu.kernel import draw as drawing
from chengshu.kernel.draw.canonical import with_hashes

from . import examples
from .test_vectors import PROOFS, stand_alone

FULL: dict[str, Any] = PROOFS["full"]
CONTENT = drawing.canonical(FULL)


@pytest.fixture(autouse=True)
def _django_is_set_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chengshu.config.commands.draw.setup_django", lambda **_: None)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all single values."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from places(inner, (*path, name))
    elif isinstance(value, list) and value:
        for place, inner in enumerate(value):
            yield from places(inner, (*path, place))
    else:
        yield path


def other(value: Any) -> Any:
    """A value of the same kind that is another one."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        return value[:-1] + ("0" if not value.endswith("0") else "1") if value else "a"
    return [] if value is None else ["a1"]


PLACES = list(places(FULL))


@given(st.sampled_from(PLACES))
@settings(max_examples=150)
def test_any_value_changed_is_found_and_the_reason_said(tmp_path_factory: Any, path: tuple[Any, ...]) -> None:
    proof = copy.deepcopy(FULL)
    target = proof
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = other(target[path[-1]])
    report = drawing.verify(proof)
    assert not report.ok
    assert report.reasons and all(reason.endswith("。") for reason in report.reasons)
    file = tmp_path_factory.getbasetemp() / "changed.json"
    file.write_bytes(drawing.canonical(proof))
    assert stand_alone(file) == 1


@given(st.integers(0, len(CONTENT) - 1), st.integers(1, 255))
@settings(max_examples=200)
def test_any_byte_changed_is_found(tmp_path_factory: Any, at: int, flip: int) -> None:
    changed = bytearray(CONTENT)
    changed[at] ^= flip
    report = drawing.verify(bytes(changed))
    assert not report.ok and report.reasons
    file = tmp_path_factory.getbasetemp() / "flipped.json"
    file.write_bytes(bytes(changed))
    assert stand_alone(file) in (1, 2)


@given(st.binary() | st.text() | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(sorted(FULL)), inner),
))  # fmt: skip
def test_nothing_that_is_given_breaks_the_verifier(given_: Any) -> None:
    assert not drawing.verify(given_).ok


@given(
    st.sampled_from(PLACES), st.none() | st.integers() | st.text() | st.just([[]]) | st.just({"a": "\ud800"})
)
def test_nothing_put_into_a_proof_breaks_the_verifier(path: tuple[Any, ...], value: Any) -> None:
    for depth in range(1, len(path) + 1):
        proof = copy.deepcopy(FULL)
        target = proof
        for step in path[: depth - 1]:
            target = target[step]
        before, target[path[depth - 1]] = target[path[depth - 1]], value
        assert drawing.verify(proof).ok == (before == value and type(before) is type(value))


def forge(change: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    """A proof changed by someone who also renews the hashes in it."""
    proof = copy.deepcopy(FULL)
    change(proof)
    return with_hashes(proof)


def swap_object(proof: dict[str, Any]) -> None:
    drawn = {row[0] for row in proof["result"]}
    new = next(row for row in proof["candidates"] if row[2] and row[1] == "s2" and row[0] not in drawn)
    for name in ("result", "final"):
        next(row for row in proof[name] if row[1] == "s2")[0] = new[0]


def swap_officer(proof: dict[str, Any]) -> None:
    for name in ("result", "final"):
        team = next(row for row in proof[name] if row[1] == "s2")[2]
        team[0] = next(row[0] for row in proof["officers"] if row[0] not in team)


def drop_candidate(proof: dict[str, Any]) -> None:
    del proof["candidates"][3]


def drop_candidate_and_recount(proof: dict[str, Any]) -> None:
    rows = proof["candidates"]
    del rows[3]
    counted = {"count": len(rows), "eligible": sum(row[2] for row in rows), "sha256": drawing.digest(rows)}
    proof["commitment"]["candidates"] = counted


def another_secret(proof: dict[str, Any]) -> None:
    proof["secret"] = "00" * 32


def another_lottery(proof: dict[str, Any]) -> None:
    proof["values"][0]["value"] = "01 02 03 04 05 06 + 07"


def another_beacon(proof: dict[str, Any]) -> None:
    proof["values"][1]["value"] = "ab" * 32


def another_issue(proof: dict[str, Any]) -> None:
    proof["values"][0]["issue"] = "2021024"


def early(proof: dict[str, Any]) -> None:
    proof["drawn_at"] = "2021-03-02T09:00:00+08:00"


def drop_withdrawal(proof: dict[str, Any]) -> None:
    proof["withdrawals"].pop()


def withdraw_a_stranger(proof: dict[str, Any]) -> None:
    proof["withdrawals"][0]["object"] = "0" * 64


def change_the_end(proof: dict[str, Any]) -> None:
    proof["final"].pop()


FORGERIES = [
    (swap_object, "objects", "objects"),
    (swap_officer, "teams", "teams"),
    (drop_candidate, "candidates", "candidates"),
    (drop_candidate_and_recount, "objects", "objects"),
    (another_secret, "secret", "secret"),
    (another_lottery, "objects", "objects"),
    (another_beacon, "form", "beacon"),
    (another_issue, "values", "values"),
    (early, "times", "times"),
    (drop_withdrawal, "withdrawals", "withdrawals"),
    (withdraw_a_stranger, "withdrawals", "malformed"),
    (change_the_end, "withdrawals", "withdrawals"),
]


@pytest.mark.parametrize(
    ("change", "code", "word"), FORGERIES, ids=lambda value: getattr(value, "__name__", "")
)
def test_a_forger_who_renews_the_hashes_is_found_by_recomputing(
    change: Any, code: str, word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    proof = forge(change)
    report = drawing.verify(proof)
    assert code in [check.code for check in report.checks if not check.passed]
    assert "copy" not in [check.code for check in report.checks if not check.passed]
    file = tmp_path / "forged.json"
    file.write_bytes(drawing.canonical(proof))
    assert stand_alone(file) == 1
    assert any(line.startswith("FAILED") and word in line for line in capsys.readouterr().out.splitlines())
    done = CliRunner().invoke(command, ["verify", str(file)])
    assert done.exit_code == 1
    assert [line for line in done.output.splitlines() if line.startswith("✗")]


def test_a_proof_made_anew_holds_in_itself_and_fails_against_what_was_published(tmp_path: Path) -> None:
    objects = FULL["candidates"]
    anew = examples.drawn(
        objects,
        FULL["officers"],
        FULL["commitment"]["rules"],
        secret=hashlib.sha256(b"another try").digest(),
    )
    assert drawing.verify(anew).ok
    published = {name: FULL["sha256"][name] for name in ("commitment", "opening")}
    report = drawing.verify(anew, published)
    assert [check.code for check in report.checks if not check.passed] == ["published"]
    file = tmp_path / "anew.json"
    file.write_text(json.dumps(anew, ensure_ascii=False, indent=2), encoding="utf-8")
    done = CliRunner().invoke(command, ["verify", str(file), "--commitment", published["commitment"]])
    assert done.exit_code == 1 and "公布" in done.output


def test_members_that_stand_twice_and_fractions_are_refused(
    tmp_path: Path,
) -> None:
    twice = CONTENT.replace(b'{"candidates"', b'{"drawn_at":"x","candidates"', 1)
    file = tmp_path / "twice.json"
    file.write_bytes(twice)
    assert stand_alone(file) == 1
    assert drawing.verify(twice).reasons == ["文件中有重复的成员。"]
    assert "不是整数" in drawing.verify(CONTENT.replace(b'"attempt":2', b'"attempt":2.0', 1)).reasons[0]
    assert not drawing.verify(b"[" * 100_000).ok
