"""Files kept by their content: the SHA-256 of the bytes is the name, so the same file is kept once.

Bytes come first, the row second. A process killed between the two leaves bytes without a row, which
`sweep_orphans` removes later; it never leaves a row without bytes. Stores and sweeps of one content take
turns on an advisory lock that ends with the transaction.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import IO, Any, BinaryIO
from urllib.parse import quote

from django.conf import settings
from django.core.files import File
from django.core.files.storage import FileSystemStorage, Storage, default_storage
from django.db import connection, transaction
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.translation import gettext as _

from chengshu.kernel import media
from chengshu.kernel.media import FileProblem
from chengshu.kernel.models import StoredFile

__all__ = [
    "FileDamaged",
    "FileProblem",
    "Sweep",
    "open_stored",
    "open_verified",
    "remembering",
    "response",
    "store",
    "sweep_orphans",
]

CHUNK = 1 << 20
INLINE_TYPES = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})
INCOMING = "incoming"
_seen: ContextVar[dict[tuple[str, str], tuple[StoredFile, str]] | None] = ContextVar("files", default=None)


class FileDamaged(Exception):
    """The kept bytes are missing or no longer have the hash they are kept under."""


def key_of(sha256: str) -> str:
    """Where a content lies in the storage: ``ab/cd/abcd…``."""
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


def store(
    fileobj: Any,
    *,
    name: str,
    kind: str = "any",
    media_types: Collection[str] | None = None,
    limit: int | None = None,
) -> StoredFile:
    """Keep a file and return its row; the same content a second time returns the row it has.

    ``fileobj`` has ``read`` (an upload, an open file) and is read from its start. ``kind`` names a set of
    media types (``chengshu.kernel.media.KINDS``: any, photo, table, document, geojson); ``media_types``
    overrides it. ``limit`` in bytes, by default ``settings.UPLOAD_LIMIT_BYTES``.
    Raises `FileProblem` (one translated sentence) for an empty, too large, disguised or broken file.
    """
    allowed = media.KINDS[kind] if media_types is None else frozenset(media_types)
    limit = settings.UPLOAD_LIMIT_BYTES if limit is None else limit
    name = clean_name(name)
    seen, key = _seen.get(), None
    if seen is not None and isinstance(fileobj, BytesIO):
        key = (hashlib.sha256(fileobj.getbuffer()).hexdigest(), _ending(name))
        stored, media_type = seen.get(key, (None, ""))
        if stored is not None and stored.size <= limit and (not allowed or media_type in allowed):
            return stored
    incoming = _receive(fileobj, limit)
    try:
        path = Path(incoming.name)
        media_type = media.sniff(path, name)
        if allowed and media_type not in allowed:
            raise FileProblem(_("Files of this type are not accepted here: %(name)s") % {"name": name})
        if media_type in media.DECODABLE:
            media.check_image(path)
        stored = _keep(path, incoming.sha256, incoming.size, media_type, name)
        if seen is not None and key is not None:
            seen[key] = stored, media_type
        return stored
    finally:
        with suppress(FileNotFoundError):
            Path(incoming.name).unlink()


@contextmanager
def remembering() -> Iterator[None]:
    """Inside, what lies in memory and was stored before is known by its hash and not written once more.

    Only for one transaction that fails as a whole: until its end the lock keeps a sweep away.
    """
    token = _seen.set({} if _seen.get() is None else _seen.get())
    try:
        yield
    finally:
        _seen.reset(token)


def _ending(name: str) -> str:
    """What of a name the media type may depend on."""
    return name.lower().rpartition(".")[2]


@dataclass(frozen=True)
class _Incoming:
    """A received file under its temporary name."""

    name: str
    sha256: str
    size: int


def _receive(fileobj: Any, limit: int) -> _Incoming:
    """Write the stream to a temporary file beside its destination, hashing on the way."""
    if hasattr(fileobj, "seek"):
        with suppress(OSError, ValueError):
            fileobj.seek(0)
    digest, size = hashlib.sha256(), 0
    handle, path = tempfile.mkstemp(prefix="in-", dir=_incoming_folder())
    try:
        with os.fdopen(handle, "wb") as target:
            while chunk := fileobj.read(CHUNK):
                size += len(chunk)
                if size > limit:
                    raise FileProblem(
                        _("The file is larger than %(limit)d MB.") % {"limit": max(1, limit // (1 << 20))}
                    )
                digest.update(chunk)
                target.write(chunk)
            if not size:
                raise FileProblem(_("The file is empty."))
            target.flush()
            os.fsync(target.fileno())
    except BaseException:
        Path(path).unlink()
        raise
    return _Incoming(path, digest.hexdigest(), size)


def _local_root(storage: Storage) -> Path | None:
    """The folder of a local storage, None where files live elsewhere (S3)."""
    return Path(storage.location) if isinstance(storage, FileSystemStorage) else None


def _incoming_folder() -> Path | None:
    """Beside the destination, so that moving in is one atomic rename; the system's temp folder otherwise."""
    root = _local_root(default_storage)
    if root is None:
        return None
    folder = root / INCOMING
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _keep(path: Path, sha256: str, size: int, media_type: str, name: str) -> StoredFile:
    with transaction.atomic():
        _lock_content(sha256)
        known = StoredFile.objects.filter(sha256=sha256).first()
        if known is None or not default_storage.exists(key_of(sha256)):
            _place(path, key_of(sha256))
        if known is not None:
            return known
        return StoredFile.objects.create(sha256=sha256, size=size, media_type=media_type, name=name)


