"""Permits in one cell: ``kind|number|issuer|from|to``, several divided by ``；``. Written by the export."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.utils.dateparse import parse_date

FIELDS = ("kind", "number", "issuer", "valid_from", "valid_to")
BETWEEN, WITHIN = "；", "|"
_ESCAPES = {"\\": "\\\\", "|": "\\p", "；": "\\s"}


def write_permits(permits: Iterable[Mapping[str, Any]]) -> str:
    """One cell for all permits; an open date is left empty."""
    return BETWEEN.join(
        WITHIN.join(_escape(permit.get(name)) for name in FIELDS).rstrip(WITHIN) for permit in permits
    )


def read_permits(text: str) -> tuple[list[dict[str, Any]], list[str]]:
    """The permits of a cell, and the entries that could not be read."""
    permits, bad = [], []
    for entry in text.replace(";", BETWEEN).split(BETWEEN):
        if not entry.strip():
            continue
        parts = [_unescape(part.strip()) for part in entry.split(WITHIN)]
        permit: dict[str, Any] = dict.fromkeys(FIELDS, "") | dict(zip(FIELDS, parts, strict=False))
        try:
            permit["valid_from"], permit["valid_to"] = _day(permit["valid_from"]), _day(permit["valid_to"])
        except ValueError:
            bad.append(entry[:80])
            continue
        backwards = permit["valid_from"] and permit["valid_to"] and permit["valid_to"] < permit["valid_from"]
        too_long = len(permit["kind"]) > 60 or len(permit["number"]) > 80 or len(permit["issuer"]) > 100
        if not permit["kind"] or backwards or too_long or len(parts) > len(FIELDS):
            bad.append(entry[:80])
        else:
            permits.append(permit)
    return permits, bad


def _day(text: str) -> str | None:
    if not text:
        return None
    day = parse_date(text)
    if day is None:
        raise ValueError(text)
    return day.isoformat()


def _escape(value: Any) -> str:
    text = value.isoformat() if isinstance(value, date) else str(value or "")
    return "".join(_ESCAPES.get(char, char) for char in text.replace(";", "；"))


def _unescape(text: str) -> str:
    out, chars = [], iter(text)
    for char in chars:
        if char == "\\":
            char = {"p": "|", "s": "；", "\\": "\\"}.get(following := next(chars, ""), following)
        out.append(char)
    return "".join(out)
