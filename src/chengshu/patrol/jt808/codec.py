"""Frames of JT/T 808-2013 and -2019: bytes to messages and back. Pure.

A frame is ``7e header body checksum 7e``; inside, ``7e`` is written ``7d 02`` and ``7d`` is written
``7d 01``; the checksum is the XOR of header and body. Bit 14 of the properties tells the versions apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import xor

FLAG = 0x7E
ESCAPE = 0x7D
LONGEST_BODY = 0x3FF  # ten bits
LONGEST_FRAME = 2 * (LONGEST_BODY + 21 + 1)  # every byte escaped
VERSION_BIT, PART_BIT = 1 << 14, 1 << 13
ENCRYPTED_BITS = 0b111 << 10
DIGITS_2013, DIGITS_2019 = 12, 20
_DIGITS = re.compile(r"\d+")


class FrameError(ValueError):
    """These bytes are no frame; the message says why (for the log)."""


@dataclass(frozen=True)
class Frame:
    """One message. ``terminal``: digits, 12 (2013) or 20 (2019) with leading zeros. ``part``: (number of
    parts, this one from 1) of a message that was split."""

    message: int
    terminal: str
    serial: int
    body: bytes = b""
    version: int | None = None
    part: tuple[int, int] | None = None
    encrypted: int = 0

    @property
    def is_2019(self) -> bool:
        """Whether the header is that of 2019 (it names a version)."""
        return self.version is not None


def checksum(data: bytes) -> int:
    """XOR of all bytes."""
    return reduce(xor, data, 0)


def escape(data: bytes) -> bytes:
    """Without any flag inside."""
    return data.replace(b"\x7d", b"\x7d\x01").replace(b"\x7e", b"\x7d\x02")


def unescape(data: bytes) -> bytes:
    """The inverse of `escape`. Raises FrameError where an escape is cut off or stands for nothing."""
    if FLAG in data:
        raise FrameError("a flag inside the frame")
    for tail in data.split(b"\x7d")[1:]:
        if tail[:1] not in (b"\x01", b"\x02"):
            raise FrameError("an escape that stands for nothing")
    return data.replace(b"\x7d\x02", b"\x7e").replace(b"\x7d\x01", b"\x7d")


def bcd(digits: str, length: int) -> bytes:
    """Digits, two a byte, zeros in front. Raises FrameError for other signs or too many."""
    if not _DIGITS.fullmatch(digits) or len(digits.lstrip("0")) > 2 * length or not digits.isascii():
        raise FrameError("no number that fits")
    return bytes.fromhex(digits.lstrip("0").rjust(2 * length, "0"))


def from_bcd(data: bytes) -> str:
    """The digits. Raises FrameError for half-bytes above nine."""
    digits = data.hex()
    if not digits.isdecimal():
        raise FrameError("no decimal digits")
    return digits


def encode(frame: Frame) -> bytes:
    """The bytes of a frame, flags included. Raises FrameError for what a frame cannot carry."""
    if len(frame.body) > LONGEST_BODY:
        raise FrameError("the body is too long for one frame")
    properties = len(frame.body) | (frame.encrypted << 10 & ENCRYPTED_BITS)
    properties |= (VERSION_BIT if frame.is_2019 else 0) | (PART_BIT if frame.part else 0)
    header = frame.message.to_bytes(2, "big") + properties.to_bytes(2, "big")
    if frame.version is not None:
        header += bytes([frame.version]) + bcd(frame.terminal, DIGITS_2019 // 2)
    else:
        header += bcd(frame.terminal, DIGITS_2013 // 2)
    header += frame.serial.to_bytes(2, "big")
    if frame.part:
        header += frame.part[0].to_bytes(2, "big") + frame.part[1].to_bytes(2, "big")
    data = header + frame.body
    return bytes([FLAG]) + escape(data + bytes([checksum(data)])) + bytes([FLAG])


def decode(inside: bytes) -> Frame:
    """What stands between two flags. Raises FrameError."""
    data = unescape(inside)
    if len(data) < 13:
        raise FrameError("too short")
    if checksum(data):
        raise FrameError("wrong checksum")
    reader = _Reader(data[:-1])
    message, properties = reader.number(2), reader.number(2)
    version = reader.number(1) if properties & VERSION_BIT else None
    terminal = from_bcd(reader.take((DIGITS_2013 if version is None else DIGITS_2019) // 2))
    serial = reader.number(2)
    part = (reader.number(2), reader.number(2)) if properties & PART_BIT else None
    body = reader.rest()
    if len(body) != properties & LONGEST_BODY:
        raise FrameError("the body is not as long as the header says")
    return Frame(message, terminal, serial, body, version, part, (properties & ENCRYPTED_BITS) >> 10)


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def take(self, size: int) -> bytes:
        """The next bytes."""
        if self._at + size > len(self._data):
            raise FrameError("cut off")
        self._at += size
        return self._data[self._at - size : self._at]

    def number(self, size: int) -> int:
        """The next unsigned number."""
        return int.from_bytes(self.take(size), "big")

    def rest(self) -> bytes:
        """Everything that is left."""
        return self.take(len(self._data) - self._at)


class Splitter:
    """Frames out of a stream that arrives in any pieces. ``faults`` counts what was no frame."""

    def __init__(self) -> None:
        self._waiting = bytearray()
        self._inside = False
        self.faults = 0

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames completed by these bytes. Bytes outside frames are passed over; a flag that ends one
        frame may begin the next."""
        for i, piece in enumerate(data.split(b"\x7e")):
            if i:  # a flag stood before this piece
                yield from self._complete()
                self._inside = True
            if self._inside:
                self._waiting += piece
                if len(self._waiting) > LONGEST_FRAME:  # not ours; wait for the next flag
                    self._waiting.clear()
                    self._inside = False
                    self.faults += 1
            elif piece:
                self.faults += 1

    def _complete(self) -> Iterator[Frame]:
        if not self._waiting:
            return
        inside = bytes(self._waiting)
        self._waiting.clear()
        try:
            yield decode(inside)
        except FrameError:
            self.faults += 1
