"""A signed text taken apart: what the envelope of a record says, as far as it can be read."""

from __future__ import annotations

import math
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from chengshu.field.kinds import FileNote
from chengshu.field.settings import limits

MOST_SEQ = 2**31 - 1
MOST_OFFSET_S = 50 * 365 * 24 * 3600.0  # a device that begins in 1970 is decades behind
KIND = re.compile(r"[a-z_.]{1,24}")
SHA256 = re.compile(r"[0-9a-f]{64}")


class Unreadable(ValueError):
    """Neither id nor number can be read: such a record cannot even be kept."""


@dataclass
class Stated:
    """The envelope. ``problems`` are sentences: a record that has any is kept and refused."""

    id: uuid.UUID
    seq: int
    kind: str = ""
    at: datetime | None = None
    offset_s: float | None = None
    position: tuple[float, float] | None = None
    accuracy_m: float | None = None
    app: str = ""
    files: dict[str, FileNote] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def read(text: str) -> Stated:
    """Read the text of a record. Raises `Unreadable`."""
    if len(text.encode("utf-8", "surrogatepass")) > limits().text_bytes:
        raise Unreadable(_("A record has at most %(most)d bytes.") % {"most": limits().text_bytes})
    try:
        body = orjson.loads(text)
        stated = Stated(uuid.UUID(str(body["id"])), body["seq"])
    except (ValueError, KeyError, TypeError) as error:
        raise Unreadable(_("The record cannot be read.")) from error
    if type(stated.seq) is not int or not 0 < stated.seq <= MOST_SEQ:
        raise Unreadable(_("The record cannot be read."))
    if "\x00" in text or "\\u0000" in text:
        stated.problems.append(_("The record holds characters that cannot be stored."))
    _fill(stated, body)
    return stated


def _fill(stated: Stated, body: Mapping[str, Any]) -> None:
    kind, data = body.get("kind"), body.get("data")
    if isinstance(kind, str) and KIND.fullmatch(kind):
        stated.kind = kind
    else:
        stated.problems.append(_("The record does not say what it is."))
    if isinstance(data, dict):
        stated.data = data
    elif data is not None:
        stated.problems.append(_("The data of the record cannot be read."))
    stated.at = moment(body.get("at"))
    if stated.at is None:
        stated.problems.append(_("The time of the record cannot be read."))
    offset = number(body.get("offset_ms"))
    if offset is not None and abs(offset) <= MOST_OFFSET_S * 1000:
        stated.offset_s = offset / 1000
    place = body.get("position")
    if isinstance(place, dict):
        stated.position = position(place)
        stated.accuracy_m = number(place.get("accuracy_m"))
    app = body.get("app")
    stated.app = "".join(c for c in app if c.isprintable())[:40] if isinstance(app, str) else ""
    _fill_files(stated, body.get("files"))


def _fill_files(stated: Stated, listed: Any) -> None:
    for one in listed if isinstance(listed, list) else ():
        sha = one.get("sha256") if isinstance(one, dict) else None
        if not isinstance(sha, str) or not SHA256.fullmatch(sha):
            stated.problems.append(_("The list of files cannot be read."))
            return
        place = one.get("position")
        stated.files[sha] = FileNote(
            name=str(one.get("name") or "")[:200],
            kind=str(one.get("kind") or "")[:12],
            taken_at=moment(one.get("taken_at")),
            position=position(place) if isinstance(place, dict) else None,
        )


def moment(value: Any) -> datetime | None:
    """A moment with zone in ISO 8601; None for anything else, and for years no clock shows."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        found = parse_datetime(value)
    except ValueError:
        return None
    if found is None or timezone.is_naive(found) or not 1970 <= found.year < 2200:
        return None
    return found


def number(value: Any) -> float | None:
    """A finite number, None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def position(place: Mapping[str, Any]) -> tuple[float, float] | None:
    """Longitude and latitude (WGS 84, degrees), None where they are not on the earth."""
    lng, lat = number(place.get("lng")), number(place.get("lat"))
    if lng is None or lat is None or not (-180 <= lng <= 180 and -90 <= lat <= 90):
        return None
    return lng, lat
