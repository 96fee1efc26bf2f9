"""What lies where in an exported file, and how its texts are written."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from chengshu.kernel.ledger import hashing

FORMAT = "chengshu-case-file/1"
MANIFEST, CASE, STEPS, PROOF = "manifest.json", "case.json", "steps.json", "proof.json"
CATALOGUE, ASSEMBLED = "catalogue.json", "file.pdf"
EVIDENCE, DOCUMENTS = "evidence", "documents"
EXPORTED = "file.exported"
OF_PROOF = ("seal", "sealed_up_to", "not_sealed_yet")
CHAIN = re.compile(r"cases\.case:(\d{1,18})")
_UNSAFE = re.compile(r'[\\/:*?"<>|\s]+')
LONGEST_NAME = 80


def text_of(value: Any) -> bytes:
    """JSON as it is written into the zip: readable, members in order, UTF-8."""
    return (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def content_digest(manifest: Mapping[str, Any]) -> str:
    """SHA-256 over what a manifest says of the file, "" where it cannot be written so.

    Without what belongs to the proof: the ledger entry of the export, which holds this digest, lies in there.
    """
    said = {name: value for name, value in manifest.items() if name not in OF_PROOF}
    listed = manifest.get("files")
    if isinstance(listed, list):
        said["files"] = [e for e in listed if not (isinstance(e, dict) and e.get("path") == PROOF)]
    try:
        return hashing.hasher("sha256")(hashing.canonical(said)).hex()
    except (ValueError, TypeError, RecursionError):
        return ""


def entry_name(folder: str, number: int, name: str) -> str:
    """A path in the zip that every system can unpack: ``evidence/003-现场照片.jpg``."""
    cleaned = _UNSAFE.sub("_", "".join(c for c in name if c.isprintable())).strip("._") or "file"
    stem, dot, ending = cleaned.rpartition(".")
    if len(cleaned) > LONGEST_NAME:
        short = len(ending) < 10 and bool(dot)
        cleaned = f"{stem[: LONGEST_NAME - len(ending) - 1]}.{ending}" if short else cleaned[:LONGEST_NAME]
    return f"{folder}/{number:03d}-{cleaned}"


def is_step(action: str) -> bool:
    """Whether an entry of the case's chain records a step."""
    return action.startswith("step.")
