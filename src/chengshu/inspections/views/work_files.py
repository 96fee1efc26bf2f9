"""Photos and signatures of forms on site: what was sent once need not be sent again after a refusal."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core import signing
from django.utils import timezone

from chengshu.inspections.services.inspecting import Photo
from chengshu.kernel import exif, files
from chengshu.kernel.models import StoredFile

SALT = "inspections.kept"
DAY_SECONDS = 86_400
MOST_PHOTOS = 40
Position = tuple[float, float]


@dataclass
class Sent:
    """Files that a form has brought so far: ``photos`` as (entry, file, name, taken, position)."""

    photos: list[tuple[str, StoredFile, str, datetime | None, Position | None]] = field(default_factory=list)
    signature: StoredFile | None = None

    def note(self) -> str:
        """A signed note of them for the form."""
        if not self.photos and self.signature is None:
            return ""
        listed = [
            [entry, stored.pk, name, taken.isoformat() if taken else "", position]
            for entry, stored, name, taken, position in self.photos
        ]
        return signing.dumps([listed, self.signature.pk if self.signature else None], salt=SALT)

    def count(self, entry: str) -> int:
        """How many photos of an entry have come."""
        return sum(known == entry for known, *_rest in self.photos)

    def for_service(self) -> list[Photo]:
        """The photos as the services take them."""
        return [
            Photo(files.open_stored(stored), name, entry, taken, position)
            for entry, stored, name, taken, position in self.photos
        ]

    def opened_signature(self) -> Any:
        """The picture of the signature, if there is one."""
        return files.open_stored(self.signature) if self.signature else None


def sent_before(note: str) -> Sent:
    """The files of a note; nothing for one that was not signed here or is older than a day."""
    try:
        listed, signature = signing.loads(note, salt=SALT, max_age=DAY_SECONDS) if note else ([], None)
    except signing.BadSignature:
        return Sent()
    keys = {pk for _entry, pk, *_rest in listed} | ({signature} if signature else set())
    stored = StoredFile.objects.in_bulk(keys)
    return Sent(
        [
            (
                entry,
                stored[pk],
                name,
                datetime.fromisoformat(taken) if taken else None,
                (position[0], position[1]) if position else None,
            )
            for entry, pk, name, taken, position in listed
            if pk in stored
        ],
        stored.get(signature),
    )


def take_in(sent: Sent, uploads: list[tuple[str, Any]], device: Position | None) -> None:
    """Store photos beside those sent before. Raises `FileProblem` for one that cannot be accepted.

    Time and place are the camera's own; a photo of today without a place was taken where the device is.
    """
    known = {(entry, stored.pk) for entry, stored, *_rest in sent.photos}
    for entry, upload in uploads[:MOST_PHOTOS]:
        photo = photo_of(upload, entry, device)
        stored = files.store(upload, name=upload.name or "", kind="photo")
        if (entry, stored.pk) not in known:
            sent.photos.append((entry, stored, photo.name, photo.taken_at, photo.position))
            known.add((entry, stored.pk))


def photo_of(upload: Any, entry: str, device: Position | None) -> Photo:
    """An upload as the services take it, with what the camera wrote into it."""
    taken, position = exif.circumstances(upload)
    if position is None and (taken is None or timezone.localdate(taken) == timezone.localdate()):
        position = device
    return Photo(upload, upload.name or "", entry, taken, position)
