"""Which step may follow in which state (状态转换表): the whole procedure as one table."""

from __future__ import annotations

from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from .steps import StepKind as K


class State(StrEnum):
    """案件状态."""

    NEW = "new"
    LEAD = "lead"
    CHECKED = "checked"
    FILING = "filing"
    INVESTIGATING = "investigating"
    REPORTED = "reported"
    NOTICED = "noticed"
    HEARING = "hearing"
    DECIDING = "deciding"
    ON_SPOT = "on_spot"
    DECIDED = "decided"
    SERVED = "served"
    CLOSED = "closed"
    ARCHIVED = "archived"
    SUSPENDED = "suspended"
    NOT_FILED = "not_filed"
    TRANSFERRED = "transferred"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"


STATE_LABELS = {
    State.NEW: _("New"),
    State.LEAD: _("Lead"),
    State.CHECKED: _("Checked"),
    State.FILING: _("Filing for approval"),
    State.INVESTIGATING: _("Under investigation"),
    State.REPORTED: _("Investigation concluded"),
    State.NOTICED: _("Notice given"),
    State.HEARING: _("Hearing"),
    State.DECIDING: _("Decision for approval"),
    State.ON_SPOT: _("On the spot"),
    State.DECIDED: _("Decided"),
    State.SERVED: _("Served"),
    State.CLOSED: _("Closed (case)"),
    State.ARCHIVED: _("Archived"),
    State.SUSPENDED: _("Suspended"),
    State.NOT_FILED: _("Not filed"),
    State.TRANSFERRED: _("Transferred"),
    State.WITHDRAWN: _("Withdrawn"),
    State.ENDED: _("Ended (case)"),
}

STEP_LABELS = {
    K.REGISTER_LEAD: _("Lead registered"),
    K.CHECK: _("Lead checked"),
    K.PROPOSE_FILING: _("Filing proposed"),
    K.APPROVE_FILING: _("Filing approved"),
    K.REFUSE_FILING: _("Not filed"),
    K.RECUSE: _("Recusal decided"),
    K.ASSIGN: _("Assigned to other officers"),
    K.INQUIRE: _("Record of investigation"),
    K.ADD_EVIDENCE: _("Evidence taken in"),
    K.ORDER_RECTIFY: _("Order to rectify"),
    K.RECTIFY_RESULT: _("Rectification checked"),
    K.PRESERVE: _("Evidence registered and preserved"),
    K.DISPOSE_PRESERVED: _("Preserved evidence disposed of"),
    K.SEIZE: _("Seizure"),
    K.EXTEND_SEIZURE: _("Seizure extended"),
    K.RELEASE_SEIZURE: _("Seizure lifted"),
    K.CONFIRM_MEASURE: _("Measure confirmed by the head"),
    K.CHANGE_SUBJECT: _("Cause or parties changed"),
    K.REPORT: _("Final report of the investigation"),
    K.SEND_BACK: _("Sent back to the investigation"),
    K.LEGAL_REVIEW: _("Legal review"),
    K.DISCUSS: _("Group discussion"),
    K.NOTICE: _("Advance notice"),
    K.STATEMENT: _("Statement and defence"),
    K.REVIEW_STATEMENT: _("Defence reviewed"),
    K.REQUEST_HEARING: _("Hearing requested"),
    K.HEARING_NOTICE: _("Notice of hearing"),
    K.HOLD_HEARING: _("Hearing held"),
    K.PROPOSE_DECISION: _("Decision proposed"),
    K.APPROVE_DECISION: _("Decision made"),
    K.SIMPLE_SCENE: _("On-the-spot procedure"),
    K.SIMPLE_DECISION: _("On-the-spot decision"),
    K.SIMPLE_RECORD: _("On-the-spot decision filed"),
    K.SERVE: _("Service"),
    K.PAY: _("Payment"),
    K.ALLOW_LATER_PAYMENT: _("Later payment or instalments allowed"),
    K.LATE_CHARGE: _("Late charge"),
    K.REMIND: _("Reminder"),
    K.APPLY_TO_COURT: _("Application to the court"),
    K.ENFORCED: _("Enforced"),
    K.CONTEST: _("Review or suit begun"),
    K.CONTEST_ANSWER: _("Answer to review or suit"),
    K.CONTEST_RESULT: _("Outcome of review or suit"),
    K.REFUND: _("Refund"),
    K.REOPEN: _("Taken up again after annulment"),
    K.CLOSE: _("Case closed"),
    K.ARCHIVE: _("File archived"),
    K.DISCLOSE: _("Disclosed"),
    K.WITHDRAW_DISCLOSURE: _("Disclosure withdrawn"),
    K.TRANSFER: _("Transferred elsewhere"),
    K.WITHDRAW: _("Case withdrawn"),
    K.SUSPEND: _("Case suspended"),
    K.RESUME: _("Case resumed"),
    K.END: _("Case ended"),
    K.CORRECT: _("Correction"),
}

