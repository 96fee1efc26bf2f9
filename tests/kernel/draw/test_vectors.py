"""The published vectors: made by the library, confirmed by the stand-alone verifier and a naive reading."""

from __future__ import annotations

import hashlib
import json
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from chengshu.kernel import draw as drawing
from chengshu.kernel.draw.algorithm import below

from . import examples, make_vectors, naive

VERIFIER = make_vectors.FILE.with_name("verify_draw.py")
VECTORS = json.loads(make_vectors.FILE.read_text(encoding="utf-8"))
PROOFS = {name: entry["proof"] for name, entry in VECTORS["proofs"].items()}
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
RESTRICTED = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="ascii")), inner),
)


def run(file: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The stand-alone verifier as a stranger runs it: no package of ours on its way."""
    command = [sys.executable, "-I", str(VERIFIER), str(file), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def stand_alone(file: Path) -> int:
    """Status of the stand-alone verifier, run inside this process."""
    before = sys.argv
    sys.argv = ["verify_draw.py", str(file)]
    try:
        runpy.run_path(str(VERIFIER))
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1 if end.code else 0
    finally:
        sys.argv = before
    raise AssertionError("the verifier ended without a status")


def test_the_published_file_is_what_the_library_makes() -> None:
    assert make_vectors.FILE.read_text(encoding="utf-8") == make_vectors.text()


def test_the_stand_alone_verifier_has_less_than_150_lines_and_only_the_standard_library() -> None:
    lines = VERIFIER.read_text(encoding="utf-8").splitlines()
    assert len(lines) < 150
    imported = {line.split()[1] for line in lines if line.startswith(("import ", "from "))}
    assert imported <= sys.stdlib_module_names


@given(RESTRICTED)
def test_canonical_bytes_are_those_of_rfc_8785(value: Any) -> None:
    assert drawing.canonical(value) == rfc8785.dumps(value)


@pytest.mark.parametrize("vector", VECTORS["below"], ids=lambda vector: f"{vector['label']} of {vector['n']}")
def test_numbers_follow_the_written_rule(vector: dict[str, Any]) -> None:
    asked = (bytes.fromhex(vector["seed"]), vector["label"], vector["n"])
    assert below(*asked) == naive.below(*asked) == vector["number"]


def test_some_vectors_need_a_second_attempt() -> None:
    first = [
        naive.mac(bytes.fromhex(v["seed"]), f"{v['label']}|0".encode())[:6]
        for v in VECTORS["below"]
        if v["n"] == 2**47 + 1
    ]
    assert any(int.from_bytes(x, "big") > 2**47 for x in first)


@pytest.mark.parametrize("name", PROOFS)
class TestProof:
    def test_the_library_confirms_it(self, name: str) -> None:
        published = VECTORS["proofs"][name]["sha256"]
        wanted = {part: published[part] for part in ("commitment", "opening", "proof")}
        report = drawing.verify(PROOFS[name], wanted)
        assert report.ok, report.reasons
        assert report.hashes == published

    def test_the_stand_alone_verifier_confirms_it(self, name: str, tmp_path: Path) -> None:
        file = tmp_path / "proof.json"
        file.write_bytes(drawing.canonical(PROOFS[name]))
        published = hashlib.sha256(file.read_bytes()).hexdigest()
        done = run(file, f"proof={published}")
        assert (done.returncode, done.stderr) == (0, "")
        assert "FAILED" not in done.stdout

    def test_a_naive_reading_of_the_specification_gives_the_same(self, name: str) -> None:
        proof = PROOFS[name]
        again = naive.Naive(proof)
        assert again.result() == proof["result"]
        for step in proof["withdrawals"]:
            again.withdraw(step["object"], step["officer"])
        assert again.result() == proof["final"]


def test_the_full_vector_has_everything_a_verifier_can_get_wrong() -> None:
    proof = PROOFS["full"]
    rules = proof["commitment"]["rules"]
    taken = [row[1] for row in proof["result"]]
    assert taken.count("s3") < rules["strata"][2]["quota"]
    assert {team["same_squad"] for team in rules["team"]} == {True, False}
    assert min(len(row[2]) for row in proof["final"]) < 3 == max(len(row[2]) for row in proof["final"])
    assert {value["kind"] for value in proof["values"]} == {"lottery", "beacon", "words"}
    assert len(proof["final"]) < len(proof["result"])


def test_a_file_that_is_none_ends_the_stand_alone_verifier_with_status_2(tmp_path: Path) -> None:
    file = tmp_path / "no.json"
    assert run(file).returncode == 2
    file.write_bytes(b"\xff{")
    assert run(file).returncode == 2
    file.write_text("[1]")
    assert run(file).returncode == 1


SIZES = st.integers(0, 12)


@given(st.data())
def test_any_draw_is_the_same_by_library_stand_alone_verifier_and_naive_reading(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Lists, rules and withdrawals at random: three quarters of the work are the corners."""
    strata = data.draw(st.integers(1, 3))
    objects = examples.candidates(
        data.draw(SIZES), strata=strata, areas=data.draw(st.integers(0, 3)), ineligible=data.draw(SIZES)
    )
    people = examples.officers(data.draw(st.integers(0, 6)), squads=data.draw(st.integers(1, 3)))
    people += examples.officers(data.draw(st.integers(0, 3)), squads=2, group="g1")
    for row in people:
        row[3] = data.draw(st.integers(0, 1))
        row[4] = data.draw(st.lists(st.sampled_from(["a1", "a2", "a3"]), max_size=1))
        row[5] = data.draw(st.lists(st.sampled_from([one[0] for one in objects] or ["0" * 64]), max_size=2))
    team = [("g0", data.draw(st.integers(1, 3)), data.draw(st.booleans()))]
    team += [("g1", data.draw(st.integers(1, 2)), data.draw(st.booleans()))]
    quotas = data.draw(st.lists(st.integers(0, 6), min_size=strata, max_size=strata))
    rule = examples.rules(*quotas, team=team, cap=data.draw(st.integers(0, 3)))
    secret = data.draw(st.binary(min_size=32, max_size=32))
    proof = examples.drawn(objects, sorted(people), rule, secret=secret)
    again = naive.Naive(proof)
    assert again.result() == proof["result"] == proof["final"]
    for _n in range(data.draw(st.integers(0, 6))):
        if not proof["final"]:
            break
        row = data.draw(st.sampled_from(proof["final"]))
        officer = data.draw(st.sampled_from([None, *row[2]]))
        proof = drawing.withdraw(proof, row[0], officer, "recusal", "2021-03-04T09:00:00+08:00")
        again.withdraw(row[0], officer)
        assert again.result() == proof["final"]
    report = drawing.verify(proof)
    assert report.ok, report.reasons
    file = tmp_path_factory.getbasetemp() / "any.json"
    file.write_bytes(drawing.canonical(proof))
    assert stand_alone(file) == 0
