"""The pages of documents: list, draft, wording in place, freezing, files."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from docx import Document as Word

from chengshu.bureau.models import Unit
from chengshu.reports.documents import writing
from chengshu.reports.documents.standing import standing
from chengshu.reports.models import Document
from tests import factories
from tests.reports.writing import YEAR, Office, office, one_yuan_more, part_with, signed_in

TOTAL = "全年办理行政处罚案件"


@pytest.fixture
def at(db: None) -> Office:
    return office()


@pytest.fixture
def draft(at: Office) -> Document:
    return at.draft()


@pytest.fixture
def writer(at: Office) -> Client:
    return signed_in(at.writer)


def page(client: Client, document: Document) -> str:
    return text(client.get(reverse("reports:document", args=[document.pk])))


def paper(client: Client, document: Document) -> str:
    """The document itself, without what stands around it."""
    return page(client, document).partition("<article")[2].partition("</article>")[0]


def text(answer: Any) -> str:
    return str(answer.content.decode())


def url(name: str, document: Document, *more: int | str) -> str:
    return reverse(f"reports:{name}", args=[document.pk, *more])


def test_a_writer_begins_a_document_on_its_page(at: Office, writer: Client) -> None:
    new = reverse("reports:document_new")
    sent = {
        "kind": "annual",
        "period": "2020",
        "squad": "",
        "title": "",
        "word": "普城管",
        "year": 2021,
        "seq": 3,
    }
    answer = writer.post(new, sent)
    document = Document.objects.get()
    assert answer.status_code == 302 and answer["Location"] == url("document", document)
    shown = page(writer, document)
    assert "普城管〔2021〕3号" in shown and "2020年工作总结" in shown
    refused = writer.post(new, {**sent, "period": "gestern"})
    assert refused.status_code == 422 and "不是有效时段" in text(refused)
    assert "已被其他文稿使用" in text(writer.post(new, sent))


def test_the_list_is_three_queries_however_long(at: Office, writer: Client) -> None:
    where = reverse("reports:documents")
    writer.get(where)
    for _n in range(3):
        at.draft()
    with CaptureQueriesContext(connection) as few:
        assert text(writer.get(where)).count("data-href") == 3
    assert len(few) <= 3, [query["sql"] for query in few]


def test_every_number_of_the_draft_opens_its_records(draft: Document, writer: Client) -> None:
    shown = page(writer, draft)
    total = standing(draft).report.numbers()["cases_total"].value
    assert f'href="{reverse("reports:records", args=["cases_total"])}?period=2020">{total}</a>' in shown
    assert f'href="{reverse("reports:figure", args=["random_completion"])}?period=2020"' in shown or (
        standing(draft).report.numbers()["random_completion"].value is None
    )


def test_the_wording_is_edited_in_place(draft: Document, writer: Client) -> None:
    part = part_with(draft, TOTAL)
    where = url("part", draft, part.pk)
    form = text(writer.get(where, headers={"HX-Request": "true"}))
    assert "<textarea" in form and "{cases_total}" in form and "<html" not in form
    assert "<html" in text(writer.get(where))
    sent = {"text": "本局办案{cases_total}件。", "version": part.version}
    total = standing(draft).report.numbers()["cases_total"].value
    assert f">{total}</a>" in text(writer.post(url("part_preview", draft, part.pk), sent))
    answer = writer.post(where, sent)
    assert answer["Location"] == f"{url('document', draft)}#part-{part.pk}"
    assert "本局办案" in page(writer, draft)
    assert writer.post(where, {**sent, "text": "再改。"}).status_code == 422  # the version seen is an old one


def test_a_refusal_is_shown_beside_the_wording_that_was_typed(draft: Document, writer: Client) -> None:
    part = part_with(draft, TOTAL)
    sent = {"text": "共{cases_totl}件。", "version": part.version}
    answer = writer.post(url("part", draft, part.pk), sent)
    assert answer.status_code == 422
    assert "没有“cases_totl”这一指标" in text(answer) and "共{cases_totl}件。" in text(answer)
    assert "没有“cases_totl”这一指标" in text(writer.post(url("part_preview", draft, part.pk), sent))


def test_paragraphs_are_added_moved_restored_and_removed(draft: Document, writer: Client) -> None:
    part = part_with(draft, TOTAL)
    writer.post(url("part_add", draft, part.pk), {"kind": "p", "text": "增加一段。"})
    made = part_with(draft, "增加一段")
    writer.post(url("part_move", draft, made.pk), {"way": "up"})
    assert paper(writer, draft).index("增加一段") < paper(writer, draft).index(TOTAL)
    writer.post(url("part_remove", draft, made.pk))
    assert "增加一段" not in paper(writer, draft)
    writing.reword(part, "改了。", by=draft.author, expected=None)
    writer.post(url("part_restore", draft, part.pk))
    assert TOTAL in paper(writer, draft)
    assert writer.post(url("part_add", draft, part.pk), {"kind": "p", "text": ""}).status_code == 422


def test_a_changed_number_is_shown_as_old_and_new_until_noted(draft: Document, writer: Client) -> None:
    assert 'id="changed"' not in page(writer, draft)
    one_yuan_more()
    shown = page(writer, draft)
    assert 'id="changed"' in shown and "+1" in shown
    now = standing(Document.objects.get(pk=draft.pk))
    writer.post(url("document_note", draft), {"seen": "older"})
    assert 'id="changed"' in page(writer, draft)
    writer.post(url("document_note", draft), {"seen": now.seen})
    assert 'id="changed"' not in page(writer, draft)


def test_a_number_that_changes_in_the_text_is_marked_there(draft: Document, writer: Client) -> None:
    part = part_with(draft, TOTAL)
    writing.reword(part, "罚款{fines_total}元。", by=draft.author, expected=None)
    old = standing(draft).report.numbers()["fines_total"].value
    one_yuan_more()
    shown = page(writer, draft)
    assert f"<del>{old:.0f}</del>" in shown and f">{(old or 0) + 1:.0f}</a>" in shown


def test_a_typed_number_is_confirmed_on_the_page(draft: Document, writer: Client) -> None:
    part = part_with(draft, TOTAL)
    writing.reword(part, "增援98765人次。", by=draft.author, expected=None)
    assert "98765为手工填写" in page(writer, draft)
    writer.post(url("part_accept", draft, part.pk), {"number": "98765"})
    assert "98765为手工填写" not in page(writer, draft)


def test_a_leader_freezes_and_the_files_stay_the_same(at: Office, draft: Document, writer: Client) -> None:
    leader = signed_in(at.leader)
    assert writer.post(url("document_freeze", draft)).status_code == 403
    assert "定稿后" in page(leader, draft)
    leader.post(url("document_freeze", draft), {"seen": standing(draft).seen})
    names = ("docx", "pdf", "csv")
    before = {one: b"".join(writer.get(url("document_file", draft, one)).streaming_content) for one in names}
    total = Document.objects.get(pk=draft.pk).figures.get(indicator="cases_total", period_code="2020").value
    words = "\n".join(each.text for each in Word(io.BytesIO(before["docx"])).paragraphs)
    assert f"{TOTAL}{total:.0f}件" in words and before["pdf"].startswith(b"%PDF")
    one_yuan_more()
    after = {one: b"".join(writer.get(url("document_file", draft, one)).streaming_content) for one in names}
    assert before == after
    shown = page(writer, draft)
    assert "现为" in shown and "<textarea" not in shown and "已定稿" in shown
    answer = writer.get(url("part", draft, draft.parts.all()[0].pk), follow=True)
    assert "不再修改" in text(answer)


def test_a_draft_is_to_be_had_as_a_file_with_the_numbers_of_now(draft: Document, writer: Client) -> None:
    answer = writer.get(url("document_file", draft, "csv"))
    assert "cases_total," in text(answer) and "attachment" in answer["Content-Disposition"]
    word = Word(io.BytesIO(writer.get(url("document_file", draft, "docx")).content))
    assert any(TOTAL in each.text for each in word.paragraphs)
    assert writer.get(url("document_file", draft, "exe")).status_code == 404


def test_title_and_number_are_changed_and_a_draft_thrown_away(draft: Document, writer: Client) -> None:
    head = {"title": "另一个标题", "word": "普城管", "year": 2021, "seq": 9, "version": draft.version}
    writer.post(url("document_head", draft), head)
    shown = page(writer, draft)
    assert "另一个标题" in shown and "普城管〔2021〕9号" in shown
    assert writer.post(url("document_head", draft), {**head, "version": 1}).status_code == 422
    draft.refresh_from_db()
    writer.post(url("document_discard", draft), {"version": draft.version})
    assert not Document.objects.exists()


def test_a_squad_leader_sees_the_squads_documents_alone(at: Office, draft: Document) -> None:
    squad = factories.unit(at.district, Unit.Kind.SQUAD, "长寿路街道")
    mine = writing.begin(at.district, "annual", YEAR, by=at.writer, squad=squad)
    leader = signed_in(factories.make_user("squad_leader", squad))
    assert leader.get(url("document", draft)).status_code == 404
    assert leader.get(url("document", mine)).status_code == 200
    assert text(leader.get(reverse("reports:documents"))).count("data-href") == 1


def test_another_districts_documents_are_not_there(at: Office, draft: Document) -> None:
    other = factories.make_other_district()
    stranger = signed_in(factories.make_user("analyst", factories.unit(other)))
    assert stranger.get(url("document", draft)).status_code == 404
    assert stranger.post(url("part_remove", draft, draft.parts.all()[0].pk)).status_code == 404


def test_a_document_with_a_red_head_bears_a_number(draft: Document, writer: Client) -> None:
    asked = {"title": draft.title, "version": draft.version, "red_head": "on"}
    refused = writer.post(url("document_head", draft), asked)
    assert refused.status_code == 422 and "采用版头格式的文稿应有发文字号" in text(refused)
    assert "公文红头" not in styles(file(writer, draft, "docx"))

    asked |= {"word": "普城管", "year": "2021", "seq": "3"}
    assert writer.post(url("document_head", draft), asked).status_code == 302
    draft.refresh_from_db()
    assert draft.red_head
    assert "sheet-head" in paper(writer, draft) and "checked" in text(writer.get(url("document_head", draft)))
    assert "公文红头" in styles(file(writer, draft, "docx"))

    writer.post(url("document_head", draft), {**asked, "version": draft.version, "red_head": ""})
    assert "公文红头" not in styles(file(writer, draft, "docx"))


def test_a_final_document_keeps_its_red_head(at: Office, draft: Document, writer: Client) -> None:
    asked = {"title": "总结", "word": "普城管", "year": "2021", "seq": "3", "red_head": "on"}
    writer.post(url("document_head", draft), {**asked, "version": draft.version})
    frozen = at.freeze(Document.objects.get(pk=draft.pk))
    assert "公文红头" in styles(file(writer, frozen, "docx"))
    Unit.objects.filter(district=at.district, kind=Unit.Kind.BUREAU).update(name="改名后的局")
    assert frozen.head and f"<p>{frozen.head}</p>" in paper(writer, frozen)
    assert "改名后的局" not in paper(writer, frozen)


def file(client: Client, document: Document, ending: str) -> bytes:
    """A file of the document as it is given out."""
    answer: Any = client.get(reverse("reports:document_file", args=[document.pk, ending]))
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def styles(docx: bytes) -> set[str]:
    """Names of the styles that its paragraphs have."""
    return {str(each.style.name) for each in Word(io.BytesIO(docx)).paragraphs if each.style}
