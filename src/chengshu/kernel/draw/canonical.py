"""Bytes and hashes of a draw's documents, and the salted keys that stand for objects and officers.

Documents hold ASCII member names, texts, whole numbers below 2^53, booleans, null, arrays and objects only.
With this restriction the standard library writes the very bytes of RFC 8785 (a test compares the two), a
hundred times as fast as the library for the whole standard.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from typing import Any

KEY_PREFIX = "chengshu-key/1"
SECRET_BYTES = 32
# What the opening leaves out: the lists stand in the commitment by hash, the rest comes later.
NOT_IN_OPENING = frozenset({"candidates", "officers", "withdrawals", "final", "sha256"})


def canonical(data: Any) -> bytes:
    """The canonical JSON (RFC 8785, restricted as above) of ``data`` in UTF-8."""
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest(data: Any) -> str:
    """SHA-256 of the canonical JSON, as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(canonical(data)).hexdigest()


def new_secret() -> bytes:
    """32 bytes from the operating system's source of randomness: a secret of a draw or a list's salt."""
    return secrets.token_bytes(SECRET_BYTES)


def salt_for(list_salt: bytes, identity: str) -> str:
    """The salt of one object or officer (hex): tells whoever holds it nothing about any other."""
    return hmac.digest(list_salt, identity.encode(), "sha256").hex()


def key_for(salt: str, identity: str) -> str:
    """The key (hex) under which ``identity`` stands in a list, from its own salt."""
    return hashlib.sha256(f"{KEY_PREFIX}\n{salt}\n{identity}".encode()).hexdigest()


def commitment_sha256(commitment: Mapping[str, Any]) -> str:
    """The hash published before the draw."""
    return digest(commitment)


def opening_sha256(proof: Mapping[str, Any]) -> str:
    """The hash published at the draw: commitment, secret, public values and result, not what follows."""
    return digest({name: value for name, value in proof.items() if name not in NOT_IN_OPENING})


def final_sha256(proof: Mapping[str, Any]) -> str:
    """The hash of what became of the result: the withdrawals and the list after them."""
    return digest(
        {
            "opening": opening_sha256(proof),
            "withdrawals": proof["withdrawals"],
            "final": proof["final"],
        }
    )


def proof_sha256(proof: Mapping[str, Any]) -> str:
    """The hash of the whole proof, published when it opens: that of the file which `canonical` gives."""
    return digest(proof)


def with_hashes(proof: dict[str, Any]) -> dict[str, Any]:
    """The proof with its member ``sha256``, by which a damaged copy shows itself."""
    hashes = {
        "commitment": commitment_sha256(proof["commitment"]),
        "opening": opening_sha256(proof),
        "final": final_sha256(proof),
    }
    return {**proof, "sha256": hashes}
