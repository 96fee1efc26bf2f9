"""Reading an exported file that may come from anybody: sizes are checked while unpacking, never trusted."""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.utils.translation import gettext as _

PIECE = 1 << 20


class NotACaseFile(ValueError):
    """What was given is no exported file of a case; one translated sentence."""


@dataclass(frozen=True)
class Limits:
    """What is still looked at; bytes."""

    file: int = 2 << 30
    unpacked: int = 4 << 30
    text: int = 64 << 20
    parts: int = 5_000
    ratio: int = 250
    small: int = 16 << 20


class CaseArchive:
    """The zip, its directory checked. Raises `NotACaseFile` for a bomb, a damaged or doubled entry."""

    def __init__(self, source: Path | IO[bytes], limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._check_size(source)
        try:
            self._zip = zipfile.ZipFile(source)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise NotACaseFile(_("This is not a zip file.")) from error
        self._parts = self._directory()
        self._left = self.limits.unpacked
        self._digests: dict[str, tuple[str, int] | None] = {}

    def _check_size(self, source: Path | IO[bytes]) -> None:
        if isinstance(source, Path):
            size = source.stat().st_size
        else:
            size = source.seek(0, 2)
            source.seek(0)
        if size > self.limits.file:
            raise NotACaseFile(_("The file is larger than %(limit)d MB.") % {"limit": self.limits.file >> 20})

    def _directory(self) -> dict[str, zipfile.ZipInfo]:
        infos = self._zip.infolist()
        if len(infos) > self.limits.parts or sum(info.file_size for info in infos) > self.limits.unpacked:
            raise _too_much()
        parts: dict[str, zipfile.ZipInfo] = {}
        for info in infos:
            if info.filename in parts:
                raise NotACaseFile(_("The zip holds “%(name)s” twice.") % {"name": info.filename})
            packed = max(info.compress_size, 1)
            if info.file_size > self.limits.small and info.file_size > self.limits.ratio * packed:
                raise _too_much()
            if info.flag_bits & 1:
                raise NotACaseFile(_("The zip is encrypted."))
            parts[info.filename] = info
        return parts

    @property
    def names(self) -> list[str]:
        """The entries that are files."""
        return [name for name in self._parts if not name.endswith("/")]

    def __contains__(self, name: str) -> bool:
        return name in self._parts

    def pieces(self, name: str) -> Iterator[bytes]:
        """An entry's bytes in pieces; stops as soon as more comes out than the directory says."""
        left = self._parts[name].file_size
        try:
            with self._zip.open(name) as opened:
                while piece := opened.read(PIECE):
                    left -= len(piece)
                    self._left -= len(piece)
                    if left < 0 or self._left < 0:
                        raise _too_much()
                    yield piece
        except (
            zipfile.BadZipFile,
            zlib.error,
            OSError,
            EOFError,
            NotImplementedError,
            RuntimeError,
        ) as error:
            raise _Unreadable(name) from error

    def digest(self, name: str) -> tuple[str, int] | None:
        """SHA-256 and size of an entry, None where its bytes cannot be read. Each is read once."""
        if name not in self._digests:
            self._digests[name] = self._digest(name)
        return self._digests[name]

    def _digest(self, name: str) -> tuple[str, int] | None:
        made, size = hashlib.sha256(), 0
        try:
            for piece in self.pieces(name):
                made.update(piece)
                size += len(piece)
        except _Unreadable:
            return None
        return made.hexdigest(), size

    def json(self, name: str) -> Any:
        """An entry as JSON. Raises `NotACaseFile` where it is none or too large."""
        if self._parts[name].file_size > self.limits.text:
            raise _too_much()
        try:
            return json.loads(b"".join(self.pieces(name)), parse_constant=_no_constant)
        except (_Unreadable, ValueError, RecursionError) as error:
            raise NotACaseFile(_("“%(name)s” cannot be read as JSON.") % {"name": name}) from error


class _Unreadable(Exception):
    """An entry whose bytes are damaged."""


def _no_constant(name: str) -> Any:
    raise ValueError(name)  # NaN and the like, which no export writes


def _too_much() -> NotACaseFile:
    return NotACaseFile(_("The zip unpacks to far more than the file of a case needs and was not opened."))
