"""The kinds of records that the app sends, and what each does here.

A kind is registered by a function that carries the record out through the services of its domain, in the
transaction that keeps the record. It returns what became of it; a refusal of a service is turned into a
`Done` with the outcome ``refused`` by `chengshu.field.services.receiving`.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chengshu.bureau.models import User
from chengshu.field.models import FieldDevice, FieldRecord
from chengshu.kernel.models import StoredFile

Outcome = FieldRecord.Outcome


@dataclass(frozen=True)
class Sent:
    """A record as it was signed, its signature checked. ``files``: stored files by SHA-256."""

    id: uuid.UUID
    kind: str
    user: User
    device: FieldDevice
    at: datetime
    received_at: datetime
    clock_offset_s: float | None
    position: tuple[float, float] | None
    accuracy_m: float | None
    data: Mapping[str, Any]
    files: Mapping[str, StoredFile]


@dataclass(frozen=True)
class Done:
    """What became of a record; ``messages`` are sentences for the officer, ``result`` goes to the device."""

    outcome: str = Outcome.APPLIED
    messages: tuple[str, ...] = ()
    result: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Kind:
    """A kind of record; ``permission`` is what its officer needs."""

    code: str
    permission: str
    carry_out: Callable[[Sent], Done]


_kinds: dict[str, Kind] = {}


def register(code: str, permission: str) -> Callable[[Callable[[Sent], Done]], Callable[[Sent], Done]]:
    """Decorator: the function carries out records of the kind ``code``."""

    def keep(function: Callable[[Sent], Done]) -> Callable[[Sent], Done]:
        _kinds[code] = Kind(code, permission, function)
        return function

    return keep


def kind(code: str) -> Kind | None:
    """The kind, None if the app sent one that is not known here."""
    return _kinds.get(code)
