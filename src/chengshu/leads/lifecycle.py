"""The life of a lead as one table: which action may happen at which stage (handbook 8, seven stages).

No database here: the table, the names and the rules about outcomes are plain values, so that services,
pages, statistics and tests read the same thing.
"""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Stage(TextChoices):
    """环节. After closing comes evaluation, which does not change the stage."""

    FOUND = "found", _("Found")
    REGISTERED = "registered", _("Registered")
    DISPATCHED = "dispatched", _("Dispatched")
    ACCEPTED = "accepted", _("Being handled")
    HANDLED = "handled", _("Handled")
    VERIFIED = "verified", pgettext_lazy("lead", "Verified")
    CLOSED = "closed", pgettext_lazy("lead", "Closed")


class Outcome(TextChoices):
    """处置结果, apart from the stage."""

    NONE = "", _("No outcome yet")
    ADVISED = "advised", _("Advised and put right on the spot")
    ORDERED = "ordered", _("Ordered to rectify")
    CASE = "case", _("Case filed")
    PASSED_ON = "passed_on", _("Passed on to another body")
    UNFOUNDED = "unfounded", _("Unfounded")
    NOT_OURS = "not_ours", _("Not ours")
    MERGED = "merged", _("Joined to another lead")
    SPLIT = "split", _("Settled in its parts")
    LEGAL = "legal", _("Found to be lawful")


class Action(TextChoices):
    """动作: everything that can happen to a lead."""

    REPORT = "report", pgettext_lazy("lead", "Reported")
    REGISTER = "register", _("Registration")
    DISMISS = "dismiss", _("Closed without handling")
    DISPATCH = "dispatch", _("Dispatch")
    ACCEPT = "accept", _("Acceptance")
    ARRIVE = "arrive", _("Arrived on site")
    ASSIGN = "assign", _("Given to an officer")
    TRANSFER = "transfer", _("Transferred to another squad")
    RETURN = "return", _("Returned to the dispatcher")
    HANDLE = "handle", _("Handling reported")
    ORDER = "order", _("Order to rectify given")
    RECHECK = "recheck", _("Re-check done")
    LINK_CASE = "link_case", _("Case filed from it")
    PASS_ON = "pass_on", _("Passed on")
    ANSWER = "answer", _("Answer of the other body")
    VERIFY = "verify", _("Handling verified")
    REJECT = "reject", _("Handling not accepted")
    CLOSE = "close", _("Closing")
    EVALUATE = "evaluate", _("Evaluated")
    REOPEN = "reopen", _("Reopened")
    URGE = "urge", _("Urged")
    ASK_EXTENSION = "ask_extension", _("More time asked for")
    GRANT_EXTENSION = "grant_extension", _("More time granted")
    REFUSE_EXTENSION = "refuse_extension", _("More time refused")
    HOLD = "hold", _("Put on hold")
    RESUME = "resume", _("Taken up again")
    MERGE = "merge", _("Joined to another")
    JOIN = "join", _("A double joined")
    SPLIT = "split", _("Split into parts")
    PARTS_DONE = "parts_done", _("All parts are closed")
    REMARK = "remark", _("Remark")
    CORRECT = "correct", _("Particulars corrected")


S, A = Stage, Action
OPEN = (S.FOUND, S.REGISTERED, S.DISPATCHED, S.ACCEPTED, S.HANDLED, S.VERIFIED)
WITH_SQUAD = (S.DISPATCHED, S.ACCEPTED)
UNFINISHED = (S.FOUND, S.REGISTERED, S.DISPATCHED, S.ACCEPTED)


def _stay(*stages: Stage) -> dict[Stage, Stage]:
    return {stage: stage for stage in stages}


