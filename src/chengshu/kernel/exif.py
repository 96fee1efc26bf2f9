"""When and where a photo was taken, as the camera wrote it into the file (EXIF)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, BinaryIO

from django.utils import timezone
from PIL import ExifTags, Image

Position = tuple[float, float]
_MOMENT = "%Y:%m:%d %H:%M:%S"


def circumstances(content: BinaryIO) -> tuple[datetime | None, Position | None]:
    """Moment and position (longitude, latitude in WGS 84 degrees); None for what the file does not say.

    Times without an offset are taken as local. A file that cannot be read says nothing; the stream is put
    back to its start.
    """
    try:
        content.seek(0)
        with Image.open(content) as image:
            exif = image.getexif()
        taken = _taken(exif.get_ifd(ExifTags.IFD.Exif))
        position = _position(exif.get_ifd(ExifTags.IFD.GPSInfo))
    except Exception:  # Pillow raises almost anything for damaged metadata; keeping the file judges it
        taken, position = None, None
    content.seek(0)
    return taken, position


def _taken(tags: Any) -> datetime | None:
    text = str(tags.get(ExifTags.Base.DateTimeOriginal) or "").strip("\x00 ")
    if not text:
        return None
    moment = datetime.strptime(text, _MOMENT)
    offset = str(tags.get(ExifTags.Base.OffsetTimeOriginal) or "").strip("\x00 ")
    if offset:
        moment = datetime.strptime(text + offset, _MOMENT + "%z")
    else:
        moment = moment.replace(tzinfo=timezone.get_current_timezone())
    return moment if moment <= timezone.now() else None


def _position(tags: Any) -> Position | None:
    lat, lng = _degrees(tags, 1, "S"), _degrees(tags, 3, "W")
    if lat is None or lng is None or not (-90 <= lat <= 90 and -180 <= lng <= 180):
        return None
    return (lng, lat) if (lng, lat) != (0.0, 0.0) else None


def _degrees(tags: Any, reference: int, negative: str) -> float | None:
    parts = tags.get(reference + 1)
    if not parts or len(parts) != 3:
        return None
    value = float(parts[0]) + float(parts[1]) / 60 + float(parts[2]) / 3600
    if value != value:
        return None
    return -value if str(tags.get(reference, "")).startswith(negative) else value
