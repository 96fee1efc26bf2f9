"""A tag for tests: it answers every read as an NTAG 424 DNA does, written apart from what checks it.

Only AES of single blocks is taken from a library; chaining and CMAC are done here, so that a mistake in the
project's own use of them does not cancel out.
"""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


def aes(key: bytes, block: bytes) -> bytes:
    """One block, encrypted."""
    return Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(block)  # noqa: S305


def cbc(key: bytes, start: bytes, text: bytes) -> bytes:
    """Blocks chained."""
    out, last = b"", start
    for at in range(0, len(text), 16):
        last = aes(key, bytes(a ^ b for a, b in zip(text[at : at + 16], last, strict=True)))
        out += last
    return out


def cmac(key: bytes, text: bytes) -> bytes:
    """RFC 4493."""

    def double(block: bytes) -> bytes:
        number = int.from_bytes(block, "big") * 2
        return ((number ^ 0x87 if number >> 128 else number) & (2**128 - 1)).to_bytes(16, "big")

    k1 = double(aes(key, bytes(16)))
    k2 = double(k1)
    whole = bool(text) and len(text) % 16 == 0
    padded = text if whole else text + b"\x80" + bytes(-(len(text) + 1) % 16)
    last = bytes(a ^ b for a, b in zip(padded[-16:], k1 if whole else k2, strict=True))
    return cbc(key, bytes(16), padded[:-16] + last)[-16:]


@dataclass
class FakeTag:
    """A tag that was written with these keys; ``counter`` is the number of its next read."""

    uid: bytes
    meta_key: bytes
    file_key: bytes
    counter: int = 1
    filler: bytes = b"\xa5\x5a\xc3\x3c\x99"

    def read(self, file_data: bytes = b"", mac_param: str = "cmac") -> dict[str, str]:
        """Hold a phone to it: the parameters of its URL with PICCData; the counter rises."""
        ctr = self._next()
        picc = cbc(self.meta_key, bytes(16), b"\xc7" + self.uid + ctr + self.filler)
        found = {"picc_data": picc.hex().upper()}
        covered = b""
        if file_data:
            key = cmac(self.file_key, bytes.fromhex("C33C00010080") + self.uid + ctr)
            enc = cbc(key, aes(key, ctr + bytes(13)), file_data)
            found["enc"] = enc.hex().upper()
            covered = f"{found['enc']}&{mac_param}=".encode()
        return {**found, "cmac": self._mac(ctr, covered)}

    def read_open(self) -> dict[str, str]:
        """The same where it was set up to mirror UID and counter in the open."""
        ctr = self._next()
        return {"uid": self.uid.hex().upper(), "ctr": ctr[::-1].hex().upper(), "cmac": self._mac(ctr, b"")}

    def _next(self) -> bytes:
        self.counter += 1
        return (self.counter - 1).to_bytes(3, "little")

    def _mac(self, ctr: bytes, covered: bytes) -> str:
        key = cmac(self.file_key, bytes.fromhex("3CC300010080") + self.uid + ctr)
        return cmac(key, covered)[1::2].hex().upper()
