"""Who issues a district's reports, and how its documents look."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from chengshu.bureau.models import District, Unit
from chengshu.reports.imprint import Imprint

FILE = Path(__file__).parent / "data" / "issuers.yaml"


def issuer(district: District) -> str:
    """The bureau's name in Chinese, as it stands in titles and under documents."""
    bureau = Unit.objects.filter(district=district, kind=Unit.Kind.BUREAU).order_by("code").first()
    return bureau.name if bureau else district.name


def imprint_of(district: District, number: str, on: date, *, red_head: bool = False) -> Imprint:
    """How a document of the district's bureau is issued, from ``data/issuers.yaml``.

    red_head: with 版头 (name in red, number, red rule) and 版记 (copies, who printed it and when).
    """
    bureau = issuer(district)
    if not red_head:
        return Imprint(bureau, number, on)
    known = _read()
    looks = known["default"] | known.get(district.code, {})
    return Imprint(
        bureau,
        number,
        on,
        head=looks["head"].replace("{bureau}", bureau),
        printed_by=looks["printed_by"].replace("{bureau}", bureau),
        copies=tuple(looks["copies"]),
    )


@cache
def _read() -> dict[str, Any]:
    raw: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return raw
