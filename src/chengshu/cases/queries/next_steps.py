"""Which steps are offered on the page of a case: possible, permitted and of use now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils import timezone

from chengshu.bureau.models import User
from chengshu.cases.forms.catalogue import FORWARD, SPECS
from chengshu.cases.models import Case
from chengshu.cases.procedure.case_file import CaseFile, PartyView
from chengshu.cases.procedure.law import LawProblem
from chengshu.cases.procedure.rules.performing import accrued, pay_by
from chengshu.cases.procedure.steps import StepKind as K
from chengshu.cases.procedure.transitions import TABLE, State
from chengshu.cases.services import may_take


def _owes(party: PartyView) -> bool:
    return party.paid < party.owed and not party.enforced


def _late(party: PartyView) -> bool:
    """Whether a late charge has come up that was not imposed, be the fine paid by now."""
    today = timezone.localdate()
    try:
        due = pay_by(party)
    except LawProblem:
        return False
    return due is not None and today > due and accrued(party, due, today) > party.late_charge


def _any(check: Callable[[PartyView], bool]) -> Callable[[CaseFile], bool]:
    return lambda file: any(check(party) for party in file.parties.values())


def _served(file: CaseFile) -> bool:
    """Whether everything that there is to serve has been served."""
    if file.decision is not None:
        return all(party.served_on for party in file.parties.values())
    return not any(party.notice and not party.notice_served_on for party in file.parties.values())


def _statement_open(party: PartyView) -> bool:
    return bool(party.statement and party.statement.data.get("made") and party.statement_review is None)


# A step that is not named is of use whenever it is possible.
OF_USE: dict[K, Callable[[CaseFile], bool]] = {
    K.CHANGE_SUBJECT: lambda file: not file.simple,
    K.RECTIFY_RESULT: _any(lambda party: bool(party.ordered)),
    K.ORDER_RECTIFY: lambda file: bool(file.parties),
    K.CONFIRM_MEASURE: lambda file: bool(file.unconfirmed),
    K.DISPOSE_PRESERVED: lambda file: bool(file.still_preserved),
    K.EXTEND_SEIZURE: lambda file: any(seizure.released is None for seizure in file.seizures),
    K.RELEASE_SEIZURE: lambda file: any(seizure.released is None for seizure in file.seizures),
    K.STATEMENT: _any(lambda party: party.notice is not None and party.statement is None),
    K.REVIEW_STATEMENT: _any(_statement_open),
    K.REQUEST_HEARING: _any(lambda party: party.notice is not None),
    K.SIMPLE_RECORD: lambda file: file.simple and not file.done(K.SIMPLE_RECORD),
    K.SERVE: lambda file: not _served(file),
    K.PAY: lambda file: file.decision is not None and any(map(_owes, file.parties.values())),
    K.ALLOW_LATER_PAYMENT: _any(_owes),
    K.LATE_CHARGE: _any(_late),
    K.REMIND: _any(_owes),
    K.APPLY_TO_COURT: _any(_owes),
    K.ENFORCED: _any(_owes),
    K.CONTEST: _any(lambda party: bool(party.outcome) and party.pending is None),
    K.CONTEST_ANSWER: _any(lambda party: party.pending is not None and party.pending.answered is None),
    K.CONTEST_RESULT: _any(lambda party: party.pending is not None),
    K.REFUND: _any(lambda party: party.paid > party.owed),
    K.REOPEN: _any(lambda party: party.outcome.get("type") == "annulled"),
    K.DISCLOSE: lambda file: file.disclosed_on is None,
    K.WITHDRAW_DISCLOSURE: lambda file: file.disclosed_on is not None,
    K.NOTICE: _any(lambda party: party.notice is None),
    K.CLOSE: lambda file: _served(file) and not any(map(_owes, file.parties.values())),
}


@dataclass(frozen=True)
class Offered:
    """The steps of a page: those that carry the case on, and the rest."""

    forward: list[K]
    other: list[K]

    def __contains__(self, kind: object) -> bool:
        return kind in self.forward or kind in self.other


def offered(user: User, case: Case, file: CaseFile) -> Offered:
    """What the person may do in the case now; nothing in a case of an old system."""
    if case.imported:
        return Offered([], [])
    may = [kind for kind in SPECS if file.state in TABLE[kind] and may_take(user, case, kind)]
    of_use = [kind for kind in may if kind not in OF_USE or OF_USE[kind](file)]
    forward = [kind for kind in FORWARD if kind in of_use]
    return Offered(forward, [kind for kind in may if kind not in forward and _rare(kind, file, of_use)])


def _rare(kind: K, file: CaseFile, of_use: list[K]) -> bool:
    """Steps aside from the usual course that make sense, and closing before it is due."""
    early_close = kind is K.CLOSE and file.state is State.SERVED
    second_notice = kind is K.NOTICE and file.state in (State.NOTICED, State.DECIDING)
    second_word = kind is K.STATEMENT and file.decision is None
    return kind in of_use or early_close or second_notice or second_word