# action → {stage before: stage after}. What is not here is refused. REPORT begins a lead and has no before.
TABLE: dict[Action, dict[Stage, Stage]] = {
    A.REGISTER: {S.FOUND: S.REGISTERED},
    A.DISMISS: {S.FOUND: S.CLOSED, S.REGISTERED: S.CLOSED},
    A.DISPATCH: {S.REGISTERED: S.DISPATCHED},
    A.ACCEPT: {S.DISPATCHED: S.ACCEPTED},
    A.ARRIVE: _stay(S.ACCEPTED),
    A.ASSIGN: _stay(S.DISPATCHED, S.ACCEPTED),
    A.TRANSFER: {S.DISPATCHED: S.DISPATCHED, S.ACCEPTED: S.DISPATCHED},
    A.RETURN: {S.DISPATCHED: S.REGISTERED, S.ACCEPTED: S.REGISTERED},
    A.HANDLE: {S.ACCEPTED: S.HANDLED},
    A.ORDER: _stay(S.ACCEPTED),
    A.RECHECK: {S.ACCEPTED: S.HANDLED},
    A.LINK_CASE: {S.ACCEPTED: S.HANDLED},
    A.PASS_ON: {S.REGISTERED: S.HANDLED, S.DISPATCHED: S.HANDLED, S.ACCEPTED: S.HANDLED},
    A.ANSWER: _stay(S.HANDLED, S.VERIFIED, S.CLOSED),
    A.VERIFY: {S.HANDLED: S.VERIFIED},
    A.REJECT: {S.HANDLED: S.ACCEPTED},
    A.CLOSE: {S.VERIFIED: S.CLOSED},
    A.EVALUATE: _stay(S.CLOSED),
    A.REOPEN: {S.CLOSED: S.REGISTERED},
    A.URGE: _stay(*OPEN),
    A.ASK_EXTENSION: _stay(*WITH_SQUAD),
    A.GRANT_EXTENSION: _stay(*WITH_SQUAD),
    A.REFUSE_EXTENSION: _stay(*WITH_SQUAD),
    A.HOLD: _stay(S.REGISTERED, S.DISPATCHED, S.ACCEPTED),
    A.RESUME: _stay(S.REGISTERED, S.DISPATCHED, S.ACCEPTED),
    A.MERGE: dict.fromkeys(OPEN, S.CLOSED),
    A.JOIN: _stay(*OPEN),
    A.SPLIT: _stay(S.REGISTERED, S.DISPATCHED, S.ACCEPTED),
    A.PARTS_DONE: {S.REGISTERED: S.HANDLED, S.DISPATCHED: S.HANDLED, S.ACCEPTED: S.HANDLED},
    A.REMARK: _stay(*Stage),
    A.CORRECT: _stay(*UNFINISHED),
}
WHILE_HELD = frozenset({A.RESUME, A.PARTS_DONE, A.URGE, A.REMARK, A.JOIN, A.MERGE, A.CORRECT})
"""What may happen while a lead is on hold (挂起)."""

HANDLING_OUTCOMES = frozenset({Outcome.ADVISED, Outcome.UNFOUNDED, Outcome.LEGAL, Outcome.NOT_OURS})
"""What an officer may report with HANDLE; the other outcomes have actions of their own."""
DISMISSALS = frozenset({Outcome.UNFOUNDED, Outcome.NOT_OURS})
CLOSED_BY_THEMSELVES = frozenset({A.MERGE, A.DISMISS})

PERMISSION: dict[Action, str] = {
    A.REPORT: "leads.report",
    A.REGISTER: "leads.dispatch",
    A.DISMISS: "leads.dispatch",
    A.DISPATCH: "leads.dispatch",
    A.ACCEPT: "leads.work",
    A.ARRIVE: "leads.work",
    A.ASSIGN: "leads.assign",
    A.TRANSFER: "leads.assign",
    A.RETURN: "leads.work",
    A.HANDLE: "leads.work",
    A.ORDER: "leads.work",
    A.RECHECK: "leads.work",
    A.LINK_CASE: "leads.work",
    A.PASS_ON: "leads.pass_on",
    A.ANSWER: "leads.pass_on",
    A.VERIFY: "leads.verify",
    A.REJECT: "leads.verify",
    A.CLOSE: "leads.close",
    A.EVALUATE: "leads.verify",
    A.REOPEN: "leads.close",
    A.URGE: "leads.urge",
    A.ASK_EXTENSION: "leads.work",
    A.GRANT_EXTENSION: "leads.extend",
    A.REFUSE_EXTENSION: "leads.extend",
    A.HOLD: "leads.dispatch",
    A.RESUME: "leads.dispatch",
    A.MERGE: "leads.dispatch",
    A.JOIN: "leads.dispatch",
    A.SPLIT: "leads.dispatch",
    A.PARTS_DONE: "leads.close",
    A.REMARK: "leads.view",
    A.CORRECT: "leads.dispatch",
}


def stage_after(action: Action, before: Stage) -> Stage | None:
    """The stage an action leads to, None where it may not happen."""
    return TABLE.get(action, {}).get(before)


def possible(stage: Stage, *, held: bool = False) -> list[Action]:
    """The actions the table allows at a stage, in the order in which they are declared."""
    return [
        action
        for action in Action
        if stage in TABLE.get(action, {})
        and (not held or action in WHILE_HELD)
        and (held or action != A.RESUME)
    ]
