"""Secure dynamic messaging of NTAG 424 DNA tags: was this URL made by this tag, at which read?

After NXP AN12196 (NTAG 424 DNA features and hints, 3.3 and 3.4) in AES mode, and AN10922 (key
diversification, 2.2) for keys that differ by tag. Bytes in, bytes out; nothing here knows a database. LRP
mode is not read: it is an option against side-channel attacks on the tag itself, and the tags of a bureau
are written in AES mode.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC, ECB
from cryptography.hazmat.primitives.cmac import CMAC

BLOCK = 16
UID_BYTES, COUNTER_BYTES, MAC_BYTES = 7, 3, 8
HIGHEST_COUNTER = 2 ** (8 * COUNTER_BYTES) - 1
_ZERO = bytes(BLOCK)
_ENC_PREFIX = bytes.fromhex("c33c00010080")  # SV1, AN12196 table 1
_MAC_PREFIX = bytes.fromhex("3cc300010080")  # SV2
_HAS_UID, _HAS_COUNTER, _LENGTH = 0x80, 0x40, 0x0F  # bits of PICCDataTag
_DIVERSIFIED = 2 * BLOCK  # AN10922 fills its input up to this length
_RB = 0x87  # constant of the CMAC subkeys for blocks of 128 bits (NIST SP 800-38B, 5.3)


class ForgedRead(ValueError):
    """The read was not made by a tag with these keys, or was changed on its way."""


@dataclass(frozen=True)
class Mirrored:
    """What a read says of itself: the tag's UID (7 bytes) and its read counter (0 to 2²⁴ − 1)."""

    uid: bytes
    counter: int


def read_picc_data(meta_key: bytes, picc_data: bytes) -> Mirrored:
    """UID and counter out of encrypted PICCData. Raises `ForgedRead` where the key does not fit."""
    if len(picc_data) != BLOCK:
        raise ForgedRead
    plain = _decrypt(meta_key, _ZERO, picc_data)
    wanted = _HAS_UID | _HAS_COUNTER | UID_BYTES
    if plain[0] & (_HAS_UID | _HAS_COUNTER | _LENGTH) != wanted:
        raise ForgedRead
    uid, counter = plain[1 : 1 + UID_BYTES], plain[1 + UID_BYTES : 1 + UID_BYTES + COUNTER_BYTES]
    return Mirrored(uid, int.from_bytes(counter, "little"))


def read_mirrors(uid: bytes, counter: bytes) -> Mirrored:
    """UID and counter as a tag mirrors them in the open: the counter with its highest byte first."""
    if len(uid) != UID_BYTES or len(counter) != COUNTER_BYTES:
        raise ForgedRead
    return Mirrored(uid, int.from_bytes(counter, "big"))


def mac_of(file_key: bytes, read: Mirrored, covered: bytes = b"") -> bytes:
    """The 8 bytes that the tag puts into its URL: every second byte of the CMAC over ``covered``.

    ``covered`` is the text of the URL from where the file data begin up to the MAC; empty where the tag was
    set up with both offsets equal.
    """
    return _cmac(_session_key(file_key, _MAC_PREFIX, read), covered)[1::2]


def verify(file_key: bytes, read: Mirrored, mac: bytes, covered: Iterable[bytes] = (b"",)) -> None:
    """Raise `ForgedRead` unless the MAC fits one of the texts that it may cover. Takes the same time."""
    fits = [hmac.compare_digest(mac_of(file_key, read, text), mac) for text in covered]
    if len(mac) != MAC_BYTES or not any(fits):
        raise ForgedRead


def covered_text(enc: bytes, mac_param: str) -> bytes:
    """What the MAC covers where file data are mirrored: their hex digits and its parameter's name."""
    return f"{enc.hex().upper()}&{mac_param}=".encode() if enc else b""


def read_file_data(file_key: bytes, read: Mirrored, enc: bytes) -> bytes:
    """The mirrored part of the tag's file, decrypted (AN12196 3.4.3). Check the MAC first."""
    if not enc or len(enc) % BLOCK:
        raise ForgedRead
    key = _session_key(file_key, _ENC_PREFIX, read)
    start = read.counter.to_bytes(COUNTER_BYTES, "little")
    return _decrypt(key, _encrypt_block(key, start.ljust(BLOCK, b"\0")), enc)


def diversified(master: bytes, uid: bytes, application: bytes, system: bytes) -> bytes:
    """The key of one tag, derived from a master key (AN10922 2.2, AES-128).

    The input is filled up to two blocks even where one would do, which plain CMAC would not.
    """
    text = b"\x01" + uid + application + system
    if len(text) > _DIVERSIFIED:
        raise ValueError("UID, application and system identifier are longer than 31 bytes together")
    first = _doubled(_encrypt_block(master, _ZERO))
    whole = len(text) == _DIVERSIFIED
    padded = text if whole else (text + b"\x80").ljust(_DIVERSIFIED, b"\0")
    last = _xor(padded[BLOCK:], first if whole else _doubled(first))
    encryptor = Cipher(AES(master), CBC(_ZERO)).encryptor()
    return encryptor.update(padded[:BLOCK] + last)[BLOCK:]


def session_keys(file_key: bytes, read: Mirrored) -> tuple[bytes, bytes]:
    """The keys of one read: for encryption (SV1) and for the MAC (SV2)."""
    return _session_key(file_key, _ENC_PREFIX, read), _session_key(file_key, _MAC_PREFIX, read)


def _session_key(file_key: bytes, prefix: bytes, read: Mirrored) -> bytes:
    return _cmac(file_key, prefix + read.uid + read.counter.to_bytes(COUNTER_BYTES, "little"))


def _cmac(key: bytes, text: bytes) -> bytes:
    cmac = CMAC(AES(key))
    cmac.update(text)
    return cmac.finalize()


def _decrypt(key: bytes, start: bytes, text: bytes) -> bytes:
    return Cipher(AES(key), CBC(start)).decryptor().update(text)


def _encrypt_block(key: bytes, block: bytes) -> bytes:
    # A single block: there is no pattern that ECB could show.
    return Cipher(AES(key), ECB()).encryptor().update(block)  # noqa: S305


def _doubled(block: bytes) -> bytes:
    number = int.from_bytes(block, "big") << 1
    if number >> (8 * BLOCK):
        number = (number & (2 ** (8 * BLOCK) - 1)) ^ _RB
    return number.to_bytes(BLOCK, "big")


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(left ^ right for left, right in zip(one, other, strict=True))