S = State
OPEN_GENERAL = (S.INVESTIGATING, S.REPORTED, S.NOTICED, S.HEARING, S.DECIDING)
AFTER_DECISION = (S.DECIDED, S.SERVED, S.CLOSED, S.ARCHIVED)
FINAL = frozenset({S.ARCHIVED, S.NOT_FILED, S.TRANSFERRED, S.WITHDRAWN, S.ENDED})


def _stay(*states: State) -> dict[State, State]:
    return {state: state for state in states}


# step → {state before: state after}. What is not here is refused.
TABLE: dict[K, dict[State, State]] = {
    K.REGISTER_LEAD: {S.NEW: S.LEAD},
    K.CHECK: {S.LEAD: S.CHECKED, S.CHECKED: S.CHECKED},
    K.PROPOSE_FILING: {S.CHECKED: S.FILING},
    K.APPROVE_FILING: {S.FILING: S.INVESTIGATING},
    K.REFUSE_FILING: {S.CHECKED: S.NOT_FILED, S.FILING: S.NOT_FILED},
    K.RECUSE: _stay(S.CHECKED, S.FILING, *OPEN_GENERAL),
    K.ASSIGN: _stay(S.LEAD, S.CHECKED, S.FILING, *OPEN_GENERAL, S.DECIDED, S.SERVED),
    K.INQUIRE: _stay(S.LEAD, S.CHECKED, S.FILING, S.INVESTIGATING),
    K.ADD_EVIDENCE: _stay(S.LEAD, S.CHECKED, S.FILING, *OPEN_GENERAL, S.ON_SPOT, S.DECIDED, S.SERVED),
    K.ORDER_RECTIFY: _stay(S.LEAD, S.CHECKED, S.FILING, *OPEN_GENERAL, S.ON_SPOT),
    K.RECTIFY_RESULT: _stay(S.LEAD, S.CHECKED, S.FILING, *OPEN_GENERAL, S.ON_SPOT, S.DECIDED, S.SERVED),
    K.PRESERVE: _stay(S.FILING, S.INVESTIGATING),
    K.DISPOSE_PRESERVED: _stay(S.FILING, *OPEN_GENERAL, S.SUSPENDED, S.DECIDED, S.SERVED),
    K.SEIZE: _stay(S.CHECKED, S.FILING, S.INVESTIGATING),
    # A seizure runs on while the case is suspended (行政强制法 art. 25).
    K.EXTEND_SEIZURE: _stay(*OPEN_GENERAL, S.SUSPENDED),
    K.RELEASE_SEIZURE: _stay(S.CHECKED, S.FILING, *OPEN_GENERAL, S.SUSPENDED, S.DECIDED, S.SERVED),
    K.CONFIRM_MEASURE: _stay(S.CHECKED, S.FILING, *OPEN_GENERAL, S.SUSPENDED, S.DECIDED, S.SERVED),
    K.CHANGE_SUBJECT: _stay(S.INVESTIGATING),
    K.REPORT: {S.INVESTIGATING: S.REPORTED},
    # What legal review or the leader did not let pass is investigated further; the periods run on.
    K.SEND_BACK: dict.fromkeys((S.REPORTED, S.NOTICED, S.HEARING, S.DECIDING), S.INVESTIGATING),
    K.LEGAL_REVIEW: _stay(S.REPORTED, S.NOTICED, S.HEARING, S.DECIDING),
    K.DISCUSS: _stay(S.REPORTED, S.NOTICED, S.HEARING, S.DECIDING),
    # A decision that is only proposed does not silence the party, and goes back where notice was missed.
    K.NOTICE: dict.fromkeys((S.REPORTED, S.NOTICED, S.DECIDING), S.NOTICED),
    K.STATEMENT: _stay(S.NOTICED, S.HEARING, S.DECIDING),
    K.REVIEW_STATEMENT: _stay(S.NOTICED, S.HEARING, S.DECIDING),
    K.REQUEST_HEARING: dict.fromkeys((S.NOTICED, S.HEARING, S.DECIDING), S.HEARING),
    K.HEARING_NOTICE: _stay(S.HEARING),
    K.HOLD_HEARING: {S.HEARING: S.NOTICED},
    K.PROPOSE_DECISION: {S.NOTICED: S.DECIDING, S.REPORTED: S.DECIDING},
    K.APPROVE_DECISION: {S.DECIDING: S.DECIDED},
    K.SIMPLE_SCENE: {S.NEW: S.ON_SPOT, S.LEAD: S.ON_SPOT, S.CHECKED: S.ON_SPOT},
    K.SIMPLE_DECISION: {S.ON_SPOT: S.DECIDED},
    K.SIMPLE_RECORD: _stay(S.DECIDED, S.SERVED),
    K.SERVE: {S.NOTICED: S.NOTICED, S.HEARING: S.HEARING, S.DECIDED: S.SERVED, S.SERVED: S.SERVED},
    K.PAY: _stay(S.DECIDED, S.SERVED),
    K.ALLOW_LATER_PAYMENT: _stay(S.SERVED),
    K.LATE_CHARGE: _stay(S.SERVED),
    K.REMIND: _stay(S.SERVED),
    K.APPLY_TO_COURT: _stay(S.SERVED),
    K.ENFORCED: _stay(S.SERVED),
    # The party may go on to review and court when the case is long in the archive.
    K.CONTEST: _stay(*AFTER_DECISION),
    K.CONTEST_ANSWER: _stay(*AFTER_DECISION),
    K.CONTEST_RESULT: _stay(*AFTER_DECISION),
    K.REFUND: _stay(S.INVESTIGATING, *AFTER_DECISION),
    K.REOPEN: dict.fromkeys((S.SERVED, S.CLOSED, S.ARCHIVED), S.INVESTIGATING),
    K.CLOSE: {S.SERVED: S.CLOSED},
    K.ARCHIVE: {S.CLOSED: S.ARCHIVED},
    K.DISCLOSE: _stay(*AFTER_DECISION),
    K.WITHDRAW_DISCLOSURE: _stay(*AFTER_DECISION),
    K.TRANSFER: dict.fromkeys((S.LEAD, S.CHECKED, S.FILING, *OPEN_GENERAL), S.TRANSFERRED),
    K.WITHDRAW: dict.fromkeys(OPEN_GENERAL, S.WITHDRAWN),
    K.SUSPEND: dict.fromkeys(OPEN_GENERAL, S.SUSPENDED),
    K.RESUME: {S.SUSPENDED: S.SUSPENDED},  # back to where it was: see `after`
    K.END: dict.fromkeys((*OPEN_GENERAL, S.SERVED, S.SUSPENDED), S.ENDED),
    K.CORRECT: _stay(*(s for s in State if s is not S.NEW)),
}

