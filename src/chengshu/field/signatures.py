"""ECDSA over P-256 with SHA-256, as WebCrypto makes it: key as JWK, signature as r‖s in base64url."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

BYTES = 32  # of a coordinate of P-256, of r and of s
BASE64URL = re.compile(r"[A-Za-z0-9_-]*={0,2}")


class KeyProblem(ValueError):
    """The JWK is no public key on P-256."""


def decode(text: str) -> bytes:
    """Bytes of base64url with or without padding. Raises ValueError for anything else."""
    if not BASE64URL.fullmatch(text):
        raise ValueError("not base64url")
    bare = text.rstrip("=")
    try:
        return base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
    except binascii.Error as error:
        raise ValueError("not base64url") from error


def public_jwk(stated: Mapping[str, Any]) -> dict[str, str]:
    """The key's four members, checked and in one spelling (RFC 7518, 6.2). Raises `KeyProblem`."""
    if stated.get("kty") != "EC" or stated.get("crv") != "P-256" or "d" in stated:
        raise KeyProblem("a public key of type EC on the curve P-256 is needed")
    parts = {}
    for name in ("x", "y"):
        try:
            raw = decode(str(stated.get(name, "")))
        except ValueError as error:
            raise KeyProblem(f"{name} is not base64url") from error
        if len(raw) != BYTES:
            raise KeyProblem(f"{name} has not {BYTES} bytes")
        parts[name] = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    _key(parts["x"], parts["y"])
    return {"kty": "EC", "crv": "P-256", **parts}


@lru_cache(maxsize=2048)
def _key(x: str, y: str) -> ec.EllipticCurvePublicKey:
    numbers = ec.EllipticCurvePublicNumbers(
        int.from_bytes(decode(x)), int.from_bytes(decode(y)), ec.SECP256R1()
    )
    try:
        return numbers.public_key()
    except ValueError as error:
        raise KeyProblem("the point does not lie on the curve") from error


def verify(jwk: Mapping[str, Any], text: str, signature: str) -> bool:
    """Whether the key signed exactly this text (UTF-8)."""
    try:
        raw = decode(signature)
    except ValueError:
        return False
    if len(raw) != 2 * BYTES:
        return False
    pair = encode_dss_signature(int.from_bytes(raw[:BYTES]), int.from_bytes(raw[BYTES:]))
    try:
        _key(jwk["x"], jwk["y"]).verify(pair, text.encode(), ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True
