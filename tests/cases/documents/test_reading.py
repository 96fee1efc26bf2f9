"""A draft's Word file read back: what somebody types into a field is what comes out, and nothing else."""

from __future__ import annotations

import zipfile
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from chengshu.cases.documents import DocumentProblem, compose, kinds
from chengshu.cases.documents.docx import render_docx
from chengshu.cases.documents.editing import changes, compose_edited, edited, spots
from chengshu.cases.documents.reading import MAIN, W, read_docx
from chengshu.cases.documents.samples import sample

DRAFT = compose("interview_record", sample("interview_record"))
SPOTS = list(spots(DRAFT))
WORD_FILE = render_docx(DRAFT)
TYPED = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co", "Zl", "Zp", "Zs")), min_size=1
)


def typed(path: str, text: str) -> BytesIO:
    """The Word file with other text in one field."""
    made = BytesIO()
    with zipfile.ZipFile(BytesIO(WORD_FILE)) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if name == MAIN:
                root = etree.fromstring(part)
                for field in root.iter(f"{W}sdt"):
                    if field.find(f"{W}sdtPr/{W}tag").get(f"{W}val").split(".", 3)[3] == path:
                        first, *others = field.iter(f"{W}t")
                        first.text = text
                        for other in others:
                            other.text = ""
                        for line in [*field.iter(f"{W}br")]:
                            line.getparent().remove(line)
                part = etree.tostring(root)
            new.writestr(name, part)
    made.seek(0)
    return made


@settings(max_examples=40, deadline=None)
@given(spot=st.sampled_from(SPOTS), text=TYPED)
def test_what_is_typed_into_a_field_is_what_is_read(spot: object, text: str) -> None:
    path, before = spot.path, spot.text  # type: ignore[attr-defined]
    read = read_docx(typed(path, text), DRAFT)
    assert read.edits == ({path: text} if text != before.strip() else {})
    assert not read.outside
    assert [change.path for change in changes(DRAFT, read.edits)] == list(read.edits)


@pytest.mark.parametrize("code", [each.code for each in kinds()])
def test_an_untouched_word_file_of_every_kind_changes_nothing(code: str) -> None:
    draft = compose(code, sample(code))
    read = read_docx(BytesIO(render_docx(draft)), draft)
    assert (read.edits, read.outside) == ({}, False)
    assert edited(draft, read.edits) == draft


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=400))
def test_any_other_bytes_are_refused_in_one_sentence(data: bytes) -> None:
    with pytest.raises(DocumentProblem):
        read_docx(BytesIO(data), DRAFT)


def test_what_is_issued_is_the_edited_text_without_the_mark_of_a_draft() -> None:
    facts = sample("enforcement_advice")
    draft = compose("enforcement_advice", facts)
    last = next(spot for spot in spots(draft) if "研究落实" in spot.text)
    made = compose_edited("enforcement_advice", facts, {last.path: "请于十日内落实。\n请附照片。"})
    assert made.issued
    assert "请附照片。" in str(made.sections)
