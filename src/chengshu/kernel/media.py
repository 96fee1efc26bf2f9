"""What a file really is, whatever its name says."""

from __future__ import annotations

import warnings
import zipfile
from pathlib import Path

import filetype
from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
UNKNOWN = "application/octet-stream"
TEXT_ENDINGS = {
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "json": "application/json",
    "geojson": "application/geo+json",
}
PHOTOS = frozenset({"image/jpeg", "image/png", "image/webp"})
TABLES = frozenset({XLSX, "application/vnd.ms-excel", "text/csv", "text/tab-separated-values", "text/plain"})
KINDS: dict[str, frozenset[str]] = {
    "any": frozenset(),
    "photo": PHOTOS,
    "table": TABLES,
    "document": frozenset({"application/pdf", DOCX}) | PHOTOS,
    "geojson": frozenset({"application/geo+json", "application/json", "text/plain"}),
}
MAX_PIXELS = 40_000_000  # decoded whole: 160 MB
MAX_PIXELS_JPEG = 120_000_000  # decoded at an eighth: a 108-megapixel phone camera still fits
IMAGE_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP")
_NO_TEXT = bytes(set(range(32)) - set(b"\t\n\r\f\x1b"))
DECODABLE = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif", "image/tiff", "image/bmp"})


class FileProblem(Exception):
    """The file cannot be accepted; the message is one translated sentence for whoever sent it."""


def sniff(path: Path, name: str) -> str:
    """The media type by content; the ending only chooses between kinds of text and of zipped offices."""
    with path.open("rb") as source:
        head = source.read(8192)
    guess = filetype.guess(head)
    found = guess.mime if guess else ""
    if found == "application/zip" or head.startswith(b"PK\x03\x04"):
        return _office(path)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        ending = name.lower().rpartition(".")[2]
        return "application/vnd.ms-excel" if ending in {"xls", "et"} else "application/x-ole-storage"
    if found:
        return str(found)
    if _is_text(head):
        return TEXT_ENDINGS.get(name.lower().rpartition(".")[2], "text/plain")
    return UNKNOWN


def _office(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError):
        return "application/zip"
    if "xl/workbook.xml" in names or "xl/workbook.bin" in names:
        return XLSX
    return DOCX if "word/document.xml" in names else "application/zip"


def _is_text(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True  # UTF-16, as some spreadsheet programs write csv
    return len(head.translate(None, _NO_TEXT)) == len(head)


def check_image(path: Path) -> None:
    """Decode an image once, so that a cut-off or disguised one is refused now. Raises `FileProblem`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the limits below are ours
            image_file = Image.open(path, formats=IMAGE_FORMATS)
        with image_file as image:
            width, height = image.size
            limit = MAX_PIXELS_JPEG if image.format in {"JPEG", "MPO"} else MAX_PIXELS
            if width * height > limit:
                size = f"{width}×{height}"
                raise FileProblem(_("The picture has too many pixels (%(size)s).") % {"size": size})
            image.draft("RGB", (256, 256))  # a JPEG is then decoded at a fraction of the cost
            image.load()
    except FileProblem:
        raise
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise FileProblem(_("The picture is damaged or of a kind that cannot be read.")) from error
