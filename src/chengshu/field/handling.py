"""What the handlers of records share: data read strictly, files found, a clear word where it is off."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date
from typing import Annotated, Any, BinaryIO, TypeVar

from django.utils.translation import gettext as _
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from chengshu.field.kinds import FileNote, RecordRefused, Sent
from chengshu.kernel import files
from chengshu.kernel.media import PHOTOS
from chengshu.kernel.models import StoredFile

Id = Annotated[int, Field(ge=1, le=2**63 - 1)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Note = Annotated[str, Field(max_length=1000)]
MOST_PHOTOS = 30


def _pair(value: Any) -> Any:
    """A place as [lng, lat] or {"lng", "lat"}."""
    if isinstance(value, dict):
        return value.get("lng"), value.get("lat")
    return value


Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Place = Annotated[tuple[Longitude, Latitude], BeforeValidator(_pair)]


class Data(BaseModel):
    """The data of a kind of record; what is unknown is left aside, since newer apps may say more."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)


M = TypeVar("M", bound=Data)


class Photo(Data):
    """A photo that a record names, and when in the course of things it was taken."""

    sha256: Sha256
    moment: str = ""
    entry: Annotated[str, Field(max_length=40)] = ""


def _photo(value: Any) -> Any:
    """A photo may be named by its hash alone."""
    return {"sha256": value} if isinstance(value, str) else value


Photos = Annotated[list[Annotated[Photo, BeforeValidator(_photo)]], Field(max_length=MOST_PHOTOS)]


def _no_text(value: Any) -> Any:
    return None if value == "" else value


Day = Annotated[date | None, BeforeValidator(_no_text)]


def read(model: type[M], sent: Sent) -> M:
    """The data of the record. Raises `RecordRefused` naming the first value that does not fit."""
    try:
        return model.model_validate(dict(sent.data))
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"]) or "data"
        raise RecordRefused(_("“%(field)s” is missing or does not fit.") % {"field": place}) from error


def stored(sent: Sent, sha256: str) -> StoredFile:
    """A file that the record lists. Raises `RecordRefused`."""
    found = sent.files.get(sha256)
    if found is None:
        raise RecordRefused(_("The record names a file that it does not list."))
    return found


def stored_photo(sent: Sent, sha256: str) -> StoredFile:
    """A file of the record that is a photo by its content. Raises `RecordRefused`."""
    found = stored(sent, sha256)
    if found.media_type not in PHOTOS:
        raise RecordRefused(_("%(name)s is not a photo.") % {"name": found.name})
    return found


def note_of(sent: Sent, sha256: str) -> FileNote:
    """What the device said of the file; the record's place where it said none."""
    said = sent.file_notes.get(sha256) or FileNote("", "photo")
    return FileNote(
        name=said.name or f"{sha256[:12]}.jpg",
        kind=said.kind,
        taken_at=said.taken_at,
        position=said.position or sent.position,
    )


@contextmanager
def opened(sent: Sent, photos: Sequence[Photo]) -> Iterator[list[tuple[Photo, BinaryIO, FileNote]]]:
    """The photos as open files, with what the device said of each."""
    with ExitStack() as stack:
        yield [
            (
                photo,
                stack.enter_context(files.open_stored(stored_photo(sent, photo.sha256))),
                note_of(sent, photo.sha256),
            )
            for photo in photos
        ]
