"""What the ledger says about people and units, in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from chengshu.bureau.roles import permissions, roles
from chengshu.kernel.models import LedgerEntry

TITLES = {
    "person.created": gettext_lazy("Account made"),
    "person.changed": gettext_lazy("Data changed"),
    "person.deactivated": gettext_lazy("Account closed"),
    "person.reactivated": gettext_lazy("Account opened again"),
    "role.granted": gettext_lazy("Role granted"),
    "role.revoked": gettext_lazy("Role revoked"),
    "password.reset": gettext_lazy("Password reset"),
    "account.unlocked": gettext_lazy("Account unlocked"),
    "second_factor.removed": gettext_lazy("Second factor removed"),
    "certificate.added": gettext_lazy("Certificate added"),
    "sso.joined": gettext_lazy("Single sign-on joined"),
    "apikey.created": gettext_lazy("API key given"),
    "apikey.changed": gettext_lazy("Permissions changed"),
    "apikey.rotated": gettext_lazy("Secret renewed"),
    "apikey.revoked": gettext_lazy("API key revoked"),
    "unit.created": gettext_lazy("Unit made"),
    "unit.changed": gettext_lazy("Unit changed"),
    "roster.planned": gettext_lazy("Duty planned"),
    "roster.changed": gettext_lazy("Duty changed"),
    "roster.removed": gettext_lazy("Duty removed"),
}
FIELDS = {
    "full_name": gettext_lazy("Full name"),
    "phone": gettext_lazy("Telephone"),
    "email": gettext_lazy("E-mail"),
    "unit": gettext_lazy("Unit"),
}
TONES = {
    "role.granted": "ok",
    "role.revoked": "warn",
    "person.deactivated": "danger",
    "password.reset": "warn",
    "apikey.rotated": "warn",
    "apikey.revoked": "danger",
}


def title(action: str) -> str:
    """The action in words, or its code where nobody has given it any."""
    return str(TITLES.get(action, action))


def describe(entry: LedgerEntry) -> str:
    """What the payload adds to the title."""
    data: dict[str, Any] = entry.payload
    parts: list[str] = []
    if role := data.get("role"):
        known = roles().get(role)
        parts.append(known.label if known else role)
    if fields := data.get("fields"):
        parts.append(_(", ").join(str(FIELDS.get(name, name)) for name in fields))
    if "from" in data and "to" in data and "duty" not in data:
        parts.append(f"{data['from']} → {data['to']}")
    elif unit := data.get("unit"):
        parts.append(str(unit))
    if number := data.get("number"):
        parts.append(f"{number} ({data['valid_from']} – {data['valid_to']})")
    if codes := data.get("permissions"):
        language = "en" if (get_language() or "").startswith("en") else "zh"
        parts.append(_(", ").join(permissions().get(code, {}).get(language, code) for code in codes))
    if rate := data.get("rate"):
        parts.append(_("%(rate)s requests a minute") % {"rate": rate})
    if reason := data.get("reason"):
        parts.append(str(reason))
    return " · ".join(parts)


def timeline(entries: Iterable[LedgerEntry]) -> list[dict[str, Any]]:
    """Entries for the timeline component."""
    return [
        {
            "at": entry.at,
            "title": title(entry.action),
            "text": describe(entry),
            "by": entry.actor,
            "tone": TONES.get(entry.action, ""),
        }
        for entry in entries
    ]
