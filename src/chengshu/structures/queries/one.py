"""Everything about one entry, and what a person can do with it now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from chengshu.bureau.models import User
from chengshu.law.model import Citation
from chengshu.structures import settings
from chengshu.structures.lifecycle import BEFORE_WRITE_OFF, DISPOSALS, STANDING, TABLE, Action, Moment, Status
from chengshu.structures.models import Proposal, Step, Structure
from chengshu.structures.queries import clocks

ACTS: tuple[tuple[str, Action, str], ...] = (
    ("survey", Action.SURVEY, "edit"),
    ("find", Action.FIND, "scale"),
    ("demolish", Action.DEMOLISH, "check"),
    ("note", Action.NOTE, "book"),
    ("relapse", Action.RELAPSE, "refresh"),
    ("come_back", Action.COME_BACK, "clock"),
    ("change", Action.CHANGE, "edit"),
    ("case", Action.LINK_CASE, "link"),
)
"""Acts by address, with their action and icon."""


@dataclass(frozen=True)
class Kept:
    """A photo as the page shows it."""

    url: str
    name: str
    moment: str
    taken_at: datetime | None
    by: str
    round: int
    position: tuple[float, float] | None


@dataclass(frozen=True)
class Offered:
    """A statutory step: taken already, possible now, or why not."""

    code: str
    label: str
    citation: Citation
    taken: Step | None
    why_not: str


def photos_of(structure: Structure) -> list[Kept]:
    """The photos, those of before first; one query."""
    order = list(Moment.values)
    rows = structure.photos.select_related("file", "by")
    found = [
        Kept(
            reverse("structures:photo", args=[structure.pk, row.pk]), row.name, str(Moment(row.moment).label),
            row.taken_at, row.by.full_name if row.by else "", row.round, row.position,
        )
        for row in sorted(rows, key=lambda row: (-row.round, order.index(row.moment), row.pk))
    ]  # fmt: skip
    return found


def procedure_of(structure: Structure, steps: list[Step]) -> list[Offered]:
    """The statutory steps that fit the structure, with what stands and what may follow."""
    now, done = timezone.now(), clocks.taken(steps)
    return [
        Offered(rule.code, rule.label, rule.citation, done.get(rule.code),
                clocks.why_not(structure, rule, steps, now))
        for rule in settings.steps().values()
        if rule.applies in ("any", "building" if structure.building else "standing")
    ]  # fmt: skip


def acts_for(structure: Structure, user: User, waiting: Proposal | None) -> list[dict[str, Any]]:
    """The acts that would not be refused to this person for state or right."""
    found = []
    status = Status(structure.status)
    for code, action, icon in ACTS:
        permission = "structures.approve" if action == Action.COME_BACK else "structures.work"
        if status not in TABLE[action] or not _covers(user, structure, permission):
            continue
        if structure.written_off_at and action in BEFORE_WRITE_OFF:
            continue
        if waiting and action in (Action.DEMOLISH, Action.RELAPSE):
            continue
        if action == Action.RELAPSE and status == Status.DEMOLISHED and not structure.written_off_at:
            continue
        found.append({"code": code, "label": LABELS[code](), "icon": icon})
    if not waiting and disposals_of(structure) and _covers(user, structure, "structures.work"):
        found.insert(0, {"code": "propose", "label": LABELS["propose"](), "icon": "verify"})
    return found


def disposals_of(structure: Structure) -> list[str]:
    """Disposals that the state allows to propose."""
    if structure.written_off_at:
        return []
    return [kind for kind, (before, _after) in DISPOSALS.items() if structure.status in before]


def may_add_photos(structure: Structure, user: User) -> bool:
    """Whether evidence can still be added by this person."""
    open_ = structure.status in STANDING or (
        structure.status == Status.DEMOLISHED and not structure.written_off_at
    )
    return open_ and _covers(user, structure, "structures.work")


def _covers(user: User, structure: Structure, permission: str) -> bool:
    scope = user.scope_for(permission)
    return bool(scope.covers(district_id=structure.district_id, squad_id=structure.squad_id))


LABELS: dict[str, Any] = {
    "survey": lambda: _("Record a survey"),
    "find": lambda: _("Record a finding"),
    "demolish": lambda: _("Record the demolition"),
    "note": lambda: _("Note in the land register"),
    "relapse": lambda: _("Built again"),
    "come_back": lambda: _("End the deferral early"),
    "change": lambda: _("Put facts right"),
    "case": lambda: _("Link a case"),
    "propose": lambda: _("Propose a disposal"),
}
