"""What a phone read from a tag: the parameters of its URL, in each of the forms that tags are written in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .sdm import BLOCK, ForgedRead, Mirrored, covered_text, read_mirrors, read_picc_data

LONGEST = 1024  # hex digits of one parameter: more than an NTAG 424 DNA can mirror
MAC_NAMES = ("cmac", "c")
NAMES = ("picc_data", "e", "enc", "cmac", "c", "uid", "ctr")


@dataclass(frozen=True)
class Presented:
    """A read as it was presented, nothing of it checked; either ``picc_data``, or ``uid`` and ``counter``."""

    mac: bytes
    picc_data: bytes = b""
    uid: bytes = b""
    counter: bytes = b""
    enc: bytes = b""

    def mirrored(self, meta_key: bytes) -> Mirrored:
        """UID and counter, in whichever form they came. Raises `ForgedRead`."""
        if self.picc_data:
            return read_picc_data(meta_key, self.picc_data)
        return read_mirrors(self.uid, self.counter)

    @property
    def covered(self) -> list[bytes]:
        """What the MAC may cover: where file data precede it, its parameter's name is part of that."""
        return [covered_text(self.enc, name) for name in MAC_NAMES] if self.enc else [b""]

    def parameters(self) -> dict[str, str]:
        """The read under the long names, for the app."""
        raw = {
            "picc_data": self.picc_data,
            "enc": self.enc,
            "uid": self.uid,
            "ctr": self.counter,
            "cmac": self.mac,
        }
        return {name: value.hex().upper() for name, value in raw.items() if value}


def presented(values: Mapping[str, Any]) -> Presented | None:
    """The read in the parameters of a URL or a record; None where it holds no proof at all.

    Known are ``picc_data``/``enc``/``cmac``, the short ``e``/``c`` (file data follow PICCData in ``e``), and
    ``uid``/``ctr``/``cmac``. Raises `ForgedRead` for a proof that is incomplete or no hex.
    """
    mac = _hex(values, "cmac") or _hex(values, "c")
    picc, enc = _hex(values, "picc_data"), _hex(values, "enc")
    if not picc and (short := _hex(values, "e")):
        picc, enc = short[:BLOCK], short[BLOCK:] or enc
    uid, counter = _hex(values, "uid"), _hex(values, "ctr")
    if not mac and not picc and not enc and not counter:
        return None
    if not mac or not (picc or (uid and counter)):
        raise ForgedRead
    return Presented(mac, picc, b"" if picc else uid, b"" if picc else counter, enc)


def _hex(values: Mapping[str, Any], name: str) -> bytes:
    text = values.get(name) or ""
    if not isinstance(text, str) or len(text) > LONGEST:
        raise ForgedRead
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise ForgedRead from error
