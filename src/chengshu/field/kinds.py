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


class RecordRefused(Exception):
    """What a record asks for cannot be done; one translated sentence for the officer."""


@dataclass(frozen=True)
class FileNote:
    """What the device says of a file: its name, photo, audio or video, and where and when it was made."""

    name: str
    kind: str
    taken_at: datetime | None = None
    position: tuple[float, float] | None = None


@dataclass(frozen=True)
class Sent:
    """A record as it was signed, its signature checked. ``files``: stored files by SHA-256.

    ``at`` is the device's time corrected by its clock offset, never later than ``received_at``;
    ``clock_back``: it lies before that of an earlier record of the device.
    ``file_notes`` has what the device says of each file; ``files_refused`` the sentence about each file whose
    content is not accepted (only kinds registered with ``whatever_files`` see any).
    """

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
    file_notes: Mapping[str, FileNote] = field(default_factory=dict)
    files_refused: Mapping[str, str] = field(default_factory=dict)
    clock_back: bool = False


@dataclass(frozen=True)
class Done:
    """What became of a record; ``messages`` are sentences for the officer, ``result`` goes to the device."""

    outcome: str = Outcome.APPLIED
    messages: tuple[str, ...] = ()
    result: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Kind:
    """A kind of record; ``permission`` is what its officer needs.

    ``whatever_files``: it is carried out although the content of one of its files is not accepted.
    ``whatever_rights``: also where the permission was withdrawn since; the function then says so itself.
    ``fleeting``: its text is not kept, only the SHA-256. ``dated``: its time may lie before that of an
    earlier record. ``when_refused``: told of each such record that was not applied, with the reason.
    """

    code: str
    permission: str
    carry_out: Callable[[Sent], Done]
    whatever_files: bool = False
    whatever_rights: bool = False
    fleeting: bool = False
    dated: bool = False
    when_refused: Callable[[Sent, str], None] | None = None


CarryOut = Callable[[Sent], Done]
_kinds: dict[str, Kind] = {}
_refusals: list[type[Exception]] = [RecordRefused]


def register(
    code: str,
    permission: str,
    *,
    whatever_files: bool = False,
    whatever_rights: bool = False,
    fleeting: bool = False,
    dated: bool = False,
    when_refused: Callable[[Sent, str], None] | None = None,
) -> Callable[[CarryOut], CarryOut]:
    """Decorator: the function carries out records of the kind ``code``; see `Kind`."""

    def keep(function: CarryOut) -> CarryOut:
        _kinds[code] = Kind(
            code,
            permission,
            function,
            whatever_files=whatever_files,
            whatever_rights=whatever_rights,
            fleeting=fleeting,
            dated=dated,
            when_refused=when_refused,
        )
        return function

    return keep


def refuses(*problems: type[Exception]) -> None:
    """These exceptions of a domain's services refuse a record; ``str()`` of one is a translated sentence."""
    _refusals.extend(problem for problem in problems if problem not in _refusals)


def refusals() -> tuple[type[Exception], ...]:
    """Every exception that refuses a record; anything else is a fault, and the record is tried again."""
    return tuple(_refusals)


def kind(code: str) -> Kind | None:
    """The kind, None if the app sent one that is not known here."""
    return _kinds.get(code)
