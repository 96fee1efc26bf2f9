"""The .docx that is edited before issue."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document
from docx.oxml.ns import qn

from chengshu.cases.documents import DocumentFacts, DocumentProblem, compose, kinds
from chengshu.cases.documents.docx import TEMPLATES, render_docx
from chengshu.cases.documents.docx_base import STYLES, write_base
from chengshu.cases.documents.samples import sample


def text_of(data: bytes) -> str:
    """All text of a .docx, its head and foot and its tables."""
    document = Document(BytesIO(data))
    parts = ["".join(each.itertext(qn("w:t"))) for each in document.element.body.iter(qn("w:p"))]
    for section in document.sections:
        parts += [each.text for area in (section.header, section.footer) for each in area.paragraphs]
    return "\n".join(parts)


@pytest.mark.parametrize("code", [each.code for each in kinds()])
def test_every_kind_opens_in_word_with_its_title(code: str) -> None:
    model = compose(code, sample(code), for_issue=True)
    text = text_of(render_docx(model))
    assert model.title in text
    assert "{{" not in text
    assert "草稿" not in text


def test_an_empty_draft_says_that_it_is_one() -> None:
    assert "草稿" in text_of(render_docx(compose("penalty_decision", DocumentFacts())))


def test_values_are_text_and_never_fields_or_markup() -> None:
    odd = "{{number}} <w:b/> &amp; ]#$ \x00\x07"
    facts = replace(sample("penalty_decision"), facts=odd, authority="{{title}}")
    text = text_of(render_docx(compose("penalty_decision", facts)))
    assert "{{number}} <w:b/> &amp; ]#$" in text
    assert "{{title}}" in text


def test_the_styles_are_there_for_the_bureau_to_change() -> None:
    styles = {style.name for style in Document(str(TEMPLATES / "base.docx")).styles}
    assert set(STYLES) <= styles


def test_a_bureaus_template_goes_before_for_its_kind(own_folder: Path) -> None:
    write_base(own_folder / "base.docx")
    changed = Document(str(own_folder / "base.docx"))
    changed.add_paragraph("本机关地址：示例路100号")
    changed.save(str(own_folder / "rectification_order.docx"))
    order = compose("rectification_order", sample("rectification_order"))
    assert "本机关地址" in text_of(render_docx(order))
    assert "本机关地址" not in text_of(render_docx(compose("cease_order", sample("cease_order"))))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: path.write_bytes(b"no zip"), "is not a .docx file"),
        (lambda path: Document().save(str(path)), "no paragraph {{body}}"),
        (lambda path: with_body_only(path), "lacks a style"),
    ],
)
def test_a_template_that_cannot_be_used_is_refused_in_one_sentence(
    own_folder: Path, make: object, message: str
) -> None:
    assert callable(make)
    make(own_folder / "base.docx")
    with pytest.raises(DocumentProblem, match=message):
        render_docx(compose("cease_order", sample("cease_order")))


def with_body_only(path: Path) -> None:
    """A template without the styles."""
    document = Document()
    document.add_paragraph("{{body}}")
    document.save(str(path))
