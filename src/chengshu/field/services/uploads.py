"""Files in pieces: received as the network allows, hashed again at the end, judged by their content.

Pieces lie in a folder of the home directory until the file is whole. The row says how much of the file is
here; what a process wrote before it was killed and never said is written again.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import User
from chengshu.bureau.services.base import Refused
from chengshu.field.models import FieldUpload
from chengshu.field.settings import limits
from chengshu.kernel import files
from chengshu.kernel.media import FileProblem

logger = logging.getLogger(__name__)
SHA256 = re.compile(r"[0-9a-f]{64}")


class WrongOffset(Exception):
    """The piece does not follow what is here; ``received`` says where to go on."""

    def __init__(self, received: int) -> None:
        super().__init__(received)
        self.received = received


class WrongContent(Exception):
    """All pieces are here and do not make the file that was announced; it begins anew."""


def begin(user: User, *, sha256: str, size: int, name: str, kind: str) -> FieldUpload:
    """Announce a file, or find the one announced before. Raises `Refused`.

    Only one's own files are found again: whoever knows a hash does not thereby have the file. One whose kind
    or size is never accepted is kept as refused, so that its record does not wait for it.
    """
    allowed = limits().file_kinds.get(kind)
    if not SHA256.fullmatch(sha256):
        raise Refused(_("The SHA-256 of the file is 64 hexadecimal digits."), "sha256")
    if allowed is None:
        return _never(user, sha256, name, kind, _("Photos, sound and films are accepted."))
    if not 0 < size <= allowed.most_bytes:
        most = allowed.most_bytes >> 20
        return _never(user, sha256, name, kind, _("A file has 1 byte to %(most)d MB.") % {"most": most})
    known = FieldUpload.objects.filter(user=user, sha256=sha256).first()
    if known is not None:
        if known.size != size:
            raise Refused(_("The same file was announced with another size."), "size")
        return known
    waiting = FieldUpload.objects.filter(user=user, file=None, refused="").count()
    if waiting >= limits().open_uploads:
        raise Refused(_("Too many files are on their way. Let them arrive first."), "uploads")
    try:
        with transaction.atomic():
            return FieldUpload.objects.create(
                user=user, sha256=sha256, size=size, name=files.clean_name(name)[:200], kind=kind
            )
    except IntegrityError:  # announced twice at once
        return FieldUpload.objects.get(user=user, sha256=sha256)


def give_up(user: User, sha256: str, *, name: str, kind: str) -> FieldUpload:
    """The device says that it has not got the bytes of this file, or not these: nobody waits for it any more.

    A file that has arrived stays. Raises `Refused` for what is no hash.
    """
    if not SHA256.fullmatch(sha256):
        raise Refused(_("The SHA-256 of the file is 64 hexadecimal digits."), "sha256")
    return _never(user, sha256, name, kind, _("The device has lost the file, or it was damaged there."))


def _never(user: User, sha256: str, name: str, kind: str, why: str) -> FieldUpload:
    """The file as one that is not accepted, unless it is complete."""
    stated = {"size": 0, "name": files.clean_name(name)[:200], "kind": kind[:12]}
    with transaction.atomic():
        upload, _new = FieldUpload.objects.select_for_update(of=("self",)).get_or_create(
            user=user, sha256=sha256, defaults={**stated, "refused": why[:300]}
        )
        if not upload.complete:
            upload.refused = why[:300]
            upload.save(update_fields=["refused", "touched_at"])
            path = part_path(upload)
            transaction.on_commit(lambda: _remove(path))
    return upload


def add_piece(user: User, sha256: str, offset: int, piece: bytes) -> FieldUpload | None:
    """Keep the piece that begins at ``offset``; the last one completes the file. None: no such upload.

    Raises `WrongOffset`, `WrongContent` (everything is to be sent again) and `Refused` (piece too large).
    A file whose content is not accepted is complete too; ``refused`` says why.
    """
    if len(piece) > limits().piece_bytes:
        raise Refused(_("A piece has at most %(most)d bytes.") % {"most": limits().piece_bytes}, "piece")
    with transaction.atomic():
        rows = FieldUpload.objects.select_for_update(of=("self",))
        upload = rows.filter(user=user, sha256=sha256).first()
        if upload is None or upload.complete:
            return upload
        path = part_path(upload)
        # the folder may be another machine's, or have lost what was not written through
        here = min(upload.received, path.stat().st_size if path.exists() else 0)
        if offset != here or offset + len(piece) > upload.size:
            raise WrongOffset(here)
        _write(path, offset, piece)
        upload.received = offset + len(piece)
        whole = upload.received == upload.size
        genuine = whole and _sha256(path) == upload.sha256
        if genuine:
            _keep(upload, path)
        elif whole:
            upload.received = 0
        upload.save(update_fields=["received", "file", "refused", "touched_at"])
        if whole:
            transaction.on_commit(lambda: _remove(path))
    if whole and not genuine:
        raise WrongContent
    return upload


def _keep(upload: FieldUpload, path: Path) -> None:
    allowed = limits().file_kinds[upload.kind]
    try:
        with path.open("rb") as whole:
            upload.file = files.store(
                whole, name=upload.name, media_types=allowed.media_types, limit=allowed.most_bytes
            )
    except FileProblem as problem:
        upload.refused = str(problem)[:300]


def part_path(upload: FieldUpload) -> Path:
    """Where the pieces of an unfinished file lie."""
    return Path(settings.FIELD_UPLOADS) / f"{upload.user_id}-{upload.sha256}.part"


def purge() -> int:
    """Forget unfinished files that nobody touched for long, and pieces without a row; returns how many."""
    before = timezone.now() - limits().stale
    gone = 0
    for stale in FieldUpload.objects.filter(file=None, refused="", touched_at__lt=before):
        with transaction.atomic():
            rows = FieldUpload.objects.select_for_update().filter(
                pk=stale.pk, file=None, touched_at__lt=before
            )
            if (row := rows.first()) is not None:
                row.delete()
                _remove(part_path(row))
                gone += 1
    folder = Path(settings.FIELD_UPLOADS)
    for path in folder.glob("*.part") if folder.is_dir() else ():
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < before.timestamp():
                _remove(path)
                gone += 1
    return gone


def _write(path: Path, offset: int, piece: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as part:
        part.truncate(offset)
        part.seek(offset)
        part.write(piece)
        part.flush()
        os.fsync(part.fileno())


def _sha256(path: Path) -> str:
    with path.open("rb") as whole:
        return hashlib.file_digest(whole, "sha256").hexdigest()


def _remove(path: Path) -> None:
    with suppress(FileNotFoundError):
        path.unlink()
