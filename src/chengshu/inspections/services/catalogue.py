"""Items and checklists of a district, filled from the data beside this package."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import orjson
from django.db import transaction

from chengshu.bureau.models import District
from chengshu.inspections.models import Checklist, InspectionItem

from .shipped import Version, shipped


@transaction.atomic
def load_catalogue(district: District) -> tuple[int, int]:
    """Fill in items and versions of checklists that are missing. Returns how many of each were added.

    Items that a bureau changed stay as they are, and a checklist of which a bureau has made a version of its
    own gets no more from here. Raises `shipped.CatalogueProblem` where the data is faulty.
    """
    data = shipped()
    District.objects.select_for_update().only("pk").get(pk=district.pk)  # versions follow one another
    known = set(InspectionItem.objects.filter(district=district).values_list("code", flat=True))
    missing = [
        InspectionItem(
            district=district,
            code=code,
            title=item.title,
            title_en=item.title_en,
            object_classes=list(item.object_classes),
            basis=[cited.plain() for cited in item.basis],
            method=item.method,
            verified=item.verified,
        )
        for code, item in data.items.items()
        if code not in known
    ]
    InspectionItem.objects.bulk_create(missing)
    return len(missing), sum(_load(district, data.versions(code)) for code in data.checklists)


def _load(district: District, versions: Sequence[Version]) -> int:
    code = versions[0].code
    stored = list(Checklist.objects.filter(district=district, code=code).order_by("version"))
    if any(row.made_by_id is not None for row in stored):
        return 0
    known = {(row.valid_from, row.digest) for row in stored}
    number, added = (stored[-1].version if stored else 0), 0
    for version in versions:
        digest = entries_digest(version.entries)
        if (version.valid_from, digest) in known:
            continue
        added += 1
        Checklist.objects.create(
            district=district,
            object_class=version.object_class,
            code=version.code,
            version=number + added,
            title=version.title,
            title_en=version.title_en,
            valid_from=version.valid_from,
            entries=version.entries,
            digest=digest,
        )
    return added


def entries_digest(entries: Sequence[Any]) -> str:
    """SHA-256 over the entries in one fixed form: two versions that ask the same have the same."""
    return hashlib.sha256(orjson.dumps(list(entries), option=orjson.OPT_SORT_KEYS)).hexdigest()
