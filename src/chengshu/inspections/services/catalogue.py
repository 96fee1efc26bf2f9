"""Items and checklists from the data beside this package, and from files of a bureau."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import yaml
from django.db import transaction

from chengshu.bureau.models import District
from chengshu.inspections.models import Checklist, InspectionItem

DATA = Path(__file__).parent.parent / "data"


@transaction.atomic
def load_catalogue(district: District) -> tuple[int, int]:
    """Fill in items and checklists that are missing; a changed checklist becomes its next version.

    Returns how many items and checklists were added. Items that a bureau changed stay as they are.
    """
    items, lists = 0, 0
    for code, item in _read("items").items():
        values = {**item, "basis": item.get("basis", [])}
        _item, made = InspectionItem.objects.get_or_create(district=district, code=code, defaults=values)
        items += made
    for code, stated in _read("checklists").items():
        lists += _load_checklist(district, code, stated)
    return items, lists


def _load_checklist(district: District, code: str, stated: Mapping[str, Any]) -> int:
    entries = stated["entries"]
    digest = hashlib.sha256(orjson.dumps(entries, option=orjson.OPT_SORT_KEYS, default=str)).hexdigest()
    last = Checklist.objects.filter(district=district, code=code).order_by("-version").first()
    if last is not None and last.digest == digest:
        return 0
    valid_from: date = stated["valid_from"]
    Checklist.objects.create(
        district=district,
        object_class=stated["object_class"],
        code=code,
        version=last.version + 1 if last else 1,
        title=stated["title"],
        title_en=stated.get("title_en", ""),
        valid_from=valid_from,
        entries=entries,
        digest=digest,
    )
    return 1


def _read(name: str) -> dict[str, Any]:
    """All files of a folder of the data, in the order of their names."""
    merged: dict[str, Any] = {}
    for path in sorted((DATA / name).glob("*.yaml")):
        merged.update(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    return merged
