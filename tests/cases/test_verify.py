"""An exported file is checked by itself: whatever is changed, taken out, put in or moved is told exactly."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import time_machine
from click.testing import CliRunner
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from chengshu.bureau.models import District
from chengshu.cases.exporting import layout
from chengshu.cases.exporting.archive import Limits, NotACaseFile
from chengshu.cases.exporting.build import export_case
from chengshu.cases.exporting.verify import FileReport, verify_file
from chengshu.cases.models import CaseDocument
from chengshu.config.commands.ledger import ledger as command
from chengshu.kernel import ledger
from chengshu.kernel.files import store
from chengshu.kernel.ledger import hashing
from chengshu.kernel.models import DailyRoot
from tests.cases import files

pytestmark = pytest.mark.django_db
EVIDENCE = "evidence/001-现场照片1.png"


@pytest.fixture
def exported() -> Any:
    """The bytes of an exported file of 2021 whose steps are sealed."""
    with time_machine.travel(datetime(2021, 12, 1, 4, tzinfo=UTC), tick=False) as clock:
        case = files.make_file(District.objects.get(code="310107"))
        clock.move_to(datetime(2021, 12, 2, 4, tzinfo=UTC))
        ledger.seal_missed()
        yield export_case(case, by=None).read()


def changed(exported: bytes, name: str, change: Callable[[Any], Any], *, listed: bool = True) -> FileReport:
    """The report on a copy with one part changed; ``listed``: the forger mends the manifest too."""

    def rewrite(content: bytes) -> bytes:
        value = json.loads(content)
        change(value)
        return json.dumps(value, ensure_ascii=False).encode()

    copy = files.rewritten(exported, {name: rewrite})
    return verify_file(mended(copy.getvalue()) if listed else copy)


def mended(file: bytes) -> io.BytesIO:
    """The copy of a careful forger: the digests in the manifest fit its files again."""
    archive = zipfile.ZipFile(io.BytesIO(file))

    def mend(content: bytes) -> bytes:
        manifest = json.loads(content)
        for entry in manifest["files"]:
            if entry["path"] in archive.namelist():
                data = archive.read(entry["path"])
                entry |= {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
        manifest["files"] = [e for e in manifest["files"] if e["path"] in archive.namelist()]
        steps = json.loads(archive.read("steps.json"))
        manifest["steps"] = [
            {"seq": s["document"]["seq"], "kind": s["document"]["kind"], "sha256": digest(s["document"])}
            for s in steps
        ]
        return json.dumps(manifest, ensure_ascii=False).encode()

    return files.rewritten(file, {"manifest.json": mend})


def digest(document: dict[str, Any]) -> str:
    return hashlib.sha256(hashing.canonical(document)).hexdigest()


def kinds(report: FileReport) -> set[str]:
    return {problem.kind for problem in report.problems}


def test_an_untouched_file_is_as_it_was_written(exported: bytes) -> None:
    report = verify_file(io.BytesIO(exported))
    assert report.ok and report.steps == report.entries - 1  # the export itself is an entry too
    assert "没有" not in " ".join(problem.text for problem in report.problems)
    assert len(report.notes) == 2  # no published seal was given; the export is not sealed yet


def test_the_seal_is_compared_with_the_published_one(exported: bytes) -> None:
    root = DailyRoot.objects.latest("day")
    published = {root.day.isoformat(): root.seal}
    assert verify_file(io.BytesIO(exported), published=published).ok
    assert verify_file(io.BytesIO(exported), seal=root.seal.upper()).compared
    wrong = verify_file(io.BytesIO(exported), seal="0" * 64)
    assert kinds(wrong) == {"other_than_published"}
    assert kinds(verify_file(io.BytesIO(exported), published={})) == {"other_than_published"}


def test_a_changed_step_is_named_even_when_its_digests_are_mended(exported: bytes) -> None:
    def fine(steps: Any) -> None:
        step = next(s for s in steps if s["document"]["kind"] == "approve_decision")
        step["document"]["data"]["outcomes"][0]["fine"] = 50
        step["sha256"] = digest(step["document"])

    report = changed(exported, "steps.json", fine)
    named = next(problem for problem in report.problems if problem.kind == "altered_step")
    assert named.step is not None and f"第{named.step}步" in named.text
    assert kinds(report) == {"altered_step", "altered_summary"}  # the summary still says 200 yuan


def test_a_changed_byte_of_a_photo_is_named(exported: bytes) -> None:
    def flip(content: bytes) -> bytes:
        return content[:-1] + bytes([content[-1] ^ 1])

    copy = files.rewritten(exported, {EVIDENCE: flip})
    (problem,) = [p for p in verify_file(copy).problems if p.kind == "altered_file"]
    assert problem.where == EVIDENCE and "照片1" in problem.text
    report = verify_file(mended(files.rewritten(exported, {EVIDENCE: flip}).getvalue()))
    (problem,) = report.problems
    assert problem.kind == "missing_original" and "照片1" in problem.text


def test_a_byte_changed_in_the_zip_itself_is_named(exported: bytes) -> None:
    place = exported.index(files.picture(1)) + 20
    spoilt = exported[:place] + bytes([exported[place] ^ 1]) + exported[place + 1 :]
    assert ("altered_file", EVIDENCE) in {(p.kind, p.where) for p in verify_file(io.BytesIO(spoilt)).problems}


def test_a_photo_taken_out_is_missed(exported: bytes) -> None:
    copy = files.rewritten(exported, {EVIDENCE: lambda _content: None})
    assert kinds(verify_file(copy)) == {"missing_file", "missing_original"}
    assert kinds(verify_file(mended(copy.getvalue()))) == {"missing_original"}


def test_an_issued_document_taken_out_is_missed() -> None:
    with time_machine.travel(datetime(2021, 12, 1, 4, tzinfo=UTC), tick=False):
        case = files.make_file(District.objects.get(code="310107"))
        kept = store(io.BytesIO(b"%PDF-1.7 as issued"), name="d.pdf", media_types=())
        CaseDocument.objects.create(
            case=case,
            kind="penalty_decision",
            number="决1",
            pdf=kept,
            sha256=kept.sha256,
            issued_at=timezone.now(),
        )
        payload = {"kind": "penalty_decision", "number": "决1", "sha256": kept.sha256}
        ledger.append(case.chain, "document.issued", payload, actor="clerk")
        file = export_case(case, by=None).read()
    assert verify_file(io.BytesIO(file)).ok
    name = "documents/001-penalty_decision-v1.pdf"
    for change in (lambda _content: None, lambda content: content + b" "):
        copy = mended(files.rewritten(file, {name: change}).getvalue())
        (problem,) = verify_file(copy).problems
        assert (problem.kind, problem.where) == ("missing_original", "documents") and "决1" in problem.text


def test_a_file_put_in_is_named(exported: bytes) -> None:
    out = io.BytesIO(exported)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("evidence/099-new.jpg", b"x")
    (problem,) = verify_file(out).problems
    assert (problem.kind, problem.where) == ("extra_file", "evidence/099-new.jpg")


def test_a_dropped_step_is_missed(exported: bytes) -> None:
    report = changed(exported, "steps.json", lambda steps: steps.pop(3))
    missing = [problem for problem in report.problems if problem.kind == "missing_step"]
    assert [problem.step for problem in missing] == [4]


def test_the_last_steps_cannot_be_dropped_either(exported: bytes) -> None:
    report = changed(exported, "steps.json", lambda steps: steps.pop())
    assert "missing_step" in kinds(report)


def test_steps_in_another_order_are_named(exported: bytes) -> None:
    report = changed(exported, "steps.json", lambda steps: steps.insert(1, steps.pop(4)))
    assert "step_order" in kinds(report)


def test_a_step_put_in_is_named(exported: bytes) -> None:
    def insert(steps: Any) -> None:
        made = json.loads(json.dumps(steps[-1]))
        made["document"]["seq"] = len(steps) + 1
        made["sha256"] = digest(made["document"])
        steps.append(made)

    assert "extra_step" in kinds(changed(exported, "steps.json", insert))


def test_a_step_changed_together_with_its_ledger_entry_is_named(exported: bytes) -> None:
    def forge(steps: Any, proof: Any, *, with_hash: bool) -> None:
        steps[2]["document"]["data"]["title"] = "另一份"
        steps[2]["sha256"] = digest(steps[2]["document"])
        entry = proof["sealed"]["entries"][2]
        entry["payload"]["sha256"] = steps[2]["sha256"]
        if with_hash:
            entry["hash"] = hashing.entry_hash(entry, entry["algorithm"])

    for with_hash, kind in ((False, "altered_entry"), (True, "broken_link")):
        archive = zipfile.ZipFile(io.BytesIO(exported))
        steps, proof = (json.loads(archive.read(name)) for name in ("steps.json", "proof.json"))
        forge(steps, proof, with_hash=with_hash)
        new = {"steps.json": steps, "proof.json": proof}
        copy = files.rewritten(exported, {n: partial(_as, json.dumps(v).encode()) for n, v in new.items()})
        report = verify_file(mended(copy.getvalue()))
        assert {(p.kind, p.entry) for p in report.problems} == {(kind, 3)}


def _as(content: bytes, _old: bytes) -> bytes:
    return content


def test_a_chain_rewritten_to_its_end_does_not_lead_to_the_root(exported: bytes) -> None:
    def rewrite(proof: Any) -> None:
        previous = ""
        for entry in proof["sealed"]["entries"] + proof["unsealed"]:
            entry |= {"actor": "somebody", "previous": previous}
            previous = entry["hash"] = hashing.entry_hash(entry, entry["algorithm"])

    assert kinds(changed(exported, "proof.json", rewrite)) == {"root_mismatch"}


def test_a_ledger_entry_taken_out_is_a_gap(exported: bytes) -> None:
    report = changed(exported, "proof.json", lambda proof: proof["sealed"]["entries"].pop(2))
    assert ("missing_entry", 3) in {(p.kind, p.entry) for p in report.problems}


def test_entries_cut_off_at_the_end_do_not_lead_to_the_root(exported: bytes) -> None:
    report = changed(exported, "proof.json", lambda proof: proof["sealed"]["entries"].pop())
    assert {"root_mismatch", "extra_step"} <= kinds(report)


def test_another_seal_is_named(exported: bytes) -> None:
    report = changed(exported, "proof.json", lambda proof: proof["sealed"].update(seal="f" * 64))
    assert kinds(report) == {"altered_seal"}


def test_a_proof_taken_out_is_missed(exported: bytes) -> None:
    report = changed(exported, "proof.json", lambda proof: proof.update(sealed=None))
    assert "missing_entry" in kinds(report)


def test_a_file_made_to_look_unsealed_is_not_proved(exported: bytes) -> None:
    def unseal(proof: Any) -> None:
        proof["unsealed"] = proof["sealed"]["entries"] + proof["unsealed"]
        proof["sealed"] = None

    def forget(manifest: Any) -> None:
        manifest |= {"seal": None, "sealed_up_to": None}

    steps = {
        "proof.json": partial(_with, unseal),
        "manifest.json": partial(_with, forget),
    }
    copy = mended(files.rewritten(exported, steps).getvalue())
    assert verify_file(copy).ok  # it does not contradict itself
    root = DailyRoot.objects.latest("day")
    for known in ({"seal": root.seal}, {"published": {f"{root.day}": root.seal}}):
        assert kinds(verify_file(copy, **known)) == {"not_proved"}


def _with(change: Callable[[Any], None], content: bytes) -> bytes:
    value = json.loads(content)
    change(value)
    return json.dumps(value).encode()


def test_no_flipped_bit_passes_unnoticed(exported: bytes) -> None:
    whole = zipfile.ZipFile(io.BytesIO(exported))
    contents = {name: whole.read(name) for name in whole.namelist() if name != "manifest.json"}

    @given(place=st.integers(0, len(exported) - 1), bit=st.integers(0, 7))
    @settings(max_examples=150)
    def flip(place: int, bit: int) -> None:
        copy = bytearray(exported)
        copy[place] ^= 1 << bit
        try:
            report = verify_file(io.BytesIO(bytes(copy)))
        except NotACaseFile:
            return
        if report.ok:  # the bit lies where nothing of the file is: a time stamp, the manifest's own wording
            kept = zipfile.ZipFile(io.BytesIO(bytes(copy)))
            assert {name: kept.read(name) for name in contents} == contents

    flip()


def test_a_changed_manifest_is_named(exported: bytes) -> None:
    report = changed(exported, "manifest.json", lambda m: m["steps"].pop(), listed=False)
    assert kinds(report) == {"altered_manifest"}


@pytest.mark.parametrize("listed", [False, True])
def test_another_bound_pdf_is_named_even_when_the_manifest_is_mended(exported: bytes, listed: bool) -> None:
    whole = zipfile.ZipFile(io.BytesIO(exported))
    if layout.ASSEMBLED not in whole.namelist():
        pytest.skip("no bound PDF without a Chinese font")
    copy = files.rewritten(exported, {layout.ASSEMBLED: lambda content: content + b"%forged"})
    report = verify_file(mended(copy.getvalue()) if listed else copy)
    assert {(problem.kind, problem.where) for problem in report.problems} == {("altered_file", "file.pdf")}


def test_a_bound_pdf_taken_out_is_missed(exported: bytes) -> None:
    whole = zipfile.ZipFile(io.BytesIO(exported))
    if layout.ASSEMBLED not in whole.namelist():
        pytest.skip("no bound PDF without a Chinese font")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as copy:
        for name in whole.namelist():
            if name != layout.ASSEMBLED:
                copy.writestr(name, whole.read(name))
    assert kinds(verify_file(mended(out.getvalue()))) == {"altered_file"}


def test_a_manifest_with_other_words_is_named_without_a_database(exported: bytes) -> None:
    report = changed(exported, "manifest.json", lambda m: m.update(exported_by="somebody"), listed=False)
    assert kinds(report) == {"altered_manifest"}


def test_a_copy_whose_export_is_not_in_the_ledger_part_is_named(exported: bytes) -> None:
    report = changed(exported, "proof.json", lambda proof: proof["unsealed"].clear())
    assert kinds(report) == {"missing_entry"}


def test_a_copy_of_before_says_that_its_bound_pdf_is_vouched_for_by_the_manifest_alone(
    exported: bytes,
) -> None:
    def older(manifest: Any) -> None:
        del manifest["recorded"]

    steps = {
        "proof.json": partial(_with, lambda proof: proof["unsealed"].clear()),
        "manifest.json": partial(_with, older),
    }
    report = verify_file(mended(files.rewritten(exported, steps).getvalue()))
    assert report.ok
    assert any("合订" in note for note in report.notes)


def test_a_summary_that_says_otherwise_than_the_steps_is_named(exported: bytes) -> None:
    report = changed(exported, "case.json", lambda case: case["parties"][0].update(name="李大明"))
    assert kinds(report) == {"altered_summary"} and "当事人" in report.problems[0].text


# --- what is no such file -----------------------------------------------------------------------------
def made_zip(**parts: bytes) -> io.BytesIO:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("_", "."), content)
    return out


@pytest.mark.parametrize(
    "given",
    [
        io.BytesIO(b"no zip"),
        io.BytesIO(b""),
        made_zip(other_txt=b"x"),
        made_zip(manifest_json=b"{"),
        made_zip(manifest_json=b"[]"),
        made_zip(manifest_json=b'{"format": "chengshu-case-file/1", "case": {"chain": "x"}}'),
        made_zip(manifest_json=b"[" * 100_000),
    ],
)
def test_what_is_no_exported_file_is_refused_in_one_sentence(given: io.BytesIO) -> None:
    with pytest.raises(NotACaseFile):
        verify_file(given)


def test_a_zip_bomb_is_not_opened(exported: bytes) -> None:
    out = io.BytesIO(exported)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("evidence/100-bomb", bytes(20 << 20))
    with pytest.raises(NotACaseFile):
        verify_file(out)
    with pytest.raises(NotACaseFile):
        verify_file(io.BytesIO(exported), limits=Limits(unpacked=100))
    with pytest.raises(NotACaseFile):
        verify_file(io.BytesIO(exported), limits=Limits(file=100))


def test_parts_of_the_wrong_shape_are_problems_not_faults(exported: bytes) -> None:
    for name in ("steps.json", "proof.json", "case.json"):
        for value in (b"[1, null]", b"{}", b"null", b'"x"', b"nonsense", b'[{"document": {"seq": true}}]'):
            report = verify_file(files.rewritten(exported, {name: partial(_as, value)}))
            assert not report.ok
    odd = b'{"sealed": {"day": {"day": 1, "chains": "x"}, "entries": [{"seq": "1"}]}, "unsealed": 3}'
    assert not verify_file(files.rewritten(exported, {"proof.json": partial(_as, odd)})).ok


# --- the command --------------------------------------------------------------------------------------
@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    monkeypatch.setattr("chengshu.config.commands.ledger.setup_django", lambda **_: None)
    return lambda *arguments: CliRunner().invoke(command, ["verify", *map(str, arguments)])


def test_the_command_checks_a_file(exported: bytes, run: Callable[..., Any], tmp_path: Path) -> None:
    file = tmp_path / "case.zip"
    file.write_bytes(exported)
    root = DailyRoot.objects.latest("day")
    roots = tmp_path / "roots.json"
    roots.write_text(json.dumps({"roots": [{"day": f"{root.day}", "seal": root.seal}]}))
    assert run(file).exit_code == 0
    checked = json.loads(run(file, "--published", roots, "--json").output)
    assert checked["ok"] and checked["compared"] and checked["seal"] == root.seal
    assert run(file, "--seal", "0" * 64).exit_code == 1
    file.write_bytes(files.rewritten(exported, {EVIDENCE: lambda _content: None}).getvalue())
    spoilt = run(file)
    assert spoilt.exit_code == 1 and "照片1" in spoilt.output


def test_the_command_refuses_what_is_no_file_of_a_case(run: Callable[..., Any], tmp_path: Path) -> None:
    from chengshu.config.problems import Problem

    other = tmp_path / "other.zip"
    other.write_bytes(b"no zip")
    result = run(other)
    assert isinstance(result.exception, Problem) and "other.zip" in str(result.exception)
