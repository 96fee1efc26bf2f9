"""Names of what phones send."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

KINDS: dict[str, Any] = {
    "duty.start": pgettext_lazy("record", "Duty begun"),
    "duty.end": pgettext_lazy("record", "Duty ended"),
    "equipment.take": pgettext_lazy("record", "Equipment taken"),
    "equipment.return": pgettext_lazy("record", "Equipment returned"),
    "equipment.hand_over": pgettext_lazy("record", "Equipment handed over"),
    "log.line": pgettext_lazy("record", "Line in the duty log"),
    "log.sign": pgettext_lazy("record", "Duty log signed"),
    "check_in": pgettext_lazy("record", "Check-in"),
    "positions": pgettext_lazy("record", "Positions"),
    "lead.report": pgettext_lazy("record", "Lead reported"),
    "lead.accept": pgettext_lazy("record", "Lead accepted"),
    "lead.arrive": pgettext_lazy("record", "Arrived at a lead"),
    "lead.handle": pgettext_lazy("record", "Lead handled"),
    "lead.order": pgettext_lazy("record", "Order to rectify"),
    "lead.recheck": pgettext_lazy("record", "Lead re-checked"),
    "inspection.start": pgettext_lazy("record", "Inspection begun"),
    "inspection.report": pgettext_lazy("record", "Inspection result"),
    "inspection.recheck": pgettext_lazy("record", "Inspection re-check"),
    "round.verify": pgettext_lazy("record", "Object re-verified"),
    "case.simple": pgettext_lazy("record", "Simple-procedure decision"),
    "damaged": pgettext_lazy("record", "Damaged record"),
    "note": pgettext_lazy("record", "Note"),
}
DEEDS: dict[str, Any] = {
    "registered": _("Device registered"),
    "revoked": _("Device revoked"),
    "wipe_asked": _("Told to forget everything"),
    "wiped": _("Forgot everything"),
}
TONES = {"applied": "ok", "flagged": "warn", "refused": "danger"}


def kind_label(code: str) -> str:
    """The name of a kind of record, or its code."""
    return str(KINDS.get(code, code))
