"""The file of a case as one zip: what lies in it, in which order, and that taking it out is recorded."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from chengshu.bureau.models import District
from chengshu.cases.exporting import layout
from chengshu.cases.exporting.build import ExportProblem, export_case
from chengshu.cases.models import Case, CaseDocument
from chengshu.kernel import ledger
from chengshu.kernel.files import store
from chengshu.kernel.models import LedgerEntry
from tests import factories
from tests.cases import files

pytestmark = pytest.mark.django_db


@pytest.fixture
def case() -> Any:
    """A closed case of 2021, sealed in the night after it was written."""
    with time_machine.travel(datetime(2021, 12, 1, 4, tzinfo=UTC), tick=False) as clock:
        made = files.make_file(District.objects.get(code="310107"))
        clock.move_to(datetime(2021, 12, 2, 4, tzinfo=UTC))
        ledger.seal_missed()
        yield made


def opened(case: Case, **options: Any) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(export_case(case, by=None, **options).read()))


def test_the_file_holds_steps_proof_originals_and_the_bound_file(case: Case) -> None:
    archive = opened(case)
    names = archive.namelist()
    assert {"manifest.json", "case.json", "steps.json", "proof.json"} <= set(names)
    assert [name for name in names if name.startswith("evidence/")] == [
        "evidence/001-现场照片1.png",
        "evidence/002-现场照片2.png",
    ]
    assert archive.read("evidence/001-现场照片1.png") == files.picture(1)
    steps = json.loads(archive.read("steps.json"))
    assert [step["document"]["seq"] for step in steps] == list(range(1, case.step_count + 1))
    proof = json.loads(archive.read("proof.json"))
    assert len(proof["sealed"]["entries"]) == case.step_count
    assert [entry["action"] for entry in proof["unsealed"]] == [layout.EXPORTED]
    ledger.verify_proof(proof["sealed"])


def test_the_manifest_lists_every_file_with_its_digest(case: Case) -> None:
    archive = opened(case)
    manifest = json.loads(archive.read("manifest.json"))
    assert manifest["format"] == layout.FORMAT
    assert {entry["path"] for entry in manifest["files"]} == set(archive.namelist()) - {"manifest.json"}
    for entry in manifest["files"]:
        content = archive.read(entry["path"])
        assert (entry["sha256"], entry["size"]) == (hashlib.sha256(content).hexdigest(), len(content))
    assert [step["sha256"] for step in manifest["steps"]] == list(
        case.steps.order_by("seq").values_list("digest", flat=True)
    )


def test_the_bound_file_has_numbered_pages_in_the_order_of_the_catalogue(case: Case) -> None:
    pypdf = pytest.importorskip("pypdf")
    archive = opened(case)
    if "file.pdf" not in archive.namelist():
        pytest.skip("no Chinese font is installed")
    catalogue = json.loads(archive.read("catalogue.json"))
    assert [entry["title"] for entry in catalogue] == ["证据照片（视听资料）说明页", "办案过程表"]
    assert catalogue[0]["from"] == 1
    assert all(after["from"] == before["to"] + 1 for before, after in pairwise(catalogue))
    pages = pypdf.PdfReader(io.BytesIO(archive.read("file.pdf"))).pages
    text = [page.extract_text() for page in pages]
    assert "卷宗封面" in text[0].replace(" ", "")
    assert "卷内文件目录" in text[1].replace(" ", "")
    assert len(pages) >= catalogue[-1]["to"] + 3  # cover, catalogue and remarks bear no number


def issue(case: Case, kind: str, pdf: bytes, **values: Any) -> None:
    """An issued document of the case, kept as it is."""
    kept = store(io.BytesIO(pdf), name=f"{kind}.pdf", media_types=())
    CaseDocument.objects.create(
        case=case, kind=kind, pdf=kept, sha256=kept.sha256, issued_at=timezone.now(), **values
    )


def test_documents_are_bound_in_the_statutory_order(case: Case) -> None:
    pdf = pytest.importorskip("chengshu.cases.documents.pdf")
    from chengshu.cases.documents import DocumentFacts, DocumentProblem, compose

    for kind in ("closing_approval", "filing_approval", "penalty_decision"):
        try:
            issue(case, kind, pdf.render_pdf(compose(kind, DocumentFacts())), number=f"号{kind}")
        except DocumentProblem:
            pytest.skip("no Chinese font is installed")
    issue(case, "service_return", b"%PDF-1.7 broken")
    archive = opened(case)
    catalogue = json.loads(archive.read("catalogue.json"))
    assert [entry["title"] for entry in catalogue] == [
        "行政处罚决定书",
        "立案审批表",
        "证据照片（视听资料）说明页",
        "结案审批表",
        "办案过程表",
    ]
    assert json.loads(archive.read("manifest.json"))["not_bound"] == ["送达回证"]
    assert archive.read("documents/004-service_return-v1.pdf") == b"%PDF-1.7 broken"


def test_the_parties_are_named_in_full(case: Case) -> None:
    summary = json.loads(opened(case).read("case.json"))
    assert summary["parties"][0]["name"] == "王小明"
    assert summary["fine"] == "200.00"


def test_what_came_after_the_seal_is_listed_as_not_sealed_yet(case: Case) -> None:
    opened(case)
    again = opened(case)
    proof = json.loads(again.read("proof.json"))
    assert [entry["action"] for entry in proof["unsealed"]] == [layout.EXPORTED] * 2
    assert json.loads(again.read("manifest.json"))["not_sealed_yet"] == 2


def test_taking_the_file_out_is_recorded_on_its_chain_with_the_manifest(case: Case) -> None:
    person = factories.make_user("legal_reviewer")
    content = export_case(case, by=person, reason="复议机关调卷").read()
    archive = zipfile.ZipFile(io.BytesIO(content))
    manifest = json.loads(archive.read("manifest.json"))
    bound = archive.read("file.pdf") if "file.pdf" in archive.namelist() else None
    entry = LedgerEntry.objects.filter(chain=case.chain).latest("seq")
    assert (entry.action, entry.actor) == ("file.exported", person.username)
    assert entry.payload == {
        "content": layout.content_digest(manifest),
        "bound": hashlib.sha256(bound).hexdigest() if bound else "",
        "reason": "复议机关调卷",
    }


def test_a_case_younger_than_the_last_seal_is_exported_unsealed(case: Case) -> None:
    young = files.make_file(District.objects.get(code="310107"), 2)
    proof = json.loads(opened(young).read("proof.json"))
    assert proof["sealed"] is None and len(proof["unsealed"]) == young.step_count + 1


def test_a_day_that_is_not_sealed_is_refused(case: Case) -> None:
    with pytest.raises(ExportProblem, match="2022"):
        export_case(case, date(2022, 5, 1), by=None)


def test_evidence_whose_original_is_not_kept_is_named(case: Case) -> None:
    from chengshu.cases.services.bulk import WholeFile, write_files

    district = District.objects.get(code="310107")
    steps = files.general_file(files.plan(7))
    (bare,) = write_files(district, [WholeFile(steps, number="普城管立〔2021〕第000007号")], by=None)
    manifest = json.loads(opened(bare).read("manifest.json"))
    assert [entry["title"] for entry in manifest["absent"]] == ["现场检查笔录", "询问笔录"]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("现场 照片.jpg", "evidence/003-现场_照片.jpg"),
        ("../../etc/passwd", "evidence/003-etc_passwd"),
        ("\u202egpj.exe", "evidence/003-gpj.exe"),
        ("。" * 200 + ".jpg", "evidence/003-" + "。" * 76 + ".jpg"),
        ("  ", "evidence/003-file"),
    ],
)
def test_names_can_be_unpacked_anywhere(name: str, path: str) -> None:
    assert layout.entry_name("evidence", 3, name) == path
