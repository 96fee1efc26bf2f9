"""A document is begun, worded and kept right while its numbers live."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from chengshu.kernel.indicators.periods import Period
from chengshu.kernel.models import LedgerEntry
from chengshu.reports.documents import checking, writing
from chengshu.reports.documents.base import WritingProblem, kinds
from chengshu.reports.documents.standing import standing
from chengshu.reports.documents.writing import Number
from chengshu.reports.models import Document
from chengshu.reports.template import template
from tests import factories
from tests.reports.writing import YEAR, Office, office, one_yuan_more, part_with

TOTAL = "全年办理行政处罚案件"


@pytest.fixture
def at(db: None) -> Office:
    return office()


@pytest.fixture
def draft(at: Office) -> Document:
    return at.draft()


def said(document: Document) -> str:
    return "\n".join(block.text for block in standing(document).report.blocks)


def reword(at: Office, document: Document, words: str, text: str) -> None:
    part = part_with(document, words)
    writing.reword(part, text, by=at.writer, expected=part.version)


def test_a_draft_begins_with_the_shipped_wording_and_the_numbers_of_now(at: Office, draft: Document) -> None:
    total = standing(draft).report.numbers()["cases_total"].value
    assert f"{TOTAL}{total}件" in said(draft)
    assert draft.title == "普陀区城市管理行政执法局2020年工作总结"
    assert not any(part.edited for part in draft.parts.all())
    assert standing(draft).changed == () and checking.faults(standing(draft)) == []
    assert LedgerEntry.objects.get(chain=draft.chain).action == "begin"


def test_only_a_writer_begins_a_document(at: Office) -> None:
    with pytest.raises(PermissionDenied):
        writing.begin(at.district, "annual", YEAR, by=at.leader)
    with pytest.raises(WritingProblem, match="没有这种文稿"):
        writing.begin(at.district, "unheard_of", YEAR, by=at.writer)


def test_two_documents_never_bear_one_number(at: Office) -> None:
    number = Number("普城管", 2021, 3)
    first = writing.begin(at.district, "annual", YEAR, by=at.writer, number=number)
    assert first.number == "普城管〔2021〕3号"
    with pytest.raises(WritingProblem, match="普城管〔2021〕3号"):
        writing.begin(at.district, "annual", YEAR, by=at.writer, number=number)
    with pytest.raises(WritingProblem, match="三部分"):
        writing.change_head(first, "总结", Number("普城管"), by=at.writer, expected=first.version)


def test_a_sentence_is_worded_anew_and_goes_back_to_the_template(at: Office, draft: Document) -> None:
    reword(
        at, draft, TOTAL, "本局共办案{cases_total}件。\n[cases_total > 0] 其中简易程序{cases_simple:汉字}件。"
    )
    assert "本局共办案" in said(draft) and TOTAL not in said(draft)
    part = part_with(draft, "本局共办案")
    assert part.content["p"][1] == {"if": "cases_total > 0", "say": "其中简易程序{cases_simple:汉字}件。"}
    writing.restore(part, by=at.writer)
    assert TOTAL in said(draft)


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("共{cases_totl}件。", "没有“cases_totl”这一指标"),
        ("共{cases_total:百}件。", "“百”不是数字的写法"),
        ("较上年{cases_total:同比}。", "没有可比的前期数"),
        ("共{cases_total件。", "不是占位符"),
        ("[cases_total much] 多。", "不是条件"),
        ("  ", "请填写"),
    ],
)
def test_wording_that_cannot_be_said_is_refused_in_one_sentence(
    at: Office, draft: Document, text: str, refusal: str
) -> None:
    with pytest.raises(WritingProblem, match=refusal):
        reword(at, draft, TOTAL, text)


def test_a_shipped_sentence_whose_figure_is_not_counted_yet_does_not_stand_in_the_way(
    at: Office, draft: Document
) -> None:
    reword(at, draft, "转运专班", "今年{cases_total}件。\n[transfer_errors = 0] 全年转运零差错。")
    assert "今年" in said(draft) and "零差错" not in said(draft)


def test_two_writers_at_one_paragraph_the_second_is_told(at: Office, draft: Document) -> None:
    part = part_with(draft, TOTAL)
    writing.reword(part, "甲写{cases_total}件。", by=at.writer, expected=part.version)
    with pytest.raises(WritingProblem, match="他人已作修改"):
        writing.reword(part, "乙写{cases_total}件。", by=at.colleague, expected=part.version)
    other = part_with(draft, "免罚")
    writing.reword(other, "乙写{exempt_cases}件。", by=at.colleague, expected=other.version)
    assert "甲写" in said(draft) and "乙写" in said(draft)


def test_every_change_stands_in_the_documents_chain_of_the_ledger(at: Office, draft: Document) -> None:
    reword(at, draft, TOTAL, "本局办案{cases_total}件，增援98765人次。")
    part = part_with(draft, "本局办案")
    writing.accept(part, "98765", by=at.writer)
    writing.restore(part, by=at.colleague)
    entries = LedgerEntry.objects.filter(chain=draft.chain).order_by("seq")
    assert [one.action for one in entries] == ["begin", "reword", "accept", "restore"]
    assert "本局办案" in entries[1].payload["words"] and entries[3].actor == at.colleague.username


def test_parts_are_added_moved_and_removed(at: Office, draft: Document) -> None:
    first, second = draft.parts.order_by("position")[:2]
    made = writing.add(draft, "p", "开头{cases_total}件。", by=at.writer, after=first.pk)
    order = [part.pk for part in draft.parts.order_by("position")]
    assert order[:3] == [first.pk, made.pk, second.pk]
    writing.move(made, False, by=at.writer)
    writing.move(made, False, by=at.writer)  # at the beginning nothing happens
    assert draft.parts.order_by("position")[0].pk == made.pk
    writing.remove(made, by=at.writer)
    with pytest.raises(WritingProblem, match="已不存在"):
        writing.reword(made, "晚了。", by=at.writer, expected=None)
    table = writing.add(draft, "table", "{cases_total}\n{fines_total:万.2}", by=at.writer, caption="简表")
    assert table.content["table"][1] == {"figure": "fines_total", "form": "万.2"}
    with pytest.raises(WritingProblem, match="标题中不写指标"):
        writing.add(draft, "h1", "共{cases_total}件", by=at.writer)


def test_one_yuan_more_changes_exactly_the_sums_it_is_in_until_it_is_noted(
    at: Office, draft: Document
) -> None:
    case = one_yuan_more()
    now = standing(draft)
    by_id = {one.id: one for one in now.changed}
    assert "fines_total" in by_id and "cases_total" not in by_id
    assert all(one.difference == 1 for one in by_id.values()) and case.fine is not None
    with pytest.raises(WritingProblem, match="文稿已有变化"):
        writing.take_note(draft, by=at.writer, seen="something older")
    writing.take_note(draft, by=at.writer, seen=now.seen)
    draft.refresh_from_db()
    assert standing(draft).changed == ()


def test_an_edited_sentence_does_not_hide_a_change_elsewhere(at: Office, draft: Document) -> None:
    one_yuan_more()
    reword(at, draft, "免罚", "免罚{exempt_cases}件，共立案{cases_total}件。")
    draft.refresh_from_db()
    assert "fines_total" in {one.id for one in standing(draft).changed}


def test_a_typed_number_is_pointed_at_unless_it_is_a_figure_or_confirmed(at: Office, draft: Document) -> None:
    total = standing(draft).report.numbers()["cases_total"].value
    reword(at, draft, TOTAL, f"2020年依据《条例》第12条办案{total}件，增援98765人次。")
    faults = checking.faults(standing(draft))
    assert [fault.number for fault in faults] == ["98765"] and "98765" in faults[0].words
    writing.accept(part_with(draft, "98765"), "98765", by=at.writer)
    assert checking.faults(standing(draft)) == []


def test_a_period_that_is_not_over_is_not_compared_with_a_whole_one(at: Office) -> None:
    this = YEAR.year(timezone.localdate().year)
    document = writing.begin(at.district, "annual", this, by=at.writer)
    with pytest.raises(WritingProblem, match="没有可比的前期数"):
        reword(at, document, TOTAL, "较上年{cases_total:同比}。")


def test_a_kind_of_document_has_its_period_and_place(at: Office) -> None:
    with pytest.raises(WritingProblem, match="选择中队"):
        writing.begin(at.district, "squad", YEAR, by=at.writer)
    with pytest.raises(WritingProblem, match="按季度"):
        writing.begin(at.district, "briefing", YEAR, by=at.writer)
    for kind in kinds():
        quarter = kind in ("briefing", "squad")
        period = Period.quarter(2020, 4) if quarter and template(kind).length == "quarter" else YEAR
        squad = factories.unit(at.district, "squad", "长寿路街道") if template(kind).of_squad else None
        document = writing.begin(at.district, kind, period, by=at.writer, squad=squad)
        assert "{" not in document.title and checking.faults(standing(document)) == []


def test_a_draft_of_a_squad_counts_the_squad_alone(at: Office) -> None:
    squad = factories.unit(at.district, "squad", "长寿路街道")
    document = writing.begin(at.district, "annual", YEAR, by=at.writer, squad=squad)
    numbers = standing(document).report.numbers()
    whole = standing(at.draft()).report.numbers()
    assert numbers["cases_total"].value < whole["cases_total"].value  # type: ignore[operator]
    assert "random_completion" not in numbers


def test_a_draft_is_thrown_away_and_its_history_stays(at: Office, draft: Document) -> None:
    chain = draft.chain
    with pytest.raises(WritingProblem, match="他人已作修改"):
        writing.discard(draft, by=at.writer, expected=99)
    writing.discard(draft, by=at.writer, expected=draft.version)
    assert not Document.objects.exists()
    assert [one.action for one in LedgerEntry.objects.filter(chain=chain).order_by("seq")] == [
        "begin",
        "discard",
    ]