def _place(path: Path, key: str) -> None:
    """Bring the bytes under their key: by rename locally, by one upload elsewhere."""
    root = _local_root(default_storage)
    if root is not None:
        target = root / key
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.replace(target)
        os.utime(target)
        _sync_folder(target.parent)
        return
    if default_storage.exists(key):  # of a store that never got its row; its age would mislead a sweep
        default_storage.delete(key)
    with path.open("rb") as source:
        saved = default_storage.save(key, File(source))
    if saved != key:
        default_storage.delete(saved)
        raise FileDamaged(f"storage kept {key} as {saved}")


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _lock_content(sha256: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"file:{sha256}"])


def clean_name(name: str) -> str:
    """The last part of a path without control characters, at most 255 characters."""
    base = "".join(c for c in name.replace("\\", "/").rsplit("/", 1)[-1] if c.isprintable()).strip()
    if len(base) > 255:
        stem, dot, ending = base.rpartition(".")
        base = f"{stem[: 254 - len(ending)]}{dot}{ending}" if dot and len(ending) < 20 else base[:255]
    return base or "file"


# --- reading ------------------------------------------------------------------------------------------
def open_stored(stored: StoredFile) -> BinaryIO:
    """The bytes as an open file. Raises `FileDamaged` where they are gone."""
    try:
        opened: Any = default_storage.open(key_of(stored.sha256), "rb")
        return opened  # type: ignore[no-any-return]
    except OSError as error:
        raise FileDamaged(f"{stored.sha256}: {error}") from error


def open_verified(stored: StoredFile) -> IO[bytes]:
    """The bytes, after checking that they still have their hash. Raises `FileDamaged`."""
    checked: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=8 * CHUNK)  # noqa: SIM115 - handed to the caller
    digest = hashlib.sha256()
    with open_stored(stored) as source:
        while chunk := source.read(CHUNK):
            digest.update(chunk)
            checked.write(chunk)
    if digest.hexdigest() != stored.sha256:
        checked.close()
        raise FileDamaged(f"{stored.sha256}: the kept bytes have the hash {digest.hexdigest()}")
    checked.seek(0)
    return checked


def response(
    stored: StoredFile, download_name: str = "", request: HttpRequest | None = None
) -> FileResponse | HttpResponse:
    """The file as an HTTP answer that cannot act as a page: photos inline, all else as a download.

    The caller has checked that the reader may see it. With ``request``, a browser that has it gets 304.
    """
    etag = f'"{stored.sha256}"'
    if request is not None and etag in request.headers.get("If-None-Match", ""):
        answer: Any = HttpResponseNotModified()
    else:
        inline = stored.media_type in INLINE_TYPES
        answer = FileResponse(open_stored(stored), content_type=stored.media_type)
        answer["Content-Length"] = str(stored.size)
        shown = clean_name(download_name or stored.name)
        way = "inline" if inline else "attachment"
        answer["Content-Disposition"] = f"{way}; filename*=UTF-8''{quote(shown, safe='')}"
        answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["ETag"] = etag
    answer["Cache-Control"] = "private, max-age=86400, immutable"
    return answer  # type: ignore[no-any-return]


# --- sweeping -----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Sweep:
    """What a sweep found: contents looked at, contents without a row removed, bytes freed."""

    seen: int
    removed: int
    freed: int


def sweep_orphans(older_than: timedelta = timedelta(days=1)) -> Sweep:
    """Remove kept bytes that no row refers to and that are older than ``older_than``."""
    before = datetime.now(UTC) - older_than
    seen = removed = freed = 0
    for key in _walk(default_storage, ""):
        seen += 1
        with suppress(FileNotFoundError), transaction.atomic():
            sha256 = key.rsplit("/", 1)[-1]
            _lock_content(sha256)
            if key.startswith(f"{INCOMING}/"):
                wanted = False
            else:
                wanted = key != key_of(sha256) or StoredFile.objects.filter(sha256=sha256).exists()
            if wanted or _modified(key) > before:
                continue
            freed += default_storage.size(key)
            default_storage.delete(key)
            removed += 1
    return Sweep(seen, removed, freed)


def _modified(key: str) -> datetime:
    moment = default_storage.get_modified_time(key)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _walk(storage: Storage, folder: str) -> Iterator[str]:
    try:
        folders, names = storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in names:
        yield f"{folder}/{name}" if folder else name
    for inner in folders:
        yield from _walk(storage, f"{folder}/{inner}" if folder else inner)
