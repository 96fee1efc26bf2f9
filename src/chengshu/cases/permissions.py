"""Which permission each step of the procedure needs (谁可以办哪一步)."""

from __future__ import annotations

from chengshu.cases.procedure.steps import StepKind as K

VIEW, WORK, SQUAD, DECIDE, REVIEW, FILE, CONFIGURE = (
    "cases.view",
    "cases.work",
    "cases.approve",
    "cases.decide",
    "cases.legal_review",
    "cases.manage",
    "cases.configure",
)

# 文书: documents show the parties unmasked, so looking at cases is not enough.
DOCUMENTS = "cases.documents"

PERMISSION: dict[K, str] = {
    K.APPROVE_FILING: SQUAD,
    K.REFUSE_FILING: SQUAD,
    K.ASSIGN: SQUAD,
    K.CHANGE_SUBJECT: SQUAD,
    K.SEND_BACK: SQUAD,
    K.EXTEND_SEIZURE: SQUAD,
    K.CLOSE: SQUAD,
    K.CONFIRM_MEASURE: DECIDE,
    K.RECUSE: DECIDE,
    K.DISCUSS: DECIDE,
    K.APPROVE_DECISION: DECIDE,
    K.ALLOW_LATER_PAYMENT: DECIDE,
    K.WITHDRAW: DECIDE,
    K.SUSPEND: DECIDE,
    K.RESUME: DECIDE,
    K.END: DECIDE,
    K.TRANSFER: DECIDE,
    K.REOPEN: DECIDE,
    K.CONTEST: REVIEW,
    K.CONTEST_ANSWER: REVIEW,
    K.CONTEST_RESULT: REVIEW,
    K.LEGAL_REVIEW: REVIEW,
    K.HEARING_NOTICE: REVIEW,
    K.HOLD_HEARING: REVIEW,
    K.ARCHIVE: FILE,
    K.DISCLOSE: FILE,
    K.WITHDRAW_DISCLOSURE: FILE,
}

# A correction is the officers' work; so that what was served against a rule can be put right, it is also open
# to those who answer for it.
ALSO: dict[K, tuple[str, ...]] = {K.CORRECT: (SQUAD, REVIEW)}
SETTLING = (SQUAD, REVIEW)
"""Who may declare that something served against a rule has been put right."""


def permission_for(kind: K) -> str:
    """The permission that a step needs; whatever is not named is the officers' work."""
    return PERMISSION.get(kind, WORK)


def permissions_for(kind: K) -> tuple[str, ...]:
    """Every permission of which one is enough for a step."""
    return (permission_for(kind), *ALSO.get(kind, ()))
