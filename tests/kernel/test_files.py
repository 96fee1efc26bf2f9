"""The content-addressed file store."""

from __future__ import annotations

import hashlib
import io
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from django.core.files.storage import InMemoryStorage, default_storage
from django.db import transaction
from django.test import RequestFactory
from PIL import Image

from chengshu.kernel import files, media
from chengshu.kernel.files import FileDamaged, FileProblem, store, sweep_orphans
from chengshu.kernel.models import StoredFile
from chengshu.kernel.whole import whole

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["local", "object-store"], autouse=True)
def storage(request: pytest.FixtureRequest, settings: Any, tmp_path: Path) -> Any:
    """A local folder, then a storage without paths or renames, as S3 is."""
    if request.param == "local":
        backend = {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "files")},
        }
    else:
        backend = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    settings.STORAGES = {**settings.STORAGES, "default": backend}
    return request.param


def picture(size: tuple[int, int] = (64, 48), kind: str = "JPEG", **extra: Any) -> bytes:
    buffer = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(buffer, kind, **extra)
    return buffer.getvalue()


def workbook() -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    book.add_worksheet().write(0, 0, "名称")
    book.close()
    return buffer.getvalue()


def test_the_same_content_is_kept_once_under_its_hash() -> None:
    content = "名称,地址\n甲,乙\n".encode()
    first = store(io.BytesIO(content), name="清单.csv", kind="table")
    second = store(io.BytesIO(content), name="别名.csv", kind="table")
    assert first == second
    assert first.sha256 == hashlib.sha256(content).hexdigest()
    assert (first.size, first.media_type, first.name) == (len(content), "text/csv", "清单.csv")
    assert default_storage.exists(f"{first.sha256[:2]}/{first.sha256[2:4]}/{first.sha256}")
    with files.open_stored(first) as source:
        assert source.read() == content
    assert _kept() == 1


def test_within_a_whole_a_content_in_memory_is_written_once(monkeypatch: pytest.MonkeyPatch) -> None:
    photo, table, received = picture(), b"a,b\n1,2\n", []
    receive = files._receive
    monkeypatch.setattr(files, "_receive", lambda *given: received.append(1) or receive(*given))
    with whole():
        first = store(io.BytesIO(photo), name="甲.jpg", kind="photo")
        read = io.BytesIO(photo)
        read.read()
        assert store(read, name="乙.jpg", kind="photo") == first
        assert len(received) == 1
        for refused in ({"kind": "table"}, {"kind": "photo", "limit": 10}):
            with pytest.raises(FileProblem):
                store(io.BytesIO(photo), name="甲.jpg", **refused)
        store(io.BytesIO(table), name="甲.csv", kind="table")
        with pytest.raises(FileProblem):  # by its name it is another kind of text
            store(io.BytesIO(table), name="甲.json", kind="table")
    store(io.BytesIO(photo), name="甲.jpg", kind="photo")
    assert len(received) == 6
    assert _kept() == 2


def _kept() -> int:
    return sum(1 for _ in files._walk(default_storage, ""))


@pytest.mark.parametrize(
    ("make", "name", "expected"),
    [
        (picture, "a.jpg", "image/jpeg"),
        (lambda: picture(kind="PNG"), "named-wrongly.jpg", "image/png"),
        (workbook, "表.xlsx", media.XLSX),
        (lambda: b"%PDF-1.7\n%", "a.pdf", "application/pdf"),
        (lambda: b"name,address\n", "a.csv", "text/csv"),
        (lambda: "名称\t地址\n".encode("gb18030"), "a.tsv", "text/tab-separated-values"),
        (lambda: "名称,地址\n".encode("utf-16"), "a.csv", "text/csv"),
        (lambda: b"<html><script>alert(1)</script>", "a.html", "text/plain"),
        (lambda: b"\x00\x01\x02\x03" * 20, "a.bin", "application/octet-stream"),
        (lambda: b"PK\x03\x04 not really a zip", "a.xlsx", "application/zip"),
    ],
)
def test_the_media_type_follows_the_content(make: Any, name: str, expected: str) -> None:
    assert store(io.BytesIO(make()), name=name).media_type == expected


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (b"", "empty.csv", "table"),
        (b"MZ\x90\x00" + b"\x00" * 200, "photo.jpg", "photo"),
        (picture()[:500], "cut.jpg", "photo"),
        (picture(kind="PNG")[:300], "cut.png", "photo"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.svg", "photo"),
        (picture(), "photo.csv", "table"),
    ],
)
def test_unwanted_files_are_refused_and_leave_nothing(content: bytes, name: str, kind: str) -> None:
    with pytest.raises(FileProblem) as refused:
        store(io.BytesIO(content), name=name, kind=kind)
    assert str(refused.value).endswith(("。", name))
    assert _kept() == 0
    assert not StoredFile.objects.exists()


