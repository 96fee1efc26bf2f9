"""Writes ``docs/draw/vectors.json``: ``python -m tests.kernel.draw.make_vectors``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from chengshu.kernel import draw as drawing
from chengshu.kernel.draw.algorithm import below

from . import examples

FILE = Path(__file__).resolve().parents[3] / "docs" / "draw" / "vectors.json"
SEED = bytes(range(32, 64))
VALUES: list[Any] = [
    {"b": [1, -2, True, None], "a": "长寿路100号"},
    'quote " backslash \\ line\n tab\t delete \u007f control \u001f \u2028 𠮷',
    [2**53 - 1, 0, [], {}],
]
# 2^48 − 1 rarely needs a second attempt, 2^47 + 1 every second time.
NUMBERS = [
    *(("object|s1|0", n) for n in (1, 2, 7, 1000, 100_000, 2**47 + 1)),
    *((f"officer|{n}", 2**47 + 1) for n in range(6)),
]


def vectors() -> dict[str, Any]:
    """All vectors, in the order of the specification."""
    identity = "REG-0007 长寿路100号"
    salt = drawing.salt_for(examples.LIST_SALT, identity)
    proofs = {"small": examples.small(), "full": examples.full()}
    return {
        "canonical": [
            {"value": value, "hex": drawing.canonical(value).hex(), "sha256": drawing.digest(value)}
            for value in VALUES
        ],
        "keys": [
            {
                "list_salt": examples.LIST_SALT.hex(),
                "identity": identity,
                "salt": salt,
                "key": drawing.key_for(salt, identity),
            }
        ],
        "below": [
            {"seed": SEED.hex(), "label": label, "n": n, "number": below(SEED, label, n)}
            for label, n in NUMBERS
        ],
        "proofs": {
            name: {"proof": proof, "sha256": {**proof["sha256"], "proof": drawing.proof_sha256(proof)}}
            for name, proof in proofs.items()
        },
    }


def text() -> str:
    """The file's text."""
    return json.dumps(vectors(), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
    print(FILE.name)
