"""Notes in words, sound and pictures."""

from __future__ import annotations

import pytest

from chengshu.field.models import FieldNote
from chengshu.leads.models import Lead
from tests import factories
from tests.field.phone import Phone
from tests.leads.conftest import Loop

pytestmark = pytest.mark.django_db
WEBM = bytes.fromhex("1a45dfa3") + b"\x42\x82\x84webm" + b"\x00" * 64


@pytest.fixture
def lead(loop: Loop) -> Lead:
    """Sent to the squad."""
    return loop.lead(route=True)


def test_a_spoken_note_is_kept_with_the_lead(phone: Phone, lead: Lead, loop: Loop) -> None:
    sound = phone.upload(WEBM, name="录音.webm", kind="audio")
    listed = {"sha256": sound, "name": "录音.webm", "kind": "audio", "taken_at": None}
    result = phone.do(
        "note", {"about": "lead", "id": lead.pk, "text": "当事人陈述", "files": [sound]}, files=[listed]
    )
    assert result["outcome"] == "applied", result
    note = FieldNote.objects.get()
    assert note.text == "当事人陈述" and [one.kind for one in note.files.all()] == ["audio"]
    page = phone.client.get(f"/field/notes/lead/{lead.pk}/")
    assert "录音.webm" in page.content.decode()
    file = note.files.get()
    answer = phone.client.get(f"/field/note-files/{file.pk}/")
    assert answer.status_code == 200 and "attachment" in answer["Content-Disposition"]
    assert f"/field/notes/lead/{lead.pk}/" in phone.client.get(f"/leads/{lead.pk}/").content.decode()
    elsewhere = Phone(factories.make_user("officer", loop.other_squad))
    assert elsewhere.client.get(f"/field/note-files/{file.pk}/").status_code == 404
    assert elsewhere.client.get(f"/field/notes/lead/{lead.pk}/").status_code == 404


@pytest.mark.parametrize(
    "change", [{"text": ""}, {"about": "house"}, {"id": 2**62}, {"files": ["ab" * 32]}, {"text": "x" * 2001}]
)
def test_an_empty_note_or_one_about_nothing_is_refused(
    phone: Phone, lead: Lead, change: dict[str, object]
) -> None:
    result = phone.do("note", {"about": "lead", "id": lead.pk, "text": "说明"} | change)
    assert result["outcome"] == "refused" and not FieldNote.objects.exists()


def test_there_are_no_notes_about_nothing(phone: Phone) -> None:
    assert phone.client.get("/field/notes/house/1/").status_code == 404
    assert phone.client.get("/field/notes/lead/99999999999999999999/").status_code == 404
