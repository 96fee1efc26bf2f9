"""/field/api/uploads: pieces as the network allows, the whole hashed again, the content judged."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from chengshu.field.models import FieldUpload
from chengshu.field.services import uploads
from chengshu.field.settings import limits
from chengshu.kernel.models import StoredFile
from tests.field.phone import Phone, picture
from tests.leads.conftest import Loop

pytestmark = pytest.mark.django_db


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_a_file_arrives_in_pieces(phone: Phone) -> None:
    content = picture()
    sha = sha256(content)
    assert phone.begin(content).json() == {"received": 0, "complete": False}
    assert phone.piece(sha, 0, content[:20]).json() == {"received": 20, "complete": False}
    assert phone.begin(content).json() == {"received": 20, "complete": False}  # after a break
    assert phone.piece(sha, 20, content[20:]).json() == {"received": len(content), "complete": True}
    kept = StoredFile.objects.get(sha256=sha)
    assert kept.media_type == "image/png" and phone.get(f"uploads/{sha}").json()["complete"]
    assert phone.begin(content).json()["complete"]


def test_pieces_are_gone_once_the_file_is_whole(
    phone: Phone, django_capture_on_commit_callbacks: object
) -> None:
    content = picture()
    phone.begin(content)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        phone.piece(sha256(content), 0, content)
    assert list(Path(settings.FIELD_UPLOADS).glob("*.part")) == []


def test_a_wrong_offset_says_where_to_go_on(phone: Phone) -> None:
    content = picture()
    sha = sha256(content)
    phone.begin(content)
    phone.piece(sha, 0, content[:20])
    answer = phone.piece(sha, 10, content[10:20])
    assert answer.status_code == 409 and answer.json()["received"] == 20
    assert phone.piece(sha, 30, content[30:]).status_code == 409
    assert phone.piece(sha, 20, content[20:] + b"x").status_code == 409  # more than was announced


def test_what_a_killed_process_wrote_but_never_said_is_written_again(phone: Phone) -> None:
    content = picture()
    sha = sha256(content)
    phone.begin(content)
    phone.piece(sha, 0, content[:20])
    part = uploads.part_path(FieldUpload.objects.get())
    part.write_bytes(content[:20] + b"never told")
    assert phone.piece(sha, 20, content[20:]).json()["complete"]


def test_pieces_that_were_lost_are_asked_for_again(phone: Phone) -> None:
    content = picture()
    sha = sha256(content)
    phone.begin(content)
    phone.piece(sha, 0, content[:20])
    uploads.part_path(FieldUpload.objects.get()).unlink()
    assert phone.piece(sha, 20, content[20:]).json() == {"received": 0, "complete": False}
    assert phone.piece(sha, 0, content).json()["complete"]


def test_a_damaged_file_begins_anew(phone: Phone) -> None:
    content = picture()
    sha = sha256(content)
    phone.begin(content)
    answer = phone.piece(sha, 0, b"x" * len(content))
    assert answer.status_code == 409 and answer.json()["received"] == 0
    assert phone.piece(sha, 0, content).json()["complete"]


def test_a_file_that_is_not_what_it_says_is_refused_for_good(phone: Phone) -> None:
    content = b"<html><script>alert(1)</script></html>"
    phone.begin(content, name="photo.jpg")
    answer = phone.piece(sha256(content), 0, content).json()
    assert answer["complete"] and "photo.jpg" in answer["refused"]
    assert not StoredFile.objects.filter(sha256=sha256(content)).exists()


def test_knowing_a_hash_is_not_having_the_file(phone: Phone, loop: Loop) -> None:
    content = picture()
    sha = Phone(loop.leader).upload(content)
    assert phone.get(f"uploads/{sha}").status_code == 404
    assert phone.begin(content).json() == {"received": 0, "complete": False}


@pytest.mark.parametrize(
    "change",
    [
        {"sha256": "AB" * 32},
        {"sha256": "12"},
        {"size": 2**70},
        {"size": "12"},
        {"size": True},
        {"name": 5},
    ],
)
def test_an_announcement_that_makes_no_sense_is_refused(phone: Phone, change: dict[str, object]) -> None:
    body = {"sha256": "ab" * 32, "size": 10, "name": "a.png", "kind": "photo"} | change
    answer = phone.post("uploads", body)
    assert answer.status_code in (400, 409, 422) and answer.json()["detail"]


@pytest.mark.parametrize("change", [{"size": 0}, {"size": -1}, {"size": 2**40}, {"kind": "program"}])
def test_what_is_never_accepted_is_known_as_such_and_holds_no_record_up(
    phone: Phone, change: dict[str, object]
) -> None:
    sha = "ab" * 32
    body = {"sha256": sha, "size": 10, "name": "a.png", "kind": "photo"} | change
    answer = phone.post("uploads", body).json()
    assert answer["complete"] and answer["refused"]
    result = phone.do("lead.report", {}, files=[sha])
    assert result["outcome"] == "refused" and answer["refused"] in result["messages"][0]


def test_a_file_that_the_phone_has_lost_holds_no_record_up(phone: Phone) -> None:
    content = picture()
    sha = sha256(content)
    phone.begin(content)
    phone.piece(sha, 0, content[:10])
    phone.record("lead.report", {}, files=[sha])
    assert phone.send()["stopped"]["reason"] == "missing_file"
    answer = phone.post("uploads", {"sha256": sha, "given_up": "lost", "name": "a.png", "kind": "photo"})
    assert answer.json()["refused"]
    assert [one["outcome"] for one in phone.send()["results"]] == ["refused"]
    kept = phone.upload()
    phone.post("uploads", {"sha256": kept, "given_up": "lost"})
    assert FieldUpload.objects.get(sha256=kept).refused == ""  # it has arrived


def test_a_piece_has_a_limit_and_an_offset(phone: Phone) -> None:
    sha = "ab" * 32
    assert phone.piece(sha, 0, b"x" * (limits().piece_bytes + 1)).status_code == 413
    assert phone.piece(sha, 0, b"x").status_code == 404
    answer = phone.client.patch(f"/field/api/uploads/{sha}", b"x", content_type="application/octet-stream")
    assert answer.status_code == 400


def test_unfinished_files_are_forgotten_after_a_while(phone: Phone) -> None:
    old, new = picture(), picture()
    for content in (old, new):
        phone.begin(content)
        phone.piece(sha256(content), 0, content[:10])
    FieldUpload.objects.filter(sha256=sha256(old)).update(
        touched_at=timezone.now() - limits().stale - timedelta(hours=1)
    )
    assert uploads.purge() == 1
    assert [row.sha256 for row in FieldUpload.objects.all()] == [sha256(new)]
    assert len(list(Path(settings.FIELD_UPLOADS).glob("*.part"))) == 1
