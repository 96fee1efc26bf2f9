"""Who hears of a proposed disposal, of the decision on it, and of a deferral that is over.

Everything is written in the transaction of the step (see `chengshu.bureau.notices`). Titles and texts leave
the house: they name the entry and the disposal, never a person or a place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from chengshu.bureau.models import Level, User
from chengshu.bureau.notices import notify, register_kind
from chengshu.leads.settings import clocks
from chengshu.structures.lifecycle import Disposal
from chengshu.structures.models import Proposal, Structure
from chengshu.structures.queries.recipients import able

from .base import APPROVE, WORK

PROPOSED, DECIDED, CAME_BACK = "structure.proposed", "structure.decided", "structure.came_back"
KINDS = {
    PROPOSED: gettext_lazy("A disposal to decide on"),
    DECIDED: gettext_lazy("A proposed disposal was decided"),
    CAME_BACK: gettext_lazy("A deferral is over"),
}

APPROVED = gettext_noop("%(disposal)s of %(number)s was approved")
REFUSED = gettext_noop("%(disposal)s of %(number)s was refused")


def register() -> None:
    """Make the kinds of notices known."""
    for code, label in KINDS.items():
        register_kind(code, label)


def is_news(at: datetime) -> bool:
    """Whether it happened just now: imports and years that are entered later tell nobody."""
    return timezone.now() - at < timedelta(hours=clocks().tell_hours)


def proposed(structure: Structure, proposal: Proposal) -> None:
    """To everybody who may decide, in the squad and across the district; never to who proposed it."""
    if not is_news(proposal.proposed_at):
        return
    here, across = able(structure, APPROVE)
    people = [one for one in (*here, *across) if one.pk != proposal.proposed_by_id]
    said = {"number": structure.number, "disposal": Disposal(proposal.kind).label}
    _tell(
        people, PROPOSED, structure, f"{PROPOSED}:{proposal.pk}",
        lambda: _("%(disposal)s of %(number)s waits for your decision") % said,
    )  # fmt: skip


def decided(structure: Structure, proposal: Proposal, at: datetime) -> None:
    """To who proposed it."""
    if not is_news(at):
        return
    said = {"number": structure.number, "disposal": Disposal(proposal.kind).label}
    title = APPROVED if proposal.approved else REFUSED
    _tell(
        [proposal.proposed_by], DECIDED, structure, f"{DECIDED}:{proposal.pk}",
        lambda: _(title) % said,
        level=Level.INFO if proposal.approved else Level.WARN,
    )  # fmt: skip


def came_back(structure: Structure, at: datetime, until: str) -> None:
    """To those who work on entries in the squad; where the squad has nobody, to those of the district."""
    if not is_news(at):
        return
    here, across = able(structure, WORK)
    said = {"number": structure.number}
    _tell(
        here or across, CAME_BACK, structure, f"{CAME_BACK}:{structure.pk}:{until}",
        lambda: _("The deferral of %(number)s is over; deal with it again") % said,
        level=Level.WARN,
    )  # fmt: skip


def _tell(
    people: Iterable[User],
    kind: str,
    structure: Structure,
    key: str,
    title: Callable[[], str],
    *,
    level: str = Level.INFO,
) -> None:
    notify(
        people, kind, title, key=key, url=reverse("structures:entry", args=[structure.pk]), level=level,
        unit=structure.squad if kind == CAME_BACK else None,
    )  # fmt: skip
