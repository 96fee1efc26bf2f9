"""A bureau starts with the shipped classes and keeps its own changes."""

from __future__ import annotations

from functools import cache
from typing import Any

import yaml
from django.db import transaction
from django.forms.models import model_to_dict
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import District, User
from chengshu.kernel import ledger
from chengshu.leads.models import LeadClass
from chengshu.leads.queries import catalogue
from chengshu.leads.settings import DATA

from .changing import LeadProblem
from .rules import require_setup

CHANGEABLE = (
    "arrive_within", "arrive_unit", "handle_within", "handle_unit", "photos_filing", "photos_closing",
    "severity", "cause", "active", "source", "verified",
)  # fmt: skip
LIMITS = ("arrive_within", "arrive_unit", "handle_within", "handle_unit")


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
    if missing:
        catalogue.forget_now_and_after_commit()
    return len(missing)


def chain(class_id: int) -> str:
    """The ledger's chain of one class of leads."""
    return f"leads.class:{class_id}"


@transaction.atomic
def change_class(class_id: int, values: dict[str, Any], by: User) -> LeadClass:
    """Change limits, photos, severity, cause, use, source; leads that are open keep their times.

    ``verified`` says that the limits were checked against the text named in ``source``; changed limits are
    unverified until somebody says so again. Raises `LeadProblem`, PermissionDenied.
    """
    found = LeadClass.objects.select_for_update().select_related("district").get(pk=class_id)
    require_setup(by, found.district_id)
    before = model_to_dict(found)
    for name in CHANGEABLE:
        if name in values:
            setattr(found, name, values[name])
    if found.arrive_within < 1 or found.handle_within < 1:
        raise LeadProblem(_("A limit is at least one unit long."), "handle_within")
    touched = any(before[name] != getattr(found, name) for name in (*LIMITS, "source"))
    if touched and before["verified"] and found.verified and before["source"] == found.source:
        found.verified = False  # other limits than those that were checked
    if found.verified and not found.source.strip():
        raise LeadProblem(_("Say in which text the limits stand."), "source")
    if not found.verified:
        found.verified_by, found.verified_at = None, None
    elif touched or not before["verified"]:
        found.verified_by, found.verified_at = by, timezone.now()
    if (after := model_to_dict(found)) != before:
        found.save()
        ledger.append(chain(found.pk), "class.changed", _plain(before, after), actor=by.username)
    return found


def _plain(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Only what differs, moments as text."""
    names = [name for name in after if before.get(name) != after[name]]

    def text(value: Any) -> Any:
        return value.isoformat() if hasattr(value, "isoformat") else value

    return {
        "before": {name: text(before.get(name)) for name in names},
        "after": {name: text(after[name]) for name in names},
    }
