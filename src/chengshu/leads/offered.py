"""Which actions a person can take on a lead now: the table, the person's rights, and what has happened."""

from __future__ import annotations

from dataclasses import dataclass

from chengshu.bureau.models import User
from chengshu.leads.lifecycle import PERMISSION, Action, Outcome, Stage, possible
from chengshu.leads.models import Lead

A = Action
NOT_BY_HAND = frozenset({A.REPORT, A.JOIN, A.PARTS_DONE, A.LINK_CASE, A.CORRECT})
"""Made by the system, by other domains, or with another lead."""
FORWARD = (
    A.REGISTER, A.DISPATCH, A.ACCEPT, A.ARRIVE, A.HANDLE, A.RECHECK, A.ORDER, A.GRANT_EXTENSION,
    A.VERIFY, A.CLOSE, A.EVALUATE, A.RESUME, A.ANSWER,
)  # fmt: skip
"""What brings a lead nearer to its end, in the order in which it is offered."""
WITHOUT_PARTS = frozenset({A.HANDLE, A.RECHECK, A.PASS_ON, A.CLOSE, A.MERGE, A.SPLIT})


@dataclass(frozen=True)
class Kin:
    """What hangs on a lead: parts still open, any parts, any doubles."""

    open_parts: bool = False
    parts: bool = False
    doubles: bool = False


def may(user: User, lead: Lead, action: Action) -> bool:
    """Whether the person holds the right to the action where the lead is."""
    scope = user.scope_for(PERMISSION[action])
    return scope.covers(district_id=lead.district_id, squad_id=lead.squad_id)


def offered(user: User, lead: Lead, kin: Kin) -> list[Action]:
    """The actions that would not be refused to this person, those that lead on first."""
    ways = [
        action
        for action in possible(Stage(lead.stage), held=lead.held_at is not None)
        if action not in NOT_BY_HAND and may(user, lead, action) and _makes_sense(user, lead, action, kin)
    ]
    return sorted(ways, key=lambda way: FORWARD.index(way) if way in FORWARD else len(FORWARD))


def _makes_sense(user: User, lead: Lead, action: Action, kin: Kin) -> bool:
    if action in WITHOUT_PARTS and kin.open_parts:
        return False
    match action:
        case A.ARRIVE:
            return lead.arrived_at is None
        case A.RECHECK:
            return lead.outcome == Outcome.ORDERED and lead.recheck_on is not None
        case A.ANSWER:
            return lead.outcome == Outcome.PASSED_ON
        case A.VERIFY | A.REJECT:
            return lead.handled_by_id != user.pk
        case A.EVALUATE | A.REOPEN:
            return lead.outcome != Outcome.MERGED
        case A.ASK_EXTENSION:
            return lead.extension_until is None and lead.handle_by is not None
        case A.GRANT_EXTENSION | A.REFUSE_EXTENSION:
            return lead.extension_until is not None and lead.officer_id != user.pk
        case A.ASSIGN:
            return lead.squad_id is not None
        case A.MERGE:
            return not (kin.parts or kin.doubles)
        case A.SPLIT:
            return lead.parent_id is None and not kin.parts
        case _:
            return True
