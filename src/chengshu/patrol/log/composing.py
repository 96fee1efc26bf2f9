"""What a duty log says, composed from deeds, equipment and the way walked. Pure: no database, no clock.

The result holds only what JSON carries exactly, so that the officer's signature is over one form (RFC 8785),
whichever contributor was asked first.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chengshu.bureau.deeds import Deed
from chengshu.kernel.ledger.hashing import canonical, moment

FORM = 1
PLACES = 6
CHECK_IN = "check_in"
Content = dict[str, Any]


@dataclass(frozen=True)
class Duty:
    """The duty as rostered and as it was told; ``unit`` and ``officer`` as they are written."""

    id: int
    kind: str
    kind_label: str
    starts_at: datetime
    ends_at: datetime
    unit: str
    officer_id: int
    officer: str
    note: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True)
class Carried:
    """随身装备: a thing that the officer had during the duty. ``handed_to``: a name."""

    code: str
    name: str
    kind_label: str
    taken_at: datetime
    returned_at: datetime | None = None
    handed_to: str = ""
    note: str = ""


@dataclass(frozen=True)
class Walk:
    """轨迹小结: metres, stops and positions."""

    distance_m: float
    stops: int
    positions: int


def compose(
    duty: Duty, deeds: Iterable[Deed], carried: Iterable[Carried] = (), walk: Walk | None = None
) -> Content:
    """The log without the officer's line. The order of ``deeds`` and ``carried`` does not matter."""
    done = sorted((_deed(deed) for deed in deeds), key=canonical_order)
    return {
        "form": FORM,
        "duty": {
            "id": duty.id,
            "kind": duty.kind,
            "kind_label": duty.kind_label,
            "starts_at": moment(duty.starts_at),
            "ends_at": moment(duty.ends_at),
            "started_at": _moment(duty.started_at),
            "ended_at": _moment(duty.ended_at),
            "unit": duty.unit,
            "note": duty.note,
        },
        "officer": {"id": duty.officer_id, "name": duty.officer},
        "deeds": done,
        "counts": dict(sorted(Counter(deed["kind"] for deed in done).items())),
        "check_ins": check_ins_of(done),
        "equipment": sorted((_carried(one) for one in carried), key=canonical_order),
        "track": None if walk is None else _walk(walk),
    }


def with_line(content: Content, line: str) -> Content:
    """The log as it is frozen: with the officer's line."""
    return {**content, "line": line}


def digest_of(content: Content) -> str:
    """SHA-256 of the canonical form, in hexadecimal."""
    return hashlib.sha256(canonical(content)).hexdigest()


def check_ins_of(done: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """How many check-ins, at how many points of how many beats."""
    found = [deed["data"] for deed in done if deed["kind"] == CHECK_IN]
    return {
        "made": len(found),
        "points": len({data.get("point") for data in found}),
        "beats": len({data.get("beat") for data in found}),
    }


def canonical_order(part: Mapping[str, Any]) -> tuple[str, bytes]:
    """By moment, then by everything else: no two different parts are equal."""
    return str(part.get("at") or part.get("taken_at")), canonical(dict(part))


def _deed(deed: Deed) -> dict[str, Any]:
    place = None if deed.position is None else [round(value, PLACES) for value in deed.position]
    return {
        "at": moment(deed.at),
        "kind": deed.kind,
        "text": deed.text,
        "url": deed.url,
        "position": place,
        "data": dict(deed.data),
    }


def _carried(one: Carried) -> dict[str, Any]:
    return {
        "code": one.code,
        "name": one.name,
        "kind_label": one.kind_label,
        "taken_at": moment(one.taken_at),
        "returned_at": _moment(one.returned_at),
        "handed_to": one.handed_to,
        "note": one.note,
    }


def _walk(walk: Walk) -> dict[str, int]:
    return {"distance_m": round(walk.distance_m), "stops": walk.stops, "positions": walk.positions}


def _moment(at: datetime | None) -> str | None:
    return None if at is None else moment(at)
