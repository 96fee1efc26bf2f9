"""The words and colours of the ledger on pages."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import pgettext

from chengshu.kernel.privacy_masks import mask_name, mask_phone, mask_text
from chengshu.leads.words import Light
from chengshu.structures import settings
from chengshu.structures.lifecycle import Action, Disposal, Finding, Method, Note, Status, Way
from chengshu.structures.models import Step, Structure
from chengshu.structures.queries.lists import TO_WRITE_OFF, WRITTEN_OFF, light_of
from chengshu.ui import tones

STATUS_TONES = {
    Status.PENDING: tones.WARN,
    Status.DEMOLISHED: tones.OK,
    Status.LEGALISED: tones.OK,
    Status.DEFERRED: tones.INFO,
    Status.FALSE: tones.NEUTRAL,
}
MAP_STATES: dict[str, tuple[Any, str, bool]] = {
    # state: words, colour, hollow: what stands is a full dot
    Status.PENDING: (Status.PENDING.label, "#a82219", False),
    TO_WRITE_OFF: (_lazy("Demolished, to be written off"), "#b4571e", False),
    Status.DEFERRED: (Status.DEFERRED.label, "#3f4f9a", False),
    WRITTEN_OFF: (_lazy("Written off"), "#17653c", True),
    Status.LEGALISED: (Status.LEGALISED.label, "#00787a", True),
    Status.FALSE: (Status.FALSE.label, "#4a545d", True),
}
"""How the map shows what became of an entry."""
STEP_TONES = {Action.RELAPSE: tones.DANGER, Action.APPROVE: tones.OK, Action.REFUSE: tones.WARN}
PERSONAL = {
    "owner_name": mask_name, "owner_phone": mask_phone, "occupant_name": mask_name,
    "occupant_phone": mask_phone,
}  # fmt: skip
"""Fields of people, and how they are masked."""


def type_labels(codes: list[str]) -> list[str]:
    """The names of types; a code that has left the data stays as it is."""
    known = settings.types()
    return [known[code].label if code in known else code for code in codes]


def sentences_of(parts: Iterable[object]) -> str:
    """Several short sentences in one line."""
    return pgettext("between sentences", "; ").join(str(part) for part in parts)


def status_of(structure: Structure) -> tuple[str, str]:
    """The state in words, and its tone."""
    status = Status(structure.status)
    if structure.written_off_at:
        return _("Written off"), tones.OK
    if status == Status.DEMOLISHED:
        return _("Demolished, to be written off"), tones.INFO
    return str(status.label), STATUS_TONES[status]


def map_state(status: str, written_off: bool) -> str:
    """The code of `MAP_STATES` for an entry."""
    if status != Status.DEMOLISHED:
        return status
    return WRITTEN_OFF if written_off else TO_WRITE_OFF


def clock_light(structure: Structure, today: date) -> Light | None:
    """The light of the clock that ends next; None where none runs."""
    colour = light_of(structure, today, settings.rules().amber_days)
    if not colour or structure.due_at is None:
        return None
    words = {
        "red": pgettext("light", "Overdue"),
        "amber": pgettext("light", "Nearly due"),
        "green": pgettext("light", "In time"),
    }
    return Light(colour, words[colour], structure.due_at)


def people_of(structure: Structure, *, unmasked: bool) -> dict[str, str]:
    """Owner and occupant, masked unless somebody has said why not."""
    values = {name: getattr(structure, name) for name in PERSONAL}
    return values if unmasked else {name: PERSONAL[name](value) for name, value in values.items()}


def history(steps: list[Step]) -> list[dict[str, Any]]:
    """The timeline of an entry, newest first."""
    return [_entry(row) for row in reversed(steps)]


def _entry(row: Step) -> dict[str, Any]:
    action = Action(row.action)
    rule = settings.steps().get(row.procedure)
    lines = [line for line in (*_lines(action, row.data), mask_text(row.note)) if line]
    if row.number:
        lines.insert(0, _("Document %(number)s") % {"number": row.number})
    if row.deadline:
        lines.append(_("Last day %(day)s") % {"day": row.deadline})
    return {
        "at": row.at,
        "title": rule.label if rule else str(action.label),
        "text": " · ".join(lines),
        "by": row.by.full_name if row.by else _("by the system"),
        "tone": STEP_TONES.get(action, ""),
    }


def _lines(action: Action, data: dict[str, Any]) -> list[str]:
    if action == Action.SURVEY:
        return [f"{data['area']} m²", str(Method(data["method"]).label)]
    if action == Action.FIND:
        return [str(Finding(data["result"]).label)]
    if action == Action.NOTE:
        return [str(Note(data["state"]).label)]
    if action == Action.DEMOLISH:
        return [str(Way(data["way"]).label)]
    if action in (Action.PROPOSE, Action.APPROVE, Action.REFUSE):
        return [str(Disposal(data["kind"]).label), str(data.get("permit") or data.get("review_on") or "")]
    if action == Action.LINK_CASE:
        return [str(data["case"])]
    if action == Action.PHOTO:
        return [_("%(n)d photos") % {"n": len(data["photos"])}]
    return []
