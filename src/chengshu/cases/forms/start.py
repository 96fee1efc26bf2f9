"""Starting values of the forms of steps: what the file already knows is not typed again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from chengshu.bureau.models import User
from chengshu.cases.authorities import area_of, authority_for
from chengshu.cases.models import Case
from chengshu.cases.procedure.case_file import CaseFile, PartyView
from chengshu.cases.procedure.law import LawProblem
from chengshu.cases.procedure.rules.hearing import hearing_due
from chengshu.cases.procedure.steps import StepKind as K
from chengshu.cases.procedure.transitions import State
from chengshu.cases.services.numbering import upcoming_archive_number
from chengshu.cases.words import cause_label
from chengshu.law.catalogue import catalogue


@dataclass(frozen=True)
class Situation:
    """What a form starts from."""

    case: Case
    file: CaseFile
    me: User
    today: date

    @property
    def party(self) -> PartyView | None:
        """The party that the next step most likely concerns."""
        waiting = [p for p in self.file.parties.values() if not self._done_with(p)]
        return next(iter(waiting or self.file.parties.values()), None)

    def _done_with(self, party: PartyView) -> bool:
        if self.file.decision is None:
            return party.notice is not None and self.file.state is State.REPORTED
        return party.served_on is not None and party.paid >= party.fine + party.late_charge


def proposed(file: CaseFile, key: str) -> Mapping[str, Any]:
    """What was last proposed, announced or reported for a party."""
    party = file.parties.get(key)
    decision = file.last.get(K.PROPOSE_DECISION)
    if found := _of(decision.data.get("proposals") if decision else None, key):
        return found
    if party is not None and party.notice is not None:
        return party.notice.data.get("proposal") or {}
    report = file.last.get(K.REPORT)
    return _of(report.data.get("proposals") if report else None, key)


def _of(outcomes: Any, key: str) -> Mapping[str, Any]:
    return next((o for o in outcomes or [] if str(o.get("party", "1")) == key), {})


def _owed(at: Situation) -> Any:
    party = at.party
    return party.owed - party.paid if party else None


def _hearing_due(at: Situation) -> bool:
    party = at.party
    if party is None:
        return False
    try:
        return hearing_due(proposed(at.file, party.key), party.kind, at.today)
    except LawProblem:
        return False


def _cause(at: Situation) -> str:
    try:
        return catalogue().cause(at.file.cause).name if at.file.cause else ""
    except LawProblem:
        return at.file.cause


def _chair(at: Situation) -> str:
    notice = at.file.last.get(K.HEARING_NOTICE)
    return str(notice.data.get("chair", "")) if notice else ""


STARTS: dict[str, Any] = {
    "today": lambda at: at.today,
    "found_on": lambda at: at.file.act_on or at.case.found_on or at.case.created_at.date(),
    "act_until": lambda at: at.file.act_until,
    "cause": _cause,
    "cause_name": lambda at: cause_label(at.file.cause),
    "area": lambda at: area_of(at.case.town),
    "authority": lambda at: authority_for(at.case.district, at.case.town, at.today).name,
    "facts": lambda at: at.case.summary,
    "my_name": lambda at: at.me.full_name,
    "hearing_due": _hearing_due,
    "chair": _chair,
    "paper": lambda at: "decision" if at.file.decision else "notice",
    "owed": _owed,
    "refund": lambda at: max(-_owed(at), 0) if at.party else None,
    "archive_number": lambda at: upcoming_archive_number(at.case, at.today),
}


def start(name: Any, at: Situation) -> Any:
    """A starting value by its name. Raises KeyError for a name that nobody declared."""
    return STARTS[name](at)
