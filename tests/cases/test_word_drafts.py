"""Drafts edited in Word: read back field by field, shown, accepted, issued; uploads are distrusted."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from docx import Document

from chengshu.cases.documents import from_data
from chengshu.cases.models import Case, CaseDocument, DocumentDraft
from chengshu.cases.services.documents import facts_of
from chengshu.kernel.models import LedgerEntry
from tests.cases.conftest import Team
from tests.cases.pages import browser
from tests.cases.test_services import on_the_spot, reported

pytestmark = pytest.mark.django_db
REPORT = "investigation_report"
MAIN = "word/document.xml"


def word_file(client: Client, case: Case, kind: str = REPORT, **query: str) -> bytes:
    """The Word file of a draft."""
    return client.get(reverse("cases:document", args=[case.pk, kind]), {"as": "docx", **query}).content


def rewritten(data: bytes, change: Callable[[str], str]) -> bytes:
    """The Word file after somebody worked on its text."""
    made = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, change(part.decode()).encode() if name == MAIN else part)
    return made.getvalue()


def upload(client: Client, case: Case, data: bytes, kind: str = REPORT, **more: str) -> Any:
    """Hand a Word file in."""
    file = SimpleUploadedFile("草稿.docx", data)
    return client.post(reverse("cases:document_draft", args=[case.pk, kind]), {"file": file, **more})


def accept(client: Client, case: Case, answer: Any, kind: str = REPORT, **more: str) -> Any:
    """Take over what was shown."""
    sent = {"kept": answer.context["note"], **more}
    return client.post(reverse("cases:draft_accept", args=[case.pk, kind]), sent, follow=True)


def saved_by_an_office_program(data: bytes) -> bytes:
    """The same file after another program opened and saved it."""
    out = BytesIO()
    Document(BytesIO(data)).save(out)
    return out.getvalue()


def facts_changed(data: bytes, to: str = "占道堆物属实，面积约三平方米") -> bytes:
    """The Word file with other words for the facts."""
    return rewritten(data, lambda text: text.replace("占道堆物属实", to))


def test_an_edit_is_shown_before_and_after_and_becomes_the_next_draft(team: Team) -> None:
    case, client = reported(team).case, browser(team.first)
    answer = upload(client, case, saved_by_an_office_program(facts_changed(word_file(client, case))))
    assert answer.status_code == 200, answer.context["form"].errors
    shown = answer.context["upload"].changes
    assert [("三平方米" in change.before, "三平方米" in change.after) for change in shown] == [(False, True)]
    assert not answer.context["upload"].outside
    assert not DocumentDraft.objects.exists()
    accept(client, case, answer)
    draft = DocumentDraft.objects.get()
    assert (draft.version, draft.by, draft.file is not None) == (1, team.first, True)
    assert LedgerEntry.objects.filter(chain=case.chain, action="document.edited").exists()
    assert "三平方米" in word_file_text(word_file(client, case))


def word_file_text(data: bytes) -> str:
    """The text part of a Word file."""
    return zipfile.ZipFile(BytesIO(data)).read(MAIN).decode()


def test_a_second_edit_builds_on_the_first_and_both_are_issued(team: Team) -> None:
    case, client = reported(team).case, browser(team.first)
    body = "长寿路街道市容管理所"
    first = rewritten(
        word_file(client, case, "enforcement_advice", recipient=body),
        lambda text: text.replace("请研究落实", "请在三十日内研究落实</w:t><w:br/><w:t>并附照片"),
    )
    answer = upload(client, case, first, "enforcement_advice", recipient=body)
    accept(client, case, answer, "enforcement_advice", recipient=body)
    second = rewritten(
        word_file(client, case, "enforcement_advice"), lambda text: text.replace("下列情况", "以下问题")
    )
    accept(client, case, upload(client, case, second, "enforcement_advice"), "enforcement_advice")
    client.post(reverse("cases:document_issue", args=[case.pk, "enforcement_advice"]))
    said = str(from_data(CaseDocument.objects.get().facts))
    assert all(words in said for words in (body, "请在三十日内研究落实", "并附照片", "以下问题"))


def test_what_the_facts_lack_may_be_filled_in_in_word(team: Team) -> None:
    case, client = on_the_spot(team), browser(team.first)
    issue = reverse("cases:document_issue", args=[case.pk, "simple_decision"])
    client.post(issue)
    assert not CaseDocument.objects.exists()  # the place of the act is not known
    assert not facts_of(case, "simple_decision").act_place
    data = rewritten(
        word_file(client, case, "simple_decision"), lambda text: text.replace("＿＿＿＿＿＿", "长寿路1号门前")
    )
    answer = upload(client, case, data, "simple_decision")
    accept(client, case, answer, "simple_decision")
    client.post(issue)
    assert "长寿路1号门前" in str(CaseDocument.objects.get().facts)


def test_what_the_case_records_is_not_changed_in_word(team: Team) -> None:
    case, client = on_the_spot(team, address="长寿路1号"), browser(team.first)
    party = facts_of(case, "simple_decision").party_name
    data = rewritten(word_file(client, case, "simple_decision"), lambda text: text.replace(party, "另一个人"))
    answer = upload(client, case, data, "simple_decision")
    assert answer.status_code == 422
    assert f"“{party}”" in str(answer.context["form"].errors)


def test_once_issued_an_older_word_file_is_refused(team: Team) -> None:
    case, client = on_the_spot(team, address="长寿路1号"), browser(team.first)
    data = word_file(client, case, "simple_decision")
    client.post(reverse("cases:document_issue", args=[case.pk, "simple_decision"]))
    assert CaseDocument.objects.count() == 1
    answer = upload(client, case, data, "simple_decision")
    assert answer.status_code == 422
    assert "已制发" in str(answer.context["form"].errors)


def test_edits_to_what_the_case_no_longer_says_are_not_issued(team: Team) -> None:
    case, client = reported(team).case, browser(team.first)
    accept(client, case, upload(client, case, facts_changed(word_file(client, case))))
    Case.objects.filter(pk=case.pk).update(source=Case.Source.HOTLINE)
    page = client.get(reverse("cases:document_draft", args=[case.pk, REPORT]))
    assert page.context["draft"].stale
    issue = reverse("cases:document_issue", args=[case.pk, REPORT])
    client.post(issue)
    assert not CaseDocument.objects.exists()
    client.post(reverse("cases:draft_discard", args=[case.pk, REPORT]))
    assert not client.get(reverse("cases:document_draft", args=[case.pk, REPORT])).context["draft"].stale


def unmarked(data: bytes, times: int = -1) -> bytes:
    """The Word file without the marks of all fields, or of the first one."""
    return rewritten(
        data, lambda text: text.replace("cs.0.", "xx.0.", times).replace("cs_0_", "xx_0_", times)
    )


def with_part(data: bytes, name: str, content: bytes) -> bytes:
    """The Word file with one more part in it."""
    made = BytesIO(data)
    with zipfile.ZipFile(made, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return made.getvalue()


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda data: b"%PDF-1.7 not a zip", "不是 Word 文件"),
        (lambda data: with_part(data, "word/vbaProject.bin", b"x"), "宏"),
        (lambda data: with_part(data, "word/media/x.bin", bytes(201 << 20)), "解压"),
        (lambda data: data + bytes(10 << 20), "超过 10 MB"),
        (lambda data: rewritten(data, lambda _text: "<x/>"), "不是 Word 文件"),
        (
            lambda data: rewritten(
                data, lambda text: text.replace("<w:document", '<!DOCTYPE x [<!ENTITY a "b">]><w:document', 1)
            ),
            "不是 Word 文件",
        ),
        (lambda data: unmarked(data), "没有草稿的可编辑字段"),
        (lambda data: unmarked(data, 1), "缺少"),
        (lambda data: data, "与草稿一致"),
    ],
)  # fmt: skip
def test_a_bad_upload_gets_one_clear_sentence(
    team: Team, spoil: Callable[[bytes], bytes], sentence: str
) -> None:
    case, client = reported(team).case, browser(team.first)
    answer = upload(client, case, spoil(word_file(client, case)))
    assert answer.status_code == 422
    assert sentence in str(answer.context["form"].errors)


def test_a_program_that_drops_the_tags_of_controls_leaves_the_bookmarks(team: Team) -> None:
    case, client = reported(team).case, browser(team.first)
    data = rewritten(
        facts_changed(word_file(client, case)), lambda text: re.sub(r'<w:tag w:val="cs[^>]*/>', "", text)
    )
    answer = upload(client, case, data)
    assert answer.status_code == 200, answer.context["form"].errors
    assert len(answer.context["upload"].changes) == 1


def test_what_stands_outside_of_the_fields_is_told_and_not_taken(team: Team) -> None:
    case, client = reported(team).case, browser(team.first)
    data = rewritten(
        facts_changed(word_file(client, case)), lambda text: text.replace("案件来源", "来源说明")
    )
    answer = upload(client, case, data)
    assert answer.context["upload"].outside
    assert "可编辑字段以外也有改动" in answer.content.decode()


def test_deleted_text_of_tracked_changes_is_gone_and_a_new_paragraph_is_kept(team: Team) -> None:
    case, client = reported(team).case, browser(team.first)
    run = "<w:r><w:t>{}</w:t></w:r>"
    tracked = (
        "占道堆物</w:t></w:r><w:del><w:r><w:delText>属实</w:delText></w:r></w:del><w:ins>"
        + run.format("已查实")
        + "</w:ins><w:r><w:br/></w:r><w:r><w:t>另有照片"
    )
    data = rewritten(word_file(client, case), lambda text: text.replace("占道堆物属实", tracked))
    answer = upload(client, case, data)
    after = answer.context["upload"].changes[0].after
    assert "占道堆物已查实\n另有照片" in after
    assert "属实" not in after.replace("已查实", "")


def test_a_file_of_another_case_is_refused(team: Team) -> None:
    one, client = reported(team).case, browser(team.first)
    other = reported(team, fine=1000).case
    answer = upload(client, one, word_file(client, other))
    assert "另一份草稿" in str(answer.context["form"].errors)
