"""Limits of the officer's app, from `data/limits.yaml` beside this file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

import yaml

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class FileKind:
    """A kind of file that the app sends: bytes at most, and the media types accepted by content."""

    most_bytes: int
    media_types: frozenset[str]


@dataclass(frozen=True)
class Limits:
    """See the file; times are timedeltas, sizes bytes."""

    records: int
    text_bytes: int
    body_bytes: int
    fault_tries: int
    piece_bytes: int
    open_uploads: int
    stale: timedelta
    file_kinds: dict[str, FileKind]
    clock_tolerance: timedelta
    clock_before: timedelta
    clock_wrong: timedelta
    sign_late: timedelta
    devices: int
    snapshot_valid: timedelta
    snapshot_rows: dict[str, int]


@cache
def limits() -> Limits:
    """The limits."""
    data = yaml.safe_load((DATA / "limits.yaml").read_text(encoding="utf-8"))
    uploads, clock, rows = data["uploads"], data["clock"], dict(data["snapshot"])
    return Limits(
        records=data["records"]["most"],
        text_bytes=data["records"]["text_bytes"],
        body_bytes=data["records"]["body_bytes"],
        fault_tries=data["records"]["fault_tries"],
        piece_bytes=uploads["piece_bytes"],
        open_uploads=uploads["open_most"],
        stale=timedelta(hours=uploads["stale_hours"]),
        file_kinds={
            code: FileKind(one["most_mb"] << 20, frozenset(one["media_types"]))
            for code, one in uploads["kinds"].items()
        },
        clock_tolerance=timedelta(seconds=clock["tolerance_s"]),
        clock_before=timedelta(seconds=clock["before_s"]),
        sign_late=timedelta(seconds=clock["sign_late_s"]),
        clock_wrong=timedelta(seconds=clock["wrong_s"]),
        devices=data["devices"]["most"],
        snapshot_valid=timedelta(hours=rows.pop("hours")),
        snapshot_rows=rows,
    )
