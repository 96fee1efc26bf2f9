"""A bureau starts with the shipped classes and keeps its own changes."""

from __future__ import annotations

from functools import cache
from typing import Any

import yaml

from chengshu.bureau.models import District
from chengshu.leads.models import LeadClass
from chengshu.leads.settings import DATA


@cache
def shipped() -> list[dict[str, Any]]:
    """The classes of `data/classes.yaml`, one row each, under the names of `LeadClass`."""
    data = yaml.safe_load((DATA / "classes.yaml").read_text(encoding="utf-8"))
    rows: list[dict[str, Any]] = []
    for kind, majors in data["classes"].items():
        for number, major in enumerate(majors, start=1):
            for serial, minor in enumerate(major["minor"], start=1):
                arrive, handle = minor["arrive"].split(), minor["handle"].split()
                rows.append(
                    {
                        "code": f"{kind[0].upper()}{number:02d}{minor.get('code', f'{serial:02d}')}",
                        "kind": kind,
                        "major_zh": major["zh"],
                        "major_en": major["en"],
                        "label_zh": minor["zh"],
                        "label_en": minor["en"],
                        "arrive_within": int(arrive[0]),
                        "arrive_unit": arrive[1],
                        "handle_within": int(handle[0]),
                        "handle_unit": handle[1],
                        "photos_filing": minor.get("photos", data["photos"])[0],
                        "photos_closing": minor.get("photos", data["photos"])[1],
                        "severity": minor.get("severity", 1),
                        "cause": minor.get("cause", ""),
                        "source": minor.get("source", data["source"]),
                        "verified": minor.get("verified", False),
                        "order": len(rows) + 1,
                    }
                )
    return rows


def load_classes(district: District) -> int:
    """Add the shipped classes the district lacks; what it has stays as it is. Returns how many were added."""
    known = set(LeadClass.objects.filter(district=district).values_list("code", flat=True))
    missing = [LeadClass(district=district, **row) for row in shipped() if row["code"] not in known]
    LeadClass.objects.bulk_create(missing)
    return len(missing)
