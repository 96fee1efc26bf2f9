"""Looking into an xlsx (a zip of XML) before a spreadsheet library does, so that a bomb never goes off.

The sizes a zip directory states may be lies: every part that the library will read is unpacked once here,
in pieces, and must end exactly where the directory says.
"""

from __future__ import annotations

import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from django.utils.translation import gettext as _

from chengshu.kernel.tables.model import Limits, TableError

_PIECE = 1 << 20
_SMALL = 16 * 1024**2
_MAX_PARTS = 5_000
_REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_REL = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
_STRING_ITEM = re.compile(rb"<(?:[\w.-]+:)?si[\s>/]")


@dataclass(frozen=True)
class Sheet:
    """A worksheet (工作表) of the workbook and the zip part it is in."""

    name: str
    part: str
    hidden: bool


class Archive:
    """An xlsx whose sizes have been checked. Raises :class:`TableError` for anything that is not one."""

    def __init__(self, file: BinaryIO, limits: Limits) -> None:
        self._file = file
        self.limits = limits
        try:
            self._zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
            raise _damaged() from None
        self._parts = {info.filename: info for info in self._zip.infolist()}
        self._check_directory()
        self.sheets = self._read_sheets()
        self._check_strings()

    @property
    def has_macros(self) -> bool:
        """Whether the workbook brings macros along (never run, never read)."""
        return any(name.endswith("vbaProject.bin") for name in self._parts)

    @property
    def has_external_links(self) -> bool:
        """Whether the workbook refers to other workbooks (never opened)."""
        return any("/externalLinks/" in name for name in self._parts)

    def pieces(self, part: str) -> Iterator[bytes]:
        """The part's bytes in pieces; stops with an error once it is larger than the directory says."""
        info = self._parts.get(part)
        if info is None:
            raise _damaged()
        left = info.file_size
        try:
            for piece in self._unpack(info):
                left -= len(piece)
                if left < 0:
                    raise _bomb()
                yield piece
        except (zlib.error, struct.error, OSError):
            raise _damaged() from None
        if left:
            raise _damaged()

    def _unpack(self, info: zipfile.ZipInfo) -> Iterator[bytes]:
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or info.flag_bits & 1:
            raise _damaged()
        self._file.seek(info.header_offset)
        header = self._file.read(30)
        if header[:4] != b"PK\x03\x04":
            raise _damaged()
        name_length, extra_length = struct.unpack("<HH", header[26:30])
        self._file.seek(name_length + extra_length, 1)
        left = info.compress_size
        stored = info.compress_type == zipfile.ZIP_STORED
        inflater = zlib.decompressobj(-15)
        while left > 0:
            data = self._file.read(min(_PIECE, left))
            if not data:
                raise _damaged()
            left -= len(data)
            position = self._file.tell()  # whoever uses the pieces may move about in the file
            while data:
                piece = data if stored else inflater.decompress(data, _PIECE)
                data = b"" if stored else inflater.unconsumed_tail
                if piece:
                    yield piece
            self._file.seek(position)

    def _check_directory(self) -> None:
        infos = self._zip.infolist()
        if len(infos) > _MAX_PARTS:
            raise _bomb()
        if len({info.filename.lower().replace("\\", "/") for info in infos}) != len(infos):
            raise _damaged()  # two parts of one name: the library might read the other one
        if sum(info.file_size for info in infos) > self.limits.max_unpacked:
            raise _bomb()
        for info in infos:
            # Lists of like rows do shrink a hundredfold; only large parts are worth a doubt.
            if info.file_size > _SMALL and info.file_size > self.limits.max_ratio * info.compress_size:
                raise _bomb()
            if info.file_size > _SMALL and not info.filename.startswith(
                ("xl/worksheets/", "xl/sharedStrings", "xl/media/", "xl/pivotCache/", "xl/embeddings/")
            ):
                raise _bomb()

    def _check_strings(self) -> None:
        """Unpack all other XML parts once; an endless list of empty shared strings is refused too."""
        sheets = {sheet.part for sheet in self.sheets}
        for name in self._parts:
            if name in sheets or not name.endswith((".xml", ".rels")):
                continue
            strings, tail, is_strings = 0, b"", name.lower().endswith("sharedstrings.xml")
            for piece in self.pieces(name):
                check_xml(piece)
                if is_strings:
                    text = tail + piece
                    cut = text.rfind(b"<")
                    tail = text[cut:] if cut >= 0 else b""
                    strings += len(_STRING_ITEM.findall(text, 0, cut if cut >= 0 else len(text)))
                    if strings > self.limits.max_cells:
                        raise _bomb()

    def _xml(self, part: str) -> Element:
        info = self._parts.get(part)
        if info is None or info.file_size > _SMALL:
            raise _damaged()
        try:
            root: Element = fromstring(b"".join(self.pieces(part)), forbid_dtd=True)
        except (ParseError, DefusedXmlException, ValueError, LookupError):
            raise _damaged() from None
        return root

    def _relations(self, part: str) -> dict[str, tuple[str, str]]:
        """Id → (kind, part) of what a part refers to; the empty part stands for the package itself."""
        folder, name = posixpath.split(part)
        found: dict[str, tuple[str, str]] = {}
        for relation in self._xml(posixpath.join(folder, "_rels", f"{name}.rels")).findall(
            ".//{*}Relationship"
        ):
            target = relation.get("Target", "")
            path = target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target)
            kind = relation.get("Type", "").rpartition("/")[2]
            if found.setdefault(relation.get("Id", ""), (kind, posixpath.normpath(path)))[1] != (
                posixpath.normpath(path)
            ):
                raise _damaged()  # two meanings: the library might follow the other one
        return found

    def _workbook(self) -> str:
        """The part that describes the workbook, found as the library finds it."""
        if "_rels/.rels" not in self._parts:
            raise _no_spreadsheet()
        parts = {part for kind, part in self._relations("").values() if kind == "officeDocument"}
        if len(parts) != 1:
            raise _no_spreadsheet()
        part = parts.pop()
        if part.endswith(".bin"):
            raise TableError(_("Binary workbooks (.xlsb) are not supported. Save the file as .xlsx."))
        if part not in self._parts or not part.startswith("xl/"):
            raise _no_spreadsheet()
        return part

    def _read_sheets(self) -> list[Sheet]:
        workbook = self._workbook()
        relations = self._relations(workbook)
        sheets: dict[str, Sheet] = {}
        for element in self._xml(workbook).findall(".//{*}sheet"):
            kind, part = relations.get(element.get(_REL) or element.get(_STRICT_REL) or "", ("", ""))
            name = element.get("name", "")
            if name in sheets:
                raise _damaged()
            hidden = element.get("state", "visible") != "visible"
            if kind == "worksheet":
                sheets[name] = Sheet(name, part, hidden)
        if not sheets:
            raise TableError(_("The workbook has no worksheet."))
        return list(sheets.values())


def _no_spreadsheet() -> TableError:
    return TableError(_("The file is not a spreadsheet. Send an .xlsx, .xls or .csv file."))


def check_xml(piece: bytes) -> None:
    """Refuse document type declarations and UTF-16: no spreadsheet program writes them."""
    if b"<!DOCTYPE" in piece or b"<!ENTITY" in piece or b"\x00" in piece:
        raise _damaged()


def _damaged() -> TableError:
    return TableError(_("The workbook is damaged. Open it in Excel or WPS, save it again and retry."))


def _bomb() -> TableError:
    return TableError(_("The workbook unpacks to far more data than a list needs and was not opened."))
