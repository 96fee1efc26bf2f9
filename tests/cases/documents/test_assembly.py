"""A whole case file as one PDF."""

from __future__ import annotations

from io import BytesIO

import pytest
from pypdf import PdfReader, PdfWriter

from chengshu.cases.documents import DocumentProblem, compose
from chengshu.cases.documents import sign as signing
from chengshu.cases.documents.assembly import FilePart, assemble_pdf
from chengshu.cases.documents.pdf import render_pdf
from chengshu.cases.documents.samples import sample
from tests.cases.documents.conftest import page_texts

pytestmark = pytest.mark.usefixtures("chinese_font")


def part(code: str) -> FilePart:
    """One document of the file."""
    facts = sample(code)
    model = compose(code, facts, for_issue=True)
    return FilePart(model.title, render_pdf(model), model.number, facts.date)


@pytest.fixture(scope="module")
def parts() -> list[FilePart]:
    """Decision, return of service, interview."""
    return [part(code) for code in ("penalty_decision", "service_return", "interview_record")]


def test_the_catalogue_gives_the_pages_on_which_the_documents_stand(parts: list[FilePart]) -> None:
    pages = page_texts(assemble_pdf(parts, facts=sample("file_cover")))
    assert "卷宗封面" in pages[0]
    assert "本卷页数6" in pages[0]
    assert "1行政处罚决定书示区城管罚决字" in pages[1]
    assert "1-3" in pages[1] and "5-6" in pages[1]
    body = pages[2:]
    assert [at for at, page in enumerate(body, 1) if "送达回证" in page and "受送达人" in page] == [4]
    for number, page in enumerate(body, 1):
        assert page.startswith(str(number)) or page.endswith(str(number))


def test_without_facts_the_file_is_its_parts_alone(parts: list[FilePart]) -> None:
    made = assemble_pdf(parts, page_numbers=False)
    assert page_texts(made) == [text for each in parts for text in page_texts(each.pdf)]
    assert assemble_pdf(parts, page_numbers=False) == made


def test_the_look_of_a_signature_stays_on_the_page() -> None:
    model = compose("simple_decision", sample("simple_decision"), for_issue=True)
    signed = signing.issue_pdf(model, signing.test_signer())
    made = assemble_pdf([FilePart(model.title, signed)])
    assert "testcertificate" in page_texts(made)[0]
    assert not PdfReader(BytesIO(made)).get_fields()


def test_a_rotated_scan_gets_its_number_upright() -> None:
    writer = PdfWriter()
    writer.add_blank_page(842, 595).rotate(90)
    out = BytesIO()
    writer.write(out)
    page = PdfReader(BytesIO(assemble_pdf([FilePart("扫描件", out.getvalue())]))).pages[0]
    assert page.rotation == 0
    assert float(page.mediabox.height) > float(page.mediabox.width)
    assert page.extract_text().strip() == "1"


@pytest.mark.parametrize("data", [b"", b"hello", b"%PDF-1.7\n%%EOF"])
def test_a_part_that_is_no_pdf_is_named(data: bytes) -> None:
    with pytest.raises(DocumentProblem, match="“扫描件” is not a PDF"):
        assemble_pdf([FilePart("扫描件", data)])


def test_a_file_without_documents_is_refused() -> None:
    with pytest.raises(DocumentProblem, match="no document yet"):
        assemble_pdf([])
