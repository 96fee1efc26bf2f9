"""Evidence: taken in whole or not at all, shown on the page, every look kept."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from chengshu.cases.models import Case, CustodyEntry, EvidenceItem
from chengshu.cases.services import StepRefused, open_case
from chengshu.cases.services.evidence import take_in_evidence
from chengshu.kernel import files
from tests import factories
from tests.cases.conftest import Team
from tests.cases.pages import NOW, browser, photo, spot_case

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _spring() -> Iterator[None]:
    with time_machine.travel(NOW):
        yield


@pytest.fixture
def case(team: Team) -> Case:
    """A case under investigation."""
    return open_case(
        team.district, by=team.first, summary="店外堆物", address="长寿路1号", position=factories.IN_CHANGSHOU
    )


def values(team: Team, **changes: Any) -> dict[str, Any]:
    """The form, filled in."""
    return {
        "client_id": str(uuid.uuid4()), "type": "record", "title": "现场检查笔录",
        "captured_at": "2022-03-10T09:30",
        "place": "长寿路1号", "device": "执法记录仪 07", "operator": "陆启明", "clock_offset": "1.5",
        "second_officer": str(team.second.pk), "file": photo(), **changes,
    }  # fmt: skip


def add(team: Team, case: Case, **changes: Any) -> Any:
    """Send the form."""
    return browser(team.first).post(reverse("cases:evidence_add", args=[case.pk]), values(team, **changes))


def test_a_file_becomes_an_item_with_custody_and_a_step(team: Team, case: Case) -> None:
    assert add(team, case).status_code == 302
    item = case.evidence.get()
    assert (item.title, item.device, item.clock_offset, item.seq) == ("现场检查笔录", "执法记录仪 07", 1.5, 1)
    step = case.steps.get(kind="add_evidence")
    assert step.data["sha256"] == item.sha256
    assert [officer["id"] for officer in step.officers] == [team.first.username, team.second.username]
    assert [entry.action for entry in item.custody.all()] == ["taken_in"]


def test_sent_twice_it_is_one_item(team: Team, case: Case) -> None:
    filled = values(team)
    for _click in range(2):
        filled["file"] = photo()
        browser(team.first).post(reverse("cases:evidence_add", args=[case.pk]), filled)
    assert (EvidenceItem.objects.count(), CustodyEntry.objects.count()) == (1, 1)


def test_a_copy_names_its_original(team: Team, case: Case) -> None:
    add(team, case)
    add(team, case, title="裁剪后的照片", original="1", file=photo(grey=120))
    copy = case.evidence.get(seq=2)
    assert copy.original == case.evidence.get(seq=1)
    assert case.steps.order_by("-seq")[0].data["original"] == copy.original.sha256


def test_where_the_step_is_refused_nothing_is_taken_in_and_nothing_is_lost(team: Team, case: Case) -> None:
    Case.objects.filter(pk=case.pk).update(state="lead")
    with pytest.raises(StepRefused):
        take_in_evidence(
            spot_archived(team), files.store(photo(), name="x.jpg"), by=team.first, officers=team.officers,
            type="record", title="迟到的照片",
        )  # fmt: skip
    answer = add(team, case, file="", title="没有文件")
    assert answer.status_code == 200
    assert "请选择文件" in answer.content.decode() and "没有文件" in answer.content.decode()
    assert not case.evidence.exists()


def spot_archived(team: Team) -> Case:
    """A case in which nothing can be taken in any more."""
    from tests.cases.pages import taken

    case = spot_case(team)
    for person, kind in (
        (team.first, "simple_record"), (team.first, "pay"), (team.leader, "disclose"), (team.leader, "close"),
    ):  # fmt: skip
        taken(browser(person), case, kind)
    return case


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"captured_at": "2022-03-10T12:00"}, "晚于现在"),
        ({"file": SimpleUploadedFile("空.jpg", b"")}, "空"),
        ({"title": ""}, "必填"),
        ({"clock_offset": "很快"}, "数字"),
    ],
)
def test_bad_input_gets_one_clear_sentence(
    team: Team, case: Case, changes: dict[str, Any], sentence: str
) -> None:
    answer = add(team, case, **changes)
    form = answer.context["evidence_form"]
    assert any(sentence in text for errors in form.errors.values() for text in errors), form.errors
    assert not case.evidence.exists()


def test_every_download_is_kept_and_a_view_once_a_day(team: Team, case: Case) -> None:
    add(team, case)
    url = reverse("cases:evidence_file", args=[case.pk, 1])
    client = browser(team.legal)
    for _look in range(2):
        shown = client.get(url)
        assert shown["Content-Disposition"].startswith("inline")
        b"".join(shown.streaming_content)
    for _look in range(2):
        got = client.get(url, {"download": "1"})
        assert got["Content-Disposition"].startswith("attachment")
        b"".join(got.streaming_content)
    looks = CustodyEntry.objects.filter(by=team.legal).values_list("action", flat=True)
    assert sorted(looks) == ["downloaded", "downloaded", "viewed"]


def test_only_officers_take_evidence_in(team: Team, case: Case) -> None:
    url = reverse("cases:evidence_add", args=[case.pk])
    assert browser(team.legal).post(url, values(team)).status_code == 403
    stored = files.store(photo(), name="x.jpg")
    with pytest.raises(PermissionDenied):
        take_in_evidence(case, stored, by=team.legal, officers=[], type="record", title="x")
    assert browser(team.legal).get(reverse("cases:evidence_file", args=[case.pk, 7])).status_code == 404