# Particulars without which a step says nothing.
REQUIRED: dict[K, tuple[str, ...]] = {
    K.REGISTER_LEAD: ("source", "summary"),
    K.CHECK: ("result",),
    K.PROPOSE_FILING: ("cause", "parties", "act_on"),
    K.APPROVE_FILING: ("approver",),
    K.REFUSE_FILING: ("reason", "approver"),
    K.RECUSE: ("officer", "accepted", "approver"),
    K.ASSIGN: ("reason",),
    K.INQUIRE: ("record",),
    K.ADD_EVIDENCE: ("type", "sha256"),
    K.ORDER_RECTIFY: ("party",),
    K.RECTIFY_RESULT: ("result",),
    K.PRESERVE: ("items", "approver"),
    K.DISPOSE_PRESERVED: ("outcome",),
    K.SEIZE: ("items",),
    K.EXTEND_SEIZURE: ("approver", "until", "reason"),
    K.RELEASE_SEIZURE: ("outcome",),
    K.CONFIRM_MEASURE: ("approver", "approved"),
    K.CHANGE_SUBJECT: ("cause", "parties", "act_on", "reason", "approver"),
    K.REPORT: ("facts", "proposals"),
    K.SEND_BACK: ("reason", "approver"),
    K.LEGAL_REVIEW: ("reviewer", "opinion"),
    K.DISCUSS: ("participants", "conclusion"),
    K.NOTICE: ("party", "proposal"),
    K.STATEMENT: ("party", "made"),
    K.REVIEW_STATEMENT: ("party", "accepted", "reason"),
    K.REQUEST_HEARING: ("party",),
    K.HEARING_NOTICE: ("hearing_on", "chair"),
    K.HOLD_HEARING: ("chair", "record"),
    K.PROPOSE_DECISION: ("proposals",),
    K.APPROVE_DECISION: ("approver", "outcomes"),
    K.SIMPLE_SCENE: ("cause", "party", "act_on"),
    K.SIMPLE_DECISION: ("number", "outcomes"),
    K.SIMPLE_RECORD: (),
    K.SERVE: ("party", "document", "mode", "result"),
    K.PAY: ("party", "amount", "method"),
    K.ALLOW_LATER_PAYMENT: ("party", "until", "approver"),
    K.LATE_CHARGE: ("party", "amount"),
    K.REMIND: ("party",),
    K.APPLY_TO_COURT: ("party", "court"),
    K.ENFORCED: ("party",),
    K.CONTEST: ("party", "remedy", "body", "begun_on"),
    K.CONTEST_ANSWER: ("party",),
    K.CONTEST_RESULT: ("party", "result", "number", "effective_on"),
    K.REFUND: ("party", "amount"),
    K.REOPEN: ("reason", "approver"),
    K.CLOSE: ("approver",),
    K.ARCHIVE: ("archive_number",),
    K.DISCLOSE: (),
    K.WITHDRAW_DISCLOSURE: ("reason",),
    K.TRANSFER: ("to", "reason", "approver"),
    K.WITHDRAW: ("reason", "approver"),
    K.SUSPEND: ("reason", "approver"),
    K.RESUME: ("reason",),
    K.END: ("reason", "approver"),
    K.CORRECT: ("step", "text"),
}


def after(state: State, kind: K, before_suspension: State | None = None) -> State | None:
    """The state that a step leads to, None where it is not possible."""
    if kind is K.RESUME:
        return before_suspension if state is S.SUSPENDED else None
    return TABLE[kind].get(state)


def possible(state: State) -> list[K]:
    """The steps that may follow, in the order of the procedure."""
    return [kind for kind, table in TABLE.items() if state in table]