def test_a_file_over_the_limit_is_refused_while_it_arrives() -> None:
    class Endless:
        read_bytes = 0

        def read(self, size: int) -> bytes:
            self.read_bytes += size
            return b"x" * size

    source = Endless()
    with pytest.raises(FileProblem, match="3"):
        store(source, name="big.txt", limit=3 << 20)
    assert source.read_bytes <= 5 << 20
    assert _kept() == 0


def test_a_picture_with_too_many_pixels_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "MAX_PIXELS_JPEG", 1000)
    with pytest.raises(FileProblem, match="64×48"):
        store(io.BytesIO(picture()), name="a.jpg", kind="photo")


def test_the_exif_of_a_photo_is_kept() -> None:
    exif = Image.Exif()
    exif[0x010F] = "Chengshu"
    content = picture(exif=exif)
    stored = store(io.BytesIO(content), name="a.jpg", kind="photo")
    with Image.open(files.open_stored(stored)) as kept:
        assert kept.getexif()[0x010F] == "Chengshu"


def test_damage_shows_when_reading_verified() -> None:
    stored = store(io.BytesIO(b"evidence"), name="a.txt")
    with files.open_verified(stored) as source:
        assert source.read() == b"evidence"
    key = files.key_of(stored.sha256)
    with default_storage.open(key, "wb") as target:
        target.write(b"evidencE")
    with pytest.raises(FileDamaged):
        files.open_verified(stored)
    default_storage.delete(key)
    with pytest.raises(FileDamaged):
        files.open_stored(stored)


def test_lost_bytes_come_back_when_the_file_arrives_again() -> None:
    stored = store(io.BytesIO(b"evidence"), name="a.txt")
    default_storage.delete(files.key_of(stored.sha256))
    assert store(io.BytesIO(b"evidence"), name="a.txt") == stored
    with files.open_verified(stored) as source:
        assert source.read() == b"evidence"


def test_killed_between_bytes_and_row_leaves_no_row_and_the_sweep_removes_the_bytes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept = store(io.BytesIO(b"wanted"), name="a.txt")

    def killed(**_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(StoredFile.objects, "create", killed)
        store(io.BytesIO(b"orphan"), name="b.txt")
    assert [row.name for row in StoredFile.objects.all()] == ["a.txt"]
    assert _kept() == 2
    assert sweep_orphans().removed == 0  # too fresh: its transaction may still be open
    sweep = sweep_orphans(timedelta(0))
    assert (sweep.seen, sweep.removed, sweep.freed) == (2, 1, 6)
    assert files.open_verified(kept).read() == b"wanted"


def test_a_rolled_back_store_can_be_repeated() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        store(io.BytesIO(b"evidence"), name="a.txt")
        raise RuntimeError
    assert not StoredFile.objects.exists()
    stored = store(io.BytesIO(b"evidence"), name="a.txt")
    assert files.open_verified(stored).read() == b"evidence"
    assert _kept() == 1


def test_the_sweep_clears_what_a_killed_upload_left(storage: str) -> None:
    if storage != "local":
        pytest.skip("only a local store keeps its incoming files beside the kept ones")
    folder = files._incoming_folder()
    assert folder is not None
    (folder / "in-abandoned").write_bytes(b"half a file")
    old = (datetime.now(UTC) - timedelta(days=2)).timestamp()
    os.utime(folder / "in-abandoned", (old, old))
    (folder / "in-arriving").write_bytes(b"half a file")
    assert sweep_orphans().removed == 1
    assert [path.name for path in folder.iterdir()] == ["in-arriving"]


def test_answers_cannot_act_as_pages() -> None:
    photo = files.response(store(io.BytesIO(picture()), name="a.jpg"), "现场 1.jpg")
    assert photo["Content-Disposition"] == "inline; filename*=UTF-8''%E7%8E%B0%E5%9C%BA%201.jpg"
    page = files.response(store(io.BytesIO(b"<script>alert(1)</script>"), name="a.html"))
    assert page["Content-Disposition"].startswith("attachment")
    for answer in (photo, page):
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer["Content-Security-Policy"]


def test_a_browser_that_has_the_file_is_told_so() -> None:
    stored = store(io.BytesIO(picture()), name="a.jpg")
    request = RequestFactory().get("/", headers={"If-None-Match": f'"{stored.sha256}"'})
    assert files.response(stored, request=request).status_code == 304


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("C:\\照片\\a.jpg", "a.jpg"),
        ("../../etc/passwd", "passwd"),
        ("a\r\nb.csv", "ab.csv"),
        ("", "file"),
        ("长" * 300 + ".xlsx", "长" * 250 + ".xlsx"),
    ],
)
def test_names_keep_only_what_is_harmless(given: str, kept: str) -> None:
    assert files.clean_name(given) == kept


def test_the_object_store_stand_in_has_no_paths() -> None:
    assert files._local_root(InMemoryStorage()) is None
