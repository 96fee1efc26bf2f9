"""Invented facts for previews, the gallery and the tests; no person or organisation in them exists."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import yaml
from PIL import Image, ImageDraw

from chengshu.cases.documents import facts as f
from chengshu.cases.documents.kinds import kind

HERE = Path(__file__).resolve().parent
LISTS = {
    "officers": f.Officer,
    "evidence": f.Evidence,
    "items": f.Item,
    "dialogue": f.Turn,
    "opinions": f.Opinion,
    "photos": f.Photo,
    "entries": f.CatalogueEntry,
}


def sample(kind_code: str) -> f.DocumentFacts:
    """Complete invented facts for a kind. Raises `DocumentProblem` for an unknown kind."""
    each = kind(kind_code)
    data = _data()
    values = {**data["common"], **data["kinds"].get(each.code, {})}
    values["values"] = {**data["common"]["values"], **data["kinds"].get(each.code, {}).get("values", {})}
    if each.numbered:
        values["number"] = f"示区城管{each.number}〔2021〕第000123号"
    made = f.DocumentFacts(**{name: _value(name, value) for name, value in values.items()})
    if made.photos:
        made = replace(made, photos=(replace(made.photos[0], image=_picture()), *made.photos[1:]))
    return made


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((HERE / "samples.yaml").read_text(encoding="utf-8"))
    return data


def _value(name: str, value: Any) -> Any:
    if name in LISTS:
        return tuple(LISTS[name](**each) for each in value)
    if name == "fine":
        return Decimal(value)
    if isinstance(value, list):
        return tuple(value)
    return value if isinstance(value, (date, datetime, str, int, dict)) else str(value)


@cache
def _picture() -> bytes:
    """A drawn stand-in for a photograph of goods on a pavement."""
    image = Image.new("RGB", (800, 600), (196, 214, 230))
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 380, 800, 600), fill=(150, 150, 146))
    for left, colour in ((90, (176, 82, 60)), (300, (92, 128, 74)), (520, (196, 160, 72))):
        pen.rectangle((left, 300, left + 170, 450), fill=colour, outline=(60, 60, 60), width=4)
    out = BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()
