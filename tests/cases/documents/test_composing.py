"""What the kinds of documents are, and what each one says."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chengshu.cases.documents import (
    DocumentFacts,
    DocumentProblem,
    as_data,
    compose,
    from_data,
    kind,
    kinds,
    lacking,
)
from chengshu.cases.documents.model import BLANK, Closing, Grid, Paragraphs
from chengshu.cases.documents.samples import sample
from chengshu.cases.documents.words import moment_words

CODES = [each.code for each in kinds()]


def said(code: str, facts: DocumentFacts) -> str:
    """All text of a document."""
    return json.dumps(as_data(compose(code, facts)), ensure_ascii=False)


def test_the_file_has_the_kinds_of_documents_that_the_practice_knows() -> None:
    assert len(CODES) >= 50
    assert len(set(CODES)) == len(CODES)
    words = [each.number for each in kinds() if each.numbered]
    assert len(set(words)) == len(words)
    assert kind("penalty_decision").number == "罚决字"


def test_the_catalogue_puts_the_decision_first_and_the_remarks_last() -> None:
    assert CODES[:2] == ["file_cover", "file_catalogue"]
    assert CODES[-1] == "file_remarks"
    places = {code: CODES.index(code) for code in CODES}
    order = ["penalty_decision", "service_return", "filing_approval", "interview_record", "penalty_notice"]
    assert sorted(order, key=places.__getitem__) == order


def test_an_unknown_kind_is_named() -> None:
    with pytest.raises(DocumentProblem, match="no kind of document “summons”"):
        compose("summons", DocumentFacts())


@pytest.mark.parametrize("code", CODES)
def test_every_kind_is_complete_with_its_sample_and_survives_as_data(code: str) -> None:
    model = compose(code, sample(code), for_issue=True)
    assert model.issued
    assert from_data(json.loads(json.dumps(as_data(model)))) == model
    assert "{" not in said(code, sample(code)).replace('{"', "").replace(": {", "")


@pytest.mark.parametrize("code", CODES)
def test_every_kind_can_be_previewed_without_any_fact(code: str) -> None:
    assert not compose(code, DocumentFacts()).issued


def test_a_missing_fact_is_a_blank_in_text_and_an_empty_cell_in_a_form() -> None:
    model = compose("penalty_decision", DocumentFacts())
    grid = next(each for each in model.sections if isinstance(each, Grid))
    assert {cell.value for row in grid.rows for cell in row} == {""}
    assert any(
        BLANK in text for each in model.sections if isinstance(each, Paragraphs) for text in each.texts
    )


@pytest.mark.parametrize(
    ("code", "article", "fields"),
    [
        (
            "penalty_decision",
            "59",
            "party_name party_address facts evidence breached applied decision_items payment remedies"
            " authority date",
        ),
        (
            "simple_decision",
            "52",
            "facts act_time act_place applied decision_items remedies authority officers",
        ),
        ("penalty_notice", "44", "facts breached applied decision_items statement_days"),
    ],
)
def test_what_the_penalty_law_wants_is_named_when_missing(code: str, article: str, fields: str) -> None:
    with pytest.raises(DocumentProblem) as refused:
        compose(code, DocumentFacts(), for_issue=True)
    assert set(fields.split()) <= set(refused.value.missing), f"行政处罚法 art. {article}"
    assert "kind and content of the penalty" in str(refused.value)


@pytest.mark.parametrize("name", ["party_address", "facts", "evidence", "decision_items", "date", "number"])
def test_one_missing_item_is_enough_to_refuse_a_decision(name: str) -> None:
    facts = sample("penalty_decision")
    empty = () if isinstance(getattr(facts, name), tuple) else None if name == "date" else "  "
    assert lacking("penalty_decision", replace(facts, **{name: empty})) == (name,)


def test_a_fine_needs_its_amount_and_a_warning_does_not() -> None:
    facts = replace(sample("simple_decision"), fine=None)
    assert lacking("simple_decision", facts) == ("fine",)
    warned = replace(facts, decision_items=("警告",), payment="", payment_days=None)
    assert lacking("simple_decision", warned) == ()


def test_remedies_are_stated_from_their_parts_or_in_the_cases_own_words() -> None:
    facts = sample("penalty_decision")
    assert "60日内向示范区人民政府申请行政复议" in said("penalty_decision", facts)
    own = replace(facts, remedies="依照专门规定先行复议。")
    assert "依照专门规定先行复议。" in said("penalty_decision", own)
    assert "remedies" in lacking("penalty_decision", replace(facts, review_days=None))


def test_the_fine_stands_in_capitals_and_figures() -> None:
    facts = replace(sample("penalty_decision"), fine=Decimal("12000.50"))
    assert "人民币壹万贰仟元零伍角整（¥12,000.50）" in said("penalty_decision", facts)


def test_a_shop_stands_by_its_sign_and_its_operator() -> None:
    facts = replace(sample("penalty_decision"), party_kind="shop", party_shop_sign="示例水果店")
    grid = next(each for each in compose("penalty_decision", facts).sections if isinstance(each, Grid))
    labels = [cell.label for row in grid.rows for cell in row]
    assert labels[:2] == ["当事人（字号）", "经营者"]
    assert "示例水果店（经营者：" in said("penalty_notice", facts) + said("rectification_order", facts)


def test_the_seal_stands_over_authority_and_day() -> None:
    closing = compose("penalty_decision", sample("penalty_decision")).sections[-2]
    assert closing == Closing("示范区城市管理行政执法局", "2021年8月20日", seal=True)


def test_moments_are_told_in_the_bureaus_time() -> None:
    assert moment_words(datetime(2021, 7, 20, 1, 5, tzinfo=UTC)) == "2021年7月20日9时05分"
    assert moment_words(date(2021, 7, 20)) == "2021年7月20日"


def test_a_fact_that_looks_like_wording_is_not_read_as_wording() -> None:
    facts = replace(sample("penalty_decision"), facts="{authority}｛{party}")
    assert "{authority}｛{party}" in said("penalty_decision", facts)


@settings(max_examples=25)
@given(text=st.text(max_size=60), code=st.sampled_from(CODES))
def test_no_text_breaks_a_document(text: str, code: str) -> None:
    facts = replace(sample(code), facts=text, party_name=text, defence=text)
    assert from_data(as_data(compose(code, facts))) == compose(code, facts)


def test_a_bureau_changes_the_wording_of_a_kind(own_folder: Path) -> None:
    (own_folder / "wording.yaml").write_text(
        "bodies:\n  interview_notice:\n    parts:\n      - text: 请于{hearing_at}到场。\n      - closing\n",
        encoding="utf-8",
    )
    assert "请于2021年8月18日9时30分到场。" in said("interview_notice", sample("interview_notice"))


@pytest.mark.parametrize(
    ("wording", "message"),
    [
        ("bodies:\n  interview_notice:\n    parts:\n      - text: '{hearing_day}'\n", "hearing_day"),
        ("bodies:\n  interview_notice:\n    parts:\n      - shout: x\n", "shout"),
        ("bodies: [\n", "wording.yaml cannot be read"),
        ("bodies: 7\n", "wording.yaml cannot be read"),
    ],
)
def test_a_wording_that_cannot_be_used_is_refused_in_one_sentence(
    own_folder: Path, wording: str, message: str
) -> None:
    (own_folder / "wording.yaml").write_text(wording, encoding="utf-8")
    with pytest.raises(DocumentProblem, match=message) as refused:
        compose("interview_notice", DocumentFacts())
    assert "\n" not in str(refused.value)
