"""In whose name a case is decided, and the words of its numbers (机关代字), from ``data/<district>/``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from chengshu.bureau.models import District, Town
from chengshu.cases.procedure import law as applicable

DATA = Path(__file__).parent / "data"
NUMBER, CASE_NUMBER = "{word}{kind}〔{year}〕第{seq:06d}号", "{word}立〔{year}〕第{seq:06d}号"
ARCHIVE_NUMBER = "{word}档〔{year}〕第{seq:06d}号"


@dataclass(frozen=True)
class Authority:
    """处罚机关: its kind, its full name, its word in numbers, and whether that was confirmed."""

    kind: str
    name: str
    word: str
    number: str
    case_number: str
    verified: bool


def area_of(town: Town | None) -> str:
    """The kind of area that decides the authority: ``subdistrict``, ``town`` or ``district``."""
    if town is None:
        return "district"
    return "town" if town.kind == Town.Kind.TOWN else "subdistrict"


def authority_for(district: District, town: Town | None, on: date) -> Authority:
    """The authority for an act in a town on the day of the decision."""
    rule = applicable.authority(area_of(town), on)
    kind = rule.authority
    known = _file(district.code)
    entry = known.get("bureau", {})
    if kind != "bureau" and town is not None:
        entry = known.get("towns", {}).get(town.code, {}).get(kind) or {
            "name": town.name, "word": town.name.removesuffix("街道").removesuffix("镇")
        }  # fmt: skip
    return Authority(
        kind,
        entry.get("name") or f"{district.name}城市管理行政执法局",
        entry.get("word") or f"{district.name.removesuffix('区')}城管",
        known.get("number", NUMBER),
        known.get("case_number", CASE_NUMBER),
        known.get("confidence") == "verified",
    )


def archive_series(district: District) -> tuple[str, str]:
    """How archive numbers (档案号) are written, with ``{seq}``, and the word of the bureau in them."""
    known = _file(district.code)
    word = known.get("bureau", {}).get("word") or f"{district.name.removesuffix('区')}城管"
    return known.get("archive_number", ARCHIVE_NUMBER), word


def printed_for(district: District) -> dict[str, str]:
    """What documents print besides the authority: court, reviewing authority, bank, address."""
    return dict(_file(district.code).get("printed") or {})


@cache
def _file(code: str) -> dict[str, Any]:
    path = DATA / code / "authorities.yaml"
    return yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}
